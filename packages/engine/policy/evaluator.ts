import { type Goal, STACK_TYPE } from "../model/resource";
import type { Finding, NotApplicable } from "../model/events";
import { type AnalysisResult, Pack } from "./pack";
import type { AnalyzedResource } from "./requests";

/** A CrossGuard policy pack. */
export interface PolicyPackOptions {
  /** Folder that contains PulumiPolicy.yaml. */
  folder: string;
  /** JSON file that sets enforcement levels and properties of the pack's rules. Default: the pack's own values. */
  configFile?: string;
}

/** A resource that the program does not register, such as an object that Argo CD creates in the stack's cluster. */
export interface OtherResource {
  readonly type: string;
  /** Unique within its type. */
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** The program that the pack is evaluated on. */
interface Program {
  project: string;
  stack: string;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
}

/** Runs the work with the policy pack, if there is one. Stops the pack afterwards, also if the work throws. */
export async function withEvaluator<Result>(
  policyPack: PolicyPackOptions | undefined,
  program: Program,
  work: (evaluator?: PolicyEvaluator) => Promise<Result>,
): Promise<Result> {
  if (policyPack === undefined) return work();
  const { folder, configFile } = policyPack;
  // The pack starts in parallel with the program. Registrations wait until the pack is ready.
  const end = new AbortController();
  const pack = Pack.start({ folder, ...program, signal: end.signal }, configFile);
  // Avoids an unhandled rejection: the evaluator reports a failed start when it is first used.
  const started = pack.catch(() => undefined);
  try {
    return await work(new PolicyEvaluator(pack));
  } finally {
    // Aborts a start that is still in progress.
    end.abort();
    (await started)?.stop();
  }
}

/** Evaluates a policy pack on the resources that a program registers in a preview, and collects the findings. */
export class PolicyEvaluator {
  readonly findings: Finding[] = [];
  readonly notApplicable: NotApplicable[] = [];
  private readonly registered = new Map<string, AnalyzedResource>();

  /** @param pack The pack, which may still be starting. If the start fails, the first evaluation throws. */
  constructor(readonly pack: Promise<Pack>) {}

  /** All registered resources, in order of registration. */
  get resources(): readonly AnalyzedResource[] {
    return [...this.registered.values()];
  }

  /** Evaluates the pack on a resource. */
  async evaluateResource(urn: string, goal: Goal): Promise<void> {
    const provider = goal.provider === undefined ? undefined : this.registered.get(goal.provider);
    const resource: AnalyzedResource = {
      urn,
      goal,
      ...(provider && { provider: { urn: provider.urn, goal: provider.goal } }),
    };
    this.registered.set(urn, resource);
    this.collect(await (await this.pack).analyze(resource));
  }

  /** Evaluates the pack on such a resource. It counts as protected, because Pulumi never deletes it. */
  async evaluateOther({ type, name, inputs }: OtherResource): Promise<void> {
    const parent = this.resources.find(({ goal }) => goal.type === STACK_TYPE)?.urn ?? "";
    const goal = { type, name, inputs, parent, custom: true, protect: true };
    const urn = [...parent.split("::").slice(0, 2), type, name].join("::");
    await this.evaluateResource(urn, { ...goal, dependencies: [], ignoreChanges: [], additionalSecretOutputs: [] });
    this.recordOutputs(urn, inputs);
  }

  /** Records the outputs of a resource for {@link evaluateStack}. */
  recordOutputs(urn: string, outputs: Record<string, unknown>): void {
    const resource = this.registered.get(urn);
    if (resource) resource.outputs = outputs;
  }

  /** Evaluates the pack on the whole stack, after all resources are registered. */
  async evaluateStack(): Promise<void> {
    const root = this.resources.find(({ goal }) => goal.type === STACK_TYPE);
    const pack = await this.pack;
    this.collect(await pack.analyzeStack(this.resources, root?.urn ?? ""));
  }

  private collect({ findings, notApplicable }: AnalysisResult): void {
    this.findings.push(...findings);
    this.notApplicable.push(...notApplicable);
  }
}
