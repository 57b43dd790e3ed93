import { GITHUB } from "../github";
import type { Resource, ResourceRule } from "../rule";
import { secretsIn, secretsInYaml } from "../secrets/secrets";
import { pathOf, readable } from "../texts";

/** What stands in a ConfigMap, an annotation or a file is read by many more than what stands in a Secret. */
export const noSecretInPlainText: ResourceRule = {
  name: "no-secret-in-plain-text",
  displayName: "No secret in plain text",
  description:
    "Nothing that has the form of a key, a token or a password, or stands under the name of one, stands outside a Secret.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Take it out and replace it where it is valid, for it is known now. Set it by pulumi config set --secret.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  validateResource: (args, reportViolation) => {
    const problems = secretsOf(args).map(({ kind, path }) => {
      return `${path}: got ${kind}; expected no secret outside a Secret.`;
    });
    for (const problem of new Set(problems)) reportViolation(problem);
  },
};

function secretsOf(resource: Pick<Resource, "type" | "props">): { kind: string; path: string }[] {
  const { type, props } = resource;
  if (type === GITHUB.file && /\.ya?ml$/.test(String(props.file))) {
    return secretsInYaml(String(props.content)).map(({ kind, keys }) => {
      return { kind, path: keys === undefined ? "content" : `content: ${pathOf(keys)}` };
    });
  }
  return secretsIn(readable(resource)).map(({ kind, keys }) => ({ kind, path: pathOf(keys) }));
}
