//! Tokens to a tree, by the rules and in the words of Go's `text/template/parse/parse.go`.
//!
//! Go stops at its first error. Here the action in which it stands is skipped, and the rest is read; the first fault
//! is Go's, in Go's words.

use super::ast::*;
use super::fmt;
use super::lexer::{Keyword, Token, TokenKind, lex};
use super::literal;
use crate::text::TextRange;

/// Blocks and parentheses nested deeper than this are refused.
const MAX_DEPTH: usize = 150;

/// A fault of the text; the template's name is known only where it is registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SyntaxFault {
    pub(crate) range: TextRange,
    pub(crate) message: String,
    /// The line Go reports, from 1.
    pub(crate) line: u32,
    /// The line on which the action began, where Go says it.
    pub(crate) started: Option<u32>,
    pub(crate) bound: bool,
    /// Index of the token at which the parser stood: what it would have found first.
    pub(crate) order: usize,
}

#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) nodes: Vec<Node>,
    pub(crate) defines: Vec<Define>,
    pub(crate) actions: Vec<ActionSite>,
    pub(crate) functions: Vec<FunctionUse>,
    pub(crate) faults: Vec<SyntaxFault>,
}

/// A function where it is named. Which functions there are is not the parser's business.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct FunctionUse {
    pub(crate) range: TextRange,
    pub(crate) order: usize,
}

pub(crate) fn parse(text: &str) -> Parsed {
    let mut parser = Parser {
        text,
        tokens: lex(text),
        at: 0,
        furthest: 0,
        vars: vec!["$".to_owned()],
        ranges: 0,
        depth: 0,
        action_start: None,
        broken: false,
        out: Parsed::default(),
    };
    parser.out.nodes = parser.file();
    parser.out.nodes.shrink_to_fit();
    parser.out.defines.shrink_to_fit();
    parser.out.actions.sort_by_key(|site| site.range.start);
    parser.out.actions.shrink_to_fit();
    parser.out.functions.shrink_to_fit();
    parser.out
}

/// The action could not be parsed; the fault is noted.
struct Broken;

type Attempt<T> = Result<T, Broken>;

struct Parser<'p> {
    text: &'p str,
    tokens: Vec<Token>,
    at: usize,
    /// The last token that was looked at: Go reports its line.
    furthest: usize,
    vars: Vec<String>,
    /// Ranges around the present node.
    ranges: usize,
    depth: usize,
    /// Byte offset of the action being parsed, while Go would name its line.
    action_start: Option<u32>,
    /// Something was skipped: what follows from it is no fault of its own.
    broken: bool,
    out: Parsed,
}

/// What came instead of, or as, the next node of a list.
enum Next {
    Node(Node),
    Nothing,
    /// `{{ end }}`
    End(TextRange),
    Else(ElseHead),
    Eof,
}

/// `{{ else }}`, or `{{ else` before the keyword of a new arm.
struct ElseHead {
    delim: TextRange,
    /// The whole action, unless a keyword follows.
    whole: Option<TextRange>,
}

#[derive(Clone, Copy, PartialEq)]
enum Close {
    Delim,
    Paren,
}

impl Parser<'_> {
    fn token(&self, at: usize) -> &Token {
        // The last token is Eof, and stays.
        &self.tokens[at.min(self.tokens.len() - 1)]
    }

    fn peek(&mut self) -> &Token {
        self.furthest = self.furthest.max(self.at);
        self.token(self.at)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn peek_past_space(&mut self) -> &Token {
        while self.peek().kind == TokenKind::Space {
            self.at += 1;
        }
        self.peek()
    }

    fn next_past_space(&mut self) -> Token {
        self.peek_past_space();
        self.next()
    }

    fn line_at(&self, offset: u32) -> u32 {
        let before = self.text.as_bytes().get(..offset as usize).unwrap_or_default();
        1 + before.iter().filter(|&&byte| byte == b'\n').count() as u32
    }

    fn fault(&mut self, range: TextRange, message: impl Into<String>) {
        let line = self.line_at(self.token(self.furthest).range.start);
        let order = self.furthest;
        self.out.faults.push(SyntaxFault { range, message: message.into(), line, started: None, bound: false, order });
    }

    fn fail(&mut self, range: TextRange, message: impl Into<String>) -> Broken {
        self.fault(range, message);
        self.broken = true;
        Broken
    }

    /// A fault that may only follow from an earlier one is not noted then.
    fn structural(&mut self, range: TextRange, message: &str) {
        if !self.broken {
            self.fail(range, message);
        }
    }

    fn unexpected(&mut self, token: &Token, context: &str) -> Broken {
        let TokenKind::Error(message) = &token.kind else {
            let message = format!("unexpected {} in {context}", self.show(token));
            return self.fail(token.range, message);
        };
        let broken = self.fail(token.range, message.clone());
        if let Some(start) = self.action_start {
            let (started, line) = (self.line_at(start), self.line_at(token.range.start.max(start)));
            // Go's lexer stands at the end of the text when it misses the delimiter.
            let line = if message == "unclosed action" { self.line_at(self.text.len() as u32) } else { line };
            if let Some(fault) = self.out.faults.last_mut() {
                fault.line = line;
                fault.started = (started != line).then_some(started);
            }
        } else if message == "unclosed action" {
            let line = self.line_at(self.text.len() as u32);
            if let Some(fault) = self.out.faults.last_mut() {
                fault.line = line;
            }
        }
        broken
    }

    fn show(&self, token: &Token) -> String {
        let text = match &token.kind {
            TokenKind::Eof => return "EOF".to_owned(),
            TokenKind::Error(message) => return message.clone(),
            TokenKind::Keyword(_) | TokenKind::Dot | TokenKind::Nil => {
                return format!("<{}>", token.range.of(self.text));
            }
            TokenKind::RightDelim => "}}",
            TokenKind::LeftDelim => "{{",
            _ => token.range.of(self.text),
        };
        if text.len() > 10 {
            let short: String = text.chars().take(10).collect();
            format!("{}...", fmt::quote(&short))
        } else {
            fmt::quote(text)
        }
    }

    /// Skips to behind the delimiter that closes the present action; gives that delimiter.
    fn sync(&mut self) -> TextRange {
        // The delimiter itself may be what was refused.
        if self.at > 0 && self.token(self.at - 1).kind == TokenKind::RightDelim {
            return self.token(self.at - 1).range;
        }
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::RightDelim => return token.range,
                TokenKind::Eof | TokenKind::Text | TokenKind::LeftDelim | TokenKind::Comment => {
                    self.at -= 1;
                    return TextRange::empty(token.range.start as usize);
                }
                _ => {}
            }
        }
    }

    fn site(&mut self, range: TextRange, kind: ActionKind) {
        let text = range.of(self.text);
        let trims_left = text.starts_with("{{-") && text[3..].starts_with([' ', '\t', '\r', '\n']);
        let trims_right = text.strip_suffix("-}}").is_some_and(|text| text.ends_with([' ', '\t', '\r', '\n']));
        self.out.actions.push(ActionSite { range, kind, trims_left, trims_right });
    }

    fn file(&mut self) -> Vec<Node> {
        let mut nodes = Vec::new();
        loop {
            // At the top Go looks for a define before it notes the action's line.
            if self.peek().kind == TokenKind::LeftDelim {
                let mark = self.at;
                let delim = self.next();
                if self.next_past_space().kind == TokenKind::Keyword(Keyword::Define) {
                    self.definition(delim.range);
                    continue;
                }
                self.at = mark;
            }
            match self.text_or_action() {
                Next::Node(node) => nodes.push(node),
                Next::Nothing => {}
                Next::End(range) => self.structural(range, "unexpected {{end}}"),
                Next::Else(head) => {
                    self.structural(head.delim, "unexpected {{else}}");
                    if head.whole.is_none() {
                        self.sync();
                    }
                }
                Next::Eof => return nodes,
            }
        }
    }

    fn list(&mut self) -> (Vec<Node>, Next) {
        let mut nodes = Vec::new();
        loop {
            if self.peek_past_space().kind == TokenKind::Eof {
                let end = TextRange::empty(self.text.len());
                self.structural(end, "unexpected EOF");
                return (nodes, Next::Eof);
            }
            match self.text_or_action() {
                Next::Node(node) => nodes.push(node),
                Next::Nothing => {}
                next => return (nodes, next),
            }
        }
    }

    fn text_or_action(&mut self) -> Next {
        let token = self.next_past_space();
        match &token.kind {
            TokenKind::Text => Next::Node(Node::Text(token.range)),
            TokenKind::Comment => {
                self.site(token.range, ActionKind::Comment);
                Next::Nothing
            }
            TokenKind::LeftDelim => {
                self.action_start = Some(token.range.start);
                let next = self.action(token.range);
                self.action_start = None;
                next
            }
            TokenKind::Eof => Next::Eof,
            // An empty delimiter that ends a broken comment.
            TokenKind::RightDelim if self.broken => Next::Nothing,
            _ => {
                self.unexpected(&token, "input");
                self.site(token.range, ActionKind::Broken);
                Next::Nothing
            }
        }
    }

    fn action(&mut self, delim: TextRange) -> Next {
        let token = self.next_past_space();
        let TokenKind::Keyword(keyword) = token.kind else {
            self.at -= 1;
            return self.print(delim);
        };
        match keyword {
            Keyword::Block => self.block(delim),
            Keyword::Break | Keyword::Continue => self.jump(delim, keyword == Keyword::Break),
            Keyword::Define => {
                // Go allows it at the top of a file only.
                self.unexpected(&token, "command");
                self.definition(delim);
                Next::Nothing
            }
            Keyword::Else => {
                let peek = self.peek_past_space();
                if matches!(peek.kind, TokenKind::Keyword(Keyword::If | Keyword::With)) {
                    return Next::Else(ElseHead { delim, whole: None });
                }
                let whole = delim.cover(self.expect_delim("else"));
                self.site(whole, ActionKind::Else);
                Next::Else(ElseHead { delim, whole: Some(whole) })
            }
            Keyword::End => {
                let range = delim.cover(self.expect_delim("end"));
                self.site(range, ActionKind::End);
                Next::End(range)
            }
            Keyword::If => self.branch(BranchKind::If, delim),
            Keyword::Range => self.branch(BranchKind::Range, delim),
            Keyword::With => self.branch(BranchKind::With, delim),
            Keyword::Template => self.template(delim),
        }
    }

    /// The closing delimiter; what stands before it is a fault and skipped.
    fn expect_delim(&mut self, context: &str) -> TextRange {
        let token = self.next_past_space();
        if token.kind != TokenKind::RightDelim {
            self.unexpected(&token, context);
            return self.sync();
        }
        token.range
    }

    fn print(&mut self, delim: TextRange) -> Next {
        match self.pipeline("command", Close::Delim) {
            Ok((pipeline, end)) => {
                let range = delim.cover(end);
                let kind = if pipeline.declared.is_empty() { ActionKind::Print } else { ActionKind::Set };
                self.site(range, kind);
                Next::Node(Node::Action(Action { range, pipeline }))
            }
            Err(Broken) => {
                let range = delim.cover(self.sync());
                self.site(range, ActionKind::Broken);
                Next::Nothing
            }
        }
    }

    fn jump(&mut self, delim: TextRange, is_break: bool) -> Next {
        let word = if is_break { "{{break}}" } else { "{{continue}}" };
        let range = delim.cover(self.expect_delim(word));
        self.site(range, if is_break { ActionKind::Break } else { ActionKind::Continue });
        if self.ranges == 0 {
            self.fail(range, format!("{word} outside {{{{range}}}}"));
            return Next::Nothing;
        }
        Next::Node(if is_break { Node::Break(range) } else { Node::Continue(range) })
    }

    /// The pipeline of a control action; an empty one where it cannot be parsed.
    fn head(&mut self, context: &str, delim: TextRange) -> (Pipeline, TextRange) {
        match self.pipeline(context, Close::Delim) {
            Ok((pipeline, end)) => (pipeline, delim.cover(end)),
            Err(Broken) => {
                let range = delim.cover(self.sync());
                (Pipeline { range: TextRange::empty(range.end as usize), ..Pipeline::default() }, range)
            }
        }
    }

    /// Goes one level down, or notes that the bound is reached.
    fn deeper(&mut self, range: TextRange) -> bool {
        if self.depth >= MAX_DEPTH {
            if !self.out.faults.iter().any(|fault| fault.bound) {
                self.fail(range, format!("nested deeper than {MAX_DEPTH}"));
                if let Some(fault) = self.out.faults.last_mut() {
                    fault.bound = true;
                }
            }
            return false;
        }
        self.depth += 1;
        true
    }

    fn branch(&mut self, kind: BranchKind, delim: TextRange) -> Next {
        let (context, site) = match kind {
            BranchKind::If => ("if", ActionKind::If),
            BranchKind::With => ("with", ActionKind::With),
            BranchKind::Range => ("range", ActionKind::Range),
        };
        if !self.deeper(delim) {
            let range = delim.cover(self.sync());
            self.site(range, ActionKind::Broken);
            return Next::Nothing;
        }
        let vars = self.vars.len();
        let mut arms = Vec::new();
        let mut otherwise: Option<(TextRange, Vec<Node>)> = None;
        let (mut pipeline, mut head) = self.head(context, delim);
        self.action_start = None;
        self.site(head, site);
        let end = loop {
            self.ranges += usize::from(kind == BranchKind::Range && otherwise.is_none());
            let (body, next) = self.list();
            self.ranges -= usize::from(kind == BranchKind::Range && otherwise.is_none());
            match &mut otherwise {
                None => arms.push(Arm { head, pipeline: std::mem::take(&mut pipeline), body: body.into() }),
                Some((_, all)) => all.extend(body),
            }
            let found = match next {
                Next::End(range) => break range.end,
                Next::Else(found) => found,
                _ => break self.text.len() as u32,
            };
            if otherwise.is_some() {
                self.structural(found.delim, "expected end; found {{else}}");
                if found.whole.is_none() {
                    self.sync();
                }
                continue;
            }
            if let Some(whole) = found.whole {
                otherwise = Some((whole, Vec::new()));
                continue;
            }
            let token = self.next_past_space();
            let wanted = match kind {
                BranchKind::If => token.kind == TokenKind::Keyword(Keyword::If),
                BranchKind::With => token.kind == TokenKind::Keyword(Keyword::With),
                BranchKind::Range => false,
            };
            if wanted {
                self.action_start = Some(found.delim.start);
                (pipeline, head) = self.head(context, found.delim);
                self.action_start = None;
                self.site(head, ActionKind::Else);
            } else {
                self.unexpected(&token, "input");
                let whole = found.delim.cover(self.sync());
                self.site(whole, ActionKind::Else);
                otherwise = Some((whole, Vec::new()));
            }
        };
        self.vars.truncate(vars);
        self.depth -= 1;
        let range = TextRange { start: delim.start, end };
        let otherwise = otherwise.map(|(head, body)| Otherwise { head, body: body.into() });
        Next::Node(Node::Branch(Branch { kind, range, arms: arms.into(), otherwise }))
    }

    fn name(&mut self, token: &Token, context: &str) -> Attempt<Name> {
        if !matches!(token.kind, TokenKind::String | TokenKind::RawString) {
            return Err(self.unexpected(token, context));
        }
        let text = literal::unquote(token.range.of(self.text)).map_err(|message| self.fail(token.range, message))?;
        let range = TextRange { start: token.range.start + 1, end: token.range.end - 1 };
        Ok(Name { text, range })
    }

    /// What follows `define`: name, body and end.
    fn definition(&mut self, delim: TextRange) {
        let context = "define clause";
        let outer = self.action_start.take();
        let token = self.next_past_space();
        let name = self.name(&token, context);
        let head = delim.cover(if name.is_ok() { self.expect_delim(context) } else { self.sync() });
        self.site(head, ActionKind::Define);
        let (body, end) = self.body(context, head);
        self.action_start = outer;
        if let Ok(name) = name {
            let range = TextRange { start: delim.start, end };
            self.define(Define { name, range, head, body, block: false });
        }
    }

    /// Two defines of one name in a file are a fault, unless one of them is empty.
    fn define(&mut self, define: Define) {
        let filled = |define: &Define| !is_empty(self.text, &define.body);
        let name = &define.name;
        if filled(&define) && self.out.defines.iter().any(|other| other.name.text == name.text && filled(other)) {
            let message = format!("template: multiple definition of template {}", fmt::quote(&name.text));
            let range = name.range;
            self.fault(range, message);
        }
        self.out.defines.push(define);
    }

    /// The body of a define or block, which knows no variables but `$`; and where its end ends.
    fn body(&mut self, context: &str, head: TextRange) -> (Box<[Node]>, u32) {
        let vars = std::mem::replace(&mut self.vars, vec!["$".to_owned()]);
        let ranges = std::mem::take(&mut self.ranges);
        let deeper = self.deeper(head);
        let mut body = Vec::new();
        let end = loop {
            if !deeper {
                break head.end;
            }
            let (nodes, next) = self.list();
            body.extend(nodes);
            match next {
                Next::End(range) => break range.end,
                Next::Else(found) => {
                    self.structural(found.delim, &format!("unexpected {{{{else}}}} in {context}"));
                    if found.whole.is_none() {
                        self.sync();
                    }
                }
                _ => break self.text.len() as u32,
            }
        };
        self.depth -= usize::from(deeper);
        self.vars = vars;
        self.ranges = ranges;
        (body.into(), end)
    }

    fn block(&mut self, delim: TextRange) -> Next {
        let context = "block clause";
        let token = self.next_past_space();
        let parsed = match self.name(&token, context) {
            Ok(name) => self.pipeline(context, Close::Delim).map(|parsed| (name, parsed)),
            Err(Broken) => Err(Broken),
        };
        let (named, head) = match parsed {
            Ok((name, (argument, end))) => (Some((name, argument)), delim.cover(end)),
            Err(Broken) => (None, delim.cover(self.sync())),
        };
        self.site(head, ActionKind::Block);
        self.action_start = None;
        let (body, end) = self.body(context, head);
        let Some((name, argument)) = named else { return Next::Nothing };
        let range = TextRange { start: delim.start, end };
        self.define(Define { name: name.clone(), range, head, body, block: true });
        Next::Node(Node::Template(Box::new(TemplateCall { range: head, name, argument: Some(argument) })))
    }

    fn template(&mut self, delim: TextRange) -> Next {
        let context = "template clause";
        let token = self.next_past_space();
        let parsed = match self.name(&token, context) {
            Err(Broken) => Err(Broken),
            Ok(name) if self.peek_past_space().kind == TokenKind::RightDelim => Ok((name, None, self.next().range)),
            Ok(name) => self.pipeline(context, Close::Delim).map(|(argument, end)| (name, Some(argument), end)),
        };
        match parsed {
            Ok((name, argument, end)) => {
                let range = delim.cover(end);
                self.site(range, ActionKind::Template);
                Next::Node(Node::Template(Box::new(TemplateCall { range, name, argument })))
            }
            Err(Broken) => {
                let range = delim.cover(self.sync());
                self.site(range, ActionKind::Broken);
                Next::Nothing
            }
        }
    }

    /// A pipeline and the token that closed it.
    fn pipeline(&mut self, context: &str, close: Close) -> Attempt<(Pipeline, TextRange)> {
        let start = self.peek_past_space().range.start;
        let mut pipeline = Pipeline { range: TextRange::empty(start as usize), ..Pipeline::default() };
        self.declarations(&mut pipeline, context)?;
        let mut commands = Vec::new();
        loop {
            let token = self.next_past_space();
            match token.kind {
                TokenKind::RightDelim | TokenKind::RightParen
                    if (token.kind == TokenKind::RightDelim) == (close == Close::Delim) =>
                {
                    self.check(&commands, context, token.range)?;
                    pipeline.commands = commands.into();
                    return Ok((pipeline, token.range));
                }
                TokenKind::Bool
                | TokenKind::CharConstant
                | TokenKind::Complex
                | TokenKind::Dot
                | TokenKind::Field
                | TokenKind::Identifier
                | TokenKind::Number
                | TokenKind::Nil
                | TokenKind::RawString
                | TokenKind::String
                | TokenKind::Variable
                | TokenKind::LeftParen => {
                    self.at -= 1;
                    let command = self.command()?;
                    pipeline.range.end = command.range.end;
                    commands.push(command);
                }
                _ => return Err(self.unexpected(&token, context)),
            }
        }
    }

    fn declarations(&mut self, pipeline: &mut Pipeline, context: &str) -> Attempt<()> {
        let mut declared = Vec::new();
        loop {
            let mark = self.at;
            let token = self.peek_past_space().clone();
            if token.kind != TokenKind::Variable {
                break;
            }
            let mark = mark.max(self.at);
            self.next();
            let next = self.peek_past_space().clone();
            let comma = next.kind == TokenKind::Char && next.range.of(self.text) == ",";
            if !comma && !matches!(next.kind, TokenKind::Assign | TokenKind::Declare) {
                self.at = mark;
                break;
            }
            self.next();
            let name = token.range.of(self.text).to_owned();
            self.vars.push(name.clone());
            declared.push(Variable { name, range: token.range });
            pipeline.range.end = next.range.end;
            if !comma {
                pipeline.assigns = next.kind == TokenKind::Assign;
                break;
            }
            if context != "range" || declared.len() >= 2 {
                return Err(self.fail(next.range, format!("too many declarations in {context}")));
            }
            let after = self.peek_past_space().clone();
            if !matches!(after.kind, TokenKind::Variable | TokenKind::RightDelim | TokenKind::RightParen) {
                return Err(self.fail(after.range, "range can only initialize variables"));
            }
        }
        pipeline.declared = declared.into();
        Ok(())
    }

    fn check(&mut self, commands: &[Command], context: &str, close: TextRange) -> Attempt<()> {
        if commands.is_empty() {
            return Err(self.fail(close, format!("missing value for {context}")));
        }
        for (i, command) in commands.iter().enumerate().skip(1) {
            let Some(first) = command.operands.first() else { continue };
            if matches!(
                first.kind,
                ExprKind::Bool(_) | ExprKind::Dot | ExprKind::Nil | ExprKind::Number(_) | ExprKind::String(_)
            ) {
                let message = format!("non executable command in pipeline stage {}", i + 1);
                return Err(self.fail(first.range, message));
            }
        }
        Ok(())
    }

    fn command(&mut self) -> Attempt<Command> {
        let start = self.peek_past_space().range.start;
        let mut operands: Vec<Expr> = Vec::new();
        loop {
            self.peek_past_space();
            operands.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                TokenKind::Space => continue,
                TokenKind::RightDelim | TokenKind::RightParen => self.at -= 1,
                TokenKind::Pipe => {}
                _ => return Err(self.unexpected(&token, "operand")),
            }
            break;
        }
        let Some(last) = operands.last() else {
            return Err(self.fail(TextRange::empty(start as usize), "empty command"));
        };
        let range = TextRange { start, end: last.range.end };
        Ok(Command { range, operands: operands.into() })
    }

    fn operand(&mut self) -> Attempt<Option<Expr>> {
        let Some(mut expr) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        while self.peek().kind == TokenKind::Field {
            let token = self.next();
            fields.push(self.segment(token.range));
        }
        let Some(last) = fields.last() else { return Ok(Some(expr)) };
        let range = expr.range.cover(last.range);
        match &mut expr.kind {
            ExprKind::Field(segments) | ExprKind::Variable(_, segments) => {
                *segments = std::mem::take(segments).into_iter().chain(fields).collect();
                expr.range = range;
            }
            ExprKind::Bool(_) | ExprKind::String(_) | ExprKind::Number(_) | ExprKind::Nil | ExprKind::Dot => {
                let term = fmt::quote(expr.range.of(self.text));
                return Err(self.fail(range, format!("unexpected . after term {term}")));
            }
            ExprKind::Function(_) | ExprKind::Paren(_) | ExprKind::Chain(..) => {
                expr = Expr { range, kind: ExprKind::Chain(Box::new(expr), fields.into()) };
            }
        }
        Ok(Some(expr))
    }

    /// A field token, dot and all.
    fn segment(&self, range: TextRange) -> Segment {
        let range = TextRange { start: range.start + 1, end: range.end };
        Segment { name: range.of(self.text).to_owned(), range }
    }

    fn term(&mut self) -> Attempt<Option<Expr>> {
        let token = self.next_past_space();
        let text = token.range.of(self.text);
        let mut range = token.range;
        let kind = match token.kind {
            TokenKind::Identifier => {
                self.out.functions.push(FunctionUse { range, order: self.furthest });
                ExprKind::Function(text.to_owned())
            }
            TokenKind::Dot => ExprKind::Dot,
            TokenKind::Nil => ExprKind::Nil,
            TokenKind::Bool => ExprKind::Bool(text == "true"),
            TokenKind::Variable => {
                if !self.vars.iter().any(|name| name == text) && !self.broken {
                    self.fault(range, format!("undefined variable {}", fmt::quote(text)));
                }
                ExprKind::Variable(text.to_owned(), Box::default())
            }
            TokenKind::Field => ExprKind::Field([self.segment(range)].into()),
            TokenKind::CharConstant => {
                ExprKind::Number(literal::character(text).map_err(|message| self.fail(range, message))?.into())
            }
            TokenKind::Number | TokenKind::Complex => {
                ExprKind::Number(literal::number(text).map_err(|message| self.fail(range, message))?.into())
            }
            TokenKind::String | TokenKind::RawString => {
                ExprKind::String(literal::unquote(text).map_err(|message| self.fail(range, message))?)
            }
            TokenKind::LeftParen => {
                if !self.deeper(range) {
                    return Err(Broken);
                }
                let parsed = self.pipeline("parenthesized pipeline", Close::Paren);
                self.depth -= 1;
                let (pipeline, close) = parsed?;
                range = range.cover(close);
                ExprKind::Paren(Box::new(pipeline))
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Expr { range, kind }))
    }
}
