import { parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { readDeclarations } from "../catalogue/declaration";
import { policyAt } from "../catalogue/policy";
import { stepProblems } from "../catalogue/steps";
import type { Candidate } from "./candidate";

/** Refuses changes of declarations on `main` after which objects would run that Argo CD no longer manages. */
export async function serviceSteps({ clone, branch, base, tree, changes, graph }: Candidate): Promise<FileProblem[]> {
  if (branch !== "main" || !changes.some(({ path }) => parseDeclarationPath(path) !== undefined)) {
    return [];
  }
  const [before, after] = await Promise.all([base, tree].map((revision) => readDeclarations(clone, revision, graph)));
  // Another check reports declarations that cannot be read.
  if (!before || !after || after.problems.length > 0) return [];
  const policy = await policyAt(clone, tree, graph);
  return stepProblems({ clone, graph, policy, main: base, before: before.declarations, after: after.declarations });
}
