import { GITHUB } from "../github";
import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import { show, type Resource, type ResourceRule } from "../rule";

interface Configuration {
  url?: string;
  secret?: string;
  insecureSsl?: boolean;
}

/** Entries of argocd-secret. Argo CD takes the events of a sender whose entry is not set without any check. */
const SENDERS = [
  "webhook.azuredevops.password",
  "webhook.azuredevops.username",
  "webhook.bitbucket.uuid",
  "webhook.bitbucketserver.secret",
  "webhook.github.secret",
  "webhook.gitlab.secret",
  "webhook.gogs.secret",
];

/** An unsigned webhook lets anyone make Argo CD ask Git; an unencrypted one shows who deploys what, and when. */
export const webhooksAreSigned: ResourceRule = {
  name: "webhooks-are-signed",
  displayName: "Webhooks are signed and encrypted",
  description:
    "A webhook of the repository goes to an https address whose certificate is checked, and is signed. " +
    "Argo CD checks the events of every kind of sender.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps:
    "Set webhookSecrets.<environment>, and an https address in webhooks.<environment>; webhookSecret in each stack.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/",
  validateResource: (args, reportViolation) => {
    for (const problem of [...ofWebhook(args), ...ofArgocd(args)]) reportViolation(problem);
  },
};

function ofWebhook({ type, props }: Pick<Resource, "type" | "props">): string[] {
  if (type !== GITHUB.webhook) return [];
  const { url, secret, insecureSsl } = (props.configuration ?? {}) as Configuration;
  return [
    ...(url?.startsWith("https://") ? [] : [`configuration.url: got ${show(url)}; expected an https address.`]),
    ...(secret ? [] : ["configuration.secret: got nothing; expected what GitHub signs with."]),
    ...(insecureSsl === true ? ["configuration.insecureSsl: got true; expected false."] : []),
  ];
}

function ofArgocd(resource: Pick<Resource, "type" | "props">): string[] {
  if (resource.type !== TYPES.secret) return [];
  const { name, namespace } = metadata(resource);
  if (name !== "argocd-secret" || namespace !== ARGOCD_NAMESPACE) return [];
  const { data = {}, stringData = {} } = resource.props as Record<string, Record<string, string> | undefined>;
  return SENDERS.filter((entry) => !data[entry] && !stringData[entry]).map(
    (entry) => `data["${entry}"]: got nothing; expected a secret: anyone may send such events.`,
  );
}
