import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Goal } from "../plan/goal";
import { lengthDelimited, structBytes } from "../protocol/struct-bytes";
import { toWire } from "../protocol/values";
import { urnName, urnType } from "../plan/urn";

/** A resource that rules judge. */
export interface Judged {
  urn: string;
  goal: Goal;
  /** The provider that the resource names, where it names one. */
  provider?: { urn: string; goal: Goal };
  /** What it came to; unset before it was made. Values with `Secret` marks; unknowns in previews. */
  outputs?: Record<string, unknown>;
}

// The numbers of these fields are those of pulumi/analyzer.proto.

/** `properties` of AnalyzeRequest, and of AnalyzerResource. */
const PROPERTIES = 2;
/** `resources` of AnalyzeStackRequest. */
const RESOURCES = 1;

/** The request that judges one resource, by its inputs, as it goes over the wire. */
export function analyzeRequest(resource: Judged): Buffer {
  return withProperties(fill(new proto.AnalyzeRequest(), resource), resource.goal.inputs);
}

/**
 * The request that judges a stack, by its resources' outputs, as it goes over the wire. Sorted: an unknown ends a rule,
 * so order decides what it has said until then.
 */
export function analyzeStackRequest(resources: readonly Judged[]): Buffer {
  const sorted = [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return Buffer.concat(
    sorted.map((resource) => {
      const { goal, outputs = {} } = resource;
      const message = fill(new proto.AnalyzerResource(), resource)
        .setParent(goal.parent ?? "")
        .setDependenciesList(goal.dependencies);
      return lengthDelimited(RESOURCES, withProperties(message, outputs));
    }),
  );
}

/** The message with its properties behind the rest: the order of fields is free. */
function withProperties(
  rest: proto.AnalyzeRequest | proto.AnalyzerResource,
  properties: Record<string, unknown>,
): Buffer {
  return Buffer.concat([rest.serializeBinary(), lengthDelimited(PROPERTIES, structBytes(ownProperties(properties)))]);
}

function fill<Message extends proto.AnalyzeRequest | proto.AnalyzerResource>(
  message: Message,
  { urn, goal, provider }: Judged,
): Message {
  message.setType(goal.type);
  message.setUrn(urn);
  message.setName(goal.name);
  message.setOptions(options(goal));
  if (provider) {
    const { urn: providerUrn, goal: made } = provider;
    message.setProvider(
      new proto.AnalyzerProviderResource()
        .setType(urnType(providerUrn))
        .setUrn(providerUrn)
        .setName(urnName(providerUrn))
        .setProperties(struct(made.inputs)),
    );
  }
  return message;
}

function options(goal: Goal): proto.AnalyzerResourceOptions {
  return new proto.AnalyzerResourceOptions()
    .setProtect(goal.protect === true)
    .setIgnorechangesList(goal.ignoreChanges)
    .setDeletebeforereplace(goal.deleteBeforeReplace === true)
    .setDeletebeforereplacedefined(goal.deleteBeforeReplace !== undefined)
    .setAdditionalsecretoutputsList(goal.additionalSecretOutputs)
    .setAliasesList(goal.aliases.flatMap(({ urn }) => (urn === undefined ? [] : [urn])))
    .setParent(goal.parent ?? "");
}

function struct(properties: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(ownProperties(properties) as Record<string, JavaScriptValue>);
}

/** The properties on the wire, without the protocol's own, such as `__defaults`, which are no rule's concern. */
function ownProperties(properties: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(properties).filter(([key]) => !key.startsWith("__"));
  return toWire(Object.fromEntries(entries)) as Record<string, unknown>;
}
