import { GITHUB, refsOf } from "../github";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { stacksWith, type Resource, type StackRule } from "../rule";

interface Expected {
  /** The ref patterns that the ruleset must include; it may include more. */
  readonly refs: readonly string[];
  /** The ref patterns that it may exclude. */
  readonly except: readonly string[];
  /** The rules that it must contain. */
  readonly rules: readonly string[];
}

/** The tags that record approvals. Nobody may move or delete them. */
const RECORDS: Expected = {
  refs: ["refs/tags/release/**/*"],
  except: [],
  rules: ["deletion", "nonFastForward", "update"],
};

/**
 * All other tags. A tag with a branch's name would be ambiguous, and a tag such as `release` would block the records,
 * because Git does not allow a ref below another.
 */
const OTHERS: Expected = { refs: ["~ALL"], except: ["refs/tags/release/*/*"], rules: ["creation", "update"] };

/** If records could be deleted, production's history would not prove who approved what. */
export const approvalRecordsAreKept: StackRule = {
  name: "approval-records-are-kept",
  displayName: "The records of approvals are kept",
  description:
    "The stack that owns the GitOps repository lets nobody move or delete the tags that record approvals, or create " +
    "any other tag.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Restore what is missing in components/repository/rulesets.ts.",
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
    report(`rules.${rule} of tags ${refs.join(", ")}: got ${formatValue(given[rule])}; expected true.`, found.urn);
  }
  for (const ref of refsOf(found).excludes.filter((each) => !except.includes(each))) {
    const expected = except.length === 0 ? "nothing" : `only ${except.join(", ")}`;
    report(`conditions of tags ${refs.join(", ")}: got ${ref} excluded; expected ${expected} excluded.`, found.urn);
  }
}
