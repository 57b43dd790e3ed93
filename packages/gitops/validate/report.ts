import type { FileProblem } from "@gitops-platform/rules/entry";
import type { CheckResult } from "../github/checks";

/** The maximum size of a report, in bytes. GitHub accepts 65,535 characters as a check's summary. */
export const REPORT_LIMIT = 60_000;

/** The report in Markdown, with as many problems as fit into a check's summary. */
export function report(problems: readonly FileProblem[]): string {
  if (problems.length === 0) return "# Valid\n";
  const title = `# ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}\n\n`;
  const lines = problems.map(line);
  let length = Buffer.byteLength(title);
  const fitting = lines.findIndex((text) => (length += Buffer.byteLength(text)) > REPORT_LIMIT - REST);
  if (fitting === -1) return title + lines.join("");
  return `${title}${lines.slice(0, fitting).join("")}- … and ${lines.length - fitting} more\n`;
}

/** Reserved for the line with the number of further problems, in bytes. */
const REST = 100;
/** The maximum length of one problem, in characters, so that it does not hide the others. */
const LONGEST = 4_000;

function line({ file, line: row, column, message }: FileProblem): string {
  const text = message.length > LONGEST ? `${message.slice(0, LONGEST)} …` : message;
  const said = text.replace(/\s+/g, " ").replaceAll("<", "&lt;");
  if (file === undefined) return `- ${said}\n`;
  const place = [file, row, row === undefined ? undefined : column].filter((part) => part !== undefined).join(":");
  // A file name may contain control characters, such as a line feed.
  return `- \`${place.replace(/[\x00-\x1f\x7f`]/g, "?")}\`: ${said}\n`;
}

/** The check's result from a job's outputs. A job that failed early has no outputs, and its check fails. */
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
