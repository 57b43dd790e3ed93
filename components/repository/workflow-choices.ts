import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";

/** The environments that a workflow offers, by the comment behind `options:`. */
const CHOICES: Readonly<Record<string, (graph: EnvironmentGraph) => string[]>> = {
  environments: ({ names }) => names,
  "environments that others follow": (graph) => graph.names.filter((name) => graph.next(name).length > 0),
  "every next one, environments that follow another": (graph) => [
    EVERY_NEXT_ONE,
    ...graph.names.filter((name) => graph.previous(name) !== undefined),
  ],
  "environments that wait for approval": ({ approved }) => approved,
};

/** The choice of a promotion into every environment that follows. No environment can have this name. */
const EVERY_NEXT_ONE = "every next one";

/** The only choice without an environment to offer. GitHub refuses an empty list, and gitops refuses this choice. */
const NONE = "no environment";

const OPTIONS = /^( *options: )\[.*\] # (.*)$/gm;

/**
 * Replaces a workflow's choices of environments. GitHub reads them from the file, so they cannot be computed when the
 * workflow starts.
 * @throws {Error} for a comment that is none of the known ones.
 */
export function withChoices(workflow: string, graph: EnvironmentGraph): string {
  return workflow.replace(OPTIONS, (_, start: string, what: string) => {
    const choices = CHOICES[what];
    if (!choices) {
      throw new Error(
        `options: got the comment ${what}; expected one of ${Object.keys(CHOICES).join("; ")}. Correct it.`,
      );
    }
    const offered = choices(graph);
    return `${start}[${(offered.length > 0 ? offered : [NONE]).join(", ")}] # ${what}`;
  });
}
