import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import { type ContentFile, firstContent, readFiles } from "@gitops-platform/components/repository/content";
import { deliveryReadme } from "@gitops-platform/components/repository/delivery-file";
import { environmentFiles, settingsFiles } from "@gitops-platform/components/repository/written-files";
import { DECLARATION_SCHEMA_PATH, DELIVERY, DELIVERY_POLICY_PATH } from "@gitops-platform/contract/catalogue";
import { environmentBranch, updateBranch } from "@gitops-platform/contract/branches";
import { approvedEnvironments, graph } from "@gitops-platform/environments/environments";
import { version } from "../../../package.json";
import { GITOPS_PATH, RULES_PATH, SERVICE_CHART } from "@gitops-platform/contract/paths";
import { bundle } from "../bundle";
import { placed, readDeclarations } from "../catalogue/declaration";
import { deliveryFiles } from "../catalogue/delivery";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { mergedTree, withFiles } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { makeCommit } from "../github/make-commit";
import { findOpenPullRequest } from "../github/pulls";
import type { Session } from "../session";
import type { RepositorySettings } from "./stack-file";

/** The pull request that updates a branch. */
export interface Update {
  readonly branch: string;
  readonly number: number;
  readonly url: string;
  /** Whether this run opened it or changed its content. */
  readonly changed: boolean;
}

/**
 * Opens the pull request with the wanted files, or updates it if it has other content or conflicts. Otherwise it is
 * left alone, because a push would dismiss its approvals.
 */
export async function update(session: Session, wanted: WantedBranch, difference: Difference): Promise<Update> {
  const { clone, repository, github } = session;
  const { pulls } = github.rest;
  const base = await clone.resolve(remoteBranch(wanted.branch));
  if (base === undefined) throw new Failure(describeDifference(difference));
  const there = await clone.resolve(remoteBranch(wanted.update));
  const isSame = there !== undefined && (await brings(session, wanted, base, there));
  if (!isSame) await push(session, wanted, { base, there, paths: [...difference.added, ...difference.changed] });
  const open = await findOpenPullRequest(session, { branch: wanted.update, base: wanted.branch });
  const content = { title: titleOf(wanted), body: `${describeDifference(difference)}\n` };
  if (!open) {
    const { data } = await pulls.create({ ...repository, ...content, head: wanted.update, base: wanted.branch });
    return { branch: wanted.branch, number: data.number, url: data.html_url, changed: true };
  }
  if (!isSame) await pulls.update({ ...repository, ...content, pull_number: open.number });
  return { branch: wanted.branch, number: open.number, url: open.url, changed: !isSame };
}

/** Whether a branch has all wanted files, changes nothing else, and can be merged. */
async function brings({ clone }: Session, wanted: WantedBranch, base: string, head: string): Promise<boolean> {
  const { added, changed } = await compare(clone, { ...wanted, branch: wanted.update });
  if (added.length + changed.length > 0) return false;
  const fork = await clone.git("merge-base", base, head).catch(() => undefined);
  if (fork === undefined) return false;
  const paths = wanted.files.map(({ path }) => `:(exclude)${path}`);
  const others = await changesBetween(clone, fork, head, ".", ...paths);
  return others.length === 0 && (await mergedTree(clone, base, head)) !== undefined;
}

interface Positions {
  readonly base: string;
  /** The tip of the pull request's branch; undefined if it does not exist. */
  readonly there: string | undefined;
  /** The paths that differ on the base. */
  readonly paths: readonly string[];
}

async function push(session: Session, wanted: WantedBranch, { base, there, paths }: Positions): Promise<void> {
  const { clone } = session;
  const changes = new Map(
    wanted.files.filter(({ path }) => paths.includes(path)).map(({ path, text }) => [path, text]),
  );
  const message = formatMessage(titleOf(wanted), {});
  const tree = await withFiles(clone, base, changes);
  const to = await makeCommit(session, { tree, parents: [base], message });
  const moved = await clone.push({ ref: `refs/heads/${wanted.update}`, to, from: there ?? null });
  if (!moved)
    throw new Failure(`${wanted.update}: got a push by somebody else; expected none meanwhile. Run it again.`);
}

function titleOf({ branch }: WantedBranch): string {
  return `Bring the platform's files on ${branch} to version ${version}`;
}

/** The difference between a branch and what the program would write. It is plain JSON. */
interface Difference {
  readonly branch: string;
  /** Whether the branch exists. */
  readonly exists: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /** Other files in the platform's folders, from an earlier version or somebody else. They are never deleted. */
  readonly unknown: readonly string[];
}

/** Compares a branch with the wanted files. */
export async function compare(clone: Clone, { branch, files, folders }: WantedBranch): Promise<Difference> {
  const revision = remoteBranch(branch);
  const exists = (await clone.resolve(revision)) !== undefined;
  if (!exists) return { branch, exists, added: [], changed: [], unknown: [] };
  const wanted = new Set(files.map(({ path }) => path));
  const present = folders.length > 0 ? await clone.list(revision, ...folders) : [];
  const texts = await clone.readBlobs(files.map(({ path }) => `${revision}:${path}`));
  const text = (path: string) => texts.get(`${revision}:${path}`);
  return {
    branch,
    exists,
    added: files.filter(({ path }) => text(path) === undefined).map(({ path }) => path),
    changed: files.filter((file) => ![undefined, file.text].includes(text(file.path))).map(({ path }) => path),
    unknown: present.filter((path) => !wanted.has(path)),
  };
}

/** Whether a pull request would change anything. */
export function differs({ exists, added, changed }: Difference): boolean {
  return !exists || added.length + changed.length > 0;
}

/** The difference as lists of files, in Markdown. */
export function describeDifference({ branch, exists, added, changed, unknown }: Difference): string {
  if (!exists) return `${branch} does not exist: \`pulumi up\` makes it.`;
  const list = (title: string, paths: readonly string[]) =>
    paths.length === 0 ? [] : [`${title}\n${paths.map((path) => `- \`${path}\``).join("\n")}`];
  return [
    ...list("Added:", added),
    ...list("Changed:", changed),
    ...list("Not of this version, left as they are. Delete those that an earlier version brought:", unknown),
  ].join("\n\n");
}

/** The platform's own files on one branch. */
interface WantedBranch {
  readonly branch: string;
  /** The branch of the pull request with the update. */
  readonly update: string;
  readonly files: readonly ContentFile[];
  /** Folders that should have no other files. */
  readonly folders: readonly string[];
}

/** GitHub runs this workflow from a pull request's base branch, so each branch needs it. */
const REVIEW_WORKFLOW = ".github/workflows/review.yaml";

/**
 * Adds to the wanted files of `main` what this version renders from the declarations there. Files of an approval branch
 * come by releases. While `main` has another version's bundle, the catalogue's files wait for a later run: that bundle
 * checks the pull request, and it may render otherwise or not know their paths.
 * @throws {Failure} with what is wrong with the declarations.
 */
export async function withCatalogue(
  clone: Clone,
  wanted: readonly WantedBranch[],
  policy: CataloguePolicy,
): Promise<{ readonly wanted: readonly WantedBranch[]; readonly later: readonly string[] }> {
  const { declarations, problems } = await readDeclarations(clone, MAIN, graph);
  if (problems.length > 0) throw new Failure(...problems.map(placed));
  const rendered = graph.followingMain.flatMap((name) => [...deliveryFiles(name, declarations, policy)]);
  const files = rendered.map(([path, text]) => ({ path, text }));
  const all = wanted.map((each) => (each.branch === "main" ? { ...each, files: [...each.files, ...files] } : each));
  const bundleThere = await clone.read(MAIN, GITOPS_PATH);
  if (bundleThere === undefined || bundleThere === bundle()) return { wanted: all, later: [] };
  const part = (isWanted: (path: string) => boolean) =>
    all.map((each) => ({
      ...each,
      files: each.files.filter(({ path }) => isWanted(path)),
      // What is in a folder whose files wait is not unknown.
      folders: each.folders.filter(isWanted),
    }));
  const waiting = part(isOfCatalogue).map((each) => compare(clone, { ...each, folders: [] }));
  return {
    wanted: part((path) => !isOfCatalogue(path)),
    later: (await Promise.all(waiting)).flatMap(({ added, changed }) => [...added, ...changed]),
  };
}

function isOfCatalogue(path: string): boolean {
  return [DELIVERY_POLICY_PATH, DECLARATION_SCHEMA_PATH, DELIVERY].includes(path) || path.startsWith(`${DELIVERY}/`);
}

/**
 * The files with which this version of the program would create the repository, except values and declarations, which
 * belong to their teams, and the rules, which the platform team edits there. The allowed signers of records are missing
 * as well, because they come from a secret.
 */
export function wantedBranches(repository: RepositorySettings, delivery: CataloguePolicy): WantedBranch[] {
  const { owner, platformTeam = [], codeOwners = {}, approvers = {} } = repository;
  const { ciAccounts = [], serviceRepositories = {} } = repository;
  const approvals = approvedEnvironments().map((name) => ({ environment: name, approvers: approvers[name] ?? [] }));
  const content = firstContent(readFiles(), { owner, services: [] }, graph);
  const main = [
    ...content.filter(({ path }) => path !== RULES_PATH),
    { path: GITOPS_PATH, text: bundle() },
    ...settingsFiles({ ciAccounts, serviceRepositories, platformTeam, codeOwners, approvals, graph, delivery }),
  ];
  const review = content.filter(({ path }) => path === REVIEW_WORKFLOW);
  return [
    { branch: "main", update: updateBranch(), files: main, folders: [".github/workflows", SERVICE_CHART, DELIVERY] },
    ...approvedEnvironments().map((name) => ({
      branch: environmentBranch(name),
      update: updateBranch(name),
      files: environmentFiles(name, [...review, deliveryReadme(name)], { approvals }),
      folders: [],
    })),
  ];
}
