import { suggest } from "@gitops-platform/contract/problems";
import type { ApiSession } from "../session";
import { answerOf } from "./client";

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
