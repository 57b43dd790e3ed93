import * as pulumi from "@pulumi/pulumi";
import { version } from "@pulumi/kubernetes/package.json";

/** A Kubernetes object as it stands in a manifest. Builders return narrower types, checked by the models packages. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/**
 * One Kubernetes object as one resource, of the type that @pulumi/kubernetes registers for it. Its own classes would do
 * the same, at 15 times the loading time, and they have none for custom resources.
 */
export class KubernetesObject extends pulumi.CustomResource {
  /**
   * @param manifest The object. Top-level fields besides apiVersion, kind and metadata may be outputs.
   * @param name The resource's name; default: {@link resourceName}.
   */
  constructor(manifest: Manifest, opts: pulumi.CustomResourceOptions, name = resourceName(manifest)) {
    const { stackTraceLimit } = Error;
    // The SDK formats a stack trace for every output of a resource. With 1,000 services that is most of the run.
    Error.stackTraceLimit = 0;
    try {
      super(resourceType(manifest), name, { ...manifest }, { ...opts, ...secretOutputs(manifest), version });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

/** As @pulumi/kubernetes's own Secret: what the cluster answers holds the values even where the program gave none. */
function secretOutputs({ apiVersion, kind }: Manifest): pulumi.CustomResourceOptions {
  return apiVersion === "v1" && kind === "Secret" ? { additionalSecretOutputs: ["data", "stringData"] } : {};
}

/** The Pulumi type of an object: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
export function resourceType({ apiVersion, kind }: Manifest): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** The resource's name, `<kind>-<name>`. It is the object's identity in the stack: a change replaces the object. */
export function resourceName({ kind, metadata }: Manifest): string {
  return `${kind.toLowerCase()}-${metadata?.name ?? ""}`;
}
