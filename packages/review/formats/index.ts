import type { Report } from "../report";
import { junit } from "./junit";
import { markdown } from "./markdown";
import { sarif } from "./sarif";
import { text } from "./text";

/** The functions that format a report, by the value of `--format`. */
export const FORMATS: Readonly<
  Record<"text" | "markdown" | "sarif" | "junit", (report: Report, color: boolean) => string>
> = { text, markdown, sarif, junit };

export type Format = keyof typeof FORMATS;
