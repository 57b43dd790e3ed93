import { createRequire } from "node:module";
import type { ProviderFactory } from "./provider";
import type * as github from "./providers/github";
import type * as kubernetes from "./providers/kubernetes";

/**
 * Loads a provider's code when it is first used: the Kubernetes client is slow to load, and reviews do not need it.
 */
const load = createRequire(__filename);

/** Creates the engine's own providers, by package name. */
export const factories: Record<string, ProviderFactory> = {
  github: async (inputs) => (load("./providers/github") as typeof github).githubProvider(inputs),
  kubernetes: async (inputs) => (load("./providers/kubernetes") as typeof kubernetes).kubernetesProvider(inputs),
};
