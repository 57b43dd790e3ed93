import { $defs, properties } from "../../gitops-repo/charts/service/values.schema.json";
import { CHART } from "../chart/helm";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { MAIN } from "../git/refs";
import type { Problem } from "../validate/report";
import type { Version } from "../values/image";
import { parseYaml } from "../values/parse";
import { RULES_PATH } from "../../contract/paths";
import { Entry } from "./entry";
import type { ChartSchema } from "./paths";
import { readSecrets, type SecretRules } from "./secrets";
import { readStaging, type StagingRules } from "./staging";
import { movingProblem, readTags, type TagRules } from "./tags";

/** What the platform team decides about the GitOps repository's content: the file {@link RULES_PATH}. */
interface Rules {
  /** What counts as the tag of one build. */
  readonly tags: TagRules;
  /** What is no secret although it looks like one. */
  readonly secrets: SecretRules;
  /** What services must say of their resources. */
  readonly resources: ResourceRules;
  /** In what staging's values need not be production's. */
  readonly staging: StagingRules;
}

/** What a text says, and what is wrong with it. Rules count only where nothing is. */
export interface Reading {
  readonly rules: Rules;
  readonly problems: readonly Problem[];
}

/**
 * Reads the file's text. What it leaves out has its default.
 * @param text Undefined: there is no file.
 * @param chart The schema of the chart whose values it speaks of. Default: that of this version.
 */
export function parseRules(text: string | undefined, chart: ChartSchema = { properties, $defs }): Reading {
  const { root, lines, problems: unreadable } = parseYaml(text ?? "");
  if (unreadable.length > 0) {
    const problems = unreadable.map((problem) => ({ file: RULES_PATH, ...problem }));
    return { rules: sections({}, chart), problems };
  }
  const problems: Problem[] = [];
  const file = new Entry(root, "", { lines, problems });
  const rules = sections(file.keys(SECTIONS), chart);
  problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  return { rules, problems };
}

/**
 * One name here, one key in {@link Rules}, and a file with the section's reader, which gets undefined where the file
 * leaves the section out.
 */
const SECTIONS = ["tags", "staging", "secrets", "resources"] as const;

function sections(found: Partial<Record<(typeof SECTIONS)[number], Entry>>, chart: ChartSchema): Rules {
  return {
    tags: readTags(found.tags),
    staging: readStaging(found.staging, chart),
    secrets: readSecrets(found.secrets),
    resources: readResources(found.resources),
  };
}

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

/** What services must say of their resources beyond what the chart's schema asks for. */
export interface ResourceRules {
  /** Whether each container must have a CPU limit. */
  readonly cpuLimit: "required" | "optional";
}

/**
 * Reads the section `resources`. A CPU limit is optional by default: without one, CPU that is short is shared in
 * proportion to the requests, while a limit throttles a container even on an idle node.
 */
function readResources(section: Entry | undefined): ResourceRules {
  const { cpuLimit } = section?.keys(["cpuLimit"]) ?? {};
  const rule = cpuLimit?.text("required or optional", "Write one of them.");
  if (rule === undefined || rule === "optional") return { cpuLimit: "optional" };
  if (rule !== "required") cpuLimit?.problem("required or optional", "Write one of them.");
  return { cpuLimit: "required" };
}
