import type { Resource } from "./rule";

/** Where an Application takes its manifests from. */
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

/** What rules read of an Application's `spec`. */
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

/** What an Application says. */
export function specOf({ props }: Pick<Resource, "props">): ApplicationSpec {
  return (props.spec as ApplicationSpec | undefined) ?? {};
}

/** Everything that an Application reads. */
export function sourcesOf({ source, sources }: ApplicationSpec): readonly Source[] {
  return sources ?? (source ? [source] : []);
}

/** Whether Argo CD syncs the Application by itself. */
export function isAutomated({ syncPolicy }: ApplicationSpec): boolean {
  const automated = syncPolicy?.automated;
  return automated !== undefined && automated !== null && automated.enabled !== false;
}

/** Whether a live edit is reverted. Argo CD heals only what it also syncs by itself. */
export function heals(spec: ApplicationSpec): boolean {
  return isAutomated(spec) && spec.syncPolicy?.automated?.selfHeal === true;
}
