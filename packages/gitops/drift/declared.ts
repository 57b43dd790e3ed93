import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { ENVIRONMENT_LABEL } from "@gitops-platform/components/labels";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { CHARTS, manifestsPath, type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import { renderRevision } from "../chart/revision";
import { describeError } from "../errors";
import type { Clone } from "../git/clone";
import { isMap } from "@gitops-platform/contract/values/plain";
import { identity, type ObjectName } from "./paths";

/** The objects that Git declares for a service at a commit; or why they cannot be read. */
export type Declaration = { readonly objects: readonly KubernetesObject[] } | { readonly reason: string };

export type Declares = (file: ValuesFile, commit: string) => Promise<Declaration>;

/**
 * Reads what Git declares: the branch's rendered manifests if it has them, otherwise charts and values rendered by
 * Helm, as Argo CD does. Results are cached by content, and each commit is read once.
 */
export function declaredIn(clone: Pick<Clone, "find" | "read" | "list" | "git" | "readBytes" | "resolve">): Declares {
  const contents = new NewestByService<Content>();
  const known = new NewestByService<Promise<Declaration>>();
  return async (file, commit) => {
    const service = `${file.environment}/${file.service}`;
    const content = contents.get(service, commit) ?? (await contentAt(clone, file, commit));
    if (content === undefined) return { reason: `commit ${commit.slice(0, 7)} is not on the remote's branches` };
    if (/^[0-9a-f]{40,64}$/.test(commit)) contents.set(service, commit, content);
    const found = known.get(service, content.id);
    if (found) return found;
    const reading = content.read().catch((error: unknown) => {
      known.delete(service, content.id);
      return { reason: describeError(error) };
    });
    known.set(service, content.id, reading);
    return reading;
  };
}

/** The number of cached states of a service: while one replaces another, both are needed. */
const STATES = 2;

/** A cache of the last used states of each service. */
class NewestByService<T> {
  private readonly services = new Map<string, Map<string, T>>();

  get(service: string, state: string): T | undefined {
    return this.services.get(service)?.get(state);
  }

  set(service: string, state: string, value: T): void {
    const states = this.services.get(service) ?? new Map<string, T>();
    this.services.set(service, states);
    states.delete(state);
    states.set(state, value);
    for (const oldest of [...states.keys()].slice(0, -STATES)) states.delete(oldest);
  }

  delete(service: string, state: string): void {
    this.services.get(service)?.delete(state);
  }
}

interface Content {
  /** Identifies the content. */
  readonly id: string;
  readonly read: () => Promise<Declaration>;
}

async function contentAt(
  clone: Parameters<typeof declaredIn>[0],
  file: ValuesFile,
  commit: string,
): Promise<Content | undefined> {
  if ((await clone.resolve(commit)) === undefined) return undefined;
  const path = manifestsPath(file.service);
  const manifests = await clone.find(`${commit}:${path}`);
  if (manifests !== undefined) {
    return { id: manifests, read: async () => ({ objects: objectsOf((await clone.read(commit, path)) ?? "") }) };
  }
  const sources = [CHARTS, ...valuesPaths(file)];
  const found = await Promise.all(sources.map((source) => clone.find(`${commit}:${source}`)));
  const read = async (): Promise<Declaration> => {
    const [rendered] = await renderRevision(clone as Clone, commit, [file]);
    if (rendered === undefined) return { objects: [] };
    return "error" in rendered ? { reason: rendered.error } : { objects: objectsOf(rendered.manifests) };
  };
  return { id: found.map((id) => id ?? "").join(" "), read };
}

function objectsOf(manifests: string): KubernetesObject[] {
  return parseAllDocuments(manifests).flatMap((document) => {
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}

/** What one of the platform's Applications delivers. */
export interface Delivered {
  readonly application: KubernetesObject;
  /** The same as the Application's name. */
  readonly service: string;
  readonly namespace: string;
  /** The commits whose state the cluster may have: compared with, applied, or being applied. */
  readonly commits: readonly string[];
  /** The Application's objects, as Argo CD lists them. */
  readonly resources: readonly ObjectName[];
  /** The identities of those that were removed from Git. Argo CD shows them itself. */
  readonly pruned: ReadonlySet<string>;
}

interface Status {
  sync?: { revision?: string };
  operationState?: { operation?: { sync?: { revision?: string } }; syncResult?: { revision?: string } };
  resources?: {
    group?: string;
    version?: string;
    kind?: string;
    namespace?: string;
    name?: string;
    requiresPruning?: boolean;
  }[];
}

interface Spec {
  project?: string;
  destination?: { namespace?: string };
}

/**
 * Reads the platform's Applications. They are recognized by label or project, so that removing the label does not hide
 * one: with another project, Argo CD would refuse the Application.
 */
export function deliveredBy(applications: readonly KubernetesObject[], environment: string): Delivered[] {
  return applications.flatMap((application) => {
    const { name, labels } = application.metadata;
    const spec = (isMap(application.spec) ? application.spec : {}) as Spec;
    const isOurs = labels?.[ENVIRONMENT_LABEL] === environment || spec.project === `${environment}-${name}`;
    const namespace = spec.destination?.namespace;
    // Argo CD shows and reverts changes of all that the catalogue's Application applies.
    if (name === CATALOGUE || !isOurs || namespace === undefined || namespace === "") return [];
    const { sync, operationState, resources = [] } = (isMap(application.status) ? application.status : {}) as Status;
    const commits = [
      sync?.revision,
      operationState?.syncResult?.revision,
      operationState?.operation?.sync?.revision,
    ].filter((commit) => commit !== undefined && /^[0-9a-f]{40,64}$/.test(commit)) as string[];
    const named = resources.map((each) => ({ ...each, object: objectOf(each) }));
    return [
      {
        application,
        service: name,
        namespace,
        commits: [...new Set(commits)],
        resources: named.map(({ object }) => object),
        pruned: new Set(
          named.filter(({ requiresPruning }) => requiresPruning === true).map(({ object }) => identity(object)),
        ),
      },
    ];
  });
}

function objectOf({
  group,
  version = "v1",
  kind = "",
  namespace,
  name = "",
}: NonNullable<Status["resources"]>[number]) {
  const apiVersion = group === undefined || group === "" ? version : `${group}/${version}`;
  return { apiVersion, kind, namespace: namespace === undefined || namespace === "" ? null : namespace, name };
}
