import { existsSync } from "node:fs";
import { connectionFromFile, connectionFromText, KubernetesClient } from "../../../clients/kubernetes";
import { type Inputs, UNKNOWN } from "../../provider";
import { requireLoopback } from "../loopback";

/** How a `pulumi:providers:kubernetes` resource is configured. */
export interface KubernetesOptions {
  /** Its connection names the namespace of objects that name none. */
  client: KubernetesClient;
  /** Take over fields that other field managers own. Default: false. */
  enablePatchForce: boolean;
  /** Change a ConfigMap's data in place. Default: false, where a change replaces it, as Pulumi's provider does. */
  enableConfigMapMutable: boolean;
  /** Change a Secret's data in place. Default: false, where a change replaces it, as Pulumi's provider does. */
  enableSecretMutable: boolean;
  /** A create takes an object over that is there already. Default: false, where it fails. */
  upsertExistingObjects: boolean;
}

/** Options with a meaning here. */
const STRINGS = ["kubeconfig", "context", "namespace"];
const FLAGS = [
  "enablePatchForce",
  "enableConfigMapMutable",
  "enableSecretMutable",
  "upsertExistingObjects",
  "enableServerSideApply",
];
/** Options that ask for nothing that this engine would do otherwise. */
const HARMLESS = [
  "version",
  "clusterIdentifier",
  "kubeClientSettings",
  "suppressDeprecationWarnings",
  "suppressHelmHookWarnings",
];

/** Reads the provider's inputs. Throws for what is missing, not supported or not a loopback address. */
export function readOptions(inputs: Inputs): KubernetesOptions {
  check(inputs);
  const { kubeconfig, context, namespace } = inputs as Record<string, string | undefined>;
  if (kubeconfig === undefined) {
    throw new Error(
      "kubernetes provider: got no kubeconfig; expected its path or content. The ambient one is never used.",
    );
  }
  const connection =
    existsSync(kubeconfig) || !kubeconfig.includes("\n")
      ? connectionFromFile(kubeconfig, context)
      : connectionFromText(kubeconfig, context);
  requireLoopback(`kubernetes provider: ${connection.who}`, connection.server);
  return {
    client: new KubernetesClient({ ...connection, namespace: namespace ?? connection.namespace }),
    enablePatchForce: inputs.enablePatchForce === true,
    enableConfigMapMutable: inputs.enableConfigMapMutable === true,
    enableSecretMutable: inputs.enableSecretMutable === true,
    upsertExistingObjects: inputs.upsertExistingObjects === true,
  };
}

function check(inputs: Inputs): void {
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || HARMLESS.includes(key)) continue;
    const place = `kubernetes provider: ${key}`;
    if (value === UNKNOWN) throw new Error(`${place}: is not known in a preview; expected a value from configuration.`);
    if (STRINGS.includes(key)) {
      if (typeof value !== "string") throw new Error(`${place}: got ${typeof value}; expected a string.`);
    } else if (FLAGS.includes(key)) {
      if (typeof value !== "boolean") throw new Error(`${place}: got ${typeof value}; expected true or false.`);
    } else {
      throw new Error(`${place}: the local engine does not support this option. Remove it, or use the Pulumi CLI.`);
    }
  }
  if (inputs.enableServerSideApply === false) {
    throw new Error(
      "kubernetes provider: enableServerSideApply: got false; expected true: the local engine knows no other way.",
    );
  }
}
