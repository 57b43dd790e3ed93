import type { Approval } from "../github/approvals";
import type { CheckResult } from "../github/checks";
import type { Involved } from "../github/people";

/** Who went past the second person, and why. */
export interface BreakGlass {
  /** The login. */
  readonly by: string;
  /** On one line. */
  readonly reason: string;
}

/** Whether a release was approved by somebody who had no part in it, and the check that says so. */
export interface Verdict extends CheckResult {
  /** The logins of those whose approval counts. */
  readonly approvers: readonly string[];
  readonly involved: readonly Involved[];
  /** What it succeeds by, where not by a second person. */
  readonly breakGlass?: BreakGlass;
}

/** The title of the check while nobody approves. */
export const WAITS = "Waits for an approval";

/**
 * Success where somebody approves the head and nobody who approves had a part in it. One approver with a part is enough to fail: GitHub asks that
 * one approver is an owner, and does not see parts, so it may be that one whom it counts.
 */
export function verdict(approvals: readonly Approval[], involved: readonly Involved[], head: string): Verdict {
  const partOf = (login: string) => involved.find((person) => person.login.toLowerCase() === login.toLowerCase());
  const approvers = approvals.filter(({ login }) => !partOf(login)).map(({ login }) => login);
  const refused = approvals.map(({ login }) => partOf(login)).filter((person) => person !== undefined);
  const base = { approvers, involved };
  if (refused.length > 0) {
    const sentences = refused.map(
      ({ login, did }) =>
        `${login} ${did}, which this releases: their approval does not count; dismiss it and ask another approver.`,
    );
    const names = refused.map(({ login }) => login).join(" and ");
    const title = `Approved by ${names}, who had a part in it`;
    return { ...base, conclusion: "failure", title, summary: list(sentences) };
  }
  if (!approvals.some(({ commit }) => commit === head)) {
    const summary = `${who(involved)}Anybody else who owns this branch may approve it.`;
    return { ...base, conclusion: "failure", title: WAITS, summary };
  }
  const title = `Approved by ${approvers.join(" and ")}`;
  return { ...base, conclusion: "success", title, summary: `${title}, who had no part in it.` };
}

function who(involved: readonly Involved[]): string {
  if (involved.length === 0) return "";
  return `These had a part in it, so their approval does not count:\n\n${list(involved.map(({ login, did }) => `${login} ${did}`))}\n\n`;
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join("\n");
}
