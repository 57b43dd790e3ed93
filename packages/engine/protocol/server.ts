import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as engineProto from "@pulumi/pulumi/proto/engine_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { EngineError } from "../model/events";
import type { Goal, Registered } from "../model/resource";
import { readRegistration } from "./struct";
import { readGoal } from "./request";
import { fromWire, isObject, toWire } from "../model/values";

/**
 * Handles the program's calls, independent of the protocol. If a handler fails, the program receives no response, and
 * the run ends.
 */
export interface Handlers {
  register(goal: Goal): Promise<Registered>;
  registerOutputs(urn: string, outputs: Record<string, unknown>): void;
  log(severity: "debug" | "info" | "warning" | "error", message: string): void;
  /** The program has run to completion. */
  finished(): void;
  /** A call failed, or used an unsupported feature. */
  fail(error: unknown): void;
}

/** A running server. */
export interface ProtocolServer {
  /** host:port, on the loopback interface. */
  address: string;
  stop: () => void;
}

const { ResourceMonitorFeature: Feature } = proto;

/**
 * Features that the SDK may use. The list includes callbacks, although the engine refuses them: otherwise the SDK would
 * tell the user to update the CLI, whereas the engine's error names the unsupported feature.
 */
const FEATURES = [
  Feature.RESOURCE_MONITOR_FEATURE_SECRETS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Feature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Feature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
  Feature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
  Feature.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
  Feature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
  Feature.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
  Feature.RESOURCE_MONITOR_FEATURE_STATE_MIGRATIONS,
];

/**
 * Registrations are passed on as bytes: gRPC would report an error in a deserialiser only to the program, not to the
 * run.
 */
const MONITOR = {
  ...ResourceMonitorService,
  registerResource: { ...ResourceMonitorService.registerResource, requestDeserialize: (bytes: Buffer) => bytes },
};

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

/** Serves Pulumi's resource monitor and engine protocols on a free port of 127.0.0.1. */
export async function serveProtocol(handlers: Handlers): Promise<ProtocolServer> {
  // Single resources may be large: the ApplicationSet CRD alone is 1.4 MB.
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 });
  server.addService(MONITOR, { ...monitor(handlers), ...refusals(handlers) });
  server.addService(EngineService, engine(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      server.forceShutdown();
    },
  };
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Reply<Response> = grpc.sendUnaryData<Response>;

/** Adapts an async function to gRPC. A failure sends no response: the run ends, which kills the program. */
function unary<Request, Response>(handlers: Handlers, handle: (request: Request) => Response | Promise<Response>) {
  return ({ request }: Call<Request>, reply: Reply<Response>): void => {
    (async () => handle(request))().then(
      (response) => {
        reply(null, response);
      },
      (error: unknown) => {
        handlers.fail(error);
      },
    );
  };
}

function monitor(handlers: Handlers) {
  return {
    getDeploymentInfo: unary(handlers, () => {
      const info = new proto.DeploymentInfo();
      info.setSupportedfeaturesList(FEATURES);
      return info;
    }),
    supportsFeature: unary(handlers, () => new proto.SupportsFeatureResponse()),
    registerResource: unary(handlers, async (bytes: Buffer) => {
      const { urn, id, outputs } = await handlers.register(readGoal(readRegistration(bytes)));
      const response = new proto.RegisterResourceResponse();
      response.setUrn(urn);
      response.setId(id);
      response.setObject(toStruct(outputs));
      return response;
    }),
    registerResourceOutputs: unary(handlers, (request: proto.RegisterResourceOutputsRequest) => {
      const outputs = fromWire(request.getOutputs()?.toJavaScript() ?? {});
      handlers.registerOutputs(request.getUrn(), isObject(outputs) ? outputs : {});
      return new Empty();
    }),
    signalAndWaitForShutdown: unary(handlers, () => {
      handlers.finished();
      return new Empty();
    }),
  };
}

/** Calls that this engine does not support, with the name of each for the error message. */
function refusals(handlers: Handlers) {
  const refuse = <Request>(name: (request: Request) => string) =>
    unary(handlers, (request: Request): never => {
      throw new EngineError(
        `${name(request)}: the local engine does not support it. Remove it, or use the Pulumi CLI.`,
      );
    });
  return {
    invoke: refuse((request: proto.ResourceInvokeRequest) => `function call ${request.getTok()}`),
    call: refuse((request: proto.ResourceCallRequest) => `method call ${request.getTok()}`),
    readResource: refuse(
      (request: proto.ReadResourceRequest) => `reading ${request.getName()} (${request.getType()}) by its id (get)`,
    ),
    existsResource: refuse((request: proto.ExistsResourceRequest) => `asking whether ${request.getType()} exists`),
    registerStackTransform: refuse(() => "a transform of the stack's resources"),
    registerStackInvokeTransform: refuse(() => "a transform of function calls"),
    registerResourceHook: refuse(() => "hooks"),
    registerErrorHook: refuse(() => "error hooks"),
    registerPackage: refuse((request: proto.RegisterPackageRequest) => `parameterized package ${request.getName()}`),
  };
}

function engine(handlers: Handlers) {
  let root = "";
  return {
    log: unary(handlers, (request: engineProto.LogRequest) => {
      handlers.log(SEVERITIES[request.getSeverity()], request.getMessage());
      return new Empty();
    }),
    getRootResource: unary(handlers, () => {
      const response = new engineProto.GetRootResourceResponse();
      response.setUrn(root);
      return response;
    }),
    setRootResource: unary(handlers, (request: engineProto.SetRootResourceRequest) => {
      root = request.getUrn();
      return new engineProto.SetRootResourceResponse();
    }),
    // This engine is not the CLI, so it accepts every version range.
    requirePulumiVersion: unary(handlers, () => new engineProto.RequirePulumiVersionResponse()),
    startDebugging: unary(handlers, () => new Empty()),
  };
}

function toStruct(values: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(toWire(values) as Record<string, JavaScriptValue>);
}
