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
what follows NAME. Where they refer to each other in a circle, those are left out.
*/}}
{{- define "service.envOrder" -}}
{{- $env := .Values.env }}
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

{{/* What a JSON schema cannot say of the values. */}}
{{- define "service.check" -}}
{{- $problems := list }}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
{{- $problems = append $problems (printf "autoscaling.maxReplicas: got %v; expected at least autoscaling.minReplicas, %v. Raise it, or lower minReplicas." .maxReplicas .minReplicas) }}
{{- end }}
{{- end }}
{{- $least := dict "cpu" "1m" "memory" "1Mi" }}
{{- range $kind, $amounts := .Values.resources }}
{{- range $key, $amount := $amounts }}
{{- if lt (include "service.amount" $amount | float64) (include "service.amount" (get $least $key) | float64) }}
{{- $problems = append $problems (printf "resources.%s.%s: got %s; expected at least %s. Raise it, or write the unit that is meant." $kind $key (include "service.quantity" $amount) (get $least $key)) }}
{{- end }}
{{- end }}
{{- end }}
{{- $requests := .Values.resources.requests }}
{{- range $key, $limit := .Values.resources.limits }}
{{- $request := get $requests $key }}
{{- if lt (include "service.amount" $limit | float64) (include "service.amount" $request | float64) }}
{{- $problems = append $problems (printf "resources.limits.%s: got %s; expected at least resources.requests.%s, %s. Raise it, or lower the request." $key (include "service.quantity" $limit) $key (include "service.quantity" $request)) }}
{{- end }}
{{- end }}
{{- $env := .Values.env }}
{{- $hasSecrets := not (empty .Values.envFromSecrets) }}
{{- /* Kubernetes sets these by itself: for its API, and for each Service of the namespace. */}}
{{- $ofServices := printf "^(KUBERNETES|%s)_(SERVICE_HOST|SERVICE_PORT|PORT)(_[A-Z0-9_]+)?$" (.Release.Name | upper | replace "-" "_") }}
{{- $texts := dict }}
{{- range $name, $value := $env }}{{ $_ := set $texts (printf "env.%s" $name) $value }}{{ end }}
{{- range $index, $value := .Values.args }}{{ $_ := set $texts (printf "args[%d]" $index) $value }}{{ end }}
{{- range $place, $value := $texts }}
{{- range without (include "service.references" $value | splitList " " | uniq) "" }}
{{- $isVariable := and (hasKey $env .) (ne (printf "env.%s" .) $place) }}
{{- $isOfService := regexMatch $ofServices . }}
{{- if not (or $isVariable $isOfService $hasSecrets) }}
{{- $problems = append $problems (printf "%s: got $(%s); expected the name of another variable in env, or of one that a Secret in envFromSecrets has. Correct it, or write $$(%s) where this text itself is meant." $place . .) }}
{{- end }}
{{- end }}
{{- end }}
{{- $circle := keys $env | sortAlpha }}
{{- range include "service.envOrder" . | splitList " " }}{{ $circle = without $circle . }}{{ end }}
{{- with $circle }}
{{- $problems = append $problems (printf "env: got references between %s that go in a circle; expected one of them without. Write out what it is to say." (join ", " .)) }}
{{- end }}
{{- if $problems }}{{ fail (join " " $problems) }}{{ end }}
{{- end }}
