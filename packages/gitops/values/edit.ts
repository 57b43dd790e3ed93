import { Failure } from "@gitops-platform/contract/failure";
import {
  type Field,
  findImage,
  type ImageFields,
  readImage,
  type Version,
} from "@gitops-platform/contract/values/image";
import { setManifestImage } from "@gitops-platform/contract/values/manifest-image";
import { sameSource, SERVICE_SOURCE, type Source } from "@gitops-platform/contract/source";
import { quoteLike } from "@gitops-platform/contract/values/parse";

/** The new values in the form in which the file gets them, including quotes. */
interface Written {
  readonly tag: string;
  /** Undefined for no digest. */
  readonly digest: string | undefined;
}

/**
 * Writes a version into a service's file. Only the bytes of the tag and the digest change: comments, quotes, order,
 * line endings, blank lines and indentation stay. In values, a new digest gets its own line after the tag, and a
 * removed one takes its line with it.
 * @param file The file's name, for messages.
 * @param source The service's source in the same revision. Default: the service chart.
 * @throws {Failure} like {@link findImage}, or if a digest cannot be added or removed without other changes.
 */
export function setImage(text: string, version: Version, file: string, source: Source = SERVICE_SOURCE): string {
  if (source.kind === "manifests") return setManifestImage(text, version, file, source);
  const { tag, digest } = version;
  const fields = findImage(text, file, source);
  return rewrite(text, fields, file, {
    tag: fields.tag.text === tag ? fields.tag.source : quoteLike(fields.tag.source, tag),
    digest: digest === undefined ? undefined : digestSource(fields, digest),
  });
}

/** The sources of a service in two revisions. */
interface Sources {
  readonly now: Source;
  readonly earlier: Source;
}

/**
 * Restores the version of an earlier text of the same file. If only the version changed since, the result equals the
 * earlier text byte by byte.
 * @throws {Failure} like {@link setImage}.
 */
export function restoreImage(
  text: string,
  earlier: string,
  file: string,
  sources: Sources = { now: SERVICE_SOURCE, earlier: SERVICE_SOURCE },
): string {
  const source = sources.now;
  const past = readImage(earlier, file, sources.earlier);
  if (source.kind === "manifests" || !sameSource(source, sources.earlier)) return setImage(text, past, file, source);
  if (setImage(earlier, readImage(text, file, source), file, source) === text) return earlier;
  const { tag, digest } = findImage(earlier, file, source);
  return rewrite(text, findImage(text, file, source), file, { tag: tag.source, digest: digest?.source });
}

function digestSource({ tag, digest }: ImageFields, value: string): string {
  return digest?.text === value ? digest.source : quoteLike((digest ?? tag).source, value);
}

function rewrite(text: string, fields: ImageFields, file: string, { tag, digest }: Written): string {
  const edits = [{ start: fields.tag.offset, end: endOf(fields.tag), text: tag }];
  if (fields.digest && digest !== undefined) {
    edits.push({ start: fields.digest.offset, end: endOf(fields.digest), text: digest });
  } else if (fields.digest) {
    edits.push({ ...placeOf(text, fields, fields.digest, file), text: "" });
  } else if (digest !== undefined) {
    edits.push(newDigest(text, fields, digest, file));
  }
  // From the end, so that earlier offsets stay valid.
  edits.sort((one, other) => other.start - one.start);
  return edits.reduce((result, edit) => result.slice(0, edit.start) + edit.text + result.slice(edit.end), text);
}

/** The range that is removed with a key: its line, or in braces the key and one comma. */
function placeOf(text: string, { flow, starts }: ImageFields, field: Field, file: string) {
  if (flow) {
    checkOneLine(text, flow, file);
    const next = starts[starts.indexOf(field.start) + 1];
    if (starts[0] === field.start && next !== undefined) return { start: field.start, end: next };
    return { start: field.separator, end: endOf(field) };
  }
  const start = text.lastIndexOf("\n", field.start) + 1;
  const end = lineEnd(text, endOf(field));
  const lineBreak = lineBreakAt(text, end);
  // If the last line has no line break, the one before it is removed, so that the file still ends without one.
  if (lineBreak === "") return { start: lineEnd(text, start - (text[start - 2] === "\r" ? 2 : 1)), end };
  return { start, end: end + lineBreak.length };
}

function newDigest(text: string, { tag, flow }: ImageFields, digest: string, file: string) {
  if (flow) {
    checkOneLine(text, flow, file);
    return { start: endOf(tag), end: endOf(tag), text: `, digest: ${digest}` };
  }
  const indent = text.slice(text.lastIndexOf("\n", tag.start) + 1, tag.start);
  const end = lineEnd(text, endOf(tag));
  const lineBreak = lineBreakAt(text, end) || (/\r?\n/.exec(text)?.[0] ?? "\n");
  return { start: end, end, text: `${lineBreak}${indent}digest: ${digest}` };
}

function checkOneLine(text: string, { start, end }: { start: number; end: number }, file: string): void {
  if (!text.slice(start, end).includes("\n")) return;
  const line = text.slice(0, start).split("\n").length;
  const column = start - text.lastIndexOf("\n", start - 1);
  throw new Failure(
    `${file}:${line}:${column}: image: in braces over several lines, where a digest cannot come or go by itself. ` +
      "Write each key on a line, without braces.",
  );
}

function endOf({ offset, source }: Field): number {
  return offset + source.length;
}

/** The offset of the next line break, or of the end of the text. */
function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

function lineBreakAt(text: string, at: number): string {
  return /^\r?\n/.exec(text.slice(at, at + 2))?.[0] ?? "";
}
