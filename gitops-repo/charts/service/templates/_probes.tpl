{{/* The probes of the web workload. Takes the root. */}}
{{- define "service.webProbes" -}}
{{- $probes := .Values.probes }}
{{- $protocol := .Values.service.protocol }}
{{- $type := eq $probes.type "auto" | ternary $protocol $probes.type }}
{{- $port := eq $type "grpc" | ternary (include "service.port" . | int) $protocol }}
{{- $live := dict "type" $type "port" $port "path" $probes.livenessPath "command" $probes.livenessCommand }}
{{- $ready := dict "type" $type "port" $port "path" $probes.readinessPath "command" $probes.readinessCommand }}
{{- include "service.threeProbes" (dict "live" $live "ready" $ready "times" $probes) }}
{{- end }}

{{/* The probes of any other container. */}}
{{- define "service.probes" -}}
{{- include "service.threeProbes" (dict "live" . "ready" . "times" .) }}
{{- end }}

{{/* Takes live and ready, for service.probeHandler, and times: startupSeconds and timeoutSeconds. */}}
{{- define "service.threeProbes" -}}
{{- $timeout := .times.timeoutSeconds | default 1 -}}
startupProbe:
  {{- include "service.probeHandler" .live | nindent 2 }}
  timeoutSeconds: {{ $timeout }}
  periodSeconds: 5
  failureThreshold: {{ divf (.times.startupSeconds | default 60) 5 | ceil | int }}
readinessProbe:
  {{- include "service.probeHandler" .ready | nindent 2 }}
  timeoutSeconds: {{ $timeout }}
  periodSeconds: 5
  failureThreshold: 3
livenessProbe:
  {{- include "service.probeHandler" .live | nindent 2 }}
  timeoutSeconds: {{ $timeout }}
  periodSeconds: 10
  failureThreshold: 3
{{- end }}

{{/*
How a container is asked. Takes type, port, path and command. The kubelet takes a port's name, but not for gRPC.
*/}}
{{- define "service.probeHandler" -}}
{{- if eq .type "http" -}}
httpGet:
  path: {{ .path | default "/healthz" | quote }}
  port: {{ .port }}
{{- else if eq .type "grpc" -}}
grpc:
  port: {{ .port }}
{{- else if eq .type "tcp" -}}
tcpSocket:
  port: {{ .port }}
{{- else -}}
exec:
  command:
    {{- range .command }}
    - {{ . | quote }}
    {{- end }}
{{- end }}
{{- end }}
