import { createHash } from "node:crypto";
import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Finding, RuleInfo } from "@gitops-platform/engine";
import { keyOf } from "../changes";
import { resultsOf, type Report } from "../report";
import { resourceText } from "./words";

/**
 * The scores by which GitHub ranks findings:
 * https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
 */
const SECURITY_SEVERITY = { critical: "9.5", high: "8.0", medium: "5.0", low: "2.0", "": "0.0" } as const;

/** Formats a report for code scanning, as SARIF 2.1.0. */
export function sarif(report: Report): string {
  const pack = report.environments[0]?.pack;
  const rules = pack?.rules ?? [];
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: pack?.name ?? "policy",
            ...(pack !== undefined && { version: pack.version }),
            rules: rules.map(descriptor),
          },
        },
        results: resultsOf(report).flatMap(({ name, findings, notEvaluated }) =>
          [...findings, ...notEvaluated].map((finding) => result(name, finding, rules)),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor(rule: RuleInfo): ReportingDescriptor {
  return {
    id: rule.name,
    shortDescription: { text: rule.displayName },
    fullDescription: { text: rule.description },
    help: { text: `${rule.fix} Why: ${rule.url}` },
    ...(rule.url.startsWith("https:") && { helpUri: rule.url }),
    defaultConfiguration: { enabled: rule.level !== "disabled", level: levelOf(rule) },
    properties: { tags: ["security"], "security-severity": SECURITY_SEVERITY[rule.severity] },
  };
}

function result(environment: string, finding: Finding, rules: readonly RuleInfo[]): Result {
  const { rule, urn, message, kind } = finding;
  const text = `${environment}, ${resourceText(finding)}: ${message}${kind === "unknown" ? " (not evaluated)" : ""}`;
  return {
    ruleId: rule.name,
    ruleIndex: rules.findIndex(({ name }) => name === rule.name),
    level: levelOf(rule),
    message: { text },
    locations: [
      {
        // The line that registered a resource is unknown, but SARIF needs a file: use the environment's configuration.
        physicalLocation: { artifactLocation: { uri: `Pulumi.${environment}.yaml` }, region: { startLine: 1 } },
        ...(urn !== "" && { logicalLocations: [{ fullyQualifiedName: urn, kind: "resource" }] }),
      },
    ],
    partialFingerprints: { "finding/v1": createHash("sha256").update(keyOf(finding)).digest("hex") },
  };
}

function levelOf({ level }: RuleInfo): "error" | "warning" {
  return level === "mandatory" ? "error" : "warning";
}
