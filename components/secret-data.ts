import * as pulumi from "@pulumi/pulumi";

/**
 * The `data` of a Kubernetes Secret. Not `stringData`: the API server never shows that again, so what left it would
 * stay in the cluster, and every comparison with the live object would find a difference.
 */
export function secretData(
  values: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Output<Record<string, string>> {
  return pulumi
    .secret(values)
    .apply((texts) =>
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
    );
}
