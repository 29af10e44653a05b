//! A year as twelve months of days, some of them chosen.

use std::fmt::Write as _;

use jiff::civil::{Date, Weekday};

use super::{Escaped, Picture, Svg};

/// A year and its chosen days.
#[derive(Clone, Debug)]
pub(crate) struct Year {
    /// The whole in one sentence.
    pub(crate) summary: String,
    pub(crate) year: i16,
    /// Month and day.
    pub(crate) days: Vec<(i8, i8)>,
    pub(crate) today: Option<(i8, i8)>,
    /// The names of the months.
    pub(crate) months: [String; 12],
}

const CELL: i16 = 18;
const ACROSS: i16 = 3;
const WIDTH: i16 = 7 * CELL + 20;
const HEIGHT: i16 = 6 * CELL + 34;

impl Year {
    pub(crate) fn draw(&self) -> Picture {
        let (width, height) = (WIDTH * ACROSS - 20, HEIGHT * 4 - 12);
        let mut svg = format!(
            r#"<svg class="year" viewBox="0 0 {width} {height}" role="img" aria-label="{}">"#,
            Escaped(&self.summary)
        );
        for (month, name) in (1_i8..).zip(&self.months) {
            let place = i16::from(month) - 1;
            let (left, top) = ((place % ACROSS) * WIDTH, (place / ACROSS) * HEIGHT);
            let _ =
                write!(svg, r#"<text class="month" x="{left}" y="{}">{}</text>"#, top + 12, Escaped(name));
            for (day, column, row) in days_of(self.year, month) {
                let (x, y) = (left + column * CELL, top + 20 + row * CELL);
                let chosen = self.days.contains(&(month, day));
                let class = if chosen { "day on" } else { "day" };
                let today = if self.today == Some((month, day)) { " today" } else { "" };
                let size = CELL - 2;
                let _ = write!(
                    svg,
                    r#"<rect class="{class}{today}" x="{x}" y="{y}" width="{size}" height="{size}" rx="3"/>"#
                );
                let _ =
                    write!(svg, r#"<text class="{class}" x="{}" y="{}">{day}</text>"#, x + size / 2, y + 12);
            }
        }
        svg.push_str("</svg>");
        Picture { svg: Svg(svg), ..Picture::default() }
    }
}

/// The days of a month with their column (Monday first) and row.
fn days_of(year: i16, month: i8) -> Vec<(i8, i16, i16)> {
    let Ok(first) = Date::new(year, month, 1) else { return Vec::new() };
    let before = i16::from(first.weekday().since(Weekday::Monday));
    (1..=first.days_in_month())
        .map(|day| {
            let place = before + i16::from(day) - 1;
            (day, place % 7, place / 7)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_stand_below_their_weekday() {
        // The first of February 2026 is a Sunday.
        let days = days_of(2026, 2);
        assert_eq!((days[0], days[1], days.len()), ((1, 6, 0), (2, 0, 1), 28));
        assert_eq!(days_of(2024, 2).len(), 29);
    }

    #[test]
    fn chosen_days_differ_by_more_than_colour() {
        let months = [""; 12].map(str::to_owned);
        let year = Year { summary: "x".into(), year: 2026, days: vec![(1, 15)], today: None, months };
        assert_eq!(year.draw().svg.to_string().matches(r#"rect class="day on""#).count(), 1);
    }
}
