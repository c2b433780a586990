{{/* Name of every object: the release's, with the chart's unless it is in it. */}}
{{- define "marquee.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "marquee.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "marquee.labels" -}}
{{ include "marquee.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "marquee.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Name of the Secret with API keys; empty without keys. */}}
{{- define "marquee.secret" -}}
{{- if .Values.apiKeys.existingSecret -}}
{{ .Values.apiKeys.existingSecret }}
{{- else if .Values.apiKeys.values -}}
{{ include "marquee.name" . }}-api-keys
{{- end -}}
{{- end -}}

{{/* Seconds from SIGTERM to the kill: the server's own, and some to exit. */}}
{{- define "marquee.grace" -}}
{{- with .Values.settings -}}
{{ add (ceil .drainSeconds | int) (ceil .shutdownSeconds | int) 5 }}
{{- end -}}
{{- end -}}
