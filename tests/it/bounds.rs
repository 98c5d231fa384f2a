//! Charts that would take for ever, or all memory: each ends in one finding that names the bound.

use camino::Utf8PathBuf;
use kubeblocks_ls::rules;
use kubeblocks_ls::vfs::MAX_FILE_BYTES;

use crate::support::memory_host;

/// The findings on a chart with this template and these values, one a line.
fn findings(template: &str, values: &str) -> String {
    let files = [
        ("Chart.yaml", "apiVersion: v2\nname: a\nversion: 0.1.0\n"),
        ("values.yaml", values),
        ("templates/t.yaml", template),
        ("templates/z.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: z\ndata: {}\ndata: {}\n"),
    ];
    let files = files.map(|(path, text)| (Utf8PathBuf::from(format!("/w/a/{path}")), text.to_owned()));
    let findings = rules::check(&memory_host(&files.into()).world());
    findings.iter().map(|finding| format!("{}: {}\n", finding.rule, finding.message)).collect()
}

#[test]
fn bombs_end_in_one_finding() {
    let steps = "more than 5000000 steps";
    let bytes = "a text of more than 16777216 bytes";
    let values = "more than 200000";
    for (template, bound) in [
        ("a: {{ until 1000000000 }}", values),
        ("a: {{ untilStep 0 1000000000 1 | len }}", values),
        ("a: {{ seq 0 1000000000 }}", values),
        ("{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}", steps),
        ("a: {{ repeat 1000000000 \"x\" }}", bytes),
        ("a: {{ repeat 60000 \"x\" | repeat 60000 }}", bytes),
        ("{{ $x := \"0123456789\" }}{{ range until 100 }}{{ $x = print $x $x }}{{ end }}", bytes),
        ("{{ $x := repeat 1000000 \"x\" }}{{ range until 100 }}{{ $x = b64enc $x }}{{ end }}", bytes),
        ("a: {{ join (repeat 100000 \"x\") (until 100000) }}", bytes),
        ("a: {{ replace \"\" (repeat 10000 \"y\") (repeat 100000 \"x\") }}", bytes),
        ("a: {{ regexReplaceAll \"\" (repeat 100000 \"ab\") (repeat 10000 \"x\") }}", bytes),
        ("a: {{ repeat 1000000 \"\\n\" | indent 1000000 }}", bytes),
        ("a: {{ wrapWith 1 (repeat 10000 \"y\") (repeat 100000 \"x \") }}", bytes),
        ("a: {{ randAlphaNum 1000000000 }}", bytes),
        ("a: {{ splitList \"\" (repeat 10000000 \"x\") | len }}", values),
        ("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}a: {{ include \"a\" . }}", "nested reference name: a"),
        ("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}a: {{ template \"a\" . }}", "template depth"),
        (
            "{{ define \"a\" }}{{ include \"b\" . }}{{ include \"b\" . }}{{ end }}\
             {{ define \"b\" }}{{ include \"a\" . }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
            "nested reference name",
        ),
        ("a: {{ tpl .Values.t . }}", "texts of `tpl`"),
        ("{{ $l := list 1 }}{{ range until 100 }}{{ $l = list $l $l $l }}{{ end }}a: {{ $l }}", values),
        ("{{ $d := dict }}{{ $_ := set $d \"a\" $d }}a: {{ $d | toYaml }}", values),
        ("{{ $x := until 100000 }}{{ range until 10000 }}{{ $x = deepCopy $x }}{{ end }}", steps),
        ("{{ $l := until 100000 }}{{ range $l }}{{ has . $l }}{{ end }}", steps),
    ] {
        let found = findings(template, "t: '{{ tpl .Values.t . }}{{ tpl .Values.t . }}'\n");
        let told = found.lines().filter(|line| !line.starts_with("unused-value"));
        let (others, lines): (Vec<_>, Vec<_>) = told.partition(|line| line.starts_with("duplicate-key"));
        assert!(matches!(lines[..], [line] if line.contains(bound)), "{template}: {found}");
        assert_eq!(others.len(), 1, "the other template is checked: {template}: {found}");
    }
}

#[test]
fn what_is_too_long_to_be_read_is_named_and_nothing_is_guessed() {
    let long = format!("a: {}", "x".repeat(MAX_FILE_BYTES as usize));
    assert_eq!(
        findings("a: {{ .Values.a.b }}", &long),
        "invalid-chart: this cannot be read: it is longer than 16777216 bytes\n"
    );
    assert_eq!(findings(&long, "a: 1\n"), "invalid-chart: this cannot be read: it is longer than 16777216 bytes\n");
}
