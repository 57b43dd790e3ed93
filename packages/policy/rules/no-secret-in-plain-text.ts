import { GITHUB } from "../github";
import { configMapData, TYPES } from "../kubernetes";
import type { Resource, ResourceRule } from "../rule";
import { formsIn } from "../secrets/forms";
import { secretsIn, secretsInYaml } from "../secrets/secrets";
import { pathOf, readable } from "../strings";

/** Many more people can read ConfigMaps, annotations and files than can read Secrets. */
export const noSecretInPlainText: ResourceRule = {
  name: "no-secret-in-plain-text",
  displayName: "No secret in plain text",
  description: "No string outside a Secret looks like a key, a token or a password, by its form or by its name.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Remove the secret, and revoke it, because it may be known. Set a new one with pulumi config set --secret.",
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
  if (type === GITHUB.file) {
    const text = String(props.content);
    // In a program, `token = …` is mostly a variable: there, only a secret's form counts.
    if (!/\.ya?ml$/.test(String(props.file))) return formsIn(text).map(({ kind }) => ({ kind, path: "content" }));
    return secretsInYaml(text).map(({ kind, keys }) => {
      return { kind, path: keys === undefined ? "content" : `content: ${pathOf(keys)}` };
    });
  }
  const found = secretsIn(readable(resource)).map(({ kind, keys }) => ({ kind, path: pathOf(keys) }));
  return [...found, ...secretsOfReceivers(resource)];
}

/** The settings of Argo CD's receivers are texts in YAML, whose keys say what is a password. */
function secretsOfReceivers(resource: Pick<Resource, "type" | "props">): { kind: string; path: string }[] {
  if (resource.type !== TYPES.configMap) return [];
  return Object.entries<unknown>(configMapData(resource)).flatMap(([key, text]) => {
    if (!key.startsWith("service.") || typeof text !== "string") return [];
    return secretsInYaml(text).map(({ kind, keys = [] }) => ({ kind, path: pathOf(["data", key, ...keys]) }));
  });
}
