//! What can be wrong with a text, in our words and in go-yaml's.

use super::brackets;
use super::scratch::Scratch;

/// What stops the reading of a document.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fault {
    /// The byte where it shows.
    pub(super) at: usize,
    /// The scanner's line there, from 0; the end of the text counts as a line of its own.
    pub(super) line: usize,
    pub(super) cause: Cause,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    /// A line inside brackets that is indented less than yaml-rust2 wants; go-yaml does not care.
    ShallowFlow,
    /// The same inside quotes; the place is that of the quote.
    ShallowQuoted,
    /// A quote that is not closed; the place is its own.
    OpenQuote,
    /// Text after a closing quote.
    AfterQuote,
    /// A line that should have been `key: value`; the place is on the line after it.
    NoColon,
    /// A `: ` where none can stand.
    SecondColon,
    /// The same inside brackets.
    FlowColon,
    /// `"text"#comment`: go-yaml wants no blank before the comment.
    CloseComment,
    /// `key:<tab>value`, which go-yaml takes.
    TabAfterColon,
    Tab,
    /// A tab at the start of a line inside quotes, which go-yaml takes.
    QuotedTab,
    /// A tab that indents a line below the place.
    TabBelow,
    Depth,
    /// Text that is indented differently from what stands before it.
    Indent,
    NoValue,
    NoItem,
    NoKey,
    /// `,` or this bracket is missing.
    NoSeparator(char),
    /// `? ` in the wrong place.
    Question,
    /// A `?` inside of plain text and of brackets, which yaml-rust2 takes; the bracket that closes them.
    FlowQuestion(char),
    /// `- ` in the wrong place.
    Item,
    DashInFlow,
    /// `[-]`, which go-yaml takes.
    LoneDash,
    UnknownEscape,
    /// `\x`, `\u`, `\U` without their digits.
    BadEscape,
    /// A line of a block scalar that is indented less than an empty line above it.
    ShallowBlock,
    /// Text after `|` or `>`.
    AfterHeader,
    BadHeader,
    /// `%`, `@` or a backquote at the start of a value.
    BadStart,
    /// `&` or `*` alone.
    NoName,
    /// A name with other characters than go-yaml knows in names.
    BadName,
    /// `&a *b`.
    NamedAlias,
    BadTag,
    BadDirective,
    /// Text after the end of the document; go-yaml does not read it.
    Ended,
    Unknown,
}

impl Cause {
    /// For the author.
    pub(super) fn words(self) -> String {
        let words = match self {
            Self::ShallowFlow => "this bracket is not closed before the indentation ends",
            Self::ShallowQuoted | Self::OpenQuote => "this quote is never closed",
            Self::AfterQuote => "there is text behind the closing quote",
            Self::NoColon => "a `:` is missing after this key",
            Self::SecondColon | Self::FlowColon => {
                "a mapping cannot start here: check the indentation, or quote the text"
            }
            Self::CloseComment => "a comment needs a blank before its `#`",
            Self::TabAfterColon | Self::QuotedTab | Self::Tab | Self::TabBelow => "a tab cannot be used as indentation",
            Self::Depth => "more than 255 brackets inside each other",
            Self::Indent => "the indentation does not fit the lines around it",
            Self::NoValue => "a value was expected here",
            Self::NoItem => "a list item was expected here: check the indentation",
            Self::NoKey => "a key was expected here: check the indentation and quotes",
            Self::NoSeparator(close) => return format!("a `,` or `{close}` is missing before this"),
            Self::Question => "a `?` cannot stand here",
            Self::FlowQuestion(_) => "a `?` ends plain text inside brackets: quote the text",
            Self::Item => "a list item cannot start here: check the indentation",
            Self::DashInFlow | Self::LoneDash => "a `-` cannot stand alone inside brackets",
            Self::UnknownEscape => "YAML does not know this escape: write `\\\\` for a backslash, or use single quotes",
            Self::BadEscape => "this escape lacks digits, or names no character",
            Self::ShallowBlock => "this line is indented less than an empty line above it in the same block",
            Self::AfterHeader => "nothing may follow `|` or `>` on the same line",
            Self::BadHeader => "this is no valid header of a block of text",
            Self::BadStart => "no value can start with `%`, `@` or a backquote: quote the text",
            Self::NoName => "a name was expected after this `&` or `*`",
            Self::BadName => "the name of an anchor can hold only ASCII letters, digits, `_` and `-`",
            Self::NamedAlias => "an alias can have no anchor or tag of its own",
            Self::BadTag => "this is no valid tag",
            Self::BadDirective => "this is no valid directive",
            Self::Ended => "the document has ended before this: check the indentation",
            Self::Unknown => "this cannot be read",
        };
        words.to_owned()
    }
}

/// The line after this one that a tab indents.
pub(super) fn below_with_tab(scratch: &Scratch, line: usize) -> Option<usize> {
    (line + 1..scratch.line_count()).find(|line| {
        let text = scratch.line(*line);
        text[..scratch.indent(*line)].contains('\t') && !text.trim().is_empty()
    })
}

/// go-yaml's error for a text whose first fault this is, without its `yaml: `; `None` where go-yaml reads on.
///
/// Its line numbers follow go-yaml v2's `fail`: those of the scanner count from 1, those of the parser from 0, and on
/// the first line there is none.
pub(super) fn refusal(scratch: &Scratch, fault: &Fault) -> Option<String> {
    let at =
        |line: usize, words: &str| Some(if line == 0 { words.to_owned() } else { format!("line {line}: {words}") });
    let parser = |words: &str| at(fault.line, words);
    let scanner_at = |line: usize, words: &str| at(if line == 0 { 0 } else { line + 1 }, words);
    let scanner = |words: &str| scanner_at(fault.line, words);
    let end = scratch.line_count() - 1;
    match fault.cause {
        Cause::Ended | Cause::LoneDash | Cause::CloseComment | Cause::TabAfterColon | Cause::QuotedTab => None,
        Cause::FlowQuestion(close) => parser(&format!("did not find expected ',' or '{close}'")),
        Cause::ShallowFlow | Cause::FlowColon | Cause::NoSeparator(_) => {
            let open = brackets::innermost(scratch, fault.at);
            let close = match (fault.cause, open) {
                (Cause::NoSeparator(close), _) => close,
                (_, Some('{')) => '}',
                _ => ']',
            };
            let goes_on = |line: usize| scratch.line(line).trim_end().ends_with(['[', '{', ',']);
            let line = match fault.cause {
                // What the line begins is its bracket's next entry, or the end of the last.
                Cause::ShallowFlow if fault.line > 0 && goes_on(fault.line - 1) => (fault.line + 1).min(end),
                _ => fault.line,
            };
            at(line, &format!("did not find expected ',' or '{close}'"))
        }
        Cause::ShallowQuoted | Cause::OpenQuote => scanner_at(end, "found unexpected end of stream"),
        Cause::AfterQuote => {
            let line = scratch.line(scratch.line_of(fault.at)).trim_start();
            match brackets::innermost(scratch, fault.at) {
                Some('[') => parser("did not find expected ',' or ']'"),
                Some(_) => parser("did not find expected ',' or '}'"),
                None if line.starts_with("- ") && !line.contains(": ") => parser("did not find expected '-' indicator"),
                None => parser("did not find expected key"),
            }
        }
        Cause::NoColon => scanner("could not find expected ':'"),
        Cause::SecondColon => scanner("mapping values are not allowed in this context"),
        Cause::Tab | Cause::BadStart => scanner("found character that cannot start any token"),
        Cause::TabBelow => {
            let line = below_with_tab(scratch, fault.line).unwrap_or(fault.line);
            scanner_at(line, "found a tab character that violates indentation")
        }
        Cause::Depth => scanner("exceeded max depth of 10000"),
        Cause::Indent | Cause::NoKey => parser("did not find expected key"),
        Cause::NoValue | Cause::NamedAlias => parser("did not find expected node content"),
        Cause::NoItem => parser("did not find expected '-' indicator"),
        Cause::Question => scanner("mapping keys are not allowed in this context"),
        Cause::Item | Cause::DashInFlow => scanner("block sequence entries are not allowed in this context"),
        Cause::UnknownEscape => scanner("found unknown escape character"),
        Cause::BadEscape => scanner("did not find expected hexdecimal number"),
        Cause::ShallowBlock => scanner("could not find expected ':'"),
        Cause::AfterHeader | Cause::BadHeader => scanner("did not find expected comment or line break"),
        Cause::NoName | Cause::BadName => scanner("did not find expected alphabetic or numeric character"),
        Cause::BadTag => scanner("did not find expected whitespace or line break"),
        Cause::BadDirective => scanner("found unknown directive name"),
        Cause::Unknown => scanner("did not find expected key"),
    }
}
