import { parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import type { Clone } from "../git/clone";
import { readDeclarations } from "./declaration";

/** The environments of each service, and the promotions between them. */
export interface ServiceGraphs {
  /**
   * Those of a service: without the environments that its declaration does not name. All, if it has no declaration or
   * one with problems: then nothing says that an environment is left out on purpose.
   */
  of(service: string): EnvironmentGraph;
  /** The services that skip an environment: they are not in it, but in one behind it. */
  skipping(environment: string): string[];
}

/** Reads the environments of all services by the declarations of a revision. */
export async function serviceGraphs(clone: Clone, revision: string, graph: EnvironmentGraph): Promise<ServiceGraphs> {
  const { declarations, problems } = await readDeclarations(clone, revision, graph);
  const wrong = new Set(problems.map(({ file = "" }) => parseDeclarationPath(file)));
  const left = new Map(
    declarations.flatMap(({ name, environments, retired }) => {
      if (wrong.has(name)) return [];
      const named = [...environments, ...retired];
      return [[name, new Set(graph.names.filter((each) => !named.includes(each)))] as const];
    }),
  );
  return {
    of: (service) => graph.without(left.get(service) ?? new Set()),
    skipping: (environment) =>
      [...left].flatMap(([service, names]) => {
        const goesOn = graph.names.some((name) => !names.has(name) && graph.leads(environment, name));
        return names.has(environment) && goesOn ? [service] : [];
      }),
  };
}
