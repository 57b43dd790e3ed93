import type { Source } from "@gitops-platform/contract/source";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { type Image, imageIn, type ImageState, readImage, type Version } from "@gitops-platform/contract/values/image";
import { Failure } from "@gitops-platform/contract/failure";
import { sourceAt, sourceIn } from "../catalogue/rendering";
import type { Clone } from "../git/clone";
import { GitFailure } from "../git/run-git";
import { summarizeValues, type ValuesSummary } from "./differences";
import { setImage } from "./edit";

/** A service's file in an environment at a revision, with the source that the service has in the same revision. */
export interface ServiceText {
  readonly text: string;
  readonly source: Source;
}

/** Undefined if there is no file. Throws a Failure if the service's declaration there cannot be read. */
export async function textAt(clone: Clone, revision: string, file: ValuesFile): Promise<ServiceText | undefined> {
  const text = await clone.read(revision, valuesPath(file));
  return text === undefined ? undefined : { text, source: await sourceAt(clone, revision, file.service) };
}

/** The names of what {@link textAt} reads, to prefetch them. */
export function namesAt(revision: string, file: ValuesFile): string[] {
  return [`${revision}:${valuesPath(file)}`, `${revision}:${declarationPath(file.service)}`];
}

/**
 * The image of a service in an environment at a revision; undefined if it has no file there.
 * @throws {Failure} like {@link readImage}, or if the service's declaration cannot be read.
 */
export async function imageAt(clone: Clone, revision: string, file: ValuesFile): Promise<Image | undefined> {
  const found = await textAt(clone, revision, file);
  return found && imageOfText(found, file);
}

/** The same where the file may not exist, or may be unreadable. */
export async function imageStateAt(clone: Clone, revision: string, file: ValuesFile): Promise<ImageState> {
  try {
    const found = await textAt(clone, revision, file);
    return imageIn(found?.text, valuesPath(file), found?.source);
  } catch (error) {
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return { state: "unreadable", reason: error.message };
  }
}

/**
 * Each service's file at a revision in a form for comparisons. Never throws for what is in them.
 * @param places The files, each with the revision to read it at.
 */
export async function summariesAt(
  clone: Clone,
  places: readonly (ValuesFile & { readonly revision: string })[],
): Promise<(ValuesSummary | undefined)[]> {
  const texts = await clone.readBlobs(places.flatMap((place) => namesAt(place.revision, place)));
  return places.map((place) => {
    const [text, declaration] = namesAt(place.revision, place).map((name) => texts.get(name));
    return text === undefined ? undefined : summarize(text, place.service, declaration);
  });
}

/**
 * Summarizes a service's file.
 * @param declaration The text of the service's declaration in the same revision; undefined without one.
 */
export function summarize(text: string, service: string, declaration: string | undefined): ValuesSummary {
  const source = sourceIn(service, declaration);
  return source ? summarizeValues(text, source) : { image: null, repository: null, others: text };
}

/** The image of a file that was read. */
export function imageOfText({ text, source }: ServiceText, file: ValuesFile): Image {
  return readImage(text, valuesPath(file), source);
}

/** The file with another version. */
export function withVersion({ text, source }: ServiceText, version: Version, file: ValuesFile): string {
  return setImage(text, version, valuesPath(file), source);
}
