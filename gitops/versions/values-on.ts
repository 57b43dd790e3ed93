import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { parseValuesPath, valuesPath, type ValuesFile } from "../values/files";
import { remoteBranch } from "../git/refs";

/**
 * A service's values at a revision.
 * @throws {Failure} where there are none, with the services that there are.
 */
export async function valuesOn(clone: Clone, revision: string, file: ValuesFile): Promise<string> {
  const path = valuesPath(file);
  const text = await clone.read(revision, path);
  if (text !== undefined) return text;
  const paths = await clone.list(revision, `environments/${file.environment}/`);
  const services = paths.flatMap((found) => parseValuesPath(found)?.service ?? []);
  const rule = services.length > 0 ? `one of ${services.join(", ")}` : "a service with values there";
  throw new Failure(`service: got ${file.service}, but there is no ${path}; expected ${rule}. Add the file first.`);
}

/** The tip of a branch on the remote, as it was fetched last. Throws {@link Failure} where there is none. */
export async function tipOf(clone: Clone, branch: string): Promise<string> {
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip === undefined)
    throw new Failure(`The repository has no branch ${branch}. Run gitops on a GitOps repository.`);
  return tip;
}
