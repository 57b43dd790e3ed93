import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { EngineError } from "../errors";
import { ORGANIZATION } from "../protocol/program";
import type { RuleConfig } from "./pack-config";
import type { PackOptions } from "./pack-process";

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
  analyze(request: Buffer): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyze, request);
  }

  /** Evaluates the rules on a stack. @param request A serialised AnalyzeStackRequest: see `analyzeStackRequest`. */
  analyzeStack(request: Buffer): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyzeStack, request);
  }

  close(): void {
    this.client.close();
  }

  /** Calls a method with a request that is already serialised. */
  private send<Response>(
    { path, responseDeserialize }: Pick<grpc.MethodDefinition<never, Response>, "path" | "responseDeserialize">,
    request: Buffer,
  ): Promise<Response> {
    const identity = (bytes: Buffer): Buffer => bytes;
    const method: Method<Buffer, Response> = (bytes, metadata, options, callback) =>
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
