// Keeps comments, messages and documents readable. The rule is ESLint's, for code; as a program this file checks
// Markdown and YAML: of this project, or of the folder that is named.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const COLUMNS = 120;

/** Words that a reader outside this project stumbles over, and what to write instead. */
const INSTEAD = {
  anew: "again",
  hitherto: "until now",
  thereof: "of it",
  whence: "from where",
  wherein: "where",
  whoever: 'anyone who, the person who, or "no matter who"',
  whomever: 'anyone whom, the person whom, or "no matter who"',
};
const WORDS = new RegExp(`\\b(${Object.keys(INSTEAD).join("|")})\\b`, "gi");

/**
 * @param {string} text
 * @returns {{ line: number, message: string }[]} What is wrong with it; its first line is 0.
 */
export function wordProblems(text) {
  return text.split("\n").flatMap((words, line) =>
    Array.from(words.matchAll(WORDS), ([word]) => ({
      line,
      message: `got "${word}"; expected a plainer word. Write: ${INSTEAD[word.toLowerCase()]}.`,
    })),
  );
}

/** Prettier wraps code at this column already, but for strings that it cannot break. */
function longLines(source, { loc: { start, end } }) {
  const lines = source.lines.slice(start.line - 1, end.line);
  return lines.flatMap(({ length }, line) =>
    length > COLUMNS
      ? { line, message: `got a comment that ends at column ${length}; expected at most ${COLUMNS}. Wrap it.` }
      : [],
  );
}

/** @type {import("eslint").Rule.RuleModule} */
export const prose = {
  meta: { type: "suggestion", schema: [] },
  create(context) {
    const { sourceCode } = context;
    const check = ({ loc }, problems) => {
      for (const { line, message } of problems) {
        context.report({ loc: { line: loc.start.line + line, column: 0 }, message });
      }
    };
    const words = (node) => check(node, wordProblems(sourceCode.getText(node)));
    return {
      Program() {
        for (const comment of sourceCode.getAllComments()) {
          check(comment, [...longLines(sourceCode, comment), ...wordProblems(comment.value)]);
        }
      },
      Literal: words,
      TemplateElement: words,
    };
  },
};

/** Markdown and YAML of a folder, as paths from there; nothing that Git ignores. */
function documents(folder, below = "") {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|\.git|\.sandbox.*)$/.test(entry.name) ? [] : documents(folder, path);
    return /\.(md|ya?ml)$/.test(path) ? [path] : [];
  });
}

if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dirname, "..");
  for (const file of documents(root)) {
    for (const { line, message } of wordProblems(readFileSync(join(root, file), "utf8"))) {
      process.stderr.write(`${file}:${line + 1}: ${message}\n`);
      process.exitCode = 1;
    }
  }
}
