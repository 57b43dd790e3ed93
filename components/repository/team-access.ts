import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { Ownership } from "../../environments/ownership";
import { isTeam } from "../../environments/preflight";

/** Who owns what, as far as it tells which teams there are. */
export type Owners = Pick<Ownership, "platformTeam" | "codeOwners" | "approvals">;

/** The slugs of the teams among the code owners of every branch, each once. */
export function ownerTeams({ platformTeam, codeOwners, approvals }: Owners): string[] {
  const owners = [platformTeam, ...Object.values(codeOwners), ...approvals.map(({ approvers }) => approvers)].flat();
  const slugs = owners.filter(isTeam).map((team) => (team.split("/")[1] ?? "").toLowerCase());
  return [...new Set(slugs)];
}

/**
 * Lets the teams that own something write: GitHub passes over an owner who may not, without a word, and where it passes
 * over all of them a branch asks for nobody in particular. For the same reason a team that leaves the settings keeps
 * its access: CODEOWNERS, which is Git's, may still name it.
 * @param options The parent, and what must stand before anybody may write.
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
