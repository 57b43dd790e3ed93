import { ENVIRONMENT_BRANCHES, environmentBranch } from "../../contract/branches";
import { environmentCheck } from "../../contract/checks";
import { CHARTS } from "../../contract/paths";
import { sendAlert } from "../alerts";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { runsOf, setCheck } from "../github/checks";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Candidate, candidate } from "../validate/candidate";
import { type Problem, report } from "../validate/report";
import { validate } from "../validate/validate";
import { hashOf, type Outcome } from "./outcome";

/** The check that says of a commit of `main` whether all that came together there is valid. No branch asks for it. */
const CHECK = "validate main";

/** So many commits of `main` are asked, newest first, for what was found before. */
const LOOK_BACK = 100;

/** What earlier runs found. The check carries it, so that it is not lost behind what lands while `main` is broken. */
interface Known {
  /** The newest commit that was valid. */
  readonly base: string;
  /** The breaks since then of which people were told. */
  readonly told: readonly string[];
}

/**
 * Validates what came to `main` since it was valid last, as one change. Two pull requests, each valid beside the `main`
 * of its time, can break it together:
 * one removes a key from the chart's schema, the other sets it. To ask each to be up to date before its merge would
 * make every bump wait for the one before,
 * so the break is told, by an alert that names the command which undoes it, and every run fails until it is gone.
 * @param judge Default: what `gitops validate` does.
 * @returns undefined where `main` is valid.
 */
export async function checkMain(
  session: Session,
  judge: (change: Candidate) => Promise<readonly Problem[]> = validate,
): Promise<Outcome | undefined> {
  const { clone } = session;
  const tip = await clone.git("rev-parse", MAIN);
  const { base, told } = (await known(session)) ?? { base: await beginning(session), told: [] };
  if (base === tip) return undefined;
  const problems = await judge(await candidate(clone, "main", base, tip));
  const text = report(problems);
  if (problems.length === 0) {
    await setCheck(session, CHECK, tip, { conclusion: "success", title: "Valid", summary: text });
    return undefined;
  }
  const externalId = hashOf(text);
  const reason = `main is broken by what came together since ${base.slice(0, 12)}. ${await wayOut(session, base, tip)}\n${text}`;
  let isTold = told.includes(externalId);
  if (!isTold) {
    const url = pageOf(session.target, `/commit/${tip}`);
    const [what = ""] = reason.split("\n");
    isTold = await sendAlert({ event: "main-broken", what, service: "main", environment: "main", url }, session);
  }
  const data: Known = { base, told: isTold ? [...new Set([...told, externalId])] : told };
  await setCheck(session, CHECK, tip, { conclusion: "failure", title: "Broken", summary: text, data });
  return { environment: "main", unit: "main", state: "blocked", reason };
}

/** Undefined where no run of the newest commits says it. */
async function known(session: Session): Promise<Known | undefined> {
  const { clone } = session;
  const commits = await clone.git("rev-list", "--first-parent", `--max-count=${LOOK_BACK}`, MAIN);
  for (const commit of commits.split("\n")) {
    const [run] = await runsOf(session, CHECK, commit, process.env.GITOPS_BOT);
    if (run?.conclusion === "success") return { base: commit, told: [] };
    if (isKnown(run?.data) && (await clone.resolve(run.data.base)) !== undefined) return run.data;
  }
  return undefined;
}

function isKnown(data: unknown): data is Known {
  const { base, told } = (data ?? {}) as { readonly [key in keyof Known]?: unknown };
  return typeof base === "string" && Array.isArray(told);
}

/**
 * Where nothing is known, a later commit could hide what broke before it: everything is judged that came since the
 * environments' branches left `main`, or since its first commit.
 */
async function beginning({ clone }: Session): Promise<string> {
  const listing = await clone.git("for-each-ref", "--format=%(refname)", remoteBranch(ENVIRONMENT_BRANCHES));
  const branches = listing.split("\n").filter((name) => name !== "");
  try {
    if (branches.length > 0) return await clone.git("merge-base", "--octopus", MAIN, ...branches);
  } catch (error) {
    // A branch has no commit in common with main.
    if (!(error instanceof GitFailure)) throw error;
  }
  const commits = await clone.git("rev-list", "--first-parent", MAIN);
  return commits.split("\n").at(-1) ?? MAIN;
}

/** Any of the merges may be the one to take back, the newest most likely. */
async function wayOut({ clone }: Session, base: string, tip: string): Promise<string> {
  const log = await clone.git("log", "--first-parent", "--format=%H %s", tip, "--not", base);
  const [newest = "", ...others] = log.split("\n");
  const [commit = ""] = newest.split(" ");
  const parents = (await clone.git("rev-list", "--parents", "--max-count=1", commit)).split(" ").length - 1;
  const undo = `git revert${parents > 1 ? " -m 1" : ""} ${commit.slice(0, 12)}`;
  const more = others.length === 0 ? "" : ` (or of the ${others.length} before it, what is at fault)`;
  return `Repair it, or undo the newest${more} by a pull request: ${undo}`;
}

/** What a run of `validate` judged: a pull request's head, as it would be merged into its base. */
export interface Validated {
  readonly number: number;
  readonly base: string;
  readonly head: string;
}

/** What the check `validate` remembers of that, as its `external_id`. */
export function validatedId({ number, base, head }: Validated): string {
  return `${number} ${base} ${head}`;
}

/** Reads it again; undefined where it is none. */
function readValidated(externalId: string | null): Validated | undefined {
  const [, number, base = "", head = ""] = /^(\d+) ([0-9a-f]{40,64}) ([0-9a-f]{40,64})$/.exec(externalId ?? "") ?? [];
  return number === undefined ? undefined : { number: Number(number), base, head };
}

/**
 * Whether what `validate` said of a pull request still holds, although its base moved: nothing that it changes changed
 * there, and no chart did on either side, which renders everything again.
 */
export async function isFresh(session: Session, pull: ReleasePull): Promise<boolean> {
  const { clone } = session;
  const { number, head, environment } = pull;
  const runs = await runsOf(session, environmentCheck("validate", environment), head, process.env.GITOPS_BOT);
  const found = runs
    .filter(({ conclusion }) => conclusion === "success")
    .map(({ externalId }) => readValidated(externalId))
    .find((validated) => validated?.number === number && validated.head === head);
  if (!found || (await clone.resolve(found.base)) === undefined) return false;
  const tip = remoteBranch(environmentBranch(environment));
  const moved = (await changesBetween(clone, found.base, tip)).map(({ path }) => path);
  if (moved.length === 0) return true;
  const mergeBase = await clone.git("merge-base", tip, head);
  const own = (await changesBetween(clone, mergeBase, head)).map(({ path }) => path);
  if ([...moved, ...own].some((path) => path.startsWith(`${CHARTS}/`))) return false;
  return !moved.some((path) => own.includes(path));
}
