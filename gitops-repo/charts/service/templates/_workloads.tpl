{{/* Whether the web workload's metrics have a port of their own; empty if not. */}}
{{- define "service.hasMetricsPort" -}}
{{- if and .Values.metrics.enabled (ne (include "service.port" . | int) (int .Values.metrics.port)) }}yes{{ end }}
{{- end }}

{{/* What Deployments have in common. Takes root and name. */}}
{{- define "service.deploymentSpec" -}}
# Rollbacks are reverts in Git, so old ReplicaSets are only kept for inspection.
revisionHistoryLimit: 3
selector:
  matchLabels:
    {{- include "service.selectorLabels" . | nindent 4 }}
strategy:
  type: RollingUpdate
  rollingUpdate:
    maxUnavailable: 0
    maxSurge: 25%
{{- end }}

{{/* The name and labels of an object of a workload. Takes root, name and workload. */}}
{{- define "service.workloadMetadata" -}}
name: {{ .name | quote }}
labels:
  {{- include "service.labels" . | nindent 2 }}
  {{- include "service.versionLabel" (.workload.image | default .root.Values.image) | nindent 2 }}
{{- end }}

{{/* The pod template and limits of a job. Takes root, name and workload. */}}
{{- define "service.jobSpec" -}}
backoffLimit: {{ .workload.retries | default 0 }}
activeDeadlineSeconds: {{ .workload.deadlineSeconds | default 600 }}
template:
  {{- include "service.podTemplate" (merge (dict "kind" "job") .) | nindent 2 }}
{{- end }}

{{/* A budget for the disruptions of a workload. Takes root and name. */}}
{{- define "service.disruptionBudget" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name | quote }}
  labels:
    {{- include "service.labels" . | nindent 4 }}
spec:
  # Not minAvailable, because with a single pod that would block every node drain.
  maxUnavailable: 1
  # An unhealthy pod must not block a node drain.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "service.selectorLabels" . | nindent 6 }}
{{- end }}
