import { suggest } from "@gitops-platform/contract/problems";
import type { ApiSession } from "../session";
import { answerOf } from "./client";

/** Why a team cannot own a service: GitHub has no such team, or does not show it; undefined if it has. */
export async function teamProblem(
  { github, repository }: Pick<ApiSession, "github" | "repository">,
  team: string,
): Promise<string | undefined> {
  const { owner: org } = repository;
  const { teams } = github.rest;
  if ((await answerOf(teams.getByName({ org, team_slug: team }))) !== undefined) return undefined;
  const listed = await answerOf(teams.list({ org, per_page: 100 }));
  const names = (listed ?? []).map(({ slug }) => slug);
  const hint = names.length > 0 ? ` ${suggest(team, names)}` : " A token needs read:org to see teams.";
  return `team: got ${JSON.stringify(team)}; expected a team of the organisation ${org}.${hint}`;
}
