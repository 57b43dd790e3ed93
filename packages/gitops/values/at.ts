import { SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import {
  parseValuesPath,
  type ValuesFile,
  valuesFolder,
  valuesPath,
  valuesPaths,
} from "@gitops-platform/contract/paths";
import { type Image, imageIn, type ImageState, readImage, type Version } from "@gitops-platform/contract/values/image";
import { Failure } from "@gitops-platform/contract/failure";
import { delivered } from "../catalogue/delivered";
import { sourceAt, sourceIn } from "../catalogue/rendering";
import type { Clone } from "../git/clone";
import { GitFailure } from "../git/run-git";
import { summarizeValues, type ValuesSummary } from "./differences";
import { setImage } from "./edit";

/** A service's file in an environment at a revision, with the source that the service has in the same revision. */
export interface ServiceText {
  readonly path: string;
  readonly text: string;
  readonly source: Source;
}

/** Undefined if there is no file. Throws a Failure if the service's declaration there cannot be read. */
export async function textAt(clone: Clone, revision: string, file: ValuesFile): Promise<ServiceText | undefined> {
  const texts = await textsAt(clone, revision, file);
  if (texts.size === 0) return undefined;
  const source = await sourceAt(clone, revision, file.service);
  const path = valuesPath(file, source);
  const text = texts.get(path);
  return text === undefined ? undefined : { path, text, source };
}

/** The texts at the paths that a service's file may have, by path. */
export async function textsAt(clone: Clone, revision: string, file: ValuesFile): Promise<ReadonlyMap<string, string>> {
  const paths = valuesPaths(file);
  const texts = await Promise.all(paths.map((path) => clone.read(revision, path)));
  return new Map(paths.flatMap((path, index) => (texts[index] === undefined ? [] : [[path, texts[index]]])));
}

/** The path of a service's file at a revision, to name it. With a declaration that cannot be read, the usual one. */
export async function pathAt(clone: Clone, revision: string, file: ValuesFile): Promise<string> {
  const declaration = await clone.read(revision, declarationPath(file.service));
  return valuesPath(file, sourceIn(file.service, declaration) ?? SERVICE_SOURCE);
}

/** The names of what {@link textAt} reads, to prefetch them. */
export function namesAt(revision: string, file: ValuesFile): string[] {
  return [...valuesPaths(file), declarationPath(file.service)].map((path) => `${revision}:${path}`);
}

/**
 * The image of a service in an environment at a revision; undefined if it has no file there.
 * @throws {Failure} like {@link readImage}, or if the service's declaration cannot be read.
 */
export async function imageAt(clone: Clone, revision: string, file: ValuesFile): Promise<Image | undefined> {
  const found = await textAt(clone, revision, file);
  return found && imageOfText(found);
}

/** The same for a file that may be missing or unreadable. */
export async function imageStateAt(clone: Clone, revision: string, file: ValuesFile): Promise<ImageState> {
  try {
    const found = await textAt(clone, revision, file);
    return imageIn(found?.text, found?.path ?? "", found?.source);
  } catch (error) {
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return { state: "unreadable", reason: error.message };
  }
}

/**
 * Each service's file at a revision in a form for comparisons. No content of a file makes it throw.
 * @param places The files, each with the revision to read it at.
 */
export async function summariesAt(
  clone: Clone,
  places: readonly (ValuesFile & { readonly revision: string })[],
): Promise<(ValuesSummary | undefined)[]> {
  const texts = await clone.readBlobs(places.flatMap((place) => namesAt(place.revision, place)));
  return places.map((place) => {
    const { service, revision } = place;
    const declaration = texts.get(`${revision}:${declarationPath(service)}`);
    const path = valuesPath(place, sourceIn(service, declaration) ?? SERVICE_SOURCE);
    const text = texts.get(`${revision}:${path}`);
    return text === undefined ? undefined : summarize(text, service, declaration);
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
export function imageOfText({ path, text, source }: ServiceText): Image {
  return readImage(text, path, source);
}

/** The file with another version. */
export function withVersion({ path, text, source }: ServiceText, version: Version): string {
  return setImage(text, version, path, source);
}

/**
 * A new text for a service's file at a revision.
 * @throws {Failure} like {@link textOn}.
 */
export async function rewritten(
  clone: Clone,
  revision: string,
  file: ValuesFile,
  rewrite: (present: ServiceText) => string,
): Promise<ReadonlyMap<string, string>> {
  const present = await textOn(clone, revision, file);
  return new Map([[present.path, rewrite(present)]]);
}

/**
 * A service's file at a revision.
 * @throws {Failure} if there is none, naming the services that have one.
 */
export async function textOn(clone: Clone, revision: string, file: ValuesFile): Promise<ServiceText> {
  const present = await textAt(clone, revision, file);
  if (present) return present;
  const { retired } = await delivered(clone, revision, file.environment);
  if (retired.has(file.service)) throw new Failure(retiredProblem(file));
  const paths = await clone.list(revision, `${valuesFolder(file.environment)}/`);
  const services = paths.flatMap((found) => parseValuesPath(found)?.service ?? []);
  const path = await pathAt(clone, revision, file);
  const rule = services.length > 0 ? `one of ${services.join(", ")}` : "a service with values there";
  throw new Failure(`service: got ${file.service}, but there is no ${path}; expected ${rule}. Add the file first.`);
}

function retiredProblem({ environment, service }: ValuesFile): string {
  const way = `To bring it back, name ${environment} below environments there, and add its values.`;
  return (
    `service: got ${service}, which ${declarationPath(service)} retires in ${environment}; ` +
    `expected one that runs there. ${way}`
  );
}

/**
 * A service's image at a revision.
 * @throws {Failure} like {@link textOn}, or if it cannot be read.
 */
export async function imageOn(clone: Clone, revision: string, file: ValuesFile): Promise<Image> {
  return imageOfText(await textOn(clone, revision, file));
}
