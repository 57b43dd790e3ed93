import { secretsIn } from "../secret-forms";
import { readableStrings } from "../strings";
import type { ResourceRule } from "../rule";

/** Many more people can read ConfigMaps, annotations and files than can read Secrets. */
export const noSecretInPlainText: ResourceRule = {
  name: "no-secret-in-plain-text",
  displayName: "No secret in plain text",
  description: "No string outside a Secret looks like a key, a token or a password.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Remove the secret, and revoke it, because it may be known. Set a new one with pulumi config set --secret.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  validateResource: (args, reportViolation) => {
    for (const { path, text } of readableStrings(args)) {
      for (const { name } of secretsIn(text)) {
        reportViolation(`${path}: got ${name}; expected no secret outside a Secret.`);
      }
    }
  },
};
