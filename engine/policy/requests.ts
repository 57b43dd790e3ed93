import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct, type JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import type { Goal } from "../plan/goal";
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

/** The request that judges one resource, by its inputs. */
export function analyzeRequest(resource: Judged): proto.AnalyzeRequest {
  return fill(new proto.AnalyzeRequest(), resource, resource.goal.inputs);
}

/** The request that judges a stack, by its resources' outputs. Sorted: an unknown ends a rule, so order decides what it has said until then. */
export function analyzeStackRequest(resources: readonly Judged[]): proto.AnalyzeStackRequest {
  const sorted = [...resources].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  return new proto.AnalyzeStackRequest().setResourcesList(
    sorted.map((resource) => {
      const { goal, outputs = {} } = resource;
      return fill(new proto.AnalyzerResource(), resource, outputs)
        .setParent(goal.parent ?? "")
        .setDependenciesList(goal.dependencies);
    }),
  );
}

function fill<Message extends proto.AnalyzeRequest | proto.AnalyzerResource>(
  message: Message,
  { urn, goal, provider }: Judged,
  properties: Record<string, unknown>,
): Message {
  message.setType(goal.type);
  message.setUrn(urn);
  message.setName(goal.name);
  message.setProperties(struct(properties));
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

/** The protocol's own properties, such as `__defaults`, are no rule's concern. */
function struct(properties: Record<string, unknown>): Struct {
  const entries = Object.entries(properties).filter(([key]) => !key.startsWith("__"));
  return Struct.fromJavaScript(toWire(Object.fromEntries(entries)) as Record<string, JavaScriptValue>);
}
