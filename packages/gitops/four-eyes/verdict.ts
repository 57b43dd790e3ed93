import type { Approval, Ownership } from "../github/approvals";
import type { Contributions, Unrequested } from "../github/people";
import type { Contributor } from "../github/pulls-of-commits";

/** Who used break-glass, and why. */
export interface BreakGlass {
  /** The login. */
  readonly by: string;
  /** On one line. */
  readonly reason: string;
}

/** The facts by which a release is judged. */
export interface Facts extends Contributions {
  /** The commit to merge. */
  readonly head: string;
  /** The approvals of the pull request. */
  readonly approvals: readonly Approval[];
  /** Logins of the accounts that CI uses. */
  readonly ciAccounts: readonly string[];
  /** When the pull request was last reopened or got another base; undefined: never. */
  readonly reset: string | undefined;
  /** Which approvers own which changed paths. */
  readonly ownership: Ownership;
}

/** Why an approval does not count. */
export type NotCounted =
  "other-commit" | "before-reopening" | "had-part" | "not-a-person" | "unknown-member" | "not-owner";

/** An approval, and whether it counts. */
export type JudgedApproval = { readonly login: string } & (
  { readonly counts: true } | { readonly counts: false; readonly reason: NotCounted }
);

/** What prevents a merge, no matter who approves it. */
export type Obstacle =
  | { readonly reason: "from-fork" }
  /** A bot other than the platform's opened it, so its author is not known. */
  | { readonly reason: "other-bot"; readonly login: string }
  | { readonly reason: "closed" }
  /** An error occurred, which `text` describes. */
  | { readonly reason: "not-judged"; readonly text: string }
  | { readonly reason: "no-owner"; readonly path: string }
  | ({ readonly reason: "nobody-asked" } & Unrequested);

/** Whether owners who are not contributors approved a release. */
export interface Verdict {
  /**
   * - `approved`: every changed path has an approver who owns it and whose approval counts.
   * - `waits`: there is no approval. `insufficient`: there are approvals, but not enough.
   * - `refused`: no approval can help, because of the obstacles.
   */
  readonly state: "approved" | "waits" | "insufficient" | "refused";
  readonly approvals: readonly JudgedApproval[];
  readonly obstacles: readonly Obstacle[];
  /** Changed paths without a counted approval by an owner. */
  readonly missing: readonly string[];
  readonly contributors: readonly Contributor[];
  /** The pull request of an automatic promotion in it. Nobody asked for that one, so two owners have to approve. */
  readonly byRule?: number;
  /** Set if it is approved by break-glass. */
  readonly breakGlass?: BreakGlass;
}

/**
 * Judges a release. A break-glass exempts the person who used it from being a contributor, if they approve the head
 * themselves, and makes it irrelevant whether anyone asked for the changes. It has no effect if it is not needed.
 */
export function verdict(facts: Facts, glass?: BreakGlass): Verdict {
  const ordinary = judgeOnce(facts);
  if (ordinary.state === "approved" || glass === undefined) return ordinary;
  const isTheirs = ({ login }: { readonly login: string }) => sameLogin(login, glass.by);
  const contributors = facts.contributors.filter((person) => !isTheirs(person));
  const exempted = judgeOnce({ ...facts, contributors, unrequested: [] });
  const counts = exempted.approvals.some((approval) => approval.counts && isTheirs(approval));
  if (exempted.state !== "approved" || !counts) return ordinary;
  return { ...exempted, contributors: facts.contributors, breakGlass: glass };
}

/** A verdict that no approval can change. */
export function refused(obstacle: Obstacle): Verdict {
  return { state: "refused", approvals: [], obstacles: [obstacle], missing: [], contributors: [] };
}

/** The logins of the second persons whose approval counts. */
export function countedApprovers({ approvals, breakGlass }: Verdict): string[] {
  return approvals
    .filter(({ counts, login }) => counts && !(breakGlass && sameLogin(login, breakGlass.by)))
    .map(({ login }) => login);
}

function judgeOnce(facts: Facts): Verdict {
  const { ownership, unrequested, contributors } = facts;
  const approvals = facts.approvals.map((approval): JudgedApproval => {
    const reason = notCounted(facts, approval);
    return reason === undefined
      ? { login: approval.login, counts: true }
      : { login: approval.login, counts: false, reason };
  });
  const [byRule] = unrequested.flatMap((what) => (isByRule(what) ? [what.number] : []));
  const obstacles: Obstacle[] = [
    ...unrequested.filter((what) => !isByRule(what)).map((what) => ({ reason: "nobody-asked" as const, ...what })),
    ...ownership.unowned.map((path) => ({ reason: "no-owner" as const, path })),
  ];
  const counted = approvals.filter(({ counts }) => counts);
  const missing = ownership.owned.filter((path) => !counted.some(({ login }) => ownsOf(facts, login)?.paths.has(path)));
  // One person asks and another approves. Where nobody asked, two approve, no matter who made the change.
  const people = new Set(counted.map(({ login }) => login.toLowerCase()));
  const isApproved = people.size >= (byRule === undefined ? 1 : 2) && missing.length === 0;
  const state =
    obstacles.length > 0 ? "refused" : isApproved ? "approved" : approvals.length === 0 ? "waits" : "insufficient";
  return { state, approvals, obstacles, missing, contributors, ...(byRule !== undefined && { byRule }) };
}

function isByRule(what: Unrequested): what is Unrequested & { readonly number: number } {
  return "number" in what && what.byRule === true;
}

function notCounted(facts: Facts, { login, commit, at }: Approval): NotCounted | undefined {
  if (commit !== facts.head) return "other-commit";
  // GitHub's times are in whole seconds, so an approval in the same second may have come before.
  if (facts.reset !== undefined && !(Date.parse(at) > Date.parse(facts.reset))) return "before-reopening";
  if (facts.ciAccounts.some((account) => sameLogin(account, login))) return "not-a-person";
  if (facts.contributors.some((person) => sameLogin(person.login, login))) return "had-part";
  const owns = ownsOf(facts, login);
  if (owns && owns.paths.size > 0) return undefined;
  return owns?.mayOwnMore ? "unknown-member" : "not-owner";
}

function ownsOf({ ownership }: Facts, login: string) {
  return ownership.people.get(login.toLowerCase());
}

function sameLogin(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
