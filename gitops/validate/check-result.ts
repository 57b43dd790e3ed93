import type { CheckResult } from "../github/checks";
import { REPORT_LIMIT } from "./report";

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
