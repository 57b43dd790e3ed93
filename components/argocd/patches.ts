import { show, suggest, type Problem } from "@gitops-platform/contract/problems";
import type { Patch } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Manifest } from "../kubernetes-object";

type Fields = Readonly<Record<string, unknown>>;

/**
 * The key that identifies an item of a list, by the list's field. Lists that are not here are replaced.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy; the keys are
 * `x-kubernetes-patch-merge-key` of Kubernetes' OpenAPI document. A list of ports has one of two keys.
 */
const MERGE_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ["name"],
  initContainers: ["name"],
  env: ["name"],
  volumes: ["name"],
  volumeMounts: ["mountPath"],
  imagePullSecrets: ["name"],
  hostAliases: ["ip"],
  topologySpreadConstraints: ["topologyKey"],
  ports: ["containerPort", "port"],
};

/** The field of a list's item that removes the item, and of a map that replaces it. */
const DIRECTIVE = "$patch";

/** Checks that each patch matches an object, and changes nothing that a setting is for. */
export function checkPatches(patches: readonly Patch[], objects: readonly Manifest[]): Problem[] {
  return patches.flatMap((patch, index) => {
    const key = `argocd.patches[${index}]`;
    if (!objects.some((object) => matches(patch, object))) {
      return [
        {
          key,
          got: show({ kind: patch.kind, name: patch.name }),
          expected: "an object of this Argo CD",
          fix: suggest(
            `${patch.kind} ${patch.name}`,
            objects.map(({ kind, metadata }) => `${kind} ${metadata?.name ?? ""}`),
          ),
        },
      ];
    }
    return forbidden(patch).map(({ got, expected, fix }) => ({ key, got, expected, fix }));
  });
}

/** Objects with the patches applied, in their order. */
export function patched<Object extends Manifest>(objects: readonly Object[], patches: readonly Patch[]): Object[] {
  return objects.map((object) =>
    patches
      .filter((patch) => matches(patch, object))
      .reduce((result, { patch }) => merged(result as unknown as Fields, patch) as unknown as Object, object),
  );
}

function matches({ kind, name }: Patch, object: Manifest): boolean {
  return object.kind === kind && object.metadata?.name === name;
}

function forbidden({ kind, patch }: Patch): Omit<Problem, "key">[] {
  const { apiVersion, kind: newKind, metadata = {}, data } = patch;
  const { name, namespace } = metadata as Fields;
  const renamed = [apiVersion, newKind, name, namespace].some((value) => value !== undefined);
  return [
    ...(renamed || metadata === null
      ? [
          {
            got: show({ apiVersion, kind: newKind, metadata }),
            expected: "a patch that keeps apiVersion, kind, name and namespace",
            fix: "Remove them from patch: they would make it another object.",
          },
        ]
      : []),
    ...(kind === "Secret"
      ? [
          {
            got: "a patch of a Secret",
            expected: "none",
            fix: "The value would be readable in the stack's file: use the settings for secrets.",
          },
        ]
      : []),
    ...(kind === "ConfigMap" && data !== undefined
      ? [
          {
            got: `a patch of data (${Object.keys(data ?? {}).join(", ")})`,
            expected: "an entry",
            fix: "Use argocd.settings, argocd.parameters, argocd.rbac or argocd.certificates, which are checked.",
          },
        ]
      : []),
  ];
}

function merged(value: Fields, patch: Fields): Fields {
  const { [DIRECTIVE]: directive, ...fields } = patch;
  if (directive === "replace") return fields;
  const changes = Object.entries(fields).map(
    ([field, change]) => [field, changed(field, value[field], change)] as const,
  );
  const kept = Object.entries(value).filter(([field]) => fields[field] !== null);
  return Object.fromEntries([...kept, ...changes.filter(([, change]) => change !== null)]);
}

function changed(field: string, value: unknown, change: unknown): unknown {
  if (isMap(change)) return merged(isMap(value) ? value : {}, change);
  if (!Array.isArray(change) || !change.every(isMap)) return change;
  const key = MERGE_KEYS[field]?.find((each) => change.every((item) => item[each] !== undefined));
  if (key === undefined) return change;
  const items: readonly Fields[] = Array.isArray(value) ? value.filter(isMap) : [];
  const find = (list: readonly Fields[], item: Fields) => list.find((each) => each[key] === item[key]);
  const isKept = (item: Fields) => item[DIRECTIVE] !== "delete";
  return [
    ...items.map((item) => {
      const patch = find(change, item);
      return patch && isKept(patch) ? merged(item, patch) : patch ? undefined : item;
    }),
    ...change.filter((item) => isKept(item) && !find(items, item)).map((item) => merged({}, item)),
  ].filter((item) => item !== undefined);
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
