import { version } from "../../package.json";
import { Failure } from "../failure";
import { changesBetween } from "../git/changes";
import { makeCommit } from "../git/commits";
import { formatMessage } from "../git/message";
import { mergedTree } from "../git/queries";
import { findOpenPullRequest } from "../github/pulls";
import type { Session } from "../session";
import { compare, describeDifference, type Difference } from "./compare";
import type { WantedBranch } from "./wanted";
import { remoteBranch } from "../git/refs";

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
