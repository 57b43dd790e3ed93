import type { Evaluation, Finding, NotApplicable, PackInfo } from "@gitops-platform/engine";
import { redacted } from "@gitops-platform/engine/model/values";

/** A resource in the report. */
export interface ReviewedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** A secret is the string `[secret]`, a value that is known only after an apply `[unknown]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The resource option `protect`. */
  readonly protect: boolean;
}

/** The result of evaluating one environment. */
export interface EnvironmentReview {
  readonly name: string;
  readonly pack: PackInfo;
  /** The resources that providers would create, without components and provider resources. */
  readonly resources: readonly ReviewedResource[];
  /** Violations, those of mandatory rules first. */
  readonly findings: readonly Finding[];
  /** Rules that could not be evaluated because they need a value that is known only after an apply. */
  readonly notEvaluated: readonly Finding[];
  /** Rules that declared themselves not applicable. */
  readonly notApplicable: readonly NotApplicable[];
  /** Configuration keys whose values are placeholders. */
  readonly placeholders: readonly string[];
}

/** Converts an evaluation for the report. */
export function environmentReview(
  name: string,
  { resources, findings, notApplicable, pack }: Evaluation,
  placeholders: readonly string[],
): EnvironmentReview {
  const leaves = resources.filter(({ goal }) => goal.custom && !goal.type.startsWith("pulumi:"));
  const of = (kind: Finding["kind"]) => [...findings].filter((finding) => finding.kind === kind).sort(byWeight);
  return {
    name,
    pack,
    resources: leaves.map(({ urn, goal }) => ({
      urn,
      type: goal.type,
      name: goal.name,
      inputs: redacted(goal.inputs) as Record<string, unknown>,
      protect: goal.protect === true,
    })),
    findings: of("violation"),
    notEvaluated: of("unknown"),
    notApplicable,
    placeholders,
  };
}

/** Whether the program must not be applied: a mandatory rule is violated, or could not be evaluated. */
export function isBlocked(reviews: readonly Pick<EnvironmentReview, "findings" | "notEvaluated">[]): boolean {
  return reviews.some(({ findings, notEvaluated }) =>
    [...findings, ...notEvaluated].some(({ rule }) => rule.level === "mandatory"),
  );
}

const SEVERITIES = ["critical", "high", "medium", "low", ""];

function byWeight(a: Finding, b: Finding): number {
  const weight = ({ rule, urn }: Finding) =>
    `${rule.level === "mandatory" ? 0 : 1}${SEVERITIES.indexOf(rule.severity)} ${rule.name} ${urn}`;
  return weight(a) < weight(b) ? -1 : 1;
}
