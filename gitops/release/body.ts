import type { Involved } from "../github/people";
import { type Image, versionName } from "../values/image";
import type { Description } from "./description";
import type { Unit } from "./unit";

/** What the body of a release's pull request is made of. */
export interface BodyParts {
  readonly unit: Unit;
  readonly description: Pick<Description, "from" | "to">;
  /** How the manifests change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
  /** Who brought it to `main`. */
  readonly involved: readonly Involved[];
  /** The host's address without a path. */
  readonly server: string;
}

/** GitHub takes 65,536 characters for a body; this leaves room for the rest of it. */
const DIFF_LIMIT = 50_000;

/** What an approver must know: what changes, what that does, whose it is, and how to let it in. */
export function releaseBody({ unit, description, diff, involved, server }: BodyParts): string {
  const { environment, path } = unit;
  const people = involved.map(({ login, did }) => `- @${login} ${did}`);
  return [
    change(unit, description, server),
    manifests(diff),
    ...(people.length > 0 ? [`Had a part in it, so their approval does not count:\n\n${people.join("\n")}`] : []),
    `**To release it**, approve it: "Files changed", "Review changes", "Approve". Who owns \`env/${environment}\` and had no part in it can. ` +
      `It is then merged by itself. **To hold it back**, close it: it comes again when \`${path}\` changes on main.`,
  ].join("\n\n");
}

function change({ environment, service, path }: Unit, { from, to }: BodyParts["description"], server: string): string {
  if (service === undefined) return `Brings \`${path}/\` of main to ${environment}.`;
  if (to === undefined) return `${environment} no longer has ${service}: \`${path}\` is not on main any more.`;
  if (from === undefined) return `${service} is new in ${environment}: \`${versionName(to)}\`.`;
  if (versionName(from) === versionName(to))
    return `The image stays \`${versionName(to)}\`; what else \`${path}\` says changes.`;
  const link = compareLink(server, from, to);
  const commits = link === undefined ? "" : ` ([its commits](${link}))`;
  return `${service} in ${environment}: \`${versionName(from)}\` → \`${versionName(to)}\`${commits}.`;
}

/** Where the app repository shows the commits between two images; undefined where neither tag nor repository tells. */
export function compareLink(server: string, from: Image, to: Image): string | undefined {
  const [, repository] = /^ghcr\.io\/([\w.-]+\/[\w.-]+)$/.exec(to.repository ?? "") ?? [];
  const [old, made] = [from, to].map(({ tag }) => /^sha-([0-9a-f]{7,40})$/.exec(tag)?.[1]);
  if (repository === undefined || from.repository !== to.repository || !old || !made) return undefined;
  return `${server}/${repository}/compare/${old}...${made}`;
}

function manifests(diff: string): string {
  if (diff === "") return "The manifests stay as they are.";
  const isWhole = diff.length <= DIFF_LIMIT;
  const text = isWhole ? diff : diff.slice(0, diff.lastIndexOf("\n", DIFF_LIMIT));
  // What is shown may have fences of its own: this one is longer.
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  const rest = isWhole ? "" : `\n\nThere is more: ${diff.length - text.length} characters are not shown.`;
  return `What changes in the cluster:\n\n${fence}diff\n${text.trimEnd()}\n${fence}${rest}`;
}
