import type { Finding, NotApplicable, PackInfo } from "../engine";
import type { Evaluation } from "../engine";
import { redacted } from "../engine/protocol/values";

/** A resource as the report tells of it. */
export interface ReviewedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Its inputs; a secret is the text `[secret]`, what only an apply can tell `[unknown]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
}

/** What came of evaluating one environment. */
export interface EnvironmentReview {
  readonly name: string;
  readonly pack: PackInfo;
  /** What a provider would make; components and providers are left out. */
  readonly resources: readonly ReviewedResource[];
  /** Broken rules, the mandatory ones first. */
  readonly findings: readonly Finding[];
  /** Rules that met a value which only an apply can tell. */
  readonly notEvaluated: readonly Finding[];
  /** Rules that said themselves that they do not apply. */
  readonly notApplicable: readonly NotApplicable[];
  /** Keys of the configuration whose values are placeholders. */
  readonly placeholders: readonly string[];
}

/** What a reader of the report needs of an evaluation. */
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

/** Whether a change must not go on: a mandatory rule is broken, or nobody can tell whether it is. */
export function mustNotPass(reviews: readonly Pick<EnvironmentReview, "findings" | "notEvaluated">[]): boolean {
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
