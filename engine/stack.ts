import type { Counts, EngineEvent } from "./events";
import type { ProviderFactory } from "./provider";

/** Which stack of which program, and how to run it. */
export interface StackOptions {
  /** Folder of Pulumi.yaml. */
  projectDir: string;
  /** Stack name, for example `dev`. */
  stack: string;
  /** The stack's configuration, a file as `Pulumi.<stack>.yaml`. */
  configFile: string;
  /** The engine's own state; made where there is none. A journal and a lock stand beside it while a run goes on. */
  stateFile: string;
  /** How many objects are worked on at once. Default: 16, as Pulumi's CLI on four processors. */
  parallel?: number;
  /** Gets everything that happens, in order. Default: nobody. */
  report?: (event: EngineEvent) => void;
  /** Stops the run: what has begun is finished and recorded, then InterruptedError is thrown. */
  signal?: AbortSignal;
  /** Whether the objects themselves are compared with the program too, as by `pulumi --refresh`. Default: false. */
  refresh?: boolean;
  /** The policy pack that judges what the program registers. Default: none. */
  policyPack?: PolicyPackOptions;
  /** Makers of providers by package name. Default: the engine's own, `kubernetes` and `github`. */
  providers?: Record<string, ProviderFactory>;
}

/** A CrossGuard policy pack. */
export interface PolicyPackOptions {
  /** Its folder, where PulumiPolicy.yaml is. */
  folder: string;
  /** A file in JSON that sets levels and properties of its rules. Default: the pack's own. */
  configFile?: string;
}

/** What a run did, or a preview would do. */
export interface StackResult {
  /** Resources by operation, components and the stack among them. */
  counts: Counts;
  /** The stack's outputs. A secret is the text `[secret]`, an unknown `[unknown]`. */
  outputs: Record<string, unknown>;
}
