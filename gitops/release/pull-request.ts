import { RequestError } from "@octokit/request-error";
import { plain } from "../display";
import type { Clone } from "../git/clone";
import type { Trailers } from "../../contract/trailers";
import { changesBetween } from "../git/file-history";
import type { Involved } from "../github/pulls-of-commits";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Image, imageIn, imageName, type ImageState, versionName } from "../values/image";
import type { Unit } from "./unit";

/** What a release of a unit brings, in words. */
export interface Description {
  /** The title of the pull request, and the subject of its commits. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** The image that the environment has; undefined for charts. */
  readonly from: ImageState | undefined;
  /** The image that the release brings. */
  readonly to: ImageState | undefined;
  /** Whether it brings manifests alone: the environment has the values already. */
  readonly rendersOnly: boolean;
}

/** Describes what becomes of a unit between two revisions. */
export async function describe(clone: Clone, unit: Unit, before: string, after: string): Promise<Description> {
  const { environment, service, path } = unit;
  if (service === undefined) {
    const changes = await changesBetween(clone, before, after, path);
    const charts = [...new Set(changes.map((change) => change.path.split("/")[1] ?? ""))];
    const trailers = { Charts: charts.join(", "), Environment: environment };
    return {
      subject: `Release charts to ${environment}`,
      trailers,
      from: undefined,
      to: undefined,
      rendersOnly: false,
    };
  }
  const [was, is] = await Promise.all([clone.read(before, path), clone.read(after, path)]);
  const [from, to] = [imageIn(was, path), imageIn(is, path)];
  const image = to.state === "read" && { Image: versionName(to.image) };
  const rendersOnly = is !== undefined && was === is;
  return {
    subject: rendersOnly ? `Render ${service} for ${environment}` : subjectOf(unit, service, from, to),
    trailers: { Service: service, Environment: environment, ...image },
    from,
    to,
    rendersOnly,
  };
}

function subjectOf({ environment }: Unit, service: string, from: ImageState, to: ImageState): string {
  if (to.state === "no file") return `Remove ${service} from ${environment}`;
  if (to.state === "unreadable") return `Release configuration of ${service} to ${environment}`;
  if (from.state !== "read") return `Release ${service} ${to.image.tag} to ${environment}`;
  if (from.image.repository !== to.image.repository)
    return `Release ${service} from ${imageName(to.image)} to ${environment}`;
  if (versionName(from.image) === versionName(to.image)) return `Release configuration of ${service} to ${environment}`;
  return `Release ${service} ${to.image.tag} to ${environment}`;
}

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

/** What an image brings of the repository that it is built from, as far as GitHub shows it to this token. */
interface AppCommits {
  /** Where GitHub shows them all. */
  readonly url: string;
  /** How many come. */
  readonly count: number;
  /** How many of the present image's go. */
  readonly gone: number;
  /**
   * The first of those that come, oldest first, at most {@link LISTED}. Texts as people wrote them, on one line each.
   */
  readonly first: readonly { readonly sha: string; readonly subject: string; readonly author: string }[];
}

/** So many commits are listed. */
export const LISTED = 20;

/** The commits that two images are of, where both tags are commits and the image is called after its repository. */
export function commitsOf(
  from: Image,
  to: Image,
): { readonly owner: string; readonly repo: string; readonly basehead: string } | undefined {
  const [, owner, repo] = /^ghcr\.io\/([\w.-]+)\/([\w.-]+)$/.exec(to.repository ?? "") ?? [];
  const [old, made] = [from, to].map(({ tag }) => /^sha-([0-9a-f]{7,40})$/.exec(tag)?.[1]);
  if (!owner || !repo || from.repository !== to.repository || !old || !made) return undefined;
  return { owner, repo, basehead: `${old}...${made}` };
}

/**
 * Asks GitHub what lies between two images. Undefined where they do not tell, and where GitHub shows this token no such
 * commits: a workflow's token reads the GitOps repository and public ones, and a link that leads nowhere helps nobody.
 * The same images give the same answer, so a release's text stays.
 */
export async function appCommits(
  { github, target }: Pick<Session, "github" | "target">,
  from: Image,
  to: Image,
): Promise<AppCommits | undefined> {
  const range = commitsOf(from, to);
  if (!range) return undefined;
  try {
    const { data } = await github.rest.repos.compareCommitsWithBasehead({ ...range, per_page: LISTED, page: 1 });
    return {
      url: pageOf({ server: target.server, owner: range.owner, name: range.repo }, `/compare/${range.basehead}`),
      count: data.ahead_by,
      gone: data.behind_by,
      first: data.commits.slice(0, LISTED).map(({ sha, commit, author }) => ({
        sha,
        subject: plain(commit.message.split("\n", 1)[0] ?? ""),
        author: plain(author?.login ?? commit.author?.name ?? ""),
      })),
    };
  } catch (error) {
    // Not found, not allowed, or not now: what is released does not depend on it.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
