import type { ISecret } from "kubernetes-models/v1/Secret";
import { ARGOCD_NAMESPACE } from "../argocd/installation";

/** The Secret by which Argo CD knows a repository. */
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

/** The data of that Secret for a token. GitHub takes any user name beside a token, but not none. */
export function tokenData<Token>(url: string, token: Token): Record<string, string | Token> {
  return { type: "git", url, username: "x-access-token", password: token };
}
