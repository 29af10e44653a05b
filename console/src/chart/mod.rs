//! Pictures: small charts as SVG, made on the server. Colours come from classes, so both themes and the
//! strict content security policy hold; every picture says in words what it shows.

mod graph;
mod line;
mod timeline;
mod year;

use askama::filters::HtmlSafe;
use std::fmt::{self, Write as _};

pub(crate) use graph::{Edge, Graph, Node};
pub(crate) use line::{Column as LineColumn, Line};
pub(crate) use timeline::{Fate, Lane, Mark, Timeline};
pub(crate) use year::Year;

/// Markup that this module wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Svg(String);

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Svg {}

/// A picture with what its marks mean.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    pub(crate) svg: Svg,
    pub(crate) legend: Vec<(Svg, String)>,
    /// Below it: where it begins and where it ends.
    pub(crate) axis: Option<(String, String)>,
    /// It is as wide as it is, and its place scrolls.
    pub(crate) is_wide: bool,
}

/// Something that counts as good, as trouble, or as neither.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hue {
    Plain,
    Good,
    Waiting,
    Bad,
    Off,
}

impl Hue {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }
}

/// One column of a [`Bars`] strip: what went well, and on top of it what did not.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    /// What the pointer reads on this bar.
    pub(crate) label: String,
    pub(crate) plain: u64,
    pub(crate) bad: u64,
}

/// Counts along time. Stretches to its place; the trouble is drawn narrower as well as in another colour.
#[derive(Clone, Debug)]
pub(crate) struct Bars {
    /// The whole in one sentence, for those who do not see it.
    pub(crate) summary: String,
    pub(crate) bars: Vec<Bar>,
}

const BAR_PITCH: u64 = 10;
const BARS_HEIGHT: u64 = 48;

impl fmt::Display for Bars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tallest = self.bars.iter().map(|bar| bar.plain + bar.bad).max().unwrap_or(0).max(1);
        let width = BAR_PITCH * self.bars.len().max(1) as u64;
        write!(
            f,
            r#"<svg class="bars" viewBox="0 0 {width} {BARS_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{}">"#,
            Escaped(&self.summary)
        )?;
        for (place, bar) in self.bars.iter().enumerate() {
            let x = BAR_PITCH * place as u64;
            // Anything that happened is seen, however small beside the tallest.
            let height = |n: u64| if n == 0 { 0 } else { (n * BARS_HEIGHT / tallest).max(2) };
            let bad = height(bar.bad);
            let plain = height(bar.plain).min(BARS_HEIGHT - bad);
            write!(f, r#"<g><title>{}</title>"#, Escaped(&bar.label))?;
            write!(f, r#"<rect class="base" x="{x}" y="0" width="{BAR_PITCH}" height="{BARS_HEIGHT}"/>"#)?;
            if plain + bad == 0 {
                write!(
                    f,
                    r#"<rect class="none" x="{}" y="{}" width="8" height="1"/>"#,
                    x + 1,
                    BARS_HEIGHT - 1
                )?;
            }
            if plain > 0 {
                write!(
                    f,
                    r#"<rect class="plain" x="{}" y="{}" width="8" height="{plain}"/>"#,
                    x + 1,
                    BARS_HEIGHT - plain
                )?;
            }
            if bad > 0 {
                write!(
                    f,
                    r#"<rect class="bad" x="{}" y="{}" width="4" height="{bad}"/>"#,
                    x + 3,
                    BARS_HEIGHT - plain - bad
                )?;
            }
            f.write_str("</g>")?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Bars {}

/// One part of a [`Shares`] line.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    pub(crate) label: String,
    pub(crate) count: u64,
    pub(crate) hue: Hue,
}

/// How a whole divides into parts: one line, cut in proportion. Its legend is written by the page.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    pub(crate) shares: Vec<Share>,
}

const SHARES_WIDTH: u64 = 1000;

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total: u64 = self.shares.iter().map(|share| share.count).sum();
        let mut summary = String::new();
        for share in &self.shares {
            let comma = if summary.is_empty() { "" } else { ", " };
            write!(summary, "{comma}{} {}", share.label, share.count)?;
        }
        write!(
            f,
            r#"<svg class="shares" viewBox="0 0 {SHARES_WIDTH} 8" preserveAspectRatio="none" role="img" aria-label="{}">"#,
            Escaped(&summary)
        )?;
        write!(f, r#"<rect class="none" x="0" y="0" width="{SHARES_WIDTH}" height="8"/>"#)?;
        let mut before = 0;
        for share in self.shares.iter().filter(|share| share.count > 0) {
            let x = before * SHARES_WIDTH / total;
            before += share.count;
            // A gap of a few units keeps neighbours apart without their colours.
            let width = (before * SHARES_WIDTH / total).saturating_sub(x).saturating_sub(4).max(4);
            write!(
                f,
                r#"<rect class="{}" x="{x}" y="0" width="{width}" height="8"><title>{} {}</title></rect>"#,
                share.hue.class(),
                Escaped(&share.label),
                share.count
            )?;
        }
        f.write_str("</svg>")
    }
}

impl HtmlSafe for Shares {}

/// Text inside markup that this module writes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_event_beside_a_million_is_still_seen() {
        let bars = Bars {
            summary: "x".into(),
            bars: vec![
                Bar { label: "09:00".into(), plain: 1_000_000, bad: 0 },
                Bar { label: "10:00".into(), plain: 0, bad: 1 },
            ],
        };
        let svg = bars.to_string();
        assert!(svg.contains(r#"<rect class="plain" x="1" y="0" width="8" height="48"/>"#), "{svg}");
        assert!(svg.contains(r#"<rect class="bad" x="13" y="46" width="4" height="2"/>"#), "{svg}");
    }

    #[test]
    fn no_bar_grows_out_of_its_picture() {
        let bars =
            Bars { summary: "x".into(), bars: vec![Bar { label: "a".into(), plain: 999_999, bad: 1 }] };
        assert!(bars.to_string().contains(r#"y="0" width="4" height="2"/>"#));
    }

    #[test]
    fn names_cannot_break_out_of_a_picture() {
        let shares =
            Shares { shares: vec![Share { label: r#""><script>"#.into(), count: 3, hue: Hue::Good }] };
        let svg = shares.to_string();
        assert!(!svg.contains("<script>"), "{svg}");
        assert!(svg.contains("&quot;&gt;&lt;script&gt;"), "{svg}");
    }

    #[test]
    fn nothing_at_all_is_an_empty_line() {
        let shares = Shares { shares: vec![Share { label: "sent".into(), count: 0, hue: Hue::Good }] };
        assert!(!shares.to_string().contains("class=\"good\""));
    }
}
