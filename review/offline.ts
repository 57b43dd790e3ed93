import type { Applied, Diff, Inputs, Provider, ProviderFactory, ResourceState } from "../engine/provider";

/**
 * Stands for a cluster or for GitHub where a program is only read: nothing exists, and what is made is as it was asked
 * for.
 */
class Offline implements Provider {
  diff(): Promise<Diff> {
    return Promise.resolve({ change: "none", paths: [] });
  }

  create(_type: string, inputs: Inputs): Promise<Applied> {
    // As the engine's own provider: a definition's schema has more than a megabyte, and tells a stack's rules nothing.
    const isDefinition = inputs.kind === "CustomResourceDefinition";
    const outputs = isDefinition
      ? { apiVersion: inputs.apiVersion, kind: inputs.kind, metadata: inputs.metadata }
      : inputs;
    return Promise.resolve({ id: "", outputs });
  }

  update(_type: string, _old: ResourceState, inputs: Inputs): Promise<Applied> {
    return Promise.resolve({ id: "", outputs: inputs });
  }

  /** Only what a program imports is read: it exists, as the program says. */
  read(_type: string, id: string, inputs: Inputs): Promise<Applied> {
    return Promise.resolve({ id, outputs: inputs });
  }

  differences(): Promise<string[]> {
    return Promise.resolve([]);
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }
}

const offline: ProviderFactory = () => Promise.resolve(new Offline());

/** The packages that the program uses, none of which reaches anything. */
export const offlineProviders: Record<string, ProviderFactory> = { github: offline, kubernetes: offline };
