//! Icons, drawn on a grid of 16 with one stroke, inline so that they take the colour of their text.

use askama::filters::HtmlSafe;
use std::fmt;

/// A pictogram beside a word. It never stands alone without a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Overview,
    Jobs,
    Resources,
    People,
    Apps,
    Settings,
    Search,
    Menu,
    Plus,
    Copy,
    Edit,
    Trash,
    Arrow,
    Globe,
    Exit,
    User,
    Good,
    Waiting,
    Warning,
    Bad,
    Off,
}

impl Icon {
    const fn drawing(self) -> &'static str {
        match self {
            Self::Overview => {
                r#"<circle cx="3.5" cy="3.5" r="1.75"/><circle cx="12.5" cy="3.5" r="1.75"/><circle cx="8" cy="8" r="1.75"/><circle cx="3.5" cy="12.5" r="1.75"/><circle cx="12.5" cy="12.5" r="1.75"/>"#
            }
            Self::Jobs => r#"<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>"#,
            Self::Resources => {
                r#"<path d="M8 2 14 5 8 8 2 5zM2.5 8 8 10.75 13.5 8M2.5 11 8 13.75 13.5 11"/>"#
            }
            Self::People => {
                r#"<circle cx="6" cy="5.5" r="2.5"/><path d="M1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3.25a2.5 2.5 0 0 1 0 4.5M12 9.75c1.5.5 2.5 1.75 2.5 3.75"/>"#
            }
            Self::Apps => {
                r#"<rect x="2" y="2.5" width="12" height="11" rx="1.5"/><path d="M2 6h12M4.5 4.25h.01M6.5 4.25h.01"/>"#
            }
            Self::Settings => {
                r#"<path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6"/><circle cx="10" cy="4.5" r="1.75"/><circle cx="6" cy="11.5" r="1.75"/>"#
            }
            Self::Search => r#"<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>"#,
            Self::Menu => r#"<path d="M2 4h12M2 8h12M2 12h12"/>"#,
            Self::Plus => r#"<path d="M8 3v10M3 8h10"/>"#,
            Self::Copy => {
                r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5v-1.5A1.5 1.5 0 0 0 9 2.5H4A1.5 1.5 0 0 0 2.5 4v5A1.5 1.5 0 0 0 4 10.5h1.5"/>"#
            }
            Self::Edit => r#"<path d="M10.5 2.75 13.25 5.5 5.5 13.25l-3.25.5.5-3.25z"/>"#,
            Self::Trash => r#"<path d="M2.5 4.5h11M6 4.5V2.5h4v2M4 4.5l.5 9h7l.5-9M6.75 7v4M9.25 7v4"/>"#,
            Self::Arrow => r#"<path d="m6 3.5 4.5 4.5L6 12.5"/>"#,
            Self::Globe => {
                r#"<circle cx="8" cy="8" r="6"/><path d="M2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2"/>"#
            }
            Self::Exit => r#"<path d="M6 2.5H3.5v11H6M10.5 5 13.5 8l-3 3M13.5 8H6.5"/>"#,
            Self::User => {
                r#"<circle cx="8" cy="5.5" r="2.75"/><path d="M2.75 14c.5-2.75 2.5-4.25 5.25-4.25s4.75 1.5 5.25 4.25"/>"#
            }
            // The five states differ in outline, not only in colour.
            Self::Good => {
                r#"<circle cx="8" cy="8" r="6" class="fill"/><path class="on" d="m5.25 8.25 2 2 3.5-4"/>"#
            }
            Self::Waiting => {
                r#"<circle cx="8" cy="8" r="6" stroke-dasharray="3 2.4"/><circle cx="8" cy="8" r="1.5" class="fill"/>"#
            }
            Self::Warning => {
                r#"<path class="fill" d="M8 2 14.5 13.5h-13z"/><path class="on" d="M8 6.5v3M8 11.5h.01"/>"#
            }
            Self::Bad => {
                r#"<path class="fill" d="M8 1.25 14.75 8 8 14.75 1.25 8z"/><path class="on" d="m6 6 4 4M10 6l-4 4"/>"#
            }
            Self::Off => r#"<circle cx="8" cy="8" r="6"/><path d="M5 8h6"/>"#,
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">{}</svg>"#,
            self.drawing()
        )
    }
}

/// An icon is markup of our own and needs no escaping.
impl HtmlSafe for Icon {}
