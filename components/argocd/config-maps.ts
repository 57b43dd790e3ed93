import type { ArgocdTuning } from "@gitops-platform/environments/settings/argocd-tuning";
import type { Monitoring } from "@gitops-platform/environments/settings/monitoring";
import { accessData, type AccessSettings } from "./access";
import { HEALTH_CHECKS } from "./health";
import { notificationSettings, type NotificationSettings } from "./notifications/settings";
import { PARAMETERS_CONFIG_MAP, PLATFORM_PARAMETERS } from "./parameters";
import { sizeParameters } from "./resources";
import { signOnData } from "./sign-on";
import { UNTUNED } from "./tuned";

/** The settings of an Argo CD installation. */
export interface ArgocdSettings extends NotificationSettings, AccessSettings {
  /** Entries of argocd-cmd-params-cm. They override the platform's own. */
  readonly parameters: Readonly<Record<string, string>>;
  /** What the stack changes of the release's objects. Unset: nothing. */
  readonly tuning?: ArgocdTuning | undefined;
  /** Who collects the metrics. Unset: nobody. */
  readonly monitoring?: Monitoring | undefined;
}

/** The entries to merge into upstream's ConfigMaps, by the ConfigMap's name. */
export function configMapData(settings: ArgocdSettings): Record<string, Record<string, string>> {
  const { parameters, tuning = UNTUNED } = settings;
  return {
    "argocd-cm": { ...general(settings), ...tuning.settings },
    [PARAMETERS_CONFIG_MAP]: { ...PLATFORM_PARAMETERS, ...sizeParameters(tuning.size), ...parameters },
    "argocd-rbac-cm": { ...accessData(settings), ...tuning.rbac },
    ...(Object.keys(tuning.certificates).length > 0 && { "argocd-tls-certs-cm": tuning.certificates }),
    "argocd-notifications-cm": notificationSettings(settings),
  };
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/argocd-cm-yaml/ */
function general({ url, signOn }: ArgocdSettings): Record<string, string> {
  return {
    ...(url === undefined ? {} : { url }),
    // Labels are truncated to 63 characters and copied by other tools; the annotation identifies its object exactly.
    "application.resourceTrackingMethod": "annotation",
    // Webhooks report changes at once, but GitHub does not resend a lost one. Polling limits the delay to three
    // minutes.
    "timeout.reconciliation": "120s",
    "timeout.reconciliation.jitter": "60s",
    ...signOnData(signOn),
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
