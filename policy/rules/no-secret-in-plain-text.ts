import { readableTexts } from "../texts";
import type { ResourceRule } from "../rule";

/** How secrets look that have a form of their own, each by its name. */
const FORMS: readonly [name: string, form: RegExp][] = [
  // With some of its content: programs that read keys hold the first line too.
  ["a private key", /-----BEGIN ([A-Z]+ )*PRIVATE KEY-----(\s|\\n)*[A-Za-z0-9+/=]{32}/],
  ["a token of GitHub", /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})/],
  ["a token of GitLab", /\bglpat-[\w-]{20,}/],
  ["a key of AWS", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of Slack", /\bxox[abprs]-[\w-]{10,}/],
  ["an incoming webhook of Slack", /\bhooks\.slack\.com\/services\/T\w+\/B\w+\/\w+/],
  ["a JSON web token", /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/],
  [
    "a password in an address",
    /\b(https?|ssh|git|ftp|postgres(ql)?|mysql|mongodb(\+srv)?|rediss?|amqps?):\/\/[^\s/@:"'$<{]+:[^\s/@"'$<{]+@/,
  ],
];

/** What stands in a ConfigMap, an annotation or a file is read by many more than what stands in a Secret. */
export const noSecretInPlainText: ResourceRule = {
  name: "no-secret-in-plain-text",
  displayName: "No secret in plain text",
  description: "Nothing that has the form of a key, a token or a password stands outside a Secret.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Take it out and replace it where it is valid, for it is known now. Set it by pulumi config set --secret.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  validateResource: (args, reportViolation) => {
    for (const { path, text } of readableTexts(args)) {
      for (const [name, form] of FORMS) {
        if (form.test(text)) reportViolation(`${path}: got ${name}; expected no secret outside a Secret.`);
      }
    }
  },
};
