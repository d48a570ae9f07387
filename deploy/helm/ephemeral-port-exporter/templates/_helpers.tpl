{{/* The name of all objects: the release's, where the chart's name is in it; else both. */}}
{{- define "exporter.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 47 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 47 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select the pods. A DaemonSet's selector cannot be changed, so they are fixed for a release. */}}
{{- define "exporter.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "exporter.labels" -}}
{{ include "exporter.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The Secret with web.yaml; empty where everybody may come in. */}}
{{- define "exporter.webSecret" -}}
{{- with .Values.web -}}
{{- if and .config .configSecret -}}
{{- fail "web.config, web.configSecret: only one of them can be in force" -}}
{{- end -}}
{{- if and .config.tls_server_config (not .tlsSecret) -}}
{{- fail "web.config.tls_server_config: needs web.tlsSecret, which has the files that it names" -}}
{{- end -}}
{{- if and .tlsSecret (not (or .configSecret .config.tls_server_config)) -}}
{{- fail "web.tlsSecret: needs web.config.tls_server_config or web.configSecret, which names its files" -}}
{{- end -}}
{{- if .configSecret -}}
{{- .configSecret -}}
{{- else if .config -}}
{{- include "exporter.name" $ }}-web
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "exporter.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}
