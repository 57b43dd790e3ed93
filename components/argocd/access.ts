import type { Access, SignOn } from "@gitops-platform/environments/settings/access";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import { isSyncedByHand } from "../delivery/policy";

/** What determines the rights in Argo CD. */
export interface AccessSettings {
  readonly delivery: DeliveryPolicy;
  /** The groups of each role. Default: none. */
  readonly access?: Access | undefined;
  /** How people log in. Default: only as `admin`. */
  readonly signOn?: SignOn | undefined;
}

/**
 * The data of argocd-rbac-cm. Without a role, from here or from an AppProject, a user can do nothing.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/
 */
export function accessData(settings: AccessSettings): Record<string, string> {
  return {
    "policy.default": "",
    "policy.csv": policy(settings),
    scopes: `[${settings.signOn?.oidc?.groupsClaim ?? "groups"}]`,
  };
}

type Right = readonly [resource: string, action: string, object: string];

const VIEW: readonly Right[] = [
  ["applications", "get", "*/*"],
  ["applicationsets", "get", "*/*"],
  ["projects", "get", "*"],
  ["clusters", "get", "*"],
  ["repositories", "get", "*"],
];

/** What people on call may do. The guard permits it too, and it leaves no difference from Git. */
const OPERATE: readonly Right[] = [
  ["logs", "get", "*/*"],
  ["applications", "action/apps/Deployment/restart", "*/*"],
  // The workload replaces the pod. The empty part is the API group of pods.
  ["applications", "delete//Pod/*", "*/*"],
];

/** Syncing applies what Git declares already. */
const SYNC: Right = ["applications", "sync", "*/*"];

const EVERYTHING: Right = ["*", "*", "*"];

/**
 * Argo CD's built-in role `admin` belongs to everybody with a group of the name `admin` or `role:admin`, and at many
 * identity providers anyone may create a group. The platform's roles do not use it.
 */
const NO_BUILT_IN_ADMIN = "p, role:admin, *, *, *, deny";

function policy({ delivery, access = {}, signOn }: AccessSettings): string {
  const roles: readonly [name: keyof Access, rights: readonly Right[]][] = [
    ["admin", [EVERYTHING]],
    // Where people sync by hand, a sync is the approval, and each project has a role of its own for it.
    ["operator", [...VIEW, ...OPERATE, ...(isSyncedByHand({ delivery }) ? [] : [SYNC])]],
    ["viewer", VIEW],
  ];
  const lines = roles.flatMap(([role, rights]) => {
    const groups = access[role] ?? [];
    if (groups.length === 0) return [];
    return [...rights.map((right) => grant(role, right)), ...groups.map((group) => `g, ${group}, ${roleName(role)}`)];
  });
  const closed = signOn && signOn.emergencyAdmin === undefined ? [NO_BUILT_IN_ADMIN] : [];
  return [...closed, ...lines].map((line) => `${line}\n`).join("");
}

function grant(role: string, right: Right): string {
  return `p, ${roleName(role)}, ${right.join(", ")}, allow`;
}

/** The prefix keeps the name apart from Argo CD's built-in roles. */
function roleName(role: string): string {
  return `role:platform-${role}`;
}
