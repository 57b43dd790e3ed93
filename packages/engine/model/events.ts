/** What happens to a resource, in Pulumi's terms. */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "import";

/** Number of resources per operation. */
export type Counts = Record<Operation, number>;

/** Counts before the first operation. */
export function noCounts(): Counts {
  return { same: 0, create: 0, update: 0, replace: 0, delete: 0, import: 0 };
}

/** What a run reports while it is in progress. Events contain no secrets. */
export type EngineEvent =
  | { kind: "notice"; /** A message about the engine itself. */ message: string }
  | {
      kind: "resource";
      /** In a preview, `done` means that it would be. */
      status: "done" | "failed";
      operation: Operation;
      urn: string;
      type: string;
      name: string;
      /** Property paths that an update or replacement changes. */
      paths: string[];
      /** The deletion removes only the record and keeps the object (`retainOnDelete`). */
      retained?: true;
    }
  | { kind: "log"; severity: "info" | "warning"; message: string }
  | {
      kind: "summary";
      command: Command;
      counts: Counts;
      /** The stack's outputs. A secret is the string `[secret]`, an unknown value `[unknown]`. */
      outputs: Record<string, unknown>;
      /** Duration of the run. */
      seconds: number;
    };

/** The command that started a run. */
export type Command = "up" | "preview" | "destroy";

/** Enforcement level of a rule: a violation of a mandatory rule blocks the change, of an advisory rule is reported. */
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

/** A failure that the user can act on. Only its message is shown, without a stack trace. */
export class EngineError extends Error {
  override name = "EngineError";
}

/** The run was stopped on request. Operations in progress were completed and recorded in the state. */
export class InterruptedError extends EngineError {
  override name = "InterruptedError";
}

/** The message of a thrown value, which may not be an Error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
