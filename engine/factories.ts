import { createRequire } from "node:module";
import type { ProviderFactory } from "./provider";
import type * as github from "./providers/github";
import type * as kubernetes from "./providers/kubernetes";

/**
 * Loads a provider when the first of its kind is made: the client of Kubernetes takes longest of all, and a review
 * needs none.
 */
const load = createRequire(__filename);

/** The packages that the engine has providers for. */
export const factories: Record<string, ProviderFactory> = {
  github: async (inputs) => (load("./providers/github") as typeof github).githubProvider(inputs),
  kubernetes: async (inputs) => (load("./providers/kubernetes") as typeof kubernetes).kubernetesProvider(inputs),
};
