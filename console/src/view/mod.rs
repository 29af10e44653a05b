//! What the templates are given: typed, complete, with every text already in the reader's language.
//!
//! A page of the console is one of a few shapes (a list, an object, a form, a confirmation). Features fill
//! these shapes; they write no markup.

pub(crate) mod form;
pub(crate) mod listing;
pub(crate) mod object;
pub(crate) mod pages;
#[cfg(test)]
mod preview;
pub(crate) mod shell;
pub(crate) mod time;

use crate::icon::Icon;
use time::When;

/// A way to another page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) text: String,
    pub(crate) href: String,
}

impl Link {
    pub(crate) fn new(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { text: text.into(), href: href.into() }
    }
}

/// How well something is: each tone has its own colour and its own shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Waiting,
    Warning,
    Bad,
    Off,
}

impl Tone {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Warning => "warning",
            Self::Bad => "bad",
            Self::Off => "off",
        }
    }

    pub(crate) const fn icon(self) -> Icon {
        match self {
            Self::Good => Icon::Good,
            Self::Waiting => Icon::Waiting,
            Self::Warning => Icon::Warning,
            Self::Bad => Icon::Bad,
            Self::Off => Icon::Off,
        }
    }
}

/// A state in a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) tone: Tone,
    pub(crate) word: String,
}

impl State {
    pub(crate) fn new(tone: Tone, word: impl Into<String>) -> Self {
        Self { tone, word: word.into() }
    }
}

/// The API by which a thing is reached from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "the products are called so")]
pub(crate) enum Cloud {
    SchedulerX,
    CloudMonitor,
    CloudEye,
    Workspace,
    ZStack,
}

impl Cloud {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SchedulerX => "Alibaba SchedulerX",
            Self::CloudMonitor => "Alibaba CloudMonitor",
            Self::CloudEye => "Huawei Cloud Eye",
            Self::Workspace => "Huawei Workspace",
            Self::ZStack => "ZStack",
        }
    }
}

/// One value in a table or in a list of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing to say.
    None,
    Text(String),
    /// An id, to be read exactly and copied.
    Id(String),
    /// A secret that is shown only when asked for.
    Hidden(String),
    Number(u64),
    /// A number with its bound, as in "3 of 1,000".
    Of(u64, u64),
    Time(When),
    State(State),
    Link(Link),
    /// A name that leads to its page, with a quieter line below it.
    Named(Link, String),
    Links(Vec<Link>),
    Cloud(Cloud),
    /// A state with the reason for it.
    Because(State, String),
    /// A text with a quieter line below it.
    Pair(String, String),
    /// An id of which the beginning is enough to look at; the whole is copied.
    Short(String),
}

impl Value {
    /// A text, or nothing when it is empty.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::None } else { Self::Text(text) }
    }

    /// The beginning of an id that is shown by [`Value::Short`].
    pub(crate) fn beginning(id: &str) -> &str {
        id.char_indices().nth(8).map_or(id, |(end, _)| &id[..end])
    }

    pub(crate) fn links(links: Vec<Link>) -> Self {
        if links.is_empty() { Self::None } else { Self::Links(links) }
    }

    pub(crate) fn number(n: impl TryInto<u64>) -> Self {
        Self::Number(n.try_into().unwrap_or(0))
    }
}

/// A thing known about an object.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    pub(crate) label: String,
    pub(crate) value: Value,
}

impl Fact {
    pub(crate) fn new(label: impl Into<String>, value: Value) -> Self {
        Self { label: label.into(), value }
    }
}

/// A change that one press makes.
#[derive(Clone, Debug)]
pub(crate) struct Button {
    pub(crate) text: String,
    pub(crate) action: String,
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// What it is said to act on, for readers who hear the button alone.
    pub(crate) about: String,
}

/// The same thing as a call, for one client.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// Which client, as in "Python SDK".
    pub(crate) client: String,
    pub(crate) code: String,
}

impl Call {
    pub(crate) fn new(client: impl Into<String>, code: impl Into<String>) -> Self {
        Self { client: client.into(), code: code.into() }
    }
}

/// Columns with their rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// Said before the rows by a screen reader.
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) numeric: bool,
}

impl Column {
    pub(crate) fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), numeric: false }
    }

    pub(crate) fn numeric(label: impl Into<String>) -> Self {
        Self { label: label.into(), numeric: true }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    pub(crate) cells: Vec<Value>,
    pub(crate) buttons: Vec<Button>,
    /// Ways to pages that ask before they act.
    pub(crate) links: Vec<Link>,
    /// What stands for this row where rows are ticked: its id and its name.
    pub(crate) pick: Option<(String, String)>,
}

impl From<Vec<Value>> for Row {
    fn from(cells: Vec<Value>) -> Self {
        Self { cells, ..Self::default() }
    }
}

impl Table {
    /// Whether rows can be ticked.
    pub(crate) fn has_picks(&self) -> bool {
        self.rows.iter().any(|row| row.pick.is_some())
    }

    /// Whether any row can be acted upon, so that the table needs a place for it.
    pub(crate) fn has_buttons(&self) -> bool {
        self.rows.iter().any(|row| !row.buttons.is_empty() || !row.links.is_empty())
    }
}
