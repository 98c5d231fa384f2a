//! The builtins of text/template that print: `print printf println` (transparent), `html js urlquery` (opaque).

use std::fmt::Write;

use super::Param::{Any, Str};
use super::args::{known_of, text, traced};
use super::urls::query_escape;
use super::{Answer, Context, Function};
use crate::template::fmt;
use crate::template::traced::Traced;
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("print", &[], |_, args| Ok(Value::traced(fmt::sprint(args)))).and_more(Any),
    Function::new("println", &[], |_, args| Ok(Value::traced(fmt::sprintln(args)))).and_more(Any),
    Function::new("printf", &[Str], printf).and_more(Any),
    Function::new("html", &[], |_, args| escaped(args, html)).and_more(Any),
    Function::new("js", &[], |_, args| escaped(args, js)).and_more(Any),
    Function::new("urlquery", &[], |_, args| escaped(args, query_escape)).and_more(Any),
];

fn printf(cx: &mut dyn Context, args: &[Value]) -> Answer {
    cx.spend(args.len() + text(args, 0).len() / 64)?;
    Ok(Value::traced(fmt::sprintf(&traced(args, 0), args.get(1..).unwrap_or_default())))
}

/// The operands as `print` joins them, nil as `<no value>`, then escaped.
fn escaped(args: &[Value], escape: fn(&str) -> String) -> Answer {
    let operands: Vec<Value> =
        args.iter().map(|value| if value.is_nil() { Value::str("<no value>") } else { value.clone() }).collect();
    // `Sprint` takes the stand-in for nil for text as well: no blank is put next to it.
    let joined = fmt::sprint(&operands);
    Ok(Value::traced(Traced::made(escape(joined.as_str()), known_of(args))))
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\'' | '"' => out.extend(['\\', c]),
            '<' | '>' | '&' | '=' => _ = write!(out, "\\u{:04X}", c as u32),
            c if fmt::is_print(c) => out.push(c),
            c => _ = write!(out, "\\u{:04X}", c as u32),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    #[test]
    fn escapes() {
        let text = Value::str("<b a='1'> & \"x\"");
        assert_eq!(call("html", std::slice::from_ref(&text)), "&lt;b a=&#39;1&#39;&gt; &amp; &#34;x&#34;");
        assert_eq!(call("js", &[text]), "\\u003Cb a\\u003D\\'1\\'\\u003E \\u0026 \\\"x\\\"");
        assert_eq!(call("urlquery", &[Value::str("k v/ö~"), Value::int(1)]), "k+v%2F%C3%B6~1");
        assert_eq!(call("html", &[Value::NIL]), "&lt;no value&gt;");
        assert_eq!(call("html", &[]), "");
    }

    #[test]
    fn printf_takes_operands() {
        assert_eq!(call("printf", &[Value::str("%s-%d"), Value::str("a"), Value::int(2)]), "a-2");
        assert_eq!(call("print", &[Value::int(1), Value::int(2)]), "1 2");
        assert_eq!(call("println", &[Value::str("a"), Value::str("b")]), "a b\n");
    }
}
