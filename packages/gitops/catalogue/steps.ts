import type { CataloguePolicy } from "@gitops-platform/components/delivery/objects";
import { declarationPath, deliveryPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { environmentBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { valuesPaths, manifestsPath, type ValuesFile } from "@gitops-platform/contract/paths";
import type { FileProblem } from "@gitops-platform/rules/entry";
import type { Clone } from "../git/clone";
import { remoteBranch } from "../git/refs";

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
 * environment, before its workload is deleted there; and a namespace that changes where the old one stays. Refuses also
 * what could never be released, and the namespace of a service without a declaration.
 */
export async function stepProblems(step: CatalogueStep): Promise<FileProblem[]> {
  const after = new Map(step.after.map((service) => [service.name, service]));
  const problems = step.before.map(async (service): Promise<FileProblem[]> => {
    const next = after.get(service.name);
    const messages = [
      ...(await leavingProblems(step, service, next)),
      ...(await movingProblems(step, service, next)),
      ...(await ownerProblems(step, service, next)),
    ];
    return messages.map((message) => ({ file: declarationPath(service.name), message }));
  });
  const taken = step.after.map((service) => takenNamespaceProblems(step, service));
  return (await Promise.all([...problems, ...taken])).flat();
}

/**
 * Refuses a namespace with the name of a service without a declaration, which an older version's stack delivers: the
 * pods of the other service could read its Secrets.
 */
async function takenNamespaceProblems(
  step: CatalogueStep,
  { name, namespace, joins }: ServiceDeclaration,
): Promise<FileProblem[]> {
  const had = step.before.find((service) => service.name === name)?.namespace;
  if (joins !== undefined || namespace === name || namespace === had) return [];
  if (step.after.some((service) => service.name === namespace)) return [];
  const places = await placesWith(step, namespace);
  if (places.length === 0) return [];
  const message =
    `namespace: got ${namespace}, the name of a service in ${places.join(", ")} without a declaration; expected ` +
    "another, because that service may run there. Choose another namespace.";
  return [{ file: declarationPath(name), message }];
}

/** The environments in which a service has values or a workload. */
async function placesWith({ clone, graph, main }: CatalogueStep, service: string): Promise<string[]> {
  const present = await Promise.all(
    graph.names.map(async (environment) => {
      const file = { environment, service };
      const isOnMain = (await clone.list(main, ...valuesPaths(file))).length > 0;
      return isOnMain || (await branchWithWorkload(clone, graph, file, main)) !== undefined;
    }),
  );
  return graph.names.filter((_, index) => present[index]);
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

/** The environments of the services in which at least one of them has a workload. */
async function workloadsOf({ clone, graph, main }: CatalogueStep, services: readonly ServiceDeclaration[]) {
  const found = new Set<string>();
  for (const service of services) {
    for (const environment of placesOf(service).filter((each) => graph.has(each))) {
      const file = { environment, service: service.name };
      if ((await branchWithWorkload(clone, graph, file, main)) !== undefined) found.add(environment);
    }
  }
  return graph.names.filter((name) => found.has(name));
}

/**
 * Refuses another owner of the same namespace where releases are approved: each of the two releases would need the
 * other one first, because a namespace has one owner on the branch as well.
 */
async function ownerProblems(
  { clone, graph }: CatalogueStep,
  service: ServiceDeclaration,
  next: ServiceDeclaration | undefined,
): Promise<string[]> {
  const { name, namespace } = service;
  const isSwapped = (service.joins === undefined) !== (next?.joins === undefined);
  if (!next || !isSwapped || next.namespace !== namespace) return [];
  const both = [name, next.joins ?? service.joins ?? ""];
  const delivered = await Promise.all(
    graph.approved.map(async (environment) => {
      const branch = remoteBranch(environmentBranch(environment));
      if ((await clone.resolve(branch)) === undefined) return false;
      const paths = both.map((each) => deliveryPath({ environment, service: each }));
      return (await clone.list(branch, ...paths)).length > 0;
    }),
  );
  const places = graph.approved.filter((_, index) => delivered[index]);
  if (places.length === 0) return [];
  const owner = service.joins ?? name;
  return [
    `joins: got another owner of the namespace ${namespace}; expected ${owner}, because neither release into ` +
      `${places.join(", ")} could come first. Keep ${owner}, or add a service with a new name and another namespace.`,
  ];
}

async function movingProblems(
  step: CatalogueStep,
  service: ServiceDeclaration,
  next: ServiceDeclaration | undefined,
): Promise<string[]> {
  const { graph, policy, before } = step;
  const { name, namespace, joins } = service;
  if (!next || next.namespace === namespace) return [];
  const joining = before.filter((each) => each.joins === name);
  const places = await workloadsOf(step, [service, ...joining]);
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
  if (joining.length > 0) {
    return [
      problem(
        `${joining.map((each) => each.name).join(", ")} would be deleted with the namespace, or stay in it`,
        "Retire those first, and add them again after it.",
      ),
    ];
  }
  const waits = places.filter((each) => graph.approved.includes(each));
  const kept = places.filter(
    (each) => !waits.includes(each) && policy.environments.some((one) => one.name === each && one.retain),
  );
  const way =
    `Add it under another name with the namespace ${next.namespace}, let its callers use that one, ` +
    `and then retire ${name}.`;
  return [
    ...(waits.length > 0
      ? [problem(`in ${waits.join(", ")}, which waits for approval, the workload would stay in the old one`, way)]
      : []),
    ...(kept.length > 0 ? [problem(`${kept.join(", ")} keeps namespaces, and with it the old workload`, way)] : []),
  ];
}

/**
 * The branch that has a service's workload in an environment; undefined if there is none.
 * @param main The commit of `main` to look at.
 */
export async function branchWithWorkload(
  clone: Clone,
  graph: EnvironmentGraph,
  file: ValuesFile,
  main: string,
): Promise<string | undefined> {
  const own = environmentBranch(file.environment);
  const waits = graph.approved.includes(file.environment);
  const revision = waits ? remoteBranch(own) : main;
  if ((await clone.resolve(revision)) === undefined) return undefined;
  const paths = [...valuesPaths(file), ...(waits ? [manifestsPath(file.service)] : [])];
  return (await clone.list(revision, ...paths)).length > 0 ? (waits ? own : "main") : undefined;
}
