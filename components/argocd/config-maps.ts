import { HEALTH_CHECKS } from "./health";
import { notificationSettings, type NotificationSettings } from "./notifications/settings";
import { PARAMETERS_CONFIG_MAP, PLATFORM_PARAMETERS } from "./parameters";

/** What the installation is set up for. */
export interface ArgocdSettings extends NotificationSettings {
  /** Entries of argocd-cmd-params-cm, over the platform's own. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The entries to merge into upstream's ConfigMaps, by the ConfigMap's name. */
export function configMapData(settings: ArgocdSettings): Record<string, Record<string, string>> {
  return {
    "argocd-cm": general(settings),
    [PARAMETERS_CONFIG_MAP]: { ...PLATFORM_PARAMETERS, ...settings.parameters },
    "argocd-rbac-cm": ACCESS,
    "argocd-notifications-cm": notificationSettings(settings),
  };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/ */
function general({ url }: ArgocdSettings): Record<string, string> {
  return {
    ...(url === undefined ? {} : { url }),
    // Labels may be cut to 63 characters and are copied by other tools; the annotation names its object exactly.
    "application.resourceTrackingMethod": "annotation",
    // Webhooks bring changes at once. GitHub does not repeat a lost one: asking bounds the delay to three minutes.
    "timeout.reconciliation": "120s",
    "timeout.reconciliation.jitter": "60s",
    // The first way in, until single sign-on is set up. Its password is in the Secret argocd-initial-admin-secret.
    "admin.enabled": "true",
    "users.anonymous.enabled": "false",
    // A right to sync is a right to what Git says now: neither to an older state nor to a revision of one's choice.
    "server.rbac.rollback.enforce.enable": "true",
    "application.sync.requireOverridePrivilegeForRevisionSync": "true",
    // No shell in a container through Argo CD.
    "exec.enabled": "false",
    // Values come from the repository only: a values file at a URL would be a second source of truth.
    "helm.valuesFileSchemes": "",
    ...HEALTH_CHECKS,
  };
}

/** Nobody may do anything who was not given a role: here, or in an AppProject. */
const ACCESS: Readonly<Record<string, string>> = {
  "policy.default": "",
  "policy.csv": "",
  scopes: "[groups]",
};
