{{/*
Labels that never change, because a Deployment's selector is immutable. Takes root, and name: the workload's object. The
web workload has the service's name, the others have the service's and their own.
*/}}
{{- define "service.selectorLabels" -}}
app.kubernetes.io/name: {{ .name | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
{{- end }}

{{/*
Labels of every object. Takes root and name. Pods do not have the chart's version, because a new chart alone must not
restart them.
*/}}
{{- define "service.labels" -}}
{{ include "service.selectorLabels" . }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/*
Argo CD also reads this annotation from the live object. Declaring it keeps anyone from disabling the health check.
*/}}
{{- define "service.healthAnnotation" -}}
argocd.argoproj.io/ignore-healthcheck: "false"
{{- end }}

{{/* Annotations of the objects that jobs need. Argo CD applies lower waves first; jobs are in wave -1. */}}
{{- define "service.neededByJobs" -}}
{{- if .Values.jobs -}}
argocd.argoproj.io/sync-wave: "-2"
{{- end }}
{{- end }}

{{/* An image's version as a label. A label has at most 63 characters, a tag up to 128. */}}
{{- define "service.versionLabel" -}}
app.kubernetes.io/version: {{ .tag | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{/* The name of an image, by digest if one is given. */}}
{{- define "service.image" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end }}

{{/* The port on which the web workload listens. */}}
{{- define "service.port" -}}
{{ .Values.exceptions.privilegedPort | default .Values.containerPort }}
{{- end }}

{{/* A quantity as text: Helm would write a large number with an exponent. */}}
{{- define "service.quantity" -}}
{{- if kindIs "string" . }}{{ . }}
{{- else }}
{{- $number := float64 . }}
{{- if eq (floor $number) $number }}{{ printf "%.0f" $number }}{{ else }}{{ $number }}{{ end }}
{{- end }}
{{- end }}

{{/* A quantity as a number of cores or bytes. */}}
{{- define "service.amount" -}}
{{- $text := include "service.quantity" . }}
{{- $suffix := regexFind "[A-Za-z]+$" $text }}
{{- $decimal := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 }}
{{- $binary := dict "Ki" 0x1p10 "Mi" 0x1p20 "Gi" 0x1p30 "Ti" 0x1p40 "Pi" 0x1p50 "Ei" 0x1p60 }}
{{- mulf (trimSuffix $suffix $text | float64) (get (merge $decimal $binary) $suffix) }}
{{- end }}

{{/* The names that a text refers to as $(NAME), each ended by a space. $$ is how Kubernetes writes a dollar sign. */}}
{{- define "service.references" -}}
{{- range regexFindAll "\\$\\([^)]*\\)" (replace "$$" " " .) -1 }}
{{- $name := trimPrefix "$(" . | trimSuffix ")" }}
{{- if regexMatch "^[-._A-Za-z][-._A-Za-z0-9]*$" $name }}{{ $name }} {{ end }}
{{- end }}
{{- end }}

{{/*
The names of the variables, each ended by a space and behind those that it refers to: Kubernetes expands $(NAME) only in
what follows NAME. Where they refer to each other in a circle, those are left out. Takes the variables.
*/}}
{{- define "service.envOrder" -}}
{{- $env := . }}
{{- $waiting := dict }}
{{- range $name, $value := $env }}
{{- $references := list }}
{{- range include "service.references" $value | splitList " " }}
{{- if and (hasKey $env .) (ne . $name) }}{{ $references = append $references . }}{{ end }}
{{- end }}
{{- $_ := set $waiting $name $references }}
{{- end }}
{{- range until (len $env) }}
{{- range $name, $references := $waiting }}
{{- $isReady := true }}
{{- range $references }}{{ if hasKey $waiting . }}{{ $isReady = false }}{{ end }}{{ end }}
{{- if $isReady }}{{ $name }} {{ $_ := unset $waiting $name }}{{ end }}
{{- end }}
{{- end }}
{{- end }}
