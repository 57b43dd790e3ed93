import { setTimeout } from "node:timers/promises";
import { environmentBranch } from "@gitops-platform/contract/branches";
import {
  deliveryFolder,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
  SERVICES,
} from "@gitops-platform/contract/catalogue";
import { environmentCheck } from "@gitops-platform/contract/checks";
import { CHARTS } from "@gitops-platform/contract/paths";
import { formatMessage } from "@gitops-platform/contract/trailers";
import { formatProblem } from "@gitops-platform/contract/problems";
import { sendAlert } from "../alerts";
import { Failure } from "@gitops-platform/contract/failure";
import { delivered, deliveryFilesAt } from "../catalogue/delivered";
import { judge, reportVerdict } from "../four-eyes/judge";
import { checkOf, summaryOf, titleOf, type Verdict } from "../four-eyes/verdict";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { fetchOfPull, remoteBranch } from "../git/refs";
import { approvalsOf } from "../github/approvals";
import { newestRun, runsOf, setCheck } from "../github/checks";
import { hindrancesOfRefused } from "../github/hindrances";
import { mergePull, passesByItself } from "../github/merging";
import { releaseByNumber, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { released } from "./write-record";

/** The result of an attempt to merge a release. */
export type ReleaseMerge =
  | { readonly merged: string }
  | { readonly waitsFor: string }
  /** Waiting does not help. `isOurs`: the platform is the cause, so it affects every release. */
  | { readonly blocked: string; readonly isOurs?: true };

/**
 * Merges a pull request into an environment's branch if `validate` succeeded and owners who are not contributors
 * approved it. `four-eyes` is set to success only for the moment of the merge, so that nobody else can merge on the
 * strength of it. GitHub enforces the rest: code owners and required checks.
 * @param isUnit Whether it is a release of the platform's own, which is made again when its base changes.
 * @param checkRecord Throws {@link Failure} if the approval could not be recorded, and then nothing is merged.
 */
export async function mergeIfApproved(
  session: Session,
  number: number,
  isUnit: boolean,
  checkRecord?: () => Promise<void>,
): Promise<ReleaseMerge> {
  // Most releases wait for an approval, so this comes first: it is a single call.
  if ((await approvalsOf(session, number)).length === 0) return { waitsFor: "Waits for an approval." };
  const pull = await releaseByNumber(session, number);
  if (pull?.state !== "open") return { waitsFor: "Was closed meanwhile." };
  if (pull.isDraft) return { waitsFor: "Is a draft." };
  await session.clone.fetch(fetchOfPull(number));
  const invalid = await notValid(session, pull, isUnit);
  if (invalid) return invalid;
  const verdict = await judge(session, pull);
  if (verdict.state !== "approved") return notApproved(verdict);
  try {
    await checkRecord?.();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { blocked: `its approval could not be recorded: ${error.message}`, isOurs: true };
  }
  return merge(session, pull, verdict);
}

async function notValid(session: Session, pull: ReleasePull, isUnit: boolean): Promise<ReleaseMerge | undefined> {
  const name = environmentCheck("validate", pull.environment);
  const run = await newestRun(session, name, pull.head);
  if (run?.conclusion === "failure") {
    return { blocked: `the check ${name} failed: ${[run.title, run.summary].filter((text) => text).join("\n")}` };
  }
  if (run?.conclusion !== "success") return { waitsFor: `Waits for the check ${name}.` };
  // The workflow brings a unit up to date by itself.
  if (isUnit) return undefined;
  const stale = await staleDelivery(session, pull);
  if (stale !== undefined) return { waitsFor: stale };
  if (await isStillValid(session, pull)) return undefined;
  const branch = environmentBranch(pull.environment);
  return { waitsFor: `${branch} changed since ${name} judged it. Update the branch: bring ${branch} into it.` };
}

function notApproved(verdict: Verdict): ReleaseMerge {
  const cannotTell = verdict.approvals.some((approval) => !approval.counts && approval.reason === "unknown-member");
  // Neither changes by another approval.
  if (verdict.state === "refused" || cannotTell) {
    return { blocked: `four-eyes refuses it: ${titleOf(verdict)}.\n${summaryOf(verdict)}` };
  }
  return { waitsFor: `${titleOf(verdict)}.` };
}

async function merge(session: Session, pull: ReleasePull, verdict: Verdict): Promise<ReleaseMerge> {
  const { environment, number, head, title } = pull;
  const branch = environmentBranch(environment);
  const base = remoteBranch(branch);
  const tree = await mergedTree(session.clone, base, head);
  if (tree === undefined) return { waitsFor: `It conflicts with ${branch}. Update the branch.` };
  const trailers = { ...(await released(session, environment, base, tree)), Environment: environment };
  // GitHub adds the title.
  const message = formatMessage("", { ...trailers, "Pull-Request": String(number) });
  const success = { ...checkOf(verdict, head), conclusion: "success" as const };
  let isMerged = false;
  try {
    for (let attempt = 1; ; attempt++) {
      await setCheck(session, environmentCheck("four-eyes", environment), head, success);
      const result = await mergePull(session, number, { head, title, message });
      if ("merged" in result) {
        isMerged = true;
        await checkMerged(session, pull, result.merged, tree);
        return result;
      }
      const reason = `GitHub refuses to merge it: ${result.reason}`;
      // The next run judges the new head.
      if (result.cause === "head-moved") return { waitsFor: reason };
      if (result.cause === "unsigned") return { blocked: `${reason} ${wayOutOfUnsigned(pull)}` };
      if (attempt === ATTEMPTS && passesByItself(result) && !(await isUnmergeable(session, number))) {
        return { waitsFor: reason };
      }
      // Someone requests changes, or a rule of the organisation forbids the merge.
      if (attempt === ATTEMPTS) return { blocked: await withHindrances(session, environment, reason) };
      // GitHub may need a moment to see the check.
      await setTimeout(PAUSE);
    }
  } finally {
    if (!isMerged) await reportVerdict(session, pull, verdict);
  }
}

/** Whether GitHub has found that it cannot merge the pull request. It answers null as long as it does not know. */
async function isUnmergeable({ github, repository }: Session, number: number): Promise<boolean> {
  return (await github.rest.pulls.get({ ...repository, pull_number: number })).data.mergeable === false;
}

function wayOutOfUnsigned({ branch }: ReleasePull): string {
  return `A rule requires signed commits. Close it and delete ${branch}: the workflow Release makes it again.`;
}

const ATTEMPTS = 4;
/** In milliseconds. */
const PAUSE = 500;

/** Adds the settings and rules that cause GitHub's refusal, if they can be read. */
async function withHindrances(session: Session, environment: string, reason: string): Promise<string> {
  const found = (await hindrancesOfRefused(session, environmentBranch(environment))) ?? [];
  return [reason, ...found.map(formatProblem)].join("\n");
}

/** Sends an alert if GitHub's merge has other content than what was judged. */
async function checkMerged(session: Session, pull: ReleasePull, commit: string, tree: string): Promise<void> {
  const { clone } = session;
  const { environment, url, number } = pull;
  await clone.fetch();
  if ((await clone.find(`${commit}^{tree}`)) === tree) return;
  const branch = environmentBranch(environment);
  const what = `Its merge ${commit.slice(0, 7)} has other content than what was judged for ${branch}.`;
  await sendAlert({ event: "merged-past-four-eyes", what, service: `#${number}`, environment, url }, session);
}

/** What a run of `validate` judged: a pull request's head, merged into its base. */
export interface Validated {
  readonly number: number;
  readonly base: string;
  readonly head: string;
}

/** The `external_id` of the check `validate`, which {@link isStillValid} reads. */
export function validatedId({ number, base, head }: Validated): string {
  return `${number} ${base} ${head}`;
}

function parseValidatedId(externalId: string | null): Validated | undefined {
  const [, number, base = "", head = ""] = /^(\d+) ([0-9a-f]{40,64}) ([0-9a-f]{40,64})$/.exec(externalId ?? "") ?? [];
  return number === undefined ? undefined : { number: Number(number), base, head };
}

/** The service whose declaration is at a path, or what is rendered from it. */
function declaredBy(path: string): string | undefined {
  return parseDeclarationPath(path) ?? parseDeliveryPath(path)?.service;
}

/**
 * Why a pull request's objects that deliver services are not what they must be now; undefined if they are. They come
 * from the delivery policy of `main` too, which may have changed since `validate` judged them.
 */
async function staleDelivery(
  { clone }: Session,
  { head, environment, branch }: ReleasePull,
): Promise<string | undefined> {
  const tip = remoteBranch(environmentBranch(environment));
  const tree = await mergedTree(clone, tip, head);
  // A conflict is reported where it is merged.
  if (tree === undefined) return undefined;
  const changes = await changesBetween(clone, tip, tree, SERVICES, deliveryFolder(environment));
  const services = new Set(changes.flatMap(({ path }) => declaredBy(path) ?? []));
  if (services.size === 0) return undefined;
  const wanted = await delivered(clone, tree, environment);
  const present = await deliveryFilesAt(clone, tree, environment);
  const stale = [...services].find((service) => wanted.files.get(service) !== present.get(service));
  if (stale === undefined) return undefined;
  const path = deliveryPath({ environment, service: stale });
  return (
    wanted.unreadable ??
    `${path}: got something else than the declarations and the delivery policy of main give now. ` +
      `Run gitops service render --env ${environment} in a checkout of ${branch}, and commit what it writes.`
  );
}

/**
 * Whether the result of `validate` still applies after its base moved. It does if the base changed none of the pull
 * request's files, if neither side changed a chart, because charts affect the rendering of every service, and if not
 * both of them changed declarations or what is rendered from them.
 */
async function isStillValid(session: Session, pull: ReleasePull): Promise<boolean> {
  const { clone } = session;
  const { number, head, environment } = pull;
  const runs = await runsOf(session, environmentCheck("validate", environment), head);
  const found = runs
    .filter(({ conclusion }) => conclusion === "success")
    .map(({ externalId }) => parseValidatedId(externalId))
    .find((validated) => validated?.number === number && validated.head === head);
  if (!found || (await clone.resolve(found.base)) === undefined) return false;
  const tip = remoteBranch(environmentBranch(environment));
  const moved = (await changesBetween(clone, found.base, tip)).map(({ path }) => path);
  if (moved.length === 0) return true;
  const mergeBase = await clone.git("merge-base", tip, head);
  const own = (await changesBetween(clone, mergeBase, head)).map(({ path }) => path);
  if ([...moved, ...own].some((path) => path.startsWith(`${CHARTS}/`))) return false;
  // Declarations are judged together, and with what is rendered from them: two services may not own one namespace.
  const isDeclared = (path: string) => declaredBy(path) !== undefined;
  if (own.some(isDeclared) && moved.some(isDeclared)) return false;
  return !moved.some((path) => own.includes(path));
}
