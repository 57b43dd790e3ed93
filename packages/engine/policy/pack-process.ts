import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { stripVTControlCharacters } from "node:util";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { EngineError } from "../model/events";
import { END_WITH_ENGINE, ORGANIZATION } from "../protocol/program";
import type { RuleConfig } from "./pack-config";

/** Options for starting a pack. */
export interface PackOptions {
  /** Folder that contains the pack's PulumiPolicy.yaml and package.json. */
  folder: string;
  stack: string;
  project: string;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
  /** Kills the pack's process when aborted, also during the start. */
  signal: AbortSignal;
}

/** A running pack. */
export interface PackProcess {
  /** host:port of the pack's server. */
  address: string;
  stop: () => void;
}

const NO_TYPE_CHECK = path.join(__dirname, "no-type-check.js");

/** Milliseconds. A start takes about a second, longer on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/**
 * Starts a policy pack like the CLI (sdk/nodejs/dist/pulumi-analyzer-policy in pulumi/pulumi): the pack listens on a
 * free port, and prints the port number as its first line.
 * @throws EngineError with the pack's output on stderr, if it exits or does not print its port in time.
 */
export async function startPack({ folder, stack, project, config, signal }: PackOptions): Promise<PackProcess> {
  const child = spawn(
    process.execPath,
    ["-r", END_WITH_ENGINE, "-r", NO_TYPE_CHECK, runner(folder), "127.0.0.1:0", folder],
    {
      cwd: folder,
      // A separate process group, so that Ctrl-C reaches only the engine.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      signal,
      killSignal: "SIGKILL",
      env: {
        ...process.env,
        PULUMI_NODEJS_ORGANIZATION: ORGANIZATION,
        PULUMI_NODEJS_PROJECT: project,
        PULUMI_NODEJS_STACK: stack,
        PULUMI_NODEJS_DRY_RUN: "true",
        PULUMI_CONFIG: JSON.stringify(config),
      },
    },
  );
  const stop = () => void child.kill("SIGKILL");
  const printed: string[] = [];
  const port = Promise.withResolvers<string>();
  const fail = (what: string) => {
    port.reject(new EngineError([`policy pack ${folder}: ${what}.`, ...printed].join("\n")));
  };
  const lines = readline.createInterface({ input: child.stdout });
  lines.once("line", port.resolve);
  readline.createInterface({ input: child.stderr }).on("line", (text) => {
    const line = stripVTControlCharacters(text);
    if (!/^\s+at /.test(line)) printed.push(line);
  });
  child.once("error", (error) => {
    fail(error.message);
  });
  child.once("close", (code) => {
    fail(`exited with code ${String(code)}; expected it to keep running`);
  });
  const timer = setTimeout(() => {
    fail(`printed nothing for ${START_TIMEOUT_MS / 1000} s; expected its port`);
  }, START_TIMEOUT_MS);
  try {
    const first = await port.promise;
    if (!/^\d+$/.test(first)) {
      throw new EngineError(
        `policy pack ${folder}: got the first line ${first}; expected its port. Remove the code that prints this line.`,
      );
    }
    return { address: `127.0.0.1:${first}`, stop };
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function runner(folder: string): string {
  try {
    return require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [folder] });
  } catch {
    throw new EngineError(
      `policy pack ${path.basename(folder)}: got no @pulumi/pulumi in ${folder}; expected it installed. Run npm ci.`,
    );
  }
}

/** Milliseconds. A call takes some milliseconds; the call for a whole stack takes one or two seconds. */
const CALL_TIMEOUT_MS = 60_000;

const LEVELS = {
  advisory: proto.EnforcementLevel.ADVISORY,
  mandatory: proto.EnforcementLevel.MANDATORY,
  disabled: proto.EnforcementLevel.DISABLED,
} as const;

type Callback<Response> = (error: grpc.ServiceError | null, response: Response) => void;
type Method<Request, Response> = (
  request: Request,
  metadata: grpc.Metadata,
  options: Partial<grpc.CallOptions>,
  callback: Callback<Response>,
) => grpc.ClientUnaryCall;

/** Client of Pulumi's analyzer protocol. Each call has a deadline, and throws an EngineError if the pack fails. */
export class PackClient {
  private readonly client: AnalyzerClient;

  /** @param address host:port of the pack's server. */
  constructor(address: string) {
    const anySize = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
    this.client = new AnalyzerClient(address, grpc.credentials.createInsecure(), anySize);
  }

  /** Passes the stack to the pack, and returns the pack's rules. */
  async handshake({ stack, project, config }: PackOptions): Promise<proto.AnalyzerInfo> {
    const request = new proto.AnalyzerStackConfigureRequest()
      .setStack(stack)
      .setProject(project)
      .setOrganization(ORGANIZATION)
      .setDryRun(true);
    for (const [key, value] of Object.entries(config)) request.getConfigMap().set(key, value);
    await this.call(this.client.configureStack.bind(this.client), request);
    return this.call(this.client.getAnalyzerInfo.bind(this.client), new Empty());
  }

  /** Sets the enforcement level and the properties of every rule. */
  async configure(rules: ReadonlyMap<string, RuleConfig>): Promise<void> {
    const request = new proto.ConfigureAnalyzerRequest();
    for (const [name, { level, properties }] of rules) {
      const config = new proto.PolicyConfig()
        .setEnforcementlevel(LEVELS[level])
        .setProperties(Struct.fromJavaScript(properties as Record<string, JavaScriptValue>));
      request.getPolicyconfigMap().set(name, config);
    }
    await this.call(this.client.configure.bind(this.client), request);
  }

  /** Evaluates the rules on one resource. @param request A serialised AnalyzeRequest: see `analyzeRequest`. */
  analyze(request: Uint8Array): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyze, request);
  }

  /** Evaluates the rules on a stack. @param request A serialised AnalyzeStackRequest: see `analyzeStackRequest`. */
  analyzeStack(request: Uint8Array): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyzeStack, request);
  }

  close(): void {
    this.client.close();
  }

  /** Calls a method with a request that is already serialised. */
  private send<Response>(
    { path, responseDeserialize }: Pick<grpc.MethodDefinition<never, Response>, "path" | "responseDeserialize">,
    request: Uint8Array,
  ): Promise<Response> {
    const identity = (bytes: Uint8Array) => Buffer.from(bytes);
    const method: Method<Uint8Array, Response> = (bytes, metadata, options, callback) =>
      this.client.makeUnaryRequest(path, identity, responseDeserialize, bytes, metadata, options, callback as never);
    return this.call(method, request);
  }

  private call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
      method(request, new grpc.Metadata(), options, (error, response) => {
        if (error === null) resolve(response);
        else reject(packError(error));
      });
    });
  }
}

/** A failure of the pack, without the stack trace that the SDK adds. */
function packError({ details }: grpc.ServiceError): EngineError {
  const lines = details.split("\n").filter((line) => !/^\s+at /.test(line));
  return new EngineError(`policy pack: ${lines.join(" ")}`);
}
