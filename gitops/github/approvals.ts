import type { Session } from "../session";

/** A review, as GitHub's API tells it. */
export interface Review {
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

/** Somebody's approval as it stands. */
export interface Approval {
  readonly login: string;
  /** The commit that was approved. */
  readonly commit: string | null;
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
    .map(([login, review]) => ({ login, commit: review.commit_id }));
}

const OPINIONS = ["APPROVED", "CHANGES_REQUESTED", "DISMISSED"];
