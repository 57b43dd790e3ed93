import { movingProblem, type TagRules } from "../rules/tags";
import { valuesPath } from "../values/files";
import { imageIn, sameVersion } from "../values/image";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/**
 * Names each version that a change brings and that may be another build tomorrow. One that was there before is not its
 * doing: rules may have become stricter since. What cannot be read, other checks name.
 */
export async function movingTags(candidate: Candidate, rules: TagRules): Promise<Problem[]> {
  const { clone, base, tree } = candidate;
  const problems = (await touchedValues(candidate)).map(async (values): Promise<Problem[]> => {
    const file = valuesPath(values);
    const [before, after] = await Promise.all([clone.read(base, file), clone.read(tree, file)]);
    const [was, is] = [imageIn(before, file), imageIn(after, file)];
    if (is.state !== "read" || (was.state === "read" && sameVersion(was.image, is.image))) return [];
    const problem = movingProblem(is.image, rules);
    return problem === undefined ? [] : [{ file, message: `image.${problem}` }];
  });
  return (await Promise.all(problems)).flat();
}
