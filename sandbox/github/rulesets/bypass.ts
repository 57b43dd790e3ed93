import { atLeast } from "../domain/access/authenticator";
import type { Permission } from "../store/records";
import type { BypassActor, Ruleset } from "../store/ruleset-schema";

/** What decides about a bypass. */
export interface BypassFacts {
  /** The account's id. */
  id: number;
  /** The App that acts; undefined for a person. */
  appId: number | undefined;
  isOrganizationAdmin: boolean;
  teamIds: number[];
  role: Permission;
}

/** The ids of the repository roles that can be given a bypass, from GitHub's API. */
const ROLE_IDS: Record<number, Permission> = { 2: "maintain", 4: "write", 5: "admin" };

/** When an actor can bypass a ruleset, with the API's values. */
export type CanBypass = "always" | "pull_requests_only" | "never";

/** Whether, and when, an actor can bypass a ruleset. */
export function canBypass(ruleset: Pick<Ruleset, "bypassActors">, facts: BypassFacts): CanBypass {
  const modes = ruleset.bypassActors.filter((actor) => is(actor, facts)).map(({ bypass_mode: mode }) => mode);
  if (modes.some((mode) => mode !== "pull_request")) return "always";
  return modes.length > 0 ? "pull_requests_only" : "never";
}

function is({ actor_type: type, actor_id: id }: BypassActor, facts: BypassFacts): boolean {
  switch (type) {
    case "Integration":
      return facts.appId !== undefined && facts.appId === id;
    case "OrganizationAdmin":
      return facts.isOrganizationAdmin;
    case "RepositoryRole": {
      // Only people have roles: an App has permissions instead.
      const role = ROLE_IDS[id ?? 0];
      return role !== undefined && facts.appId === undefined && atLeast(facts.role, role);
    }
    case "Team":
      return facts.teamIds.includes(id ?? 0);
    case "User":
      return facts.id === id;
    case "DeployKey":
      return false;
  }
}
