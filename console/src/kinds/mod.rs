//! The objects that all look alike on the outside: a list, a page each, a form, a way to delete.
//!
//! A kind says what it shows and what its form asks; [`crate::pages::objects`] does the rest the same for all.
//! Permissions and operations carry the names of the API that the kind belongs to, so that a policy and the
//! audit log mean the same thing whichever door was used.

mod alarm;
pub(crate) mod app_groups;
mod calendars;
mod contact_groups;
pub(crate) mod contacts;
mod job_groups;
pub(crate) mod jobs;
mod monitor_groups;
mod namespaces;
mod policies;
mod published;
mod resource_groups;
mod resource_text;
pub(crate) mod runs;
mod scheduled;
mod scheduled_jobs;
mod server_groups;
mod triggers;
pub(crate) mod workflow_runs;
pub(crate) mod workflows;

use muster_core::{Browse, Error, PageRequest, Result, Timestamp};

use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::{Input, segment};
use crate::view::form::{Field, Group, Preview};
use crate::view::listing::{Filter, Typed};
use crate::view::object::Object;
use crate::view::{Call, Cloud, Column, Link, Row};

/// How many rows a page of a list has.
pub(crate) const PAGE: u32 = 50;

/// How far things are counted: more of them are "more than" this many.
pub(crate) const COUNTED: u64 = 100_000;
/// One more than is counted tells that there are more.
const COUNT_TO: i64 = COUNTED as i64 + 1;

/// Every kind, in the order of the map.
pub(crate) static ALL: [&dyn Kind; 17] = [
    &app_groups::AppGroups,
    &jobs::Jobs,
    &runs::Runs,
    &workflows::Workflows,
    &workflow_runs::WorkflowRuns,
    &calendars::Calendars,
    &namespaces::Namespaces,
    &policies::Policies,
    &job_groups::JobGroups,
    &scheduled_jobs::ScheduledJobs,
    &triggers::Triggers,
    &resource_groups::ResourceGroups,
    &monitor_groups::MonitorGroups,
    &contact_groups::ContactGroups,
    &contacts::Contacts,
    &published::PublishedGroups,
    &server_groups::ServerGroups,
];

/// The kind whose pages live under this piece of the path.
pub(crate) fn find(slug: &str) -> Option<&'static dyn Kind> {
    ALL.iter().copied().find(|kind| kind.slug() == slug)
}

/// What is done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    List,
    Show,
    Create,
    Update,
    Delete,
    /// A press on the object's page.
    Act(&'static str),
}

/// The API's name for a verb, and the permission that it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Doing {
    pub(crate) operation: &'static str,
    pub(crate) permission: &'static str,
}

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted<'i> {
    /// What stands in the search field.
    pub(crate) text: &'i str,
    /// Where the page before ended, in the words of the kind itself.
    pub(crate) after: &'i str,
    /// How many rows; a page, if nothing is said.
    pub(crate) limit: Option<u32>,
    /// Everything in the address, for the kind's own filters.
    pub(crate) input: Option<&'i Input>,
}

impl<'i> Wanted<'i> {
    /// The first rows for `text`, at most so many.
    pub(crate) fn first(text: &'i str, limit: u32) -> Self {
        Self { text, limit: Some(limit), ..Self::default() }
    }

    /// A filter of the address.
    pub(crate) fn filter(&self, name: &str) -> Option<String> {
        self.input.and_then(|input| input.some(name))
    }

    fn size(&self) -> u32 {
        self.limit.unwrap_or(PAGE)
    }

    /// The same for lists that are walked without a count: one row more than is shown, to know whether there is more.
    pub(crate) fn browse(&self) -> Browse<'i> {
        let after = self
            .after
            .split_once('.')
            .and_then(|(at, key)| Some((Timestamp::from_millis(at.parse().ok()?), key)));
        Browse { text: self.text, after, limit: self.size() + 1 }
    }

    /// The same for lists that are short by their nature, counted by rows.
    pub(crate) fn page(&self) -> PageRequest {
        PageRequest { offset: self.after.parse().unwrap_or(0), limit: u64::from(self.size()) + 1 }
    }
}

/// What a list found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    pub(crate) rows: Vec<Row>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<String>,
}

impl Found {
    /// A page of what [`Wanted::browse`] found: `place` says when an item was made and what its key is.
    pub(crate) fn browsed<T>(
        wanted: &Wanted<'_>,
        mut items: Vec<T>,
        place: impl Fn(&T) -> (Timestamp, String),
        row: impl FnMut(T) -> Result<Row>,
    ) -> Result<Self> {
        let size = wanted.size() as usize;
        let more = items.len() > size;
        items.truncate(size);
        // What a text finds is not walked on: whoever wants another row types more.
        let next = items.last().filter(|_| more && wanted.text.is_empty()).map(|last| {
            let (at, key) = place(last);
            format!("{}.{key}", at.millis())
        });
        Ok(Self { rows: items.into_iter().map(row).collect::<Result<_>>()?, next })
    }

    /// A page of what [`Wanted::page`] found.
    pub(crate) fn counted<T>(
        wanted: &Wanted<'_>,
        mut items: Vec<T>,
        row: impl FnMut(T) -> Result<Row>,
    ) -> Result<Self> {
        let size = wanted.size() as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = more.then(|| (wanted.page().offset + u64::from(wanted.size())).to_string());
        Ok(Self { rows: items.into_iter().map(row).collect::<Result<_>>()?, next })
    }
}

/// Something that the search box found.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) below: String,
}

/// What is about to be deleted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Going {
    pub(crate) name: String,
    /// What will stop, who will not be told.
    pub(crate) consequences: Vec<String>,
    pub(crate) fields: Vec<Field>,
}

/// What is asked before an action is done, on a page of its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    pub(crate) title: String,
    pub(crate) lead: String,
    /// What will stop; with it, the question looks as serious as it is.
    pub(crate) consequences: Vec<String>,
    pub(crate) groups: Vec<Group>,
    pub(crate) submit: String,
}

/// A new object.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// One kind of object.
pub(crate) trait Kind: Sync {
    /// The piece of the path, and the beginning of its messages' keys: `title`, `one`, `lead`, `new`, `none`, `delete`.
    fn slug(&self) -> &'static str;

    /// The kind whose list leads here, for those that have no list of their own.
    fn home(&self) -> &'static str {
        self.slug()
    }

    /// Where it stands on the map.
    fn heading(&self) -> Heading;

    /// The API that makes it.
    fn cloud(&self) -> Cloud;

    /// How the API names a verb. `None` for one that this kind does not have.
    fn doing(&self, verb: Verb) -> Option<Doing>;

    /// The resource that policies are asked about, for an object that exists.
    fn resource_of(&self, _cx: &mut Cx<'_, '_>, _id: &str) -> Result<String> {
        Ok("*".to_owned())
    }

    /// The resource that policies are asked about for one that shall be made of this.
    fn resource_for(&self, _cx: &mut Cx<'_, '_>, _input: &Input) -> Result<String> {
        Ok("*".to_owned())
    }

    /// Those of the actions that ask first, see [`Kind::ask`].
    fn asking(&self) -> &'static [&'static str] {
        &[]
    }

    /// The actions that [`Kind::act`] knows.
    fn actions(&self) -> &'static [&'static str] {
        &[]
    }

    /// The kind and the id of an object in the audit log, from the id in the path.
    fn subject(&self, id: &str) -> (&'static str, String);

    /// The columns of the list.
    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column>;

    /// Choices that narrow the list.
    fn filters(&self, _cx: &mut Cx<'_, '_>, _input: &Input) -> Result<Vec<Filter>> {
        Ok(Vec::new())
    }

    /// Texts that narrow the list.
    fn typed(&self, _cx: &Cx<'_, '_>, _input: &Input) -> Vec<Typed> {
        Vec::new()
    }

    /// What can be done with many of them at once: actions, each with the key of its word.
    fn bulk(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Whether the list changes by itself while it is looked at.
    fn is_live(&self) -> bool {
        false
    }

    /// One page of the list, newest first.
    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found>;

    /// Whether what narrows the list looks through the newest rows only.
    fn looks_at_newest(&self, wanted: &Wanted<'_>) -> bool {
        !wanted.text.is_empty()
    }

    /// How many there are; any number above [`COUNTED`] stands for "more".
    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64>;

    /// What the search box finds: by id, or by name.
    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>>;

    /// The page of one object. Kind, cloud, ways to edit and delete and history are added outside.
    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object>;

    /// What a new form holds, given what the address says already.
    fn blank(&self, _query: &Input) -> Input {
        Input::default()
    }

    /// What the form of an existing object holds.
    fn filled(&self, _cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        Err(Error::not_found("page", id))
    }

    /// The questions, answered with `values`. `id` is the object that is edited.
    fn form(&self, _cx: &mut Cx<'_, '_>, id: Option<&str>, _values: &Input) -> Result<Vec<Group>> {
        Err(Error::not_found("page", id.unwrap_or_default()))
    }

    /// What a form with these values would lead to.
    fn preview(&self, _cx: &mut Cx<'_, '_>, _id: Option<&str>, _values: &Input) -> Result<Option<Preview>> {
        Ok(None)
    }

    /// Makes one.
    fn create(&self, _cx: &mut Cx<'_, '_>, _input: &Input) -> Result<Made> {
        Err(Error::not_found("page", self.slug()))
    }

    /// Changes one.
    fn update(&self, _cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        Err(Error::not_found("page", id))
    }

    /// What deleting would do.
    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going>;

    /// Deletes one.
    fn delete(&self, _cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        Err(Error::not_found("page", id))
    }

    /// What is asked before an action, for those that ask.
    fn ask(&self, _cx: &mut Cx<'_, '_>, id: &str, _action: &str, _values: &Input) -> Result<Ask> {
        Err(Error::not_found("page", id))
    }

    /// Does what a button says.
    fn act(&self, _cx: &mut Cx<'_, '_>, id: &str, _action: &str, _input: &Input) -> Result<()> {
        Err(Error::not_found("page", id))
    }

    /// The same; where to look afterwards, if not at the object's own page.
    fn act_and_go(
        &self,
        cx: &mut Cx<'_, '_>,
        id: &str,
        action: &str,
        input: &Input,
    ) -> Result<Option<String>> {
        self.act(cx, id, action, input).map(|()| None)
    }

    /// A verb as calls; `id` names an object for those that have one.
    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>>;
}

/// Where the page of an object is.
pub(crate) fn href(slug: &str, id: &str) -> String {
    format!("/console/{slug}/{}", segment(id))
}

/// Where a button of an object's page leads.
pub(crate) fn action(slug: &str, id: &str, action: &str) -> String {
    format!("{}/do/{action}", href(slug, id))
}

/// A link to an object's page.
pub(crate) fn link(slug: &str, id: &str, text: impl Into<String>) -> Link {
    Link::new(text, href(slug, id))
}

/// The kind of what the audit log calls `kind`.
pub(crate) fn of_subject(kind: &str, id: &str) -> Option<&'static dyn Kind> {
    // Two clouds say "app group". Ids tell them apart: SchedulerX's numbers have 13 digits, Workspace's 18.
    if kind == published::KIND && id.len() == published::ID_DIGITS {
        return Some(&published::PublishedGroups);
    }
    ALL.iter().copied().find(|candidate| candidate.subject("").0 == kind)
}
