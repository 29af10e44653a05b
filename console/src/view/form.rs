//! Forms: labelled fields with a hint and, after a refusal, the reason beside the field it is about.

use askama::Template;

use super::listing::Choice;
use super::shell::Shell;
use super::time::When;
use super::{Call, Cloud};
use crate::icon::Icon;

/// A page with a form.
#[derive(Template)]
#[template(path = "form.html")]
pub(crate) struct FormPage {
    pub(crate) shell: Shell,
    pub(crate) form: Form,
}

/// What a person fills in to make or change one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) title: String,
    pub(crate) lead: String,
    pub(crate) cloud: Option<Cloud>,
    pub(crate) action: String,
    pub(crate) cancel: String,
    pub(crate) submit: String,
    /// Why it was refused.
    pub(crate) error: Option<String>,
    pub(crate) groups: Vec<Group>,
    pub(crate) calls: Vec<Call>,
    pub(crate) preview: Option<Preview>,
}

/// What a form would lead to, shown before it is sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preview {
    /// Where the script asks for it, with the fields below as a query.
    pub(crate) address: String,
    /// The fields that it depends on.
    pub(crate) fields: String,
    pub(crate) title: String,
    pub(crate) rows: Vec<(String, When)>,
    /// Why there is nothing to show, or what stands in place of rows.
    pub(crate) note: String,
    pub(crate) is_wrong: bool,
}

/// Fields that belong together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) hint: String,
    pub(crate) fields: Vec<Field>,
    /// Asked only while the field has one of these values, separated by blanks; the script hides it otherwise.
    pub(crate) when: Option<(&'static str, String)>,
    /// Shown when asked for.
    pub(crate) is_folded: bool,
    /// What the form would lead to is shown below these fields.
    pub(crate) has_preview: bool,
}

impl Group {
    /// Whether one of its fields was refused, which must be seen.
    pub(crate) fn is_wrong(&self) -> bool {
        self.fields.iter().any(|field| field.error.is_some())
    }
}

/// One question of a form.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) required: bool,
    pub(crate) control: Control,
    pub(crate) error: Option<String>,
}

/// How a question is answered.
#[derive(Clone, Debug)]
pub(crate) enum Control {
    /// One line; `kind` is the input's type.
    Line {
        kind: &'static str,
        value: String,
        max: u32,
        complete: &'static str,
    },
    Area {
        value: String,
        rows: u32,
    },
    Select(Vec<Choice>),
    /// Any number of choices.
    Checks(Vec<Choice>),
    /// The days of a month, below their weekdays: how many places stay empty before the first.
    Days {
        before: u8,
        days: Vec<Choice>,
    },
    Switch(bool),
    /// Cannot be changed any more.
    Fixed(String),
}

impl Field {
    pub(crate) fn line(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(name, label, Control::Line { kind: "text", value: value.into(), max: 256, complete: "off" })
    }

    pub(crate) fn number(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(name, label, Control::Line { kind: "number", value: value.into(), max: 20, complete: "off" })
    }

    /// A day.
    pub(crate) fn date(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(name, label, Control::Line { kind: "date", value: value.into(), max: 10, complete: "off" })
    }

    /// A password; `complete` tells the browser's keeper of passwords which one.
    pub(crate) fn password(name: &'static str, label: impl Into<String>, complete: &'static str) -> Self {
        let control = Control::Line { kind: "password", value: String::new(), max: 256, complete };
        Self::of(name, label, control).required()
    }

    pub(crate) fn area(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(name, label, Control::Area { value: value.into(), rows: 3 })
    }

    pub(crate) fn select(name: &'static str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::of(name, label, Control::Select(choices))
    }

    pub(crate) fn checks(name: &'static str, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::of(name, label, Control::Checks(choices))
    }

    pub(crate) fn days(name: &'static str, label: impl Into<String>, before: u8, days: Vec<Choice>) -> Self {
        Self::of(name, label, Control::Days { before, days })
    }

    pub(crate) fn switch(name: &'static str, label: impl Into<String>, on: bool) -> Self {
        Self::of(name, label, Control::Switch(on))
    }

    pub(crate) fn fixed(name: &'static str, label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(name, label, Control::Fixed(value.into()))
    }

    fn of(name: &'static str, label: impl Into<String>, control: Control) -> Self {
        Self { name, label: label.into(), hint: String::new(), required: false, control, error: None }
    }

    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// How many lines a text field shows.
    pub(crate) fn rows(mut self, shown: u32) -> Self {
        if let Control::Area { rows, .. } = &mut self.control {
            *rows = shown;
        }
        self
    }

    pub(crate) fn max(mut self, longest: u32) -> Self {
        if let Control::Line { max, .. } = &mut self.control {
            *max = longest;
        }
        self
    }

    /// The ids of the texts that describe this field, for `aria-describedby`.
    pub(crate) fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        ids.join(" ")
    }
}

/// The last question before something is taken away.
#[derive(Template)]
#[template(path = "confirm.html")]
pub(crate) struct ConfirmPage {
    pub(crate) shell: Shell,
    pub(crate) confirm: Confirm,
}

/// What will happen, said before it does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirm {
    /// Names the object.
    pub(crate) title: String,
    /// What will stop, who will not be told.
    pub(crate) consequences: Vec<String>,
    pub(crate) error: Option<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) action: String,
    pub(crate) cancel: String,
    pub(crate) submit: String,
    pub(crate) calls: Vec<Call>,
}
