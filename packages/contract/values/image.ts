import { CST, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { $defs } from "../../../gitops-repo/charts/service/values.schema.json";
import { Failure } from "../failure";
import { type ChartSource, type KustomizeSource, SERVICE_SOURCE, type Source } from "../source";
import { readManifestImage } from "./manifest-image";
import { parseValues } from "./parse";
import { isMap as isPlainMap } from "./plain";

/** The version of an image. */
export interface Version {
  readonly tag: string;
  /** `sha256:…`; undefined if the file has none. */
  readonly digest?: string | undefined;
}

/** The image of a values file. */
export interface Image extends Version {
  /** Registry and path; undefined if the file omits it. */
  readonly repository?: string | undefined;
}

/**
 * Reads the image from a service's file, for code that writes it somewhere else. To show the image of any file in the
 * history, use `summarizeValues`.
 * @param file The file's name, for messages.
 * @param source The service's source in the same revision. Default: the service chart.
 * @throws {Failure} like {@link findImage}.
 */
export function readImage(text: string, file: string, source: Source = SERVICE_SOURCE): Image {
  if (source.kind === "manifests") return readManifestImage(text, file, source);
  const { repository, tag, digest } = findImage(text, file, source);
  return { repository, tag: tag.text, digest: digest?.text };
}

/** The image in a file that may not exist, or may be ambiguous. */
export type ImageState =
  | { readonly state: "no file" }
  | { readonly state: "unreadable"; readonly reason: string }
  | { readonly state: "read"; readonly image: Image };

/**
 * Reads the image, or why it cannot be read.
 * @param text Undefined if there is no file.
 * @param file The file's name, for the reason.
 */
export function imageIn(text: string | undefined, file: string, source: Source = SERVICE_SOURCE): ImageState {
  if (text === undefined) return { state: "no file" };
  try {
    return { state: "read", image: readImage(text, file, source) };
  } catch (error) {
    if (error instanceof Failure) return { state: "unreadable", reason: error.message };
    throw error;
  }
}

/** An image in values besides the service's own, such as a sidecar's. No bump or promotion changes it. */
export interface OtherImage {
  /** The keys to it, such as `["sidecars", "proxy", "image"]`. */
  readonly path: readonly string[];
  readonly image: Image;
}

/** Every image in a service's values but its own. An incomplete one, which the chart's schema refuses, is left out. */
export function otherImages(values: unknown, path: readonly string[] = []): OtherImage[] {
  if (!isPlainMap(values)) return [];
  return Object.entries(values).flatMap(([key, value]): OtherImage[] => {
    const here = [...path, key];
    // A workload may be called image, too.
    const below = otherImages(value, here);
    if (key !== "image" || here.length === 1 || !isPlainMap(value)) return below;
    const { repository, tag, digest } = value;
    if (typeof repository !== "string" || typeof tag !== "string") return below;
    const image = { repository, tag, digest: typeof digest === "string" ? digest : undefined };
    return [{ path: here, image }, ...below];
  });
}

/** Whether two versions are the same build. */
export function sameVersion(one: Version, other: Version): boolean {
  return one.tag === other.tag && one.digest === other.digest;
}

/**
 * The full name of an image: `ghcr.io/vaarak/api:sha-a1b2c3d@sha256:…`. Only the version if the repository is unset.
 */
export function imageName({ repository, ...version }: Image): string {
  const name = repository === undefined ? versionName(version) : `${repository}:${versionName(version)}`;
  // The name is used in titles and commit messages, so it must not contain line breaks.
  return name.replace(/[`\p{Cc}\p{Zl}\p{Zp}]+/gu, "?");
}

/**
 * A note about a version that is pulled from another repository than before; undefined if the repository is the same.
 * An image has the same digest in every registry, but a tag may be another image there.
 */
export function otherPlace(from: Image, to: Image): string | undefined {
  if (from.repository === to.repository) return undefined;
  const version = { tag: from.tag, digest: from.digest };
  const [there, here] = [from, to].map(({ repository }) => imageName({ repository, ...version }));
  const places = `It comes from \`${there}\` and is pulled as \`${here}\``;
  if (from.digest !== undefined) return `${places}: the digest says that both are the same image.`;
  const advice = "Bump it with its digest: that is the same in every registry.";
  return `${places}. **No digest says that both are the same image.** ${advice}`;
}

/** A version in the form of trailers: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
export function versionName({ tag, digest }: Version): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}

/** One key of the image with its value, and their offsets in the file's text. */
export interface Field {
  /** The offset of the key. */
  readonly start: number;
  /** The offset of the separator before the key; in a flow mapping that is the comma. */
  readonly separator: number;
  /** The value in its written form, including quotes. */
  readonly source: string;
  /** The offset of the value. */
  readonly offset: number;
  /** The value. */
  readonly text: string;
}

/** The image's keys in a values file. */
export interface ImageFields {
  readonly repository: string | undefined;
  readonly tag: Field;
  readonly digest: Field | undefined;
  /** The offsets of all keys, in their order. */
  readonly starts: readonly number[];
  /** The range of the mapping if it is written in braces; undefined if each key has its own line. */
  readonly flow: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Finds the image in a values file or kustomization.
 * @param file The file's name, for messages.
 * @throws {Failure} with file, line and column: like {@link parseValues}, without a tag, or if its value is not text on
 *   one line.
 */
export function findImage(
  text: string,
  file: string,
  source: ChartSource | KustomizeSource = SERVICE_SOURCE,
): ImageFields {
  const { root, lines } = parseValues(text, file);
  const path = new EditedPath(file, lines);
  const { map, name, keys } =
    source.kind === "chart"
      ? { map: path.mapping(root, source.image), name: source.image.join("."), keys: CHART_KEYS }
      : { ...path.imagesEntry(root, source), keys: KUSTOMIZE_KEYS };
  const tag = path.entry(map, keys.tag);
  if (!tag) {
    throw path.failure(map.range?.[0] ?? 0, `${name}.${keys.tag}: got nothing; expected the image's tag. Add it.`);
  }
  const digest = path.entry(map, "digest");
  // Kustomize keeps the name that it looks for.
  const repository = map.get(keys.repository) ?? (source.kind === "kustomize" ? map.get("name") : undefined);
  return {
    repository: typeof repository === "string" ? repository : undefined,
    tag: path.field(tag, `${name}.${keys.tag}`),
    digest: digest && path.field(digest, `${name}.digest`),
    starts: map.items.map((pair) => startOf(pair.key, pair)),
    flow: map.flow === true ? { start: map.range?.[0] ?? 0, end: map.range?.[1] ?? 0 } : undefined,
  };
}

/** The keys of an image in values, and in an entry of a kustomization's `images`. */
const CHART_KEYS = { repository: "repository", tag: "tag" } as const;
const KUSTOMIZE_KEYS = { repository: "newName", tag: "newTag" } as const;

/** Finds keys, and refuses values that cannot be edited safely. */
class EditedPath {
  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
  ) {}

  failure(offset: number, text: string): Failure {
    const { line, col } = this.lines.linePos(offset);
    return new Failure(`${this.file}:${Math.max(1, line)}:${Math.max(1, col)}: ${text}`);
  }

  /** The mapping of the image, below some keys. */
  mapping(root: YAMLMap, keys: readonly string[]): YAMLMap {
    return keys.reduce((map, key, index) => {
      const pair = this.entry(map, key);
      const name = keys.slice(0, index + 1).join(".");
      if (!pair) {
        const offset = index === 0 ? 0 : (map.range?.[0] ?? 0);
        throw this.failure(offset, `${name}: got nothing; expected repository and tag of an image. Add them.`);
      }
      if (isMap(pair.value)) return pair.value;
      const rule = index === keys.length - 1 ? "a mapping with the key tag" : "a mapping";
      throw this.failure(startOf(pair.value, pair), `${name}: expected ${rule}. Write it so.`);
    }, root);
  }

  /** The entry of a kustomization's `images` with the service's version. */
  imagesEntry(root: YAMLMap, { image }: KustomizeSource): { readonly map: YAMLMap; readonly name: string } {
    const images = this.entry(root, "images");
    const entries = isSeq(images?.value) ? images.value.items : [];
    const found = entries.flatMap((item, index) => {
      const named = isMap(item) ? item.get("name") : undefined;
      return isMap(item) && (image === undefined || named === image) ? [{ map: item, name: `images[${index}]` }] : [];
    });
    const [first, second] = found;
    const offset = images ? startOf(images.value, images) : 0;
    if (!first) {
      const expected = image === undefined ? "the service's image" : `the image ${image}`;
      const got = entries.length === 0 ? "nothing" : "other entries";
      throw this.failure(offset, `images: got ${got}; expected an entry with name and newTag of ${expected}. Add it.`);
    }
    if (second && image === undefined) {
      const fix = "Name the one with the service's version as image below source in the service's declaration.";
      throw this.failure(offset, `images: got ${found.length} entries; expected one. ${fix}`);
    }
    if (second) throw this.failure(offset, `images: got ${image ?? ""} twice; expected it once. Remove one entry.`);
    const [key] = first.map.items;
    if (isScalar(key?.key) && key.key.value === "name") return first;
    const rule = "name as the first key, so that the others have lines of their own";
    throw this.failure(first.map.range?.[0] ?? 0, `${first.name}: got another key first; expected ${rule}. Move it.`);
  }

  /** A key of a mapping with its value; undefined if the mapping does not have it. */
  entry(map: YAMLMap, key: string): Pair | undefined {
    return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
  }

  field(pair: Pair, name: string): Field {
    const { key, value, srcToken } = pair;
    const start = startOf(key, pair);
    const token = isScalar(value) ? value.srcToken : undefined;
    const isText = CST.isScalar(token) && token.type !== "block-scalar" && !token.source.includes("\n");
    if (!isScalar(value) || !isText) {
      const got = isScalar(value) ? (token ? "text over several lines" : "nothing") : "something else";
      throw this.failure(startOf(value, pair), `${name}: got ${got}; expected text on one line. Put it in quotes.`);
    }
    const separator = srcToken?.start[0]?.offset ?? start;
    return { start, separator, source: token.source, offset: token.offset, text: textOf(value, token.source) };
  }
}

/** A number is returned in its written form. The next edit puts it in quotes. */
function textOf({ value }: Scalar, source: string): string {
  return typeof value === "string" ? value : source;
}

function startOf(node: unknown, { key }: Pair): number {
  return (node as Node | null)?.range?.[0] ?? (key as Node | null)?.range?.[0] ?? 0;
}

// The chart's schema defines both forms, so that the commands write only what the chart accepts.
const { tag: TAG, digest: DIGEST } = $defs.image.properties;

/** Why a text cannot be a tag; undefined if it can. Whether the tag identifies one build is decided by the rules. */
export function tagProblem(tag: string): string | undefined {
  if (new RegExp(TAG.pattern).test(tag)) return undefined;
  const got = tag === "" ? "nothing" : JSON.stringify(tag);
  return (
    `tag: got ${got}; expected at most 128 of the characters A-Z a-z 0-9 _ . and -, none of the last two first. ` +
    "Take the one that was pushed."
  );
}

/** Why a text cannot be an image's digest; undefined if it can. */
export function digestProblem(digest: string): string | undefined {
  if (new RegExp(DIGEST.pattern).test(digest)) return undefined;
  return (
    `digest: got ${JSON.stringify(digest)}; expected sha256: and 64 of the characters 0-9 and a-f. ` +
    "Take it from what the registry answers to the push."
  );
}
