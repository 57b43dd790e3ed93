/** How much a rule of a policy pack matters: a broken mandatory one stops the run, an advisory one is told. */
export type Level = "advisory" | "mandatory" | "disabled";

/** How bad it is to break a rule; empty where its author does not say. */
export type Severity = "" | "low" | "medium" | "high" | "critical";

/** A rule of a policy pack as it is in this run. */
export interface RuleInfo {
  /** Unique in its pack. */
  name: string;
  /** For people; the name where the author gave none. */
  displayName: string;
  /** What must hold, as a sentence. */
  description: string;
  /** The level that counts, configuration included. */
  level: Level;
  severity: Severity;
  /** What to do; may be empty. */
  fix: string;
  /** Where the reason is told; may be empty. */
  url: string;
}

/** A policy pack. */
export interface PackInfo {
  name: string;
  version: string;
  rules: RuleInfo[];
}

/** What a rule says of a resource. Secrets are taken out of the message. */
export interface Finding {
  rule: RuleInfo;
  /** The pack that the rule is of, as `name@vVersion`. */
  pack: string;
  /** The resource; the stack's own URN where a rule speaks of the whole stack. */
  urn: string;
  message: string;
  /** `violation`: the rule is broken; `unknown`: the rule met a value that only an apply can tell, so nobody knows. */
  kind: "violation" | "unknown";
}

/** A rule that did not apply, by its own words. */
export interface NotApplicable {
  rule: string;
  reason: string;
}
