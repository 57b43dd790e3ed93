import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { BinaryWriter } from "google-protobuf";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { type Goal, urnName, urnType } from "../model/resource";
import { structBytes } from "../protocol/struct";
import { toWire } from "../model/values";

/** A resource that policies are evaluated on. */
export interface AnalyzedResource {
  urn: string;
  goal: Goal;
  /** The resource's explicit provider; unset if it has none. */
  provider?: { urn: string; goal: Goal };
  /** Unset until it is applied. Secrets are marked with `Secret`; previews may contain unknown values. */
  outputs?: Record<string, unknown>;
}

// Field numbers in pulumi/analyzer.proto.

/** `properties` of AnalyzeRequest and of AnalyzerResource. */
const PROPERTIES = 2;
/** `resources` of AnalyzeStackRequest. */
const RESOURCES = 1;

/** Serialises the request to analyze the inputs of one resource. */
export function analyzeRequest(resource: AnalyzedResource): Uint8Array {
  return withProperties(fill(new proto.AnalyzeRequest(), resource), resource.goal.inputs);
}

/**
 * Serialises the request to analyze a stack, with the outputs of its resources. They are sorted to make the findings
 * reproducible: a rule ends at the first unknown value, so the order decides which findings it has reported by then.
 */
export function analyzeStackRequest(resources: readonly AnalyzedResource[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const resource of [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1))) {
    const { goal, outputs = {} } = resource;
    const message = fill(new proto.AnalyzerResource(), resource)
      .setParent(goal.parent ?? "")
      .setDependenciesList(goal.dependencies);
    writer.writeBytes(RESOURCES, withProperties(message, outputs));
  }
  return writer.getResultBuffer();
}

/** Serialises the message, followed by its properties. Protobuf allows fields in any order. */
function withProperties(
  rest: proto.AnalyzeRequest | proto.AnalyzerResource,
  properties: Record<string, unknown>,
): Uint8Array {
  const writer = new BinaryWriter();
  writer.writeBytes(PROPERTIES, structBytes(ownProperties(properties)));
  return Buffer.concat([rest.serializeBinary(), writer.getResultBuffer()]);
}

function fill<Message extends proto.AnalyzeRequest | proto.AnalyzerResource>(
  message: Message,
  { urn, goal, provider }: AnalyzedResource,
): Message {
  message.setType(goal.type);
  message.setUrn(urn);
  message.setName(goal.name);
  message.setOptions(options(goal));
  if (provider) {
    const { urn: providerUrn, goal: providerGoal } = provider;
    message.setProvider(
      new proto.AnalyzerProviderResource()
        .setType(urnType(providerUrn))
        .setUrn(providerUrn)
        .setName(urnName(providerUrn))
        .setProperties(struct(providerGoal.inputs)),
    );
  }
  return message;
}

function options(goal: Goal): proto.AnalyzerResourceOptions {
  return new proto.AnalyzerResourceOptions()
    .setProtect(goal.protect === true)
    .setIgnorechangesList(goal.ignoreChanges)
    .setAdditionalsecretoutputsList(goal.additionalSecretOutputs)
    .setParent(goal.parent ?? "");
}

function struct(properties: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(ownProperties(properties) as Record<string, JavaScriptValue>);
}

/** The properties in wire format, without Pulumi's internal ones, such as `__defaults`. */
function ownProperties(properties: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(properties).filter(([key]) => !key.startsWith("__"));
  return toWire(Object.fromEntries(entries)) as Record<string, unknown>;
}
