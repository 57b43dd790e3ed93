import { formatValue } from "@gitops-platform/contract/values/plain";
import { fields, isOwn, list } from "./objects";

const READ = ["get", "list", "watch"];

/**
 * What a service may do in the API of its own namespace, by group and resource: find its pods and their addresses,
 * elect a leader, and report events. Secrets, pods' shells, tokens and everything that runs or opens something stay
 * out: with those, the service would have the rights of every pod there.
 */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  "/configmaps": READ,
  "/endpoints": READ,
  "/events": ["create", "patch"],
  "/pods": READ,
  "/services": READ,
  "apps/deployments": READ,
  "apps/replicasets": READ,
  "apps/statefulsets": READ,
  "coordination.k8s.io/leases": [...READ, "create", "update", "patch", "delete"],
  "discovery.k8s.io/endpointslices": READ,
  "events.k8s.io/events": ["create", "patch"],
};

/** The fields of a Role and a RoleBinding. */
interface Rights {
  readonly kind?: string;
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
}

/**
 * Finds rights that a service may not have, and others to whom it would give them, each as
 * `key: got value; expected rule.`
 */
export function apiRightProblems(object: Rights, service: string, namespace: string): string[] {
  if (object.kind === "Role") return list(object.rules).flatMap((rule, index) => ruleProblems(rule, index));
  return object.kind === "RoleBinding" ? bindingProblems(object, service, namespace) : [];
}

const WAY_OUT = "Write one rule for each API group; the platform team owns the list.";

const RULE = ["apiGroups", "resources", "verbs", "resourceNames"];

function ruleProblems(rule: unknown, index: number): string[] {
  const given = fields(rule);
  const key = `rules[${index}]`;
  const unknown = Object.keys(given).filter((each) => !RULE.includes(each));
  const pairs = list(given.apiGroups).flatMap((group) =>
    list(given.resources).map((resource) => `${String(group)}/${String(resource)}`),
  );
  return [
    ...unknown.map((each) => `${key}.${each}: got a value; expected only ${RULE.join(", ")}.`),
    ...pairs.flatMap((pair) => {
      const verbs = Object.hasOwn(RIGHTS, pair) ? (RIGHTS[pair] ?? []) : [];
      const refused = list(given.verbs).filter((verb) => !verbs.includes(String(verb)));
      if (verbs.length > 0 && refused.length === 0) return [];
      if (verbs.length > 0)
        return [`${key}.verbs: got ${formatValue(refused)} on ${pair}; expected ${verbs.join(", ")}.`];
      return [`${key}: got ${formatValue(pair)}; expected one of ${Object.keys(RIGHTS).join(", ")}. ${WAY_OUT}`];
    }),
  ];
}

/** A binding of a ClusterRole would give what the cluster's owner writes into it later. */
function bindingProblems({ roleRef, subjects }: Rights, service: string, namespace: string): string[] {
  const role = fields(roleRef);
  return [
    ...(role.kind === "Role" && isOwn(role.name, service)
      ? []
      : [`roleRef: got ${formatValue(roleRef)}; expected a Role of the service, ${service}, or ${service}- and more.`]),
    ...list(subjects).flatMap((subject, index) => {
      const { kind, name, namespace: place } = fields(subject);
      if (kind === "ServiceAccount" && isOwn(name, service) && place === namespace) return [];
      const expected = `a ServiceAccount of the service in ${namespace}, ${service}, or ${service}- and more`;
      return [`subjects[${index}]: got ${formatValue(subject)}; expected ${expected}.`];
    }),
  ];
}
