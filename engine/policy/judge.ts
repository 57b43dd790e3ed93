import { EngineError } from "../errors";
import type { EngineEvent } from "../events";
import type { Goal } from "../plan/goal";
import type { Finding, NotApplicable } from "./finding";
import type { Judgement, Pack } from "./pack";
import type { Judged } from "./requests";

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Holds what a program registers against a policy pack, and keeps what came of it. */
export class Judge {
  readonly findings: Finding[] = [];
  readonly notApplicable: NotApplicable[] = [];
  private readonly judged = new Map<string, Judged>();

  /**
   * @param pack The pack, which may still be starting; where it fails to, so does the first judgement.
   * @param stopsAtOnce Whether a broken mandatory rule stops its resource (`up`), or is only kept until the end.
   */
  constructor(
    readonly pack: Promise<Pack>,
    private readonly report: (event: EngineEvent) => void,
    private readonly stopsAtOnce: boolean,
  ) {}

  /** Everything that was registered, in order. */
  get resources(): readonly Judged[] {
    return [...this.judged.values()];
  }

  /** Judges a resource before anything is done with it. @throws EngineError where it must not be made. */
  async resource(urn: string, goal: Goal): Promise<void> {
    const provider = goal.provider === undefined ? undefined : this.judged.get(goal.provider);
    const resource: Judged = { urn, goal, ...(provider && { provider: { urn: provider.urn, goal: provider.goal } }) };
    this.judged.set(urn, resource);
    const stopping = this.keep(await (await this.pack).judge(resource));
    if (this.stopsAtOnce && stopping.length > 0) throw new EngineError(refusal(stopping));
  }

  /** Takes what a resource came to. */
  outputs(urn: string, outputs: Record<string, unknown>): void {
    const resource = this.judged.get(urn);
    if (resource) resource.outputs = outputs;
  }

  /** Judges the stack as a whole, once everything is registered. */
  async stack(): Promise<void> {
    const root = this.resources.find(({ goal }) => goal.type === STACK_TYPE);
    const pack = await this.pack;
    this.keep(await pack.judgeStack(this.resources, root?.urn ?? ""));
  }

  /** Ends the run where a mandatory rule is broken. @throws EngineError that counts them. */
  end(): void {
    const stopping = this.findings.filter(stops);
    if (stopping.length > 0) throw new EngineError(refusal(stopping));
  }

  private keep({ findings, notApplicable }: Judgement): Finding[] {
    this.findings.push(...findings);
    this.notApplicable.push(...notApplicable);
    for (const finding of findings) this.report({ kind: "finding", finding });
    return findings.filter(stops);
  }
}

/** Whether a finding stops a run. A rule that could not tell does not: an apply will. */
function stops({ rule, kind }: Finding): boolean {
  return rule.level === "mandatory" && kind === "violation";
}

function refusal(findings: readonly Finding[]): string {
  const rules = [...new Set(findings.map(({ rule }) => rule.name))].join(", ");
  return `Mandatory policies are broken (${findings.length}): ${rules}. What each asks for is above.`;
}
