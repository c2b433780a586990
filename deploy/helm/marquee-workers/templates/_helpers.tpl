{{/* Name of every object, with a part of its own behind it: the release's, with the chart's unless it is in it. */}}
{{- define "workers.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{ .Release.Name | trunc 30 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 30 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "workers.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "workers.labels" -}}
{{ include "workers.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/* Of a dict with `image`, and `tag` for where it names none. */}}
{{- define "workers.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .tag }}
{{- end -}}
{{- end -}}

{{- define "workers.redisTls" -}}
{{- if .Values.redis.url -}}
{{- if hasPrefix "rediss:" .Values.redis.url }}true{{ end -}}
{{- else if .Values.redis.tls.existingSecret }}true{{ end -}}
{{- end -}}

{{/* host:port of the Redis or Valkey, from any namespace. */}}
{{- define "workers.redisAddress" -}}
{{- if .Values.redis.url -}}
{{- $host := (urlParse .Values.redis.url).host -}}
{{- if regexMatch ":[0-9]+$" $host }}{{ $host }}{{ else }}{{ $host }}:6379{{ end -}}
{{- else -}}
{{ include "workers.name" . }}-valkey.{{ .Release.Namespace }}.svc:6379
{{- end -}}
{{- end -}}

{{- define "workers.queue" -}}
{{- if include "workers.redisTls" . }}rediss{{ else }}redis{{ end }}://{{ include "workers.redisAddress" . -}}
{{- end -}}

{{- define "workers.storage" -}}
{{ .Values.storage.s3 | default "/shared/storage" }}
{{- end -}}

{{- define "workers.data" -}}
{{ printf "/data/%s" (.Values.data.path | trimPrefix "/") | trimSuffix "/" }}
{{- end -}}

{{/* Of workers and runs, what a pod has before its containers: a dict with `root`, and `of`, a part of the values. */}}
{{- define "workers.pod" -}}
{{- $root := .root -}}
{{- with .of -}}
automountServiceAccountToken: false
{{- with $root.Values.serviceAccountName }}
serviceAccountName: {{ . }}
{{- end }}
enableServiceLinks: false
# Node is not process 1 then: signals that it leaves alone would not end it.
shareProcessNamespace: true
# A worker gives its jobs to others within seconds of SIGTERM.
terminationGracePeriodSeconds: {{ .graceSeconds | default 30 }}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- range $field := list "nodeSelector" "tolerations" "affinity" "runtimeClassName" "priorityClassName" }}
{{- with get $.of $field }}
{{ $field }}: {{- if kindIs "string" . }} {{ . }}{{ else }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: {{ $root.Values.tmpSize }} }
  - name: cache
    emptyDir: { sizeLimit: {{ $root.Values.cacheSize }} }
  {{- if or $.run (not $root.Values.storage.s3) }}
  - name: shared
    {{- if $root.Values.shared.volume }}
    {{- toYaml $root.Values.shared.volume | nindent 4 }}
    {{- else }}
    persistentVolumeClaim: { claimName: {{ include "workers.name" $root }}-shared }
    {{- end }}
  {{- end }}
  {{- range $name := list "data" "bundle" }}
  {{- with (get $root.Values $name).volume }}
  - name: {{ $name }}
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with $root.Values.redis.tls.existingSecret }}
  - name: redis-ca
    secret:
      secretName: {{ . }}
      items: [{ key: ca.crt, path: ca.crt }]
  {{- end }}
  {{- if .files }}
  - name: config
    configMap: { name: {{ $.name }} }
  {{- end }}
{{- end }}
{{- end -}}

{{/* Of workers and runs, what a container has but for its command; the same dict. */}}
{{- define "workers.container" -}}
{{- $root := .root -}}
{{- with .of -}}
{{- $image := mergeOverwrite (deepCopy $root.Values.image) (.image | default dict) -}}
image: {{ include "workers.image" (dict "image" $image "tag" $root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
env:
  - name: REDIS_PASSWORD
    valueFrom:
      secretKeyRef: { name: {{ $root.Values.redis.existingSecret }}, key: password }
  {{- with $root.Values.redis.username }}
  - { name: REDIS_USERNAME, value: {{ . | quote }} }
  {{- end }}
  {{- if $root.Values.redis.tls.existingSecret }}
  - { name: REDIS_CA, value: /etc/redis/ca.crt }
  {{- end }}
  {{- if $.admin }}
  - name: MARQUEE_ADMIN_KEY
    valueFrom:
      secretKeyRef: { name: {{ $root.Values.admin.existingSecret }}, key: key }
  {{- end }}
  {{- with .env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $root.Values.storage.existingSecret }}
envFrom:
  - secretRef: { name: {{ . }} }
{{- end }}
resources: {{- toYaml (.resources | default dict) | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  - { name: cache, mountPath: /cache }
  {{- if or $.run (not $root.Values.storage.s3) }}
  - { name: shared, mountPath: /shared }
  {{- end }}
  {{- range $name := list "data" "bundle" }}
  {{- if (get $root.Values $name).volume }}
  - { name: {{ $name }}, mountPath: /{{ $name }}, readOnly: true }
  {{- end }}
  {{- end }}
  {{- if $root.Values.redis.tls.existingSecret }}
  - { name: redis-ca, mountPath: /etc/redis, readOnly: true }
  {{- end }}
  {{- if .files }}
  - { name: config, mountPath: /config, readOnly: true }
  {{- end }}
{{- end }}
{{- end -}}
