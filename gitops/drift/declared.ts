import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../clients/kubernetes";
import { manifestsPath } from "../../environments/manifests";
import { CHARTS } from "../../environments/service-name";
import { renderRevision } from "../chart/revision";
import { describeError } from "../describe-error";
import type { Clone } from "../git/clone";
import { type ValuesFile, valuesPath } from "../values/files";

/** The objects that Git declares for a service at a commit; or why they are not known. */
export type Declaration = { readonly objects: readonly KubernetesObject[] } | { readonly reason: string };

/** Says what Git declares for a service at a commit. */
export type Declares = (file: ValuesFile, commit: string) => Promise<Declaration>;

/**
 * Reads what Git declares: the rendered manifests of a branch that has them, else what Helm makes of the charts and
 * values, as Argo CD does. What was rendered once is kept as long as charts and values are the same, and Git is asked
 * once for each commit.
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

/** So many states of a service are asked for side by side: one while another replaces it. */
const STATES = 2;

/** What is known of the states of each service that were asked for last. */
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
  /** The same for the same content. */
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
  const [charts, values] = await Promise.all([
    clone.find(`${commit}:${CHARTS}`),
    clone.find(`${commit}:${valuesPath(file)}`),
  ]);
  const read = async (): Promise<Declaration> => {
    const [rendered] = await renderRevision(clone as Clone, commit, [file]);
    if (rendered === undefined) return { objects: [] };
    return "error" in rendered ? { reason: rendered.error } : { objects: objectsOf(rendered.manifests) };
  };
  return { id: `${charts ?? ""} ${values ?? ""}`, read };
}

function objectsOf(manifests: string): KubernetesObject[] {
  return parseAllDocuments(manifests).flatMap((document) => {
    const object = document.toJS() as KubernetesObject | null;
    return object === null ? [] : [object];
  });
}
