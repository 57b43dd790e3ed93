import { LineCounter, parseAllDocuments } from "yaml";
import { valuesPath } from "../values/files";
import { type Candidate, touchedValues } from "./candidate";
import type { Problem } from "./problem";

/**
 * Names what is no YAML in the values files that a change touches, keys that stand twice, and more documents than one.
 */
export async function syntax(candidate: Candidate): Promise<Problem[]> {
  const files = (await touchedValues(candidate)).map(valuesPath);
  const problems = files.map(async (file) =>
    syntaxProblems(file, (await candidate.clone.read(candidate.tree, file)) ?? ""),
  );
  return (await Promise.all(problems)).flat();
}

/** The same for one text. */
export function syntaxProblems(file: string, text: string): Problem[] {
  const lineCounter = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter, prettyErrors: false })];
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  };
  const problems = documents
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(({ message, pos }): Problem => ({ ...place(pos[0]), message: `${message}.`.replace(/\.\.$/, ".") }));
  const [, second] = documents;
  if (problems.length === 0 && second) {
    const message = `Got ${documents.length} documents; expected one. Remove the line --- between them.`;
    problems.push({ ...place(second.range[0]), message });
  }
  return problems;
}
