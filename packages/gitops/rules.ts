import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { Failure } from "@gitops-platform/contract/failure";
import { RULES_PATH, SERVICE_CHART } from "@gitops-platform/contract/paths";
import type { Version } from "@gitops-platform/contract/values/image";
import type { ChartSchema } from "@gitops-platform/rules/paths";
import { parseRules, type Reading, type Rules } from "@gitops-platform/rules/rules";
import { movingProblem } from "@gitops-platform/rules/tags";
import type { Clone } from "./git/clone";
import { MAIN } from "./git/refs";
import { localGraph } from "./graph";

/** Reads the rules of a revision. `graph` has the environments that they refer to. */
export async function rulesAt(clone: Clone, revision: string, graph: EnvironmentGraph): Promise<Reading> {
  const [text, schema] = await Promise.all([RULES_PATH, SCHEMA_PATH].map((path) => clone.read(revision, path)));
  return parseRules(text, schema === undefined ? undefined : schemaIn(schema), graph);
}

const SCHEMA_PATH = `${SERVICE_CHART}/values.schema.json`;

/** Undefined for an invalid schema, which other checks report. */
function schemaIn(text: string): ChartSchema | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads the rules of `main`.
 * @throws {Failure} with every problem of the file.
 */
export async function readRules(clone: Clone): Promise<Rules> {
  const { rules, problems } = await rulesAt(clone, MAIN, localGraph());
  if (problems.length === 0) return rules;
  throw new Failure(
    ...problems.map(({ file, line, column, message }) => `${file ?? ""}:${line ?? 1}:${column ?? 1}: ${message}`),
  );
}

/** Throws {@link Failure} unless a version identifies one build according to the rules of `main`. */
export async function requireOneBuild(clone: Clone, version: Version): Promise<void> {
  const problem = movingProblem(version, (await readRules(clone)).tags);
  if (problem !== undefined) throw new Failure(problem);
}
