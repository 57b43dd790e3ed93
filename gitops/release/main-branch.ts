import { createHash } from "node:crypto";
import { sendAlert } from "../alerts";
import { MAIN } from "../git/refs";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { type Candidate, candidate } from "../validate/candidate";
import type { Problem } from "../validate/problem";
import { report } from "../validate/report";
import { validate } from "../validate/validate";
import type { Outcome } from "./outcome";

/** The check that says of a commit of `main` whether all that came together there is valid. No branch asks for it. */
const CHECK = "validate main";

/** So many commits of `main` are looked through for the newest that was valid. */
const LOOK_BACK = 20;

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
  const commits = (await clone.git("rev-list", "--first-parent", `--max-count=${LOOK_BACK}`, MAIN)).split("\n");
  const [tip = "", before] = commits;
  const told: string[] = [];
  let valid: string | undefined;
  for (const commit of commits) {
    const [run] = await runsOf(session, CHECK, commit, process.env.GITOPS_BOT);
    if (run?.conclusion === "success") valid = commit;
    if (valid !== undefined) break;
    if (run) told.push(run.externalId ?? "");
  }
  // Nothing is known of the first: it begins with what came last.
  const base = valid ?? (told.length > 0 ? commits.at(-1) : before);
  if (base === undefined || base === tip) return undefined;
  const problems = await judge(await candidate(clone, "main", base, tip));
  const text = report(problems);
  if (problems.length === 0) {
    await setCheck(session, CHECK, tip, { conclusion: "success", title: "Valid", summary: text });
    return undefined;
  }
  const externalId = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const reason = `main is broken by what came together since ${base.slice(0, 12)}. ${await wayOut(session, base, tip)}\n${text}`;
  let isTold = told.includes(externalId);
  if (!isTold) {
    const { server, owner, name } = session.target;
    const url = `${server}/${owner}/${name}/commit/${tip}`;
    const [what = ""] = reason.split("\n");
    isTold = await sendAlert({ event: "main-broken", what, service: "main", environment: "main", url }, session);
  }
  const found = { conclusion: "failure" as const, title: "Broken", summary: text };
  await setCheck(session, CHECK, tip, { ...found, ...(isTold && { externalId }) });
  return { environment: "main", unit: "main", state: "blocked", reason };
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
