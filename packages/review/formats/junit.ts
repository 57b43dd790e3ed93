import reports from "junit-report-builder";
import { resultsOf, type Report } from "../report";
import { resourceText } from "./words";

/** Formats a report for CI systems, with a test suite per environment and a test case per rule. */
export function junit(report: Report): string {
  const builder = reports.newBuilder();
  const packs = new Map(report.environments.map(({ name, pack, notApplicable }) => [name, { pack, notApplicable }]));
  for (const { name, findings, notEvaluated } of resultsOf(report)) {
    const environment = packs.get(name);
    const suite = builder.testSuite().name(name);
    for (const rule of environment?.pack.rules ?? []) {
      const test = suite.testCase().className(`${name}.policy`).name(rule.name);
      const ofRule = [...findings, ...notEvaluated].filter((finding) => finding.rule.name === rule.name);
      const details = ofRule.map((finding) => `${resourceText(finding)}: ${finding.message}`).join("\n");
      if (ofRule.length > 0 && rule.level === "mandatory") test.failure(`${details}\n${rule.fix}`, rule.severity);
      // JUnit has no warnings, so violations of advisory rules are the output of a passed test.
      else if (ofRule.length > 0) test.standardOutput(`${details}\n${rule.fix}`);
      else if (rule.level === "disabled" || environment?.notApplicable.some((each) => each.rule === rule.name))
        test.skipped();
    }
  }
  // Jenkins' schema allows this attribute only on suites, not on the root element.
  return builder.build().replace(/(<testsuites[^>]*?) skipped="\d+"/, "$1");
}
