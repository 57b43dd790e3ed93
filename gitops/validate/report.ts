import type { Problem } from "./problem";

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
