//! A graph without cycles, in layers from left to right.
//!
//! Each node stands one layer right of the last of those it waits for; within a layer, nodes are put in the order of
//! the middle of their neighbours, a few times to and fro, which leaves few crossings. Long edges are bent through
//! every layer that they pass, so that none runs across a node.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Escaped, Picture, Svg};
use crate::view::State;

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// How it is; nothing for a graph that does not run.
    pub(crate) state: Option<State>,
    pub(crate) href: Option<String>,
}

/// From one node to another that waits for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Nodes and edges.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    /// The whole in one sentence.
    pub(crate) summary: String,
    pub(crate) nodes: Vec<Node>,
    pub(crate) edges: Vec<Edge>,
}

const WIDE: i64 = 140;
const HIGH: i64 = 48;
const GAP_X: i64 = 26;
const GAP_Y: i64 = 20;
const MARGIN: i64 = 4;
const SWEEPS: usize = 6;
/// A name that is wider does not fit into a box; a Chinese character is as wide as two letters.
const WIDEST: usize = 16;

/// What stands in a place of a layer: a node, or the bend of an edge that passes.
type Layers = Vec<Vec<usize>>;

/// Where everything is: things beyond the nodes are bends.
struct Layout {
    layers: Layers,
    /// Edges by steps of one layer, as places of things.
    paths: Vec<Vec<usize>>,
}

impl Graph {
    pub(crate) fn draw(&self) -> Picture {
        let layout = self.layout();
        let tallest = layout.layers.iter().map(Vec::len).max().unwrap_or(0) as i64;
        let width = layout.layers.len() as i64 * (WIDE + GAP_X) - GAP_X + 2 * MARGIN;
        let height = tallest * (HIGH + GAP_Y) - GAP_Y + 2 * MARGIN;
        let mut corner = HashMap::new();
        for (layer, things) in layout.layers.iter().enumerate() {
            let left = MARGIN + layer as i64 * (WIDE + GAP_X);
            let used = things.len() as i64 * (HIGH + GAP_Y) - GAP_Y;
            let top = MARGIN + (height - 2 * MARGIN - used) / 2;
            for (place, thing) in things.iter().enumerate() {
                corner.insert(*thing, (left, top + place as i64 * (HIGH + GAP_Y)));
            }
        }
        let (width, height) = (width.max(1), height.max(1));
        let mut svg = format!(
            r#"<svg class="graph" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{}">"#,
            Escaped(&self.summary)
        );
        for path in &layout.paths {
            self.path(&mut svg, path, &corner);
        }
        for (place, node) in self.nodes.iter().enumerate() {
            if let Some((x, y)) = corner.get(&place) {
                draw_node(&mut svg, node, *x, *y);
            }
        }
        svg.push_str("</svg>");
        Picture { svg: Svg(svg), is_wide: true, ..Picture::default() }
    }

    fn path(&self, svg: &mut String, path: &[usize], corner: &HashMap<usize, (i64, i64)>) {
        let mut line = String::new();
        for step in path.windows(2) {
            let (Some((x1, y1)), Some((x2, y2))) = (corner.get(&step[0]), corner.get(&step[1])) else {
                return;
            };
            let (x1, y1, x2, y2) = (x1 + WIDE, y1 + HIGH / 2, *x2, y2 + HIGH / 2);
            let middle = (x1 + x2) / 2;
            if line.is_empty() {
                let _ = write!(line, "M{x1} {y1}");
            }
            let _ = write!(line, "C{middle} {y1} {middle} {y2} {x2} {y2}");
            if step[1] >= self.nodes.len() {
                let _ = write!(line, "L{} {y2}", x2 + WIDE);
            } else {
                let _ = write!(line, "m-6-4 6 4-6 4");
            }
        }
        let _ = write!(svg, r#"<path class="edge" d="{line}"/>"#);
    }

    fn layout(&self) -> Layout {
        let place: HashMap<i64, usize> =
            self.nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
        let edges: Vec<(usize, usize)> = self
            .edges
            .iter()
            .filter_map(|edge| Some((*place.get(&edge.from)?, *place.get(&edge.to)?)))
            .filter(|(from, to)| from != to)
            .collect();
        let layer_of = layers_of(self.nodes.len(), &edges);
        let count = layer_of.iter().max().map_or(0, |last| last + 1);
        let mut layers: Layers = vec![Vec::new(); count];
        for (node, layer) in layer_of.iter().enumerate() {
            layers[*layer].push(node);
        }
        let mut things = self.nodes.len();
        let mut paths = Vec::new();
        for (from, to) in edges {
            let mut path = vec![from];
            // An edge of a cycle, which no rule lets into a workflow, would lead backwards.
            for layer in layers.iter_mut().take(layer_of[to]).skip(layer_of[from] + 1) {
                layer.push(things);
                path.push(things);
                things += 1;
            }
            path.push(to);
            paths.push(path);
        }
        let steps: Vec<(usize, usize)> =
            paths.iter().flat_map(|path| path.windows(2).map(|step| (step[0], step[1]))).collect();
        for sweep in 0..SWEEPS {
            order(&mut layers, &steps, sweep % 2 == 0);
        }
        Layout { layers, paths }
    }
}

/// For each node, the length of the longest way that leads to it.
fn layers_of(nodes: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut layers = vec![0; nodes];
    // Without a cycle, no way is longer than there are nodes.
    for _ in 0..nodes {
        let mut moved = false;
        for (from, to) in edges {
            let least = layers[*from] + 1;
            if layers[*to] < least && least < nodes {
                layers[*to] = least;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    layers
}

/// Puts each layer in the order of the middle of its neighbours on one side.
fn order(layers: &mut Layers, steps: &[(usize, usize)], rightwards: bool) {
    let count = layers.len();
    for turn in 1..count {
        let (layer, beside) = if rightwards { (turn, turn - 1) } else { (count - 1 - turn, count - turn) };
        let place: HashMap<usize, usize> =
            layers[beside].iter().enumerate().map(|(at, thing)| (*thing, at)).collect();
        let middle = |thing: usize, now: usize| {
            let neighbours = steps.iter().filter_map(|(from, to)| match (rightwards, *from, *to) {
                (true, from, to) if to == thing => place.get(&from),
                (false, from, to) if from == thing => place.get(&to),
                _ => None,
            });
            let (sum, n) = neighbours.fold((0, 0), |(sum, n), at| (sum + at, n + 1));
            if n == 0 { now as f64 } else { sum as f64 / f64::from(n) }
        };
        let mut keyed: Vec<(f64, usize)> =
            layers[layer].iter().enumerate().map(|(now, thing)| (middle(*thing, now), *thing)).collect();
        keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
        layers[layer] = keyed.into_iter().map(|(_, thing)| thing).collect();
    }
}

/// As much of a name as fits.
fn cut(name: &str) -> &str {
    let mut width = 0;
    let mut end = name.len();
    for (place, character) in name.char_indices() {
        width += if character < '\u{2e80}' { 1 } else { 2 };
        if width > WIDEST {
            end = place;
            break;
        }
    }
    &name[..end]
}

fn draw_node(svg: &mut String, node: &Node, x: i64, y: i64) {
    let tone = node.state.as_ref().map_or("none", |state| state.tone.class());
    if let Some(href) = &node.href {
        let _ = write!(svg, r#"<a href="{}">"#, Escaped(href));
    }
    let _ = write!(svg, r#"<g class="node {tone}"><title>{}"#, Escaped(&node.name));
    if let Some(state) = &node.state {
        let _ = write!(svg, " · {}", Escaped(&state.word));
    }
    let _ = write!(svg, r#"</title><rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6"/>"#);
    let short = cut(&node.name);
    let dots = if short.len() < node.name.len() { "…" } else { "" };
    let baseline = if node.state.is_some() { 20 } else { 29 };
    let _ = write!(svg, r#"<text x="{}" y="{}">{}{dots}</text>"#, x + 12, y + baseline, Escaped(short));
    if let Some(state) = &node.state {
        let _ = write!(
            svg,
            r#"<svg x="{}" y="{}" width="14" height="14" overflow="visible">{}</svg><text class="word" x="{}" y="{}">{}</text>"#,
            x + 11,
            y + 26,
            state.tone.icon(),
            x + 31,
            y + 38,
            Escaped(&state.word)
        );
    }
    svg.push_str("</g>");
    if node.href.is_some() {
        svg.push_str("</a>");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Tone;

    fn graph(nodes: i64, edges: &[(i64, i64)]) -> Graph {
        Graph {
            summary: "g".into(),
            nodes: (0..nodes)
                .map(|id| Node { id, name: format!("<n{id}>"), state: None, href: None })
                .collect(),
            edges: edges.iter().map(|(from, to)| Edge { from: *from, to: *to }).collect(),
        }
    }

    fn crossings(layout: &Layout) -> usize {
        let place: HashMap<usize, (usize, usize)> = layout
            .layers
            .iter()
            .enumerate()
            .flat_map(|(layer, things)| {
                things.iter().enumerate().map(move |(at, thing)| (*thing, (layer, at)))
            })
            .collect();
        let steps: Vec<_> = layout
            .paths
            .iter()
            .flat_map(|path| path.windows(2))
            .map(|step| (place[&step[0]], place[&step[1]].1))
            .collect();
        let crosses = |(a, x): &((usize, usize), usize), (b, y): &((usize, usize), usize)| {
            a.0 == b.0 && ((a.1 < b.1 && x > y) || (a.1 > b.1 && x < y))
        };
        (0..steps.len()).map(|i| steps[..i].iter().filter(|other| crosses(&steps[i], other)).count()).sum()
    }

    #[test]
    fn each_node_stands_right_of_all_it_waits_for() {
        let layout = graph(5, &[(0, 1), (1, 2), (0, 2), (2, 4), (3, 4)]).layout();
        let layer = |node: usize| layout.layers.iter().position(|layer| layer.contains(&node)).unwrap();
        assert_eq!([layer(0), layer(1), layer(2), layer(3), layer(4)], [0, 1, 2, 0, 3]);
        // The way from 0 to 2 passes one layer, the one from 3 to 4 two.
        let bends: Vec<usize> = layout.paths.iter().map(|path| path.len() - 2).collect();
        assert_eq!(bends, [0, 0, 1, 0, 2]);
    }

    #[test]
    fn an_order_without_crossings_is_found() {
        // Two diamonds whose edges are named crosswise.
        let layout = graph(6, &[(0, 5), (1, 4), (0, 3), (1, 2), (2, 4), (3, 5)]).layout();
        assert_eq!(crossings(&layout), 0);
    }

    #[test]
    fn what_no_rule_allows_still_ends() {
        let cycle = graph(3, &[(0, 1), (1, 2), (2, 0), (1, 1), (0, 9)]).draw();
        assert!(cycle.svg.to_string().contains("&lt;n0&gt;"));
        assert!(graph(0, &[]).draw().svg.to_string().starts_with("<svg"));
    }

    #[test]
    fn names_are_cut_where_they_do_not_fit() {
        assert_eq!(cut("load warehouse"), "load warehouse");
        assert_eq!(cut("load the whole warehouse"), "load the whole w");
        assert_eq!(cut("日终对账与结算报表生成"), "日终对账与结算报");
    }

    #[test]
    fn states_have_a_shape_and_a_word() {
        let mut graph = graph(1, &[]);
        graph.nodes[0].state = Some(State::new(Tone::Bad, "Failed"));
        let svg = graph.draw().svg.to_string();
        assert!(
            svg.contains("node bad") && svg.contains(">Failed</text>") && svg.contains(r#"class="icon""#)
        );
    }
}
