import { isDeepStrictEqual } from "node:util";
import {
  declarationPath,
  deliveryFolder,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
} from "@gitops-platform/contract/catalogue";
import { manifestsPath, valuesPath } from "@gitops-platform/contract/paths";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { type Delivered, delivered } from "../catalogue/delivered";
import { servicesAt } from "../chart/revision";
import { type Candidate, environmentOf } from "./candidate";

/**
 * Refuses on `env/<name>` objects that deliver a service but are not what its declaration there and the delivery policy
 * of `main` give, and the removal of an Application whose workload is still there. Only services whose declaration or
 * objects change are judged: the others follow by releases of their own.
 */
export async function environmentDelivery(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, branch, tree, base, changes } = candidate;
  const environment = environmentOf(branch);
  if (environment === undefined) return [];
  const folder = `${deliveryFolder(environment)}/`;
  const foreign = (await clone.list(tree, folder)).filter((path) => !isKnown(path, environment));
  const problems = foreign.map((file) => ({ file, message: OTHER_FILE }));
  const touched = new Set(changes.flatMap(({ path }) => serviceOf(path, environment) ?? []));
  if (touched.size === 0) return problems;
  const wanted = await delivered(clone, tree, environment);
  if (wanted.unreadable !== undefined) return [...problems, { message: wanted.unreadable }];
  const [there, before] = await Promise.all([tree, base].map((revision) => servicesAt(clone, revision, environment)));
  for (const service of touched) {
    const file = { environment, service };
    const own = wanted.problems.get(service);
    if (own !== undefined) problems.push({ file: declarationPath(service), message: own });
    else problems.push(...(await differences(candidate, file, wanted)));
    const has = (services: typeof there) =>
      services?.values.includes(service) === true || services?.manifests.includes(service) === true;
    problems.push(...workloadProblems(file, wanted, { before: has(before), after: has(there) }));
  }
  return problems;
}

const OTHER_FILE =
  "Got a file that Argo CD may read; expected <service>.yaml with the objects that deliver a service. Remove it.";

function isKnown(path: string, environment: string): boolean {
  return parseDeliveryPath(path) !== undefined || path === `${deliveryFolder(environment)}/README.md`;
}

function serviceOf(path: string, environment: string): string | undefined {
  const file = parseDeliveryPath(path);
  return file?.environment === environment ? file.service : parseDeclarationPath(path);
}

interface Place {
  readonly environment: string;
  readonly service: string;
}

async function differences({ clone, tree }: Candidate, place: Place, wanted: Delivered): Promise<FileProblem[]> {
  const file = deliveryPath(place);
  const expected = wanted.files.get(place.service);
  const present = await clone.read(tree, file);
  if (present === expected) return [];
  const way = `Close this pull request if it is by hand, and let the workflow Release make it from main.`;
  const given = `what ${declarationPath(place.service)} and the delivery policy of main give`;
  if (expected === undefined) return [{ file, message: `Got objects of a service that is not declared here; expected none. ${way}` }];
  if (present === undefined) return [{ file, message: `Got nothing; expected ${given}. ${way}` }];
  const [got, want] = [present.split("\n"), expected.split("\n")];
  const at = want.findIndex((line, index) => !isDeepStrictEqual(line, got[index]));
  const line = (at === -1 ? want.length : at) + 1;
  const [is, should] = [got, want].map((lines) => JSON.stringify(lines[line - 1] ?? "the end"));
  return [{ file, line, message: `Got ${is ?? ""}; expected ${should ?? ""}: ${given}. ${way}` }];
}

/** Without its Application, nothing deletes or heals a workload. */
function workloadProblems(
  place: Place,
  wanted: Delivered,
  has: { readonly before: boolean; readonly after: boolean },
): FileProblem[] {
  const { environment, service } = place;
  const file = deliveryPath(place);
  const parts = `${valuesPath(place)} and ${manifestsPath(service)}`;
  if (wanted.retired.has(service)) {
    if (!has.after) return [];
    return [{ file, message: `Got a retired service with its workload; expected none of ${parts}. Remove them as well.` }];
  }
  if (wanted.files.has(service) || !(has.before || has.after)) return [];
  const way = `Retire it first: gitops service retire ${service} --env ${environment}.`;
  return [{ file, message: `Got no Application although the workload is there: ${parts}; expected one until it is deleted. ${way}` }];
}
