/** The trailers that the platform writes, in the order in which they stand. */
export interface Trailers {
  readonly Service?: string;
  /** Released charts, by the chart's name. */
  readonly Charts?: string;
  readonly Environment?: string;
  /** The tag, with `@sha256:…` where there is a digest. */
  readonly Image?: string;
  /** The environment that a promotion came from. */
  readonly "Promoted-From"?: string;
  /** The commit that a rollback undoes. */
  readonly Reverts?: string;
  /** Why a refused promotion was made all the same. */
  readonly Forced?: string;
  /** Who started the workflow, as `@login`: two, where somebody ran another's run once more. */
  readonly "Requested-By"?: string | readonly string[];
  readonly "Pull-Request"?: string;
  readonly "Approved-By"?: readonly string[];
  /** What spoke against a release that was merged past four-eyes: `@login had-part`, `#12 nobody-asked`. */
  readonly Refused?: readonly string[];
  readonly "Promoted-By"?: readonly string[];
  /** Who went past the second person, and why: `@login reason`. */
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
  "Reverts",
  "Forced",
  "Requested-By",
  "Pull-Request",
  "Approved-By",
  "Refused",
  "Promoted-By",
  "Break-Glass",
];

/** A commit's or tag's message: subject, an explanation where there is one, trailers. */
export function formatMessage(subject: string, trailers: Trailers, explanation?: string): string {
  const lines = ORDER.flatMap((name) => [trailers[name] ?? []].flat().map((value) => `${name}: ${oneLine(value)}`));
  return [oneLine(subject), explanation?.trim(), lines.join("\n")].filter((part) => part).join("\n\n") + "\n";
}

/** The values of a trailer in a message, by Git's rule: only the last paragraph has trailers. */
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

/** What comes from people must not begin another trailer. */
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
