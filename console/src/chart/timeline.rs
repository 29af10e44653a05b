//! What became of due times along time: who ran when, how late, and what did not run.
//!
//! Places along time are percentages and marks have fixed sizes, so the picture fits every width and no mark is
//! ever stretched. Each fate has a shape of its own.

use std::fmt::Write as _;

use muster_core::Timestamp;

use super::{Escaped, Picture, Svg};

/// What became of a due time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Ran,
    Pending,
    Skipped,
    Lost,
}

impl Fate {
    pub(crate) const ALL: [Self; 4] = [Self::Ran, Self::Pending, Self::Skipped, Self::Lost];

    /// Its mark, around the origin.
    const fn shape(self) -> &'static str {
        match self {
            Self::Ran => r#"<circle class="ran" r="4"/>"#,
            Self::Pending => r#"<circle class="pending" r="3.5"/>"#,
            Self::Skipped => r#"<path class="skipped" d="M0-4.5 4.5 0 0 4.5-4.5 0z"/>"#,
            Self::Lost => r#"<path class="lost" d="m-4-4 8 8m0-8-8 8"/>"#,
        }
    }

    /// The mark alone, for a legend.
    fn sample(self) -> Svg {
        Svg(format!(
            r#"<svg class="mark" width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">{}</svg>"#,
            self.shape()
        ))
    }
}

/// One row of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Which of the lanes.
    pub(crate) lane: usize,
    pub(crate) fate: Fate,
    pub(crate) from: Timestamp,
    /// The last of several due times in a row.
    pub(crate) to: Timestamp,
    /// Milliseconds, for what ran.
    pub(crate) late_ms: Option<i64>,
    /// What the pointer reads.
    pub(crate) label: String,
    pub(crate) href: Option<String>,
}

/// What the marks of one job stand on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) name: String,
}

/// A span of time with what happened in it.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    /// The whole in one sentence, for those who do not see it.
    pub(crate) summary: String,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// With names: one lane for each job. Without: one job, drawn by how late it was.
    pub(crate) lanes: Vec<Lane>,
    pub(crate) marks: Vec<Mark>,
}

const LANE: i64 = 40;
/// The lines of the picture by lateness: milliseconds and how it is written.
const LATE: [(i64, &str); 4] = [(60_000, "1 min"), (1_000, "1 s"), (100, "100 ms"), (10, "10 ms")];
const LATE_HEIGHT: i64 = 144;
/// What did not run stands below.
const BELOW: i64 = 136;

impl Timeline {
    /// The picture; `words` name the fates in the legend, in the order of [`Fate::ALL`].
    pub(crate) fn draw(&self, words: [String; 4], from: String, to: String) -> Picture {
        let by_lateness = self.lanes.is_empty();
        let height = if by_lateness { LATE_HEIGHT } else { LANE * self.lanes.len() as i64 + 8 };
        let mut svg = format!(
            r#"<svg class="timeline" width="100%" height="{height}" role="img" aria-label="{}">"#,
            Escaped(&self.summary)
        );
        if by_lateness {
            for (ms, word) in LATE {
                let y = y_of(ms);
                line(&mut svg, y);
                let _ = write!(svg, r#"<text x="0" y="{}">{word}</text>"#, y - 3);
            }
            line(&mut svg, BELOW);
        }
        for (place, lane) in self.lanes.iter().enumerate() {
            let y = LANE * (place as i64 + 1) - 8;
            line(&mut svg, y);
            let _ = write!(svg, r#"<text x="0" y="{}">{}</text>"#, y - 12, Escaped(&lane.name));
        }
        for mark in &self.marks {
            self.mark(&mut svg, mark);
        }
        svg.push_str("</svg>");
        let seen = |fate: &Fate| self.marks.iter().any(|mark| mark.fate == *fate);
        let legend = Fate::ALL.into_iter().zip(words).filter(|(fate, _)| seen(fate));
        Picture {
            svg: Svg(svg),
            legend: legend.map(|(fate, word)| (fate.sample(), word)).collect(),
            axis: Some((from, to)),
            is_wide: false,
        }
    }

    fn mark(&self, svg: &mut String, mark: &Mark) {
        let y = match (self.lanes.is_empty(), mark.late_ms) {
            (false, _) => LANE * (mark.lane as i64 + 1) - 8,
            (true, Some(late)) => y_of(late),
            (true, None) => BELOW,
        };
        let (x, end) = (self.x_of(mark.from), self.x_of(mark.to));
        let anchor = mark.href.as_ref();
        if let Some(href) = anchor {
            let _ = write!(svg, r#"<a href="{}" tabindex="-1">"#, Escaped(href));
        }
        let _ = write!(svg, "<g><title>{}</title>", Escaped(&mark.label));
        if mark.to > mark.from {
            let _ = write!(svg, r#"<line class="span" x1="{x}%" x2="{end}%" y1="{y}" y2="{y}"/>"#);
            let _ = write!(svg, r#"<svg x="{end}%" y="{y}" overflow="visible">{}</svg>"#, mark.fate.shape());
        }
        let _ = write!(svg, r#"<svg x="{x}%" y="{y}" overflow="visible">{}</svg></g>"#, mark.fate.shape());
        if anchor.is_some() {
            svg.push_str("</a>");
        }
    }

    /// Per cent of the width, with a place for half a mark on both sides.
    fn x_of(&self, at: Timestamp) -> String {
        let whole = self.to.since(self.from).max(1) as f64;
        let share = (at.since(self.from) as f64 / whole).clamp(0.0, 1.0);
        format!("{:.2}", 1.0 + share * 98.0)
    }
}

/// The height that stands for being so late: each line of [`LATE`] ten times, or more, the one below it.
fn y_of(late_ms: i64) -> i64 {
    let decades = (late_ms.clamp(1, 600_000) as f64).log10();
    112 - (decades * 17.0).round() as i64
}

fn line(svg: &mut String, y: i64) {
    let _ = write!(svg, r#"<line class="rule" x1="0" x2="100%" y1="{y}" y2="{y}"/>"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(fate: Fate, from: i64, to: i64, late_ms: Option<i64>) -> Mark {
        let (from, to) = (Timestamp::from_millis(from), Timestamp::from_millis(to));
        Mark { lane: 0, fate, from, to, late_ms, label: "<a>".into(), href: Some("/console/runs/1".into()) }
    }

    fn words() -> [String; 4] {
        ["ran", "waits", "skipped", "lost"].map(str::to_owned)
    }

    #[test]
    fn every_fate_has_a_shape_of_its_own_and_no_text_breaks_out() {
        let picture = Timeline {
            summary: "\"".into(),
            from: Timestamp::from_millis(0),
            to: Timestamp::from_millis(100),
            lanes: Vec::new(),
            marks: vec![
                mark(Fate::Ran, 0, 0, Some(5)),
                mark(Fate::Skipped, 50, 100, None),
                mark(Fate::Lost, 100, 100, None),
            ],
        }
        .draw(words(), "a".into(), "b".into());
        let svg = picture.svg.to_string();
        assert!(svg.contains("&lt;a&gt;") && !svg.contains("<a>"), "{svg}");
        assert!(svg.contains(r#"x="1.00%""#) && svg.contains(r#"x="99.00%""#), "{svg}");
        assert_eq!(
            picture.legend.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>(),
            ["ran", "skipped", "lost"]
        );
        let shapes: std::collections::HashSet<_> = Fate::ALL.iter().map(|fate| fate.shape()).collect();
        assert_eq!(shapes.len(), 4);
    }

    #[test]
    fn later_stands_higher_and_nothing_leaves_the_picture() {
        let ys: Vec<i64> = [0, 10, 100, 1_000, 60_000, 86_400_000].map(y_of).to_vec();
        assert!(ys.windows(2).all(|pair| pair[1] < pair[0]), "{ys:?}");
        assert!(ys.iter().all(|y| (8..BELOW).contains(y)), "{ys:?}");
    }
}
