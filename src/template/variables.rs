//! Variables: where each is declared, and where it is read.

use super::Syntax;
use super::ast::{BranchKind, Expr, ExprKind, Node, Pipeline, Variable, Visitor, visit_pipeline};
use crate::text::TextRange;

/// A variable from its `:=` to the end of the block around it.
#[derive(Debug)]
pub struct Declared<'s> {
    pub variable: &'s Variable,
    /// What it is set to; it may declare another variable beside this one (`range $key, $value := …`).
    pub pipeline: &'s Pipeline,
    /// The action that does nothing but to set it; `None` for those of `range`, `if` and `with`.
    pub action: Option<TextRange>,
    pub reads: Vec<Read>,
    /// The places where it is given another value later.
    pub assigned: Vec<Assigned<'s>>,
}

/// `$x = …`
#[derive(Debug)]
pub struct Assigned<'s> {
    /// The variable's name there.
    pub range: TextRange,
    pub action: TextRange,
    pub pipeline: &'s Pipeline,
    /// A loop around it may read the value in its next turn.
    pub in_loop: bool,
}

impl Declared<'_> {
    /// Values that nothing reads any more.
    pub fn lost(&self) -> impl Iterator<Item = &Assigned<'_>> {
        self.assigned.iter().filter(|assigned| {
            !assigned.in_loop && self.reads.iter().all(|read| read.range.start < assigned.action.end)
        })
    }
}

/// A place at which a variable is read.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    pub range: TextRange,
    /// The action that reads it prints what comes out.
    pub prints: bool,
}

impl Syntax {
    /// Every variable of the file and of its defines, in the order of their declarations.
    pub fn variables(&self) -> Vec<Declared<'_>> {
        let mut scopes = Scopes::default();
        scopes.nodes(&self.nodes);
        for define in &self.defines {
            scopes.open.clear();
            scopes.nodes(&define.body);
        }
        scopes.found.sort_by_key(|declared| declared.variable.range.start);
        scopes.found
    }
}

/// The variables that a pipeline reads.
pub fn reads(pipeline: &Pipeline) -> Vec<(&str, TextRange)> {
    struct Reads<'s>(Vec<(&'s str, TextRange)>);
    impl<'s> Visitor<'s> for Reads<'s> {
        fn expr(&mut self, expr: &'s Expr) {
            if let ExprKind::Variable(name, _) = &expr.kind {
                self.0.push((name, expr.range));
            }
        }
    }
    let mut reads = Reads(Vec::new());
    visit_pipeline(pipeline, &mut reads);
    reads.0
}

#[derive(Default)]
struct Scopes<'s> {
    found: Vec<Declared<'s>>,
    /// Those that can be read now, as indexes into `found`, and the number of loops around the declaration.
    open: Vec<(usize, usize)>,
    loops: usize,
}

impl<'s> Scopes<'s> {
    fn nodes(&mut self, nodes: &'s [Node]) {
        let outer = self.open.len();
        for node in nodes {
            match node {
                Node::Text(_) | Node::Break(_) | Node::Continue(_) => {}
                Node::Action(action) => {
                    self.pipeline(&action.pipeline, Some(action.range), action.pipeline.declared.is_empty());
                }
                Node::Template(call) => {
                    if let Some(argument) = &call.argument {
                        self.pipeline(argument, None, true);
                    }
                }
                Node::Branch(branch) => {
                    let outer = self.open.len();
                    for arm in &branch.arms {
                        self.pipeline(&arm.pipeline, None, false);
                        let inside = usize::from(branch.kind == BranchKind::Range);
                        self.loops += inside;
                        self.nodes(&arm.body);
                        self.loops -= inside;
                    }
                    branch.otherwise.iter().for_each(|otherwise| self.nodes(&otherwise.body));
                    self.open.truncate(outer);
                }
            }
        }
        self.open.truncate(outer);
    }

    fn pipeline(&mut self, pipeline: &'s Pipeline, action: Option<TextRange>, prints: bool) {
        for (name, range) in reads(pipeline) {
            if let Some((declared, _)) = self.named(name) {
                declared.reads.push(Read { range, prints });
            }
        }
        let loops = self.loops;
        for variable in &pipeline.declared {
            if pipeline.assigns {
                if let Some((declared, around)) = self.named(&variable.name) {
                    // What heads a branch is assigned again by each turn of its loop.
                    let in_loop = loops > around || action.is_none();
                    let action = action.unwrap_or(pipeline.range);
                    declared.assigned.push(Assigned { range: variable.range, action, pipeline, in_loop });
                }
            } else {
                self.open.push((self.found.len(), loops));
                self.found.push(Declared { variable, pipeline, action, reads: Vec::new(), assigned: Vec::new() });
            }
        }
    }

    /// The variable, and the number of loops around its declaration.
    fn named(&mut self, name: &str) -> Option<(&mut Declared<'s>, usize)> {
        let (at, loops) = self.open.iter().rev().copied().find(|(at, _)| self.found[*at].variable.name == name)?;
        Some((self.found.get_mut(at)?, loops))
    }
}

#[cfg(test)]
mod tests {
    use crate::text::FileId;

    #[test]
    fn who_reads_whom() {
        for (text, want) in [
            ("{{ $a := 1 }}{{ $a }}{{ $a.b }}", "$a 2"),
            ("{{ $a := 1 }}{{ $a := 2 }}{{ $a }}", "$a 0 $a 1"),
            ("{{ if $a := 1 }}{{ $a }}{{ else }}{{ print $a }}{{ end }}", "$a 2"),
            ("{{ $a := 1 }}{{ if 1 }}{{ $a := 2 }}{{ $a }}{{ end }}{{ $a }}", "$a 1 $a 1"),
            ("{{ $a := 1 }}{{ $a = 2 }}", "$a 0="),
            ("{{ range $i, $v := list }}{{ include \"x\" (dict \"v\" $v) }}{{ end }}", "$i 0 $v 1"),
            ("{{ $a := 1 }}{{ define \"d\" }}{{ $b := 2 }}{{ end }}{{ template \"d\" $a }}", "$a 1 $b 0"),
        ] {
            let syntax = crate::template::parse(FileId(0), text);
            let found = syntax.variables();
            let words = found.iter().map(|declared| {
                let sign = if declared.assigned.is_empty() { "" } else { "=" };
                format!("{} {}{sign}", declared.variable.name, declared.reads.len())
            });
            assert_eq!(words.collect::<Vec<_>>().join(" "), want, "{text}");
        }
    }
}
