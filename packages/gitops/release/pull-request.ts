import { RequestError } from "@octokit/request-error";
import { declarationPath, deliveryPath } from "@gitops-platform/contract/catalogue";
import { CHARTS } from "@gitops-platform/contract/paths";
import { plain } from "../display";
import type { Contributor } from "../github/pulls-of-commits";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Image, imageName, type ImageState, versionName } from "@gitops-platform/contract/values/image";
import type { Inheritance, NamespaceEnd } from "./content";
import type { DeliveryChange, Description } from "./description";
import { type ReleaseUnit, unitName } from "./unit";

/** The parts of a release's text. */
export interface BodyParts {
  readonly unit: ReleaseUnit;
  /** The path of the service's file on `main`; empty for the charts. */
  readonly path: string;
  readonly description: Pick<Description, "from" | "to" | "delivery" | "values">;
  /** How the objects in the cluster change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
  /** The objects of the workload that the release deletes, such as `Deployment api`. */
  readonly deleted: readonly string[];
  /** What becomes of the namespace, if the objects that deliver the service are removed. */
  readonly namespace: NamespaceEnd | undefined;
  /** The namespace that the release begins to own, and the services that owned it before. */
  readonly inherited: Inheritance | undefined;
  /** The contributors on `main`. */
  readonly contributors: readonly Contributor[];
  /** The other environments into which a release of the unit may wait for approval. */
  readonly siblings: readonly string[];
  /** The commits of a new image; undefined if there is none, or GitHub shows none. */
  readonly commits: AppCommits | undefined;
}

/** GitHub allows 65,536 characters for the whole text. */
const DIFF_LIMIT = 50_000;

/** What an approver must know: what changes, what effect that has, who contributed, and how to release it. */
export function releaseBody(parts: BodyParts): string {
  const { unit, path, description, diff, deleted, namespace, inherited, contributors, siblings, commits } = parts;
  const { environment } = unit;
  const people = contributors.map(({ login, did }) => `- @${login} ${did}`);
  return [
    change(unit, path, description),
    ...otherDelivery(unit, description),
    ...(namespace === undefined ? [] : [NAMESPACE_ENDS[namespace]]),
    ...inheritance(unit, inherited),
    // Without the Application of a retired service, Argo CD deletes nothing.
    ...(description.delivery === "retired" ? [deletion(unit, deleted)] : []),
    ...(commits ? [commitList(commits)] : []),
    manifests(diff),
    ...(people.length > 0
      ? [`These people contributed to it, so their approval does not count:\n\n${people.join("\n")}`]
      : []),
    '**To release it**, approve it: "Files changed", "Review changes", "Approve". ' +
      `Any owner of \`env/${environment}\` who did not contribute to it can. It is then merged by itself. ` +
      `**To hold it back**, close it: it comes again when ${pathsOf(unit, path, description)} changes on main.`,
    ...(siblings.length > 0 ? [wave(unit, siblings)] : []),
  ].join("\n\n");
}

function wave(unit: ReleaseUnit, siblings: readonly string[]): string {
  const others = siblings.map((name) => `\`${name}\``).join(", ");
  const command = `gitops approve ${unitName(unit)} --all`;
  return `**A release into ${others} may wait too**: \`${command}\` approves them together, if they bring the same.`;
}

/** The files on `main` that a release comes from. */
function pathsOf({ service }: ReleaseUnit, path: string, { delivery }: BodyParts["description"]): string {
  if (service === undefined) return `\`${CHARTS}\``;
  const values = `\`${path}\``;
  return delivery === "none" ? values : `${values} or \`${declarationPath(service)}\``;
}

function change(
  { environment, service }: ReleaseUnit,
  path: string,
  { from, to, delivery, values }: BodyParts["description"],
) {
  if (service === undefined) return `Brings \`${CHARTS}/\` of main to ${environment}.`;
  if (delivery === "retired") {
    return (
      `**Retires ${service} in ${environment}.** Its workload is deleted. Its namespace and its Application stay; ` +
      `\`gitops service retire ${service}\` removes the declaration once this is done.`
    );
  }
  if (values === "same") return changeOfDelivery({ environment, service }, path, delivery);
  if (to === undefined || to.state === "no file")
    return `${environment} no longer has ${service}: \`${path}\` is not on main any more.`;
  if (to.state === "unreadable") return `The image of ${service} cannot be read in \`${path}\`.`;
  const { image } = to;
  if (from?.state !== "read") return `${begun(from, service, environment)}: \`${imageName(image)}\`.`;
  const before = from.image;
  if (before.repository !== image.repository)
    return (
      `**The image comes from another place.** ${service} in ${environment}: ` +
      `\`${imageName(before)}\` → \`${imageName(image)}\`.`
    );
  if (versionName(before) === versionName(image))
    return `The image stays \`${imageName(image)}\`; what else \`${path}\` says changes.`;
  const named = image.repository === undefined ? "" : ` of \`${image.repository}\``;
  return `${service} in ${environment}: \`${versionName(before)}\` → \`${versionName(image)}\`${named}.`;
}

/** Says that a release of new values also changes what delivers the service, which an approver might overlook. */
function otherDelivery(
  { environment, service }: ReleaseUnit,
  { delivery, values }: BodyParts["description"],
): string[] {
  if (service === undefined || values === "same" || !["new", "changed", "removed"].includes(delivery)) return [];
  const file = deliveryPath({ environment, service });
  const is = { new: "is new", changed: "changes", removed: "is removed" }[delivery as "new" | "changed" | "removed"];
  return [`**What delivers it ${is} too**, such as its namespace, limits and groups: see \`${file}\` below.`];
}

/** Its Secrets and volumes may be another team's. */
function inheritance({ service = "" }: ReleaseUnit, inherited: Inheritance | undefined): string[] {
  if (!inherited) return [];
  const owners = inherited.owners.map((owner) => `\`${owner}\``).join(", ");
  return [
    `**The namespace \`${inherited.namespace}\` belonged to ${owners} before.** \`${service}\` gets what is left ` +
      "in it, such as Secrets and volumes.",
  ];
}

const NAMESPACE_ENDS: Readonly<Record<NamespaceEnd, string>> = {
  kept: "The namespace stays, with what is in it.",
  deleted: "**Argo CD deletes the namespace with everything in it.**",
  shared: "The namespace stays, because another service owns it.",
};

/** Describes a release that changes no values. */
function changeOfDelivery(
  unit: { environment: string; service: string },
  path: string,
  delivery: DeliveryChange,
): string {
  const { environment, service } = unit;
  const file = deliveryPath(unit);
  switch (delivery) {
    case "removed":
      return (
        `**Removes ${service} from ${environment}**, where its workload was deleted before: ` +
        `\`${file}\` goes, and with it the Application and the AppProject.`
      );
    case "new":
    case "changed":
      return `Brings \`${file}\`, the objects that deliver ${service} in ${environment}. Its values stay as they are.`;
    default:
      return `Brings the manifests of ${service}: ${environment} has \`${path}\` of main already.`;
  }
}

/** The objects that are deleted. In a code block, their names cannot mention people or be links. */
function deletion({ environment }: ReleaseUnit, deleted: readonly string[]): string {
  if (deleted.length === 0) return `Nothing is deleted: ${environment} has no objects of its workload.`;
  const count = deleted.length === 1 ? "1 object" : `${deleted.length} objects`;
  const list = `These ${count} will be deleted in ${environment}:\n\n${fenced("text", deleted.join("\n"))}`;
  return `${list}\n\nThe namespace stays, with what this list does not name, such as the volumes of stateful sets.`;
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
const LISTED = 20;

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
