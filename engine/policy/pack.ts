import type * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { EngineError, messageOf } from "../errors";
import type { Finding, NotApplicable, PackInfo, RuleInfo, Severity } from "./finding";
import { PackClient } from "./pack-client";
import { mergeConfig, readPackConfig, type RuleConfig } from "./pack-config";
import { startPack, type PackOptions, type PackProcess } from "./pack-process";
import { Redactor } from "./redactor";
import { analyzeRequest, analyzeStackRequest, type Judged } from "./requests";

/** What a call of the pack came to. */
export interface Judgement {
  findings: Finding[];
  notApplicable: NotApplicable[];
}

const SEVERITIES: readonly Severity[] = ["", "low", "medium", "high", "critical"];

/** How the SDK says that a rule met a value which only an apply can tell. */
const UNKNOWN = /^can't run policy .* during preview: /;

/** How the SDK says that a resource is not of a rule's type, which is true of most and tells nobody anything. */
const OTHER_TYPE = "Policy only applies to resources of type ";

/** A CrossGuard policy pack that runs beside a program, in a process of its own. */
export class Pack {
  private readonly redactor = new Redactor();
  private readonly rules: ReadonlyMap<string, RuleInfo>;

  private constructor(
    private readonly child: PackProcess,
    private readonly client: PackClient,
    /** What the pack is and has. */
    readonly info: PackInfo,
  ) {
    this.rules = new Map(info.rules.map((rule) => [rule.name, rule]));
  }

  /**
   * Starts the pack, and sets it up for a stack.
   * @param configFile What the user sets of its rules: see {@link readPackConfig}.
   */
  static async start(options: PackOptions, configFile?: string): Promise<Pack> {
    const own = configFile === undefined ? {} : readPackConfig(configFile);
    const child = await startPack(options);
    const client = new PackClient(child.address);
    try {
      const info = await client.greet(options);
      const config = mergeConfig(info, own);
      await client.configure(config);
      return new Pack(child, client, packInfo(info, config));
    } catch (error) {
      client.close();
      child.stop();
      throw error;
    }
  }

  /** Judges one resource by its inputs. */
  async judge(resource: Judged): Promise<Judgement> {
    this.redactor.learn(resource.goal.inputs);
    if (resource.provider) this.redactor.learn(resource.provider.goal.inputs);
    return this.read(() => this.client.analyze(analyzeRequest(resource)), resource.urn);
  }

  /** Judges the stack, by its resources' outputs. @param urn The stack's own. */
  async judgeStack(resources: readonly Judged[], urn: string): Promise<Judgement> {
    for (const { outputs } of resources) this.redactor.learn(outputs ?? {});
    return this.read(() => this.client.analyzeStack(analyzeStackRequest(resources)), urn);
  }

  /** Ends the pack's process. */
  stop(): void {
    this.client.close();
    this.child.stop();
  }

  private async read(call: () => Promise<proto.AnalyzeResponse>, urn: string): Promise<Judgement> {
    try {
      const response = await call();
      return {
        findings: response.getDiagnosticsList().map((diagnostic) => this.finding(diagnostic, urn)),
        notApplicable: response
          .getNotApplicableList()
          .map((each) => ({ rule: each.getPolicyName(), reason: this.redactor.clean(each.getReason()) }))
          .filter(({ reason }) => !reason.startsWith(OTHER_TYPE)),
      };
    } catch (error) {
      throw new EngineError(this.redactor.clean(messageOf(error)));
    }
  }

  private finding(diagnostic: proto.AnalyzeDiagnostic, urn: string): Finding {
    const name = diagnostic.getPolicyname();
    const rule = this.rules.get(name);
    if (rule === undefined)
      throw new EngineError(`policy pack ${this.info.name}: got a finding of ${name}, which it has not.`);
    const text = diagnostic.getMessage();
    const kind = UNKNOWN.test(text) ? "unknown" : "violation";
    // The SDK puts the rule's description before each message.
    const message = text.replace(`${rule.description}\n`, "").replace(UNKNOWN, "");
    const pack = `${this.info.name}@v${this.info.version}`;
    return { rule, pack, urn: diagnostic.getUrn() || urn, message: this.redactor.clean(message), kind };
  }
}

function packInfo(info: proto.AnalyzerInfo, config: ReadonlyMap<string, RuleConfig>): PackInfo {
  const rules = info.getPoliciesList().map((policy) => ({
    name: policy.getName(),
    displayName: policy.getDisplayname() || policy.getName(),
    description: policy.getDescription(),
    level: config.get(policy.getName())?.level ?? "advisory",
    severity: SEVERITIES[policy.getSeverity()] ?? "",
    fix: policy.getRemediationSteps(),
    url: policy.getUrl(),
  }));
  return { name: info.getName(), version: info.getVersion(), rules };
}
