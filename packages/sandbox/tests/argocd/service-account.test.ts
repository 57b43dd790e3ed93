import assert from "node:assert/strict";
import { parse } from "yaml";
import { kubeconfigOf } from "../../argocd/service-account";
import { workloadOf } from "../../argocd/workload";
import { notifications, server } from "./fixtures";

const text = `
current-context: dev
clusters: [{ name: c, cluster: { server: "https://127.0.0.1:1", certificate-authority: keys/ca.crt } }]
users: [{ name: admin, user: { token: t } }, { name: other, user: { token: o } }]
contexts: [{ name: dev, context: { cluster: c, user: admin } }]
`;

describe("sandbox/argocd/service-account", () => {
  it("impersonates the pod's service account in the pod's namespace", () => {
    const config = parse(kubeconfigOf(text, "/sandbox/dev/kubeconfig", workloadOf(server))) as Record<string, unknown>;
    assert.deepEqual(config.users, [
      {
        name: "admin",
        user: {
          token: "t",
          as: "system:serviceaccount:argocd:argocd-server",
          "as-groups": ["system:serviceaccounts", "system:serviceaccounts:argocd", "system:authenticated"],
        },
      },
      { name: "other", user: { token: "o" } },
    ]);
    assert.deepEqual(config.contexts, [{ name: "dev", context: { cluster: "c", user: "admin", namespace: "argocd" } }]);
  });

  it("keeps the files that relative paths point to", () => {
    const written = kubeconfigOf(text, "/sandbox/dev/kubeconfig", workloadOf(server));
    assert.match(written, /certificate-authority: \/sandbox\/dev\/keys\/ca\.crt/);
  });

  it("uses the default service account if the template names none", () => {
    const written = kubeconfigOf(text, "/k", workloadOf(notifications));
    assert.match(written, /as: system:serviceaccount:argocd:default/);
  });

  it("reports what is missing in a kubeconfig", () => {
    const broken = text.replace("current-context: dev", "current-context: prod");
    assert.throws(() => kubeconfigOf(broken, "/k", workloadOf(server)), /^Error: \/k: got current-context "prod";/);
  });
});
