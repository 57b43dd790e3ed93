import type { Counts, EngineEvent } from "./events";
import type { ProviderFactory } from "./provider";

/** Which stack to run, and how. */
export interface StackOptions {
  /** Folder that contains Pulumi.yaml. */
  projectDir: string;
  /** Stack name, for example `dev`. */
  stack: string;
  /** The stack's configuration file, such as `Pulumi.<stack>.yaml`. */
  configFile: string;
  /** The engine's state file; created if missing. During a run, a journal and a lock file are in the same folder. */
  stateFile: string;
  /** Maximum number of resource operations at once. Default: 16, like Pulumi's CLI on four processors. */
  parallel?: number;
  /** Receives every event, in order. Default: events are dropped. */
  report?: (event: EngineEvent) => void;
  /** Stops the run when aborted: operations in progress finish and are recorded, then InterruptedError is thrown. */
  signal?: AbortSignal;
  /** Whether to compare the program with the objects themselves too, as `pulumi --refresh` does. Default: false. */
  refresh?: boolean;
  /** The policy pack that every registered resource is checked with. Default: none. */
  policyPack?: PolicyPackOptions;
  /** Provider factories by package name. Default: the engine's own, `kubernetes` and `github`. */
  providers?: Record<string, ProviderFactory>;
}

/** A CrossGuard policy pack. */
export interface PolicyPackOptions {
  /** Folder that contains PulumiPolicy.yaml. */
  folder: string;
  /** JSON file that sets enforcement levels and properties of the pack's rules. Default: the pack's own values. */
  configFile?: string;
}

/** What a run has done, or what a preview would do. */
export interface StackResult {
  /** Number of resources per operation, including components and the stack itself. */
  counts: Counts;
  /** The stack's outputs. A secret is the string `[secret]`, an unknown value `[unknown]`. */
  outputs: Record<string, unknown>;
}
