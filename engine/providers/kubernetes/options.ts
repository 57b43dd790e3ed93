import { homedir } from "node:os";
import { connectionFromFile, connectionFromText, KubernetesClient } from "../../../clients/kubernetes";
import type { Inputs } from "../../provider";
import { requireLoopback } from "../loopback";
import { type KnownOptions, readProviderInputs } from "../provider-inputs";

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

/** A kubeconfig itself, and no path of one: YAML of several lines, or JSON. */
const CONTENT = /^\s*\{|\n/;

const KNOWN: KnownOptions = {
  strings: ["kubeconfig", "context", "namespace"],
  flags: [
    "enablePatchForce",
    "enableConfigMapMutable",
    "enableSecretMutable",
    "upsertExistingObjects",
    "enableServerSideApply",
  ],
  numbers: [],
  ignored: [
    "version",
    "clusterIdentifier",
    "kubeClientSettings",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
  ],
};

/** Reads the provider's inputs. Throws for what is missing, not supported or not a loopback address. */
export function readOptions(inputs: Inputs): KubernetesOptions {
  const given = readProviderInputs("kubernetes provider", inputs, KNOWN);
  const { kubeconfig, context, namespace } = given as Record<string, string | undefined>;
  if (kubeconfig === undefined) {
    throw new Error(
      "kubernetes provider: got no kubeconfig; expected its path or content. The ambient one is never used.",
    );
  }
  if (given.enableServerSideApply === false) {
    throw new Error(
      "kubernetes provider: enableServerSideApply: got false; expected true: the local engine knows no other way.",
    );
  }
  const connection = CONTENT.test(kubeconfig)
    ? connectionFromText(kubeconfig, context)
    : connectionFromFile(kubeconfig.replace(/^~(?=\/)/, homedir), context);
  requireLoopback(`kubernetes provider: ${connection.who}`, connection.server);
  return {
    client: new KubernetesClient({ ...connection, namespace: namespace ?? connection.namespace }),
    enablePatchForce: given.enablePatchForce === true,
    enableConfigMapMutable: given.enableConfigMapMutable === true,
    enableSecretMutable: given.enableSecretMutable === true,
    upsertExistingObjects: given.upsertExistingObjects === true,
  };
}
