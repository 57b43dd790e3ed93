import {
  type KustomizeSource,
  type ManifestsSource,
  SERVICE_SOURCE,
  type Source,
} from "@gitops-platform/contract/source";
import { readImage } from "@gitops-platform/contract/values/image";
import { setManifestImage } from "@gitops-platform/contract/values/manifest-image";
import { isMap } from "@gitops-platform/contract/values/plain";
import { isDeepStrictEqual } from "node:util";
import { parse, parseAllDocuments } from "yaml";

/** The first difference between two readings of a file. */
export interface Difference {
  /** The key's path, such as `image.tag`; empty for the whole file. */
  readonly path: string;
  /** The value in each reading; undefined if it has none. */
  readonly one: unknown;
  readonly other: unknown;
}

/** The first difference between two readings, compared as JSON; undefined if they are equal. Null equals no values. */
export function firstDifference(one: unknown, other: unknown): Difference | undefined {
  return differenceAt(one ?? {}, other ?? {}, "");
}

function differenceAt(one: unknown, other: unknown, path: string): Difference | undefined {
  if (!isCollection(one) || !isCollection(other) || Array.isArray(one) !== Array.isArray(other)) {
    return one === other ? undefined : { path, one, other };
  }
  const [ours, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const below = path === "" ? key : `${path}.${key}`;
    if (!ours.has(key) || !theirs.has(key)) return { path: below, one: ours.get(key), other: theirs.get(key) };
    const found = differenceAt(ours.get(key), theirs.get(key), below);
    if (found) return found;
  }
  return undefined;
}

function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * The content of a values file; undefined without a file, and for anything but a mapping, which other checks report.
 */
export function contentOf(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (text === undefined) return undefined;
  try {
    const content: unknown = parse(text, { logLevel: "error" });
    return isMap(content) ? content : undefined;
  } catch {
    return undefined;
  }
}

/** The content of a service's file for comparisons. */
export interface ValuesSummary {
  /** The image's tag, and `@sha256:…` if it has a digest; null without a tag, or if the file cannot be read. */
  readonly image: string | null;
  /** The image's registry and path; null if the file does not have it, or cannot be read. */
  readonly repository: string | null;
  /**
   * Everything else: all other values, or the objects by kind and name; the whole text of a file that cannot be read.
   */
  readonly others: unknown;
}

/**
 * Summarizes any file of a service in the repository's history, so it never throws: text that is not YAML has no image.
 * Code that writes the image somewhere else must use the strict `readImage`.
 * @param source The service's source in the same revision. Default: the service chart.
 */
export function summarizeValues(text: string, source: Source = SERVICE_SOURCE): ValuesSummary {
  try {
    if (source.kind === "manifests") return summarizeObjects(text, source);
    const values: unknown = parse(text, { logLevel: "error" });
    if (source.kind === "kustomize") return summarizeKustomization(values, source);
    const found = source.image.reduce((map: unknown, key) => (isMap(map) ? map[key] : undefined), values);
    if (!isMap(found)) return { image: null, repository: null, others: values };
    const { tag, digest, ...image } = found;
    const repository = typeof image.repository === "string" ? image.repository : null;
    return { image: formatImage(tag, digest), repository, others: withAt(values, source.image, image) };
  } catch {
    return { image: null, repository: null, others: text };
  }
}

/** A copy of a value with another one at some keys. */
function withAt(value: unknown, [key, ...keys]: readonly string[], other: unknown): unknown {
  if (key === undefined || !isMap(value)) return other;
  return { ...value, [key]: withAt(value[key], keys, other) };
}

function summarizeKustomization(values: unknown, { image }: KustomizeSource): ValuesSummary {
  const images = isMap(values) && Array.isArray(values.images) ? (values.images as unknown[]) : [];
  const isOwn = (each: unknown) => isMap(each) && (image === undefined || each.name === image);
  const [found, ...more] = images.filter(isOwn);
  if (!isMap(values) || !isMap(found) || more.length > 0) return { image: null, repository: null, others: values };
  const { newTag, digest, ...rest } = found;
  const repository = rest.newName ?? rest.name;
  const others = { ...values, images: images.map((each) => (each === found ? rest : each)) };
  return {
    image: formatImage(newTag, digest),
    repository: typeof repository === "string" ? repository : null,
    others: byNames(others),
  };
}

/** The lists of a kustomization whose entries have names, as mappings: their order means nothing. */
function byNames(kustomization: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(kustomization).map(([key, list]): [string, unknown] => {
      if (!NAMED.includes(key) || !Array.isArray(list)) return [key, list];
      const names = new Set(list.map((item: unknown) => (isMap(item) ? item.name : undefined)));
      const isNamed = [...names].every((name) => typeof name === "string") && names.size === list.length;
      if (!isNamed) return [key, list];
      return [
        key,
        Object.fromEntries(list.map((item: Readonly<Record<string, unknown>>) => [String(item.name), item])),
      ];
    }),
  );
}

const NAMED: readonly string[] = ["images", "replicas", "configMapGenerator"];

/** Throws a Failure for objects without an image that can be read. */
function summarizeObjects(text: string, source: ManifestsSource): ValuesSummary {
  const { tag, digest, repository = null } = readImage(text, "", source);
  const others = objectsIn(setManifestImage(text, { tag: "0" }, "", source));
  return { image: formatImage(tag, digest), repository, others };
}

/** The objects of a file, by kind and name. A name that is there already gets a number, so that none is left out. */
export function objectsIn(text: string): Readonly<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const document of parseAllDocuments(text, { logLevel: "error" })) {
    const object: unknown = document.toJS();
    if (!isMap(object)) continue;
    const { kind, metadata } = object;
    const name = `${String(kind)}/${String(isMap(metadata) ? metadata.name : undefined)}`;
    let key = name;
    for (let number = 2; Object.hasOwn(found, key); number++) key = `${name} (${number})`;
    found[key] = object;
  }
  return found;
}

/** A version in the form of trailers and tables: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
function formatImage(tag: unknown, digest: unknown): string | null {
  if (!["string", "number"].includes(typeof tag) || tag === "") return null;
  return typeof digest === "string" && digest !== "" ? `${String(tag)}@${digest}` : String(tag);
}

/**
 * Whether any part of a change of a values file is still in effect: a key that it set or removed, and that no later
 * change modified.
 * @param before The file's text before the change; undefined if there was no file.
 * @param after Its text after the change.
 * @param now Its text today.
 * @returns also true if one of them cannot be read.
 */
export function survives(before: string | undefined, after: string | undefined, now: string | undefined): boolean {
  const [was, made, is] = [before, after, now].map(valuesOf);
  if (!was || !made || !is) return true;
  const changed = [...new Set([...was.keys(), ...made.keys()])].filter(
    (key) => !isDeepStrictEqual(was.get(key), made.get(key)),
  );
  return changed.some((key) => isDeepStrictEqual(made.get(key), is.get(key)));
}

/** Each value other than a mapping, by its path; empty without a file. */
function valuesOf(text: string | undefined): Map<string, unknown> | undefined {
  try {
    return text === undefined ? new Map() : new Map(entries(parse(text, { logLevel: "error" }), []));
  } catch {
    return undefined;
  }
}

/** The paths are JSON, because a key may contain any character. */
function entries(value: unknown, path: readonly string[]): [string, unknown][] {
  const children = isMap(value) ? Object.entries(value) : [];
  if (children.length === 0) return [[JSON.stringify(path), value]];
  return children.flatMap(([key, child]) => entries(child, [...path, key]));
}

/** Every value other than a mapping, and every empty mapping, by its path, such as `resources.limits.cpu`. */
export function leaves(value: unknown, path = ""): Map<string, unknown> {
  if (!isMap(value)) return new Map([[path, value]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map(path === "" ? [] : [[path, value]]);
  return new Map(entries.flatMap(([key, child]) => [...leaves(child, path === "" ? key : `${path}.${key}`)]));
}
