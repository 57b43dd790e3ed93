import type { Involved } from "../github/pulls-of-commits";
import { imageName, type ImageState, versionName } from "../values/image";
import type { AppCommits } from "./app-commits";
import type { Description } from "./description";
import type { Unit } from "./unit";

/** What the body of a release's pull request is made of. */
export interface BodyParts {
  readonly unit: Unit;
  readonly description: Pick<Description, "from" | "to" | "rendersOnly">;
  /** How the manifests change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
  /** Who brought it to `main`. */
  readonly involved: readonly Involved[];
  /** The commits that a new image brings; undefined where there is none, or GitHub shows none. */
  readonly commits: AppCommits | undefined;
}

/** GitHub takes 65,536 characters for a body; this leaves room for the rest of it. */
const DIFF_LIMIT = 50_000;

/** What an approver must know: what changes, what that does, whose it is, and how to let it in. */
export function releaseBody({ unit, description, diff, involved, commits }: BodyParts): string {
  const { environment, path } = unit;
  const people = involved.map(({ login, did }) => `- @${login} ${did}`);
  return [
    change(unit, description),
    ...(commits ? [broughtBy(commits)] : []),
    manifests(diff),
    ...(people.length > 0 ? [`Had a part in it, so their approval does not count:\n\n${people.join("\n")}`] : []),
    `**To release it**, approve it: "Files changed", "Review changes", "Approve". Who owns \`env/${environment}\` and had no part in it can. ` +
      `It is then merged by itself. **To hold it back**, close it: it comes again when \`${path}\` changes on main.`,
  ].join("\n\n");
}

function change({ environment, service, path }: Unit, { from, to, rendersOnly }: BodyParts["description"]): string {
  if (service === undefined) return `Brings \`${path}/\` of main to ${environment}.`;
  if (rendersOnly) return `Brings the manifests of ${service}: ${environment} has \`${path}\` of main already.`;
  if (to === undefined || to.state === "no file")
    return `${environment} no longer has ${service}: \`${path}\` is not on main any more.`;
  if (to.state === "unreadable") return `The image of ${service} cannot be read in \`${path}\`.`;
  const { image } = to;
  if (from?.state !== "read") return `${begun(from, service, environment)}: \`${imageName(image)}\`.`;
  const before = from.image;
  if (before.repository !== image.repository)
    return `**The image comes from another place.** ${service} in ${environment}: \`${imageName(before)}\` → \`${imageName(image)}\`.`;
  if (versionName(before) === versionName(image))
    return `The image stays \`${imageName(image)}\`; what else \`${path}\` says changes.`;
  const named = image.repository === undefined ? "" : ` of \`${image.repository}\``;
  return `${service} in ${environment}: \`${versionName(before)}\` → \`${versionName(image)}\`${named}.`;
}

function begun(from: ImageState | undefined, service: string, environment: string): string {
  return from?.state === "unreadable"
    ? `What ${service} has in ${environment} cannot be read; the image becomes`
    : `${service} is new in ${environment}`;
}

/** What the image brings. Inside a fence nothing that people wrote mentions anybody, closes an issue, or is a link. */
function broughtBy({ url, count, gone, first }: AppCommits): string {
  const parts = [
    ...(count > 0 ? [`brings ${count === 1 ? "1 commit" : `${count} commits`}`] : []),
    ...(gone > 0 ? [`takes back ${gone === 1 ? "1 commit" : `${gone} commits`}`] : []),
  ];
  const what = `It [${parts.join(" and ") || "brings no other commits"}](${url})`;
  if (first.length === 0) return `${what}.`;
  const lines = first.map(({ sha, subject, author }) => `${sha.slice(0, 7)} ${shorten(subject)} (${shorten(author)})`);
  const rest = count > first.length ? `\n\nThere are ${count - first.length} more.` : "";
  return `${what}:\n\n${fenced("text", lines.join("\n"))}${rest}`;
}

/** So many characters of what people wrote are read. */
const LONGEST = 100;

function shorten(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function manifests(diff: string): string {
  if (diff === "") return "Nothing changes in the cluster: the manifests are the same.";
  const isWhole = diff.length <= DIFF_LIMIT;
  const text = isWhole ? diff : diff.slice(0, diff.lastIndexOf("\n", DIFF_LIMIT));
  const rest = isWhole ? "" : `\n\nThere is more: ${diff.length - text.length} characters are not shown.`;
  return `What changes in the cluster:\n\n${fenced("diff", text.trimEnd())}${rest}`;
}

/** What is shown may have fences of its own: this one is longer. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
