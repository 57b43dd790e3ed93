import { GITHUB, refsOf } from "../github";
import { show, stacksWith, type Resource, type StackRule } from "../rule";

interface Expected {
  /** The refs that the ruleset must be about, whatever else it is about. */
  readonly refs: readonly string[];
  /** The rules that it must have. */
  readonly rules: readonly string[];
}

/** The tags that hold the records, which nobody changes or removes. */
const RECORDS: Expected = { refs: ["refs/tags/release/**/*"], rules: ["deletion", "nonFastForward", "update"] };

/** The tags that would be in their way: Git keeps no tag below another. */
const IN_THE_WAY: Expected = {
  refs: ["refs/tags/release", "refs/tags/release/*", "refs/tags/release/*/*/**/*"],
  rules: ["creation"],
};

/** A record that somebody may remove is none: production's history would not say who let what in. */
export const approvalRecordsAreKept: StackRule = {
  name: "approval-records-are-kept",
  displayName: "The records of approvals are kept",
  description:
    "The stack that owns the GitOps repository lets nobody change or remove the tags that record who approved a release, or make one that is in their way.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Put back what is missing in components/repository/rulesets.ts.",
  url: "docs/adr/0010-approvals-are-recorded-in-signed-tags.md",
  validateStack: stacksWith(GITHUB.repository, ({ resources }, reportViolation) => {
    const rulesets = resources.filter(({ type, props }) => type === GITHUB.ruleset && props.target === "tag");
    for (const expected of [RECORDS, IN_THE_WAY]) check(rulesets, expected, reportViolation);
  }),
};

function check(rulesets: Resource[], { refs, rules }: Expected, report: (message: string, urn?: string) => void): void {
  const found = rulesets.find((ruleset) => refs.every((ref) => refsOf(ruleset).includes.includes(ref)));
  if (!found) {
    report(`ruleset of tags ${refs.join(", ")}: got none; expected one with ${rules.join(", ")}.`);
    return;
  }
  const given = (found.props.rules ?? {}) as Readonly<Record<string, unknown>>;
  for (const rule of rules.filter((name) => given[name] !== true)) {
    report(`rules.${rule} of tags ${refs.join(", ")}: got ${show(given[rule])}; expected true.`, found.urn);
  }
  for (const ref of refsOf(found).excludes) {
    report(`conditions of tags ${refs.join(", ")}: got ${ref} excluded; expected nothing excluded.`, found.urn);
  }
}
