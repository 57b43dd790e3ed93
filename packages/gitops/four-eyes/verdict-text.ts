import type { CheckResult } from "../github/checks";
import type { Unrequested } from "../github/people";
import type { JudgedApproval, NotCounted, Obstacle, Verdict } from "./verdict";

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
      return "GitHub does not tell who pushes to a fork. Push the branch to this repository and open the pull request from there.";
    case "other-bot":
      return "A bot other than the release App opened it. Open a pull request of your own, or let the workflow Release do it.";
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
            `${approval.login} ${didOf(approval.login) ?? NOT_COUNTED["had-part"]}, which this releases: their approval does not count. Ask another.`,
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
