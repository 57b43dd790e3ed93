import type { ProviderFactory } from "./provider";
import { kubernetesProvider } from "./providers/kubernetes";

/** The packages that the engine has providers for. */
export const factories: Record<string, ProviderFactory> = { kubernetes: kubernetesProvider };
