/**
 * How Argo CD tells the health of an HPA, in Lua. Its own rule calls one Degraded that has no CPU figures yet, as every new pod
 * has none for some seconds: each deployment would look broken. Here it is Progressing until the figures come, and Degraded only
 * for what waiting does not mend.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
 */
const HORIZONTAL_POD_AUTOSCALER = `
local health = { status = "Progressing", message = "The autoscaler has not looked yet" }
for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
  if condition.type == "ScalingActive" and condition.reason == "FailedGetResourceMetric" then
    return { status = "Progressing", message = "Waiting for CPU figures: " .. condition.message }
  end
  local active = condition.type == "ScalingActive" and condition.reason ~= "ScalingDisabled"
  if condition.status == "False" and (condition.type == "AbleToScale" or active) then
    return { status = "Degraded", message = condition.message }
  end
  if condition.type == "ScalingActive" then
    health = { status = "Healthy", message = condition.message }
  end
end
return health
`.trimStart();

/** Entries of argocd-cm: the health of kinds that Argo CD's own rules do not fit. */
export const HEALTH_CHECKS: Readonly<Record<string, string>> = {
  "resource.customizations.health.autoscaling_HorizontalPodAutoscaler": HORIZONTAL_POD_AUTOSCALER,
};
