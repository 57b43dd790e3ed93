import type * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import {
  EngineError,
  type Finding,
  messageOf,
  type NotApplicable,
  type PackInfo,
  type RuleInfo,
  type Severity,
} from "../model/events";
import { HIDDEN, mapValue, Secret } from "../model/values";
import { mergeConfig, readPackConfig, type RuleConfig } from "./pack-config";
import { PackClient, type PackOptions, type PackProcess, startPack } from "./pack-process";
import { type AnalyzedResource, analyzeRequest, analyzeStackRequest } from "./requests";

/** The result of one call to the pack. */
export interface AnalysisResult {
  findings: Finding[];
  notApplicable: NotApplicable[];
}

const SEVERITIES: readonly Severity[] = ["", "low", "medium", "high", "critical"];

/** The SDK's message if a rule read a value that is known only after an apply. The protocol has no code for it. */
const NOT_KNOWN = /^can't run policy .* during preview: /;

/** The SDK's message for a resource of another type than the rule's. Left out: it applies to most resources. */
const OTHER_TYPE = "Policy only applies to resources of type ";

/** A CrossGuard policy pack that runs in its own process. */
export class Pack {
  private readonly redactor = new Redactor();
  private readonly rules: ReadonlyMap<string, RuleInfo>;

  private constructor(
    private readonly child: PackProcess,
    private readonly client: PackClient,
    /** Name, version and rules of the pack. */
    readonly info: PackInfo,
  ) {
    this.rules = new Map(info.rules.map((rule) => [rule.name, rule]));
  }

  /**
   * Starts the pack and configures it for a stack.
   * @param configFile The user's configuration of the rules: see {@link readPackConfig}.
   */
  static async start(options: PackOptions, configFile?: string): Promise<Pack> {
    const own = configFile === undefined ? {} : readPackConfig(configFile);
    const child = await startPack(options);
    const client = new PackClient(child.address);
    try {
      const info = await client.handshake(options);
      const config = mergeConfig(info, own);
      await client.configure(config);
      return new Pack(child, client, packInfo(info, config));
    } catch (error) {
      client.close();
      child.stop();
      throw error;
    }
  }

  /** Evaluates the rules on the inputs of one resource. */
  async analyze(resource: AnalyzedResource): Promise<AnalysisResult> {
    this.redactor.learn(resource.goal.inputs);
    if (resource.provider) this.redactor.learn(resource.provider.goal.inputs);
    return this.read(() => this.client.analyze(analyzeRequest(resource)), resource.urn);
  }

  /** Evaluates the rules on the stack, with the outputs of its resources. @param urn The stack's URN. */
  async analyzeStack(resources: readonly AnalyzedResource[], urn: string): Promise<AnalysisResult> {
    for (const { outputs } of resources) this.redactor.learn(outputs ?? {});
    return this.read(() => this.client.analyzeStack(analyzeStackRequest(resources)), urn);
  }

  /** Kills the pack's process. */
  stop(): void {
    this.client.close();
    this.child.stop();
  }

  private async read(call: () => Promise<proto.AnalyzeResponse>, urn: string): Promise<AnalysisResult> {
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
    if (rule === undefined) {
      throw new EngineError(
        `policy pack ${this.info.name}: got a finding of ${name}; expected one of its rules. Correct the pack.`,
      );
    }
    const fullMessage = diagnostic.getMessage();
    const kind = NOT_KNOWN.test(fullMessage) ? "unknown" : "violation";
    // The SDK prefixes each message with the rule's description.
    const message = fullMessage.replace(`${rule.description}\n`, "").replace(NOT_KNOWN, "");
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

/** Minimum length in characters. Shorter strings occur in ordinary words. */
const MIN_LENGTH = 4;

/** Removes secrets from messages: rules receive secrets in plain text, and may quote them. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Adds all secrets in the properties. Adds base64 values, as in Kubernetes Secrets, also in decoded form. */
  learn(properties: Record<string, unknown>): void {
    mapValue(properties, (leaf) => {
      if (leaf instanceof Secret) this.learnValue(leaf.value);
      return null;
    });
  }

  /** Replaces all known secrets in the text. */
  clean(text: string): string {
    // The longest first, because one secret may contain another.
    const known = [...this.secrets].sort((a, b) => b.length - a.length);
    return known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  }

  private learnValue(value: unknown): void {
    mapValue(value, (leaf) => {
      if (typeof leaf !== "string") return null;
      for (const text of [leaf, decoded(leaf)]) if (text.length >= MIN_LENGTH) this.secrets.add(text);
      return null;
    });
  }
}

/** The decoded text; empty if the text is not base64. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes.toString() : "";
}
