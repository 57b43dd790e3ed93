import { createColors } from "picocolors";
import type { Finding } from "@gitops-platform/engine";
import { differences, kindOf } from "../comparison";
import { resultsOf, type Report } from "../report";
import { isBlocked } from "../review";
import { count, resourceText, tally, valueText } from "./words";

const WIDTH = 80;

/** Maximum number of lines per section; the Markdown report contains more. */
const MAX_LINES = 30;

type Colors = ReturnType<typeof createColors>;

/** Formats a report for a terminal, 80 columns wide. */
export function text(report: Report, color: boolean): string {
  const paint = createColors(color);
  const lines = [
    ...(report.since === undefined ? overview(report, paint) : changes(report.since, paint)),
    ...resultsOf(report).flatMap(({ name, findings, notEvaluated }) =>
      [...findings, ...notEvaluated].flatMap((finding) => findingLines(name, finding, paint)),
    ),
    ...remarks(report, paint),
    verdict(report, paint),
  ];
  return `${lines.join("\n")}\n`;
}

function overview({ environments }: Report, paint: Colors): string[] {
  const created = environments.flatMap(({ name, resources }) => {
    const kinds = [...tally(resources.map(kindOf))].map(([kind, number]) => `${kind} ${number}`).sort();
    return [`${paint.bold(name)}: ${count(resources.length, "resource")}`, ...wrap(kinds.join(", "), "  "), ""];
  });
  if (environments.length < 2) return created;
  const all = differences(environments);
  const lines = all.slice(0, MAX_LINES).flatMap(({ resource, path, values }) => {
    const shownValues = environments.map(({ name }) =>
      path === "" ? `${name} ${values[name] === undefined ? "no" : "yes"}` : `${name} ${valueText(values[name], 30)}`,
    );
    return [`  ${resource}${path === "" ? "" : paint.dim(` ${path}`)}`, ...wrap(shownValues.join(", "), "      ")];
  });
  const more = all.length > MAX_LINES ? [`  … ${all.length - MAX_LINES} more: --format markdown`] : [];
  return [...created, paint.bold("Differences between environments"), ...lines, ...more, ""];
}

function changes({ ref, changes: all }: NonNullable<Report["since"]>, paint: Colors): string[] {
  return all.flatMap(({ name, added, removed, changed, resolved }) => {
    const lines = [
      ...added.map((each) => paint.green(`  + ${kindOf(each)} ${each.name}`)),
      ...removed.map((each) => paint.red(`  - ${kindOf(each)} ${each.name}`)),
      ...changed.flatMap(({ resource, paths }) => [
        paint.yellow(`  ~ ${kindOf(resource)} ${resource.name}`),
        ...paths.flatMap(({ path, before, after }) =>
          wrap(`${path}: ${valueText(before, 30)} → ${valueText(after, 30)}`, "      "),
        ),
      ]),
    ];
    const more = lines.length > MAX_LINES ? [`  … ${lines.length - MAX_LINES} more: --format markdown`] : [];
    const resolvedTexts = new Set(
      resolved.map((finding) => `no longer violated: ${finding.rule.name}, ${resourceText(finding)}`),
    );
    const resolvedLines = [...resolvedTexts].flatMap((line) => wrap(line, "  "));
    const changedLines = lines.length === 0 ? ["  nothing"] : [...lines.slice(0, MAX_LINES), ...more];
    return [`${paint.bold(name)} since ${ref}`, ...changedLines, ...resolvedLines, ""];
  });
}

function findingLines(environment: string, finding: Finding, paint: Colors): string[] {
  const { rule, message, kind } = finding;
  const level = kind === "unknown" ? "not evaluated" : rule.level;
  const color = rule.level === "mandatory" ? paint.red : paint.yellow;
  const severity = rule.severity === "" ? "" : ` ${paint.dim(rule.severity)}`;
  return [
    `${color(`[${level}]`)} ${paint.bold(rule.name)}${severity}`,
    ...wrap(`${environment}: ${resourceText(finding)}`, "  "),
    ...wrap(message, "  "),
    ...wrap(`Why: ${rule.description} ${rule.url}`, "  "),
    ...wrap(`Fix: ${rule.fix}`, "  "),
    "",
  ];
}

function remarks({ environments }: Report, paint: Colors): string[] {
  const lines = environments.flatMap(({ name, placeholders, notApplicable, pack }) => [
    ...(placeholders.length > 0
      ? wrap(`${name}: evaluated with placeholders for ${placeholders.join(", ")}.`, "  ")
      : []),
    ...notApplicable.flatMap(({ rule, reason }) => wrap(`${name}: ${rule} is not applicable: ${reason}`, "  ")),
    ...pack.rules
      .filter(({ level }) => level === "disabled")
      .map(({ name: rule }) => `  ${name}: ${rule} is disabled.`),
  ]);
  return lines.length === 0 ? [] : [paint.bold("Remarks"), ...lines, ""];
}

function verdict(report: Report, paint: Colors): string {
  const reviews = resultsOf(report);
  const number = reviews.reduce((sum, { findings }) => sum + findings.length, 0);
  const rules = count(report.environments[0]?.pack.rules.length ?? 0, "rule");
  const what = report.since === undefined ? "violated" : "newly violated";
  if (isBlocked(reviews)) return paint.red(`${count(number, "finding")} of ${rules}: do not apply.`);
  return number === 0
    ? paint.green(`${rules}, none ${what}.`)
    : paint.yellow(`${count(number, "finding")} of ${rules}.`);
}

/** Wraps at 80 columns, with indentation. Longer words are not split, so that they can be copied. */
function wrap(words: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of words.split(/\s+/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
