import {
  declarationPath,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
} from "@gitops-platform/contract/catalogue";
import { manifestsPath, type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { delivered, deliveryFilesAt } from "../catalogue/delivered";
import { servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { readFileChanges } from "../git/file-history";
import { MAIN } from "../git/refs";
import { type Candidate, environmentOf } from "./candidate";

/**
 * Refuses on `env/<name>` what would leave a workload without the Application that deletes and heals it, and a change
 * by which another service gets a problem, such as a second owner of its namespace.
 */
export async function environmentDelivery({ clone, branch, tree, base, changes }: Candidate): Promise<FileProblem[]> {
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const touched = new Set(changes.flatMap(({ path }) => serviceOf(path, environment) ?? []));
  if (touched.size === 0) return [];
  const [before, after] = await Promise.all([base, tree].map((revision) => delivered(clone, revision, environment)));
  // Another check reports a policy that cannot be read.
  if (!before || !after || after.unreadable !== undefined) return [];
  const managed = await deliveryFilesAt(clone, base, environment);
  const [had, has] = await Promise.all([base, tree].map((revision) => workloadsAt(clone, revision, environment)));
  const problems = [...after.problems]
    .filter(([service, message]) => touched.has(service) || before.problems.get(service) !== message)
    .map(([service, message]): FileProblem => ({ file: declarationPath(service), message }));
  for (const service of touched) {
    const file = { environment, service };
    if (after.retired.has(service)) {
      if (has?.has(service) === true) problems.push(retiredWithWorkload(file));
    } else if (!after.files.has(service) && managed.has(service) && had?.has(service) === true) {
      problems.push(abandoned(file));
    }
  }
  return problems;
}

function serviceOf(path: string, environment: string): string | undefined {
  const file = parseDeliveryPath(path);
  return file?.environment === environment ? file.service : parseDeclarationPath(path);
}

/** The services of which a revision has values or manifests. */
async function workloadsAt(clone: Clone, revision: string, environment: string): Promise<ReadonlySet<string>> {
  const { values, manifests } = await servicesAt(clone, revision, environment);
  return new Set([...values, ...manifests]);
}

function retiredWithWorkload(file: ValuesFile): FileProblem {
  const parts = `${valuesPaths(file).join(", ")} and ${manifestsPath(file.service)}`;
  const message = `Got a retired service with its workload; expected none of ${parts}. Remove them in the same change.`;
  return { file: deliveryPath(file), message };
}

function abandoned(file: ValuesFile): FileProblem {
  const { environment, service } = file;
  const way = `Retire it first: gitops service retire ${service} --env ${environment}.`;
  const message = `Got no Application of a service with a workload; expected one until it is deleted. ${way}`;
  return { file: deliveryPath(file), message };
}

/**
 * Refuses a declaration on `env/<name>` that `main` never had, no matter who brings it: only changes of `main` need
 * the platform team. An earlier one of `main` is accepted, so that a revert stays possible.
 */
export async function environmentDeclarations(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, branch, changes } = candidate;
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const declared = changes.filter(({ path, blob }) => blob !== undefined && parseDeclarationPath(path) !== undefined);
  if (declared.length === 0) return [];
  const paths = declared.map(({ path }) => path);
  const known = new Set((await readFileChanges(clone, MAIN, paths)).map(({ path, after }) => `${after ?? ""} ${path}`));
  const problems = declared.map(async ({ path, blob }): Promise<FileProblem[]> => {
    if (known.has(`${blob ?? ""} ${path}`)) return [];
    if (await givesTheSame(candidate, environment, parseDeclarationPath(path) ?? "")) return [];
    const message =
      "Got a declaration that main never had; expected one that the platform team accepted there. " +
      "Change it on main; its release brings it here.";
    return [{ file: path, message }];
  });
  return (await Promise.all(problems)).flat();
}

/** Whether a service's declaration, perhaps an earlier one, gives in an environment what `main`'s gives there. */
export async function givesTheSame({ clone, tree }: Candidate, environment: string, service: string): Promise<boolean> {
  const [here, there] = await Promise.all([tree, MAIN].map((revision) => delivered(clone, revision, environment)));
  return here?.files.get(service) === there?.files.get(service);
}
