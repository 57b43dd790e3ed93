import type {
  Applied,
  Diff,
  Inputs,
  Provider,
  ProviderFactory,
  ResourceState,
} from "@gitops-platform/engine/model/provider";

/**
 * Replaces the providers in a review, without network access. No objects exist, and a created object has exactly its
 * inputs.
 */
class Offline implements Provider {
  diff(): Promise<Diff> {
    return Promise.resolve({ change: "none", paths: [] });
  }

  create(_type: string, inputs: Inputs): Promise<Applied> {
    // Like the engine's own provider, leaves out the schemas: they exceed a megabyte, and stack rules do not need them.
    const isDefinition = inputs.kind === "CustomResourceDefinition";
    const outputs = isDefinition
      ? { apiVersion: inputs.apiVersion, kind: inputs.kind, metadata: inputs.metadata }
      : inputs;
    return Promise.resolve({ id: "", outputs });
  }

  update(_type: string, _old: ResourceState, inputs: Inputs): Promise<Applied> {
    return Promise.resolve({ id: "", outputs: inputs });
  }

  /** Called only for imports: assumes that the object exists with the program's inputs. */
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

/** Offline providers for the packages that the program uses. */
export const offlineProviders: Record<string, ProviderFactory> = { github: offline, kubernetes: offline };
