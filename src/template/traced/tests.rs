//! Tests of traced text.

use super::*;
use crate::text::FileId;

fn sample() -> Traced {
    let mut text = Traced::new();
    text.push("ab\ncd", Origin::Verbatim(Span::new(FileId(0), 10, 15)), CallId(0));
    text.push("é\n", Origin::Made(Made::default()), CallId(0));
    text.push("ef", Origin::Verbatim(Span::new(FileId(0), 30, 32)), CallId(0));
    text
}

fn verbatim(text: &Traced) -> Vec<(&str, u32)> {
    let of = |(range, piece): (TextRange, Piece)| match piece.origin {
        Origin::Verbatim(span) => Some((&text.as_str()[range.start as usize..range.end as usize], span.range.start)),
        _ => None,
    };
    text.pieces().filter_map(of).collect()
}

#[test]
fn slices_know_where_they_come_from() {
    let text = sample();
    let cases = [(1..4, "b\nc"), (3..6, "cd"), (4..10, "dé\nef"), (0..0, ""), (9..99, "f"), (5..5, "")];
    let mut cutter = text.cutter();
    for (range, expected) in cases {
        let slice = cutter.cut(range.clone());
        assert_eq!(slice.as_str(), expected);
        assert_eq!(slice, text.slice(range));
        assert_eq!(slice.pieces().map(|(range, _)| range.len()).sum::<usize>(), slice.len());
    }
    assert_eq!(verbatim(&text.slice(4..10)), [("d", 14), ("ef", 30)]);
}

#[test]
fn edits_keep_origins() {
    let text = sample();
    let indented = text.indent(2);
    assert_eq!(indented.as_str(), "  ab\n  cdé\n  ef");
    assert_eq!(verbatim(&indented), [("ab\n", 10), ("cd", 13), ("ef", 30)]);
    assert_eq!(Traced::new().indent(1).as_str(), " ");
    assert_eq!(Traced::made("a\n", Made::default()).indent(1).as_str(), " a\n ");
    let replaced = text.replace("\n", &Traced::made("; ", Made::default()), Some(1));
    assert_eq!(replaced.as_str(), "ab; cdé\nef");
    assert_eq!(verbatim(&replaced), [("ab", 10), ("cd", 13), ("ef", 30)]);
    let parts = text.split("\n");
    assert_eq!(parts.iter().map(Traced::as_str).collect::<Vec<_>>(), ["ab", "cdé", "ef"]);
    assert_eq!(verbatim(&parts[1]), [("cd", 13)]);
}

#[test]
fn lines_of_a_file_are_one_piece_however_deep() {
    let lines = "ab\n\n  cd\né\nef";
    let mut file = Traced::new();
    file.push(lines, Origin::Verbatim(Span::new(FileId(3), 7, 7 + lines.len())), CallId(2));
    let mut text = Traced::new();
    text.push("x: ", Origin::Verbatim(Span::new(FileId(0), 0, 3)), CallId(0));
    text.push("\n", Origin::Padding, CallId(0));
    text.append(&file.indent(2).indent(1));
    text.push("\ny: ", Origin::Verbatim(Span::new(FileId(0), 9, 13)), CallId(0));
    assert_eq!(text.as_str(), "x: \n   ab\n   \n     cd\n   é\n   ef\ny: ");
    let own = ["x: ", "ab\n", "\n", "  cd\n", "é\n", "ef", "\ny: "];
    let at: Vec<_> = own.iter().zip([0, 7, 10, 11, 16, 19, 9]).map(|(text, at)| (*text, at)).collect();
    assert_eq!((verbatim(&text), text.pieces.len()), (at, 4));
    let all: Vec<_> = text.pieces().collect();
    for start in (0..=text.len()).filter(|at| text.as_str().is_char_boundary(*at)) {
        let part = TextRange::new(start, text.len());
        let within: Vec<_> = all.iter().filter_map(|(at, piece)| piece.within(*at, part)).collect();
        assert_eq!(text.pieces_in(part).collect::<Vec<_>>(), within, "{start}");
        let mut again = text.slice(0..start);
        again.append(&text.slice(start..text.len()));
        assert_eq!(again, text, "{start}");
    }
}

/// `name: {{ include "full" . }}-x`, where `full` includes `name` twice.
#[test]
fn text_of_several_calls_stands_where_they_meet() {
    let (template, helpers) = (FileId(0), FileId(1));
    let mut calls = Calls::default();
    let call = |span, name: &str, parent| Call { span, name: name.into(), parent };
    let full = calls.push(call(Span::new(template, 6, 29), "full", CallId(0)));
    let first = calls.push(call(Span::new(helpers, 50, 60), "name", full));
    let second = calls.push(call(Span::new(helpers, 61, 71), "name", full));
    let mut text = Traced::new();
    text.push("name: ", Origin::Verbatim(Span::new(template, 0, 6)), CallId(0));
    text.push("a", Origin::Verbatim(Span::new(helpers, 9, 10)), first);
    text.push("-", Origin::Verbatim(Span::new(helpers, 60, 61)), full);
    text.push("a", Origin::Verbatim(Span::new(helpers, 9, 10)), second);
    text.push("-x", Origin::Verbatim(Span::new(template, 29, 31)), CallId(0));
    for (range, file, source, id) in [
        (6..7, helpers, 9..10, first),
        (6..9, helpers, 50..71, full),
        (7..9, helpers, 60..71, full),
        (6..11, template, 6..31, CallId(0)),
        (0..11, template, 0..31, CallId(0)),
        (9..11, template, 29..31, CallId(0)),
    ] {
        let site = text.site_in(TextRange::new(range.start, range.end), &calls).unwrap();
        assert_eq!((site.span, site.calls), (Span::new(file, source.start, source.end), id), "{range:?}");
        assert_eq!(site.verbatim, source.len() == range.len() && id != full, "{range:?}");
    }
}

#[test]
fn sites_cover_what_stands_together() {
    let action = Span::new(FileId(0), 15, 25);
    let value = Some(Span::new(FileId(7), 3, 6));
    let mut text = sample().slice(0..5);
    text.push("val", Origin::Computed { action, made: Made { value, known: true } }, CallId(0));
    text.push("  ", Origin::Padding, CallId(0));
    text.push("x", Origin::Verbatim(Span::new(FileId(1), 0, 1)), CallId(1));
    assert_eq!(text.as_str(), "ab\ncdval  x");
    // Range of the text, source, verbatim, value.
    let cases = [
        (1..4, (0, 11..14), true, None),
        (5..8, (0, 15..25), false, value),
        (6..6, (0, 15..25), false, value),
        (3..7, (0, 13..25), false, None),
        (8..10, (0, 0..0), false, None),
        (7..11, (0, 15..25), false, None),
        (10..11, (1, 0..1), true, None),
        (11..11, (1, 0..1), true, None),
    ];
    for (range, (file, source), verbatim, value) in cases {
        let site = text.site(TextRange::new(range.start, range.end));
        let Some(site) = site else {
            assert_eq!(range, 8..10, "only padding has no site");
            continue;
        };
        assert_eq!(site.span, Span::new(FileId(file), source.start, source.end), "{range:?}");
        assert_eq!((site.verbatim, site.value), (verbatim, value), "{range:?}");
    }
    assert!(text.site(TextRange::new(99, 100)).is_none());
}

#[test]
fn places_lead_down() {
    let helper = Origin::Verbatim(Span::new(FileId(1), 10, 16));
    let mut text = Traced::new();
    text.push("a: ", Origin::Verbatim(Span::new(FileId(0), 0, 3)), CallId(0));
    text.push("helper", helper, CallId(1));
    text.push("\n", Origin::Verbatim(Span::new(FileId(0), 20, 21)), CallId(0));
    text.push("helper", helper, CallId(2));
    let action = Span::new(FileId(0), 3, 20);
    text.push("made", Origin::Computed { action, made: Made::default() }, CallId(0));
    let places = |file, start, end| -> Vec<_> {
        let ranges = text.places(Span::new(FileId(file), start, end));
        ranges.into_iter().map(|range| &text.as_str()[range.as_usize()]).collect()
    };
    assert_eq!(places(1, 12, 14), ["lp", "lp"]);
    assert_eq!(places(1, 0, 99), ["helper", "helper"]);
    assert_eq!(places(1, 12, 12), ["", ""]);
    assert_eq!(places(0, 5, 6), ["made"]);
    assert_eq!(places(0, 1, 2), [":"]);
    assert!(places(2, 0, 9).is_empty());
}
