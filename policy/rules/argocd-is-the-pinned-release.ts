import { ARGOCD_DIGESTS, ARGOCD_IMAGES } from "../argocd-release";
import { digestOf } from "../digest";
import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import { containersOf, podSpecOf } from "../pods";
import { show, type ResourceRule } from "../rule";

interface Config {
  images: string[];
  digests: Record<string, string>;
}

const CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole";

/** Argo CD may do everything in every cluster: what runs under its name must be what was reviewed. */
export const argocdIsThePinnedRelease: ResourceRule = {
  name: "argocd-is-the-pinned-release",
  displayName: "Argo CD is the pinned release",
  description: "Argo CD runs the pinned version's images, with that release's own definitions and cluster-wide rights.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Install the pinned release. For a new one, change components/argocd/release.ts and policy/argocd-release.ts together.",
  url: "docs/adr/0003-upstream-manifests-object-by-object.md",
  configSchema: {
    properties: {
      images: {
        type: "array",
        items: { type: "string" },
        default: [...ARGOCD_IMAGES],
        description: "The images that may run in Argo CD's namespace.",
      },
      digests: {
        type: "object",
        additionalProperties: { type: "string" },
        default: { ...ARGOCD_DIGESTS },
        description: "By kind and name, the SHA-256 of an object's JSON without metadata, its keys sorted.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const { images, digests } = args.getConfig<Config>();
    const pod = podSpecOf(args);
    if (pod && metadata(args).namespace === ARGOCD_NAMESPACE) {
      for (const { name = "", image } of containersOf(pod)) {
        if (image === undefined || !images.includes(image)) {
          reportViolation(
            `container ${name}: got image ${show(image)}; expected one of the release: ${images.join(", ")}.`,
          );
        }
      }
    }
    if (args.type !== TYPES.definition && args.type !== CLUSTER_ROLE) return;
    const { kind } = args.props as { kind: string };
    const expected = digests[`${kind}/${metadata(args).name ?? ""}`];
    if (expected === undefined) {
      reportViolation(`${kind}: got one that the release does not have; expected none beside the release's.`);
      return;
    }
    const got = digestOf(content(args.props));
    if (got !== expected) reportViolation(`SHA-256: got ${got}; expected ${expected}, the release's.`);
  },
};

/** What an object says besides who it is. */
function content(props: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(props).filter(([key]) => !["apiVersion", "kind", "metadata"].includes(key)));
}
