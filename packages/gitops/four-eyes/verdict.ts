import type { Approval, Ownership } from "../github/approvals";
import type { Contributions, Unrequested } from "../github/people";
import type { Contributor } from "../github/pulls-of-commits";
import type { CheckResult } from "../github/checks";

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
type NotCounted = "other-commit" | "before-reopening" | "had-part" | "not-a-person" | "unknown-member" | "not-owner";

/** An approval, and whether it counts. */
type JudgedApproval = { readonly login: string } & (
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

/** The check of a verdict. It never succeeds, because only the merge sets a success, for its duration. */
export function checkOf(verdict: Verdict, head: string): CheckResult & { readonly externalId: string } {
  const conclusion = verdict.state === "approved" ? null : "failure";
  return { conclusion, title: titleOf(verdict), summary: summaryOf(verdict), externalId: stateId(verdict.state, head) };
}

/** The `external_id` of a verdict's check, by which programs recognize it. */
function stateId(state: Verdict["state"], head: string): string {
  return `${state}:${head}`;
}

/** Whether a check says that there is no approval yet, which is not a refusal. */
export function isWaiting(externalId: string | null): boolean {
  return externalId?.startsWith("waits:") === true;
}

/** A verdict on one line. */
export function titleOf({ state, approvals, obstacles, missing, byRule, breakGlass }: Verdict): string {
  const names = (of: readonly JudgedApproval[]) => of.map(({ login }) => login).join(" and ");
  if (breakGlass) return `Break-glass by @${breakGlass.by}: ${breakGlass.reason}`;
  if (state === "approved") {
    return `Approved by ${names(approvals.filter(({ counts }) => counts))}: the workflow Release merges it`;
  }
  if (state === "waits") return "Waits for an approval";
  const [obstacle] = obstacles;
  if (obstacle) return obstacleTitle(obstacle);
  const [open] = approvals.filter((approval) => !approval.counts);
  if (approvals.some(({ counts }) => counts)) {
    const [path] = missing;
    if (path !== undefined) return `Waits for an approval by an owner of ${path}`;
    return `Waits for a second approval, because #${byRule ?? ""} was promoted automatically`;
  }
  return open ? `Approved by ${names(approvals)}, who ${NOT_COUNTED[open.reason]}` : "Waits for an approval";
}

/** Why an approval does not count, as the rest of a sentence after the login. */
export const NOT_COUNTED: Readonly<Record<NotCounted, string>> = {
  "had-part": "contributed to it",
  "not-owner": "owns nothing of it",
  "not-a-person": "is an account of CI",
  "unknown-member": "may not be an owner: GitHub does not tell",
  "other-commit": "approved another commit",
  "before-reopening": "approved it before it was reopened",
};

const REMEDIES: Readonly<Record<Exclude<NotCounted, "had-part">, string>> = {
  "not-owner": "Ask an owner.",
  "not-a-person": "Ask a person.",
  "unknown-member": 'Give the release App the organisation permission "Members: read".',
  "other-commit": "Approve it again.",
  "before-reopening": "Approve it again.",
};

function obstacleTitle(obstacle: Obstacle): string {
  switch (obstacle.reason) {
    case "from-fork":
      return "Comes from a fork";
    case "other-bot":
      return `Comes from ${obstacle.login}`;
    case "closed":
      return "Was closed";
    case "not-judged":
      return "Could not be judged";
    case "no-owner":
      return `Nobody owns ${obstacle.path}`;
    case "nobody-asked":
      return `Nobody is known to have asked for ${subject(obstacle)}`;
  }
}

function subject(unrequested: Unrequested): string {
  return "number" in unrequested ? `#${unrequested.number}` : unrequested.commit.slice(0, 7);
}

function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.reason) {
    case "from-fork":
      return (
        "GitHub does not tell who pushes to a fork. " +
        "Push the branch to this repository and open the pull request from there."
      );
    case "other-bot":
      return (
        "A bot other than the release App opened it. " +
        "Open a pull request of your own, or let the workflow Release do it."
      );
    case "closed":
      return "Reopen it to release it. Earlier approvals do not count then, so it must be approved again.";
    case "not-judged":
      return obstacle.text;
    case "no-owner":
      return `Nobody owns \`${obstacle.path}\`: name an owner in \`.github/CODEOWNERS\` of this branch.`;
    case "nobody-asked":
      return (
        `Nobody is known to have asked for ${subject(obstacle)}. Ask for it yourself: promote another version with ` +
        "`gitops promote`, or open a pull request of your own into this branch with the same content."
      );
  }
}

/** A verdict in full, as Markdown. */
export function summaryOf(verdict: Verdict): string {
  const { state, approvals, obstacles, missing, contributors, byRule, breakGlass } = verdict;
  const didOf = (login: string) =>
    contributors.find((person) => person.login.toLowerCase() === login.toLowerCase())?.did;
  if (breakGlass) {
    const { by, reason } = breakGlass;
    const did = didOf(by);
    const person = did === undefined ? `@${by}` : `@${by} ${did}, which this releases, and`;
    return `${person} approves it without a second person:\n\n> ${reason}`;
  }
  const counted = approvals.filter(({ counts }) => counts).map(({ login }) => login);
  const open = approvals.flatMap((approval) =>
    approval.counts
      ? []
      : approval.reason === "had-part"
        ? [
            `${approval.login} ${didOf(approval.login) ?? NOT_COUNTED["had-part"]}, which this releases: ` +
              "their approval does not count. Ask another.",
          ]
        : [`${approval.login} ${NOT_COUNTED[approval.reason]}. ${REMEDIES[approval.reason]}`],
  );
  const lacks = state === "insufficient" && counted.length > 0 ? missing : [];
  const parts = [
    ...obstacles.map(obstacleText),
    ...(state === "approved" ? [`Approved by ${counted.join(" and ")}, who did not contribute to it.`] : []),
    ...(open.length > 0 ? [list(open)] : []),
    ...(lacks.length > 0 ? [`Nobody who owns these approved:\n\n${list(lacks.map((path) => `\`${path}\``))}`] : []),
    ...(state === "waits" ? [waiting(verdict)] : []),
    ...(byRule !== undefined && ["waits", "insufficient"].includes(state) ? [twoNeeded(byRule)] : []),
  ];
  return parts.join("\n\n").slice(0, SUMMARY_LIMIT);
}

function waiting({ contributors }: Verdict): string {
  const people = list(contributors.map(({ login, did }) => `${login} ${did}`));
  const part =
    people === "" ? "" : `These people contributed to it, so their approval does not count:\n\n${people}\n\n`;
  return `${part}Any other owner of this branch may approve it.`;
}

function twoNeeded(byRule: number): string {
  return `#${byRule} was promoted automatically, so nobody asked for it: two owners have to approve this release.`;
}

/** GitHub takes 65,535 characters. */
const SUMMARY_LIMIT = 60_000;

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
