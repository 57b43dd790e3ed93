import type { Resource } from "./rule";

/** A source of an Application's manifests. */
export interface Source {
  readonly repoURL?: string;
  readonly targetRevision?: string;
  readonly ref?: string;
  readonly path?: string;
  readonly chart?: string;
  readonly helm?: { readonly valueFiles?: readonly string[] };
  readonly kustomize?: object;
  readonly plugin?: object;
  readonly directory?: {
    readonly recurse?: boolean;
    readonly include?: string;
    readonly exclude?: string;
    readonly jsonnet?: object;
    readonly disableExtensionFilter?: boolean;
  };
}

/** The fields of an Application's `spec` that rules use. */
export interface ApplicationSpec {
  readonly project?: string;
  readonly source?: Source;
  readonly sources?: readonly Source[];
  readonly sourceHydrator?: object;
  readonly destination?: { readonly server?: string; readonly name?: string; readonly namespace?: string };
  readonly syncPolicy?: {
    readonly automated?: {
      readonly enabled?: boolean;
      readonly prune?: boolean;
      readonly selfHeal?: boolean;
      readonly allowEmpty?: boolean;
    } | null;
  };
}

/** The `spec` of an Application; empty if unset. */
export function specOf({ props }: Pick<Resource, "props">): ApplicationSpec {
  return (props.spec as ApplicationSpec | undefined) ?? {};
}

/** All sources of an Application. */
export function sourcesOf({ source, sources }: ApplicationSpec): readonly Source[] {
  return sources ?? (source ? [source] : []);
}

/** Whether Argo CD syncs the Application automatically. */
export function isAutomated({ syncPolicy }: ApplicationSpec): boolean {
  const automated = syncPolicy?.automated;
  return automated !== undefined && automated !== null && automated.enabled !== false;
}

/** Whether Argo CD reverts live edits. It self-heals only Applications with automated sync. */
export function heals(spec: ApplicationSpec): boolean {
  return isAutomated(spec) && spec.syncPolicy?.automated?.selfHeal === true;
}
