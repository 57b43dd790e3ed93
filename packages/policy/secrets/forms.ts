import { isPlaceholder, withoutReferences } from "@gitops-platform/contract/placeholders";

/** A secret that has a form of its own, in a text. */
export interface Form {
  /** What it is: `a GitHub token`. */
  readonly kind: string;
  /** Where in the text it begins. */
  readonly at: number;
  /** The secret. For comparison only: it must never be printed. */
  readonly secret: string;
}

/** How secrets look that say themselves what they are: each by its name, and where its vendor says so. */
const TOKENS: readonly [kind: string, form: RegExp, source: string][] = [
  [
    "a private key",
    // With some of its content: programs that read keys hold the first line too.
    new RegExp(
      /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----(\s|\\n){0,9}/.source +
        /([\w-]{1,99}: [^\n]{0,999}\n\s{0,99}){0,9}[A-Za-z0-9+/=]{32}[A-Za-z0-9+/=\s\\]*/.source,
      "g",
    ),
    "https://www.rfc-editor.org/rfc/rfc7468, https://www.rfc-editor.org/rfc/rfc9580",
  ],
  [
    "an age private key",
    /\bAGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}\b/gi,
    "https://github.com/C2SP/C2SP/blob/main/age.md",
  ],
  [
    "a GitHub token",
    /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/g,
    "https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github",
  ],
  [
    "a GitLab token",
    /\bgl(pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|wt|soat|ffct)-[\w.-]{20,}/g,
    "https://docs.gitlab.com/security/tokens/",
  ],
  [
    "an AWS key",
    /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g,
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html",
  ],
  [
    "a Slack token",
    /\bxox[abceoprs](\.xox[bp])?-[\w-]{10,}|\bxapp-[\w-]{10,}/g,
    "https://docs.slack.dev/authentication/tokens",
  ],
  [
    "a Slack incoming webhook",
    /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/g,
    "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
  ],
  [
    "a Microsoft Teams workflow",
    /\b(api\.powerplatform|api\.powerautomate|logic\.azure)\.com(:\d+)?\/[^\s"']{0,999}[?&]sig=[\w%-]{16,}/g,
    "https://learn.microsoft.com/en-us/azure/logic-apps/logic-apps-securing-a-logic-app#sas",
  ],
  [
    "a Stripe key",
    /\b((sk|rk)_(live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{24,})/g,
    "https://docs.stripe.com/keys",
  ],
  [
    "a Google key",
    /\b(AIza[\w-]{35}(?![\w-])|GOCSPX-[\w-]{28}(?![\w-]))/g,
    "https://docs.cloud.google.com/docs/authentication/api-keys",
  ],
  ["an npm token", /\bnpm_[A-Za-z0-9]{36}\b/g, "https://docs.npmjs.com/about-access-tokens"],
  ["a PyPI token", /\bpypi-[\w-]{50,}/g, "https://pypi.org/help/#apitoken"],
  ["a Vault token", /\bhv[sbr]\.[\w-]{24,}/g, "https://developer.hashicorp.com/vault/docs/concepts/tokens"],
  [
    "a Pulumi token",
    /\bpul-[0-9a-f]{40}\b/g,
    "https://www.pulumi.com/docs/administration/access-identity/access-tokens/",
  ],
  [
    "a DigitalOcean token",
    /\bdo[opr]_v1_[0-9a-f]{64}\b/g,
    "https://docs.digitalocean.com/reference/api/create-personal-access-token/",
  ],
  [
    "a SendGrid key",
    /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/g,
    "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
  ],
  [
    "an OpenAI key",
    /\bsk-((proj|svcacct|admin)-[\w-]{20,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})/g,
    "https://developers.openai.com/api/docs",
  ],
  ["an Anthropic key", /\bsk-ant-[\w-]{20,}/g, "https://platform.claude.com/docs/en/api/overview"],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/g, "https://www.rfc-editor.org/rfc/rfc7519"],
];

/**
 * A password in an address of any scheme: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1. No port of a list of
 * hosts, with an @ only later.
 */
const IN_ADDRESS = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:"'`]*:(?!\d+,)([^\s/?#"'`]+)@/gi;

/** The secrets in a text that have a form of their own. */
export function formsIn(text: string): Form[] {
  const tokens = TOKENS.flatMap(([kind, form]) => {
    return [...text.matchAll(form)].map((match) => ({ kind, at: match.index, secret: match[0] }));
  });
  const passwords = [...withoutReferences(text).matchAll(IN_ADDRESS)].filter(([, password = ""]) => {
    return !isPlaceholder(password);
  });
  return [
    ...tokens,
    ...passwords.map((match) => ({ kind: "a password in a URL", at: match.index, secret: match[1] ?? "" })),
  ];
}
