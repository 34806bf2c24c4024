{{/* Names follow Helm's habit: the release, or release and chart. */}}
{{- define "isobar.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "isobar.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "isobar.labels" -}}
{{ include "isobar.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
isobar/profile: {{ .Values.profile }}
{{- end -}}

{{- define "isobar.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}

{{- define "isobar.storageClass" -}}
{{- if .Values.storageClass.create -}}
{{- printf "%s-gp3" (include "isobar.fullname" .) -}}
{{- else -}}
{{- required "persistence.storageClassName: name a class, or set storageClass.create: true" .Values.persistence.storageClassName -}}
{{- end -}}
{{- end -}}

{{/* Budgets are parts of the memory limit; a quarter is left for the log's queues and the process. A value of your own wins. */}}
{{- define "isobar.budgets" -}}
{{- $limit := int .Values.memory.limitMiB -}}
{{- $head := .Values.memory.headMiB | default (div (mul $limit 3) 8) | int -}}
- --memory.head={{ $head }}MiB
- --memory.queries={{ .Values.memory.queriesMiB | default (div $limit 4) | int }}MiB
- --memory.query={{ .Values.memory.queryMiB | default (div $limit 8) | int }}MiB
- --memory.bodies={{ .Values.memory.bodiesMiB | default (div $limit 16) | int }}MiB
- --storage.flush-bytes={{ .Values.memory.flushMiB | default (div $head 8) | int }}MiB
{{- end -}}

{{- define "isobar.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "isobar.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{- define "isobar.dnsEdge" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
  ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
{{- end -}}
