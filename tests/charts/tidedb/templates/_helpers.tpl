{{/* Labels that every object of the chart carries. */}}
{{- define "tidedb.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{/* The image of TideDB itself. */}}
{{- define "tidedb.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* An init container that waits for a component: its name and the variable with its service. */}}
{{- define "tidedb.wait" -}}
- name: wait-{{ .for }}
  image: {{ .root.Values.waitImage }}
  command:
    - sh
    - -c
    - until nslookup ${{ "{" }}{{ .variable }}}-headless.${KB_NAMESPACE}.svc{{ .root.Values.clusterDomain }}; do sleep 2; done
{{- end }}
