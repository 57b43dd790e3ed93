import { Failure } from "../failure";
import { findImage } from "./image-fields";

/** The build that a values file names. */
export interface Version {
  readonly tag: string;
  /** `sha256:…`; undefined where the file has none. */
  readonly digest?: string | undefined;
}

/** The image of a values file. */
export interface Image extends Version {
  /** Registry and path; undefined where the file leaves it out. */
  readonly repository?: string | undefined;
}

/**
 * Reads the image of a values file's text, which must be one that can be edited: for what goes on from it. What has
 * only to be told, of any file there ever was, reads summary.ts.
 * @param file The file's name, for the message of an error.
 * @throws {Failure} where the text is not what {@link findImage} takes.
 */
export function readImage(text: string, file: string): Image {
  const { repository, tag, digest } = findImage(text, file);
  return { repository, tag: tag.text, digest: digest?.text };
}

/** What a file says of its image, where the file may not be there, or not be one that can be read without doubt. */
export type ImageState =
  | { readonly state: "no file" }
  | { readonly state: "unreadable"; readonly reason: string }
  | { readonly state: "read"; readonly image: Image };

/**
 * Looks for the image of any text.
 * @param text Undefined: there is no file.
 * @param file The file's name, for the reason why it cannot be read.
 */
export function imageIn(text: string | undefined, file: string): ImageState {
  if (text === undefined) return { state: "no file" };
  try {
    return { state: "read", image: readImage(text, file) };
  } catch (error) {
    if (error instanceof Failure) return { state: "unreadable", reason: error.message };
    throw error;
  }
}

/** Whether two versions are the same build. */
export function sameVersion(one: Version, other: Version): boolean {
  return one.tag === other.tag && one.digest === other.digest;
}

/**
 * An image in full: `ghcr.io/vaarak/api:sha-a1b2c3d@sha256:…`. Where the file leaves the repository out, only its
 * version.
 */
export function imageName({ repository, ...version }: Image): string {
  const name = repository === undefined ? versionName(version) : `${repository}:${versionName(version)}`;
  // It comes into titles and commit messages, and nothing may leave its line there.
  return name.replace(/[`\p{Cc}\p{Zl}\p{Zp}]+/gu, "?");
}

/**
 * What to know of a version that goes to another place than it comes from, in sentences; undefined where it does not.
 * The digest of an image is the same in every registry. A tag may be anything in another one.
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

/** A version as trailers write it: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
export function versionName({ tag, digest }: Version): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}
