//! The Go template language as Helm speaks it, with traced output. Knows nothing of charts or of YAML.
//!
//! ```text
//! text ── parse ──► Syntax ── Environment::add ──► templates by name
//!                                                       │ Environment::execute(name, data)
//!                                                       ▼
//!                           Output { text: Traced, holes, faults, poisoned, calls }
//! ```
//!
//! # What it does
//!
//! * **The language** is text/template's: trimming, variables, `define` and `block`, `break` and `continue`, pipelines,
//!   methods, Go's kinds of numbers, and errors in Go's words at Go's positions. [`parse`] goes on behind a mistake, so
//!   that an editor has a tree of half-typed text.
//! * **Functions** are values ([`funcs::Function`]): the environment is given those it shall know. [`funcs::library`]
//!   has sprig's; Helm's own, which read YAML, live with Helm.
//! * **Output is traced.** Each byte of a [`traced::Traced`] knows whether it was copied from a template or printed by an
//!   action, from which value, and through which calls. Functions that pass text on are *transparent* and keep that;
//!   *opaque* ones make new text. Text that another run would answer otherwise (random, clock) is marked.
//! * **Execution goes on behind a failure** as far as nothing has to be guessed; [`eval::Output::poisoned`] tells where
//!   something is missing.
//! * **Everything is bounded** ([`eval::Bounds`]): steps, bytes, depth, sizes of values. Templates are lowered to steps
//!   for a machine with its own stacks, so no template can exhaust the thread's.
//! * **Two versions** of Helm are matched ([`HelmVersion`]), Go's differences with them.
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//! use kubeblocks_ls::template::eval::{Bounds, Environment};
//! use kubeblocks_ls::template::value::Value;
//! use kubeblocks_ls::template::{HelmVersion, funcs, parse};
//! use kubeblocks_ls::text::FileId;
//!
//! let text: Arc<str> = r#"name: {{ .name | upper | quote }}"#.into();
//! let syntax = parse(FileId(0), &text);
//! let mut environment = Environment::new(funcs::library(), Bounds::default(), HelmVersion::V3);
//! environment.add("t.yaml", &syntax, &text).expect("the text is a template");
//! let data = Value::map([("name".into(), Value::str("pearl"))].into());
//! let output = environment.execute("t.yaml", data);
//! assert_eq!(output.text.as_str(), "name: \"PEARL\"");
//! assert!(output.faults.is_empty());
//! ```
//!
//! # Where things are
//!
//! | file | what |
//! |---|---|
//! | `lexer.rs`, `parser.rs`, `ast.rs`, `literal.rs` | text → tree, and Go's refusals |
//! | `eval/code.rs` | tree → steps |
//! | `eval/machine/` | the steps' machine: calls, loops, going on behind failures |
//! | `eval/fields.rs`, `operand.rs`, `convert.rs`, `builtins.rs` | Go's `reflect`, as far as templates see it |
//! | `eval/words.rs` | error texts and their positions |
//! | `funcs/` | sprig, a file for each family |
//! | `fmt/` | `printf` and how values print |
//! | `variables.rs`, `dots.rs` | who declares and who reads a variable; what the dot is |
//! | `traced.rs`, `value.rs`, `bytes.rs` | text with origins, values with birthplaces, bytes that are no text |
//! | `re2.rs` | Go's regular expressions |

pub mod ast;
pub mod bytes;
pub mod dots;
pub mod eval;
pub mod fmt;
pub mod funcs;
mod lexer;
pub mod literal;
pub mod mentions;
mod parser;
pub mod re2;
pub mod traced;
pub mod value;
pub mod variables;

use ast::{ActionSite, Define, ExprKind, NamedCall, Node, Pipeline, Segment, Visitor};
use eval::code::{self, Code};
use eval::{Fault, FaultKind};
use traced::CallId;

use crate::text::{FileId, Span, TextRange};

/// The program whose engine is matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HelmVersion {
    /// Helm 3.17, made with Go 1.23.
    #[default]
    V3,
    /// Helm 4.1, made with Go 1.25.
    V4,
}

/// One parsed template file: its tree, its defines, its syntax faults.
#[derive(Debug)]
pub struct Syntax {
    pub file: FileId,
    /// What the file itself prints; defines stand apart.
    pub nodes: Vec<Node>,
    /// Every `define` and `block`, in the order of their ends.
    pub defines: Vec<Define>,
    /// Every `{{ … }}`, in order.
    pub actions: Vec<ActionSite>,
    /// In order. [`Fault::helm`] is empty, because it needs the template's name: it is complete in the fault that
    /// [`eval::Environment::add`] gives. Functions that do not exist are found there too.
    pub faults: Vec<Fault>,
    first: Option<parser::SyntaxFault>,
    functions: Vec<parser::FunctionUse>,
}

/// Parses one template file. Broken input gives a tree anyway, and faults.
pub fn parse(file: FileId, text: &str) -> Syntax {
    let parsed = parser::parse(text);
    let fault = |fault: &parser::SyntaxFault| Fault {
        span: Span { file, range: fault.range },
        message: fault.message.clone(),
        kind: if fault.bound { FaultKind::Bound } else { FaultKind::Syntax },
        calls: CallId(0),
        helm: String::new(),
    };
    Syntax {
        file,
        nodes: parsed.nodes,
        defines: parsed.defines,
        actions: parsed.actions,
        faults: parsed.faults.iter().map(fault).collect(),
        first: parsed.faults.into_iter().next(),
        functions: parsed.functions,
    }
}

impl Syntax {
    /// Why Go refuses the text, whose functions are those that `known` names: the first fault, with
    /// [`Fault::helm`] as Go says it, of the template `name`.
    fn go_refusal(&self, name: &str, text: &str, known: &dyn Fn(&str) -> bool) -> Option<Fault> {
        let unknown = self.functions.iter().find(|found| !known(found.range.of(text)));
        let first = self.first.as_ref();
        if let Some(found) = unknown.filter(|found| first.is_none_or(|first| found.order < first.order)) {
            let message = format!("function {} not defined", fmt::quote(found.range.of(text)));
            let before = text.get(..found.range.start as usize).unwrap_or_default();
            let line = 1 + before.matches('\n').count();
            return Some(Fault {
                span: Span { file: self.file, range: found.range },
                helm: format!("template: {name}:{line}: {message}"),
                message,
                kind: FaultKind::Syntax,
                calls: CallId(0),
            });
        }
        self.first_fault(name)
    }

    /// The first fault, with Go's text in [`Fault::helm`].
    fn first_fault(&self, name: &str) -> Option<Fault> {
        let first = self.first.as_ref()?;
        let message = match first.started {
            // Go avoids to say "action in action".
            Some(line) if first.message.ends_with(" action") => {
                format!("{} started at {name}:{line}", first.message)
            }
            Some(line) => format!("{} in action started at {name}:{line}", first.message),
            None => first.message.clone(),
        };
        Some(Fault { helm: format!("template: {name}:{}: {message}", first.line), ..self.faults.first()?.clone() })
    }

    /// The first fault with Helm's text for the template `name`. (What functions there are is not asked here.)
    pub fn refusal(&self, name: &str) -> Option<Fault> {
        let fault = self.first_fault(name)?;
        Some(Fault { helm: eval::parse_error(&fault.helm), ..fault })
    }

    /// The steps of the file, which Go does not refuse. They are made for each rendering, since making them takes less
    /// than executing them, and keeping them more than the tree.
    fn code(&self, text: &str) -> Code {
        code::lower(text, &self.nodes, &self.defines)
    }

    /// Where functions are named, in the order of the text.
    pub fn functions(&self) -> impl Iterator<Item = TextRange> {
        self.functions.iter().map(|found| found.range)
    }

    /// Shows every node, define, pipeline, command and expression of the file to `visitor`.
    pub fn visit<'s>(&'s self, visitor: &mut dyn Visitor<'s>) {
        ast::visit_nodes(&self.nodes, visitor);
        for define in &self.defines {
            visitor.define(define);
            ast::visit_nodes(&define.body, visitor);
        }
    }

    /// Every `include "name" …` and `template "name" …` with a literal name, in the order of the text.
    pub fn named_calls(&self) -> Vec<NamedCall<'_>> {
        struct Calls<'s>(Vec<NamedCall<'s>>);
        impl<'s> Visitor<'s> for Calls<'s> {
            fn node(&mut self, node: &'s Node) {
                if let Node::Template(call) = node {
                    let data = call.argument.as_ref().and_then(Pipeline::lone);
                    self.0.push(NamedCall {
                        name: &call.name.text,
                        name_range: call.name.range,
                        range: call.range,
                        template: true,
                        data,
                    });
                }
            }

            fn command(&mut self, command: &'s ast::Command) {
                let [first, name, rest @ ..] = &*command.operands else { return };
                let ExprKind::Function(function) = &first.kind else { return };
                if let ("include", ExprKind::String(text)) = (function.as_str(), &name.kind) {
                    let name_range = TextRange { start: name.range.start + 1, end: name.range.end - 1 };
                    self.0.push(NamedCall {
                        name: text,
                        name_range,
                        range: command.range,
                        template: false,
                        data: rest.first(),
                    });
                }
            }
        }
        let mut calls = Calls(Vec::new());
        self.visit(&mut calls);
        calls.0.sort_by_key(|call| call.range.start);
        calls.0
    }

    /// Every chain that starts at `.Values` or `$.Values`: its whole range and the segments after `Values`, in the
    /// order of the text.
    pub fn value_paths(&self) -> Vec<(TextRange, &[Segment])> {
        self.paths_below("Values")
    }

    /// As [`Syntax::value_paths`], of another member of the root object.
    pub fn paths_below(&self, member: &'static str) -> Vec<(TextRange, &[Segment])> {
        struct Paths<'s>(Vec<(TextRange, &'s [Segment])>, &'static str);
        impl<'s> Visitor<'s> for Paths<'s> {
            fn expr(&mut self, expr: &'s ast::Expr) {
                if let Some(segments) = expr.path_below(self.1) {
                    self.0.push((expr.range, segments));
                }
            }
        }
        let mut paths = Paths(Vec::new(), member);
        self.visit(&mut paths);
        paths.0.sort_by_key(|(range, _)| range.start);
        paths.0
    }

    /// The action that holds `offset`, or ends there.
    pub fn action_at(&self, offset: u32) -> Option<&ActionSite> {
        let after = self.actions.partition_point(|site| site.range.start <= offset);
        self.actions[..after].last().filter(|site| site.range.touches(offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let mut environment = eval::Environment::new(funcs::library(), eval::Bounds::default(), HelmVersion::V3);
        let added = environment.add("t/templates/t.yaml", &parse(FileId(0), text), &text.into());
        added.err().map(|fault| fault.helm).unwrap_or_default()
    }

    #[test]
    fn refusals_in_helms_words() {
        for (text, want) in [
            ("a: {{ .Values.a } }}\n", "1): unexpected \"}\" in operand"),
            ("a: {{{ 1 }}}\n", "1): unexpected \"{\" in command"),
            ("a: {{ }}\n", "1): missing value for command"),
            ("x: {{ /* a */}}\n", "1): unexpected \"/\" in command"),
            ("x: 1\ny: {{/* open\nz: 3\n", "2): unclosed comment"),
            ("r: {{ 1.2.3 }}\n", "1): unexpected \".3\" in operand"),
            ("r: {{ 08 }}\n", "1): \"08\""),
            ("{{ $x := 1; $y := 2 }}a: 1\n", "1): unexpected \";\" in operand"),
            ("{{ 1 := 2 }}a: 1\n", "1): unexpected \":=\" in operand"),
            ("{{ if true }}a: 1{{ end if }}\n", "1): unexpected <if> in end"),
            ("{{ if true }}{{ else if }}{{ end }}\n", "1): missing value for if"),
            ("{{ if true }}{{ if 1 }}a: 1{{ end }}\n", "2): unexpected EOF"),
            ("{{ if true }}a{{ else }}b{{ else if true }}c{{ end }}\n", "1): expected end; found {{else}}"),
            ("{{ if true }}a{{ else true }}b{{ end }}\n", "1): unexpected \"true\" in else"),
            ("{{ range 1 }}{{ define \"x\" }}{{ end }}{{ end }}\n", "1): unexpected <define> in command"),
            ("a: {{ with 1 }}{{ continue }}{{ end }}\n", "1): {{continue}} outside {{range}}"),
            ("{{ if false }}{{ else with 1 }}{{ end }}\n", "1): unexpected <with> in input"),
            ("a: {{ template (\"x\") }}\n", "1): unexpected \"(\" in template clause"),
            ("a: {{ template }}\n", "1): unexpected \"}}\" in template clause"),
            ("a: {{ block \"x\" }}{{ end }}\n", "1): missing value for block clause"),
            ("{{ define \"x\" . }}{{ end }}\n", "1): unexpected <.> in define clause"),
            ("{{ define \"x\" }}a\n", "2): unexpected EOF"),
            ("{{ range $i, $v, $w := list }}{{ end }}\n", "1): too many declarations in range"),
            ("a: {{ $x }}\n", "1): undefined variable \"$x\""),
            ("{{ $x := 1 }}{{ define \"q\" }}{{ $x }}{{ end }}\n", "1): undefined variable \"$x\""),
            ("{{ 1 | 2 }}", "1): non executable command in pipeline stage 2"),
            ("{{ nil.x }}", "1): unexpected . after term \"nil\""),
            ("{{ () }}", "1): missing value for parenthesized pipeline"),
            ("{{ .Values..a }}", "1): unexpected <.> in operand"),
            ("r: {{ \\n }}\n", "1): unexpected \"\\\\\" in command"),
            ("{{ and false nope }}\n{{ 1 := 2}}", "1): function \"nope\" not defined"),
            ("{{ define \"x\" }}1{{ end }}\n{{ define \"x\" }}2{{ end }}", "2): multiple definition of template \"x\""),
            ("a: 1\n{{ end }}\n", "2): unexpected {{end}}"),
            ("a: {{ 1\n\n", "3): unclosed action started at t/templates/t.yaml:1"),
            ("a: {{ print\n 'x\n }}", "2): unterminated character constant in action started at t/templates/t.yaml:1"),
        ] {
            assert_eq!(refusal(text), format!("parse error at (t/templates/t.yaml:{want}"), "{text}");
        }
    }

    #[test]
    fn what_go_accepts() {
        for text in [
            "{{ $x = 1 }}",
            "{{ $x := 1 | }}",
            "{{ $1 := 1 }}{{ $1 }}",
            "{{ if true }}{{ $t := 1 }}{{ else }}{{ $t }}{{ end }}",
            "{{ with 1 }}{{ else with 2 }}{{ else }}{{ end }}",
            "{{ range $i, $x = . }}{{ break }}{{ else }}{{ end }}",
            "{{ (.a).b.c }}{{ $.x.y }}{{ .a.b }}",
            "{{ define `raw` }}{{ end }}",
            "{{ define \"x\" }} {{ end }}{{ define \"x\" }}1{{ end }}{{ define \"x\" }}{{/* c */}}{{ end }}",
            "{{ if true }}{{ block \"x\" . }}{{ end }}{{ end }}",
            "a: '}} }'",
        ] {
            assert_eq!(refusal(text), "", "{text}");
        }
    }

    #[test]
    fn the_rest_of_a_broken_file_is_read() {
        let text =
            "a: {{ .Values.x.\n{{ if }}{{ include \"n\" . }}{{ end }}{{ define \"d\" }}{{ $.Values.y.z }}{{ end }}";
        let syntax = parse(FileId(0), text);
        let messages: Vec<_> = syntax.faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(messages, ["unexpected <.> in operand", "missing value for if"]);
        assert_eq!(syntax.named_calls().iter().map(|call| call.name).collect::<Vec<_>>(), ["n"]);
        assert_eq!(syntax.defines.iter().map(|define| define.name.range.of(text)).collect::<Vec<_>>(), ["d"]);
        let paths: Vec<_> = syntax.value_paths().into_iter().map(|(range, _)| range.of(text)).collect();
        assert_eq!(paths, ["$.Values.y.z"]);
        let actions: Vec<_> = syntax.actions.iter().map(|site| (site.range.of(text), site.kind)).collect();
        assert_eq!(actions[0], ("{{ .Values.x.", ast::ActionKind::Broken));
        assert_eq!(actions[1], ("{{ if }}", ast::ActionKind::If));
    }

    #[test]
    fn deep_nesting_is_a_bound() {
        for text in ["{{ if 1 }}".repeat(5000), format!("{{{{ {}1 }}}}", "(".repeat(5000))] {
            let syntax = parse(FileId(0), &text);
            assert_eq!(syntax.faults.first().map(|fault| fault.kind), Some(FaultKind::Bound));
        }
    }
}
