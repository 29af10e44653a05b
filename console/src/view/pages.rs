//! The pages that there is only one of.

use askama::Template;

use super::form::{Control, Preview};
use super::listing::Filter;
use super::object::{Event, Section};
use super::shell::Shell;
use super::{Fact, Link, Table, Tone, Value};
use crate::chart::{Bars, Shares};
use crate::history::Subject;
use crate::icon::Icon;

/// The way in.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage {
    pub(crate) shell: Shell,
    pub(crate) error: Option<String>,
    pub(crate) account: String,
    pub(crate) user: String,
    /// Where to go afterwards.
    pub(crate) next: String,
}

/// What needs attention, what there is, what happened.
#[derive(Template)]
#[template(path = "overview.html")]
pub(crate) struct OverviewPage {
    pub(crate) shell: Shell,
    pub(crate) attention: Vec<Attention>,
    pub(crate) kinds: Vec<KindCard>,
    /// What jobs did in the last hour; nothing for those who may not see jobs.
    pub(crate) fires: Option<Fires>,
    pub(crate) changes: Bars,
    pub(crate) changes_from: String,
    pub(crate) changes_total: String,
    pub(crate) messages: Shares,
    pub(crate) messages_total: u64,
    pub(crate) events: Vec<Event>,
}

/// Due times and failures by the minute.
#[derive(Clone, Debug)]
pub(crate) struct Fires {
    pub(crate) bars: Bars,
    pub(crate) from: String,
    pub(crate) total: String,
}

/// Something that a person should look at.
#[derive(Clone, Debug)]
pub(crate) struct Attention {
    pub(crate) tone: Tone,
    pub(crate) text: String,
    pub(crate) link: Link,
}

/// One of the five kinds of groups.
#[derive(Clone, Debug)]
pub(crate) struct KindCard {
    pub(crate) link: Link,
    pub(crate) cloud: &'static str,
    pub(crate) count: String,
    pub(crate) beside: Vec<Link>,
    pub(crate) create: String,
}

/// A page that is a row of sections: own account, health.
#[derive(Template)]
#[template(path = "sections.html")]
pub(crate) struct SectionsPage {
    pub(crate) shell: Shell,
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) facts: Vec<Fact>,
    /// Ways to narrow what is shown.
    pub(crate) filters: Vec<Filter>,
    pub(crate) sections: Vec<Section>,
    pub(crate) live: bool,
}

/// The next due times, for the script of a form.
#[derive(Template)]
#[template(path = "coming.html")]
pub(crate) struct ComingPage {
    pub(crate) shell: Shell,
    pub(crate) preview: Preview,
}

/// A secret that is shown this once.
#[derive(Template)]
#[template(path = "secret.html")]
pub(crate) struct SecretPage {
    pub(crate) shell: Shell,
    pub(crate) title: String,
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) shell_lines: String,
    pub(crate) back: Link,
}

/// What the search box found.
#[derive(Template)]
#[template(path = "search.html")]
pub(crate) struct SearchPage {
    pub(crate) shell: Shell,
    pub(crate) query: String,
    pub(crate) table: Table,
    /// Whether more could have been found than is shown.
    pub(crate) bounded: bool,
}

/// Why there is no page.
#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) request_id: String,
    pub(crate) back: Link,
}
