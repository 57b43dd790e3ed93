import { isPlaceholder } from "@gitops-platform/contract/placeholders";

/** The last word of a name that holds a secret. */
const SECRET = whole(
  "pass|(?:db|pg|mysql|redis|smtp|mail|user|root|admin)pass|pwd|pw|secrets|tokens|creds?|credentials?|authorization|" +
    "\\w*(?:password|passwd|passphrase|secret|token|apikey|secretkey|privatekey|accesskey)",
);
/** What makes a key a secret. `PUBLIC_KEY`, `CACHE_KEY` and `SORT_KEY` are none. */
const BEFORE_KEY = whole(
  "api|app|secret|private|access|auth|account|admin|master|root|shared|session|signing|signature|encryption|cipher|" +
    "crypto|aes|hmac|jwt|ssh|tls|rsa|license|storage|webhook|deploy",
);
/** What may follow the word that decides: which of several it is, and how it is written. */
const SUFFIX = whole(
  "\\d+|prod|production|staging|dev|development|test|live|old|new|previous|current|primary|secondary|default|" +
    "value|text|plain|base|base64|b64|encoded|hex",
);
/** What makes a name one of something about secrets, or of a secret that is no secret. */
const ABOUT = whole(
  "no|not|is|has|use|enable|enabled|disable|disabled|require|required|allow|max|min|num|number|count|total|existing|" +
    "pull|tls|public|csrf|xsrf|next|page|stop|pad",
);

/** Matches a word that is one of several. */
function whole(words: string): RegExp {
  return new RegExp(`^(?:${words})$`);
}

/** Whether a name says that its value is a secret: DB_PASSWORD, apiToken, `spring.datasource.password`. */
export function holdsSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "");
  while (words.length > 1 && SUFFIX.test(words.at(-1) ?? "")) words.pop();
  const last = (words.pop() ?? "").replace(/\d+$/, "");
  if (/^keys?$/.test(last)) return BEFORE_KEY.test(words.at(-1) ?? "");
  return SECRET.test(last) && !words.some((word) => ABOUT.test(word));
}

/** Values that no secret has: switches, addresses without a password, paths, and names in a store of secrets. */
const HARMLESS = [
  /^(?:true|false|yes|no|on|off|enabled|disabled|required|optional|auto|always|never|read|write)$/i,
  /^(?:https?|file|unix|tcp):\S*$/i,
  /^(?:\.{0,2}|~)\/(?:run|var|etc|mnt|opt|usr|home|tmp|app|data|secrets?|vault|config)\/[\w./-]+$/,
  /^(?:arn:aws[\w-]*:(?:secretsmanager|ssm|kms):|op:\/\/|ref\+|vault:|gcp?sm:\/\/|secretref:)/i,
  /^projects\/[\w-]+\/secrets\//,
];

/** Whether a text is a secret where its name says so. */
export function isSecretOf(name: string, value: string): boolean {
  const text = value.trim().replace(/^(?:Bearer|Basic|Token) +/i, "");
  if (isPlaceholder(text) || HARMLESS.some((form) => form.test(text))) return false;
  // How many tokens a language model may use.
  if (/tokens$/i.test(name) && /^\d+$/.test(text)) return false;
  return letters(text) !== letters(name);
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}
