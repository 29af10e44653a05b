//! SchedulerX application groups.

use muster_core::{Error, Result};
use muster_identity::app_group_resource;
use muster_jobs::app_groups::{APP_GROUP, AppGroup, AppGroupPatch, Edition, NewAppGroup, Platform};
use muster_jobs::namespaces::{self, NamespaceFilter};

use super::alarm::Alarm;
use super::{
    COUNT_TO, Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, link, namespaces as of_namespaces,
    policies, runs,
};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::{Choice, Filter};
use crate::view::object::Object;
use crate::view::{Call, Cloud, Column, Fact, Row, Value};

pub(super) struct AppGroups;

pub(crate) const SLUG: &str = "app-groups";
/// Groups that a form or a filter offers.
const OFFERED: u32 = 200;

impl Kind for AppGroups {
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
        let (operation, permission) = match verb {
            Verb::List => ("ListGroups", "edas:ReadSchedulerxAppGroupQuery"),
            Verb::Show => ("GetAppGroup", "edas:ReadSchedulerxAppGroupQuery"),
            Verb::Create => ("CreateAppGroup", "edas:CreateSchedulerxAppGroupCreate"),
            Verb::Update => ("UpdateAppGroup", "edas:ManageSchedulerxAppGroupModify"),
            Verb::Delete => ("DeleteAppGroup", "edas:DeleteAppGroup"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn resource_of(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<String> {
        let group = get(cx, id)?;
        Ok(app_group_resource(&group.namespace, &group.group_id))
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (APP_GROUP, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("namespaces.one")),
            Column::new(cx.t("app-groups.edition")),
            Column::numeric(cx.t("app-groups.jobs")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        let chosen = input.get("namespace");
        let mut choices = vec![Choice::new("", cx.t("app-groups.any-namespace"), chosen.is_empty())];
        choices.extend(namespace_choices(cx, chosen)?);
        Ok(vec![Filter { name: "namespace", label: cx.t("namespaces.one"), choices }])
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let namespace = wanted.filter("namespace");
        let mut found =
            cx.services.app_groups.browse(cx.tx, cx.caller, namespace.as_deref(), &wanted.browse())?;
        if found.is_empty() && !wanted.text.is_empty() {
            found = cx.services.app_groups.find_by_group_id(cx.tx, cx.caller, wanted.text)?;
        }
        let place = |group: &AppGroup| (group.created_at, group.id.to_string());
        Found::browsed(wanted, found, place, |group| row(cx, group))
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.app_groups.count(cx.tx, cx.caller, COUNT_TO)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let service = &cx.services.app_groups;
        let mut found = service.find_by_group_id(cx.tx, cx.caller, text)?;
        if let Ok(id) = text.parse() {
            found.extend(service.get_by_id(cx.tx, cx.caller, id).ok());
        }
        for group in service.browse(cx.tx, cx.caller, None, &Wanted::first(text, limit).browse())? {
            if found.iter().all(|known| known.id != group.id) {
                found.push(group);
            }
        }
        let hit = |group: AppGroup| Hit { id: group.id.to_string(), name: group.name, below: group.group_id };
        Ok(found.into_iter().map(hit).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = get(cx, id)?;
        let alarm = Alarm::read(&group.monitor_config, &group.monitor_contacts);
        let namespace = of_namespaces::link_to(cx, &group.namespace)?;
        let (mut sections, shares) = runs::sections(cx, &group)?;
        sections.push(alarm.recipients(cx)?);
        let limit = group.max_concurrency.map_or(Value::None, Value::number);
        let policy = match group.notification_policy.as_str() {
            "" => Value::None,
            name => Value::Link(policies::link_to(name)),
        };
        Ok(Object {
            name: group.name,
            id: group.group_id,
            note: group.description,
            facts: vec![
                Fact::new(cx.t("namespaces.one"), Value::Link(namespace)),
                Fact::new(cx.t("app-groups.number"), Value::Id(group.id.to_string())),
                Fact::new("AppKey", Value::Hidden(group.app_key)),
                Fact::new(cx.t("app-groups.edition"), edition(cx, group.edition)),
                Fact::new(cx.t("app-groups.platform"), Value::Text(cx.t(platform_key(group.platform)))),
                Fact::new(
                    cx.t("app-groups.jobs"),
                    Value::Of(group.job_count.unsigned_abs(), group.max_jobs.unsigned_abs()),
                ),
                Fact::new(cx.t("app-groups.concurrency"), limit),
                Fact::new(cx.t("app-groups.log"), cx.yes_no(group.log_enabled)),
                Fact::new(cx.t("app-groups.busy"), cx.yes_no(group.schedule_busy_workers)),
                Fact::new(cx.t("notification-policies.one"), policy),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            shares,
            sections,
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default()
            .with("namespace", query.get("namespace"))
            .with("edition", "2")
            .with("platform", "1")
            .with("max-jobs", NewAppGroup::DEFAULT_MAX_JOBS.to_string())
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = get(cx, id)?;
        let values = Input::default()
            .with("description", group.description)
            .with("edition", group.edition.number().to_string())
            .with("max-concurrency", group.max_concurrency.map(|limit| limit.to_string()).unwrap_or_default())
            .with("log", group.log_enabled.to_string())
            .with("notification-policy", group.notification_policy);
        Ok(Alarm::read(&group.monitor_config, &group.monitor_contacts).fill(values))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let edition = Field::select(
            "edition",
            cx.t("app-groups.edition"),
            [Edition::Professional, Edition::Basic]
                .map(|each| {
                    let number = each.number().to_string();
                    let chosen = values.get("edition") == number;
                    Choice::new(number, cx.t(edition_key(each)), chosen)
                })
                .to_vec(),
        );
        let description = Field::line("description", cx.t("object.description"), values.get("description"));
        let log = Field::switch("log", cx.t("app-groups.log"), values.on("log"));
        let fields = match id {
            Some(id) => {
                let group = get(cx, id)?;
                let limit = values.get("max-concurrency");
                vec![
                    Field::fixed("group-id", cx.t("app-groups.group-id"), group.group_id),
                    description,
                    edition,
                    Field::number("max-concurrency", cx.t("app-groups.concurrency"), limit)
                        .hint(cx.t("app-groups.concurrency-hint")),
                    log,
                ]
            }
            None => vec![
                Field::line("name", cx.t("object.name"), values.get("name")).required().max(64),
                Field::select(
                    "namespace",
                    cx.t("namespaces.one"),
                    namespace_choices(cx, values.get("namespace"))?,
                )
                .required()
                .hint(cx.t("app-groups.namespace-hint")),
                Field::line("group-id", cx.t("app-groups.group-id"), values.get("group-id"))
                    .required()
                    .max(128)
                    .hint(cx.t("app-groups.group-id-hint")),
                description,
                edition,
                Field::select(
                    "platform",
                    cx.t("app-groups.platform"),
                    [Platform::General, Platform::Kubernetes]
                        .map(|each| {
                            let number = each.number().to_string();
                            let chosen = values.get("platform") == number;
                            Choice::new(number, cx.t(platform_key(each)), chosen)
                        })
                        .to_vec(),
                ),
                Field::number("max-jobs", cx.t("app-groups.max-jobs"), values.get("max-jobs")),
                Field::line("app-key", "AppKey", values.get("app-key"))
                    .max(128)
                    .hint(cx.t("app-groups.key-hint")),
                log,
                Field::switch("busy", cx.t("app-groups.busy"), values.on("busy")),
            ],
        };
        let mut alarm = Alarm::group(cx, values);
        alarm.fields.push(policies::field(cx, values.get("notification-policy"))?);
        Ok(vec![Group { fields, ..Group::default() }, alarm])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let alarm = Alarm::asked(input);
        let new = NewAppGroup {
            app_key: input.some("app-key"),
            description: input.get("description").to_owned(),
            edition: asked_edition(input)?,
            platform: number(input, "platform")?.and_then(Platform::from_number).unwrap_or(Platform::General),
            max_jobs: number(input, "max-jobs")?.unwrap_or(NewAppGroup::DEFAULT_MAX_JOBS),
            log_enabled: input.on("log"),
            schedule_busy_workers: input.on("busy"),
            monitor_config: alarm.config(),
            monitor_contacts: alarm.contacts(),
            notification_policy: input.get("notification-policy").to_owned(),
            ..NewAppGroup::named(input.get("namespace"), input.get("group-id"), input.get("name"))
        };
        let group = cx.services.app_groups.create(cx.tx, cx.caller, &new)?;
        Ok(Made { id: group.id.to_string(), name: group.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?;
        let before = Alarm::read(&group.monitor_config, &group.monitor_contacts);
        let wanted = Alarm::asked(input);
        // Terraform compares both texts byte for byte: they stay unless their meaning changes.
        let changed = wanted != before && !wanted.keeps_custom(&before);
        let patch = AppGroupPatch {
            description: Some(input.get("description").to_owned()),
            edition: Some(asked_edition(input)?),
            log_enabled: Some(input.on("log")),
            max_concurrency: number(input, "max-concurrency")?,
            monitor_config: changed.then(|| wanted.config()),
            monitor_contacts: changed.then(|| wanted.contacts()),
            notification_policy: Some(input.get("notification-policy").to_owned()),
        };
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        cx.services.app_groups.update(cx.tx, cx.caller, namespace, group_id, &patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = get(cx, id)?;
        let mut consequences = vec![cx.t("app-groups.delete-key")];
        let mut fields = Vec::new();
        if group.job_count > 0 {
            consequences.push(cx.lang.count("app-groups.delete-jobs", group.job_count.unsigned_abs()));
            fields.push(Field::switch("with-jobs", cx.t("app-groups.with-jobs"), false));
        }
        Ok(Going { name: group.name, consequences, fields })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?;
        let (namespace, group_id) = (&group.namespace, &group.group_id);
        let service = &cx.services.app_groups;
        service.delete(cx.tx, cx.caller, namespace, group_id, input.on("with-jobs")).map(drop)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let mut params: Vec<Param<'_>> = vec![("RegionId", cx.place.region.clone())];
        let operation = match id {
            None => {
                let known = namespaces::list(cx.tx, cx.caller, &NamespaceFilter::default())?;
                let example = "7b0c1c52-2a53-4c54-9d0e-0f2d8a4b6c11".to_owned();
                params.push(("Namespace", known.into_iter().next().map_or(example, |first| first.uid)));
                params.push(("GroupId", "pay.batch".to_owned()));
                params.push(("AppName", "Payment batch".to_owned()));
                "CreateAppGroup"
            }
            Some(id) => {
                let group = get(cx, id)?;
                params.push(("Namespace", group.namespace));
                params.push(("GroupId", group.group_id));
                match verb {
                    Verb::Update => {
                        params.push(("Description", group.description));
                        params.push(("EnableLog", group.log_enabled.to_string()));
                        "UpdateAppGroup"
                    }
                    Verb::Delete => "DeleteAppGroup",
                    _ => "GetAppGroup",
                }
            }
        };
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

/// The group with our number.
pub(crate) fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<AppGroup> {
    let number = id.parse().map_err(|_| Error::not_found(APP_GROUP, id))?;
    cx.services.app_groups.get_by_id(cx.tx, cx.caller, number)
}

/// An application group as a row of any list.
pub(super) fn row(cx: &mut Cx<'_, '_>, group: AppGroup) -> Result<Row> {
    let namespace = of_namespaces::link_to(cx, &group.namespace)?;
    Ok(Row::from(vec![
        Value::Named(link(SLUG, &group.id.to_string(), group.name), group.group_id),
        Value::Link(namespace),
        edition(cx, group.edition),
        Value::Of(group.job_count.unsigned_abs(), group.max_jobs.unsigned_abs()),
        cx.time(group.updated_at),
    ]))
}

fn edition(cx: &Cx<'_, '_>, edition: Edition) -> Value {
    Value::Text(cx.t(edition_key(edition)))
}

fn edition_key(edition: Edition) -> &'static str {
    match edition {
        Edition::Basic => "app-groups.basic",
        Edition::Professional => "app-groups.professional",
    }
}

fn platform_key(platform: Platform) -> &'static str {
    match platform {
        Platform::General => "app-groups.general",
        Platform::Kubernetes => "app-groups.kubernetes",
    }
}

fn asked_edition(input: &Input) -> Result<Edition> {
    Ok(number(input, "edition")?.and_then(Edition::from_number).unwrap_or(Edition::Professional))
}

/// A whole number, or nothing for an empty field.
pub(super) fn number(input: &Input, name: &str) -> Result<Option<i64>> {
    input
        .some(name)
        .map(|text| text.parse().map_err(|_| Error::invalid(name, "it is not a whole number")))
        .transpose()
}

fn namespace_choices(cx: &mut Cx<'_, '_>, chosen: &str) -> Result<Vec<Choice>> {
    let all = namespaces::list(cx.tx, cx.caller, &NamespaceFilter::default())?;
    Ok(all
        .into_iter()
        .map(|namespace| {
            let label = format!("{} · {}", namespace.name, namespace.uid);
            let is_chosen = namespace.uid == chosen;
            Choice::new(namespace.uid, label, is_chosen)
        })
        .collect())
}

/// The newest groups as choices, by our number.
pub(crate) fn choices(cx: &mut Cx<'_, '_>, chosen: &str) -> Result<Vec<Choice>> {
    let newest = Wanted::first("", OFFERED).browse();
    let mut groups = cx.services.app_groups.browse(cx.tx, cx.caller, None, &newest)?;
    if let Ok(id) = chosen.parse()
        && groups.iter().all(|group| group.id != id)
    {
        groups.extend(cx.services.app_groups.get_by_id(cx.tx, cx.caller, id).ok());
    }
    let choice = |group: AppGroup| {
        let id = group.id.to_string();
        let is_chosen = id == chosen;
        Choice::new(id, format!("{} · {}", group.name, group.group_id), is_chosen)
    };
    Ok(groups.into_iter().map(choice).collect())
}

/// The same as a filter of a list, with all groups before them.
pub(crate) fn filter(cx: &mut Cx<'_, '_>, input: &Input) -> Result<Filter> {
    let chosen = input.get("group");
    let mut all = vec![Choice::new("", cx.t("app-groups.any"), chosen.is_empty())];
    all.extend(choices(cx, chosen)?);
    Ok(Filter { name: "group", label: cx.t("app-groups.one"), choices: all })
}

/// Where the newest group stands, for examples: namespace and group id.
pub(crate) fn newest(cx: &mut Cx<'_, '_>) -> Result<(String, String)> {
    let found = cx.services.app_groups.browse(cx.tx, cx.caller, None, &Wanted::first("", 1).browse())?;
    Ok(match found.into_iter().next() {
        Some(group) => (group.namespace, group.group_id),
        None => ("7b0c1c52-2a53-4c54-9d0e-0f2d8a4b6c11".to_owned(), "pay.batch".to_owned()),
    })
}
