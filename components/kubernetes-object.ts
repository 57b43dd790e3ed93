import * as pulumi from "@pulumi/pulumi";
import { version } from "@pulumi/kubernetes/package.json";

/** A Kubernetes object as in a manifest. Builders return narrower types from the kubernetes-models packages. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

/**
 * One Kubernetes object as one resource, with the type that @pulumi/kubernetes uses for it. That package's own classes
 * take 15 times as long to load, and do not cover custom resources.
 */
export class KubernetesObject extends pulumi.CustomResource {
  /**
   * @param manifest The object. Top-level fields other than apiVersion, kind and metadata may be outputs.
   * @param name The resource's name. Default: {@link resourceName}.
   */
  constructor(manifest: Manifest, opts: pulumi.CustomResourceOptions, name = resourceName(manifest)) {
    const { stackTraceLimit } = Error;
    // The SDK formats a stack trace for every output of a resource. With 1,000 services that takes most of the run.
    Error.stackTraceLimit = 0;
    try {
      super(resourceType(manifest), name, { ...manifest }, { ...opts, ...secretOutputs(manifest), version });
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }
}

/** Same as in @pulumi/kubernetes's Secret: the cluster's response contains the values even if the program set none. */
function secretOutputs({ apiVersion, kind }: Manifest): pulumi.CustomResourceOptions {
  return apiVersion === "v1" && kind === "Secret" ? { additionalSecretOutputs: ["data", "stringData"] } : {};
}

/** The Pulumi type of an object: `kubernetes:apps/v1:Deployment`, `kubernetes:core/v1:Secret`. */
export function resourceType({ apiVersion, kind }: Manifest): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}

/** The resource's name, `<kind>-<name>`. It identifies the object in the stack: changing it replaces the object. */
export function resourceName({ kind, metadata }: Manifest): string {
  return `${kind.toLowerCase()}-${metadata?.name ?? ""}`;
}

/**
 * The `data` of a Kubernetes Secret. Not `stringData`: the API server never returns it, so entries removed from it
 * would stay in the cluster, and every comparison with the live object would show a difference.
 */
export function secretData(
  values: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .secret(values)
    .apply((plain) =>
      Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
    );
}
