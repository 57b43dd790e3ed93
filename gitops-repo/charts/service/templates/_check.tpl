{{/* What a JSON schema cannot say of the values. Each helper gives its problems on a line each. */}}
{{- define "service.check" -}}
{{- $problems := list }}
{{- range list "web" "routes" "names" "workloads" "resources" "references" "secrets" }}
{{- $problems = concat $problems (include (printf "service.problems.%s" .) $ | splitList "\n") }}
{{- end }}
{{- $said := list }}
{{- range $problems }}{{ with trim . }}{{ $said = append $said . }}{{ end }}{{ end }}
{{- if $said }}{{ fail (join " " (uniq $said)) }}{{ end }}
{{- end }}

{{/* Calls a helper for each workload but web. Takes root, and helper, which gets root, path, name and workload. */}}
{{- define "service.ofEachWorkload" -}}
{{- range $kind, $workloads := pick .root.Values "workers" "statefulSets" "cronJobs" "jobs" }}
{{- range $name, $workload := $workloads }}
{{- $path := printf "%s.%s." $kind $name }}
{{ include $.helper (dict "root" $.root "path" $path "kind" $kind "name" $name "workload" $workload) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.web" -}}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
autoscaling.maxReplicas: got {{ .maxReplicas }}; expected at least autoscaling.minReplicas, {{ .minReplicas }}.
{{- " Raise it, or lower minReplicas." }}
{{- end }}
{{- end }}
{{- if not .Values.web.enabled }}
{{- $ofWeb := dict "autoscaling" .Values.autoscaling.enabled "metrics" .Values.metrics.enabled }}
{{- range $key, $isUsed := merge $ofWeb (dict "ingress" .Values.ingress.hosts "gateway" .Values.gateway.hosts) }}
{{- if $isUsed }}
{{ $key }}: got one for the web workload; expected none, because web.enabled is false.
{{- " Remove it, or enable the web workload." }}
{{- end }}
{{- end }}
{{- if not (or .Values.workers .Values.statefulSets .Values.cronJobs) }}
web.enabled: got false without another workload; expected workers, statefulSets or cronJobs. Add one.
{{- end }}
{{- end }}
{{- if eq .Values.probes.type "command" }}
{{- range list "livenessCommand" "readinessCommand" }}
{{- if not (get $.Values.probes .) }}
probes.{{ . }}: got nothing; expected a command, because probes.type is command. Write it.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.routes" -}}
{{- if and .Values.gateway.hosts (not .Values.gateway.name) }}
gateway.name: got nothing; expected the Gateway that serves gateway.hosts. Write its name.
{{- end }}
{{- if and .Values.gateway.hosts (eq .Values.service.protocol "grpc") (ne (join " " .Values.gateway.paths) "/") }}
gateway.paths: got {{ join ", " .Values.gateway.paths }}; expected only / for gRPC. Remove them.
{{- end }}
{{- end }}

{{/* Names of workloads are parts of the names of objects, of which Kubernetes limits the length. */}}
{{- define "service.problems.names" -}}
{{- $paths := dict }}
{{- range $kind, $workloads := pick .Values "workers" "statefulSets" "cronJobs" "jobs" }}
{{- range $name, $_ := $workloads }}
{{- with get $paths $name }}
{{ $kind }}.{{ $name }}: got the name of {{ . }}; expected another, because network policies are named after
{{- " workloads. Rename one." }}
{{- end }}
{{- $_ := set $paths $name (printf "%s.%s" $kind $name) }}
{{- $object := printf "%s-%s" $.Release.Name $name }}
{{- if gt (len $object) 52 }}
{{ $kind }}.{{ $name }}: got {{ len $object }} characters with the service's name; expected 52 at most. Shorten it.
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.workloads" -}}
{{- $web := omit .Values "probes" -}}
{{ include "service.problems.workload" (dict "root" . "path" "" "kind" "web" "name" .Release.Name "workload" $web) }}
{{ include "service.ofEachWorkload" (dict "root" . "helper" "service.problems.workload") }}
{{- end }}

{{- define "service.problems.workload" -}}
{{- $path := .path }}
{{- $volumes := .workload.volumes | default dict }}
{{- $taken := dict "/tmp" "each container's own" }}
{{- if .root.Values.config.files }}{{ $_ := set $taken .root.Values.config.path "config" }}{{ end }}
{{- range $key, $volumes := dict "volumes" $volumes "claims" (.workload.claims | default dict) }}
{{- range $name, $volume := $volumes }}
{{- with get $taken $volume.mountPath }}
{{ $path }}{{ $key }}.{{ $name }}.mountPath: got {{ $volume.mountPath }}; expected another path than {{ . }}. Change it.
{{- end }}
{{- $_ := set $taken $volume.mountPath (printf "%s%s.%s" $path $key $name) }}
{{- end }}
{{- end }}
{{- range $name, $_ := .workload.claims }}
{{- if has $name (list "tmp" "config") }}
{{ $path }}claims.{{ $name }}: got the name of a volume that each pod has; expected another. Rename it.
{{- end }}
{{- end }}
{{- if ne .kind "web" }}{{ include "service.problems.probes" (dict "path" $path "probes" .workload.probes) }}{{ end }}
{{- $initContainers := .workload.initContainers | default dict }}
{{- $others := dict "initContainers" $initContainers "sidecars" (.workload.sidecars | default dict) }}
{{- $main := eq .kind "web" | ternary .name (printf "%s-%s" .root.Release.Name .name) }}
{{- range $key, $containers := $others }}
{{- range $name, $container := $containers }}
{{- $own := printf "%s%s.%s" $path $key $name }}
{{- if or (eq $name $main) (and (eq $key "sidecars") (hasKey $initContainers $name)) }}
{{ $own }}: got the name of another container of the pod; expected its own. Rename it.
{{- end }}
{{- range $container.mounts }}
{{- if not (hasKey $volumes .) }}
{{ $own }}.mounts: got {{ . }}; expected a name in {{ $path }}volumes. Correct it.
{{- end }}
{{- end }}
{{- include "service.problems.probes" (dict "path" (printf "%s." $own) "probes" $container.probes) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.probes" -}}
{{- $path := .path }}
{{- with .probes }}
{{- if and (eq .type "command") (not .command) }}
{{ $path }}probes.command: got nothing; expected a command, because the type is command. Write it.
{{- end }}
{{- if and (ne .type "command") (not .port) }}
{{ $path }}probes.port: got nothing; expected the port that is asked. Write it.
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.resources" -}}
{{ include "service.problems.amounts" (dict "path" "" "resources" .Values.resources) }}
{{ include "service.problems.containers" (dict "path" "" "workload" .Values) }}
{{ include "service.ofEachWorkload" (dict "root" . "helper" "service.problems.containers") }}
{{- end }}

{{/* The resources of a workload, its sidecars and its init containers. */}}
{{- define "service.problems.containers" -}}
{{- $path := .path }}
{{- if ne $path "" }}
{{- with .workload.resources }}{{ include "service.problems.amounts" (dict "path" $path "resources" .) }}{{ end }}
{{- end }}
{{- range $key := list "sidecars" "initContainers" }}
{{- range $name, $container := index $.workload $key }}
{{- $own := printf "%s%s.%s." $path $key $name }}
{{ include "service.problems.amounts" (dict "path" $own "resources" $container.resources) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "service.problems.amounts" -}}
{{- $path := .path }}
{{- $least := dict "cpu" "1m" "memory" "1Mi" }}
{{- range $kind, $amounts := .resources }}
{{- range $key, $amount := $amounts }}
{{- if lt (include "service.amount" $amount | float64) (include "service.amount" (get $least $key) | float64) }}
{{ $path }}resources.{{ $kind }}.{{ $key }}: got {{ include "service.quantity" $amount }}; expected at least
{{- printf " %s. Raise it, or write the unit that is meant." (get $least $key) }}
{{- end }}
{{- end }}
{{- end }}
{{- $requests := .resources.requests }}
{{- range $key, $limit := .resources.limits }}
{{- $request := get $requests $key }}
{{- if lt (include "service.amount" $limit | float64) (include "service.amount" $request | float64) }}
{{ $path }}resources.limits.{{ $key }}: got {{ include "service.quantity" $limit }}; expected at least
{{- printf " %sresources.requests.%s, %s." $path $key (include "service.quantity" $request) }}
{{- " Raise it, or lower the request." }}
{{- end }}
{{- end }}
{{- end }}

{{/* References to variables that Kubernetes would not expand, in each container. */}}
{{- define "service.problems.references" -}}
{{ include "service.problems.referencesOfWorkload" (dict "root" . "path" "" "workload" .Values) }}
{{ include "service.ofEachWorkload" (dict "root" . "helper" "service.problems.referencesOfWorkload") }}
{{- end }}

{{- define "service.problems.referencesOfWorkload" -}}
{{- $isWeb := eq .path "" }}
{{- $own := ternary (omit .workload "image") .workload $isWeb }}
{{ include "service.problems.referencesOf" (dict "root" .root "path" .path "container" $own) }}
{{- range $key := list "sidecars" "initContainers" }}
{{- range $name, $container := index $.workload $key }}
{{- $path := printf "%s%s.%s." $.path $key $name }}
{{ include "service.problems.referencesOf" (dict "root" $.root "path" $path "container" $container) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Takes root, path and container, whose variables are those that service.program gives it. */}}
{{- define "service.problems.referencesOf" -}}
{{- $path := .path }}
{{- $env := dict }}
{{- $hasSecrets := not (empty .container.envFromSecrets) }}
{{- if not .container.image }}
{{- range $name, $value := .root.Values.env }}{{ $_ := set $env $name $value }}{{ end }}
{{- $hasSecrets = or $hasSecrets (not (empty .root.Values.envFromSecrets)) }}
{{- end }}
{{- range $name, $value := .container.env }}{{ $_ := set $env $name $value }}{{ end }}
{{- /* Kubernetes sets these by itself: for its API, and for each Service of the namespace. */}}
{{- $service := .root.Release.Name | upper | replace "-" "_" }}
{{- $ofServices := printf "^(KUBERNETES|%s)_(SERVICE_HOST|SERVICE_PORT|PORT)(_[A-Z0-9_]+)?$" $service }}
{{- $texts := dict }}
{{- range $name, $value := .container.env }}{{ $_ := set $texts (printf "env.%s" $name) $value }}{{ end }}
{{- range $key := list "command" "args" }}
{{- range $index, $value := index $.container $key }}
{{- $_ := set $texts (printf "%s[%d]" $key $index) $value }}
{{- end }}
{{- end }}
{{- range $place, $value := $texts }}
{{- range without (include "service.references" $value | splitList " " | uniq) "" }}
{{- $isVariable := and (hasKey $env .) (ne (printf "env.%s" .) $place) }}
{{- $isOfService := regexMatch $ofServices . }}
{{- if not (or $isVariable $isOfService $hasSecrets) }}
{{ $path }}{{ $place }}: got $({{ . }}); expected the name of another variable in env, or of one that a Secret in
{{- printf " envFromSecrets has. Correct it, or write $$(%s) where this text itself is meant." . }}
{{- end }}
{{- end }}
{{- end }}
{{- $circle := keys $env | sortAlpha }}
{{- range include "service.envOrder" $env | splitList " " }}{{ $circle = without $circle . }}{{ end }}
{{- with $circle }}
{{ $path }}env: got references between {{ join ", " . }} that go in a circle; expected one of them without.
{{- " Write out what it is to say." }}
{{- end }}
{{- end }}

{{/* Other services must not get their Secrets overwritten, nor read by whoever writes these values. */}}
{{- define "service.problems.secrets" -}}
{{- with .Values.externalSecrets }}
{{- if and .secrets (not .store.name) }}
externalSecrets.store.name: got nothing; expected the name of the store. Write it.
{{- end }}
{{- range $name, $keys := .secrets }}
{{- if not (or (eq $name $.Release.Name) (hasPrefix (printf "%s-" $.Release.Name) $name)) }}
externalSecrets.secrets.{{ $name }}: got another name; expected {{ $.Release.Name }}, or one that begins
{{- printf " with %s-. Rename it." $.Release.Name }}
{{- end }}
{{- range $key, $remote := $keys }}
{{- if not (hasPrefix (printf "%s/" $.Release.Name) $remote.key) }}
externalSecrets.secrets.{{ $name }}.{{ $key }}.key: got {{ $remote.key }}; expected a path below
{{- printf " %s/. Move the secret there." $.Release.Name }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
