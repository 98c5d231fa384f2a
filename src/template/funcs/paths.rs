//! Slash-separated paths, as Go's `path`. Opaque, except that `base`, `dir` and `ext` cut where they can.

use super::Param::Str;
use super::args::{any, made_of, text, traced};
use super::{Answer, Context, Function};
use crate::template::value::Value;

pub(super) static FUNCTIONS: &[Function] = &[
    Function::new("base", &[Str], path_base),
    Function::new("osBase", &[Str], path_base),
    Function::new("dir", &[Str], path_dir),
    Function::new("osDir", &[Str], path_dir),
    Function::new("clean", &[Str], path_clean),
    Function::new("osClean", &[Str], path_clean),
    Function::new("ext", &[Str], path_ext),
    Function::new("osExt", &[Str], path_ext),
    Function::new("isAbs", &[Str], |_, args| Ok(Value::bool(text(args, 0).starts_with('/')))),
    Function::new("osIsAbs", &[Str], |_, args| Ok(Value::bool(text(args, 0).starts_with('/')))),
];

fn path_base(_: &mut dyn Context, args: &[Value]) -> Answer {
    let path = text(args, 0);
    let end = path.trim_end_matches('/').len();
    if end == 0 {
        return Ok(made_of(&any(args, 0), if path.is_empty() { "." } else { "/" }));
    }
    let start = path[..end].rfind('/').map_or(0, |slash| slash + 1);
    Ok(Value::traced(traced(args, 0).slice(start..end)))
}

fn path_dir(_: &mut dyn Context, args: &[Value]) -> Answer {
    let path = text(args, 0);
    let end = path.rfind('/').map_or(0, |slash| slash + 1);
    Ok(made_of(&any(args, 0), clean(&path[..end])))
}

fn path_clean(_: &mut dyn Context, args: &[Value]) -> Answer {
    Ok(made_of(&any(args, 0), clean(text(args, 0))))
}

fn path_ext(_: &mut dyn Context, args: &[Value]) -> Answer {
    let path = text(args, 0);
    let name = path.rfind('/').map_or(0, |slash| slash + 1);
    let dot = path[name..].rfind('.').map_or(path.len(), |dot| name + dot);
    Ok(Value::traced(traced(args, 0).slice(dot..path.len())))
}

/// `path.Clean`: the shortest equal path, worked out on the text alone.
pub(super) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|&last| last != "..") => _ = parts.pop(),
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::call;
    use super::*;

    #[test]
    fn paths() {
        let cases = [
            ("base", "a/b.txt", "b.txt"),
            ("base", "a/b//", "b"),
            ("base", "", "."),
            ("base", "//", "/"),
            ("dir", "/a/b/", "/a/b"),
            ("dir", "a", "."),
            ("dir", "/a", "/"),
            ("clean", "a/./../../b//c", "../b/c"),
            ("clean", "/../a", "/a"),
            ("clean", "", "."),
            ("ext", "x.tar.gz", ".gz"),
            ("ext", "a.d/file", ""),
            ("isAbs", "/x", "true"),
            ("osIsAbs", "x", "false"),
        ];
        for (name, path, expected) in cases {
            assert_eq!(call(name, &[Value::str(path)]), expected, "{name} {path:?}");
        }
    }
}
