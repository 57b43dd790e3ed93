import type { Session } from "../session";

/** A review, as GitHub's API tells it. */
export interface Review {
  readonly id: number;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

/** Somebody's approval as it stands. */
export interface Approval {
  /** The review's number on GitHub. */
  readonly id: number;
  readonly login: string;
  /** The commit that was approved. */
  readonly commit: string | null;
  /** When, ISO 8601. */
  readonly at: string;
}

/** Who approves a pull request now, or did at a moment (ISO 8601). */
export async function approvalsOf(
  { github, repository }: Session,
  pullNumber: number,
  until?: string,
): Promise<Approval[]> {
  const request = { ...repository, pull_number: pullNumber, per_page: 100 };
  return currentApprovals(await github.paginate(github.rest.pulls.listReviews, request), until);
}

/** What decides is each person's last word; comments are none. A bot approves nothing. Reviews come oldest first. */
export function currentApprovals(reviews: readonly Review[], until?: string): Approval[] {
  const last = new Map<string, Review>();
  for (const review of reviews) {
    const late = until !== undefined && Date.parse(review.submitted_at ?? "") > Date.parse(until);
    if (review.user?.type === "User" && OPINIONS.includes(review.state) && !late) last.set(review.user.login, review);
  }
  return [...last]
    .filter(([, { state }]) => state === "APPROVED")
    .map(([login, { id, commit_id: commit, submitted_at: at = "" }]) => ({ id, login, commit, at }));
}

const OPINIONS = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"];

/** What makes another pull request of one, though its head stays: an approval from before was of something else. */
const RESETS = ["reopened", "base_ref_changed", "automatic_base_change_succeeded"];

/**
 * When a pull request was reopened, or got another base, last (ISO 8601); undefined: never.
 * @param until What happened later is left out.
 */
export async function lastReset(
  { github, repository }: Session,
  pullNumber: number,
  until?: string,
): Promise<string | undefined> {
  const request = { ...repository, issue_number: pullNumber, per_page: 100 };
  const events = await github.paginate(github.rest.issues.listEvents, request);
  return events
    .filter(({ event, created_at: at }) => RESETS.includes(event) && !(until && Date.parse(at) > Date.parse(until)))
    .map(({ created_at: at }) => at)
    .reduce<string | undefined>((one, other) => (one && Date.parse(one) > Date.parse(other) ? one : other), undefined);
}
