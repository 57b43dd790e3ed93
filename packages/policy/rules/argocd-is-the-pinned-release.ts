import { ARGOCD_DIGESTS, ARGOCD_IMAGES, ARGOCD_SCRAPED_DIGESTS } from "../argocd-release";
import { digestOf } from "../digest";
import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import { containersOf, podSpecOf } from "../pods";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { type ResourceRule } from "../rule";

interface Config {
  images: string[];
  registries: string[];
  digests: Record<string, string>;
  scrapedDigests: Record<string, string>;
}

/** The label in which Kubernetes writes a namespace's name. */
const NAMESPACE_NAME = "kubernetes.io/metadata.name";

/** The types of which a stack may have only the release's objects. */
const IN_CLUSTER: readonly string[] = [TYPES.definition, TYPES.clusterRole, TYPES.clusterRoleBinding];
/** The types of which Argo CD's namespace may have only the release's objects, and the platform's own. */
const IN_NAMESPACE: readonly string[] = [TYPES.role, TYPES.roleBinding, TYPES.networkPolicy];

/** Argo CD has full access to its cluster, so only reviewed images and definitions may run as Argo CD. */
export const argocdIsThePinnedRelease: ResourceRule = {
  name: "argocd-is-the-pinned-release",
  displayName: "Argo CD is a reviewed release",
  description:
    "Argo CD runs the images of a reviewed release, with that release's CustomResourceDefinitions, roles, " +
    "role bindings and network policies.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Install a reviewed release. To add one, change both components/argocd/release.ts and " +
    "packages/policy/argocd-release.ts. For a mirror, name it in this rule's registries, too.",
  url: "docs/adr/0003-upstream-manifests-object-by-object.md",
  configSchema: {
    properties: {
      images: {
        type: "array",
        items: { type: "string" },
        default: [...ARGOCD_IMAGES],
        description: "The images that are allowed in Argo CD's namespace.",
      },
      registries: {
        type: "array",
        items: { type: "string" },
        default: [],
        description:
          "The registries that hold copies of these images, as in argocd.registry.mirror. " +
          "Any of them can replace Argo CD.",
      },
      digests: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...ARGOCD_DIGESTS },
        description:
          "By `<kind>/<name>`, the SHA-256 of the object as sorted JSON, without apiVersion, kind and metadata.",
      },
      scrapedDigests: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...ARGOCD_SCRAPED_DIGESTS },
        description: "The same of network policies that admit one namespace to the metrics, with `*` as its name.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const { images, registries, digests, scrapedDigests } = args.getConfig<Config>();
    const isInNamespace = metadata(args).namespace === ARGOCD_NAMESPACE;
    const pod = podSpecOf(args);
    if (pod && isInNamespace) {
      for (const { name = "", image } of containersOf(pod)) {
        if (image === undefined || ![...images, ...copiesOf(images, registries)].includes(image)) {
          reportViolation(
            `container ${name}: got image ${formatValue(image)}; expected one of the release: ${images.join(", ")}.`,
          );
        }
      }
    }
    if (!IN_CLUSTER.includes(args.type) && !(isInNamespace && IN_NAMESPACE.includes(args.type))) return;
    const { kind } = args.props as { kind: string };
    const object = `${kind}/${metadata(args).name ?? ""}`;
    const expected = digests[object];
    if (expected === undefined) {
      reportViolation(`${kind}: got one that the release does not have; expected only those of the release.`);
      return;
    }
    const got = digestOf(content(args.props));
    if (got === expected || digestOf(fromAnyNamespace(content(args.props))) === scrapedDigests[object]) return;
    reportViolation(`SHA-256: got ${got}; expected ${expected}, the release's.`);
  },
};

/** The images' names in mirrors: the registry's host is replaced, and the rest stays. */
function copiesOf(images: readonly string[], registries: readonly string[]): string[] {
  return registries.flatMap((registry) => images.map((image) => image.replace(/^[^/]*/, registry)));
}

interface Admitted {
  spec?: { ingress?: { from?: { namespaceSelector?: { matchLabels?: Record<string, unknown> } }[] }[] };
}

/** A network policy with `*` in place of each namespace that it admits by its name alone. */
function fromAnyNamespace(policy: Admitted): Admitted {
  const ingress = policy.spec?.ingress?.map((rule) => ({
    ...rule,
    ...(rule.from && {
      from: rule.from.map((peer) =>
        typeof peer.namespaceSelector?.matchLabels?.[NAMESPACE_NAME] === "string"
          ? withLabel(peer, peer.namespaceSelector.matchLabels)
          : peer,
      ),
    }),
  }));
  return ingress ? { ...policy, spec: { ...policy.spec, ingress } } : policy;
}

function withLabel<Peer extends { namespaceSelector?: object }>(peer: Peer, labels: Record<string, unknown>) {
  return {
    ...peer,
    namespaceSelector: { ...peer.namespaceSelector, matchLabels: { ...labels, [NAMESPACE_NAME]: "*" } },
  };
}

/** An object without apiVersion, kind and metadata. */
function content(props: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !["apiVersion", "kind", "metadata"].includes(key)));
}
