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

/** Number of the field `properties` of AnalyzeRequest in pulumi/analyzer.proto. */
const PROPERTIES = 2;

/** The request that judges one resource, by its inputs, as it goes over the wire. */
export function analyzeRequest(resource: Judged): Buffer {
  const rest = fill(new proto.AnalyzeRequest(), resource).serializeBinary();
  return Buffer.concat([rest, lengthDelimited(PROPERTIES, structBytes(ownProperties(resource.goal.inputs)))]);
}

/** The request that judges a stack, by its resources' outputs. Sorted: an unknown ends a rule, so order decides what it has said until then. */
export function analyzeStackRequest(resources: readonly Judged[]): proto.AnalyzeStackRequest {
  const sorted = [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return new proto.AnalyzeStackRequest().setResourcesList(
    sorted.map((resource) => {
      const { goal, outputs = {} } = resource;
      return fill(new proto.AnalyzerResource(), resource)
        .setProperties(struct(outputs))
        .setParent(goal.parent ?? "")
        .setDependenciesList(goal.dependencies);
    }),
  );
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
