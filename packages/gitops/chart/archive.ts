import { gunzipSync } from "node:zlib";
import { Failure } from "@gitops-platform/contract/failure";

/** The maximum size of an unpacked archive. Nobody can review a larger chart. */
const MOST_BYTES = 20_000_000;
const MOST_FILES = 2_000;

/** A path that means the same on every system. */
const PATH = /^[A-Za-z0-9_.+-]+(\/[A-Za-z0-9_.+-]+)*$/;

/**
 * The files of a packed chart, by their paths in the chart's folder. Nothing is written.
 * @param name What the archive is called in messages.
 * @throws {Failure} for links, devices, paths outside the folder, and names that some systems treat as equal.
 */
export function readArchive(archive: Buffer, name: string): ReadonlyMap<string, Buffer> {
  const problems: string[] = [];
  const files = new Map<string, Buffer>();
  const folded = new Set<string>();
  for (const { path, type, content } of entriesOf(unpacked(archive, name), name)) {
    if (type === "5") continue;
    const [, ...rest] = path.split("/");
    const inside = rest.join("/");
    const isOther = type !== "0" && type !== "\0";
    if (isOther || !PATH.test(path) || inside === "" || rest.some((part) => /^\.{1,2}$/.test(part))) {
      const got = isOther ? "something that is no file" : "a path that is not in the chart's folder";
      problems.push(`${name}: ${JSON.stringify(path)}: got ${got}; expected files of one folder. Ask its author.`);
    } else if (folded.has(inside.toLowerCase())) {
      problems.push(`${name}: ${JSON.stringify(path)}: got it twice; expected each file once. Ask its author.`);
    } else {
      folded.add(inside.toLowerCase());
      files.set(inside, content);
    }
  }
  if (files.size > MOST_FILES) problems.push(`${name}: got ${files.size} files; expected at most ${MOST_FILES}.`);
  if (problems.length > 0) throw new Failure(...problems);
  return files;
}

function unpacked(archive: Buffer, name: string): Buffer {
  try {
    return gunzipSync(archive, { maxOutputLength: MOST_BYTES });
  } catch {
    throw new Failure(
      `${name}: got no archive of at most ${MOST_BYTES} bytes; expected a packed chart. Ask its author.`,
    );
  }
}

interface TarEntry {
  readonly path: string;
  /** As in the tar format: `0` is a file, `5` a folder. */
  readonly type: string;
  readonly content: Buffer;
}

const BLOCK = 512;

/**
 * Headers of 512 bytes, each before its content:
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
function* entriesOf(tar: Buffer, name: string): Generator<TarEntry> {
  let longer: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return;
    const size = Number.parseInt(text(header, 124, 12), 8);
    const content = tar.subarray(at + BLOCK, at + BLOCK + size);
    if (!isIntact(header) || Number.isNaN(size) || content.length !== size) {
      throw new Failure(`${name}: got a damaged archive; expected a packed chart. Run the command again.`);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === "x" || type === "L")
      longer = type === "L" ? text(content, 0, size) : paxPath(content.toString("utf8"));
    else if (type !== "g") {
      const [prefix, own] = [text(header, 345, 155), text(header, 0, 100)];
      yield { path: longer ?? (prefix === "" ? own : `${prefix}/${own}`), type, content };
      longer = undefined;
    }
  }
}

/** The path in a header of the newer format, whose lines are `<length> <key>=<value>`. */
function paxPath(records: string): string | undefined {
  return /^\d+ path=(.*)$/m.exec(records)?.[1];
}

/** Whether a header's checksum is right: the sum of its bytes, with spaces in place of the checksum. */
function isIntact(header: Buffer): boolean {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  return sum === Number.parseInt(text(header, 148, 8), 8);
}

/** A field of a header, which ends at its first zero. */
function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end).trimEnd();
}
