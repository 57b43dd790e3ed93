import type { Report } from "../report";
import { junit } from "./junit";
import { markdown } from "./markdown";
import { sarif } from "./sarif";
import { text } from "./text";

/** How a report is written, by the name of `--format`. */
export const FORMATS: Readonly<
  Record<"text" | "markdown" | "sarif" | "junit", (report: Report, color: boolean) => string>
> = { text, markdown, sarif, junit };

/** The name of a format. */
export type Format = keyof typeof FORMATS;
