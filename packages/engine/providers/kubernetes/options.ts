import { homedir } from "node:os";
import { connectionFromFile, connectionFromContent, KubernetesClient } from "@gitops-platform/clients/kubernetes";
import type { Inputs } from "../../model/provider";
import { readProviderInputs, requireLoopback, type SupportedOptions } from "../options";

/** The configuration of a `pulumi:providers:kubernetes` resource. */
export interface KubernetesOptions {
  /** Its connection defines the default namespace. */
  client: KubernetesClient;
  /** Take over fields that other field managers own. Default: false. */
  enablePatchForce: boolean;
  /** Change a ConfigMap's data in place. Default: false, so a change replaces it, as in Pulumi's provider. */
  enableConfigMapMutable: boolean;
  /** Change a Secret's data in place. Default: false, so a change replaces it, as in Pulumi's provider. */
  enableSecretMutable: boolean;
}

/** Matches the content of a kubeconfig (YAML with several lines, or JSON), as opposed to its path. */
const CONTENT = /^\s*\{|\n/;

const SUPPORTED: SupportedOptions = {
  strings: ["kubeconfig", "context", "namespace"],
  flags: ["enablePatchForce", "enableConfigMapMutable", "enableSecretMutable", "enableServerSideApply"],
  numbers: [],
  ignored: [
    "version",
    "clusterIdentifier",
    "kubeClientSettings",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
  ],
};

/** Validates the provider's inputs. Throws if one is missing or not supported, or is not a loopback address. */
export function readOptions(inputs: Inputs): KubernetesOptions {
  const given = readProviderInputs("kubernetes provider", inputs, SUPPORTED);
  const { kubeconfig, context, namespace } = given as Record<string, string | undefined>;
  if (kubeconfig === undefined) {
    throw new Error(
      "kubernetes provider: kubeconfig: got none; expected its path or content. Set it: the engine never uses the " +
        "default kubeconfig.",
    );
  }
  if (given.enableServerSideApply === false) {
    throw new Error(
      "kubernetes provider: enableServerSideApply: got false; expected true. Remove it: the local engine supports " +
        "only server-side apply.",
    );
  }
  const connection = CONTENT.test(kubeconfig)
    ? connectionFromContent(kubeconfig, context)
    : connectionFromFile(kubeconfig.replace(/^~(?=\/)/, homedir), context);
  requireLoopback(`kubernetes provider: ${connection.credentials}`, connection.server);
  return {
    client: new KubernetesClient({ ...connection, namespace: namespace ?? connection.namespace }),
    enablePatchForce: given.enablePatchForce === true,
    enableConfigMapMutable: given.enableConfigMapMutable === true,
    enableSecretMutable: given.enableSecretMutable === true,
  };
}
