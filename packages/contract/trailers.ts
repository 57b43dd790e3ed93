/** The trailers that the platform writes in the messages of commits and tags. */
export interface Trailers {
  readonly Service?: string;
  /** The name of the released chart. */
  readonly Charts?: string;
  readonly Environment?: string;
  /** The tag, followed by `@sha256:…` if there is a digest. */
  readonly Image?: string;
  /** The environment whose version was promoted. */
  readonly "Promoted-From"?: string;
  /** The key of the rule in `gitops.yaml` by which it was promoted without a person's request: `promotion.staging`. */
  readonly Rule?: string;
  /** The commit that the rollback undoes. */
  readonly Reverts?: string;
  /** The reason for forcing a promotion that would have been refused. */
  readonly Forced?: string;
  /** The person who started the workflow, as `@login`. Two people if one of them repeated the other's run. */
  readonly "Requested-By"?: string | readonly string[];
  readonly "Pull-Request"?: string;
  readonly "Approved-By"?: readonly string[];
  /** The reasons against a release that was merged without four-eyes: `@login had-part`, `#12 nobody-asked`. */
  readonly Refused?: readonly string[];
  readonly "Promoted-By"?: readonly string[];
  /** The person who used break-glass, and the reason: `@login reason`. */
  readonly "Break-Glass"?: string;
}

/** The name of a trailer. */
export type TrailerName = keyof Trailers;

const ORDER: readonly TrailerName[] = [
  "Service",
  "Charts",
  "Environment",
  "Image",
  "Promoted-From",
  "Rule",
  "Reverts",
  "Forced",
  "Requested-By",
  "Pull-Request",
  "Approved-By",
  "Refused",
  "Promoted-By",
  "Break-Glass",
];

/** Formats the message of a commit or tag: the subject, an optional explanation, and the trailers. */
export function formatMessage(subject: string, trailers: Trailers, explanation?: string): string {
  const lines = ORDER.flatMap((name) => [trailers[name] ?? []].flat().map((value) => `${name}: ${oneLine(value)}`));
  return [oneLine(subject), explanation?.trim(), lines.join("\n")].filter((part) => part).join("\n\n") + "\n";
}

/** Reads the values of a trailer from a message. As in Git, only the last paragraph has trailers. */
export function readTrailer(message: string, name: TrailerName): string[] {
  const last =
    message
      .trimEnd()
      .split(/\n{2,}/)
      .at(-1) ?? "";
  const lines = last.split("\n");
  if (message.trim() === last || !lines.every((line) => /^[A-Za-z][A-Za-z-]*: /.test(line))) return [];
  return lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
}

/** The logins that a message names in `Requested-By`. */
export function readRequesters(message: string): string[] {
  return readTrailer(message, "Requested-By").map((name) => name.replace(/^@/, ""));
}

/** Removes line breaks, because text from people must not begin another trailer. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
