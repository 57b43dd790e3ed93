import { createHmac } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";

/** The entry of argocd-secret that GitHub's events are checked with: pushes, pull requests and packages. */
const GITHUB = "webhook.github.secret";

/**
 * The entries for all other senders that Argo CD takes events of without any check while they are not set. Harbor and
 * Docker Hub are not among them: without a secret Argo CD does not take their events.
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
 * The entries of argocd-secret by which only GitHub's signed events make Argo CD look at Git. Nobody is told the other
 * senders' secrets: they are made from GitHub's, so they stay the same from one preview to the next and tell nothing
 * about it.
 */
export function webhookSecrets(secret: pulumi.Output<string>): Record<string, pulumi.Output<string>> {
  const derived = (entry: string) => secret.apply((text) => createHmac("sha256", text).update(entry).digest("hex"));
  return { [GITHUB]: secret, ...Object.fromEntries(OTHERS.map((entry) => [entry, derived(entry)])) };
}
