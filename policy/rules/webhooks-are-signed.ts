import { GITHUB } from "../github";
import { resourcesOfType, show, type ResourceRule } from "../rule";

interface Configuration {
  url?: string;
  secret?: string;
  insecureSsl?: boolean;
}

/** An unsigned webhook lets anyone make Argo CD ask Git; an unencrypted one shows who deploys what, and when. */
export const webhooksAreSigned: ResourceRule = {
  name: "webhooks-are-signed",
  displayName: "Webhooks are signed and encrypted",
  description: "A webhook of the repository goes to an https address whose certificate is checked, and is signed.",
  enforcementLevel: "mandatory",
  severity: "medium",
  remediationSteps: "Set webhookSecrets.<environment>, and an https address in webhooks.<environment>.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/",
  validateResource: resourcesOfType(GITHUB.webhook, (args, reportViolation) => {
    const { url, secret, insecureSsl } = (args.props.configuration ?? {}) as Configuration;
    if (!url?.startsWith("https://"))
      reportViolation(`configuration.url: got ${show(url)}; expected an https address.`);
    if (!secret) reportViolation("configuration.secret: got nothing; expected what GitHub signs with.");
    if (insecureSsl === true) reportViolation("configuration.insecureSsl: got true; expected false.");
  }),
};
