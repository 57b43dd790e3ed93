{{/* The name, labels and annotations of a network policy. Takes root and name. */}}
{{- define "service.policyMetadata" -}}
name: {{ .name | quote }}
labels:
  {{- include "service.labels" . | nindent 2 }}
{{- with include "service.neededByJobs" .root }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Which destinations the pods of each workload may reach. Takes the root. */}}
{{- define "service.egress" -}}
egress:
  # DNS: the cluster's servers, and the address of NodeLocal DNSCache.
  - to:
      - namespaceSelector:
          matchLabels:
            kubernetes.io/metadata.name: kube-system
      - ipBlock:
          cidr: 169.254.20.10/32
    ports:
      - port: 53
        protocol: UDP
      - port: 53
        protocol: TCP
  {{- $ports := list }}
  {{- range .Values.statefulSets }}{{ with .port }}{{ $ports = append $ports . }}{{ end }}{{ end }}
  {{- with $ports }}
  # The service's own stateful sets.
  - to:
      - podSelector:
          matchLabels:
            app.kubernetes.io/instance: {{ $.Release.Name | quote }}
    ports:
      {{- range uniq . }}
      - port: {{ . }}
        protocol: TCP
      {{- end }}
  {{- end }}
  {{- range .Values.networkPolicy.egress }}
  - to:
      {{- if .cidr }}
      - ipBlock:
          cidr: {{ .cidr | quote }}
      {{- else }}
      - namespaceSelector:
          matchLabels:
            kubernetes.io/metadata.name: {{ .namespace | quote }}
        {{- with .app }}
        podSelector:
          matchLabels:
            app.kubernetes.io/name: {{ . | quote }}
        {{- end }}
      {{- end }}
    ports:
      - port: {{ .port }}
        protocol: {{ .protocol | default "TCP" }}
  {{- end }}
{{- end }}
