//! What the dot is: which `range` or `with` stands around a place.

use super::Syntax;
use super::ast::{Arm, BranchKind, Define, Expr, ExprKind, Node};
use crate::text::TextRange;

/// Who gives the dot at some place of a template.
#[derive(Clone, Copy, Debug)]
pub enum Dot<'s> {
    /// The file itself: the chart's root context.
    Root,
    /// Whoever includes the define.
    Caller(&'s Define),
    /// `range` or `with`.
    Arm(BranchKind, &'s Arm),
}

impl Syntax {
    /// The expression does not begin at the dot of a `range` or a `with`.
    pub fn is_of_root(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Variable(..)) || !matches!(self.dot_at(expr.range.start).0, Dot::Arm(..))
    }

    /// What gives the dot at byte `offset`, and what gives `$`: the file, or the define.
    pub fn dot_at(&self, offset: u32) -> (Dot<'_>, Dot<'_>) {
        let holds = |range: TextRange| range.start <= offset && offset < range.end;
        let define = self.defines.iter().filter(|define| holds(define.range)).min_by_key(|define| define.range.len());
        let (outer, nodes) = match define {
            Some(define) => (Dot::Caller(define), &*define.body),
            None => (Dot::Root, &*self.nodes),
        };
        (inner(nodes, offset).unwrap_or(outer), outer)
    }
}

/// The innermost `range` or `with` whose body holds the place.
fn inner(nodes: &[Node], offset: u32) -> Option<Dot<'_>> {
    let branch = nodes.iter().find_map(|node| match node {
        Node::Branch(branch) if branch.range.start <= offset && offset < branch.range.end => Some(branch),
        _ => None,
    })?;
    let otherwise = branch.otherwise.as_ref();
    if let Some(otherwise) = otherwise.filter(|otherwise| otherwise.head.end <= offset) {
        return inner(&otherwise.body, offset);
    }
    let arm = branch.arms.iter().rev().find(|arm| arm.head.end <= offset)?;
    let own = (branch.kind != BranchKind::If).then_some(Dot::Arm(branch.kind, arm));
    inner(&arm.body, offset).or(own)
}
