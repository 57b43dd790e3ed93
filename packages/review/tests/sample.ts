import type { Finding, RuleInfo } from "@gitops-platform/engine";
import type { EnvironmentReview, ReviewedResource } from "../review";

/** A mandatory rule and an advisory one. */
export const RULES: readonly RuleInfo[] = [
  {
    name: "waits",
    displayName: "It waits",
    description: "Production waits.",
    level: "mandatory",
    severity: "critical",
    fix: "Make it wait.",
    url: "https://example.com/why",
  },
  {
    name: "is-tidy",
    displayName: "It is tidy",
    description: "Everything is tidy.",
    level: "advisory",
    severity: "low",
    fix: "",
    url: "docs/tidy.md",
  },
];

/** An Application in an environment, with these inputs. */
export function resource(environment: string, name: string, inputs: Record<string, unknown> = {}): ReviewedResource {
  const type = "kubernetes:argoproj.io/v1alpha1:Application";
  const urn = `urn:pulumi:${environment}::gitops-platform::gitops-platform:index:Delivery$${type}::${name}`;
  return { urn, type, name, inputs, protect: false };
}

/** A finding of the rule with this index in {@link RULES}. */
export function finding(
  rule: number,
  { urn }: { urn: string },
  message: string,
  kind: Finding["kind"] = "violation",
): Finding {
  const found = RULES[rule];
  if (!found) throw new Error(`there is no rule ${rule}`);
  return { rule: found, pack: "pack@v1.0.0", urn, message, kind };
}

/** The review of an environment, with changes. */
export function environment(name: string, changes: Partial<EnvironmentReview> = {}): EnvironmentReview {
  return {
    name,
    pack: { name: "pack", version: "1.0.0", rules: [...RULES] },
    resources: [],
    findings: [],
    notEvaluated: [],
    notApplicable: [],
    placeholders: [],
    ...changes,
  };
}
