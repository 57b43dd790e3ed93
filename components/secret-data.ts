import * as pulumi from "@pulumi/pulumi";

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
