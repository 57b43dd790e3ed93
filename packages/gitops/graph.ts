import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parse } from "yaml";
import {
  EnvironmentGraph,
  type EnvironmentNode,
  graphProblems,
  STAGES,
} from "@gitops-platform/contract/environment-graph";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { Failure } from "@gitops-platform/contract/failure";
import { ENVIRONMENTS_PATH } from "@gitops-platform/contract/paths";
import { formatProblem, type Problem, show } from "@gitops-platform/contract/problems";
import { isMap } from "@gitops-platform/contract/values/plain";
import { graph as declared } from "@gitops-platform/environments/environments";
import type { Clone } from "./git/clone";
import { remoteBranch } from "./git/refs";

/** Whether this is the GitOps repository's bundle, which esbuild defines. */
declare const READS_ENVIRONMENTS_FILE: boolean | undefined;

let local: EnvironmentGraph | undefined;

/**
 * The environments that this `gitops` works with: those of the file beside the GitOps repository's bundle, or, in a
 * checkout of this project, the declared ones, from which that file is written.
 * @throws {Failure} if the file is missing, with what is wrong with it.
 */
export function localGraph(): EnvironmentGraph {
  return (local ??= typeof READS_ENVIRONMENTS_FILE === "undefined" ? declared : readBeside(process.argv[1] ?? ""));
}

function readBeside(program: string): EnvironmentGraph {
  const name = basename(ENVIRONMENTS_PATH);
  let text: string;
  try {
    text = readFileSync(join(dirname(program), name), "utf8");
  } catch {
    throw new Failure(
      `${name}: got nothing beside ${basename(program)}; expected the repository's environments. Run the one in a ` +
        "clone of the GitOps repository; if that has none, bring the platform's files: gitops platform.",
    );
  }
  return parseGraph(text);
}

/**
 * Parses the file with the environments.
 * @throws {Failure} with everything that is wrong with it.
 */
export function parseGraph(text: string): EnvironmentGraph {
  const entries = entriesIn(text);
  const problems = entries.flatMap(entryProblems);
  const found = problems.length > 0 ? problems : graphProblems(entries as unknown as EnvironmentNode[]);
  if (found.length === 0) return new EnvironmentGraph(entries as unknown as EnvironmentNode[]);
  throw new Failure(...found.map((problem) => `${ENVIRONMENTS_PATH}: ${formatProblem(problem)}`));
}

function entriesIn(text: string): Record<string, unknown>[] {
  try {
    const value: unknown = parse(text);
    const entries = isMap(value) && Object.keys(value).length === 1 ? value.environments : undefined;
    if (Array.isArray(entries) && entries.every(isMap)) return entries;
  } catch {
    // The error below applies to every invalid file.
  }
  throw new Failure(`${ENVIRONMENTS_PATH}: got another format; expected a list of environments. ${RESTORE}`);
}

const RESTORE = "Restore the platform's file: gitops platform.";

function entryProblems(entry: Record<string, unknown>, index: number): Problem[] {
  const { name, stage, promotesFrom, waitsForApproval, ...others } = entry;
  const key = `environments[${index}]`;
  const isText = (value: unknown) => typeof value === "string";
  const wrong = (part: string, got: unknown, expected: string) => [
    { key: `${key}.${part}`, got: show(got), expected, fix: RESTORE },
  ];
  return [
    ...(isText(name) ? [] : wrong("name", name, "the name of an environment")),
    ...((STAGES as readonly unknown[]).includes(stage) ? [] : wrong("stage", stage, `one of ${STAGES.join(", ")}`)),
    ...(promotesFrom === undefined || isText(promotesFrom)
      ? []
      : wrong("promotesFrom", promotesFrom, "the name of an environment")),
    ...(typeof waitsForApproval === "boolean" ? [] : wrong("waitsForApproval", waitsForApproval, "true or false")),
    ...Object.entries(others).flatMap(([part, value]) => wrong(part, value, "no such key")),
  ];
}

/** A warning for each environment that waits for approval and has no branch: nothing can be released into it. */
export async function missingBranches(clone: Clone, graph: EnvironmentGraph): Promise<string[]> {
  const found = graph.approved.map(async (name) => {
    const branch = environmentBranch(name);
    if ((await clone.resolve(remoteBranch(branch))) !== undefined) return [];
    const fix = "Run pulumi up with the stack that owns the repository.";
    return [`${name}: got no branch ${branch}; expected one, for it waits for approval. ${fix}`];
  });
  return (await Promise.all(found)).flat();
}
