import type { ArgocdTuning } from "@gitops-platform/environments/settings/argocd-tuning";
import { HEALTH_CHECKS } from "./health";
import { notificationSettings, type NotificationSettings } from "./notifications/settings";
import { PARAMETERS_CONFIG_MAP, PLATFORM_PARAMETERS } from "./parameters";
import { sizeParameters } from "./resources";
import { UNTUNED } from "./tuned";

/** The settings of an Argo CD installation. */
export interface ArgocdSettings extends NotificationSettings {
  /** Entries of argocd-cmd-params-cm. They override the platform's own. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the stack changes of the release's objects. Unset: nothing. */
  readonly tuning?: ArgocdTuning | undefined;
}

/** The entries to merge into upstream's ConfigMaps, by the ConfigMap's name. */
export function configMapData(settings: ArgocdSettings): Record<string, Record<string, string>> {
  const { parameters, tuning = UNTUNED } = settings;
  return {
    "argocd-cm": { ...general(settings), ...tuning.settings },
    [PARAMETERS_CONFIG_MAP]: { ...PLATFORM_PARAMETERS, ...sizeParameters(tuning.size), ...parameters },
    "argocd-rbac-cm": { ...ACCESS, ...tuning.rbac },
    ...(Object.keys(tuning.certificates).length > 0 && { "argocd-tls-certs-cm": tuning.certificates }),
    "argocd-notifications-cm": notificationSettings(settings),
  };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/ */
function general({ url }: ArgocdSettings): Record<string, string> {
  return {
    ...(url === undefined ? {} : { url }),
    // Labels are truncated to 63 characters and copied by other tools; the annotation identifies its object exactly.
    "application.resourceTrackingMethod": "annotation",
    // Webhooks report changes at once, but GitHub does not resend a lost one. Polling limits the delay to three
    // minutes.
    "timeout.reconciliation": "120s",
    "timeout.reconciliation.jitter": "60s",
    // For the first login, until single sign-on is set up. The password is in the Secret argocd-initial-admin-secret.
    "admin.enabled": "true",
    "users.anonymous.enabled": "false",
    // The right to sync covers only the current state of Git: no rollback, and no revision of the user's choice.
    "server.rbac.rollback.enforce.enable": "true",
    "application.sync.requireOverridePrivilegeForRevisionSync": "true",
    // Argo CD must not give anyone a shell in a container.
    "exec.enabled": "false",
    // Only the repository holds values: a values file at a URL would be a second source of truth.
    "helm.valuesFileSchemes": "",
    ...HEALTH_CHECKS,
  };
}

/** Without a role, from here or from an AppProject, a user can do nothing. */
const ACCESS: Readonly<Record<string, string>> = {
  "policy.default": "",
  "policy.csv": "",
  scopes: "[groups]",
};
