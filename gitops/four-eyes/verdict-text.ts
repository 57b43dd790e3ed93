import type { CheckResult } from "../github/checks";
import type { BreakGlass, JudgedApproval, NotCounted, Obstacle, Verdict } from "./verdict";

/** The check that a verdict makes. It never succeeds: only the merge itself sets a success, for that moment. */
export function checkOf(verdict: Verdict, head: string): CheckResult & { readonly externalId: string } {
  const conclusion = verdict.state === "approved" ? null : "failure";
  return { conclusion, title: titleOf(verdict), summary: summaryOf(verdict), externalId: stateId(verdict.state, head) };
}

/** What a verdict's check is known by: texts decide nothing. */
function stateId(state: Verdict["state"], head: string): string {
  return `${state}:${head}`;
}

/** Whether a check says that nobody approves yet, which is no refusal. */
export function isWaiting(externalId: string | null): boolean {
  return externalId?.startsWith("waits:") === true;
}

/** The title of a broken glass. */
function glassTitle({ by, reason }: BreakGlass): string {
  return `Break-glass by @${by}: ${reason}`;
}

/** A verdict on one line. */
export function titleOf({ state, approvals, obstacles, missing, breakGlass }: Verdict): string {
  const names = (of: readonly JudgedApproval[]) => of.map(({ login }) => login).join(" and ");
  if (breakGlass) return glassTitle(breakGlass);
  if (state === "approved") {
    return `Approved by ${names(approvals.filter(({ counts }) => counts))}: the workflow Release merges it`;
  }
  if (state === "waits") return "Waits for an approval";
  const [obstacle] = obstacles;
  if (obstacle) return obstacleTitle(obstacle);
  const [open] = approvals.filter((approval) => !approval.counts);
  if (approvals.some(({ counts }) => counts)) return `Waits for an approval by an owner of ${missing[0] ?? ""}`;
  return open ? `Approved by ${names(approvals)}, who ${NOT_COUNTED[open.reason]}` : "Waits for an approval";
}

/** Why somebody's approval does not count, to stand behind their name. */
export const NOT_COUNTED: Readonly<Record<NotCounted, string>> = {
  "had-part": "had a part in it",
  "not-owner": "owns nothing of it",
  "not-a-person": "is an account of CI",
  "unknown-member": "may not be an owner: GitHub does not tell",
  "other-commit": "approved another commit",
  "before-reopening": "approved it before it was reopened",
};

const WAYS_OUT: Readonly<Record<Exclude<NotCounted, "had-part">, string>> = {
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

/** What nobody asked for. */
function subject(unrequested: { readonly number: number } | { readonly commit: string }): string {
  return "number" in unrequested ? `#${unrequested.number}` : unrequested.commit.slice(0, 7);
}

function obstacleText(obstacle: Obstacle): string {
  switch (obstacle.reason) {
    case "from-fork":
      return "Who pushed to a fork is not known here. Push the branch to this repository and open it from there.";
    case "other-bot":
      return "A bot other than the release App opened it. Open a pull request of your own, or let the workflow Release do it.";
    case "closed":
      return "Reopen it to release it. What was approved before that is approved again then.";
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

/** All that a person must know of a verdict. Markdown. */
export function summaryOf(verdict: Verdict): string {
  const { state, approvals, obstacles, missing, contributors, breakGlass } = verdict;
  const didOf = (login: string) => contributors.find((person) => person.login.toLowerCase() === login.toLowerCase())?.did;
  if (breakGlass) {
    const { by, reason } = breakGlass;
    const did = didOf(by);
    const who = did === undefined ? `@${by}` : `@${by} ${did}, which this releases, and`;
    return `${who} lets it in past the second person:\n\n> ${reason}`;
  }
  const counted = approvals.filter(({ counts }) => counts).map(({ login }) => login);
  const open = approvals.flatMap((approval) =>
    approval.counts
      ? []
      : approval.reason === "had-part"
        ? [
            `${approval.login} ${didOf(approval.login) ?? NOT_COUNTED["had-part"]}, which this releases: their approval does not count. Ask another.`,
          ]
        : [`${approval.login} ${NOT_COUNTED[approval.reason]}. ${WAYS_OUT[approval.reason]}`],
  );
  const lacks = state === "insufficient" && counted.length > 0 ? missing : [];
  const parts = [
    ...obstacles.map(obstacleText),
    ...(state === "approved" ? [`Approved by ${counted.join(" and ")}, who had no part in it.`] : []),
    ...(open.length > 0 ? [list(open)] : []),
    ...(lacks.length > 0 ? [`Nobody who owns these approved:\n\n${list(lacks.map((path) => `\`${path}\``))}`] : []),
    ...(state === "waits" ? [waiting(verdict)] : []),
  ];
  return parts.join("\n\n").slice(0, SUMMARY_LIMIT);
}

function waiting({ contributors }: Verdict): string {
  const who = list(contributors.map(({ login, did }) => `${login} ${did}`));
  const part = who === "" ? "" : `These had a part in it, so their approval does not count:\n\n${who}\n\n`;
  return `${part}Anybody else who owns this branch may approve it.`;
}

/** GitHub takes 65,535 characters. */
const SUMMARY_LIMIT = 60_000;

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
