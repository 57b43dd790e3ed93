import { secretsIn } from "../../policy/secret-forms";
import { valuesPath } from "../values/files";
import { secretProblem } from "./broken-rules";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/** Names each secret in plain text that a change brings into the values files that it touches, comments among them. */
export async function plainSecrets(candidate: Candidate): Promise<Problem[]> {
  const { clone, tree, base } = candidate;
  const files = (await touchedValues(candidate)).map(valuesPath);
  const problems = files.map(async (file) => {
    const [before = "", after = ""] = await Promise.all([clone.read(base, file), clone.read(tree, file)]);
    return secretProblems(file, before, after);
  });
  return (await Promise.all(problems)).flat();
}

/** The same for one file. What stood there before is not this change's doing: an image must not wait for that. */
export function secretProblems(file: string, before: string, after: string): Problem[] {
  const known = new Set(secretsIn(before).map(({ name }) => name));
  return secretsIn(after)
    .filter(({ name }) => !known.has(name))
    .map(({ name, at }) => ({ file, line: after.slice(0, at).split("\n").length, message: sentence(name) }));
}

function sentence(name: string): string {
  const text = secretProblem(name);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
