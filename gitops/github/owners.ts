import { RequestError } from "@octokit/request-error";
import { CODE_OWNERS_PATH } from "../../components/repository/code-owners";
import { decidingRule, parseCodeOwners } from "../../environments/code-owners";
import type { Session } from "../session";

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
