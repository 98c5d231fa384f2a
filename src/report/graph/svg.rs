//! A layered drawing: arrows lead down, each frame has its own rows.

use super::{Graph, Shape};

/// Sizes, in pixels.
const CHAR: usize = 8;
const LINE: usize = 16;
const PAD: usize = 10;
const GAP: usize = 30;
const ROW_GAP: usize = 50;
/// Nodes side by side; more begin a new row.
const MAX_ROW: usize = 8;

#[derive(Clone, Copy, Default)]
struct Rect {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

/// Which row each node is in: below all whose arrows lead to it, as far as arrows lead in no circle.
fn rows(graph: &Graph, nodes: &[usize]) -> Vec<Vec<usize>> {
    let mut depth = vec![0; graph.nodes.len()];
    // Longest ways, without those that would never end.
    for _ in 0..nodes.len() {
        let mut changed = false;
        for edge in graph.edges.iter().filter(|edge| nodes.contains(&edge.from) && nodes.contains(&edge.to)) {
            let below = depth[edge.from] + 1;
            if edge.from != edge.to && depth[edge.to] < below && below < nodes.len() {
                depth[edge.to] = below;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    let mut used: Vec<usize> = nodes.iter().map(|node| depth[*node]).collect();
    used.sort_unstable();
    used.dedup();
    let of = |row: usize| nodes.iter().copied().filter(|node| depth[*node] == row).collect::<Vec<_>>();
    used.into_iter().flat_map(|row| of(row).chunks(MAX_ROW).map(<[usize]>::to_vec).collect::<Vec<_>>()).collect()
}

pub(super) fn draw(graph: &Graph) -> String {
    let mut places = vec![Rect::default(); graph.nodes.len()];
    let mut frames: Vec<(Rect, &str)> = Vec::new();
    let (mut y, mut width) = (GAP, 0);
    let groups = (0..graph.groups.len()).map(Some).chain([None]);
    for group in groups {
        let nodes: Vec<usize> = (0..graph.nodes.len()).filter(|node| graph.nodes[*node].group == group).collect();
        if nodes.is_empty() {
            continue;
        }
        let top = y;
        y += GAP;
        let mut right = 0;
        for row in rows(graph, &nodes) {
            let (mut x, mut below) = (GAP * 2, 0);
            for node in row {
                let label = &graph.nodes[node].label;
                let chars = label.iter().map(|line| line.chars().count()).max().unwrap_or_default();
                let rect = Rect { x, y, width: chars * CHAR + PAD * 2, height: label.len() * LINE + PAD * 2 };
                x += rect.width + GAP;
                below = below.max(rect.height);
                places[node] = rect;
            }
            right = right.max(x);
            y += below + ROW_GAP;
        }
        y -= ROW_GAP - GAP / 2;
        if let Some(group) = group {
            right = right.max(GAP * 3 + graph.groups[group].chars().count() * CHAR);
            frames.push((Rect { x: GAP, y: top, width: right - GAP, height: y - top }, &graph.groups[group]));
        }
        width = width.max(right + GAP);
        y += GAP;
    }
    write(graph, &places, &frames, width.max(GAP * 2), y)
}

fn write(graph: &Graph, places: &[Rect], frames: &[(Rect, &str)], width: usize, height: usize) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
         {height}\" font-family=\"sans-serif\" font-size=\"13\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" \
         refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" \
         fill=\"#555\"/></marker></defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for (rect, name) in frames {
        out.push_str(&boxed(*rect, 6, "#f6f8fa", "#999"));
        out.push_str(&words(rect.x + PAD, rect.y + LINE + 2, "start", name));
    }
    for edge in &graph.edges {
        out.push_str(&arrow(places[edge.from], places[edge.to], edge.dashed, &edge.label));
    }
    for (node, rect) in graph.nodes.iter().zip(places) {
        let (round, fill) = if node.shape == Shape::Component { (12, "#e3f2fd") } else { (2, "#fff8e1") };
        out.push_str(&boxed(*rect, round, fill, "#555"));
        for (at, line) in node.label.iter().enumerate() {
            out.push_str(&words(rect.x + rect.width / 2, rect.y + PAD + LINE * (at + 1) - 4, "middle", line));
        }
    }
    out.push_str("</svg>\n");
    out
}

fn boxed(rect: Rect, round: usize, fill: &str, stroke: &str) -> String {
    let Rect { x, y, width, height } = rect;
    format!(
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{round}\" fill=\"{fill}\" \
         stroke=\"{stroke}\"/>\n"
    )
}

fn words(x: usize, y: usize, anchor: &str, text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>\n")
}

/// From the side that looks at the other node.
fn arrow(from: Rect, to: Rect, dashed: bool, label: &str) -> String {
    let middle = |rect: Rect| rect.x + rect.width / 2;
    let (x1, y1, x2, y2) = if from.y + from.height <= to.y {
        (middle(from), from.y + from.height, middle(to), to.y)
    } else if to.y + to.height <= from.y {
        (middle(from), from.y, middle(to), to.y + to.height)
    } else if from.x < to.x {
        (from.x + from.width, from.y + from.height / 2, to.x, to.y + to.height / 2)
    } else {
        (from.x, from.y + from.height / 2, to.x + to.width, to.y + to.height / 2)
    };
    let dash = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
    let line = format!(
        "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" stroke=\"#555\"{dash} marker-end=\"url(#tip)\"/>\n"
    );
    if label.is_empty() { line } else { line + &words(x1.midpoint(x2) + 4, y1.midpoint(y2), "start", label) }
}
