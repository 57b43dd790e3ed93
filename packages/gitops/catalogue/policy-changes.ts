import {
  declarationPath,
  DELIVERY_POLICY_PATH,
  deliveryPath,
  isServiceName,
} from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import type { ValuesFile } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { type FileChange, introducedBy, readFileChanges } from "../git/file-history";
import { MAIN } from "../git/refs";
import { readDeclarations } from "./declaration";
import { graphOfMain } from "./delivered";
import { deliveryFiles } from "./delivery";
import { parsePolicy } from "./policy";

/**
 * The changes of the delivery policy on `main`, newest first, that a service's objects on an environment's branch do
 * not contain yet: those since the newest policy that results in these objects. If no policy does, because an earlier
 * version of the program rendered them, these are all changes. If the branch has no such objects, there are none.
 * @param base The commit of the environment's branch.
 */
export async function policyChangesSince(clone: Clone, base: string, file: ValuesFile): Promise<FileChange[]> {
  const path = deliveryPath(file);
  const present = await clone.read(base, path);
  if (present === undefined) return [];
  const graph = await graphOfMain(clone);
  const { declarations } = await readDeclarations(clone, base, graph, file.environment);
  const changes = await readFileChanges(clone, MAIN, [DELIVERY_POLICY_PATH]);
  const texts = await clone.readBlobs(changes.flatMap(({ after }) => after ?? []));
  const made = changes.findIndex(({ after }) => {
    try {
      const policy = parsePolicy(texts.get(after ?? "") ?? "");
      return deliveryFiles(file.environment, declarations, policy).get(path) === present;
    } catch (error) {
      // An earlier version of the program may have written other keys.
      if (error instanceof Failure) return false;
      throw error;
    }
  });
  return made === -1 ? changes : changes.slice(0, made);
}

/** The objects that deliver a service in a release, and where they were before. */
export interface ReleasedObjects {
  /** The commit of the environment's branch. */
  readonly base: string;
  readonly head: string;
  readonly file: ValuesFile;
}

/**
 * The changes on `main` of the declaration that a service joins, newest first, since the service's objects on the
 * environment's branch were last rendered. They were released with the other service, and change the objects of this
 * one, which have the namespace of the other.
 */
export async function joinedChangesSince(
  clone: Clone,
  { base, head, file }: ReleasedObjects,
): Promise<readonly FileChange[]> {
  const graph = await graphOfMain(clone);
  const { declarations } = await readDeclarations(clone, head, graph, file.environment);
  const owner = declarations.find(({ name }) => name === file.service)?.joins;
  if (owner === undefined || !isServiceName(owner)) return [];
  const path = declarationPath(owner);
  const [rendered] = await readFileChanges(clone, base, [deliveryPath(file)]);
  const revisions = [head, ...(rendered ? [rendered.commit] : [])];
  const [now, before] = await Promise.all(revisions.map((revision) => clone.find(`${revision}:${path}`)));
  return introducedBy(await readFileChanges(clone, MAIN, [path]), now ?? null, [before ?? null], "all");
}
