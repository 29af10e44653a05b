//! SchedulerX namespaces.

use muster_core::{PageRequest, Result};
use muster_jobs::app_groups::AppGroupFilter;
use muster_jobs::namespaces::{self, Namespace, NamespaceFilter, NamespacePatch, NewNamespace, Outcome};

use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, href, link};
use crate::calls::{self, AlibabaApi, Param};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::object::{Object, Section};
use crate::view::{Call, Cloud, Column, Fact, Link, Row, Table, Value};

pub(super) struct Namespaces;

const SLUG: &str = "namespaces";
/// Groups that a namespace's page names before it refers to the list.
const GROUPS: u64 = 20;

impl Kind for Namespaces {
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
            Verb::List | Verb::Show => ("ListNamespaces", "edas:ListNamespaces"),
            Verb::Create => ("CreateNamespace", "edas:CreateSchedulerxNamespaceCreate"),
            Verb::Update => ("UpdateNamespace", "edas:UpdateNamespace"),
            Verb::Delete => ("DeleteNamespace", "edas:DeleteNamespace"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (namespaces::NAMESPACE, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("namespaces.uid")),
            Column::new(cx.t("object.description")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let page = wanted.page();
        let found = matching(cx, wanted.text)?;
        let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let items = found.into_iter().skip(skip).take(take).collect();
        Found::counted(wanted, items, |namespace| {
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &namespace.uid, namespace.name), String::new()),
                Value::Id(namespace.uid),
                Value::text(namespace.description),
                cx.time(namespace.updated_at),
            ]))
        })
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        namespaces::count(cx.tx, cx.caller)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, text)?.into_iter().take(limit as usize);
        Ok(found.map(|each| Hit { id: each.uid.clone(), name: each.name, below: each.uid }).collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let namespace = namespaces::get(cx.tx, cx.caller, id)?;
        let filter = AppGroupFilter {
            namespace: Some(namespace.uid.clone()),
            page: PageRequest { offset: 0, limit: GROUPS },
            ..AppGroupFilter::default()
        };
        let groups = cx.services.app_groups.list(cx.tx, cx.caller, &filter)?;
        let rows = groups
            .items
            .into_iter()
            .map(|group| {
                Row::from(vec![
                    Value::Named(link("app-groups", &group.id.to_string(), group.name), group.group_id),
                    Value::Of(group.job_count.unsigned_abs(), group.max_jobs.unsigned_abs()),
                    cx.time(group.updated_at),
                ])
            })
            .collect();
        let title = cx.t("app-groups.title");
        let query = Input::default().query(&[("namespace", &namespace.uid)]);
        let section = Section {
            id: "groups",
            title: title.clone(),
            count: Some(groups.total),
            table: Table {
                caption: title,
                columns: vec![
                    Column::new(cx.t("object.name")),
                    Column::numeric(cx.t("app-groups.jobs")),
                    Column::new(cx.t("object.changed")),
                ],
                rows,
            },
            empty: cx.t("namespaces.no-groups"),
            more: Some(if groups.total > GROUPS {
                Link::new(cx.t("object.all"), format!("/console/app-groups?{query}"))
            } else {
                Link::new(cx.t("app-groups.new"), format!("/console/new/app-groups?{query}"))
            }),
            ..Section::default()
        };
        Ok(Object {
            name: namespace.name,
            id: namespace.uid,
            note: namespace.description,
            facts: vec![
                Fact::new(cx.t("object.created"), cx.time(namespace.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(namespace.updated_at)),
            ],
            sections: vec![section],
            ..Object::default()
        })
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let namespace = namespaces::get(cx.tx, cx.caller, id)?;
        Ok(Input::default().with("name", namespace.name).with("description", namespace.description))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let uid = match id {
            Some(uid) => Field::fixed("uid", cx.t("namespaces.uid"), uid),
            None => Field::line("uid", cx.t("namespaces.uid"), values.get("uid"))
                .max(128)
                .hint(cx.t("namespaces.uid-hint")),
        };
        let fields = vec![
            Field::line("name", cx.t("object.name"), values.get("name")).required().max(64),
            uid,
            Field::line("description", cx.t("object.description"), values.get("description")),
        ];
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewNamespace {
            uid: input.some("uid"),
            name: input.get("name").to_owned(),
            description: input.get("description").to_owned(),
        };
        match namespaces::create(cx.tx, cx.caller, new)? {
            Outcome::Created(uid) => Ok(Made { id: uid, name: input.get("name").to_owned() }),
            // The API repeats itself to be safe; a person who reads "created" must be able to believe it.
            Outcome::Existed(uid) => Err(muster_core::Error::already_exists(namespaces::NAMESPACE, uid)),
        }
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let patch = NamespacePatch {
            name: Some(input.get("name").to_owned()),
            description: Some(input.get("description").to_owned()),
        };
        namespaces::update(cx.tx, cx.caller, id, &patch)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let namespace = namespaces::get(cx.tx, cx.caller, id)?;
        let consequences = vec![cx.t("namespaces.delete-empty")];
        Ok(Going { name: namespace.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        namespaces::delete(cx.tx, cx.caller, id)
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let uid = id.unwrap_or_default().to_owned();
        let region = ("RegionId", cx.place.region.clone());
        let (operation, params): (_, Vec<Param<'_>>) = match verb {
            Verb::Create => ("CreateNamespace", vec![region, ("Name", "payments".to_owned())]),
            Verb::Update => {
                let name = namespaces::get(cx.tx, cx.caller, &uid)?.name;
                ("UpdateNamespace", vec![region, ("Namespace", uid), ("NamespaceName", name)])
            }
            Verb::Delete => ("DeleteNamespace", vec![region, ("Namespace", uid)]),
            Verb::List | Verb::Show | Verb::Act(_) => ("ListNamespaces", vec![region, ("Namespace", uid)]),
        };
        Ok(calls::alibaba(cx.place, AlibabaApi::SchedulerX, operation, &params))
    }
}

/// By part of the name, or by the whole uid.
fn matching(cx: &mut Cx<'_, '_>, text: &str) -> Result<Vec<Namespace>> {
    let by_name = NamespaceFilter {
        name_contains: Some(text).filter(|text| !text.is_empty()).map(str::to_owned),
        ..NamespaceFilter::default()
    };
    let found = namespaces::list(cx.tx, cx.caller, &by_name)?;
    if !found.is_empty() || text.is_empty() {
        return Ok(found);
    }
    namespaces::list(
        cx.tx,
        cx.caller,
        &NamespaceFilter { uid: Some(text.to_owned()), ..NamespaceFilter::default() },
    )
}

/// A namespace's page by its name, or its uid when it is gone.
pub(super) fn link_to(cx: &mut Cx<'_, '_>, uid: &str) -> Result<Link> {
    let filter = NamespaceFilter { uid: Some(uid.to_owned()), ..NamespaceFilter::default() };
    let name = namespaces::list(cx.tx, cx.caller, &filter)?.pop().map(|namespace| namespace.name);
    Ok(Link::new(name.unwrap_or_else(|| uid.to_owned()), href(SLUG, uid)))
}
