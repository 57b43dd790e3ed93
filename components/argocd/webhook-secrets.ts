import { createHmac } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";

/** The entry of argocd-secret for verifying GitHub's events: pushes, pull requests and packages. */
const GITHUB = "webhook.github.secret";

/**
 * The entries for all other senders. While an entry is unset, Argo CD accepts that sender's events unverified. Harbor
 * and Docker Hub are not listed: Argo CD refuses their events while no secret is set.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/webhook/
 */
const OTHERS = [
  "webhook.azuredevops.password",
  "webhook.azuredevops.username",
  "webhook.bitbucket.uuid",
  "webhook.bitbucketserver.secret",
  "webhook.gitlab.secret",
  "webhook.gogs.secret",
] as const;

/**
 * The entries of argocd-secret that make Argo CD accept only events signed by GitHub. The other senders' secrets are
 * known to nobody. They are derived from GitHub's by HMAC, so they are stable across previews and do not reveal it.
 */
export function webhookSecrets(secret: pulumi.Output<string>): Record<string, pulumi.Output<string>> {
  const derived = (entry: string) => secret.apply((key) => createHmac("sha256", key).update(entry).digest("hex"));
  return { [GITHUB]: secret, ...Object.fromEntries(OTHERS.map((entry) => [entry, derived(entry)])) };
}
