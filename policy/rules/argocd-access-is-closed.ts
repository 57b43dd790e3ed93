import { configMapData, isArgocdConfigMap, TYPES } from "../kubernetes";
import { resourcesOfType, show, type ResourceRule } from "../rule";

type Entries = Readonly<Record<string, string>>;

/** Anyone who may do what they like in Argo CD may do what they like in the cluster. */
export const argocdAccessIsClosed: ResourceRule = {
  name: "argocd-access-is-closed",
  displayName: "Argo CD lets in only whom it was told",
  description:
    "Argo CD knows who asks, gives nobody a right by default, opens no shell, and has no local administrator beside single sign-on.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Set the entry back in components/argocd/config-maps.ts, or remove it from argocd.parameters.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/",
  validateResource: resourcesOfType(TYPES.configMap, (args, reportViolation) => {
    const expect = (key: string, got: string | undefined, expected: string, why: string) => {
      if (got !== expected) reportViolation(`${key}: got ${show(got)}; expected ${show(expected)}: ${why}.`);
    };
    const entries = (name: string): Entries => (isArgocdConfigMap(args, name) ? configMapData(args) : {});
    const cm = entries("argocd-cm");
    const { "users.anonymous.enabled": anonymous = "false", "exec.enabled": exec = "false" } = cm;
    expect("users.anonymous.enabled", anonymous, "false", "anyone who reaches the API would be somebody");
    expect("exec.enabled", exec, "false", "Argo CD would open shells in containers");
    if (cm["oidc.config"] !== undefined || cm["dex.config"] !== undefined) {
      expect("admin.enabled", cm["admin.enabled"], "false", "its password goes past single sign-on");
    }
    const { "policy.default": byDefault = "" } = entries("argocd-rbac-cm");
    expect("policy.default", byDefault, "", "everyone who can log in would have that role");
    const { "server.disable.auth": open = "false" } = entries("argocd-cmd-params-cm");
    expect("server.disable.auth", open, "false", "anyone who reaches the API would deploy");
  }),
};
