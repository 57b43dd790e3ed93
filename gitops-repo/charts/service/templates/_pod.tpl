{{/*
The template of a workload's pods. Takes root; name, of the object and its container; kind: web, worker, stateful or
job; workload, its values; ports, from name to number; mounts, the volumes of the workload itself.
*/}}
{{- define "service.podTemplate" -}}
{{- $root := .root }}
{{- $workload := .workload }}
{{- $image := $workload.image | default $root.Values.image }}
{{- $annotations := dict }}
{{- range $key, $value := $workload.podAnnotations }}{{ $_ := set $annotations $key $value }}{{ end }}
{{- /* Containers read their files once, so pods restart when a file changes. */}}
{{- if not $workload.image }}
{{- with $root.Values.config.files }}{{ $_ := set $annotations "checksum/config" (toJson . | sha256sum) }}{{ end }}
{{- end -}}
metadata:
  labels:
    {{- include "service.selectorLabels" . | nindent 4 }}
    {{- include "service.versionLabel" $image | nindent 4 }}
  {{- with $annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ $root.Release.Name | quote }}
  automountServiceAccountToken: false
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  securityContext:
    {{- $user := $root.Values.exceptions.runAsUser | int }}
    runAsNonRoot: true
    runAsUser: {{ $user }}
    runAsGroup: {{ $user }}
    fsGroup: {{ $user }}
    seccompProfile:
      type: RuntimeDefault
    {{- with and (eq .kind "web") $root.Values.exceptions.privilegedPort }}
    sysctls:
      # Ports from this number on need no privileges. Pod Security counts it among the safe ones.
      - name: net.ipv4.ip_unprivileged_port_start
        value: {{ . | quote }}
    {{- end }}
  {{- if eq .kind "job" }}
  restartPolicy: Never
  {{- end }}
  terminationGracePeriodSeconds: {{ $workload.terminationGraceSeconds | default 30 }}
  {{- if ne .kind "job" }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "service.selectorLabels" $ | nindent 10 }}
      {{- if ne $.kind "stateful" }}
      matchLabelKeys:
        - pod-template-hash
      {{- end }}
    {{- end }}
  {{- end }}
  {{- if or $workload.sidecars $workload.initContainers }}
  initContainers:
    {{- /* Sidecars come first, so that init containers can use them. Kubernetes stops them after the workload. */}}
    {{- range $name, $container := $workload.sidecars }}
    {{- $sidecar := dict "pod" $ "name" $name "container" $container "isSidecar" true }}
    {{- include "service.otherContainer" $sidecar | nindent 4 }}
    {{- end }}
    {{- range $name, $container := $workload.initContainers }}
    {{- $initContainer := dict "pod" $ "name" $name "container" $container "isSidecar" false }}
    {{- include "service.otherContainer" $initContainer | nindent 4 }}
    {{- end }}
  {{- end }}
  containers:
    {{- include "service.mainContainer" . | nindent 4 }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- if $root.Values.config.files }}
    - name: config
      configMap:
        name: {{ printf "%s-config" $root.Release.Name | quote }}
    {{- end }}
    {{- range $name, $volume := $workload.volumes }}
    - name: {{ printf "volume-%s" $name | quote }}
      {{- include "service.volumeSource" $volume | nindent 6 }}
    {{- end }}
{{- end }}

{{/* Where a volume's content comes from. */}}
{{- define "service.volumeSource" -}}
{{- if .emptyDir -}}
emptyDir:
  sizeLimit: {{ include "service.quantity" .emptyDir.sizeLimit | quote }}
  {{- if .emptyDir.inMemory }}
  medium: Memory
  {{- end }}
{{- else if .configMap -}}
configMap:
  name: {{ .configMap | quote }}
{{- else if .secret -}}
secret:
  secretName: {{ .secret | quote }}
{{- else -}}
persistentVolumeClaim:
  claimName: {{ .claim | quote }}
{{- end }}
{{- end }}

{{/* The container that does the workload's work. Takes what service.podTemplate takes. */}}
{{- define "service.mainContainer" -}}
{{- $values := .root.Values }}
{{- $workload := .workload }}
{{- $program := include "service.program" (dict "root" .root "container" $workload) -}}
- name: {{ .name | quote }}
  {{- include "service.containerDefaults" (dict "root" .root "container" $workload) | nindent 2 }}
  {{- with .ports }}
  ports:
    {{- range $name, $port := . }}
    - name: {{ $name }}
      containerPort: {{ $port }}
      protocol: TCP
    {{- end }}
  {{- end }}
  {{- with $program | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- if eq .kind "web" }}
  {{- include "service.webProbes" .root | trim | nindent 2 }}
  {{- else if $workload.probes }}
  {{- include "service.probes" $workload.probes | nindent 2 }}
  {{- end }}
  {{- if .ports }}
  lifecycle:
    # Callers notice a terminating pod with a delay, so it keeps serving for that time.
    preStop:
      sleep:
        seconds: 5
  {{- end }}
  {{- include "service.resources" ($workload.resources | default $values.resources) | nindent 2 }}
  volumeMounts:
    {{- include "service.sharedMounts" (dict "root" .root "container" $workload) | nindent 4 }}
    {{- range $name, $volume := $workload.volumes }}
    {{- include "service.mount" (dict "name" $name "volume" $volume) | nindent 4 }}
    {{- end }}
    {{- range $name, $claim := $workload.claims }}
    - name: {{ $name | quote }}
      mountPath: {{ $claim.mountPath | quote }}
    {{- end }}
{{- end }}

{{/* A sidecar or an init container. Takes pod, which service.podTemplate takes; name; container; isSidecar. */}}
{{- define "service.otherContainer" -}}
{{- $container := .container }}
{{- $program := include "service.program" (dict "root" .pod.root "container" $container) -}}
- name: {{ .name | quote }}
  {{- include "service.containerDefaults" (dict "root" .pod.root "container" $container) | nindent 2 }}
  {{- if .isSidecar }}
  restartPolicy: Always
  {{- end }}
  {{- with $container.port }}
  ports:
    - containerPort: {{ . }}
      protocol: TCP
  {{- end }}
  {{- with $program | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $container.probes }}
  {{- include "service.probes" . | nindent 2 }}
  {{- end }}
  {{- include "service.resources" $container.resources | nindent 2 }}
  volumeMounts:
    {{- include "service.sharedMounts" (dict "root" .pod.root "container" $container) | nindent 4 }}
    {{- range $container.mounts }}
    {{- $volume := index ($.pod.workload.volumes | default dict) . | default dict }}
    {{- include "service.mount" (dict "name" . "volume" $volume) | nindent 4 }}
    {{- end }}
{{- end }}

{{/* What every container has: its image, and what it may do. Takes root and container. */}}
{{- define "service.containerDefaults" -}}
image: {{ include "service.image" (.container.image | default .root.Values.image) | quote }}
imagePullPolicy: IfNotPresent
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: {{ not .root.Values.exceptions.writableRoot }}
  capabilities:
    drop:
      - ALL
{{- end }}

{{/*
What a container runs, with which variables. Takes root and container. A container with an image of its own gets neither
the service's variables nor its files: it may be somebody else's program.
*/}}
{{- define "service.program" -}}
{{- $env := dict }}
{{- $secrets := .container.envFromSecrets | default list }}
{{- if not .container.image }}
{{- range $name, $value := .root.Values.env }}{{ $_ := set $env $name $value }}{{ end }}
{{- $secrets = concat .root.Values.envFromSecrets $secrets | uniq }}
{{- end }}
{{- range $name, $value := .container.env }}{{ $_ := set $env $name $value }}{{ end }}
{{- with .container.command }}
command:
  {{- range . }}
  - {{ . | quote }}
  {{- end }}
{{- end }}
{{- with .container.args }}
args:
  {{- range . }}
  - {{ . | quote }}
  {{- end }}
{{- end }}
{{- with $env }}
env:
  {{- range include "service.envOrder" . | trim | splitList " " }}
  - name: {{ . | quote }}
    value: {{ get $env . | quote }}
  {{- end }}
{{- end }}
{{- with $secrets }}
envFrom:
  {{- range . }}
  - secretRef:
      name: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "service.resources" -}}
resources:
  requests:
    cpu: {{ include "service.quantity" .requests.cpu | quote }}
    memory: {{ include "service.quantity" .requests.memory | quote }}
  limits:
    {{- with .limits.cpu }}
    cpu: {{ include "service.quantity" . | quote }}
    {{- end }}
    memory: {{ include "service.quantity" .limits.memory | quote }}
{{- end }}

{{/* The folders that each container has. Takes root and container. */}}
{{- define "service.sharedMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if and .root.Values.config.files (not .container.image) }}
- name: config
  mountPath: {{ .root.Values.config.path | quote }}
  readOnly: true
{{- end }}
{{- end }}

{{- define "service.mount" -}}
- name: {{ printf "volume-%s" .name | quote }}
  mountPath: {{ .volume.mountPath | quote }}
  {{- if or .volume.configMap .volume.secret .volume.readOnly }}
  readOnly: true
  {{- end }}
{{- end }}
