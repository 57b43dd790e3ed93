import { CST, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from "yaml";
import { Failure } from "../failure";
import type { ManifestsSource } from "../source";
import type { Image, Version } from "./image";
import { parseObjects, quoteLike } from "./parse";

/** An image in the text of a file with objects. */
interface Place {
  /** The offset of the value. */
  readonly offset: number;
  /** The value in its written form, including quotes. */
  readonly source: string;
}

/** The service's image in a file with objects. */
interface ManifestImage {
  readonly image: Image & { readonly repository: string };
  /** Every place that has it: several workloads may run the same container. */
  readonly places: readonly Place[];
}

/**
 * Reads the image of a service's container from a file with objects.
 * @throws {Failure} with file, line and column: like {@link parseObjects}, without such a container, if several have
 *   different images, or for an image without a tag.
 */
export function readManifestImage(text: string, file: string, source: ManifestsSource): Image {
  return findManifestImage(text, file, source).image;
}

/**
 * Writes a version into a file with objects. Only the images of the service's container change.
 * @throws {Failure} like {@link readManifestImage}.
 */
export function setManifestImage(
  text: string,
  { tag, digest }: Version,
  file: string,
  source: ManifestsSource,
): string {
  const { image, places } = findManifestImage(text, file, source);
  const name = `${image.repository}:${tag}${digest === undefined ? "" : `@${digest}`}`;
  // From the end, so that earlier offsets stay valid.
  return places.toReversed().reduce((result, place) => {
    return (
      result.slice(0, place.offset) + written(place.source, name) + result.slice(place.offset + place.source.length)
    );
  }, text);
}

/** An image's name in the quoting that it has. Without quotes, every reader of YAML takes such a name for text. */
function written(source: string, name: string): string {
  return /^["']/.test(source) || !/^[A-Za-z][\w./:@-]*\w$/.test(name) ? quoteLike(source, name) : name;
}

function findManifestImage(text: string, file: string, { container }: ManifestsSource): ManifestImage {
  const { documents, lines } = parseObjects(text, file);
  const all = documents.flatMap((document) => containersIn(document));
  const own = container === undefined ? all : all.filter(({ name }) => name === container);
  const [first] = own;
  if (!first) {
    const got = container === undefined ? "no container" : `no container ${container}`;
    throw new Failure(`${file}:1:1: containers: got ${got}; expected the one with the service's version. Add it.`);
  }
  if (container === undefined && own.length > 1) {
    const names = own.map(({ name }) => name).join(", ");
    const fix = "Name the one with the service's version as container below source in the service's declaration.";
    throw new Failure(`${file}:1:1: containers: got ${names}; expected one. ${fix}`);
  }
  const found = own.map((each) => ({ ...each, ...imageOf(each, file, lines) }));
  const [one, ...others] = found;
  const other = others.find(({ text }) => text !== one?.text);
  if (other) {
    const got = JSON.stringify(other.text);
    const expected = JSON.stringify(one?.text);
    const message = `the image of ${first.name}: got ${got}; expected ${expected}, as above. Write the same one.`;
    throw new Failure(`${placeOf(file, lines, other.offset)}: ${message}`);
  }
  if (!one) throw new Failure(`${file}: containers: got none; expected one. Add it.`);
  return { image: one.image, places: found.map(({ offset, source }) => ({ offset, source })) };
}

interface Container {
  readonly name: string;
  readonly node: Node;
  /** Undefined: it has none. */
  readonly image: unknown;
}

/** Where the kinds of workloads have their pods. */
const PODS: Readonly<Record<string, readonly string[]>> = {
  Deployment: ["spec", "template", "spec"],
  StatefulSet: ["spec", "template", "spec"],
  Job: ["spec", "template", "spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};

function containersIn(document: Document): Container[] {
  const kind = document.get("kind");
  const path = typeof kind === "string" && Object.hasOwn(PODS, kind) ? PODS[kind] : undefined;
  if (!path) return [];
  return ["initContainers", "containers"].flatMap((list) => {
    const node = document.getIn([...path, list], true);
    if (!isSeq(node)) return [];
    return node.items.flatMap((item): Container[] => {
      if (!isMap(item)) return [];
      const name = item.get("name");
      return [{ name: typeof name === "string" ? name : "", node: item, image: item.get("image", true) }];
    });
  });
}

const IMAGE = /^([^\s@]+?):([A-Za-z0-9_][\w.-]{0,127})(?:@(sha256:[0-9a-f]{64}))?$/;

function imageOf({ name, node, image }: Container, file: string, lines: LineCounter) {
  const token = isScalar(image) ? image.srcToken : undefined;
  const text = isScalar(image) && typeof image.value === "string" ? image.value : undefined;
  const isOneLine = CST.isScalar(token) && token.type !== "block-scalar";
  const [, repository, tag, digest] = IMAGE.exec(text ?? "") ?? [];
  if (text === undefined || !isOneLine || repository === undefined || tag === undefined) {
    const at = placeOf(file, lines, (image as Node | undefined)?.range?.[0] ?? node.range?.[0] ?? 0);
    const rule = "<repository>:<tag>, or <repository>:<tag>@sha256:<digest>, on one line";
    throw new Failure(
      `${at}: the image of ${name}: got ${JSON.stringify(text ?? null)}; expected ${rule}. Write it so.`,
    );
  }
  return { text, offset: token.offset, source: token.source, image: { repository, tag, digest } };
}

function placeOf(file: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
}
