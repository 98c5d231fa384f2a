//! What is told of the text under the cursor.

use super::completion::{chart_words, function_words, member_words};
use super::locate::{self, Spot, content, key_of, list_of};
use super::reference::{Lookup, Thing};
use super::references::{self, References, references, value_key};
use super::template::{self, Meaning, Symbol};
use super::{Cursor, Target, addons, describe, environment, field, manifest, reference, settings};
use crate::helm::render;
use crate::model::admission::RANGE;
use crate::model::object::Node;
use crate::model::pattern::Mode;
use crate::rules;
use crate::template::ast::{ActionKind, ActionSite, Expr, ExprKind, Visitor};
use crate::template::traced::Origin;
use crate::text::{FileId, Span, TextRange};
use crate::world::{File, World, options};

/// Different things, or different renderings, that are shown; the rest is counted.
const MAX_SHOWN: usize = 3;
/// Lines of one text that are shown.
const MAX_LINES: usize = 15;
/// Longer values of members, in bytes, are left out.
const MAX_VALUE: usize = 60;
/// Names of one list that are shown.
const MAX_LISTED: usize = 8;

/// One part of what is told. Each reads well as Markdown and as plain text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Block {
    /// A paragraph; names in backticks.
    Text(String),
    /// Text as it is, in this language.
    Code { language: &'static str, text: String },
    /// A line that ends with a place.
    Link { text: String, to: Span },
}

impl Block {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn yaml(text: &str) -> Self {
        Self::lines("yaml", text)
    }

    /// A text in some language, cut where it is long.
    pub(super) fn lines(language: &'static str, text: &str) -> Self {
        let mut lines: Vec<&str> = text.lines().take(MAX_LINES).collect();
        if text.lines().nth(MAX_LINES).is_some() {
            lines.push("…");
        }
        Self::Code { language, text: lines.join("\n") }
    }
}

/// What is told, and of which text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hover {
    pub origin: Span,
    pub blocks: Vec<Block>,
}

/// What is known of the text under the cursor: the name in an action, what the action prints, what the rendered text
/// refers to, and what a key is for.
pub fn hover(world: &World, at: Cursor) -> Option<Hover> {
    let file = world.files.get(&at.file)?;
    let action = file.syntax().action_at(at.offset).filter(|action| {
        // A cursor right behind `}}` touches the text that follows as well.
        action.range.end != at.offset && action.kind != ActionKind::Comment
    });
    if world.config.holds(file) {
        return settings::hover(file, at);
    }
    if let Some(hover) = of_chart_file(world, at).or_else(|| of_value_key(world, at)) {
        return Some(hover);
    }
    let mut origin: Option<TextRange> = None;
    let mut blocks = Vec::new();
    if let Some(action) = action {
        let symbol = template::symbol(file, at.offset);
        if let Some(symbol) = &symbol {
            blocks.extend(of_symbol(world, at, file, symbol));
            origin = (!blocks.is_empty()).then_some(symbol.origin);
        }
        if blocks.is_empty()
            && let Some((range, told)) = of_member(file, at.offset).or_else(|| of_function(file, at.offset))
        {
            origin = Some(range);
            blocks.extend(told);
        }
        if !symbol.as_ref().is_some_and(is_secret_value) {
            let mut printed = printed(world, at, action);
            printed.retain(|block| !blocks.contains(block));
            if !printed.is_empty() {
                origin.get_or_insert(action.range);
                blocks.extend(printed);
            }
        }
    }
    let spots = locate::spots(world, at);
    let referred = of_reference(world, at, &spots);
    let given = if referred.is_none() { of_given(world, at, &spots) } else { None };
    for (range, told) in referred.or(given).into_iter().chain(of_field(at, &spots)) {
        origin.get_or_insert(range);
        blocks.extend(told);
    }
    if blocks.is_empty() {
        let values = spots.iter().find_map(|spot| Some((spot, field::value(spot.node)?)));
        if let Some((spot, (range, told))) = values {
            let mut all = Told::default();
            all.take(at, spot.node, range, [told]);
            if let Some((range, told)) = all.finish() {
                origin.get_or_insert(range);
                blocks.extend(told);
            }
        }
    }
    for (range, told) in of_findings(world, at) {
        origin.get_or_insert(range);
        blocks.extend(told);
    }
    Some(Hover { origin: Span { file: at.file, range: origin? }, blocks })
}

/// The member of the root object under the cursor: what it is, and what it is wherever charts are shown.
fn of_member(file: &File, offset: u32) -> Option<(TextRange, Vec<Block>)> {
    let (range, path) = template::member(file, offset)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let mut blocks = vec![Block::text(format!("`.{}`", path.join("."))), Block::text(member_words(&path)?)];
    let value =
        render::member(&options(), &path).filter(|value| value.len() <= MAX_VALUE && !value.contains(['[', '{']));
    blocks.extend(value.map(|value| Block::text(format!("Renders `{value}`"))));
    Some((range, blocks))
}

/// The function under the cursor, where that has words.
fn of_function(file: &File, offset: u32) -> Option<(TextRange, Vec<Block>)> {
    struct Functions<'s>(Vec<(TextRange, &'s str)>);
    impl<'s> Visitor<'s> for Functions<'s> {
        fn expr(&mut self, expr: &'s Expr) {
            if let ExprKind::Function(name) = &expr.kind {
                self.0.push((expr.range, name));
            }
        }
    }
    let mut functions = Functions(Vec::new());
    file.syntax().visit(&mut functions);
    let (range, name) = functions.0.into_iter().find(|(range, _)| range.touches(offset))?;
    let words = function_words(name);
    (!words.is_empty()).then_some((range, words))
}

fn of_symbol(world: &World, at: Cursor, file: &File, symbol: &Symbol) -> Vec<Block> {
    let targets = template::targets(world, at, &symbol.meaning);
    let mut blocks = Vec::new();
    if let Meaning::Files(pattern) = &symbol.meaning {
        let paths = targets.iter().filter_map(|target| world.source(target.name.file)?.path.file_name());
        let shown: Vec<&str> = paths.take(MAX_LISTED).collect();
        let more = if targets.len() > shown.len() { ", …" } else { "" };
        blocks.push(Block::text(match targets.len() {
            0 => format!("`{pattern}` matches no file"),
            count => format!("`{pattern}` matches {count}: {}{more}", describe::list(shown.into_iter())),
        }));
        return blocks;
    }
    for target in targets.iter().take(MAX_SHOWN) {
        let Some(source) = world.source(target.name.file) else { continue };
        // A helper's own name needs no words on where it is.
        let here = target.name == (Span { file: file.source.id, range: symbol.origin });
        match &symbol.meaning {
            Meaning::Helper(name) => {
                blocks.push(Block::text(format!("Helper `{name}`")));
                blocks.extend(helper(world, *target));
            }
            Meaning::Value(path) if path.is_empty() => continue,
            Meaning::Value(path) => {
                blocks.push(Block::text(format!("Value `{}`", path.join("."))));
                blocks.extend(key(world, *target));
            }
            Meaning::ChartKey(key) => {
                blocks.extend(chart_words("", key).map(Block::text));
                blocks.push(Block::yaml(target.full.range.of(&source.text)));
            }
            Meaning::Files(_) => continue,
            Meaning::File(path) => {
                blocks.push(Block::text(format!("File `{path}`, {} bytes", source.text.len())));
                blocks.extend(self::file(world, target.name.file));
            }
        }
        if !here {
            blocks.push(Block::Link { text: "Defined in".into(), to: target.name });
        }
    }
    blocks
}

/// A key of a values file: the comment above it and its value.
pub(super) fn key(world: &World, target: Target) -> Vec<Block> {
    let Some(source) = world.source(target.full.file) else { return Vec::new() };
    let mut blocks: Vec<Block> =
        comment_above(&source.text, target.full.range.start).map(Block::Text).into_iter().collect();
    if !is_secret(target.name.range.of(&source.text)) {
        blocks.push(Block::yaml(&dedent(&source.text, target.full.range)));
    }
    blocks
}

/// The comment above a `define`.
pub(super) fn helper(world: &World, target: Target) -> Option<Block> {
    comment_before(&world.source(target.full.file)?.text, target.full.range.start).map(Block::Text)
}

/// The first lines of a file.
pub(super) fn file(world: &World, id: FileId) -> Option<Block> {
    Some(Block::lines("text", &world.source(id)?.text))
}

/// The value's name says that it is not for everybody's eyes.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["password", "passwd", "secret", "token", "accesskey", "privatekey"].iter().any(|word| name.contains(word))
}

pub(super) fn is_secret_value(symbol: &Symbol) -> bool {
    matches!(&symbol.meaning, Meaning::Value(path) if path.last().is_some_and(|name| is_secret(name)))
}

/// The text of the template comment that ends right before `offset`.
fn comment_before(text: &str, offset: u32) -> Option<String> {
    let before = text.get(..offset as usize)?.trim_end();
    let before = before.strip_suffix("}}")?.trim_end_matches('-').trim_end().strip_suffix("*/")?;
    let start = before.rfind("/*")?;
    let words: Vec<&str> = before[start + 2..].lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

/// The text of the comment lines right above the line of `offset`.
fn comment_above(text: &str, offset: u32) -> Option<String> {
    let start = text.get(..offset as usize)?.rfind('\n')?;
    let mut lines: Vec<&str> = Vec::new();
    for line in text[..start].lines().rev().take(MAX_LINES) {
        let Some(comment) = line.trim_start().strip_prefix('#') else { break };
        lines.push(comment.trim_start_matches([' ', '#', '-']).trim_end());
    }
    lines.reverse();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What the action prints: every different text, the first ones in full.
fn printed(world: &World, at: Cursor, action: &ActionSite) -> Vec<Block> {
    let mut texts: Vec<String> = Vec::new();
    let mut values: Vec<Span> = Vec::new();
    let span = Span { file: at.file, range: action.range };
    let reads_files = world.source(at.file).is_some_and(|source| action.range.of(&source.text).contains("Files."));
    for chart in world.charts_of(at.file) {
        for rendered in chart.rendering().into_iter().flat_map(|render| &render.files) {
            let mut run: Option<TextRange> = None;
            let mut beside: Option<TextRange> = None;
            let mut take = |run: Option<TextRange>| {
                let text = run.map(|run| dedent(rendered.text.as_str(), run)).unwrap_or_default();
                if !text.is_empty() && !texts.contains(&text) {
                    texts.push(text);
                }
            };
            let join = |a: Option<TextRange>, b: Option<TextRange>| match (a, b) {
                (Some(a), Some(b)) => Some(a.cover(b)),
                (a, b) => a.or(b),
            };
            for (range, piece) in rendered.text.pieces() {
                let mine = match piece.origin {
                    Origin::Computed { action, made } if action == span => {
                        values.extend(made.value.filter(|value| !values.contains(value)));
                        true
                    }
                    _ => rendered.calls.chain(piece.calls).iter().any(|call| call.span == span),
                };
                // Indentation, and the text of a file that the action read, are nobody's own.
                let neutral = match piece.origin {
                    Origin::Padding => true,
                    Origin::Verbatim(from) => reads_files && !is_template(world, from.file),
                    _ => false,
                };
                if mine {
                    run = join(join(run, beside.take()), Some(range));
                } else if neutral {
                    beside = join(beside, Some(range));
                } else if run.is_some() {
                    take(join(run.take(), beside.take()));
                } else {
                    beside = None;
                }
            }
            take(join(run, beside.filter(|_| run.is_some())));
        }
    }
    let mut blocks: Vec<Block> = Vec::new();
    for text in texts.iter().take(MAX_SHOWN) {
        if text.lines().count() == 1 && !text.contains('`') && text.len() <= 100 {
            blocks.push(Block::text(format!("Renders `{text}`")));
        } else {
            blocks.push(Block::text("Renders"));
            blocks.push(Block::yaml(text));
        }
    }
    if texts.len() > MAX_SHOWN {
        blocks.push(Block::text(format!("and {} other texts", texts.len() - MAX_SHOWN)));
    }
    if let [value] = values[..] {
        blocks.push(Block::Link { text: "The value comes from".into(), to: value });
    }
    blocks
}

fn is_template(world: &World, file: FileId) -> bool {
    world.source(file).is_some_and(|source| source.path.iter().any(|part| part == "templates"))
}

/// Some lines of a text without the blanks that all of them begin with, and without empty lines around them.
pub(super) fn dedent(text: &str, range: TextRange) -> String {
    let start = range.start as usize;
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |line_break| line_break + 1);
    // The first line is as far in as it stands there.
    let blank = text.get(line..start).is_some_and(|before| before.trim().is_empty());
    let body = if blank { text.get(line..range.end as usize) } else { text.get(start..range.end as usize) };
    let body = body.unwrap_or_default().trim_end();
    let lines: Vec<&str> = body.lines().skip_while(|line| line.trim().is_empty()).collect();
    let filled = lines.iter().skip(usize::from(!blank)).filter(|line| !line.trim().is_empty());
    let indent = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    let cut = |(i, line): (usize, &&str)| {
        let own = line.len() - line.trim_start().len();
        line[if i == 0 && !blank { own } else { own.min(indent) }..].to_owned()
    };
    lines.iter().enumerate().map(cut).collect::<Vec<_>>().join("\n")
}

/// What the rendered text refers to, or is the name of.
fn of_reference(world: &World, at: Cursor, spots: &[Spot<'_>]) -> Option<(TextRange, Vec<Block>)> {
    let mut told = Told::default();
    let mut lookup = Lookup::new(world);
    for spot in spots {
        if let Some(path) = addons::path_at(world, *spot) {
            let mut blocks =
                vec![Block::text(format!("Value `{}` of chart `{}`", path.keys.join("."), path.chart.name()))];
            for target in template::values_of(path.chart, &path.keys) {
                blocks.extend(key(world, target));
                blocks.push(Block::Link { text: "Defined in".into(), to: target.name });
            }
            told.take(at, spot.node, path.origin, [blocks]);
            continue;
        }
        let (name, things, own) = match reference::reference(&mut lookup, *spot) {
            Some(reference) => (reference.origin, reference.things, false),
            None if key_of(spot.node).and_then(|key| key.text()) == Some("name")
                && spot.node.parent().and_then(list_of) == Some("componentDefs") =>
            {
                let Some(thing) = reference::component_itself(*spot) else { continue };
                (content(spot.node), vec![thing], true)
            }
            None => {
                if let Some((name, block)) = environment::given_by_kubeblocks(*spot) {
                    told.take(at, spot.node, name, [vec![block]]);
                }
                continue;
            }
        };
        let pattern = of_pattern(world, spot, &things).map(|block| vec![block]);
        let things = things.iter().map(|thing| describe::describe(thing, own));
        told.take(at, spot.node, name, pattern.into_iter().chain(things));
    }
    told.finish()
}

/// What is given its name under the cursor, and who uses it.
fn of_given<'w>(world: &'w World, at: Cursor, spots: &[Spot<'w>]) -> Option<(TextRange, Vec<Block>)> {
    let (thing, found) = references::given(world, at, spots)?;
    let own = found.definitions.iter().find(|own| own.name.file == at.file && own.name.range.touches(at.offset))?;
    let mut blocks = describe::describe(&thing, true);
    blocks.extend(used("Used", &found));
    Some((own.name.range, blocks))
}

/// How often something is used, and the first places of it.
fn used(verb: &str, found: &References) -> Vec<Block> {
    let count = match found.uses.len() {
        0 => return Vec::new(),
        1 => format!("{verb} once"),
        many => format!("{verb} {many} times"),
    };
    let shown = found.uses.iter().take(MAX_SHOWN);
    let links = shown.map(|used| Block::Link { text: format!("{verb} in"), to: used.span });
    [Block::text(count)].into_iter().chain(links).collect()
}

/// What a pattern takes, where that is not one object of this very name.
fn of_pattern(world: &World, spot: &Spot<'_>, things: &[Thing<'_>]) -> Option<Block> {
    let site = world.index().site_at(spot.node).filter(|site| site.field.mode != Mode::Exact)?;
    let names: Vec<&str> = things.iter().filter_map(|thing| thing.item.document.name_text()).collect();
    let pattern = site.text();
    if names.is_empty() || names == [pattern] {
        return None;
    }
    let shown = names.iter().take(MAX_LISTED).copied();
    let more = if names.len() > MAX_LISTED { ", …" } else { "" };
    Some(Block::text(format!("`{pattern}` matches {}: {}{more}", names.len(), describe::list(shown))))
}

/// A key of Chart.yaml.
fn of_chart_file(world: &World, at: Cursor) -> Option<Hover> {
    let file = world.files.get(&at.file).filter(|file| file.source.path.file_name() == Some("Chart.yaml"))?;
    if let Some(named) = manifest::named(world, at) {
        return Some(Hover { origin: named.origin, blocks: manifest::words(world, at, &named) });
    }
    let outline = file.outline();
    let id = outline.ids().find(|id| outline.key(*id).is_some() && outline.entry(*id).range.touches(at.offset))?;
    let path = outline.path(Some(id)).to_string();
    let (key, within) = (outline.key(id)?, outline.path(outline.entry(id).parent).to_string());
    let mut blocks = vec![Block::text(format!("Chart.yaml `{path}`"))];
    blocks.extend(chart_words(&within, key).map(Block::text));
    if key == RANGE {
        let chart = world.charts_of(at.file).into_iter().next()?;
        let releases = chart.promised()?;
        blocks.push(Block::text(format!("Checked for KubeBlocks {releases}")));
    }
    (blocks.len() > 1).then(|| Hover { origin: Span { file: at.file, range: outline.entry(id).range }, blocks })
}

/// A key of a values file: what is said of it, and who reads it.
fn of_value_key(world: &World, at: Cursor) -> Option<Hover> {
    let path = value_key(world, at)?;
    let found = references(world, at)?;
    let source = world.source(at.file)?;
    let own = found.definitions.iter().find(|own| own.name.file == at.file && own.name.range.touches(at.offset))?;
    let mut blocks = vec![Block::text(format!("Value `{}`", path.join(".")))];
    blocks.extend(comment_above(&source.text, own.full.range.start).map(Block::Text));
    blocks.extend(
        world.charts_of(at.file).into_iter().find_map(|chart| template::schema_words(chart, &path)).map(Block::Text),
    );
    if found.uses.is_empty() {
        blocks.push(Block::text("No template reads it by this name."));
    }
    blocks.extend(used("Read", &found));
    Some(Hover { origin: own.name, blocks })
}

/// The pages of the rules that speak of this place, as far as they say why.
fn of_findings(world: &World, at: Cursor) -> Vec<(TextRange, Vec<Block>)> {
    let mut told: Vec<(&str, TextRange)> = Vec::new();
    for finding in rules::findings_in(world, at.file).iter().filter(|found| found.span.range.touches(at.offset)) {
        if !told.iter().any(|(rule, _)| *rule == finding.rule) {
            told.push((finding.rule, finding.span.range));
        }
    }
    let page = |(name, range): (&str, TextRange)| {
        let rule = rules::find(name)?;
        let title = Block::text(format!("Rule `{name}`: {}", rule.summary));
        Some((range, [title].into_iter().chain(why(rule.page)).collect()))
    };
    told.into_iter().take(MAX_SHOWN).filter_map(page).collect()
}

/// The first paragraph of a page's `Why`.
fn why(page: &str) -> Option<Block> {
    let (_, rest) = page.split_once("## Why\n")?;
    let words = rest.trim_start().split("\n\n").next()?;
    (!words.is_empty() && !words.starts_with(['#', '`', '-'])).then(|| Block::text(words.replace('\n', " ")))
}

/// What the key is for.
fn of_field(at: Cursor, spots: &[Spot<'_>]) -> Option<(TextRange, Vec<Block>)> {
    let mut told = Told::default();
    for spot in spots {
        if let Some((range, blocks)) = field::field(spot.node).or_else(|| field::version(spot.node)) {
            told.take(at, spot.node, range, [blocks]);
        }
    }
    told.finish()
}

/// What is told of all that one text became, without repetition.
#[derive(Default)]
struct Told {
    origin: Option<TextRange>,
    blocks: Vec<Vec<Block>>,
}

impl Told {
    /// `range` are bytes of the node's rendered text.
    fn take(&mut self, at: Cursor, node: Node<'_>, range: TextRange, blocks: impl IntoIterator<Item = Vec<Block>>) {
        let Some(site) = node.document.rendered().text.site(range) else { return };
        let here = if site.span.file == at.file { site.span.range } else { TextRange::empty(at.offset as usize) };
        self.origin.get_or_insert(here);
        for blocks in blocks {
            if !self.blocks.contains(&blocks) {
                self.blocks.push(blocks);
            }
        }
    }

    fn finish(self) -> Option<(TextRange, Vec<Block>)> {
        let more = self.blocks.len().saturating_sub(MAX_SHOWN);
        let more = (more > 0).then(|| Block::text(format!("and {more} more")));
        Some((self.origin?, self.blocks.into_iter().take(MAX_SHOWN).flatten().chain(more).collect()))
    }
}

#[cfg(test)]
mod tests;
