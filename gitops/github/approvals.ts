import { RequestError } from "@octokit/request-error";
import { CODE_OWNERS_PATH } from "../../contract/paths";
import { decidingRule, parseCodeOwners } from "../../contract/code-owners";
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

/** Who of some people owns which of some changed paths. */
export interface Ownership {
  /** Paths that nobody owns. */
  readonly unowned: readonly string[];
  /** Paths that somebody owns. */
  readonly owned: readonly string[];
  /** What each person owns of those, by the login in small letters. */
  readonly people: ReadonlyMap<string, PersonOwns>;
}

/** What one person owns. */
export interface PersonOwns {
  readonly paths: ReadonlySet<string>;
  /** Whether they may own more: GitHub does not tell this token who is in a team that does. */
  readonly mayOwnMore: boolean;
}

/**
 * Asks who owns some paths by the CODEOWNERS at a revision. Named people are known by that file. Who is in a team
 * GitHub tells Apps that may read members; to any other it says 403.
 */
export async function ownership(
  session: Session,
  revision: string,
  paths: readonly string[],
  logins: readonly string[],
): Promise<Ownership> {
  const rules = parseCodeOwners((await session.clone.read(revision, CODE_OWNERS_PATH)) ?? "");
  const ownersOf = new Map(paths.map((path) => [path, decidingRule(rules, path)?.owners ?? []]));
  const owned = paths.filter((path) => (ownersOf.get(path) ?? []).length > 0);
  const all = new Set([...ownersOf.values()].flat());
  const people = new Map<string, PersonOwns>();
  for (const login of logins) {
    const answers = new Map(
      await Promise.all([...all].map(async (owner) => [owner, await isOwner(session, owner, login)] as const)),
    );
    const says = (path: string, answer: boolean | undefined) =>
      (ownersOf.get(path) ?? []).some((owner) => answers.get(owner) === answer);
    const mine = owned.filter((path) => says(path, true));
    people.set(login.toLowerCase(), {
      paths: new Set(mine),
      mayOwnMore: owned.some((path) => !mine.includes(path) && says(path, undefined)),
    });
  }
  return { unowned: paths.filter((path) => !owned.includes(path)), owned, people };
}

/** Undefined where GitHub does not tell. */
async function isOwner(session: Session, owner: string, login: string): Promise<boolean | undefined> {
  return owner.includes("/") ? isMember(session, owner, login) : owner.toLowerCase() === login.toLowerCase();
}

async function isMember({ github }: Session, team: string, username: string): Promise<boolean | undefined> {
  const [org = "", team_slug = ""] = team.split("/");
  try {
    const { data } = await github.rest.teams.getMembershipForUserInOrg({ org, team_slug, username });
    return data.state === "active";
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 403) return undefined;
    if (error.status !== 404) throw error;
    // Not a member, or a team that the token does not see.
    return (await sees(github, org, team_slug)) ? false : undefined;
  }
}

async function sees(github: Session["github"], org: string, team_slug: string): Promise<boolean> {
  try {
    await github.rest.teams.getByName({ org, team_slug });
    return true;
  } catch (error) {
    if (error instanceof RequestError && [403, 404].includes(error.status)) return false;
    throw error;
  }
}
