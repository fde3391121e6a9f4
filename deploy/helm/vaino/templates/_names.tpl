{{- define "vaino.labels" -}}
app.kubernetes.io/name: vaino
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "vaino.account" -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- end }}
