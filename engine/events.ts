import type { Finding } from "./policy/finding";

/** What happens to a resource, in Pulumi's words. */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "import";

/** How many resources met which operation. */
export type Counts = Record<Operation, number>;

/** No operation yet. */
export function noCounts(): Counts {
  return { same: 0, create: 0, update: 0, replace: 0, delete: 0, import: 0 };
}

/** What a run reports while it goes on. Nothing in an event is secret. */
export type EngineEvent =
  | { kind: "notice"; /** A sentence about the engine itself. */ message: string }
  | {
      kind: "resource";
      /** `running`: an object is being changed now; `done`: it is as it should be (in a preview: would be). */
      status: "running" | "done" | "failed";
      operation: Operation;
      urn: string;
      type: string;
      name: string;
      /** Changed property paths of an update or replacement. */
      paths: string[];
      /** A deletion that leaves the object (`retainOnDelete`, `deletedWith`). */
      retained?: true;
    }
  | {
      kind: "log";
      severity: "info" | "warning";
      message: string;
      /** The resource, or empty. */ urn: string;
    }
  | { kind: "finding"; /** What a rule of the policy pack says. */ finding: Finding }
  | {
      kind: "summary";
      command: Command;
      counts: Counts;
      /** The stack's outputs; a secret is the text `[secret]`, an unknown `[unknown]`. */
      outputs: Record<string, unknown>;
      /** How long the run took. */
      seconds: number;
    };

/** What a run is for. */
export type Command = "up" | "preview" | "destroy";
