import type { Finding } from "@gitops-platform/engine";
import { differences, kindOf } from "../comparison";
import type { EnvironmentChange } from "../changes";
import { resultsOf, type Report } from "../report";
import { isBlocked, type EnvironmentReview } from "../review";
import { count, resourceText, tally, valueText } from "./words";

/** Maximum number of lines per table or list: GitHub limits comments to 65,536 characters. */
const MAX_LINES = 100;

/** Formats a report for a pull request. */
export function markdown(report: Report): string {
  const parts = [
    `## Review of ${report.environments.map(({ name }) => name).join(", ")}`,
    verdict(report),
    findings(report),
    ...(report.since === undefined
      ? [creations(report.environments), comparison(report.environments)]
      : [`### Changes since \`${report.since.ref}\``, ...report.since.changes.map(changes)]),
    remarks(report.environments),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function verdict(report: Report): string {
  const all = resultsOf(report).flatMap((review) => review.findings);
  const rules = report.environments[0]?.pack.rules.length ?? 0;
  const what = report.since === undefined ? "violated" : "newly violated";
  if (all.length === 0 && !isBlocked(resultsOf(report))) return `✅ ${count(rules, "rule")}, none ${what}.`;
  return `${isBlocked(resultsOf(report)) ? "❌" : "⚠️"} ${count(all.length, "finding")} of ${count(rules, "rule")}.`;
}

function findings(report: Report): string {
  const rows = resultsOf(report).flatMap(({ name, findings: violations, notEvaluated }) =>
    [...violations, ...notEvaluated].map((finding) => row([name, ...cells(finding)])),
  );
  const resolved = report.since?.changes.flatMap((change) =>
    change.resolved.map((each) => row([change.name, ...cells(each)])),
  );
  const head = table(["environment", "rule", "resource", "problem", "why", "fix"]);
  return [
    ...(rows.length === 0 ? [] : ["### Findings", [head, ...rows].join("\n")]),
    ...(resolved === undefined || resolved.length === 0 ? [] : ["### Resolved", [head, ...resolved].join("\n")]),
  ].join("\n\n");
}

function cells(finding: Finding): string[] {
  const { rule, message, kind } = finding;
  const level = kind === "unknown" ? `${rule.level}, not evaluated` : rule.level;
  const why = rule.url.startsWith("https:")
    ? `${rule.description} [Why](${rule.url})`
    : `${rule.description} ${rule.url}`;
  return [`\`${rule.name}\` (${level})`, `\`${resourceText(finding)}\``, message, why, rule.fix];
}

function creations(reviews: readonly EnvironmentReview[]): string {
  const counts = reviews.map(({ resources }) => tally(resources.map(kindOf)));
  const kinds = [...new Set(counts.flatMap((each) => [...each.keys()]))].sort();
  const rows = kinds.map((kind) => row([kind, ...counts.map((each) => String(each.get(kind) ?? 0))]));
  const total = row(["**all**", ...reviews.map(({ resources }) => `**${resources.length}**`)]);
  return [
    "### Created resources",
    [table(["kind", ...reviews.map(({ name }) => name)]), ...rows, total].join("\n"),
  ].join("\n\n");
}

function comparison(reviews: readonly EnvironmentReview[]): string {
  if (reviews.length < 2) return "";
  const all = differences(reviews);
  const rows = all
    .slice(0, MAX_LINES)
    .map(({ resource, path, values }) =>
      row([
        `\`${resource}\``,
        path === "" ? "exists" : `\`${path}\``,
        ...reviews.map(({ name }) => shownValue(path, values[name])),
      ]),
    );
  const more = all.length > rows.length ? `\n\n…and ${all.length - rows.length} more.` : "";
  const head = table(["resource", "property", ...reviews.map(({ name }) => name)]);
  const title = `<details><summary>${count(all.length, "difference")} between environments</summary>`;
  return ["### Differences between environments", title, [head, ...rows].join("\n") + more, "</details>"].join("\n\n");
}

function shownValue(path: string, value: unknown): string {
  if (path === "") return value === undefined ? "no" : "yes";
  return value === undefined ? "–" : code(valueText(value));
}

function changes({ name, added, removed, changed }: EnvironmentChange): string {
  const title = `#### ${name}`;
  if (added.length + removed.length + changed.length === 0) return `${title}\n\nNo changes.`;
  const lines = [
    ...added.map((each) => `- **adds** ${code(`${kindOf(each)} ${each.name}`)}`),
    ...removed.map((each) => `- **removes** ${code(`${kindOf(each)} ${each.name}`)}`),
    ...changed.flatMap(({ resource, paths }) => [
      `- **changes** ${code(`${kindOf(resource)} ${resource.name}`)}`,
      ...paths.map(
        ({ path, before, after }) => `  - ${code(path)}: ${shownValue(path, before)} → ${shownValue(path, after)}`,
      ),
    ]),
  ];
  const more = lines.length > MAX_LINES ? [`- …and ${lines.length - MAX_LINES} more`] : [];
  return `${title}\n\n${[...lines.slice(0, MAX_LINES), ...more].join("\n")}`;
}

function remarks(reviews: readonly EnvironmentReview[]): string {
  const lines = reviews.flatMap(({ name, placeholders, notApplicable, pack }) => [
    ...(placeholders.length > 0
      ? [`- ${name}: evaluated with placeholders for ${placeholders.map(code).join(", ")}.`]
      : []),
    ...notApplicable.map(({ rule, reason }) => `- ${name}: ${code(rule)} is not applicable: ${reason}`),
    ...pack.rules
      .filter(({ level }) => level === "disabled")
      .map((rule) => `- ${name}: ${code(rule.name)} is disabled.`),
  ]);
  return lines.length === 0 ? "" : ["### Remarks", lines.join("\n")].join("\n\n");
}

function table(heads: readonly string[]): string {
  return `${row(heads)}\n${row(heads.map(() => "---"))}`;
}

function row(values: readonly string[]): string {
  return `| ${values.map((value) => value.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, "<br>")).join(" | ")} |`;
}

/** Formats text as code. Escapes backticks, because values come from files that a pull request may change. */
function code(text: string): string {
  const longest = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}
