import { GITHUB, refsOf } from "../github";
import { show, stacksWith, type Resource, type StackRule } from "../rule";

interface Expected {
  /** The refs that the ruleset must be about, whatever else it is about. */
  readonly refs: readonly string[];
  /** The refs that it may leave out. */
  readonly except: readonly string[];
  /** The rules that it must have. */
  readonly rules: readonly string[];
}

/** The tags that hold the records, which nobody changes or removes. */
const RECORDS: Expected = {
  refs: ["refs/tags/release/**/*"],
  except: [],
  rules: ["deletion", "nonFastForward", "update"],
};

/** All other tags: one may be called as a branch is, or be in a record's way, for Git keeps no tag below another. */
const OTHERS: Expected = { refs: ["~ALL"], except: ["refs/tags/release/*/*"], rules: ["creation", "update"] };

/** A record that somebody may remove is none: production's history would not say who let what in. */
export const approvalRecordsAreKept: StackRule = {
  name: "approval-records-are-kept",
  displayName: "The records of approvals are kept",
  description:
    "The stack that owns the GitOps repository lets nobody change or remove the tags that record who approved a release, or make any other tag.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Put back what is missing in components/repository/rulesets.ts.",
  url: "docs/adr/0010-approvals-are-recorded-in-signed-tags.md",
  validateStack: stacksWith(GITHUB.repository, ({ resources }, reportViolation) => {
    const rulesets = resources.filter(({ type, props }) => type === GITHUB.ruleset && props.target === "tag");
    for (const expected of [RECORDS, OTHERS]) check(rulesets, expected, reportViolation);
  }),
};

function check(
  rulesets: Resource[],
  { refs, except, rules }: Expected,
  report: (message: string, urn?: string) => void,
): void {
  const found = rulesets.find((ruleset) => refs.every((ref) => refsOf(ruleset).includes.includes(ref)));
  if (!found) {
    report(`ruleset of tags ${refs.join(", ")}: got none; expected one with ${rules.join(", ")}.`);
    return;
  }
  const given = (found.props.rules ?? {}) as Readonly<Record<string, unknown>>;
  for (const rule of rules.filter((name) => given[name] !== true)) {
    report(`rules.${rule} of tags ${refs.join(", ")}: got ${show(given[rule])}; expected true.`, found.urn);
  }
  for (const ref of refsOf(found).excludes.filter((each) => !except.includes(each))) {
    const expected = except.length === 0 ? "nothing" : `only ${except.join(", ")}`;
    report(`conditions of tags ${refs.join(", ")}: got ${ref} excluded; expected ${expected} excluded.`, found.urn);
  }
}
