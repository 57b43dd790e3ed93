import { GITHUB } from "../github";
import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { type Resource, type ResourceRule } from "../rule";

interface Configuration {
  url?: string;
  secret?: string;
  insecureSsl?: boolean;
}

/** Keys of argocd-secret. Argo CD accepts unsigned events of a sender whose key is not set. */
const SENDERS = [
  "webhook.azuredevops.password",
  "webhook.azuredevops.username",
  "webhook.bitbucket.uuid",
  "webhook.bitbucketserver.secret",
  "webhook.github.secret",
  "webhook.gitlab.secret",
  "webhook.gogs.secret",
];

/** An unsigned webhook lets anyone trigger refreshes of Argo CD; an unencrypted one reveals deployments. */
export const webhooksAreSigned: ResourceRule = {
  name: "webhooks-are-signed",
  displayName: "Webhooks are signed and encrypted",
  description:
    "A webhook of the repository is signed, and is sent to an https URL whose certificate is verified. " +
    "Argo CD verifies the events of every type of sender.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    "Set webhookSecrets.<environment> and an https URL in webhooks.<environment>; set webhookSecret in each stack.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/",
  validateResource: (args, reportViolation) => {
    for (const problem of [...ofWebhook(args), ...ofArgocd(args)]) reportViolation(problem);
  },
};

function ofWebhook({ type, props }: Pick<Resource, "type" | "props">): string[] {
  if (type !== GITHUB.webhook) return [];
  const { url, secret, insecureSsl } = (props.configuration ?? {}) as Configuration;
  return [
    ...(url?.startsWith("https://") ? [] : [`configuration.url: got ${formatValue(url)}; expected an https URL.`]),
    ...(secret ? [] : ["configuration.secret: got nothing; expected a secret to sign events with."]),
    ...(insecureSsl === true ? ["configuration.insecureSsl: got true; expected false."] : []),
  ];
}

function ofArgocd(resource: Pick<Resource, "type" | "props">): string[] {
  if (resource.type !== TYPES.secret) return [];
  const { name, namespace } = metadata(resource);
  if (name !== "argocd-secret" || namespace !== ARGOCD_NAMESPACE) return [];
  const { data = {}, stringData = {} } = resource.props as Record<string, Record<string, string> | undefined>;
  return SENDERS.filter((entry) => !data[entry] && !stringData[entry]).map(
    (entry) => `data["${entry}"]: got nothing; expected a secret, because otherwise anyone can send such events.`,
  );
}
