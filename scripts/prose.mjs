// Keeps code, messages and documents readable, of this project or of the folder that is named. As a program this file
// checks the length of all lines, and the words of Markdown and YAML. The rule is ESLint's, for the words in code.
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

/** Lines that nobody can break. */
const UNBREAKABLE = [
  // One word, such as an address, an image or a pattern, also after a key or the mark of a list or comment.
  /^\s*(?:[-*#>]\s+|\/\/\s+)?(?:[\w."'-]+:\s+)?\S+$/,
  // An import of one name, which Prettier writes on one line.
  /^import (?:type )?\{ \w+ \} from "\S+";$/,
  // A row of a Markdown table.
  /^\s*\|.*\|$/,
];

/**
 * Prettier wraps code at the same column, but neither strings nor comments.
 *
 * @param {string} text
 * @returns {{ line: number, message: string }[]} Its lines that are too long; its first line is 0.
 */
function longLines(text) {
  return text
    .split("\n")
    .flatMap((words, line) =>
      words.length > COLUMNS && !UNBREAKABLE.some((pattern) => pattern.test(words))
        ? { line, message: `got ${words.length} columns; expected at most ${COLUMNS}. Write it shorter, or break it.` }
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
        for (const comment of sourceCode.getAllComments()) check(comment, wordProblems(comment.value));
      },
      Literal: words,
      TemplateElement: words,
    };
  },
};

/** What people write. JSON is left out, because nothing breaks its strings, and so is what Go writes (go.sum). */
const WRITTEN = /\.(css|go|js|md|mjs|mts|sh|tpl|ts|ya?ml)$|(^|\/)[^./]+$/;
const DOCUMENTS = /\.(md|ya?ml)$/;

/** The files of a folder that people write, as paths from there; nothing that Git ignores. */
function files(folder, below = "") {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|coverage|\.git|\.sandbox.*)$/.test(entry.name) ? [] : files(folder, path);
    return entry.isFile() && WRITTEN.test(path) ? [path] : [];
  });
}

if (import.meta.main) {
  const root = process.argv[2] ?? join(import.meta.dirname, "..");
  for (const file of files(root)) {
    const text = readFileSync(join(root, file), "utf8");
    const problems = [...longLines(text), ...(DOCUMENTS.test(file) ? wordProblems(text) : [])];
    for (const { line, message } of problems) {
      process.stderr.write(`${file}:${line + 1}: ${message}\n`);
      process.exitCode = 1;
    }
  }
}
