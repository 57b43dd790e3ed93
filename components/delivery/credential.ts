import type { ISecret } from "kubernetes-models/v1/Secret";
import type { RepositoryCredential } from "@gitops-platform/environments/settings/read-credential";
import { restUrl } from "@gitops-platform/environments/settings/repository";
import { ARGOCD_NAMESPACE } from "../argocd/installation";

/** The Secret that declares the GitOps repository and its credential to Argo CD. */
export function repositorySecret<Data>(data: Data): Omit<ISecret, "data"> & { data: Data } {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "gitops-repository",
      namespace: ARGOCD_NAMESPACE,
      labels: { "argocd.argoproj.io/secret-type": "repository" },
    },
    type: "Opaque",
    data,
  };
}

/** The data of that Secret: https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/#repositories */
export function credentialData<Secret>(
  url: string,
  credential: RepositoryCredential<Secret>,
): Record<string, string | Secret> {
  const repository = { type: "git", url };
  switch (credential.kind) {
    case "token":
      // With a token, GitHub accepts any user name but an empty one.
      return { ...repository, username: "x-access-token", password: credential.token };
    case "deployKey":
      return { ...repository, sshPrivateKey: credential.privateKey };
    case "app": {
      const { appId, installationId, privateKey, apiUrl } = credential;
      return {
        ...repository,
        githubAppID: String(appId),
        githubAppInstallationID: String(installationId),
        githubAppPrivateKey: privateKey,
        ...(apiUrl !== undefined && { githubAppEnterpriseBaseUrl: restUrl(apiUrl) }),
      };
    }
  }
}
