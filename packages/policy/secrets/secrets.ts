import { type Node, parseAllDocuments } from "yaml";
import { formsIn } from "./forms";
import { holdsSecret, isSecretOf } from "./names";

/** A secret in plain text, in a value as JSON has it. */
export interface Found {
  /** What it is: `a GitHub token`. */
  readonly kind: string;
  /** Where: keys of mappings, indices of lists. */
  readonly keys: Keys;
  /** The secret. For comparison only: it must never be printed. */
  readonly secret: string;
}

type Keys = readonly (string | number)[];

/**
 * The secrets in a value: what has the form of one, and what stands under a name that says so, as a key or as the
 * `name` beside a `value`.
 */
export function secretsIn(value: unknown, keys: Keys = [], name = ""): Found[] {
  if (typeof value === "string" || typeof value === "number") {
    return secretsOf(name, String(value)).map((each) => ({ ...each, keys }));
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => secretsIn(item, [...keys, index]));
  if (typeof value !== "object" || value === null) return [];
  const map = value as Readonly<Record<string, unknown>>;
  return Object.entries(map).flatMap(([key, child]) => {
    return secretsIn(child, [...keys, key], key === "value" && typeof map.name === "string" ? map.name : key);
  });
}

/** A secret in a text that is YAML. */
export interface Written extends Omit<Found, "keys"> {
  /** Undefined: in a comment, or where the text cannot be read. */
  readonly keys: Keys | undefined;
  /** Where in the text it, or the value that holds it, begins. */
  readonly at: number;
}

/** The secrets in the values of a YAML text; by their forms also those in comments. */
export function secretsInYaml(text: string): Written[] {
  const found = [...parseAllDocuments(text, { logLevel: "silent", uniqueKeys: false })].flatMap((document) => {
    return secretsIn(valueOf(document)).map((each) => {
      const [at = 0, end = at] = (document.getIn(each.keys, true) as Node | undefined)?.range ?? [];
      return { ...each, at, end };
    });
  });
  const others = formsIn(text).filter(({ at }) => !found.some((value) => value.at <= at && at < value.end));
  return [...found, ...others.map((form) => ({ ...form, keys: undefined }))].map(({ kind, keys, secret, at }) => {
    return { kind, keys, secret, at };
  });
}

/** Nothing of what cannot be read, such as aliases to nothing. */
function valueOf(document: { toJS(): unknown }): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

const NAMED = "a value whose name says that it is secret";

/** The secrets in a text under a name. */
function secretsOf(name: string, text: string): { kind: string; secret: string }[] {
  const forms = formsIn(text).map(({ kind, secret }) => ({ kind, secret }));
  if (forms.length > 0) return forms;
  const inside = assignments(text);
  if (inside.length > 0) return inside;
  return holdsSecret(name) && isSecretOf(name, text) ? [{ kind: NAMED, secret: text }] : [];
}

/**
 * A name with a value within a text: of connection strings (password=…), arguments (--api-token=…) and queries
 * (?token=…); or of JSON.
 */
const ASSIGNMENT =
  /(?<![\w$.-])-{0,2}([A-Za-z][\w.-]*)=("[^"]*"|'[^']*'|[^\s"',;&|]+)|"([A-Za-z][\w.-]*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g;

function assignments(text: string): { kind: string; secret: string }[] {
  return [...text.matchAll(ASSIGNMENT)].flatMap(([, name = "", value = "", key = name, content]) => {
    const secret = content ?? value.replace(/^(["'])(.*)\1$/, "$2");
    return holdsSecret(key) && isSecretOf(key, secret) ? [{ kind: NAMED, secret }] : [];
  });
}
