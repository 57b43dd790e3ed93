import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import { declarationPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { environmentBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { FileProblem } from "@gitops-platform/rules/entry";
import type { Clone } from "../git/clone";
import { branchWithWorkload } from "./workload";

/** A change of the catalogue on `main`. */
export interface CatalogueStep {
  readonly clone: Clone;
  readonly graph: EnvironmentGraph;
  readonly policy: CataloguePolicy;
  /** The commit of `main` before the change. */
  readonly main: string;
  readonly before: readonly ServiceDeclaration[];
  readonly after: readonly ServiceDeclaration[];
}

/**
 * Refuses what would leave objects running that Argo CD no longer manages: a declaration that goes, or leaves an
 * environment, before its workload is deleted there; and a namespace that changes where the old one stays.
 */
export async function stepProblems(step: CatalogueStep): Promise<FileProblem[]> {
  const after = new Map(step.after.map((service) => [service.name, service]));
  const problems = step.before.map(async (service): Promise<FileProblem[]> => {
    const next = after.get(service.name);
    const messages = [...(await leavingProblems(step, service, next)), ...(await movingProblems(step, service, next))];
    return messages.map((message) => ({ file: declarationPath(service.name), message }));
  });
  return (await Promise.all(problems)).flat();
}

function placesOf(service: ServiceDeclaration | undefined): readonly string[] {
  return service ? [...service.environments, ...service.retired] : [];
}

async function leavingProblems(
  { clone, graph, main }: CatalogueStep,
  service: ServiceDeclaration,
  next: ServiceDeclaration | undefined,
): Promise<string[]> {
  const { name } = service;
  const left = placesOf(service).filter(
    (environment) => graph.has(environment) && !placesOf(next).includes(environment),
  );
  const problems = left.map(async (environment): Promise<string[]> => {
    const branch = await branchWithWorkload(clone, graph, { environment, service: name }, main);
    if (branch === undefined) return [];
    const isRetired = service.retired.includes(environment);
    const way = isRetired
      ? `Its release into ${environmentBranch(environment)} deletes it; have that approved first.`
      : `Retire it first: gitops service retire ${name} --env ${environment}.`;
    const got = next ? `got no ${environment}` : "got no declaration";
    return [`${got}, although ${branch} has the workload; expected one until it is deleted there. ${way}`];
  });
  return (await Promise.all(problems)).flat();
}

async function movingProblems(
  step: CatalogueStep,
  service: ServiceDeclaration,
  next: ServiceDeclaration | undefined,
): Promise<string[]> {
  const { clone, graph, main, policy, before } = step;
  const { name, namespace, joins } = service;
  if (!next || next.namespace === namespace) return [];
  const places: string[] = [];
  for (const environment of placesOf(service).filter((each) => graph.has(each))) {
    const file = { environment, service: name };
    if ((await branchWithWorkload(clone, graph, file, main)) !== undefined) places.push(environment);
  }
  if (places.length === 0) return [];
  const problem = (why: string, way: string) =>
    `namespace: got ${next.namespace}; expected ${namespace}: ${why}. ${way}`;
  if (joins !== undefined) {
    const owner = before.find((each) => each.name === joins);
    // The owner's own problem says so already.
    if (owner && step.after.some((each) => each.name === joins && each.namespace !== owner.namespace)) return [];
    return [
      problem(
        `its objects would stay in the namespace of ${joins}`,
        `Retire it in ${places.join(", ")}, then add it again.`,
      ),
    ];
  }
  const joined = before.filter((each) => each.joins === name).map((each) => each.name);
  if (joined.length > 0) {
    return [
      problem(
        `${joined.join(", ")} would be deleted with the namespace`,
        "Retire those first, and add them again after it.",
      ),
    ];
  }
  const waits = places.filter((each) => graph.approved.includes(each));
  const kept = places.filter(
    (each) => !waits.includes(each) && policy.environments.some((one) => one.name === each && one.retain),
  );
  const way = `Add it under another name with the namespace ${next.namespace}, let its callers use that one, and then retire ${name}.`;
  return [
    ...(waits.length > 0
      ? [problem(`in ${waits.join(", ")}, which waits for approval, the workload would stay in the old one`, way)]
      : []),
    ...(kept.length > 0 ? [problem(`${kept.join(", ")} keeps namespaces, and with it the old workload`, way)] : []),
  ];
}
