/** References to values from elsewhere. */
const REFERENCES = [
  // $(NAME) in Kubernetes.
  /\$?\$\([\w.-]+\)/,
  // {{ … }} in templates.
  /\$?\$?\{\{[^{}]*\}\}/,
  // ${NAME} and $NAME in shells. Not ${NAME:-text}, which contains a value.
  /\$?\$\{[\w.]+(?::?[-?])?\}|\$[A-Za-z_]\w*/,
  // %NAME% in Windows.
  /%[A-Z_][A-Z0-9_]*%/,
  // <name> in documents.
  /<[A-Za-z][A-Za-z _.-]*>/,
];
const REFERENCE = new RegExp(REFERENCES.map(({ source }) => source).join("|"), "g");

/** Replaces each character of a reference, so that the offsets of the rest do not change. */
const NOTHING = "\0";

/** Removes the references from a text. */
export function withoutReferences(text: string): string {
  return text.replace(REFERENCE, (reference) => NOTHING.repeat(reference.length));
}

/** Words that people combine to a placeholder for a secret: your-api-key, changeme, PASSWORD. */
const WORDS = [
  ...["password", "passwd", "passphrase", "pass", "pwd", "secret", "token", "key", "credentials", "api", "db", "user"],
  ...[
    "your",
    "my",
    "the",
    "a",
    "here",
    "insert",
    "enter",
    "put",
    "set",
    "replace",
    "change",
    "fix",
    "me",
    "it",
    "with",
  ],
  ...["todo", "tbd", "none", "null", "nil", "undefined", "empty", "unset", "placeholder", "redacted", "removed"],
  ...["hidden", "masked", "example", "sample", "dummy", "fake", "value", "string", "not", "real", "x"],
];
const ASKS = new RegExp(`^(?:${WORDS.join("|")})+$`);
/** No longer text is tried, for there are many ways to put words together. In characters. */
const LONGEST = 40;

/**
 * Whether a text where a secret could stand is none: empty, a reference, one character repeated, or words that ask for
 * the secret.
 */
export function isPlaceholder(text: string): boolean {
  const whole = text.trim();
  const rest = withoutReferences(whole).replaceAll(NOTHING, "").trim();
  // What joins references is no secret, as in $(USER)-$(HOST).
  if (rest === "" || (rest !== whole && !/[\p{L}\d]/u.test(rest))) return true;
  if (/^(\D)\1*$/u.test(rest)) return true;
  const letters = rest.toLowerCase().replace(/[\s_.()[\]{}<>*-]/g, "");
  return letters.length <= LONGEST && ASKS.test(letters);
}
