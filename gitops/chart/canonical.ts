import { Failure } from "../errors";

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** An object of Kubernetes, as far as it must be one. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: Json;
}

/**
 * Argo CD passes over a file that has this anywhere:
 * https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go
 */
const SKIPPED_BY_ARGOCD = "argocd:skip-file-rendering";

/**
 * Manifests as one text that no two parsers read differently: a document for each object, keys sorted, no comments,
 * anchors, aliases or tags, ASCII only, and every string in quotes but those that are words to any version of YAML.
 * @throws {Failure} naming what cannot be written so.
 */
export function writeManifests(manifests: readonly Manifest[]): string {
  const text = manifests.map((manifest) => `---\n${block(manifest, "").replace(/^\n/, "")}\n`).join("");
  if (text.includes(SKIPPED_BY_ARGOCD)) {
    throw new Failure(`manifests: got ${SKIPPED_BY_ARGOCD}; expected text without it: Argo CD would skip all of them.`);
  }
  return text;
}

/** A value after its key's colon, or after a list's hyphen: on the same line, or on lines of its own. */
function block(value: Json, indent: string): string {
  if (Array.isArray(value)) return list(value as readonly Json[], indent);
  if (typeof value === "object" && value !== null) return mapping(value as Readonly<Record<string, Json>>, indent);
  return ` ${scalar(value)}`;
}

function mapping(value: Readonly<Record<string, Json>>, indent: string): string {
  const keys = Object.keys(value).sort(byCodePoints);
  if (keys.length === 0) return " {}";
  return keys.map((name) => `\n${indent}${key(name)}:${block(value[name] ?? null, `${indent}  `)}`).join("");
}

function list(items: readonly Json[], indent: string): string {
  if (items.length === 0) return " []";
  // What an item has on lines of its own begins on the hyphen's, two characters further in.
  return items.map((item) => `\n${indent}-${block(item, `${indent}  `).replace(/^\n *(?=\S)/, " ")}`).join("");
}

function scalar(value: null | boolean | number | string): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return number(value);
  return String(value);
}

/** Sorted as Git, Go and the eye do, without a language's rules. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** YAML takes no longer key without a mark of its own. In characters. */
const LONGEST_KEY = 1_000;

function key(name: string): string {
  const written = text(name);
  if (written.length > LONGEST_KEY) {
    throw new Failure(`manifests: got a key of ${written.length} characters; expected ${LONGEST_KEY} at most.`);
  }
  return written;
}

function number(value: number): string {
  if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    throw new Failure(`manifests: got about ${value}, which is not exact any more; expected text. Quote it.`);
  }
  // -0 is 0, and what has an exponent has a point, or some parsers would read text.
  return String(value === 0 ? 0 : value).replace(/^(-?\d+)e/, "$1.0e");
}

/** Letters first, so no number, date or marker; a colon only between letters and digits, so no key. */
const PLAIN = /^[A-Za-z/](?:[A-Za-z0-9_./@-]|:(?=[A-Za-z0-9]))*$/;
/** What YAML 1.1, or 1.2, takes for something else than text. */
const WORDS = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

function text(value: string): string {
  if (PLAIN.test(value) && !WORDS.has(value.toLowerCase())) return value;
  // By code points: outside the basic plane JSON's two halves are one character to YAML.
  const escaped = Array.from(value, (character) => escape(character));
  return `"${escaped.join("")}"`;
}

function escape(character: string): string {
  const short = SHORT.get(character);
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0xd800 && code <= 0xdfff) {
    throw new Failure("manifests: got half of a character; expected text that is UTF-8.");
  }
  if (code >= 0x20 && code < 0x7f) return character;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\t", "\\t"],
]);

function hex(code: number, digits: number): string {
  return code.toString(16).toUpperCase().padStart(digits, "0");
}
