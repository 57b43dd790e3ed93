import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient, AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { EngineError } from "../errors";
import { ORGANIZATION } from "../protocol/program";
import type { RuleConfig } from "./pack-config";
import type { PackOptions } from "./pack-process";

/** A call takes milliseconds; one for a whole stack a second or two. Milliseconds. */
const LIMIT = 60_000;

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

/** Pulumi's analyzer protocol, each call with a deadline. Every method throws an EngineError where the pack fails. */
export class PackClient {
  private readonly client: AnalyzerClient;

  /** @param address host:port of a pack's server. */
  constructor(address: string) {
    const anySize = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
    this.client = new AnalyzerClient(address, grpc.credentials.createInsecure(), anySize);
  }

  /** Tells the pack which stack it is to judge, and asks what it has. */
  async greet({ folder, stack, project, dryRun, config }: PackOptions): Promise<proto.AnalyzerInfo> {
    const handshake = new proto.AnalyzerHandshakeRequest().setEngineAddress("127.0.0.1:0").setRootDirectory(folder);
    await this.call(this.client.handshake.bind(this.client), handshake).catch(ignoreUnimplemented);
    const request = new proto.AnalyzerStackConfigureRequest()
      .setStack(stack)
      .setProject(project)
      .setOrganization(ORGANIZATION)
      .setDryRun(dryRun);
    for (const [key, value] of Object.entries(config)) request.getConfigMap().set(key, value);
    await this.call(this.client.configureStack.bind(this.client), request);
    return this.call(this.client.getAnalyzerInfo.bind(this.client), new Empty());
  }

  /** Sets every rule's level and properties. */
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

  /** Judges one resource. @param request A whole AnalyzeRequest: see `analyzeRequest`. */
  analyze(request: Buffer): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyze, request);
  }

  /** Judges all of a stack's resources. @param request A whole AnalyzeStackRequest: see `analyzeStackRequest`. */
  analyzeStack(request: Buffer): Promise<proto.AnalyzeResponse> {
    return this.send(AnalyzerService.analyzeStack, request);
  }

  close(): void {
    this.client.close();
  }

  /** Calls a method with a request that is bytes already. */
  private send<Response>(
    { path, responseDeserialize }: Pick<grpc.MethodDefinition<never, Response>, "path" | "responseDeserialize">,
    request: Buffer,
  ): Promise<Response> {
    const asIs = (bytes: Buffer): Buffer => bytes;
    const method: Method<Buffer, Response> = (bytes, metadata, options, callback) =>
      this.client.makeUnaryRequest(path, asIs, responseDeserialize, bytes, metadata, options, callback as never);
    return this.call(method, request);
  }

  private call<Request, Response>(method: Method<Request, Response>, request: Request): Promise<Response> {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + LIMIT };
      method(request, new grpc.Metadata(), options, (error, response) => {
        if (error === null) resolve(response);
        else reject(new PackError(error));
      });
    });
  }
}

/** A pack's failure, without the stack trace that its SDK sends along. */
class PackError extends EngineError {
  readonly code: grpc.status;

  constructor({ code, details }: grpc.ServiceError) {
    const lines = details.split("\n").filter((line) => !/^\s+at /.test(line));
    super(`policy pack: ${lines.join(" ")}`);
    this.code = code;
  }
}

/** Older SDKs, and Node's, do not know the call. */
function ignoreUnimplemented(error: unknown): void {
  if (!(error instanceof PackError && error.code === grpc.status.UNIMPLEMENTED)) throw error;
}
