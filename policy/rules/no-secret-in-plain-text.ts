import { secretsIn } from "../secret-forms";
import { readableTexts } from "../texts";
import type { ResourceRule } from "../rule";

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
      for (const { name } of secretsIn(text)) {
        reportViolation(`${path}: got ${name}; expected no secret outside a Secret.`);
      }
    }
  },
};
