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
      /** `running`: the operation is in progress; `done`: it is complete (in a preview: it would be). */
      status: "running" | "done" | "failed";
      operation: Operation;
      urn: string;
      type: string;
      name: string;
      /** Property paths that an update or replacement changes. */
      paths: string[];
      /** The deletion removes only the record and keeps the object (`retainOnDelete`). */
      retained?: true;
    }
  | {
      kind: "log";
      severity: "info" | "warning";
      message: string;
      /** The resource that the message is about; empty if none. */ urn: string;
    }
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
