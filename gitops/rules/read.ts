import { CHART } from "../chart/helm";
import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";
import type { Version } from "../values/image";
import type { ChartSchema } from "./chart-paths";
import { RULES_PATH } from "./entry";
import { parseRules, type Reading, type Rules } from "./rules";
import { movingProblem } from "./tags";

/** The rules as a revision has them. */
export async function rulesAt(clone: Clone, revision: string): Promise<Reading> {
  const [text, schema] = await Promise.all([RULES_PATH, SCHEMA_PATH].map((path) => clone.read(revision, path)));
  return parseRules(text, schema === undefined ? undefined : schemaIn(schema));
}

const SCHEMA_PATH = `${CHART}/values.schema.json`;

/** Undefined for what is no schema: other checks say so. */
function schemaIn(text: string): ChartSchema | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The rules of `main`, for what cannot go on without them.
 * @throws {Failure} with every problem of the file.
 */
export async function readRules(clone: Clone): Promise<Rules> {
  const { rules, problems } = await rulesAt(clone, MAIN);
  if (problems.length === 0) return rules;
  throw new Failure(
    ...problems.map(({ file, line, column, message }) => `${file ?? ""}:${line ?? 1}:${column ?? 1}: ${message}`),
  );
}

/** Throws {@link Failure} unless a version is one build by the rules of `main`. */
export async function requireOneBuild(clone: Clone, version: Version): Promise<void> {
  const problem = movingProblem(version, (await readRules(clone)).tags);
  if (problem !== undefined) throw new Failure(problem);
}
