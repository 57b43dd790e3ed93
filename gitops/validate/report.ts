import { FILE_MODES } from "../chart/folder";
import type { CheckResult } from "../github/checks";
import type { Candidate } from "./candidate";

/** GitHub takes 65,535 characters for a check's summary. In bytes. */
export const REPORT_LIMIT = 60_000;

/** What was found, in Markdown; as many problems as fit into a check's summary. */
export function report(problems: readonly Problem[]): string {
  if (problems.length === 0) return "# Valid\n";
  const title = `# ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}\n\n`;
  const lines = problems.map(line);
  let length = Buffer.byteLength(title);
  const fitting = lines.findIndex((text) => (length += Buffer.byteLength(text)) > REPORT_LIMIT - REST);
  if (fitting === -1) return title + lines.join("");
  return `${title}${lines.slice(0, fitting).join("")}- … and ${lines.length - fitting} more\n`;
}

/** Kept free for the line that says how many more there are. */
const REST = 100;
/** One problem must not hide the others. In characters. */
const LONGEST = 4_000;

function line({ file, line: row, column, message }: Problem): string {
  const text = message.length > LONGEST ? `${message.slice(0, LONGEST)} …` : message;
  const said = text.replace(/\s+/g, " ").replaceAll("<", "&lt;");
  if (file === undefined) return `- ${said}\n`;
  const place = [file, row, row === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
  // File names may hold control characters, and a line must stay one.
  return `- \`${place.replace(/[\x00-\x1f\x7f`]/g, "?")}\`: ${said}\n`;
}

/** A check from what a job handed on. A job that broke hands on nothing, and lets nothing in. */
export function checkResult(conclusion: string, report: string): CheckResult {
  const text = report.trim();
  if (text === "") return BROKEN;
  const [first = ""] = text.split("\n");
  const title = first.replace(/^#+\s*/, "");
  return { conclusion: conclusion === "success" ? "success" : "failure", title, summary: text.slice(0, REPORT_LIMIT) };
}

const BROKEN: CheckResult = {
  conclusion: "failure",
  title: "Could not be checked",
  summary: "The job that checks ended without a report. Its log says why; run it again from there.",
};

/** Something that keeps a change from being let in. */
export interface Problem {
  /** The path in the repository that it is about; undefined: the change as a whole. */
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** From 1. */
  readonly column?: number;
  /** Whole sentences: what is wrong, what is expected, the way out. */
  readonly message: string;
}

/**
 * Refuses symbolic links and submodules: what renders the files would follow them to a machine's own files, or to other
 * repositories.
 */
export function links({ changes }: Candidate): Problem[] {
  return changes
    .filter(({ mode }) => mode !== undefined && !FILE_MODES.includes(mode))
    .map(({ path, mode }) => {
      const got = mode === "160000" ? "a submodule" : "a symbolic link";
      return { file: path, message: `Got ${got}; expected a file. Put the content itself there.` };
    });
}
