import reports from "junit-report-builder";
import { judged, type Report } from "../report";
import { resourceText } from "./words";

/** The report for CI systems: a suite for each environment, a test case for each rule. */
export function junit(report: Report): string {
  const builder = reports.newBuilder();
  const packs = new Map(report.environments.map(({ name, pack, notApplicable }) => [name, { pack, notApplicable }]));
  for (const { name, findings, notEvaluated } of judged(report)) {
    const environment = packs.get(name);
    const suite = builder.testSuite().name(name);
    for (const rule of environment?.pack.rules ?? []) {
      const test = suite.testCase().className(`${name}.policy`).name(rule.name);
      const of = [...findings, ...notEvaluated].filter((finding) => finding.rule.name === rule.name);
      const details = of.map((finding) => `${resourceText(finding)}: ${finding.message}`).join("\n");
      if (of.length > 0 && rule.level === "mandatory") test.failure(`${details}\n${rule.fix}`, rule.severity);
      // Nothing in JUnit's format warns: what an advisory rule says is output of a test that passed.
      else if (of.length > 0) test.standardOutput(`${details}\n${rule.fix}`);
      else if (rule.level === "disabled" || environment?.notApplicable.some((each) => each.rule === rule.name))
        test.skipped();
    }
  }
  // The schema that Jenkins reads by has no such count on the outermost element, only on suites.
  return builder.build().replace(/(<testsuites[^>]*?) skipped="\d+"/, "$1");
}
