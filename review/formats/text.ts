import { createColors } from "picocolors";
import type { Finding } from "../../engine";
import { differences, kindOf } from "../comparison";
import { judged, type Report } from "../report";
import { mustNotPass } from "../review";
import { count, resourceText, tally, valueText } from "./words";

const WIDTH = 80;

/** Lines of one section; the Markdown report tells more. */
const MOST_LINES = 30;

type Colors = ReturnType<typeof createColors>;

/** The report for a terminal, in 80 columns. */
export function text(report: Report, color: boolean): string {
  const paint = createColors(color);
  const lines = [
    ...(report.since === undefined ? overview(report, paint) : changes(report.since, paint)),
    ...judged(report).flatMap(({ name, findings, notEvaluated }) =>
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
  const lines = all.slice(0, MOST_LINES).flatMap(({ resource, path, values }) => {
    const told = environments.map(({ name }) =>
      path === "" ? `${name} ${values[name] === undefined ? "no" : "yes"}` : `${name} ${valueText(values[name], 30)}`,
    );
    return [`  ${resource}${path === "" ? "" : paint.dim(` ${path}`)}`, ...wrap(told.join(", "), "      ")];
  });
  const more = all.length > MOST_LINES ? [`  … ${all.length - MOST_LINES} more: --format markdown`] : [];
  return [...created, paint.bold("What differs between environments"), ...lines, ...more, ""];
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
    const more = lines.length > MOST_LINES ? [`  … ${lines.length - MOST_LINES} more: --format markdown`] : [];
    const mended = new Set(
      resolved.map((finding) => `no longer broken: ${finding.rule.name}, ${resourceText(finding)}`),
    );
    const solved = [...mended].flatMap((line) => wrap(line, "  "));
    const what = lines.length === 0 ? ["  nothing"] : [...lines.slice(0, MOST_LINES), ...more];
    return [`${paint.bold(name)} since ${ref}`, ...what, ...solved, ""];
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
    ...(placeholders.length > 0 ? wrap(`${name}: placeholders stand for ${placeholders.join(", ")}.`, "  ") : []),
    ...notApplicable.flatMap(({ rule, reason }) => wrap(`${name}: ${rule} does not apply: ${reason}`, "  ")),
    ...pack.rules
      .filter(({ level }) => level === "disabled")
      .map(({ name: rule }) => `  ${name}: ${rule} is disabled.`),
  ]);
  return lines.length === 0 ? [] : [paint.bold("Remarks"), ...lines, ""];
}

function verdict(report: Report, paint: Colors): string {
  const reviews = judged(report);
  const number = reviews.reduce((sum, { findings }) => sum + findings.length, 0);
  const rules = count(report.environments[0]?.pack.rules.length ?? 0, "rule");
  const what = report.since === undefined ? "broken" : "newly broken";
  if (mustNotPass(reviews)) return paint.red(`${count(number, "finding")} of ${rules}: this must not go on.`);
  return number === 0
    ? paint.green(`${rules}, none ${what}.`)
    : paint.yellow(`${count(number, "finding")} of ${rules}.`);
}

/** Lines of at most 80 columns, each indented; a word that is longer stays whole, so that it can be copied. */
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
