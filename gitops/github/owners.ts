import { RequestError } from "@octokit/request-error";
import { CODE_OWNERS_PATH } from "../../components/repository/code-owners";
import { decidingRule, parseCodeOwners } from "../../environments/code-owners";
import { changesBetween } from "../git/changes";
import type { Session } from "../session";

/** Which of some people own what a commit changes, as far as GitHub tells this token. */
export interface Owners {
  /** Those who are known to. All of them where what it changes has no owner: everybody who may write counts there. */
  readonly known: readonly string[];
  /** Those who may own it, because they may be in one of the teams that do. */
  readonly unknown: readonly string[];
  /** The teams, `organisation/team`, whose members GitHub does not tell this token. */
  readonly teams: readonly string[];
}

/**
 * Asks who owns what a commit changes, by the CODEOWNERS of the branch that it went into, as it was before. Named people are known by that file. Who is in a
 * team GitHub tells Apps that may read members; to any other it says 403.
 */
export async function ownersAmong(session: Session, commit: string, logins: readonly string[]): Promise<Owners> {
  const { clone } = session;
  const rules = parseCodeOwners((await clone.read(`${commit}^1`, CODE_OWNERS_PATH)) ?? "");
  const changes = await changesBetween(clone, `${commit}^1`, commit);
  const owners = [...new Set(changes.flatMap(({ path }) => decidingRule(rules, path)?.owners ?? []))];
  if (owners.length === 0) return { known: logins, unknown: [], teams: [] };
  const found = { known: [] as string[], unknown: [] as string[], teams: new Set<string>() };
  for (const login of logins) {
    if (owners.some((owner) => owner.toLowerCase() === login.toLowerCase())) {
      found.known.push(login);
      continue;
    }
    const teams = owners.filter((owner) => owner.includes("/"));
    const answers = await Promise.all(teams.map((team) => isMember(session, team, login)));
    if (answers.includes(true)) found.known.push(login);
    else if (answers.includes(undefined)) {
      found.unknown.push(login);
      for (const team of teams.filter((_, index) => answers[index] === undefined)) found.teams.add(team);
    }
  }
  return { ...found, teams: [...found.teams] };
}

/** Undefined where GitHub does not tell. */
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
