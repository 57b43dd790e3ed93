import { RequestError } from "@octokit/request-error";
import { CODE_OWNERS_PATH } from "@gitops-platform/contract/paths";
import { decidingRule, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import type { ApiSession, Session } from "../session";
import { suggest } from "@gitops-platform/contract/problems";
import { answerOf } from "./client";

/** A review in GitHub's format. */
export interface Review {
  readonly id: number;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

/** A person's current approval. */
export interface Approval {
  /** The review's number on GitHub. */
  readonly id: number;
  readonly login: string;
  /** The commit that was approved. */
  readonly commit: string | null;
  /** When, ISO 8601. */
  readonly at: string;
}

/** The approvals of a pull request, now or at a moment (ISO 8601). */
export async function approvalsOf(
  { github, repository }: Session,
  pullNumber: number,
  until?: string,
): Promise<Approval[]> {
  const request = { ...repository, pull_number: pullNumber, per_page: 100 };
  return currentApprovals(await github.paginate(github.rest.pulls.listReviews, request), until);
}

/** Each person's latest review decides, except comments. Bots do not count. Reviews are sorted oldest first. */
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

/** Events after which earlier approvals do not count, because they were for another base or an earlier opening. */
const RESETS = ["reopened", "base_ref_changed", "automatic_base_change_succeeded"];

/**
 * When a pull request was last reopened or got another base (ISO 8601); undefined: never.
 * @param until Later events are ignored.
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

/** Which people own which changed paths. */
export interface Ownership {
  /** Paths that nobody owns. */
  readonly unowned: readonly string[];
  /** Paths that somebody owns. */
  readonly owned: readonly string[];
  /** The owned paths of each person, by the login in lower case. */
  readonly people: ReadonlyMap<string, PersonOwns>;
}

/** The paths that one person owns. */
export interface PersonOwns {
  readonly paths: ReadonlySet<string>;
  /** Whether they may own more, through a team whose members this token cannot read. */
  readonly mayOwnMore: boolean;
}

/**
 * Determines who owns some paths by the CODEOWNERS file at a revision. It names people or teams. GitHub tells a team's
 * members only to Apps with the permission to read members; others get a 403.
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

/** Undefined if GitHub does not tell. */
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
    // The person is not a member, or the token cannot see the team.
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

/**
 * Why a team cannot own a service: GitHub does not have it; undefined if it has. It is also undefined if GitHub shows
 * this token no teams, which is logged.
 */
export async function teamProblem(
  { github, repository, log }: Pick<ApiSession, "github" | "repository" | "log">,
  team: string,
): Promise<string | undefined> {
  const { owner: org } = repository;
  const { teams } = github.rest;
  if ((await answerOf(teams.getByName({ org, team_slug: team }))) !== undefined) return undefined;
  // A token without the permission gets the same answer as for a team that does not exist.
  const listed = await answerOf(teams.list({ org, per_page: 100 }));
  if (listed === undefined) {
    log(`team: ${team} was not looked up. GITHUB_TOKEN needs read:org to see the teams of ${org}.`);
    return undefined;
  }
  const names = listed.map(({ slug }) => slug);
  return `team: got ${JSON.stringify(team)}; expected a team of the organisation ${org}. ${suggest(team, names)}`;
}
