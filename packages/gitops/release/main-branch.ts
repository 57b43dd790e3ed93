import { ENVIRONMENT_BRANCHES } from "@gitops-platform/contract/branches";
import { hashOf, sendAlert } from "../alerts";
import { MAIN, remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Candidate, candidate } from "../validate/candidate";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { report } from "../validate/report";
import { validate } from "../validate/validate";
import type { ReleaseOutcome } from "./outcome";

/** The check on a commit of `main` that says whether its content is valid. No branch requires it. */
const CHECK = "validate main";

/** How many commits of `main` are searched for the result of an earlier run, newest first. */
const LOOK_BACK = 100;

/** The result of earlier runs. The check contains it, so that later merges into a broken `main` do not hide it. */
interface EarlierResult {
  /** The newest commit that was valid. */
  readonly base: string;
  /** The hashes of the problems since then for which an alert was sent. */
  readonly told: readonly string[];
}

/**
 * Validates, as one change, everything that was merged into `main` since it was last valid. Two pull requests that are
 * each valid can break `main` together: one removes a key from the chart's schema, the other sets it. Requiring
 * branches to be up to date would prevent that, but every bump would wait for the one before. So the command sends an
 * alert with the command that reverts the change, and every run fails until `main` is repaired.
 * @param judge Default: the checks of `gitops validate`.
 * @returns undefined if `main` is valid.
 */
export async function checkMain(
  session: Session,
  judge: (change: Candidate) => Promise<readonly FileProblem[]> = validate,
): Promise<ReleaseOutcome | undefined> {
  const { clone, graph } = session;
  const tip = await clone.git("rev-parse", MAIN);
  const { base, told } = (await earlierResult(session)) ?? { base: await firstBase(session), told: [] };
  if (base === tip) return undefined;
  const problems = await judge(await candidate(clone, "main", base, tip, graph));
  const text = report(problems);
  if (problems.length === 0) {
    await setCheck(session, CHECK, tip, { conclusion: "success", title: "Valid", summary: text });
    return undefined;
  }
  const externalId = hashOf(text);
  const fix = await remedy(session, base, tip);
  const reason = `main is broken by what was merged since ${base.slice(0, 12)}. ${fix}\n${text}`;
  let isTold = told.includes(externalId);
  if (!isTold) {
    const url = pageOf(session.target, `/commit/${tip}`);
    const [what = ""] = reason.split("\n");
    isTold = await sendAlert({ event: "main-broken", what, service: "main", environment: "main", url }, session);
  }
  const data: EarlierResult = { base, told: isTold ? [...new Set([...told, externalId])] : told };
  await setCheck(session, CHECK, tip, { conclusion: "failure", title: "Broken", summary: text, data });
  return { environment: "main", unit: "main", state: "blocked", reason };
}

/** Undefined if none of the newest commits has one. */
async function earlierResult(session: Session): Promise<EarlierResult | undefined> {
  const { clone } = session;
  const commits = await clone.git("rev-list", "--first-parent", `--max-count=${LOOK_BACK}`, MAIN);
  for (const commit of commits.split("\n")) {
    const [run] = await runsOf(session, CHECK, commit);
    if (run?.conclusion === "success") return { base: commit, told: [] };
    if (isEarlierResult(run?.data) && (await clone.resolve(run.data.base)) !== undefined) return run.data;
  }
  return undefined;
}

function isEarlierResult(data: unknown): data is EarlierResult {
  const { base, told } = (data ?? {}) as { readonly [key in keyof EarlierResult]?: unknown };
  return typeof base === "string" && Array.isArray(told);
}

/**
 * The base if there is no earlier result: the commit at which the environments' branches left `main`, or else its first
 * commit. From a newer base, earlier breaks would not be found.
 */
async function firstBase({ clone }: Session): Promise<string> {
  const listing = await clone.git("for-each-ref", "--format=%(refname)", remoteBranch(ENVIRONMENT_BRANCHES));
  const branches = listing.split("\n").filter((name) => name !== "");
  try {
    if (branches.length > 0) return await clone.git("merge-base", "--octopus", MAIN, ...branches);
  } catch (error) {
    // A branch may have no commit in common with main.
    if (!(error instanceof GitFailure)) throw error;
  }
  const commits = await clone.git("rev-list", "--first-parent", MAIN);
  return commits.split("\n").at(-1) ?? MAIN;
}

/** Suggests the revert of the newest merge, which is the most likely cause. */
async function remedy({ clone }: Session, base: string, tip: string): Promise<string> {
  const log = await clone.git("log", "--first-parent", "--format=%H %s", tip, "--not", base);
  const [newest = "", ...others] = log.split("\n");
  const [commit = ""] = newest.split(" ");
  const parents = (await clone.git("rev-list", "--parents", "--max-count=1", commit)).split(" ").length - 1;
  const undo = `git revert${parents > 1 ? " -m 1" : ""} ${commit.slice(0, 12)}`;
  const more = others.length === 0 ? "" : ` (or the one at fault among the ${others.length} before it)`;
  return `Repair it, or revert the newest merge${more} by a pull request: ${undo}`;
}
