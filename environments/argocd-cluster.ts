import { show, type Problem } from "@gitops-platform/contract/problems";
import { MONITORING_KINDS, type ClusterFacts, type NodeFacts } from "./cluster";
import type { Environment } from "./environment";
import type { ArgocdTuning, Scheduling, Toleration } from "./settings/argocd-tuning";
import type { Monitoring } from "./settings/monitoring";

/** The settings of Argo CD that depend on what the cluster has and runs. */
type Argocd = Pick<ArgocdTuning, "replicas" | "scheduling"> & {
  readonly version: string;
  readonly monitoring?: Monitoring | undefined;
};

/** Argo CD's namespace, which the first `up` creates. It is fixed: upstream's ClusterRoleBindings refer to it. */
export const ARGOCD_NAMESPACE = "argocd";

/** The nodes that high availability needs: upstream's Redis runs one pod on each of three. */
const NODES_FOR_HIGH_AVAILABILITY = 3;

/** The taints with these effects keep pods from a node. */
const KEEPS_AWAY = ["NoSchedule", "NoExecute"];

/**
 * Finds what of Argo CD's settings the cluster does not permit: an older version, more pods than nodes, or objects of
 * kinds and in namespaces that it does not have.
 */
export function checkArgocd(
  { argocd: installed, nodes, ...has }: Pick<ClusterFacts, "argocd" | "nodes" | "monitoringKinds" | "namespaces">,
  { highAvailability }: Pick<Environment, "highAvailability">,
  { version, replicas, scheduling, monitoring }: Argocd,
): Problem[] {
  return [
    ...(installed !== undefined && isEarlier(version, installed) ? [downgrade(version, installed)] : []),
    ...(highAvailability && nodes ? tooFewNodes(nodes, replicas, scheduling) : []),
    ...(monitoring ? unmonitored(has, monitoring) : []),
  ];
}

/** Argo CD's CRDs and stored objects are only ever migrated forwards. */
function downgrade(version: string, installed: string): Problem {
  return {
    key: "argocd.version",
    got: `${show(version)} on a cluster that runs Argo CD ${installed}`,
    expected: `${installed} or newer: an older version does not know what a newer one has stored`,
    fix:
      `Set argocd.version to ${installed} or a newer reviewed release. ` +
      "To go back after a failed upgrade, recreate the cluster's Argo CD from Git.",
  };
}

/** What `argocd.monitoring` needs, and the cluster does not have. Without it, `up` would stop halfway. */
function unmonitored(
  { monitoringKinds = [], namespaces }: Pick<ClusterFacts, "monitoringKinds" | "namespaces">,
  { namespace, dashboard }: Monitoring,
): Problem[] {
  const missing = MONITORING_KINDS.filter((kind) => !monitoringKinds.includes(kind));
  const places = { namespace, "dashboard.namespace": dashboard.namespace };
  return [
    ...(missing.length > 0
      ? [
          {
            key: "argocd.monitoring",
            got: `a cluster that serves no ${missing.join(" and no ")} of monitoring.coreos.com/v1`,
            expected: "the CustomResourceDefinitions of the Prometheus operator",
            fix: "Install the operator first, or remove argocd.monitoring.",
          },
        ]
      : []),
    ...Object.entries(places).flatMap(([key, name]) =>
      name === undefined || namespaces === undefined || namespaces.includes(name) || name === ARGOCD_NAMESPACE
        ? []
        : [
            {
              key: `argocd.monitoring.${key}`,
              got: show(name),
              expected: "a namespace of the cluster",
              fix: "Create it first, or correct its name.",
            },
          ],
    ),
  ];
}

/** Upstream lets no two pods of the repo-server, the server, Redis or its proxy share a node. */
function tooFewNodes(
  nodes: readonly NodeFacts[],
  { repoServer = 0, server = 0 }: ArgocdTuning["replicas"],
  scheduling: Scheduling,
): Problem[] {
  const needed = Math.max(NODES_FOR_HIGH_AVAILABILITY, repoServer, server);
  const usable = nodes.filter((node) => accepts(node, scheduling)).length;
  if (usable >= needed) return [];
  return [
    {
      key: "argocd.highAvailability",
      got: `true on a cluster with ${usable} of ${nodes.length} nodes for Argo CD's pods`,
      expected: `at least ${needed} nodes that argocd.scheduling permits`,
      fix: "Add nodes, set argocd.scheduling for them, lower argocd.replicas, or set argocd.highAvailability to false.",
    },
  ];
}

function accepts(
  { labels, taints, unschedulable }: NodeFacts,
  { nodeSelector = {}, tolerations = [] }: Scheduling,
): boolean {
  const isSelected = Object.entries(nodeSelector).every(([name, value]) => labels[name] === value);
  const keepsAway = taints
    .filter(({ effect }) => KEEPS_AWAY.includes(effect))
    .some((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
  return !unschedulable && isSelected && !keepsAway;
}

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerates({ key, operator = "Equal", value = "", effect }: Toleration, taint: NodeFacts["taints"][number]) {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined) return operator === "Exists";
  return key === taint.key && (operator === "Exists" || value === (taint.value ?? ""));
}

/** Whether a version is earlier than another, by all three numbers. Versions in another form are not compared. */
function isEarlier(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => /^(\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number));
  if (!left || !right) return false;
  const different = left.findIndex((number, index) => number !== right[index]);
  return different !== -1 && (left[different] ?? 0) < (right[different] ?? 0);
}
