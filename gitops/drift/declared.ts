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
 * values, as Argo CD does. What was rendered once is kept as long as charts and values are the same.
 */
export function declaredIn(clone: Pick<Clone, "find" | "read" | "list" | "git" | "readBytes" | "resolve">): Declares {
  const known = new Map<string, Promise<Declaration>>();
  return async (file, commit) => {
    const content = await contentAt(clone, file, commit);
    if (content === undefined) return { reason: `commit ${commit.slice(0, 7)} is not on the remote's branches` };
    const key = `${file.environment}/${file.service}`;
    const name = `${key} ${content.id}`;
    const found = known.get(name);
    if (found) return found;
    // Two states of a service are asked for side by side while one replaces the other.
    const before = [...known.keys()].filter((each) => each.startsWith(`${key} `));
    for (const each of before.slice(0, -1)) known.delete(each);
    const reading = content.read().catch((error: unknown) => {
      known.delete(name);
      return { reason: describeError(error) };
    });
    known.set(name, reading);
    return reading;
  };
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
