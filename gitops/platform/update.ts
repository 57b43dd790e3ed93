import { approversFile } from "../../components/repository/approvers-file";
import { ciFile } from "../../components/repository/ci-file";
import { codeOwnersFile, environmentCodeOwners } from "../../components/repository/code-owners";
import { type ContentFile, firstContent, readFiles } from "../../components/repository/content";
import { environmentBranch, updateBranch } from "../../contract/branches";
import { mainCodeOwners } from "../../contract/code-owners";
import { approvedEnvironments } from "../../environments/owners";
import { version } from "../../package.json";
import { GITOPS_PATH, RULES_PATH } from "../../contract/paths";
import { bundle } from "../bundle";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { formatMessage } from "../../contract/trailers";
import { makeCommit, mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { remoteBranch } from "../git/refs";
import { findOpenPullRequest } from "../github/pulls";
import type { Session } from "../session";
import type { RepositorySettings } from "./stack-file";

/** The pull request that brings a branch up to date. */
export interface Update {
  readonly branch: string;
  readonly number: number;
  readonly url: string;
  /** Whether this run opened it or renewed its content. */
  readonly changed: boolean;
}

/**
 * Sees that a pull request brings the wanted files: opened, renewed where it brings others or conflicts, or left as it
 * is, for renewing it dismisses its approvals.
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

/** Whether a branch has all that is wanted, changes nothing else, and merges without a conflict. */
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
  /** Where the pull request's branch is; undefined where there is none. */
  readonly there: string | undefined;
  /** What differs on the base. */
  readonly paths: readonly string[];
}

async function push(session: Session, wanted: WantedBranch, { base, there, paths }: Positions): Promise<void> {
  const { clone } = session;
  const { identity } = await session.who();
  const changes = new Map(
    wanted.files.filter(({ path }) => paths.includes(path)).map(({ path, text }) => [path, text]),
  );
  const message = formatMessage(titleOf(wanted), {});
  const to = await makeCommit(clone, { parents: [base], changes, message, author: identity });
  const moved = await clone.push({ ref: `refs/heads/${wanted.update}`, to, from: there ?? null });
  if (!moved)
    throw new Failure(`${wanted.update}: got a push by somebody else; expected none meanwhile. Run it again.`);
}

function titleOf({ branch }: WantedBranch): string {
  return `Bring the platform's files on ${branch} to version ${version}`;
}

/** How a branch differs from what the program would write. Plain JSON. */
interface Difference {
  readonly branch: string;
  /** Whether the branch is there at all. */
  readonly exists: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  /**
   * Files in the platform's folders that this version does not have: from an earlier one, or somebody's own. Never
   * deleted.
   */
  readonly unknown: readonly string[];
}

/** Compares a branch with what is wanted on it. */
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

/** The difference as lists of files, in Markdown. Empty lists are left out. */
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
  /** The branch of the pull request that brings them. */
  readonly update: string;
  readonly files: readonly ContentFile[];
  /**
   * Folders that are the platform's alone: a file in them that is not wanted is from an earlier version, or somebody's
   * own.
   */
  readonly folders: readonly string[];
}

/** What runs as it is on the branch that a pull request goes into, so that each branch has its own. */
const REVIEW_WORKFLOW = ".github/workflows/review.yaml";

/**
 * What this version of the program would begin the repository with, but for values, which are their teams', and for the
 * rules, which the platform team changes there. Neither are the allowed signers of records among it, which come from a
 * secret.
 */
export function wantedBranches(repository: RepositorySettings): WantedBranch[] {
  const { owner, platformTeam = [], codeOwners = {}, approvers = {} } = repository;
  const { ciAccounts: accounts = [], serviceRepositories: repositories = {} } = repository;
  const content = firstContent(readFiles(), { owner, services: [] });
  const main = [
    ...content.filter(({ path }) => path !== RULES_PATH),
    { path: GITOPS_PATH, text: bundle() },
    ciFile({ accounts, repositories }),
    approversFile(Object.fromEntries(approvedEnvironments().map((name) => [name, approvers[name] ?? []]))),
    codeOwnersFile("main", mainCodeOwners({ platformTeam, codeOwners })),
  ];
  const review = content.filter(({ path }) => path === REVIEW_WORKFLOW);
  return [
    { branch: "main", update: updateBranch(), files: main, folders: [".github/workflows", "charts/service"] },
    ...approvedEnvironments().map((name) => ({
      branch: environmentBranch(name),
      update: updateBranch(name),
      files: [codeOwnersFile(environmentBranch(name), environmentCodeOwners(approvers[name] ?? [])), ...review],
      folders: [],
    })),
  ];
}
