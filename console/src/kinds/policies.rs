//! SchedulerX notification policies.

use muster_core::{Error, Result};
use muster_jobs::notification_policies::{
    self as policies, NewPolicy, POLICY, Policy, PolicyFilter, PolicyPatch,
};

use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, app_groups, href, link};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{Object, Section};
use crate::view::{Call, Cloud, Column, Fact, Link, Row, Table, Value};

pub(super) struct Policies;

const SLUG: &str = "notification-policies";
/// Policies that a form offers.
const CHOICES: u32 = 200;
const EXAMPLE: &str = r#"{"sendChannel":"mail,sms","timezone":"GMT+8","timeRanges":{"all":[{"startTime":"09:00","endTime":"18:00","daysOfWeek":[1,2,3,4,5]}]}}"#;

impl Kind for Policies {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Jobs
    }

    fn cloud(&self) -> Cloud {
        Cloud::SchedulerX
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let manage = "edas:ManageSchedulerxNotificationPolicy";
        let (operation, permission) = match verb {
            Verb::List | Verb::Show => {
                ("ReadSchedulerxNotificationPolicy", "edas:ReadSchedulerxNotificationPolicy")
            }
            Verb::Create => ("CreateSchedulerxNotificationPolicy", manage),
            Verb::Update => ("ManageSchedulerxNotificationPolicy", manage),
            Verb::Delete => ("DeleteSchedulerxNotificationPolicy", manage),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (POLICY, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("object.description")),
            Column::new(cx.t("notification-policies.by")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let page = wanted.page();
        let found = matching(cx, wanted.text, page.offset.saturating_add(page.limit))?;
        let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
        let items = found.into_iter().skip(skip).collect();
        Found::counted(wanted, items, |policy| {
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &policy.name, policy.name.clone()), String::new()),
                Value::text(policy.description),
                Value::text(policy.updated_by),
                cx.time(policy.updated_at),
            ]))
        })
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        Ok(policies::list(cx.tx, cx.caller, &PolicyFilter { name_contains: None, after: 0, limit: 1 })?.total)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let hit =
            |policy: Policy| Hit { id: policy.name.clone(), name: policy.name, below: policy.description };
        Ok(matching(cx, text, limit.into())?.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let policy = get(cx, id)?;
        let groups = policies::groups_of(cx.tx, cx.caller, &policy.name)?;
        let count = groups.len() as u64;
        let rows = groups.into_iter().map(|group| app_groups::row(cx, group)).collect::<Result<_>>()?;
        let title = cx.t("app-groups.title");
        let sections = vec![
            Section {
                id: "times",
                title: cx.t("notification-policies.times"),
                lead: cx.t("notification-policies.times-hint"),
                text: Some(pretty(&policy.times)),
                ..Section::default()
            },
            Section {
                id: "groups",
                title: title.clone(),
                count: Some(count),
                table: Table { caption: title, columns: app_groups::AppGroups.columns(cx), rows },
                empty: cx.t("notification-policies.no-groups"),
                ..Section::default()
            },
        ];
        Ok(Object {
            name: policy.name.clone(),
            id: policy.name,
            note: policy.description,
            facts: vec![
                Fact::new(cx.t("notification-policies.made-by"), Value::text(policy.created_by)),
                Fact::new(cx.t("notification-policies.by"), Value::text(policy.updated_by)),
                Fact::new(cx.t("object.created"), cx.time(policy.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(policy.updated_at)),
            ],
            sections,
            ..Object::default()
        })
    }

    fn blank(&self, _query: &Input) -> Input {
        Input::default().with("channel-time-range", pretty(EXAMPLE))
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let policy = get(cx, id)?;
        Ok(Input::default().with("description", policy.description).with("channel-time-range", policy.times))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let name = match id {
            Some(name) => Field::fixed("name", cx.t("object.name"), name),
            None => Field::line("name", cx.t("object.name"), values.get("name")).required().max(64),
        };
        let times = Field::area(
            "channel-time-range",
            cx.t("notification-policies.times"),
            values.get("channel-time-range"),
        );
        let fields = vec![
            name,
            Field::line("description", cx.t("object.description"), values.get("description")),
            times.required().rows(14).hint(cx.t("notification-policies.times-hint")),
        ];
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let name = input.get("name").to_owned();
        let new = NewPolicy {
            name: name.clone(),
            description: input.get("description").to_owned(),
            times: input.get("channel-time-range").to_owned(),
        };
        policies::create(cx.tx, cx.caller, &new)?;
        Ok(Made { id: name.clone(), name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let patch = PolicyPatch {
            description: Some(input.get("description").to_owned()),
            times: input.some("channel-time-range"),
        };
        policies::update(cx.tx, cx.caller, id, &patch)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let policy = get(cx, id)?;
        Ok(Going {
            name: policy.name,
            consequences: vec![cx.t("notification-policies.delete-unused")],
            fields: Vec::new(),
        })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        policies::delete(cx.tx, cx.caller, id)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let name = id.unwrap_or("office hours").to_owned();
        let mut params: Vec<Param<'_>> =
            vec![("RegionId", cx.place.region.clone()), ("PolicyName", name.clone())];
        match verb {
            Verb::Create => params.push(("ChannelTimeRange", EXAMPLE.to_owned())),
            Verb::Update => params.push(("ChannelTimeRange", get(cx, &name)?.times)),
            _ => {}
        }
        let operation = self.doing(verb).map_or("ReadSchedulerxNotificationPolicy", |doing| doing.operation);
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

fn matching(cx: &mut Cx<'_, '_>, text: &str, limit: u64) -> Result<Vec<Policy>> {
    let filter = PolicyFilter {
        name_contains: Some(text).filter(|text| !text.is_empty()).map(str::to_owned),
        after: 0,
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    };
    Ok(policies::list(cx.tx, cx.caller, &filter)?.items)
}

fn get(cx: &mut Cx<'_, '_>, name: &str) -> Result<Policy> {
    let named = matching(cx, name, u64::from(CHOICES))?.into_iter().find(|policy| policy.name == name);
    named.ok_or_else(|| Error::not_found(POLICY, name))
}

/// The page of a policy.
pub(super) fn link_to(name: &str) -> Link {
    Link::new(name, href(SLUG, name))
}

/// The question which policy to use.
pub(super) fn field(cx: &mut Cx<'_, '_>, chosen: &str) -> Result<Field> {
    let mut choices = vec![Choice::new("", cx.t("notification-policies.without"), chosen.is_empty())];
    for policy in matching(cx, "", u64::from(CHOICES))? {
        let is_chosen = policy.name == chosen;
        choices.push(Choice::new(policy.name.clone(), policy.name, is_chosen));
    }
    Ok(Field::select("notification-policy", cx.t("notification-policies.one"), choices)
        .hint(cx.t("notification-policies.field-hint")))
}

/// JSON with its structure on lines of its own; anything else as it is.
fn pretty(text: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    parsed.and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| text.to_owned())
}
