import type { Approval, Ownership } from "../github/approvals";
import type { Parts, Unasked } from "../github/people";
import type { Involved } from "../github/pulls-of-commits";

/** Who went past the second person, and why. */
export interface BreakGlass {
  /** The login. */
  readonly by: string;
  /** On one line. */
  readonly reason: string;
}

/** What a release is judged by. */
export interface Facts extends Parts {
  /** The commit that is to be let in. */
  readonly head: string;
  /** Who approves the pull request. */
  readonly approvals: readonly Approval[];
  /** Logins of the accounts that CI uses. */
  readonly ciAccounts: readonly string[];
  /** When the pull request was reopened or got another base last; undefined: never. */
  readonly reset: string | undefined;
  /** Who of the approvers owns which of the changed paths. */
  readonly ownership: Ownership;
}

/** Why an approval does not count. */
export type NotCounted =
  "other-commit" | "before-reopening" | "had-part" | "not-a-person" | "unknown-member" | "not-owner";

/** An approval, and whether it counts. */
export type JudgedApproval = { readonly login: string } & (
  { readonly counts: true } | { readonly counts: false; readonly reason: NotCounted }
);

/** What keeps a release from being let in, no matter who approves it. */
export type Obstacle =
  | { readonly reason: "from-fork" }
  /** A bot opened it that is not the platform's own: nobody could be its author. */
  | { readonly reason: "other-bot"; readonly login: string }
  | { readonly reason: "closed" }
  /** Something went wrong; `text` says what. */
  | { readonly reason: "not-judged"; readonly text: string }
  | { readonly reason: "no-owner"; readonly path: string }
  | ({ readonly reason: "nobody-asked" } & Unasked);

/** Whether a release is approved by owners who had no part in it. Plain data: verdict-text.ts puts it in words. */
export interface Verdict {
  /**
   * - `approved`: every changed path has an approver who owns it and whose approval counts.
   * - `waits`: nobody approves. `insufficient`: somebody does, and it is not enough.
   * - `refused`: no approval helps, for the obstacles.
   */
  readonly state: "approved" | "waits" | "insufficient" | "refused";
  readonly approvals: readonly JudgedApproval[];
  readonly obstacles: readonly Obstacle[];
  /** Changed paths that nobody owns whose approval counts. */
  readonly missing: readonly string[];
  readonly involved: readonly Involved[];
  /** What it is approved by, where not by a second person. */
  readonly breakGlass?: BreakGlass;
}

/**
 * Judges a release. Broken glass excuses the part of the person who broke it, as long as they approve the head
 * themselves, and that nobody is known to have asked; and it counts only where it is needed.
 */
export function verdict(facts: Facts, glass?: BreakGlass): Verdict {
  const ordinary = judgeOnce(facts);
  if (ordinary.state === "approved" || glass === undefined) return ordinary;
  const isTheirs = ({ login }: { readonly login: string }) => sameLogin(login, glass.by);
  const involved = facts.involved.filter((person) => !isTheirs(person));
  const excused = judgeOnce({ ...facts, involved, unasked: [] });
  const counts = excused.approvals.some((approval) => approval.counts && isTheirs(approval));
  if (excused.state !== "approved" || !counts) return ordinary;
  return { ...excused, involved: facts.involved, breakGlass: glass };
}

/** A verdict that no approval changes. */
export function refused(obstacle: Obstacle): Verdict {
  return { state: "refused", approvals: [], obstacles: [obstacle], missing: [], involved: [] };
}

/** The logins of those whose approval counts, as that of a second person. */
export function countedApprovers({ approvals, breakGlass }: Verdict): string[] {
  return approvals
    .filter(({ counts, login }) => counts && !(breakGlass && sameLogin(login, breakGlass.by)))
    .map(({ login }) => login);
}

function judgeOnce(facts: Facts): Verdict {
  const { ownership, unasked, involved } = facts;
  const approvals = facts.approvals.map((approval): JudgedApproval => {
    const reason = notCounted(facts, approval);
    return reason === undefined
      ? { login: approval.login, counts: true }
      : { login: approval.login, counts: false, reason };
  });
  const obstacles: Obstacle[] = [
    ...unasked.map((what) => ({ reason: "nobody-asked" as const, ...what })),
    ...ownership.unowned.map((path) => ({ reason: "no-owner" as const, path })),
  ];
  const counted = approvals.filter(({ counts }) => counts);
  const missing = ownership.owned.filter((path) => !counted.some(({ login }) => ownsOf(facts, login)?.paths.has(path)));
  const isApproved = counted.length > 0 && missing.length === 0;
  const state =
    obstacles.length > 0 ? "refused" : isApproved ? "approved" : approvals.length === 0 ? "waits" : "insufficient";
  return { state, approvals, obstacles, missing, involved };
}

function notCounted(facts: Facts, { login, commit, at }: Approval): NotCounted | undefined {
  if (commit !== facts.head) return "other-commit";
  // GitHub's times are whole seconds: one of the same second may have come before.
  if (facts.reset !== undefined && !(Date.parse(at) > Date.parse(facts.reset))) return "before-reopening";
  if (facts.ciAccounts.some((account) => sameLogin(account, login))) return "not-a-person";
  if (facts.involved.some((person) => sameLogin(person.login, login))) return "had-part";
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
