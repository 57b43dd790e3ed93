import type { Approval } from "../github/approvals";
import { ownersAmong } from "../github/owners";
import type { Trailers } from "../git/message";
import type { Session } from "../session";

/**
 * What a record says of who let a release in: the code owners among those whose approval counts. Where GitHub does not tell who is in a team that owns it,
 * its ruleset does: it merges nothing without an owner's approval, so an only approver is one. Of several all stay, marked by the teams that one of them is in.
 * @param approvers The logins of those whose approval counts.
 * @param approvals All approvals that stood, those that do not count among them.
 */
export async function approvedBy(
  session: Session,
  commit: string,
  approvers: readonly string[],
  approvals: readonly Approval[],
): Promise<Pick<Trailers, "Approved-By" | "Approved-For">> {
  const { known, unknown, teams } = await ownersAmong(session, commit, approvers);
  if (known.length > 0) return { "Approved-By": known.map(mention) };
  const isOnly = approvals.length === 1;
  return {
    "Approved-By": unknown.map(mention),
    ...(unknown.length > 0 && !isOnly && { "Approved-For": teams.map(mention) }),
  };
}

function mention(name: string): string {
  return `@${name}`;
}
