//! One object: what it is, what it is tied to, what happened to it, what can be done, and how by the API.

use askama::Template;

use super::form::{Control, Field};
use super::shell::Shell;
use super::time::When;
use super::{Button, Call, Cloud, Fact, Link, State, Table, Tone, Value};
use crate::chart::{Picture, Shares};
use crate::history::Subject;
use crate::icon::Icon;

/// The page of one object.
#[derive(Template)]
#[template(path = "object.html")]
pub(crate) struct ObjectPage {
    pub(crate) shell: Shell,
    pub(crate) object: Object,
}

/// One object, whatever its kind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    /// The kind in a word or two.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) note: String,
    pub(crate) state: Option<State>,
    pub(crate) cloud: Option<Cloud>,
    pub(crate) edit: Option<String>,
    pub(crate) delete: Option<String>,
    /// What can be done with a press.
    pub(crate) buttons: Vec<Button>,
    /// What is done most.
    pub(crate) main: Option<Link>,
    /// What can be done after a question.
    pub(crate) links: Vec<Link>,
    pub(crate) facts: Vec<Fact>,
    /// How its parts are, as a picture.
    pub(crate) shares: Option<Shares>,
    pub(crate) sections: Vec<Section>,
    /// The audit log knows this thing.
    pub(crate) has_history: bool,
    pub(crate) events: Vec<Event>,
    /// Everything the audit log knows about it.
    pub(crate) more_events: Option<String>,
    pub(crate) calls: Vec<Call>,
    pub(crate) live: bool,
}

/// Things that belong to an object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Section {
    pub(crate) id: &'static str,
    pub(crate) title: String,
    pub(crate) count: Option<u64>,
    pub(crate) lead: String,
    pub(crate) table: Table,
    /// Said when the table has no rows.
    pub(crate) empty: String,
    /// A text kept as it is, such as a message that was sent.
    pub(crate) text: Option<String>,
    /// The text grows at its end, which is what people look at.
    pub(crate) is_tail: bool,
    /// Drawn above the table.
    pub(crate) picture: Option<Picture>,
    pub(crate) form: Option<InlineForm>,
    pub(crate) more: Option<Link>,
}

/// A small form inside a section.
#[derive(Clone, Debug)]
pub(crate) struct InlineForm {
    pub(crate) action: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) submit: String,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) when: When,
    pub(crate) state: State,
    /// What was done.
    pub(crate) what: String,
    /// To what, when the page is not about that thing itself.
    pub(crate) target: Option<Subject>,
    pub(crate) who: String,
    pub(crate) request_id: String,
}
