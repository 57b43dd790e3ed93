import { MAIN } from "../git/refs";
import { rulesAt } from "../rules/read";
import type { Reading } from "../rules/rules";
import { movingProblem, type TagRules } from "../rules/tags";
import { valuesPath } from "../values/files";
import { imageIn, sameVersion } from "../values/image";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/**
 * The rules that judge a change. On `main` they are those that the merge makes, so that a change of them is judged by
 * itself, and GitHub asks the platform team for it. A branch `env/<name>` is not the platform team's to approve, so
 * what it may hold is what `main` says.
 */
export async function rulesFor({ clone, branch, tree }: Candidate): Promise<Reading> {
  return rulesAt(clone, branch === "main" ? tree : MAIN);
}

/**
 * Finds the versions that a change brings and that may be another build tomorrow. A version that was there before is no
 * problem of the change: the rules may have become stricter since. A version that cannot be read without doubt is
 * refused: Helm could read a moving tag in it.
 */
export async function movingTags(candidate: Candidate, rules: TagRules): Promise<Problem[]> {
  const { clone, base, tree } = candidate;
  const problems = (await touchedValues(candidate)).map(async (values): Promise<Problem[]> => {
    const file = valuesPath(values);
    const [before, after] = await Promise.all([clone.read(base, file), clone.read(tree, file)]);
    const [was, is] = [imageIn(before, file), imageIn(after, file)];
    if (is.state === "no file" || before === after) return [];
    if (is.state === "unreadable") return [{ file, message: is.reason }];
    if (was.state === "read" && sameVersion(was.image, is.image)) return [];
    const problem = movingProblem(is.image, rules);
    return problem === undefined ? [] : [{ file, message: `image.${problem}` }];
  });
  return (await Promise.all(problems)).flat();
}
