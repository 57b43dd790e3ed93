import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import { isTeam } from "@gitops-platform/environments/preflight";

/** The settings that name code owners. */
export type Owners = Pick<Ownership, "platformTeam" | "codeOwners" | "approvals">;

/** The slugs of all teams that are code owners of any branch, without duplicates. */
export function ownerTeams({ platformTeam, codeOwners, approvals }: Owners): string[] {
  const owners = [platformTeam, ...Object.values(codeOwners), ...approvals.map(({ approvers }) => approvers)].flat();
  const slugs = owners.filter(isTeam).map((team) => (team.split("/")[1] ?? "").toLowerCase());
  return [...new Set(slugs)];
}

/**
 * Gives the teams that are code owners write access: GitHub silently ignores an owner without it, and if it ignores all
 * of them, anybody's approval is enough. For the same reason a team removed from the settings keeps its access:
 * CODEOWNERS in the repository may still name it.
 * @param options The parent, and the resources that must exist before anybody gets write access.
 */
export function addTeamAccess(
  owners: Owners,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  return ownerTeams(owners).map(
    (slug) => new github.TeamRepository(`team-${slug}`, { repository, teamId: slug, permission: "push" }, options),
  );
}
