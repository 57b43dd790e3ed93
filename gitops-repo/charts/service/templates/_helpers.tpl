{{/* Labels that never change, because a Deployment's selector is immutable. */}}
{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ .Release.Name | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{/* Labels of every object. Pods do not have the chart's version, because a new chart alone must not restart them. */}}
{{- define "service.labels" -}}
{{ include "service.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* The running version as a label. A label has at most 63 characters, a tag up to 128. */}}
{{- define "service.versionLabel" -}}
app.kubernetes.io/version: {{ .Values.image.tag | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{/* The image, by digest if one is given. */}}
{{- define "service.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}{{ end }}
{{- end }}

{{/* Converts a quantity to an integer, in millicores or MiB. */}}
{{- define "service.amount" -}}
{{- if hasSuffix "Gi" . }}{{ trimSuffix "Gi" . | int | mul 1024 }}
{{- else if hasSuffix "Mi" . }}{{ trimSuffix "Mi" . }}
{{- else if hasSuffix "m" . }}{{ trimSuffix "m" . }}
{{- else }}{{ int . | mul 1000 }}
{{- end }}
{{- end }}

{{/* Rules between two keys, which a JSON schema cannot express. */}}
{{- define "service.check" -}}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
{{- fail (printf "autoscaling.maxReplicas: got %v; expected at least autoscaling.minReplicas, %v. Raise it, or lower minReplicas." .maxReplicas .minReplicas) }}
{{- end }}
{{- end }}
{{- $requests := .Values.resources.requests }}
{{- range $key, $limit := .Values.resources.limits }}
{{- $request := get $requests $key }}
{{- if lt (include "service.amount" $limit | int) (include "service.amount" $request | int) }}
{{- fail (printf "resources.limits.%s: got %s; expected at least resources.requests.%s, %s. Raise it, or lower the request." $key $limit $key $request) }}
{{- end }}
{{- end }}
{{- end }}
