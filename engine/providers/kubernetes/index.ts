import type { ProviderFactory } from "../../provider";
import { readOptions } from "./options";
import { KubernetesProvider } from "./provider";

/** Creates the provider of a `pulumi:providers:kubernetes` resource. */
export const kubernetesProvider: ProviderFactory = (inputs) =>
  Promise.resolve().then(() => new KubernetesProvider(readOptions(inputs)));
