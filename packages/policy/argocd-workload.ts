import { TUNED_VARIABLES } from "./argocd-release";
import { digestOf } from "./digest";
import type { Resource } from "./rule";

type Fields = Readonly<Record<string, unknown>>;

/** What settings may change of a pod, because it breaks no promise. Another rule checks the images. */
const TUNED_POD = [
  "affinity",
  "dnsConfig",
  "dnsPolicy",
  "hostAliases",
  "imagePullSecrets",
  "nodeSelector",
  "priorityClassName",
  "terminationGracePeriodSeconds",
  "tolerations",
  "topologySpreadConstraints",
];
const TUNED_CONTAINER = ["image", "resources"];
const PROBES = ["livenessProbe", "readinessProbe", "startupProbe"];
const TUNED_PROBE = [
  "failureThreshold",
  "initialDelaySeconds",
  "periodSeconds",
  "successThreshold",
  "terminationGracePeriodSeconds",
  "timeoutSeconds",
];
/** Selectors of Services and network policies match them. */
const SELECTED_LABEL = "app.kubernetes.io/name";

/**
 * SHA-256 of what the pods of a workload run: the pod template without images and without what settings may change.
 * Command, arguments, variables and volumes are part of it.
 */
export function workloadDigest({ props }: Pick<Resource, "props">): string {
  const { template = {} } = (props.spec ?? {}) as { template?: { metadata?: { labels?: Fields }; spec?: Fields } };
  const pod = without(template.spec ?? {}, TUNED_POD);
  const { containers, initContainers } = pod as { containers?: readonly Fields[]; initContainers?: readonly Fields[] };
  return digestOf({
    ...pod,
    name: template.metadata?.labels?.[SELECTED_LABEL],
    containers: containers?.map(untuned),
    initContainers: initContainers?.map(untuned),
  });
}

function untuned(container: Fields): Fields {
  const { env } = container as { env?: readonly Fields[] };
  const probes = PROBES.filter((name) => name in container).map((name) => {
    return [name, without((container[name] ?? {}) as Fields, TUNED_PROBE)] as const;
  });
  return {
    ...without(container, TUNED_CONTAINER),
    ...Object.fromEntries(probes),
    // An empty list is the same as none: a setting may add the first variable.
    env: env?.filter((variable) => !isTuned(variable)) ?? [],
  };
}

/** Only with a plain value: a reference could read a Secret. */
function isTuned({ name, value, ...others }: Fields): boolean {
  const isPlain = typeof value === "string" && Object.keys(others).length === 0;
  return isPlain && typeof name === "string" && TUNED_VARIABLES.includes(name);
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
