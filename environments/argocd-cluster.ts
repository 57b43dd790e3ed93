import { show, type Problem } from "@gitops-platform/contract/problems";
import type { ClusterFacts, NodeFacts } from "./cluster";
import type { Environment } from "./environment";
import type { ArgocdTuning, Scheduling, Toleration } from "./settings/argocd-tuning";

/** The settings of Argo CD that depend on what the cluster has and runs. */
type Argocd = Pick<ArgocdTuning, "replicas" | "scheduling"> & { readonly version: string };

/** The nodes that high availability needs: upstream's Redis runs one pod on each of three. */
const NODES_FOR_HIGH_AVAILABILITY = 3;

/** The taints with these effects keep pods from a node. */
const KEEPS_AWAY = ["NoSchedule", "NoExecute"];

/** Finds what of Argo CD's settings the cluster does not permit: an older version, or more pods than nodes. */
export function checkArgocd(
  { argocd: installed, nodes }: Pick<ClusterFacts, "argocd" | "nodes">,
  { highAvailability }: Pick<Environment, "highAvailability">,
  { version, replicas, scheduling }: Argocd,
): Problem[] {
  return [
    ...(installed !== undefined && isEarlier(version, installed) ? [downgrade(version, installed)] : []),
    ...(highAvailability && nodes ? tooFewNodes(nodes, replicas, scheduling) : []),
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
