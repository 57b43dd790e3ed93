import type * as proto from "@pulumi/pulumi/proto/resource_pb";
import { EngineError } from "../model/events";
import type { Goal } from "../model/resource";
import type { Registration } from "./struct";
import { fromWire, isObject } from "../model/values";

/** Fields of a registration that this engine supports or can ignore. Any other field that is set is an error. */
const SUPPORTED = new Set(
  [
    "type name parent custom object protect dependenciesList provider propertydependenciesMap ignorechangesList",
    "additionalsecretoutputsList importid providersMap retainondelete",
    // Capabilities of the SDK, and source positions in the program.
    "acceptsecrets acceptresources supportspartialvalues aliasspecs supportsresultreporting acceptsByteString",
    "sourceposition stacktrace parentstacktracehandle",
    // The plugin that the CLI would load: this engine has its own providers.
    "version plugindownloadurl pluginchecksumsMap",
  ].flatMap((fields) => fields.split(" ")),
);

/** Names of resource options in a program, if they differ from the names in the protocol. */
const OPTION_NAMES: Record<string, string> = {
  aliasesList: "aliases",
  aliasurnsList: "aliases",
  customtimeouts: "customTimeouts",
  deletebeforereplace: "deleteBeforeReplace",
  deletebeforereplacedefined: "deleteBeforeReplace",
  deletedwith: "deletedWith",
  replaceonchangesList: "replaceOnChanges",
  remote: "a component from another language (remote)",
  replaceWithList: "replaceWith",
  replacementTrigger: "replacementTrigger",
  transformsList: "transforms",
  stateMigrationsList: "stateMigrations",
  hidediffsList: "hideDiffs",
  envvarmappingsMap: "envVarMappings",
  packageref: "a parameterized package",
};

/** Paths such as `spec.replicas` or `*` are not supported in `ignoreChanges`. */
const INPUT_NAME = /^[^.[\]"*]+$/;

/** Parses a registration. @throws EngineError that lists every option that this engine does not support. */
export function readGoal({ message: request, properties }: Registration): Goal {
  const inputs = readInputs(request, properties);
  rejectUnsupported(request);
  const provider = providerUrn(request.getProvider());
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    inputs,
    dependencies: [...new Set(request.getDependenciesList())].sort(),
    ignoreChanges: request.getIgnorechangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    ...(request.getParent() !== "" && { parent: request.getParent() }),
    ...(provider !== undefined && { provider }),
    ...(request.hasProtect() && { protect: request.getProtect() === true }),
    ...(request.hasRetainondelete() && { retainOnDelete: request.getRetainondelete() === true }),
    ...(request.getImportid() !== "" && { importId: request.getImportid() }),
  };
}

function readInputs(
  request: proto.RegisterResourceRequest,
  properties: Record<string, unknown>,
): Record<string, unknown> {
  try {
    const inputs = fromWire(properties);
    return isObject(inputs) ? inputs : {};
  } catch (error) {
    throw new EngineError(`${request.getName()} (${request.getType()}): ${(error as Error).message}`);
  }
}

function rejectUnsupported(request: proto.RegisterResourceRequest): void {
  const refused = Object.entries(request.toObject())
    .filter(([field, value]) => !SUPPORTED.has(field) && isSet(value))
    .map(([field]) => OPTION_NAMES[field] ?? field);
  const paths = request.getIgnorechangesList().filter((path) => !INPUT_NAME.test(path));
  refused.push(...paths.map((path) => `ignoreChanges: ${path}, which is not the name of an input`));
  if (refused.length === 0) return;
  throw new EngineError(
    `${request.getName()} (${request.getType()}): got ${[...new Set(refused)].join(", ")}; ` +
      "the local engine does not support it. Remove it, or use the Pulumi CLI.",
  );
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.values(value).some(isSet);
  return value !== undefined && value !== "" && value !== false && value !== 0;
}

/** A reference to a provider has the format `<URN>::<id>`. */
function providerUrn(reference: string): string | undefined {
  return reference === "" ? undefined : reference.slice(0, reference.lastIndexOf("::"));
}
