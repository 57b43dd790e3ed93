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
 * Reads the image of a values file's text, which must be one that can be edited: for what goes on from it. What has only to be told, of any
 * file there ever was, reads summary.ts.
 * @param file The file's name, for the message of an error.
 * @throws {Failure} where the text is not what {@link findImage} takes.
 */
export function readImage(text: string, file: string): Image {
  const { repository, tag, digest } = findImage(text, file);
  return { repository, tag: tag.text, digest: digest?.text };
}

/** The image of any text; undefined where it names none, or none that could be edited: other checks say so. */
export function imageIn(text: string | undefined): Image | undefined {
  if (text === undefined) return undefined;
  try {
    return readImage(text, "values");
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}

/** Whether two versions are the same build. */
export function sameVersion(one: Version, other: Version): boolean {
  return one.tag === other.tag && one.digest === other.digest;
}

/** A version as trailers write it: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
export function versionName({ tag, digest }: Version): string {
  return digest === undefined ? tag : `${tag}@${digest}`;
}
