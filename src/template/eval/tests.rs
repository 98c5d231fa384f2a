//! Execution: what is printed, where it came from, what is refused.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::*;
use crate::template::funcs;
use crate::template::traced::Origin;
use crate::template::value::Data;
use crate::text::FileId;

/// The values of a values file, born one byte apart.
fn values() -> Value {
    let map = |entries: Vec<(&str, Value)>| {
        Value::map(entries.into_iter().map(|(key, value)| (Rc::from(key), value)).collect())
    };
    let born = |at: usize, value: Value| Value { born: Some(Span::new(FileId(9), at, at + 1)), ..value };
    let text = |at: usize, text: &str| born(at, Value::str(text));
    map(vec![
        ("a", born(1, Value::float(1.0))),
        ("b", text(2, "hello")),
        ("n", Value::NIL),
        ("z", Value::float(0.0)),
        ("f", Value::bool(false)),
        ("l", Value::list(vec![text(3, "x"), born(4, Value::bool(true)), text(5, "z")])),
        ("nums", Value::list(vec![Value::float(3.0), Value::float(1.0)])),
        ("el", Value::list(vec![])),
        ("m", map(vec![("k1", text(6, "v1")), ("k3", text(7, "v3")), ("k2", text(8, "v2"))])),
        ("d", map(vec![("e", map(vec![("f", map(vec![("g", text(9, "deep"))]))]))])),
        ("lm", Value::list(vec![map(vec![("name", text(10, "n1"))]), map(vec![("name", text(11, "n2"))])])),
        ("t", text(12, "<{{ .Values.b }}>")),
        ("lines", text(13, "one\ntwo")),
    ])
}

fn root() -> Value {
    let Data::Map(values) = values().data else { return Value::NIL };
    let values: Value = Data::Map(super::super::value::Map { type_name: "chartutil.Values", ..values }).into();
    let release = Value::map([(Rc::from("Name"), Value::str("r"))].into());
    Value::map([(Rc::from("Values"), values), (Rc::from("Release"), release)].into())
}

/// An environment with these files, under the names that Helm gives them, added in this order.
fn environment(files: &[(&str, &str)]) -> Environment {
    let mut environment = Environment::new(funcs::library(), Bounds::default(), HelmVersion::V3);
    for (i, (name, text)) in files.iter().enumerate() {
        let syntax = super::super::parse(FileId(i as u32), text);
        environment
            .add(&format!("t/templates/{name}"), &syntax, &Arc::from(*text))
            .unwrap_or_else(|fault| panic!("{fault:?}"));
    }
    environment
}

fn execute(text: &str) -> Result<Output, Fault> {
    whole(environment(&[("t.yaml", text)]).execute("t/templates/t.yaml", root()))
}

/// What was printed, or the first fault.
fn whole(output: Output) -> Result<Output, Fault> {
    match output.faults.first() {
        Some(fault) => Err(fault.clone()),
        None => Ok(output),
    }
}

fn check(text: &str, want: &str) {
    match execute(text) {
        Ok(output) => assert_eq!(output.text.as_str(), want, "{text}"),
        Err(fault) => panic!("{text}\n{}", fault.helm),
    }
}

/// Compares Helm's text after `template: t/templates/t.yaml:1:`.
fn refused(text: &str, want: &str) {
    let helm = execute(text).err().map(|fault| fault.helm).unwrap_or_default();
    let found = helm.strip_prefix("template: t/templates/t.yaml:1:").unwrap_or(&helm);
    assert_eq!(found.replace("executing \"t/templates/t.yaml\" at ", ""), want, "{text}");
}

/// One line a piece: text, where it came from, and through which calls.
fn picture(files: &[(&str, &str)], output: &Output) -> String {
    let text = &output.text;
    let source = |span: Span| match files.get(span.file.0 as usize) {
        Some((name, text)) => format!("{name} {}", span.range.of(text).escape_debug()),
        None => format!("values.yaml@{}", span.range.start),
    };
    let lines = text.pieces().map(|(range, piece)| {
        let origin = match piece.origin {
            Origin::Verbatim(span) => {
                let same = files.get(span.file.0 as usize).map(|(_, text)| span.range.of(text));
                assert_eq!(same, Some(range.of(text.as_str())), "verbatim text is the source's");
                format!("verbatim {}", files[span.file.0 as usize].0)
            }
            Origin::Computed { action, made } => {
                let value = made.value.map(|value| format!(" <- {}", source(value))).unwrap_or_default();
                format!("{}{value}", source(action))
            }
            Origin::Made(_) => "made".to_owned(),
            Origin::Padding => "padding".to_owned(),
        };
        let via: Vec<_> = output.calls.chain(piece.calls).iter().map(|call| call.name.as_str()).collect();
        let via = if via.is_empty() { String::new() } else { format!(" via {}", via.join(", ")) };
        format!("{:?} {origin}{via}\n", range.of(text.as_str()))
    });
    lines.collect()
}

#[test]
fn control() {
    check("a: {{ if .Values.z }}T{{ else }}F{{ end }}", "a: F");
    check("{{ if .Values.z }}1{{ else if .Values.f }}2{{ else if .Values.a }}3{{ else }}4{{ end }}", "3");
    check("{{ with .Values.z }}1{{ else with .Values.b }}{{ . }}{{ else }}4{{ end }}", "hello");
    check("{{ with $x := .Values.z }}x{{ else }}[{{ $x }}]{{ end }}", "[0]");
    check("{{ range .Values.l }}{{ . }},{{ end }}", "x,true,z,");
    check("{{ range $i, $v := .Values.l }}{{ $i }}={{ $v }};{{ end }}", "0=x;1=true;2=z;");
    check("{{ range $k, $v := .Values.m }}{{ $k }}={{ $v }};{{ end }}", "k1=v1;k2=v2;k3=v3;");
    check("{{ range .Values.el }}x{{ else }}e{{ end }}{{ range .Values.missing }}x{{ else }}e{{ end }}", "ee");
    check(
        "{{ range $i, $e := list 1 2 3 4 5 }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $e }}{{ else }}x{{ end }}",
        "123",
    );
    check(
        "{{ range list 1 2 3 }}{{ with . }}{{ if eq . 2 }}{{ continue }}{{ end }}{{ . }}{{ end }}{{ end }}{{ .Release.Name }}",
        "13r",
    );
    check(
        "{{ range $x := .Values.lm }}{{ $x.name }}{{ range list 1 2 }}{{ $x.name }}{{ . }}{{ end }}{{ end }}",
        "n1n11n12n2n21n22",
    );
    check("{{ range list 1 2 }}{{ range list 3 4 }}{{ break }}{{ end }}{{ . }}{{ end }}", "12");
    check("{{ with .Values.d }}{{ with .e }}{{ .f.g }}{{ end }}{{ $.Release.Name }}{{ end }}", "deepr");
}

#[test]
fn variables() {
    check("{{ $x := 1 }}{{ if true }}{{ $x := 2 }}b{{ $x }}{{ end }}a{{ $x }}", "b2a1");
    check("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}b{{ $x }}{{ end }}a{{ $x }}", "b2a2");
    check("{{ $s := \"\" }}{{ range .Values.l }}{{ $s = printf \"%s%v\" $s . }}{{ end }}{{ $s }}", "xtruez");
    check("{{ $i := 9 }}{{ $x := 9 }}{{ range $i, $x = .Values.l }}{{ end }}{{ $i }}{{ $x }}", "2z");
    check("{{ $ := 5 }}{{ $ }}", "5");
    check("{{ if $x := .Values.missing }}a{{ $x }}{{ else }}b{{ $x }}{{ end }}", "b");
    check("{{ if true }}{{ $t := 1 }}{{ else }}{{ $t }}{{ end }}", "");
    refused("{{ $x = 1 }}", "8: <1>: undefined variable: $x");
    refused("{{ if false }}{{ $t := 1 }}{{ else }}{{ $t }}{{ end }}", "40: <$t>: undefined variable: $t");
}

#[test]
fn templates_and_includes() {
    check("{{ template \"x\" .Values.b | upper }}{{ define \"x\" }}{{ . }}{{ end }}", "HELLO");
    check("{{ define \"v\" }}{{ $ }}{{ end }}a: {{ include \"v\" \"ctx\" }}", "a: ctx");
    check("{{ define \"a\" }}A{{ end }}{{ define \"b\" }}{{ template \"a\" }}B{{ end }}{{ template \"b\" }}", "AB");
    check("{{ block \"bl\" .Values.b }}blk {{ . }}{{ end }}", "blk hello");
    check("{{ define \"r\" }}real{{ end }}{{ define \"r\" }} {{ end }}{{ include \"r\" . }}", "real");
    check("{{ if false }}{{ template \"nope\" }}{{ end }}", "");
    check(
        "{{ $d := dict \"k\" 1 }}{{ include \"s\" $d }}{{ $d.k }}{{ define \"s\" }}{{ $_ := set . \"k\" 2 }}{{ end }}",
        "2",
    );
    refused("{{ template \"nope\" }}", "12: <{{template \"nope\"}}>: template \"nope\" not defined");
    refused(
        "{{ include \"nope\" . }}",
        "3: <include \"nope\" .>: error calling include: template: no template \"nope\" associated with template \"gotpl\"",
    );
    refused(
        "{{ define \"x\" }}{{ fail \"boom\" }}{{ end }}{{ template \"x\" . }}",
        "execution error at (t/templates/t.yaml:1:19): boom",
    );
    refused(
        "{{ define \"x\" }}{{ fail \"boom\" }}{{ end }}a{{ include \"x\" . }}",
        "execution error at (t/templates/t.yaml:1:46): boom",
    );
    refused(
        "{{ define \"x\" }}{{ .Values.q.w }}{{ end }}{{ define \"y\" }}{{ include \"x\" . }}{{ end }}a: {{ include \"y\" . }}",
        "92: <include \"y\" .>: error calling include: template: t/templates/t.yaml:1:61: executing \"y\" at \
         <include \"x\" .>: error calling include: template: t/templates/t.yaml:1:26: executing \"x\" at \
         <.Values.q.w>: nil pointer evaluating interface {}.w",
    );
}

#[test]
fn deep_recursion_needs_no_stack() {
    let deep =
        "{{ define \"deep\" }}{{ if gt . 0 }}{{ include \"deep\" (sub . 1 | int) }}{{ else }}end{{ end }}{{ end }}";
    check(&format!("{deep}{{{{ include \"deep\" 998 }}}}"), "end");
    let fault = execute(&format!("{deep}{{{{ include \"deep\" 1500 }}}}")).unwrap_err();
    let words =
        "error calling include: rendering template has a nested reference name: deep: unable to execute template";
    assert_eq!((fault.kind, &*fault.message), (FaultKind::Endless, words));
    let fault = execute("{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}").unwrap_err();
    assert_eq!((fault.kind, &*fault.message), (FaultKind::Endless, "exceeded maximum template depth (100000)"));
    let fault = execute("{{ range until 3000 }}{{ range until 3000 }}x{{ end }}{{ end }}").unwrap_err();
    assert_eq!((fault.kind, &*fault.message), (FaultKind::Bound, "more than 5000000 steps of work"));
    let fault = execute("{{ $x := \"0123456789\" }}{{ range until 100 }}{{ $x = print $x $x }}{{ end }}").unwrap_err();
    assert_eq!((fault.kind, &*fault.message), (FaultKind::Bound, "a text of more than 16777216 bytes"));
}

#[test]
fn values_nest_as_deep_as_they_like() {
    check("{{ $x := list }}{{ range until 100000 }}{{ $x = list $x }}{{ end }}{{ len $x }}", "1");
    check(
        "{{ $x := dict }}{{ $tail := $x }}{{ range until 50000 }}{{ $d := dict }}{{ $_ := set $tail \"d\" $d }}\
         {{ $tail = $d }}{{ end }}{{ len $x }}",
        "1",
    );
}

#[test]
fn values_that_fold_out_too_far_are_a_bound() {
    for text in [
        "{{ $x := list 1 }}{{ range until 60 }}{{ $x = list $x $x }}{{ end }}{{ $x }}",
        "{{ $x := dict }}{{ $_ := set $x \"a\" $x }}{{ $_ = set $x \"b\" $x }}{{ $x | toString }}",
        "{{ $x := list }}{{ range until 1000 }}{{ $x = list $x }}{{ end }}{{ deepCopy $x }}",
    ] {
        let fault = execute(text).unwrap_err();
        assert_eq!(
            (fault.kind, &*fault.message),
            (FaultKind::Bound, "a value of more than 200000 parts or 200 levels")
        );
    }
}

#[test]
fn fields() {
    check("{{ (.Values.missing).foo }}[{{ ((.Values.missing).foo).bar }}]", "[]");
    check("{{ (index .Values \"zz\").foo }}{{ $.Values.b }}{{ ($).Values.b }}", "hellohello");
    check("{{ .Values.Table \"m\" }}{{ .Values.AsMap.b }}", "map[k1:v1 k2:v2 k3:v3]hello");
    for (node, words) in [
        (".Values.missing.c.d", "nil pointer evaluating interface {}.c"),
        (".Values.b.c", "can't evaluate field c in type interface {}"),
        (".Values.n.c", "nil pointer evaluating interface {}.c"),
    ] {
        refused(&format!("a: {{{{ {node} }}}}"), &format!("13: <{node}>: {words}"));
    }
    refused(
        "{{ with .Values.a }}{{ .Values.b }}{{ end }}",
        "30: <.Values.b>: can't evaluate field Values in type float64",
    );
    refused("{{ with .Values.l }}{{ .x }}{{ end }}", "23: <.x>: can't evaluate field x in type []interface {}");
    refused("{{ range .Values.l }}{{ .name }}{{ end }}", "24: <.name>: can't evaluate field name in type interface {}");
    refused("{{ $x :=1 }}{{ $x.y }}", "17: <$x.y>: can't evaluate field y in type int");
    refused("{{ (get .Values \"zz\").foo }}", "16: <\"zz\">: can't evaluate field foo in type string");
    refused("{{ (dict).a.b }}", "4: <dict>: nil pointer evaluating interface {}.b");
    refused("{{ .Values.b 1 }}", "10: <.Values.b>: b is not a method but has arguments");
    refused("{{ .Values.b | .Values.a }}", "22: <.Values.a>: a is not a method but has arguments");
}

#[test]
fn calls() {
    check("{{ until 3 }}{{ until (int (int64 2)) }}{{ plural \"a\" \"b\" 1.0 }}", "[0 1 2][0 1]a");
    check("{{ keys nil }}{{ get nil \"a\" }}", "[]");
    for (action, words) in [
        ("upper", "3: <upper>: wrong number of args for upper: want 1 got 0"),
        ("print | upper nil", "11: <upper>: wrong number of args for upper: want 1 got 2"),
        ("printf", "3: <printf>: wrong number of args for printf: want at least 1 got 0"),
        ("upper 3", "9: <3>: expected string; found 3"),
        ("upper nil", "9: <nil>: cannot assign nil to string"),
        ("upper .Values.missing", "16: <.Values.missing>: wrong type for value; expected string; got interface {}"),
        ("lower .Values.l", "16: <.Values.l>: wrong type for value; expected string; got []interface {}"),
        ("until .Values.a", "16: <.Values.a>: wrong type for value; expected int; got float64"),
        ("until (int64 2)", "16: <2>: wrong type for value; expected int; got int64"),
        ("add 1 2 | until", "13: <until>: wrong type for value; expected int; got int64"),
        ("until 1.5", "9: <1.5>: expected integer; found 1.5"),
        ("ternary 1 2 \"x\"", "15: <\"x\">: expected bool; found \"x\""),
        ("values 3", "10: <3>: can't handle 3 for arg of type map[string]interface {}"),
        ("1 2", "3: <1>: can't give argument to non-function 1"),
        ("\"a\" \"b\"", "3: <\"a\">: can't give argument to non-function \"a\""),
        ("nil", "3: <nil>: nil is not a command"),
        ("9223372036854775808", "3: <9223372036854775808>: 9223372036854775808 overflows int"),
        ("\"x\" | fail", "execution error at (t/templates/t.yaml:1:9): x"),
        ("and 1 (fail \"e\")", "execution error at (t/templates/t.yaml:1:10): e"),
        ("range", "unexpected"),
    ] {
        if words != "unexpected" {
            refused(&format!("{{{{ {action} }}}}"), words);
        }
    }
}

#[test]
fn and_or_stop_early_and_give_the_operand() {
    check("{{ or .Values.z .Values.b (fail \"no\") }}", "hello");
    check("{{ and 1 .Values.z (fail \"no\") }}", "0");
    check("{{ .Values.b | or .Values.z }}{{ .Values.b | and 1 }}{{ 5 | or 7 }}", "hellohello7");
    check("{{ not .Values.z }}{{ or nil 0 }}{{ and nil 0 }}", "true0");
}

#[test]
fn comparison() {
    check(
        "{{ eq 1 2 1 }}{{ eq \"a\" \"a\" }}{{ ne .Values.l nil }}{{ eq 1 nil }}{{ eq nil .Values.n }}",
        "truetruetruefalsetrue",
    );
    check("{{ lt 1 2 }}{{ le 2 2 }}{{ gt \"b\" \"a\" }}{{ ge 1.5 2.5 }}{{ eq (int64 1) 1 }}", "truetruetruefalsetrue");
    for (action, words) in [
        ("eq .Values.a 42", "incompatible types for comparison"),
        ("eq 1", "missing argument for comparison"),
        ("lt true false", "invalid type for comparison"),
        ("gt .Values.missing 1", "invalid type for comparison"),
        ("eq .Values.nums .Values.l", "non-comparable type [x %!s(bool=true) z]: []interface {}"),
        ("eq (list) (list)", "non-comparable type []: []interface {}"),
    ] {
        let name = action.split(' ').next().unwrap_or_default();
        refused(&format!("{{{{ {action} }}}}"), &format!("3: <{action}>: error calling {name}: {words}"));
    }
}

#[test]
fn index_and_len() {
    check("{{ index \"abc\" 1 }}{{ index (list (list 1 2) (list 3 4)) 1 0 }}{{ index .Values.m \"nope\" }}", "983");
    check(
        "{{ len \"é\" }}{{ len .Values.l }}{{ len .Values.m }}{{ index .Values \"d\" \"e\" \"f\" }}",
        "233map[g:deep]",
    );
    for (action, words) in [
        ("index .Values.missing \"a\"", "index of untyped nil"),
        ("index .Values.d \"nope\" \"x\"", "index of nil pointer"),
        ("index .Values.l 5", "index out of range: 5"),
        ("index .Values.l -1", "index out of range: -1"),
        ("index .Values.el 0", "reflect: slice index out of range"),
        ("index .Values.l .Values.a", "cannot index slice/array with type float64"),
        ("index .Values.m nil", "value is nil; should be of type string"),
        ("index .Values.m 1", "value has type int; should be string"),
        ("index .Values.l nil", "cannot index slice/array with nil"),
        ("len 3", "len of type int"),
        ("len nil", "reflect: call of reflect.Value.Type on zero Value"),
        ("len .Values.missing", "len of nil pointer"),
    ] {
        let name = action.split(' ').next().unwrap_or_default();
        refused(&format!("{{{{ {action} }}}}"), &format!("3: <{action}>: error calling {name}: {words}"));
    }
}

#[test]
fn tpl() {
    check("{{ tpl .Values.t . }}{{ tpl \"{{ .x }}[{{ .y }}]\" (dict \"x\" 1) }}", "<hello>1[]");
    check(
        "{{ define \"h\" }}H{{ end }}{{ tpl `{{ define \"h\" }}X{{ end }}{{ include \"h\" . }}` . }}{{ include \"h\" . }}",
        "XH",
    );
    refused(
        "{{ tpl \"{{ nope }}\" . }}",
        "3: <tpl \"{{ nope }}\" .>: error calling tpl: cannot parse template \"{{ nope }}\": template: gotpl:1: \
         function \"nope\" not defined",
    );
    refused(
        "{{ tpl \"line1\\n{{ .Values.nope.x }}\" . }}",
        "3: <tpl \"line1\\n{{ .Values.nope.x }}\" .>: error calling tpl: error during tpl function execution for \
         \"line1\\n{{ .Values.nope.x }}\": template: gotpl:2:10: executing \"gotpl\" at <.Values.nope.x>: nil pointer \
         evaluating interface {}.x",
    );
    refused(
        "{{ tpl `{{ define \"late\" }}L{{ end }}` . }}{{ include \"late\" . }}",
        "46: <include \"late\" .>: error calling include: template: no template \"late\" associated with template \"gotpl\"",
    );
    refused("{{ tpl `{{ fail \"f\" }}` . }}", "execution error at (t/templates/t.yaml:1:3): f");
}

#[test]
fn text_knows_where_it_came_from() {
    let files = [
        ("_h.tpl", "{{ define \"labels\" -}}\napp: {{ .Values.b }}\nrel: x\n{{- end }}"),
        ("t.yaml", "labels:\n  {{- include \"labels\" . | nindent 2 }}\nn: {{ .Values.a }}{{ tpl .Values.t . }}\n"),
    ];
    let mut environment = environment(&files);
    let output = whole(environment.execute("t/templates/t.yaml", root())).unwrap();
    assert_eq!(
        picture(&files, &output),
        r#""labels:" verbatim t.yaml
"\n  " padding
"app: " verbatim _h.tpl via labels
"hello" _h.tpl {{ .Values.b }} <- values.yaml@2 via labels
"\n" verbatim _h.tpl via labels
"  " padding
"rel: x" verbatim _h.tpl via labels
"\nn: " verbatim t.yaml
"1" t.yaml {{ .Values.a }} <- values.yaml@1
"<" t.yaml {{ tpl .Values.t . }} <- values.yaml@12
"hello" t.yaml {{ tpl .Values.t . }} <- values.yaml@2
">" t.yaml {{ tpl .Values.t . }} <- values.yaml@12
"\n" verbatim t.yaml
"#
    );
}

#[test]
fn the_text_of_a_define_stays_the_defines_through_tpl() {
    let files = [
        ("_h.tpl", "{{ define \"h\" }}a: {{ \"{{\" }} .Values.b }}\nb: 2{{ end }}"),
        ("t.yaml", "{{ tpl (include \"h\" .) . }}"),
    ];
    let mut environment = environment(&files);
    let output = whole(environment.execute("t/templates/t.yaml", root())).unwrap();
    assert_eq!(
        picture(&files, &output),
        "\"a: \" verbatim _h.tpl via h\n\
         \"hello\" t.yaml {{ tpl (include \\\"h\\\" .) . }} <- values.yaml@2\n\
         \"\\nb: 2\" verbatim _h.tpl via h\n"
    );
}

#[test]
fn holes_are_found_whatever_the_way() {
    let text = "<no value>{{ .Values.x }}{{ define \"h\" }}{{ .root.Values.m.y }}{{ end }}
{{ include \"h\" (dict \"root\" $) | indent 2 }}{{ range .Values.lm }}{{ .w }}{{ end }}
{{ with .Values.d }}{{ $v := .e }}{{ $v.u }}{{ end }}{{ (dict).q }}{{ .Values.n | quote }}{{ include \"h\" (dict \"root\" $) | upper }}";
    let mut environment = environment(&[("t.yaml", text)]);
    let output = whole(environment.execute("t/templates/t.yaml", root())).unwrap();
    assert_eq!(output.text.as_str(), "\n  \n<NO VALUE>");
    let holes: Vec<_> =
        output.holes.iter().map(|hole| (hole.path.as_str(), hole.span.range.of(text), hole.at)).collect();
    assert_eq!(
        holes,
        [
            ("x", ".Values.x", Some(0)),
            ("m.y", ".root.Values.m.y", Some(3)),
            ("lm[0].w", ".w", Some(3)),
            ("lm[1].w", ".w", Some(3)),
            ("d.e.u", "$v.u", Some(4)),
            ("m.y", ".root.Values.m.y", None),
        ]
    );
}

#[test]
fn faults_point_at_the_innermost_text() {
    let files = [("_h.tpl", "{{ define \"h\" }}{{ .Values.q.w }}{{ end }}"), ("t.yaml", "{{ include \"h\" . }}")];
    let mut environment = environment(&files);
    let output = environment.execute("t/templates/t.yaml", root());
    let fault = &output.faults[0];
    assert_eq!(fault.span.range.of(files[fault.span.file.0 as usize].1), ".Values.q.w");
    assert_eq!(fault.message, "nil pointer evaluating interface {}.w");
    let chain = output.calls.chain(fault.calls);
    assert_eq!(chain.iter().map(|call| call.span.range.of(files[1].1)).collect::<Vec<_>>(), ["{{ include \"h\" . }}"]);
    let mut names = BTreeMap::new();
    names.extend(environment.names().into_iter().map(|name| (name, ())));
    assert!(names.contains_key("h") && names.contains_key("t/templates/t.yaml"));
}

/// What was printed, with `~` where something is poisoned, and what failed.
fn poisoned(text: &str) -> (String, Vec<String>, bool) {
    let output = environment(&[("t.yaml", text)]).execute("t/templates/t.yaml", root());
    let mut shown = output.text.as_str().to_owned();
    for at in output.poisoned.iter().rev() {
        shown.insert(*at as usize, '~');
    }
    let faults = output.faults.iter().map(|fault| fault.span.range.of(text).to_owned()).collect();
    (shown, faults, output.stopped)
}

#[test]
fn what_does_not_hang_on_a_failure_is_executed() {
    for (text, want, faults) in [
        ("a{{ .Values.n.x }}b{{ .Values.b }}c{{ upper }}d", "a~bhelloc~d", vec![".Values.n.x", "upper"]),
        // A variable without a value poisons what reads it, until it gets another one.
        ("{{ $x := .Values.n.x }}a{{ $x }}b{{ len $x }}c{{ $x = 1 }}{{ $x }}", "a~b~c1", vec![".Values.n.x"]),
        ("{{ $x := 1 }}{{ $x = .Values.n.x }}a{{ $x | quote }}", "a~", vec![".Values.n.x"]),
        // Nobody knows which branch it would have been.
        ("{{ $x := 1 }}a{{ if .Values.n.x }}b{{ $x = 2 }}{{ else }}c{{ end }}d{{ $x }}", "a~d~", vec![".Values.n.x"]),
        ("a{{ if .Values.f }}b{{ else if .Values.n.x }}c{{ end }}d", "a~d", vec![".Values.n.x"]),
        ("a{{ with .Values.n.x }}b{{ end }}c", "a~c", vec![".Values.n.x"]),
        ("a{{ range .Values.b }}b{{ else }}c{{ end }}d{{ range .Values.l }}.{{ end }}", "a~d...", vec![".Values.b"]),
        ("{{ range .Values.l }}{{ . }}{{ $.Values.n.x }};{{ end }}", "x~;true~;z~;", vec!["$.Values.n.x"]),
        // A helper goes on behind its own failure; what its caller makes of the text is not known.
        (
            "{{ define \"h\" }}{{ .Values.n.x }}{{ upper }}{{ end }}a{{ include \"h\" . | quote }}b{{ template \"h\" . }}c",
            "a~b~c",
            vec![".Values.n.x", "upper"],
        ),
        (
            "a{{ include \"none\" . }}b{{ template \"none\" }}c{{ upper }}",
            "a~b~c~",
            vec!["include \"none\" .", "\"none\"", "upper"],
        ),
        ("a{{ tpl .Values.t . }}{{ tpl \"{{ .Values.n.x }}\" . }}b", "a<hello>~b", vec!["tpl \"{{ .Values.n.x }}\" ."]),
        ("{{ .Values.none }}a{{ .Values.n.x }}{{ .Values.none }}b", "a~b", vec![".Values.n.x"]),
    ] {
        let want = (want.to_owned(), faults.into_iter().map(str::to_owned).collect(), false);
        assert_eq!(poisoned(text), want, "{text}");
    }
}

#[test]
fn nothing_is_guessed_behind_a_failure() {
    for (text, want) in [
        // What was to be set is read elsewhere.
        ("a{{ $_ := set .Values \"k\" .Values.n.x }}b{{ .Values.k }}", "a~"),
        (
            "{{ define \"h\" }}{{ $_ := set . \"k\" 1 }}{{ end }}a{{ if .Values.n.x }}{{ include \"h\" . }}{{ end }}b",
            "a~",
        ),
        // The loop would have ended.
        ("{{ range .Values.l }}{{ . }}{{ if $.Values.n.x }}{{ break }}{{ end }}{{ end }}b", "x~"),
        // The chart says that the rest does not hold.
        ("a{{ fail \"no\" }}b", "a~"),
    ] {
        let (shown, faults, stopped) = poisoned(text);
        assert_eq!((shown.as_str(), faults.len(), stopped), (want, 1, true), "{text}");
    }
    let (shown, _, stopped) = poisoned("a{{ $d := merge (dict) .Values.n.x }}b{{ $d }}c");
    assert_eq!((shown.as_str(), stopped), ("ab~c", false), "a map of its own");
}
