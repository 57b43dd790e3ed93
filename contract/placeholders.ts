/**
 * What stands for a value that comes from elsewhere: $(NAME) of Kubernetes, ${NAME} and $NAME of shells, {{ … }} of
 * templates, %NAME% of Windows, and <name> as documents write it. Not ${NAME:-text}, which has a text of its own.
 */
const REFERENCE =
  /\$?\$\([\w.-]+\)|\$?\$?\{\{[^{}]*\}\}|\$?\$\{[\w.]+(?::?[-?])?\}|\$[A-Za-z_]\w*|%[A-Z_][A-Z0-9_]*%|<[A-Za-z][A-Za-z _.-]*>/g;

/** Takes the place of a character of a reference, so that all else stays where it is. */
const NOTHING = "\0";

/** The text with nothing where it refers to something else. */
export function withoutReferences(text: string): string {
  return text.replace(REFERENCE, (reference) => NOTHING.repeat(reference.length));
}

/** What people write, put together in any way, where a secret is to come: your-api-key, changeme, PASSWORD. */
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
