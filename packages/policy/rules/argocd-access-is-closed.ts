import { configMapData, isArgocdConfigMap, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { resourcesOfType, type ResourceRule } from "../rule";

/** The reason for an emergency, from the setting `argocd.emergencyAdmin`, which is reviewed with the stack's file. */
const EMERGENCY_ENTRY = "gitops-platform.emergencyAdmin";

type Entries = Readonly<Record<string, string>>;

/** Anyone with full access to Argo CD has full access to the cluster. */
export const argocdAccessIsClosed: ResourceRule = {
  name: "argocd-access-is-closed",
  displayName: "Argo CD's access is closed",
  description:
    "Argo CD authenticates every user, grants no permissions by default, allows no shells in containers, and has no " +
    "local administrator in addition to single sign-on, except in a declared emergency.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Restore the entry in components/argocd/config-maps.ts, or remove it from argocd.parameters.",
  url: "https://argo-cd.readthedocs.io/en/stable/operator-manual/user-management/",
  validateResource: resourcesOfType(TYPES.configMap, (args, reportViolation) => {
    const expect = (key: string, got: string | undefined, expected: string, why: string) => {
      if (got !== expected)
        reportViolation(`${key}: got ${formatValue(got)}; expected ${formatValue(expected)}, because ${why}.`);
    };
    const entries = (name: string): Entries => (isArgocdConfigMap(args, name) ? configMapData(args) : {});
    const cm = entries("argocd-cm");
    const { "users.anonymous.enabled": anonymous = "false", "exec.enabled": exec = "false" } = cm;
    expect("users.anonymous.enabled", anonymous, "false", "anyone who reaches the API would be logged in");
    expect("exec.enabled", exec, "false", "users could open shells in containers");
    const isSignOn = cm["oidc.config"] !== undefined || cm["dex.config"] !== undefined;
    if (isSignOn && cm[EMERGENCY_ENTRY] === undefined) {
      expect("admin.enabled", cm["admin.enabled"], "false", "its password bypasses single sign-on");
    }
    const { "policy.default": byDefault = "" } = entries("argocd-rbac-cm");
    expect("policy.default", byDefault, "", "every user would have that role");
    const { "server.disable.auth": open = "false" } = entries("argocd-cmd-params-cm");
    expect("server.disable.auth", open, "false", "anyone who reaches the API could deploy");
  }),
};
