import { Failure } from "./failure";

/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A Kubernetes object. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [key: string]: Json;
}

/**
 * Argo CD ignores a file that contains this text anywhere:
 * https://github.com/argoproj/argo-cd/blob/v3.6.1/reposerver/repository/repository.go
 */
export const SKIPPED_BY_ARGOCD = "argocd:skip-file-rendering";

/**
 * Formats manifests as canonical YAML, which every parser reads alike: one document for each object, sorted keys, only
 * ASCII, no comments, anchors, aliases or tags, and quotes around all strings except plain words.
 * @throws {Failure} for values that cannot be written in this form.
 */
export function writeManifests(manifests: readonly Manifest[]): string {
  const text = manifests.map((manifest) => `---\n${block(manifest, "").replace(/^\n/, "")}\n`).join("");
  if (text.includes(SKIPPED_BY_ARGOCD)) {
    throw new Failure(`manifests: got ${SKIPPED_BY_ARGOCD}; expected text without it: Argo CD would skip all of them.`);
  }
  return text;
}

/** A value after its key's colon or its list's hyphen, on the same line or on new lines. */
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
  // An item's first line continues the hyphen's line; the others are indented by two characters.
  return items.map((item) => `\n${indent}-${block(item, `${indent}  `).replace(/^\n *(?=\S)/, " ")}`).join("");
}

function scalar(value: null | boolean | number | string): string {
  if (typeof value === "string") return text(value);
  if (typeof value === "number") return number(value);
  return String(value);
}

/** Sorts like Git and Go, independent of the locale. */
function byCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** The maximum length of a key without an explicit mark in YAML, in characters. */
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
  // Some parsers read a number with an exponent but no decimal point as text. -0 is written as 0.
  return String(value === 0 ? 0 : value).replace(/^(-?\d+)e/, "$1.0e");
}

/**
 * Starts with a letter, so it is no number, date or marker. A colon needs a letter or digit after it, so it is no key.
 */
const PLAIN = /^[A-Za-z/](?:[A-Za-z0-9_./@-]|:(?=[A-Za-z0-9]))*$/;
/** Words that YAML 1.1 or 1.2 does not read as text. */
const WORDS = new Set(["y", "n", "yes", "no", "on", "off", "true", "false", "null"]);

function text(value: string): string {
  if (PLAIN.test(value) && !WORDS.has(value.toLowerCase())) return value;
  // By code points, because YAML does not combine two escaped surrogates to one character as JSON does.
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
