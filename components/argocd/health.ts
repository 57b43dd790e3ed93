/**
 * How Argo CD tells the health of an HPA, in Lua. Its own rule calls one Degraded that has no CPU figures yet, as every
 * new pod has none for some seconds: each deployment would look broken. Here it is Progressing until the figures come,
 * and Degraded only for what waiting does not mend. An HPA stops where its target is scaled to zero: nothing starts
 * that again but a person. https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
 */
const HORIZONTAL_POD_AUTOSCALER = `
local health = { status = "Progressing", message = "The autoscaler has not looked yet" }
local wanted = (obj.spec and obj.spec.minReplicas) or 1
for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
  if condition.type == "ScalingActive" and condition.reason == "FailedGetResourceMetric" then
    return { status = "Progressing", message = "Waiting for CPU figures: " .. condition.message }
  end
  local stopped = condition.type == "ScalingActive" and condition.reason == "ScalingDisabled"
  if stopped and wanted >= 1 then
    return { status = "Degraded", message = "Scaled to zero by hand; expected at least " .. wanted .. " pods" }
  end
  local active = condition.type == "ScalingActive" and not stopped
  if condition.status == "False" and (condition.type == "AbleToScale" or active) then
    return { status = "Degraded", message = condition.message }
  end
  if condition.type == "ScalingActive" then
    health = { status = "Healthy", message = condition.message }
  end
end
return health
`.trimStart();

/**
 * What is Degraded of a Deployment beyond Argo CD's own rule, which judges wherever this one returns nothing. Its own
 * rule calls one without pods Healthy, and a paused one Suspended, which no change reaches. Git states the number of
 * pods of a Deployment unless an autoscaler decides it: the chart says so by this annotation.
 */
const DEPLOYMENT = `
if obj.spec.paused == true then
  return { status = "Degraded", message = "Paused by hand: no change reaches its pods" }
end
local annotations = obj.metadata.annotations or {}
if obj.spec.replicas == 0 and annotations["gitops-platform/replicas"] == "autoscaled" then
  return { status = "Degraded", message = "Scaled to zero by hand: the autoscaler does not start it again" }
end
return nil
`.trimStart();

/** Entries of argocd-cm: the health of kinds that Argo CD's own rules do not fit. */
export const HEALTH_CHECKS: Readonly<Record<string, string>> = {
  "resource.customizations.health.apps_Deployment": DEPLOYMENT,
  "resource.customizations.health.autoscaling_HorizontalPodAutoscaler": HORIZONTAL_POD_AUTOSCALER,
};
