//! A list: search, filters, rows, the way to the next page; or, when there is nothing yet, what it is for.

use askama::Template;

use super::shell::Shell;
use super::{Call, Link, Table, Value};
use crate::icon::Icon;

/// A page with a list.
#[derive(Template)]
#[template(path = "listing.html")]
pub(crate) struct ListingPage {
    pub(crate) shell: Shell,
    pub(crate) list: Listing,
}

/// A list of one kind of thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub(crate) title: String,
    /// What these things are for, in a sentence.
    pub(crate) lead: String,
    pub(crate) create: Option<Link>,
    /// Lists that lie beside this one.
    pub(crate) siblings: Vec<Link>,
    pub(crate) search: Option<Search>,
    pub(crate) filters: Vec<Filter>,
    /// Filters that are typed.
    pub(crate) typed: Vec<Typed>,
    /// What can be done with the rows that are ticked.
    pub(crate) bulk: Option<Bulk>,
    pub(crate) table: Table,
    /// Back to the first page, when this is a later one.
    pub(crate) first: Option<String>,
    pub(crate) next: Option<String>,
    /// Said below the rows.
    pub(crate) note: String,
    pub(crate) empty: Option<Empty>,
    /// Rows change by themselves: fetch them again now and then.
    pub(crate) live: bool,
}

/// The search field above a list.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) label: String,
    pub(crate) value: String,
}

/// A choice that narrows a list.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) choices: Vec<Choice>,
}

/// A text that narrows a list.
#[derive(Clone, Debug)]
pub(crate) struct Typed {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) value: String,
}

/// What can be done with many rows at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bulk {
    pub(crate) action: String,
    /// A word for each way, and what is sent for it.
    pub(crate) ways: Vec<(&'static str, String)>,
}

/// One choice of a [`Filter`] or of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self { value: value.into(), label: label.into(), chosen }
    }
}

/// What stands in the place of rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Empty {
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) create: Option<Link>,
    pub(crate) calls: Vec<Call>,
}
