import { declarationPath, isServiceName } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { parseYaml } from "@gitops-platform/contract/values/parse";
import { isNamespaceName, NAMESPACE_RULE } from "@gitops-platform/environments/names";
import { DEFAULT_PROFILE } from "@gitops-platform/environments/profiles";
import { Entry, type FileProblem } from "@gitops-platform/rules/entry";
import type { Clone } from "../git/clone";
import { KEYS } from "./declaration";
import { readSource, readProfile } from "./source";

/** What a service's file is rendered with, and the profile of the kinds that it may give. */
export interface Rendering {
  readonly source: Source;
  readonly namespace: string;
  readonly profile: string;
}

/** The rendering of a service that has no declaration. */
export function undeclared(service: string): Rendering {
  return { source: SERVICE_SOURCE, namespace: service, profile: DEFAULT_PROFILE };
}

/**
 * The source of a service at a revision.
 * @throws {Failure} if its declaration there cannot be read.
 */
export async function sourceAt(clone: Clone, revision: string, service: string): Promise<Source> {
  const text = await clone.read(revision, declarationPath(service));
  return text === undefined ? SERVICE_SOURCE : parseFor(service, text).source;
}

/**
 * The source that the text of a declaration says; undefined if it cannot be read.
 * @param text Undefined without a declaration.
 */
export function sourceIn(service: string, text: string | undefined): Source | undefined {
  const part = attempt(service, text);
  return "problem" in part ? undefined : part.source;
}

/** What many services' files are rendered with, or why a declaration cannot be read. */
export async function renderingsAt(
  clone: Clone,
  revision: string,
  services: readonly string[],
): Promise<ReadonlyMap<string, Rendering | { readonly problem: string }>> {
  const read = async (names: readonly string[]) => {
    const texts = await clone.readBlobs(names.map((name) => `${revision}:${declarationPath(name)}`));
    return new Map(names.map((name) => [name, texts.get(`${revision}:${declarationPath(name)}`)]));
  };
  const texts = await read([...new Set(services)]);
  const own = new Map([...texts].map(([name, text]) => [name, attempt(name, text)]));
  const joined = [...own.values()].flatMap((part) => ("joins" in part && part.joins !== undefined ? [part.joins] : []));
  const owners = await read([...new Set(joined.filter(isServiceName))]);
  return new Map(
    [...own].map(([name, part]): [string, Rendering | { readonly problem: string }] => {
      if ("problem" in part || part.joins === undefined) return [name, part];
      const owner = attempt(part.joins, owners.get(part.joins));
      if ("problem" in owner) return [name, owner];
      return [name, { source: part.source, namespace: owner.namespace, profile: part.profile }];
    }),
  );
}

/**
 * What a service's file is rendered with at a revision.
 * @throws {Failure} if its declaration there cannot be read.
 */
export async function renderingAt(clone: Clone, revision: string, service: string): Promise<Rendering> {
  const found = (await renderingsAt(clone, revision, [service])).get(service) ?? undeclared(service);
  if ("problem" in found) throw new Failure(found.problem);
  return found;
}

interface Part extends Rendering {
  /** The service that owns the namespace; undefined: this one does. */
  readonly joins: string | undefined;
}

function attempt(service: string, text: string | undefined): Part | { readonly problem: string } {
  if (text === undefined) return { ...undeclared(service), joins: undefined };
  try {
    return parseFor(service, text);
  } catch (error) {
    if (error instanceof Failure) return { problem: error.message };
    throw error;
  }
}

/** Reads only what decides on the rendering. `parseDeclarations` judges the rest, and the declarations together. */
function parseFor(service: string, text: string): Part {
  const file = declarationPath(service);
  const { root, lines, problems: invalid } = parseYaml(text);
  const problems: FileProblem[] = invalid.map((problem) => ({ file, ...problem }));
  const part = invalid.length > 0 ? undefined : readPart(new Entry(root, "", { file, lines, problems }), service);
  if (part && problems.length === 0) return part;
  throw new Failure(...problems.map(({ line = 1, column = 1, message }) => `${file}:${line}:${column}: ${message}`));
}

function readPart(file: Entry, service: string): Part {
  const { source, namespace, joins, profile } = file.keys(KEYS);
  const name = namespace?.text(NAMESPACE_RULE, "Kubernetes accepts no other names for a namespace.") ?? service;
  if (!isNamespaceName(name)) namespace?.problem(NAMESPACE_RULE, "Correct it.");
  return {
    source: readSource(source) ?? SERVICE_SOURCE,
    namespace: name,
    profile: readProfile(profile) ?? DEFAULT_PROFILE,
    joins: joins?.text("the name of a service", "Name the service that owns the namespace."),
  };
}
