import { z } from "zod";
import { normalizedPem, sshPublicKey, trimSecret } from "../keys";
import { parseUrl } from "../url";

/** What a value must be, and how to fix one that is not. */
export interface Rule {
  /** A phrase that follows "expected". */
  readonly expected: string;
  /** A complete sentence. */
  readonly fix: string;
}

/** The rule of each schema. `parse.ts` reports the rule of the schema that failed, and never zod's own message. */
export const rules = z.registry<Rule>();

/** The parameters of a check that has a different rule than its schema. */
export function check(rule: Rule): { params: { rule: Rule } } {
  return { params: { rule } };
}

/** The rule of a check that failed, if it differs from that of its schema. */
export function ruleOfCheck(issue: z.core.$ZodIssue): Rule | undefined {
  return issue.code === "custom" ? (issue.params?.rule as Rule | undefined) : undefined;
}

/** Text that passes a test. Without a test, any text. */
export function text(rule: Rule, isValid: (value: string) => boolean = () => true) {
  return z.string().refine(isValid).register(rules, rule);
}

export const nonEmptyText = (expected: string, fix: string) => text({ expected, fix }, (value) => value !== "");

export const flag = (fix: string) => z.boolean().register(rules, { expected: "true or false", fix });

/** One of the given words. */
export const choice = <const Words extends readonly [string, ...string[]]>(words: Words, fix: string) =>
  z.enum(words).register(rules, { expected: `one of ${words.join(", ")}`, fix });

/** The name of a Slack channel, or its ID. */
export const slackChannel = text(
  {
    expected: "the name of a Slack channel without #, or its ID",
    fix: "The ID is at the end of the channel's About page.",
  },
  // Slack accepts letters of any script in a name, but capital letters only in an ID.
  (channel) => /^([\p{Ll}\p{Lo}\p{N}_-]{1,80}|[CG][A-Z0-9]{8,})$/u.test(channel),
);

/** A numeric ID on GitHub. */
export const githubId = (expected: string, fix: string) => z.int().positive().register(rules, { expected, fix });

export const list = <Item extends z.ZodType>(rule: Rule, item: Item) => z.array(item).register(rules, rule);

/** A map with the given keys. A key is optional if its schema is. */
export function fixedMap<Shape extends Record<string, z.ZodType>>(shape: Shape) {
  return z.strictObject(shape).register(rules, {
    expected: `a map with the keys ${Object.keys(shape).join(", ")}`,
    fix: "Write it as key: value lines below this key.",
  });
}

/** A map whose keys the user chooses, such as environment names. */
export const freeMap = <Value extends z.ZodType>(keys: string, value: Value) =>
  z.record(z.string(), value).register(rules, {
    expected: `a map with ${keys} as keys`,
    fix: "Write it as key: value lines below this key.",
  });

/** A URL that people or GitHub can reach. */
export const httpsUrl = (purpose: string) =>
  text(
    {
      expected: "an https URL without user, password, query or fragment (http only on this machine)",
      fix: `Set the URL of ${purpose}.`,
    },
    (value) => {
      const url = parseUrl(value);
      return url !== null && isConfidential(url) && !url.username && !url.password && !url.search && !url.hash;
    },
  );

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Whether requests to a URL are confidential: encrypted, or only on this machine. */
export function isConfidential(url: URL): boolean {
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.has(url.hostname));
}

/** A secret without whitespace, such as a token: a space or newline inside it is always a mistake. */
export const token = (expected: string, fix: string) =>
  z
    .string()
    .transform(trimSecret)
    .refine((value) => /^\S+$/.test(value), check({ expected: `${expected}, without spaces and newlines`, fix }))
    .register(rules, { expected, fix });

/** A secret of arbitrary characters, not empty. */
export const secretText = (expected: string, fix: string) =>
  z
    .string()
    .transform(trimSecret)
    .refine((value) => value !== "")
    .register(rules, { expected, fix });

/** A URL that is itself a secret, such as a chat system's incoming webhook: anyone who knows it can post there. */
export const secretUrl = (what: string, fix: string) =>
  z
    .string()
    .transform(trimSecret)
    .refine((value) => {
      const url = parseUrl(value);
      return url !== null && isConfidential(url) && !url.username && !url.password;
    })
    .register(rules, {
      expected: `${what}, an https URL without user or password (http only on this machine)`,
      fix,
    });

const PRIVATE_KEY =
  /^-----BEGIN (?!ENCRYPTED)([A-Z]+ )?PRIVATE KEY-----\s[^]+\s-----END ([A-Z]+ )?PRIVATE KEY-----\s*$/;

/** A PEM private key without a passphrase, in any form that {@link normalizedPem} accepts. */
export const privateKey = (expected: string, fix: string) =>
  z
    .string()
    .transform(normalizedPem)
    .refine((pem) => PRIVATE_KEY.test(pem))
    .register(rules, { expected, fix });

/** The private key of a GitHub App, which is an RSA key. Git uses it in OpenSSH's format to sign and verify. */
export const appKey = (key: string, app: string) =>
  z
    .string()
    .transform(normalizedPem)
    .refine((pem) => sshPublicKey(pem) !== undefined)
    .register(rules, {
      expected: `the private key of ${app}, an RSA key`,
      fix: `Run: pulumi config set --secret ${key} < <the App's .pem file>`,
    });

/** The ids with which Argo CD authenticates as a GitHub App. */
export const installedApp = (purpose: string) =>
  fixedMap({
    appId: githubId(`the App ID of the GitHub App ${purpose}`, "It is on the App's page on GitHub."),
    installationId: githubId(
      "the installation ID of that App",
      "It is the last part of the URL of the installation's page: Settings, GitHub Apps, Configure.",
    ),
  });
