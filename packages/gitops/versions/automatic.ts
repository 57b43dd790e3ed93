import { promotionBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { sameVersion } from "@gitops-platform/contract/values/image";
import { automaticRule } from "@gitops-platform/rules/promotion";
import { describeError, isItemError } from "../errors";
import { remoteBranch } from "../git/refs";
import { GitFailure } from "../git/run-git";
import { readDeploymentStatus } from "../github/deployments";
import { newestPushedOnlyBy } from "../github/pushers";
import { TimedOut, type Waiting } from "../polling";
import type { Session } from "../session";
import type { AutomaticWaitReason } from "../status/model";
import { type Ahead, readAhead, pullInTheWay } from "./ahead";
import type { Outcome } from "./outcome";
import { mergePromotion, type Proposal, proposalOf, requireSource, SourceChanged } from "./promote";

/**
 * Promotes every version that the rules on `main` let an environment get without a person's request, and that has been
 * healthy for long enough in the environment before. It takes no name and no version, so anybody may start it. It waits
 * only for the checks of its pull requests; everything else is left to the next run.
 * @param now Milliseconds since 1970. Default: the current time.
 * @returns what became of each version that is ahead.
 * @throws {Failure} if it does not run as the App, or the rules cannot be read.
 */
export async function promoteAutomatically(session: Session, waiting: Waiting, now = Date.now()): Promise<Outcome[]> {
  const { bot, log } = session;
  if (bot === undefined) {
    const fix = "Start the workflow: gh workflow run promote-automatically.yaml, or Actions, Promote automatically.";
    throw new Failure(`GITOPS_BOT: got nothing; expected the App that promotes. ${fix}`);
  }
  const outcomes: Outcome[] = [];
  for (const ahead of await readAhead(session, (file) => readDeploymentStatus(session, file))) {
    outcomes.push(await promoteOne({ ...session, bot }, ahead, waiting, now));
  }
  if (outcomes.length === 0) log("No version is ahead of an environment that gets versions automatically.");
  return outcomes;
}

type BotSession = Session & { readonly bot: string };

/** A failure of one promotion does not keep the others from being made. */
async function promoteOne(session: BotSession, ahead: Ahead, waiting: Waiting, now: number): Promise<Outcome> {
  const { service, from, to } = ahead;
  const outcome = { service, environment: to, image: "", summary: `Promote ${service} from ${from} to ${to}` };
  try {
    if (ahead.state === "unreadable") return { ...outcome, state: "refused", reason: ahead.reason };
    const proposal = await proposalOf(session, ahead);
    const waits = await waitReasonOf(session, ahead, proposal, now);
    if (waits !== undefined) return { ...proposal.outcome, state: "later", waits };
    await requireOwnBranch(session, promotionBranch(service, to));
    const recheck = () => requireSource(session, proposal);
    return await mergePromotion(session, proposal, { Rule: automaticRule(to) }, waiting, recheck);
  } catch (error) {
    if (error instanceof SourceChanged) return { ...outcome, state: "later", waits: notDeployed(from) };
    // The pull request is there, and the next run merges it.
    if (error instanceof TimedOut)
      return { ...outcome, state: "later", waits: { state: "check", running: ["validate"] } };
    if (error instanceof GitFailure || !isItemError(error)) throw error;
    return { ...outcome, state: "refused", reason: describeError(error) };
  }
}

/** What a promotion waits for; undefined: it can be made now. */
async function waitReasonOf(
  session: BotSession,
  { service, from, to, version, waitsFor }: Ahead & { readonly state: "ahead" },
  proposal: Proposal,
  now: number,
): Promise<AutomaticWaitReason | undefined> {
  if (waitsFor.state !== "promotion" || Date.parse(waitsFor.at) > now) return waitsFor;
  // main has another version since it was judged.
  if (!sameVersion(proposal.version, version)) return notDeployed(from);
  // Other promotions have been waited for since it was judged.
  await session.clone.fetch();
  return pullInTheWay(session, { service, to }, version);
}

function notDeployed(environment: string): AutomaticWaitReason {
  return { state: "health", environment, problem: "not-deployed" };
}

/** Throws {@link Failure} if somebody else pushed to the branch: its pull request would never be valid. */
async function requireOwnBranch(session: BotSession, branch: string): Promise<void> {
  const { clone, bot } = session;
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip === undefined) return;
  const pushed = await newestPushedOnlyBy(session, branch, tip, bot);
  if (pushed === undefined || pushed.commit === tip) return;
  throw new Failure(
    `${branch}: got a push by somebody else; expected ${bot} alone. Delete the branch. ` +
      "If it had a pull request, promote the version yourself.",
  );
}
