import type { Mirror } from "@gitops-platform/contract/environment-graph";
import { HIDDEN } from "@gitops-platform/contract/problems";
import { secretsInYaml } from "@gitops-platform/policy/secrets/secrets";
import { RULES_PATH, type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { formatPath } from "@gitops-platform/rules/paths";
import { covers, type SecretRules } from "@gitops-platform/rules/secrets";
import type { StagingRules } from "@gitops-platform/rules/staging";
import { mirrorDifferences } from "@gitops-platform/rules/mirror";
import { SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { isMap } from "@gitops-platform/contract/values/plain";
import { renderingsAt } from "../catalogue/rendering";
import { pathAt, textsAt } from "../values/at";
import { contentOf, summarizeValues } from "../values/differences";
import { secretProblem } from "./broken-rules";
import { type Candidate, touchedValues } from "./candidate";
import type { FileProblem } from "@gitops-platform/rules/entry";

/**
 * Reports the differences between a production environment and the one that tries its versions that a change into
 * `main` introduces. Earlier differences are ignored, because a new image must not wait until somebody removes them.
 */
export async function mirrored(candidate: Candidate, rules: StagingRules): Promise<FileProblem[]> {
  const { branch, tree, base, graph } = candidate;
  if (branch !== "main") return [];
  const touched = await touchedValues(candidate);
  const problems = graph.mirrors.flatMap((mirror) => {
    const files = touched.filter(({ environment }) => Object.values(mirror).includes(environment));
    return [...new Set(files.map(({ service }) => service))].map(async (service) => {
      const before = new Set(await differences(candidate, base, { service, mirror, rules }));
      const now = await differences(candidate, tree, { service, mirror, rules });
      // With several production environments, the message alone does not say which of them differs.
      const about = graph.mirrors.length > 1 ? `Compared with ${mirror.production}: ` : "";
      const file = await pathAt(candidate.clone, tree, { environment: mirror.trial, service });
      return now.filter((message) => !before.has(message)).map((message) => ({ file, message: about + message }));
    });
  });
  return (await Promise.all(problems)).flat();
}

interface Compared {
  readonly service: string;
  readonly mirror: Mirror;
  readonly rules: StagingRules;
}

async function differences({ clone }: Candidate, revision: string, { service, mirror, rules }: Compared) {
  const { trial, production } = mirror;
  const rendering = (await renderingsAt(clone, revision, [service])).get(service);
  if (!rendering || "problem" in rendering) return [];
  const { source } = rendering;
  const texts = [trial, production].map((environment) =>
    clone.read(revision, valuesPath({ environment, service }, source)),
  );
  const [tried, released] = (await Promise.all(texts)).map((text) => comparable(text, source));
  return tried && released ? mirrorDifferences(tried, released, rules, source).map(({ message }) => message) : [];
}

function comparable(text: string | undefined, source: Source): Readonly<Record<string, unknown>> | undefined {
  if (source.kind === "chart" || text === undefined) return contentOf(text);
  const { image, others } = summarizeValues(text, source);
  // The syntax check reports what cannot be read.
  if (image === null || !isMap(others)) return undefined;
  return source.kind === "kustomize" ? others : (byName(others) as Readonly<Record<string, unknown>>);
}

/** Containers by their names instead of in a list, whose order means nothing. Other lists stay. */
function byName(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    const names = new Set(value.map((item: unknown) => (isMap(item) ? item.name : undefined)));
    const isNamed = [...names].every((name) => typeof name === "string") && names.size === value.length;
    if (key !== "containers" || !isNamed) return value;
    return Object.fromEntries(value.map((item: Readonly<Record<string, unknown>>) => [String(item.name), item]));
  }
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, byName(child, name)]));
}

/** A secret in plain text in a values file. */
interface Secret {
  readonly kind: string;
  /** The key, such as `env.DB_PASSWORD`; undefined in a comment, or if the file cannot be read. */
  readonly path: string | undefined;
  /** From 1. */
  readonly line: number;
  /** For comparison only: it must never be printed. */
  readonly secret: string;
}

/** The secrets in a values file before and after a change. */
export interface SecretsOfFile {
  readonly file: ValuesFile;
  /** Its path after the change. */
  readonly path: string;
  readonly before: readonly Secret[];
  readonly after: readonly Secret[];
}

/** Finds the secrets in each values file that a change affects. */
export async function secretsOfValues(candidate: Candidate): Promise<SecretsOfFile[]> {
  const { clone, tree, base } = candidate;
  const files = (await touchedValues(candidate)).map(async (file) => {
    const [before, after] = await Promise.all([base, tree].map((revision) => textsAt(clone, revision, file)));
    const secrets = (texts?: ReadonlyMap<string, string>) => [...(texts?.values() ?? [])].flatMap(secretsOf);
    const [path = valuesPath(file, SERVICE_SOURCE)] = [...(after?.keys() ?? [])];
    return { file, path, before: secrets(before), after: secrets(after) };
  });
  return Promise.all(files);
}

/** The secrets in the text of a values file. */
export function secretsOf(text: string): Secret[] {
  return secretsInYaml(text).map(({ kind, keys, secret, at }) => {
    return { kind, path: keys && formatPath(keys.map(String)), line: text.slice(0, at).split("\n").length, secret };
  });
}

/**
 * Reports the secrets that a change introduces. Earlier ones are ignored, because a new image must not wait until
 * somebody removes them. So are the ones that the platform team has declared harmless.
 */
export function plainSecrets(files: readonly SecretsOfFile[], { harmless }: SecretRules): FileProblem[] {
  return files.flatMap(({ file, path: name, before, after }) => {
    const known = new Set(before.map(({ secret }) => secret));
    const brought = after.filter(({ secret, path }) => {
      return !known.has(secret) && !harmless.some((place) => covers(place, file, path));
    });
    const problems = brought.map(({ kind, path, line }) => {
      const text = secretProblem(kind);
      if (path === undefined) return { line, message: text.charAt(0).toUpperCase() + text.slice(1) };
      return { line, message: `${path}: ${text} Where it is none, the platform team can say so in ${RULES_PATH}.` };
    });
    const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
    return [...unique.values()].map((problem) => ({ file: name, ...problem }));
  });
}

/**
 * Reports entries of `secrets.harmless` that match nothing: they would permit a real secret in that place later. Only
 * changes of the rules are checked, because the author of a change of values does not own the rules.
 */
export async function idleEntries(candidate: Candidate, { harmless }: SecretRules): Promise<FileProblem[]> {
  const { clone, branch, tree, changes } = candidate;
  if (branch !== "main" || !changes.some(({ path }) => path === RULES_PATH)) return [];
  const problems = harmless.map(async (place, index) => {
    const { service, path } = place;
    const names = candidate.graph.names.filter((name) => (place.environment ?? name) === name);
    const found = names.map(async (environment) => {
      const file = { service, environment };
      const secrets = [...(await textsAt(clone, tree, file)).values()].flatMap(secretsOf);
      return secrets.some((secret) => covers(place, file, secret.path));
    });
    if ((await Promise.all(found)).includes(true)) return [];
    const key = `secrets.harmless[${index}]`;
    const got = `${JSON.stringify(path)} of ${service} in ${names.join(", ")}, where nothing looks like a secret`;
    return [{ file: RULES_PATH, message: `${key}: got ${got}; expected a place that validate names. ${FIX}` }];
  });
  return (await Promise.all(problems)).flat();
}

const FIX = "Correct the entry, or remove it: it would permit a secret in that place later.";

/** Shorter secrets, in characters, are replaced only in quotes, because they could be parts of words. */
const LEAST = 6;

/** Removes all secrets from the messages: checks quote the values that they compare. */
export function withoutSecrets(problems: readonly FileProblem[], files: readonly SecretsOfFile[]): FileProblem[] {
  const secrets = files.flatMap(({ before, after }) => [...before, ...after]).map(({ secret }) => secret);
  const written = secrets.flatMap((secret) => {
    const quoted = JSON.stringify(secret);
    return secret.length < LEAST ? [quoted] : [secret, quoted.slice(1, -1)];
  });
  // The longest first, because one may contain another.
  const all = [...new Set(written)].sort((one, other) => other.length - one.length);
  return problems.map((problem) => {
    return { ...problem, message: all.reduce((text, each) => text.replaceAll(each, HIDDEN), problem.message) };
  });
}
