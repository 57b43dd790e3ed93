/**
 * The health check for an HPA, in Lua. Argo CD's own check reports Degraded while CPU metrics are missing. New pods
 * have none for some seconds, so every deployment would look broken. This check reports Progressing until the metrics
 * arrive, and Degraded only for problems that waiting does not solve. An HPA whose target is scaled to zero stays
 * inactive until a person scales it up.
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/health/#custom-health-checks
 */
const HORIZONTAL_POD_AUTOSCALER = `
local health = { status = "Progressing", message = "The autoscaler has not reported yet" }
local minimum = (obj.spec and obj.spec.minReplicas) or 1
for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
  if condition.type == "ScalingActive" and condition.reason == "FailedGetResourceMetric" then
    return { status = "Progressing", message = "Waiting for CPU metrics: " .. condition.message }
  end
  local stopped = condition.type == "ScalingActive" and condition.reason == "ScalingDisabled"
  if stopped and minimum >= 1 then
    return { status = "Degraded", message = "Scaled to zero by hand; expected at least " .. minimum .. " pods" }
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
 * A health check for a Deployment, in Lua; where it returns nil, Argo CD's own check applies. That check reports a
 * Deployment without pods as Healthy, and a paused one, which no change reaches, as Suspended. Git declares the number
 * of pods unless an autoscaler sets it; the chart marks that case with the annotation `gitops-platform/replicas`.
 */
const DEPLOYMENT = `
if obj.spec.paused == true then
  return { status = "Degraded", message = "Paused by hand: no change reaches its pods" }
end
local annotations = obj.metadata.annotations or {}
if obj.spec.replicas == 0 and annotations["gitops-platform/replicas"] == "autoscaled" then
  return { status = "Degraded", message = "Scaled to zero by hand: the autoscaler does not scale it up again" }
end
return nil
`.trimStart();

/** Entries of argocd-cm: health checks for the kinds where Argo CD's own are unsuitable. */
export const HEALTH_CHECKS: Readonly<Record<string, string>> = {
  "resource.customizations.health.apps_Deployment": DEPLOYMENT,
  "resource.customizations.health.autoscaling_HorizontalPodAutoscaler": HORIZONTAL_POD_AUTOSCALER,
};
