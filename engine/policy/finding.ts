/** Enforcement level of a rule: a violation of a mandatory rule stops the run, of an advisory rule is reported. */
export type Level = "advisory" | "mandatory" | "disabled";

/** Severity of a violation; empty if the rule's author sets none. */
export type Severity = "" | "low" | "medium" | "high" | "critical";

/** A rule of a policy pack, as configured for this run. */
export interface RuleInfo {
  /** Unique in its pack. */
  name: string;
  /** The name if the author sets none. */
  displayName: string;
  /** The requirement, as a sentence. */
  description: string;
  /** The effective level, after configuration. */
  level: Level;
  severity: Severity;
  /** How to fix a violation; may be empty. */
  fix: string;
  /** Documentation of the rule; may be empty. */
  url: string;
}

/** A policy pack. */
export interface PackInfo {
  name: string;
  version: string;
  rules: RuleInfo[];
}

/** A rule's result for one resource. Secrets are removed from the message. */
export interface Finding {
  rule: RuleInfo;
  /** The rule's pack, as `name@vVersion`. */
  pack: string;
  /** The resource; the stack's URN if the finding is about the whole stack. */
  urn: string;
  message: string;
  /** `unknown`: the rule could not be evaluated because it needs a value that is known only after an apply. */
  kind: "violation" | "unknown";
}

/** A rule that was not applicable, with the reason that it gave. */
export interface NotApplicable {
  rule: string;
  reason: string;
}
