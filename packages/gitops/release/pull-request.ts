import { RequestError } from "@octokit/request-error";
import { plain } from "../display";
import type { Clone } from "../git/clone";
import type { Trailers } from "@gitops-platform/contract/trailers";
import { changesBetween } from "../git/file-history";
import type { Contributor } from "../github/pulls-of-commits";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Image, imageName, type ImageState, versionName } from "@gitops-platform/contract/values/image";
import { imageStateAt } from "../values/at";
import type { ReleaseUnit } from "./unit";

/** Describes a unit's release. */
export interface Description {
  /** The title of the pull request and of its commit. */
  readonly subject: string;
  readonly trailers: Trailers;
  /** The image before the release; undefined for charts. */
  readonly from: ImageState | undefined;
  /** The image after the release; undefined for charts. */
  readonly to: ImageState | undefined;
  /** Whether it changes only manifests, because the values are there already. */
  readonly rendersOnly: boolean;
}

/** Describes how a unit changes between two revisions. */
export async function describe(clone: Clone, unit: ReleaseUnit, before: string, after: string): Promise<Description> {
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
  const file = { environment, service };
  const [from, to] = await Promise.all([imageStateAt(clone, before, file), imageStateAt(clone, after, file)]);
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

function subjectOf({ environment }: ReleaseUnit, service: string, from: ImageState, to: ImageState): string {
  if (to.state === "no file") return `Remove ${service} from ${environment}`;
  if (to.state === "unreadable") return `Release configuration of ${service} to ${environment}`;
  if (from.state !== "read") return `Release ${service} ${to.image.tag} to ${environment}`;
  if (from.image.repository !== to.image.repository)
    return `Release ${service} from ${imageName(to.image)} to ${environment}`;
  if (versionName(from.image) === versionName(to.image)) return `Release configuration of ${service} to ${environment}`;
  return `Release ${service} ${to.image.tag} to ${environment}`;
}

/** The parts of a release's text. */
export interface BodyParts {
  readonly unit: ReleaseUnit;
  readonly description: Pick<Description, "from" | "to" | "rendersOnly">;
  /** How the manifests change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
  /** The contributors on `main`. */
  readonly contributors: readonly Contributor[];
  /** The commits of a new image; undefined if there is none, or GitHub shows none. */
  readonly commits: AppCommits | undefined;
}

/** GitHub allows 65,536 characters for the whole text. */
const DIFF_LIMIT = 50_000;

/** What an approver must know: what changes, what that does, whose it is, and how to let it in. */
export function releaseBody({ unit, description, diff, contributors, commits }: BodyParts): string {
  const { environment, path } = unit;
  const people = contributors.map(({ login, did }) => `- @${login} ${did}`);
  return [
    change(unit, description),
    ...(commits ? [commitList(commits)] : []),
    manifests(diff),
    ...(people.length > 0
      ? [`These people contributed to it, so their approval does not count:\n\n${people.join("\n")}`]
      : []),
    `**To release it**, approve it: "Files changed", "Review changes", "Approve". Any owner of \`env/${environment}\` who did not contribute to it can. ` +
      `It is then merged by itself. **To hold it back**, close it: it comes again when \`${path}\` changes on main.`,
  ].join("\n\n");
}

function change(
  { environment, service, path }: ReleaseUnit,
  { from, to, rendersOnly }: BodyParts["description"],
): string {
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

/** The commits of a new image. In a code block, their texts cannot mention people, close issues or be links. */
function commitList({ url, count, gone, first }: AppCommits): string {
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

/** Maximum length of a text that people wrote. */
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

/** A code block whose fence is longer than any in the text. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** The commits between two images, in the repository from which they are built. */
interface AppCommits {
  /** GitHub's page of all of them. */
  readonly url: string;
  /** How many are added. */
  readonly count: number;
  /** How many of the previous image are removed. */
  readonly gone: number;
  /** The first of those added, oldest first, at most {@link LISTED}. */
  readonly first: readonly { readonly sha: string; readonly subject: string; readonly author: string }[];
}

/** Maximum number of listed commits. */
export const LISTED = 20;

/** The range between two images, if their tags are commits and the image is named after its repository. */
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
 * Reads the commits between two images. Undefined if the images do not name them, or the token cannot read them: a
 * workflow's token reads only the GitOps repository and public ones. The result for two images never changes, so a
 * release's text stays the same.
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
    // The release does not depend on this, so every error is accepted.
    if (error instanceof RequestError) return undefined;
    throw error;
  }
}
