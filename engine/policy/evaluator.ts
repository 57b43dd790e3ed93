import { EngineError } from "../errors";
import type { EngineEvent } from "../events";
import type { Goal } from "../plan/goal";
import type { Finding, NotApplicable } from "./finding";
import type { AnalysisResult, Pack } from "./pack";
import type { AnalyzedResource } from "./requests";

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Evaluates a policy pack on the resources that a program registers, and collects the findings. */
export class PolicyEvaluator {
  readonly findings: Finding[] = [];
  readonly notApplicable: NotApplicable[] = [];
  private readonly registered = new Map<string, AnalyzedResource>();

  /**
   * @param pack The pack, which may still be starting. If the start fails, the first evaluation throws.
   * @param failFast Whether a violation of a mandatory rule fails the resource immediately (`up`), or only when
   *   {@link enforce} is called.
   */
  constructor(
    readonly pack: Promise<Pack>,
    private readonly report: (event: EngineEvent) => void,
    private readonly failFast: boolean,
  ) {}

  /** All registered resources, in order of registration. */
  get resources(): readonly AnalyzedResource[] {
    return [...this.registered.values()];
  }

  /** Evaluates the pack on a resource before it is applied. @throws EngineError if the resource must not be applied. */
  async evaluateResource(urn: string, goal: Goal): Promise<void> {
    const provider = goal.provider === undefined ? undefined : this.registered.get(goal.provider);
    const resource: AnalyzedResource = {
      urn,
      goal,
      ...(provider && { provider: { urn: provider.urn, goal: provider.goal } }),
    };
    this.registered.set(urn, resource);
    const blocking = this.collect(await (await this.pack).analyze(resource));
    if (this.failFast && blocking.length > 0) throw new EngineError(violationMessage(blocking));
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

  /** @throws EngineError if a mandatory rule is violated. */
  enforce(): void {
    const blocking = this.findings.filter(isBlocking);
    if (blocking.length > 0) throw new EngineError(violationMessage(blocking));
  }

  private collect({ findings, notApplicable }: AnalysisResult): Finding[] {
    this.findings.push(...findings);
    this.notApplicable.push(...notApplicable);
    for (const finding of findings) this.report({ kind: "finding", finding });
    return findings.filter(isBlocking);
  }
}

/** Whether a finding stops a run. A rule that could not be evaluated does not: it is evaluated again in the apply. */
function isBlocking({ rule, kind }: Finding): boolean {
  return rule.level === "mandatory" && kind === "violation";
}

function violationMessage(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule.name))].join(", ");
  return `Mandatory policies are violated (${findings.length}): ${rules}. Each violation is described above.`;
}
