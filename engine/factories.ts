import type { ProviderFactory } from "./provider";
import { githubProvider } from "./providers/github";
import { kubernetesProvider } from "./providers/kubernetes";

/** The packages that the engine has providers for. */
export const factories: Record<string, ProviderFactory> = { github: githubProvider, kubernetes: kubernetesProvider };
