//! Workspace application groups: programs that users may open.

use muster_apps::{
    AppGroup, AppGroupFilter, AppGroupPatch, AppKind, Binding, NewAppGroup, ServerGroupFilter,
};
use muster_core::{Error, PageRequest, Result};

use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, link};
use crate::calls::{self, HuaweiApi, Param, Rest, quoted};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::{Choice, Filter};
use crate::view::object::Object;
use crate::view::{Call, Cloud, Column, Fact, Row, State, Tone, Value};

pub(super) struct PublishedGroups;

pub(super) const SLUG: &str = "published-groups";
/// What the audit log calls one, and how long its ids are.
pub(super) const KIND: &str = "app group";
pub(super) const ID_DIGITS: usize = 18;
/// Server groups that a form offers.
const CHOICES: u64 = 200;

impl Kind for PublishedGroups {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Applications
    }

    fn cloud(&self) -> Cloud {
        Cloud::Workspace
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List => ("ListAppGroup", "workspace:appGroup:list"),
            Verb::Show => ("ShowAppGroupDetail", "workspace:appGroup:get"),
            Verb::Create => ("CreateAppGroup", "workspace:appGroup:create"),
            Verb::Update => ("UpdateAppGroup", "workspace:appGroup:update"),
            Verb::Delete => ("DeleteAppGroup", "workspace:appGroup:delete"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("published-groups.gives")),
            Column::new(cx.t("server-groups.one")),
            Column::new(cx.t("object.created")),
        ]
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        let chosen = input.get("kind");
        let mut choices = vec![Choice::new("", cx.t("published-groups.any"), chosen.is_empty())];
        choices.extend(kind_choices(cx, chosen));
        Ok(vec![Filter { name: "kind", label: cx.t("published-groups.gives"), choices }])
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let kind = wanted.filter("kind").as_deref().and_then(kind_of);
        let found = matching(cx, wanted.text, kind, wanted.page())?;
        Found::counted(wanted, found, |group| Ok(row(cx, group)))
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        let page = PageRequest { offset: 0, limit: 1 };
        Ok(cx.services.apps.list_app_groups(cx.tx, cx.caller, &AppGroupFilter::default(), page)?.total)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, text, None, PageRequest { offset: 0, limit: limit.into() })?;
        Ok(found
            .into_iter()
            .map(|group| Hit { below: group.id.clone(), id: group.id, name: group.name })
            .collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = cx.services.apps.get_app_group(cx.tx, cx.caller, id)?;
        let (state, server_group) = match &group.server_group {
            Some(bound) => (
                State::new(Tone::Good, cx.t("published-groups.bound")),
                Value::Link(link("server-groups", &bound.id, &bound.name)),
            ),
            None => (State::new(Tone::Warning, cx.t("published-groups.unbound")), Value::None),
        };
        Ok(Object {
            name: group.name,
            id: group.id,
            note: group.description,
            state: Some(state),
            facts: vec![
                Fact::new(cx.t("published-groups.gives"), Value::Text(cx.t(kind_key(group.kind)))),
                Fact::new(cx.t("server-groups.one"), server_group),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
            ],
            ..Object::default()
        })
    }

    fn blank(&self, query: &Input) -> Input {
        Input::default().with("server-group", query.get("server-group"))
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = cx.services.apps.get_app_group(cx.tx, cx.caller, id)?;
        Ok(Input::default()
            .with("name", group.name)
            .with("description", group.description)
            .with("server-group", group.server_group.map(|bound| bound.id).unwrap_or_default()))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let page = PageRequest { offset: 0, limit: CHOICES };
        let servers =
            cx.services.apps.list_server_groups(cx.tx, cx.caller, &ServerGroupFilter::default(), page)?;
        let chosen = values.get("server-group");
        let mut choices = vec![Choice::new("", cx.t("published-groups.later"), chosen.is_empty())];
        choices.extend(servers.items.into_iter().map(|group| {
            let is_chosen = group.id == chosen;
            Choice::new(group.id, group.name, is_chosen)
        }));
        let mut fields = vec![
            Field::line("name", cx.t("object.name"), values.get("name"))
                .required()
                .max(64)
                .hint(cx.t("published-groups.name-hint")),
            Field::line("description", cx.t("object.description"), values.get("description")),
            Field::select("server-group", cx.t("server-groups.one"), choices)
                .hint(cx.t("published-groups.server-hint")),
        ];
        if id.is_none() {
            let mut kinds =
                vec![Choice::new("", cx.t("published-groups.as-server"), values.get("kind").is_empty())];
            kinds.extend(kind_choices(cx, values.get("kind")));
            fields.push(Field::select("kind", cx.t("published-groups.gives"), kinds));
        }
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewAppGroup {
            name: input.get("name").to_owned(),
            description: input.get("description").to_owned(),
            server_group_id: input.some("server-group"),
            kind: kind_of(input.get("kind")),
        };
        let group = cx.services.apps.create_app_group(cx.tx, cx.caller, &new)?;
        Ok(Made { id: group.id, name: group.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let patch = AppGroupPatch {
            name: Some(input.get("name").to_owned()),
            description: Some(input.get("description").to_owned()),
            binding: input.some("server-group").map_or(Binding::Unbind, Binding::To),
        };
        cx.services.apps.update_app_group(cx.tx, cx.caller, id, &patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = cx.services.apps.get_app_group(cx.tx, cx.caller, id)?;
        Ok(Going {
            name: group.name,
            consequences: vec![cx.t("published-groups.delete-users")],
            fields: Vec::new(),
        })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        match cx.services.apps.delete_app_groups(cx.tx, cx.caller, &[id.to_owned()])? {
            0 => Err(Error::not_found(KIND, id)),
            _ => Ok(()),
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let base = format!("/v1/{}/app-groups", cx.place.project_id);
        let id_text = id.unwrap_or_default().to_owned();
        let name = match id {
            Some(id) => cx.services.apps.get_app_group(cx.tx, cx.caller, id)?.name,
            None => "office".to_owned(),
        };
        let id_argument = format!("app_group_id={}", quoted(&id_text));
        let body = format!(r#"{{"name":{}}}"#, quoted(&name));
        let path = format!("{base}/{id_text}");
        let (operation, params, arguments, rest): (_, Vec<Param<'_>>, String, Rest<'_>) = match verb {
            Verb::Create => (
                "CreateAppGroup",
                vec![("name", name.clone())],
                format!("body=CreateAppGroupReq(name={})", quoted(&name)),
                Rest { method: "POST", path: base, body },
            ),
            Verb::Update => (
                "UpdateAppGroup",
                vec![("app_group_id", id_text), ("name", name.clone())],
                format!("{id_argument}, body=UpdateAppGroupReq(name={})", quoted(&name)),
                Rest { method: "PATCH", path, body },
            ),
            Verb::Delete => (
                "DeleteAppGroup",
                vec![("app_group_id", id_text)],
                id_argument,
                Rest { method: "DELETE", path, body: String::new() },
            ),
            Verb::List | Verb::Show | Verb::Act(_) => (
                "ShowAppGroupDetail",
                vec![("app_group_id", id_text)],
                id_argument,
                Rest { method: "GET", path, body: String::new() },
            ),
        };
        Ok(calls::huawei(cx.place, HuaweiApi::Workspace, operation, &params, &arguments, &rest))
    }
}

/// By part of the name, or by the whole id.
fn matching(
    cx: &mut Cx<'_, '_>,
    text: &str,
    kind: Option<AppKind>,
    page: PageRequest,
) -> Result<Vec<AppGroup>> {
    let is_id = text.len() == ID_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    let wanted = Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
    let filter = match is_id {
        true => AppGroupFilter { id: wanted, kind, ..AppGroupFilter::default() },
        false => AppGroupFilter { name_contains: wanted, kind, ..AppGroupFilter::default() },
    };
    Ok(cx.services.apps.list_app_groups(cx.tx, cx.caller, &filter, page)?.items)
}

/// An application group as a row of any list.
pub(super) fn row(cx: &Cx<'_, '_>, group: AppGroup) -> Row {
    let server = group
        .server_group
        .map_or(Value::None, |bound| Value::Link(link("server-groups", &bound.id, bound.name)));
    Row::from(vec![
        Value::Named(link(SLUG, &group.id, group.name), group.id),
        Value::Text(cx.t(kind_key(group.kind))),
        server,
        cx.time(group.created_at),
    ])
}

pub(super) fn kind_choices(cx: &Cx<'_, '_>, chosen: &str) -> Vec<Choice> {
    [AppKind::Apps, AppKind::SharedDesktop]
        .map(|kind| Choice::new(kind_word(kind), cx.t(kind_key(kind)), kind_word(kind) == chosen))
        .to_vec()
}

pub(super) fn kind_key(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Apps => "app-kind.apps",
        AppKind::SharedDesktop => "app-kind.desktop",
    }
}

pub(super) fn kind_word(kind: AppKind) -> &'static str {
    match kind {
        AppKind::Apps => "apps",
        AppKind::SharedDesktop => "desktop",
    }
}

pub(super) fn kind_of(word: &str) -> Option<AppKind> {
    [AppKind::Apps, AppKind::SharedDesktop].into_iter().find(|kind| kind_word(*kind) == word)
}
