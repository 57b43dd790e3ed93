import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import type { Patch } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Manifest } from "../kubernetes-object";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The key that identifies an item of a list, by the list's field. Lists that are not here are replaced.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy; the keys are
 * `x-kubernetes-patch-merge-key` of Kubernetes' OpenAPI document.
 */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  env: "name",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/**
 * The variables that a patch may set: they limit time, size or rate, and nothing else. The policy pack repeats them on
 * purpose in packages/policy/argocd-release.ts, so that another one needs a change in both.
 */
export const PATCH_VARIABLES: readonly string[] = [
  "ARGOCD_EXEC_TIMEOUT",
  "ARGOCD_GIT_ATTEMPTS_COUNT",
  "ARGOCD_GRPC_MAX_SIZE_MB",
  "ARGOCD_K8S_CLIENT_BURST",
  "ARGOCD_K8S_CLIENT_QPS",
  "GOGC",
  "GOMAXPROCS",
  "GOMEMLIMIT",
];

/** What a patch may change: any value, a map of texts, a list of named items of the object, or certain fields. */
type Allowed = "any" | "labels" | "annotations" | "variables" | readonly [Fieldset] | Fieldset;
interface Fieldset {
  readonly [field: string]: Allowed;
}

const METADATA: Fieldset = { labels: "labels", annotations: "annotations" };
const PROBE: Fieldset = {
  initialDelaySeconds: "any",
  periodSeconds: "any",
  timeoutSeconds: "any",
  successThreshold: "any",
  failureThreshold: "any",
  terminationGracePeriodSeconds: "any",
};
const CONTAINER: Fieldset = {
  name: "any",
  resources: "any",
  env: "variables",
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
};
const POD: Fieldset = {
  affinity: "any",
  topologySpreadConstraints: "any",
  nodeSelector: "any",
  tolerations: "any",
  priorityClassName: "any",
  dnsConfig: "any",
  dnsPolicy: "any",
  hostAliases: "any",
  terminationGracePeriodSeconds: "any",
  containers: [CONTAINER],
  initContainers: [CONTAINER],
};
const WORKLOAD: Fieldset = { metadata: METADATA, spec: { template: { metadata: METADATA, spec: POD } } };

const ALLOWED: Readonly<Record<Patch["kind"], Fieldset>> = {
  Deployment: WORKLOAD,
  StatefulSet: WORKLOAD,
  Service: { metadata: METADATA },
};

const USE_SETTINGS = 'Remove it: "Tune Argo CD" in docs/operating.md lists what a patch may change, and the settings.';

/** Checks that each patch matches an object, and changes only what can break no promise of the platform. */
export function checkPatches(patches: readonly Patch[], objects: readonly Manifest[]): Problem[] {
  const selected = selectorKeys(objects);
  return patches.flatMap((patch, index) => {
    const key = `argocd.patches[${index}]`;
    const object = objects.find((each) => matches(patch, each));
    const allowed = Object.hasOwn(ALLOWED, patch.kind) ? ALLOWED[patch.kind] : undefined;
    if (!object || !allowed) {
      const patchable = objects.filter(({ kind }) => Object.hasOwn(ALLOWED, kind));
      return [
        {
          key,
          got: show({ kind: patch.kind, name: patch.name }),
          expected: "a Deployment, StatefulSet or Service of this Argo CD",
          fix: suggest(
            `${patch.kind} ${patch.name}`,
            patchable.map(({ kind, metadata }) => `${kind} ${metadata?.name ?? ""}`),
          ),
        },
      ];
    }
    return refused(patch.patch, allowed, { key: `${key}.patch`, present: object, selected });
  });
}

/**
 * Objects with the patches applied, in their order.
 * @throws {Error} if a patch makes another object, which `checkPatches` refuses.
 */
export function patched<Object extends Manifest>(objects: readonly Object[], patches: readonly Patch[]): Object[] {
  return objects.map((object) => {
    const result = patches
      .filter((patch) => matches(patch, object))
      .reduce((before, { patch }) => merged(before as unknown as Fields, patch) as unknown as Object, object);
    if (identity(result) !== identity(object)) throw new Error(`${identity(object)} became ${identity(result)}`);
    return result;
  });
}

function identity({ apiVersion, kind, metadata }: Manifest): string {
  return [apiVersion, kind, metadata?.namespace, metadata?.name].join(" ");
}

function matches({ kind, name }: Patch, object: Manifest): boolean {
  return object.kind === kind && object.metadata?.name === name;
}

/** The labels by which Services, network policies, budgets and workloads find pods. */
function selectorKeys(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, child]) => [
    ...((field === "matchLabels" || field === "selector") && isMap(child) ? Object.keys(child) : []),
    ...selectorKeys(child),
  ]);
}

interface Place {
  readonly key: string;
  /** The object's own value at this place. */
  readonly present: unknown;
  readonly selected: readonly string[];
}

function refused(value: unknown, allowed: Allowed, place: Place): Problem[] {
  const { key, present, selected } = place;
  const problem = (expected: string, fix: string, got = show(value)) => [{ key, got, expected, fix }];
  if (allowed === "any") return directives(value, key);
  if (allowed === "variables") return refusedVariables(value, place);
  if (allowed === "labels" || allowed === "annotations") {
    if (!isMap(value)) return problem(`a map of ${allowed}`, "Write each as name: value.");
    return Object.entries(value).flatMap(([name, text]) => {
      const at = { key: `${key}["${name}"]`, got: show(text) };
      if (name.startsWith("$")) return directives({ [name]: text }, key);
      if (allowed === "labels" && selected.includes(name)) {
        const fix = "Remove it: the selector would match other pods, or no longer these.";
        return [{ ...at, expected: "no label that a selector of Argo CD uses", fix }];
      }
      if (typeof text === "string" || text === null) return [];
      return [{ ...at, expected: "a string, or null to remove it", fix: "Write it in quotes." }];
    });
  }
  if (isList(allowed)) {
    if (!Array.isArray(value)) return problem("a list", "Write each item as - name: <name> with the fields to change.");
    const items: readonly unknown[] = value;
    return items.flatMap((item, index) => {
      const own = named(present, item);
      const at = `${key}[${index}]`;
      if (own) return refused(item, allowed[0], { key: at, present: own, selected });
      const fix = "Use the name of a container of the release: a patch can add none.";
      return [{ key: at, got: show(nameOf(item)), expected: "the name of a container that the object has", fix }];
    });
  }
  if (!isMap(value) || !isMap(present)) {
    const what = isMap(present) ? "a map" : "no such field, because the release has none";
    return problem(what, "Write only the fields to change, as in the release's object.");
  }
  return Object.entries(value).flatMap(([field, child]) => {
    const next = Object.hasOwn(allowed, field) ? allowed[field] : undefined;
    const at = { key: `${key}.${field}`, present: present[field] ?? absent(next), selected };
    if (next !== undefined) return refused(child, next, at);
    // Not the value: it may be a password.
    return [{ key: at.key, got: "a field", expected: `one of ${Object.keys(allowed).join(", ")}`, fix: USE_SETTINGS }];
  });
}

/** Metadata may be missing in a pod template; a probe must not, because it needs an action. */
function absent(allowed: Allowed | undefined): Fields | undefined {
  return allowed === METADATA ? {} : undefined;
}

function refusedVariables(value: unknown, { key, present }: Place): Problem[] {
  if (!Array.isArray(value)) {
    return [{ key, got: show(value), expected: "a list", fix: "Write each variable as - name: <name> with a value." }];
  }
  const items: readonly unknown[] = value;
  return items.flatMap((item, index) => {
    const name = nameOf(item);
    const at = { key: `${key}[${index}]`, got: show(name) };
    if (typeof name !== "string" || !PATCH_VARIABLES.includes(name)) {
      return [{ ...at, expected: `one of ${PATCH_VARIABLES.join(", ")}`, fix: USE_SETTINGS }];
    }
    const { value: text, ...others } = item as Fields;
    if (typeof text !== "string" || Object.keys(others).length !== 1) {
      const expected = "a variable with name and value only, both strings";
      return [{ ...at, expected, fix: "Write the value in quotes: a reference could read a Secret." }];
    }
    const own = named(present, item);
    if (own?.valueFrom === undefined) return [];
    const fix = "Set its entry in argocd.parameters.";
    return [{ ...at, expected: "a variable that the release does not read from a ConfigMap", fix }];
  });
}

/** Keys such as `$patch`, which would delete or replace parts of the object. */
function directives(value: unknown, key: string): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, child]) => {
    const at = Array.isArray(value) ? `${key}[${field}]` : `${key}.${field}`;
    if (!field.startsWith("$")) return directives(child, at);
    return [{ key: at, got: show(child), expected: "no key that begins with $", fix: "Use null to remove a field." }];
  });
}

/** The item of a list of the object that has the same name as an item of a patch. */
function named(present: unknown, item: unknown): Fields | undefined {
  const name = nameOf(item);
  if (!Array.isArray(present) || typeof name !== "string") return undefined;
  return present.filter(isMap).find((each) => each.name === name);
}

function nameOf(item: unknown): unknown {
  return isMap(item) ? item.name : item;
}

function merged(value: Fields, patch: Fields): Fields {
  const changes = Object.entries(patch).map(
    ([field, change]) => [field, changed(field, value[field], change)] as const,
  );
  const kept = Object.entries(value).filter(([field]) => patch[field] !== null);
  return Object.fromEntries([...kept, ...changes.filter(([, change]) => change !== null)]);
}

function changed(field: string, value: unknown, change: unknown): unknown {
  if (isMap(change)) return merged(isMap(value) ? value : {}, change);
  if (!Array.isArray(change) || !change.every(isMap)) return change;
  const key = MERGE_KEYS[field];
  if (key === undefined || !change.every((item) => item[key] !== undefined)) return change;
  const items: readonly Fields[] = Array.isArray(value) ? value.filter(isMap) : [];
  const find = (list: readonly Fields[], item: Fields) => list.find((each) => each[key] === item[key]);
  return [
    ...items.map((item) => merged(item, find(change, item) ?? {})),
    ...change.filter((item) => !find(items, item)).map((item) => merged({}, item)),
  ];
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(allowed: Fieldset | readonly [Fieldset]): allowed is readonly [Fieldset] {
  return Array.isArray(allowed);
}
