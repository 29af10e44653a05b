//! Workspace server groups: what carries application groups.

use muster_apps::{
    AppGroupFilter, AppKind, Disk, DiskKind, Image, ImageSource, NewServerGroup, OperatingSystem,
    ServerGroup, ServerGroupFilter, ServerGroupPatch, ServerPlan, Tag, TagChange,
};
use muster_core::{Error, PageRequest, Result};

use super::{
    Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, app_groups::number, link, published,
};
use crate::calls::{self, HuaweiApi, Param, Rest, quoted};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::Choice;
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Link, Row, State, Table, Tone, Value};

pub(super) struct ServerGroups;

const SLUG: &str = "server-groups";
const KIND: &str = "server group";
/// Application groups that a server group's page shows.
const GROUPS: u64 = 50;

const SYSTEMS: [(&str, OperatingSystem); 3] = [
    ("Windows", OperatingSystem::Windows),
    ("Linux", OperatingSystem::Linux),
    ("Other", OperatingSystem::Other),
];
const DISKS: [(&str, DiskKind); 5] = [
    ("ESSD", DiskKind::ExtremeSsd),
    ("SSD", DiskKind::Ssd),
    ("GPSSD", DiskKind::GeneralSsd),
    ("SAS", DiskKind::Sas),
    ("SATA", DiskKind::Sata),
];
const SOURCES: [(&str, ImageSource); 5] = [
    ("public", ImageSource::Public),
    ("private", ImageSource::Private),
    ("shared", ImageSource::Shared),
    ("gold", ImageSource::Market),
    ("other", ImageSource::Other),
];

impl Kind for ServerGroups {
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
            Verb::List => ("ListServerGroups", "workspace:serverGroup:list"),
            Verb::Show => ("ShowServerGroup", "workspace:serverGroup:get"),
            Verb::Create => ("CreateServerGroup", "workspace:serverGroup:create"),
            Verb::Update => ("UpdateServerGroup", "workspace:serverGroup:update"),
            Verb::Delete => ("DeleteServerGroups", "workspace:serverGroup:delete"),
            Verb::Act("tag") => ("CreateServerGroupTags", "workspace:serverGroup:tag"),
            Verb::Act("untag") => ("DeleteServerGroupTags", "workspace:serverGroup:untag"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["tag", "untag"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("server-groups.state")),
            Column::new(cx.t("server-groups.system")),
            Column::numeric(cx.t("published-groups.title")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let found = matching(cx, wanted.text, wanted.page())?;
        Found::counted(wanted, found, |group| {
            let state = state(cx, &group);
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &group.id, group.name), group.id),
                Value::State(state),
                Value::Text(word_of(&SYSTEMS, group.os).to_owned()),
                Value::Number(group.app_group_count),
                cx.time(group.updated_at),
            ]))
        })
    }

    fn looks_at_newest(&self, _wanted: &Wanted<'_>) -> bool {
        false
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        let page = PageRequest { offset: 0, limit: 1 };
        Ok(cx.services.apps.list_server_groups(cx.tx, cx.caller, &ServerGroupFilter::default(), page)?.total)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, text, PageRequest { offset: 0, limit: limit.into() })?;
        Ok(found
            .into_iter()
            .map(|group| Hit { below: group.id.clone(), id: group.id, name: group.name })
            .collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = cx.services.apps.get_server_group(cx.tx, cx.caller, id)?;
        let sections = vec![carried(cx, id)?, tags(cx, &group)];
        let plan = &group.plan;
        let others = |ids: &[String]| Value::links(ids.iter().map(|id| link(SLUG, id, id)).collect());
        let primary: Vec<String> = group.primary_id.iter().cloned().collect();
        let disk = format!("{} {} GiB", word_of(&DISKS, plan.disk.kind), plan.disk.gib);
        Ok(Object {
            state: Some(state(cx, &group)),
            facts: vec![
                Fact::new(cx.t("published-groups.gives"), Value::Text(cx.t(published::kind_key(group.kind)))),
                Fact::new(cx.t("server-groups.system"), Value::Text(word_of(&SYSTEMS, group.os).to_owned())),
                Fact::new(cx.t("server-groups.product"), Value::Id(plan.product_id.clone())),
                Fact::new(cx.t("server-groups.image"), Value::Id(plan.image.id.clone())),
                Fact::new(cx.t("server-groups.disk"), Value::Text(disk)),
                Fact::new(cx.t("server-groups.vpc"), Value::Id(plan.vpc_id.clone())),
                Fact::new(cx.t("server-groups.subnet"), Value::Id(plan.subnet_id.clone())),
                Fact::new(cx.t("server-groups.single"), cx.yes_no(group.single_session)),
                Fact::new(cx.t("server-groups.primary"), others(&primary)),
                Fact::new(cx.t("server-groups.standby"), others(&group.standby_ids)),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            sections,
            name: group.name,
            id: group.id,
            note: group.description,
            ..Object::default()
        })
    }

    fn blank(&self, _query: &Input) -> Input {
        Input::default()
            .with("enabled", "true")
            .with("system-disk", "80")
            .with("image-source", "private")
            .with("disk-kind", "SAS")
            .with("kind", published::kind_word(AppKind::Apps))
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = cx.services.apps.get_server_group(cx.tx, cx.caller, id)?;
        let plan = group.plan;
        Ok(Input::default()
            .with("name", group.name)
            .with("description", group.description)
            .with("kind", published::kind_word(group.kind))
            .with("enabled", group.enabled.to_string())
            .with("image", plan.image.id)
            .with("image-source", word_of(&SOURCES, plan.image.source))
            .with("image-product", plan.image.product_id.unwrap_or_default())
            .with("disk-kind", word_of(&DISKS, plan.disk.kind))
            .with("system-disk", plan.disk.gib.to_string())
            .with("organizational-unit", plan.organizational_unit))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let line =
            |name: &'static str, key: &str| Field::line(name, cx.lang.t(key), values.get(name)).max(128);
        let select = |name: &'static str, key: &str, words: &[&str]| {
            let choices =
                words.iter().map(|word| Choice::new(*word, *word, values.get(name) == *word)).collect();
            Field::select(name, cx.lang.t(key), choices)
        };
        let mut first = vec![
            line("name", "object.name").required().max(64),
            Field::line("description", cx.t("object.description"), values.get("description")),
            Field::select(
                "kind",
                cx.t("published-groups.gives"),
                published::kind_choices(cx, values.get("kind")),
            ),
            Field::switch("enabled", cx.t("server-groups.enabled"), values.on("enabled")),
        ];
        let mut plan = Vec::new();
        if id.is_none() {
            first.push(select("os", "server-groups.system", &SYSTEMS.map(|(word, _)| word)));
            first.push(
                Field::switch("single", cx.t("server-groups.single"), values.on("single"))
                    .hint(cx.t("server-groups.single-hint")),
            );
            let products = cx.services.apps.catalogue().products().iter().map(|product| {
                let size =
                    format!("{} · {} vCPU · {} GiB", product.id, product.vcpus, product.memory_mib / 1024);
                Choice::new(product.id.clone(), size, values.get("product") == product.id)
            });
            plan.push(Field::select("product", cx.t("server-groups.product"), products.collect()));
        }
        plan.extend([
            line("image", "server-groups.image").required().hint(cx.t("server-groups.image-hint")),
            select("image-source", "server-groups.image-source", &SOURCES.map(|(word, _)| word)),
            line("image-product", "server-groups.image-product").hint(cx.t("server-groups.market-hint")),
            select("disk-kind", "server-groups.disk-kind", &DISKS.map(|(word, _)| word)),
            Field::number("system-disk", cx.t("server-groups.disk-size"), values.get("system-disk"))
                .required(),
            line("organizational-unit", "server-groups.unit"),
        ]);
        if id.is_none() {
            plan.push(line("vpc", "server-groups.vpc").required());
            plan.push(line("subnet", "server-groups.subnet").required());
        }
        let plan = Group {
            title: cx.t("server-groups.plan"),
            hint: cx.t("server-groups.plan-hint"),
            fields: plan,
            ..Group::default()
        };
        Ok(vec![Group { fields: first, ..Group::default() }, plan])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let new = NewServerGroup {
            name: input.get("name").to_owned(),
            description: input.get("description").to_owned(),
            kind: published::kind_of(input.get("kind")),
            os: meaning(&SYSTEMS, input, "os")?,
            single_session: input.on("single"),
            virtual_ip: None,
            enabled: input.on("enabled"),
            enterprise_project_id: "0".to_owned(),
            primary_id: None,
            plan: ServerPlan {
                product_id: input.get("product").to_owned(),
                flavor_id: None,
                image: Image {
                    id: input.get("image").to_owned(),
                    source: meaning(&SOURCES, input, "image-source")?,
                    product_id: input.some("image-product"),
                },
                disk: Disk { kind: meaning(&DISKS, input, "disk-kind")?, gib: gib(input)? },
                vpc_id: input.get("vpc").to_owned(),
                subnet_id: input.get("subnet").to_owned(),
                zone: None,
                cluster_id: None,
                organizational_unit: input.get("organizational-unit").to_owned(),
                route_policy: None,
                extra_sessions: None,
            },
            tags: Vec::new(),
        };
        let group = cx.services.apps.create_server_group(cx.tx, cx.caller, &new)?;
        Ok(Made { id: group.id, name: group.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let patch = ServerGroupPatch {
            name: Some(input.get("name").to_owned()),
            description: Some(input.get("description").to_owned()),
            kind: published::kind_of(input.get("kind")),
            enabled: Some(input.on("enabled")),
            image_id: input.some("image"),
            image_source: Some(meaning(&SOURCES, input, "image-source")?),
            image_product_id: input.some("image-product"),
            disk_kind: Some(meaning(&DISKS, input, "disk-kind")?),
            disk_gib: Some(gib(input)?),
            organizational_unit: Some(input.get("organizational-unit").to_owned()),
            ..ServerGroupPatch::default()
        };
        cx.services.apps.update_server_group(cx.tx, cx.caller, id, &patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = cx.services.apps.get_server_group(cx.tx, cx.caller, id)?;
        let mut consequences = vec![cx.t("server-groups.delete-plan")];
        if group.app_group_count > 0 {
            consequences.push(cx.lang.count("server-groups.delete-bound", group.app_group_count));
        }
        Ok(Going { name: group.name, consequences, fields: Vec::new() })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        if cx.services.apps.delete_server_group(cx.tx, cx.caller, id)? {
            Ok(())
        } else {
            Err(Error::not_found(KIND, id))
        }
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let tag = Tag { key: input.get("key").to_owned(), value: input.get("value").to_owned() };
        let change = [TagChange { server_group_id: id.to_owned(), tags: vec![tag] }];
        if action == "tag" {
            cx.services.apps.tag_server_groups(cx.tx, cx.caller, &change)
        } else {
            cx.services.apps.untag_server_groups(cx.tx, cx.caller, &change)
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let base = format!("/v1/{}/app-server-groups", cx.place.project_id);
        let id_text = id.unwrap_or_default().to_owned();
        let path = format!("{base}/{id_text}");
        let id_argument = format!("server_group_id={}", quoted(&id_text));
        let (operation, params, arguments, rest): (_, Vec<Param<'_>>, String, Rest<'_>) = match verb {
            Verb::Create => {
                let product =
                    cx.services.apps.catalogue().products().first().map(|product| product.id.clone());
                let texts = [
                    ("name", "terminal-servers".to_owned()),
                    ("os_type", "Windows".to_owned()),
                    ("product_id", product.unwrap_or_default()),
                    ("image_id", "windows-2022".to_owned()),
                    ("image_type", "private".to_owned()),
                    ("vpc_id", "vpc-1".to_owned()),
                    ("subnet_id", "subnet-1".to_owned()),
                    ("system_disk_type", "SAS".to_owned()),
                ];
                let python: Vec<String> =
                    texts.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
                let json: Vec<String> =
                    texts.iter().map(|(name, value)| format!("{}:{}", quoted(name), quoted(value))).collect();
                let mut params: Vec<Param<'_>> = texts.to_vec();
                params.push(("system_disk_size:", "80".to_owned()));
                (
                    "CreateServerGroup",
                    params,
                    format!("body=CreateServerGroupReq({}, system_disk_size=80)", python.join(", ")),
                    Rest {
                        method: "POST",
                        path: base,
                        body: format!("{{{},\"system_disk_size\":80}}", json.join(",")),
                    },
                )
            }
            Verb::Update => {
                let name = cx.services.apps.get_server_group(cx.tx, cx.caller, &id_text)?.name;
                (
                    "UpdateServerGroup",
                    vec![("server_group_id", id_text), ("name", name.clone())],
                    format!("{id_argument}, body=UpdateServerGroupReq(name={})", quoted(&name)),
                    Rest { method: "PATCH", path, body: format!(r#"{{"name":{}}}"#, quoted(&name)) },
                )
            }
            Verb::Delete => (
                "DeleteServerGroups",
                vec![("server_group_id", id_text)],
                id_argument,
                Rest { method: "DELETE", path, body: String::new() },
            ),
            Verb::List | Verb::Show | Verb::Act(_) => (
                "ShowServerGroup",
                vec![("server_group_id", id_text)],
                id_argument,
                Rest { method: "GET", path, body: String::new() },
            ),
        };
        Ok(calls::huawei(cx.place, HuaweiApi::Workspace, operation, &params, &arguments, &rest))
    }
}

/// By part of the name, or by the whole id.
fn matching(cx: &mut Cx<'_, '_>, text: &str, page: PageRequest) -> Result<Vec<ServerGroup>> {
    let wanted = Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
    let by_name = ServerGroupFilter { name_contains: wanted.clone(), ..ServerGroupFilter::default() };
    let found = cx.services.apps.list_server_groups(cx.tx, cx.caller, &by_name, page)?.items;
    if !found.is_empty() || wanted.is_none() {
        return Ok(found);
    }
    let by_id = ServerGroupFilter { id: wanted, ..ServerGroupFilter::default() };
    Ok(cx.services.apps.list_server_groups(cx.tx, cx.caller, &by_id, page)?.items)
}

fn state(cx: &Cx<'_, '_>, group: &ServerGroup) -> State {
    if group.enabled {
        State::new(Tone::Good, cx.t("server-groups.open"))
    } else {
        State::new(Tone::Off, cx.t("server-groups.closed"))
    }
}

/// The application groups that run here.
fn carried(cx: &mut Cx<'_, '_>, id: &str) -> Result<Section> {
    let filter = AppGroupFilter { server_group_id: Some(id.to_owned()), ..AppGroupFilter::default() };
    let page = PageRequest { offset: 0, limit: GROUPS };
    let found = cx.services.apps.list_app_groups(cx.tx, cx.caller, &filter, page)?;
    let title = cx.t("published-groups.title");
    let rows = found.items.into_iter().map(|group| published::row(cx, group)).collect();
    let query = Input::default().query(&[("server-group", id)]);
    Ok(Section {
        id: "groups",
        title: title.clone(),
        count: Some(found.total),
        table: Table { caption: title, columns: published::PublishedGroups.columns(cx), rows },
        empty: cx.t("server-groups.carries-none"),
        more: Some(Link::new(cx.t("published-groups.new"), format!("/console/new/published-groups?{query}"))),
        ..Section::default()
    })
}

fn tags(cx: &Cx<'_, '_>, group: &ServerGroup) -> Section {
    let rows = group
        .tags
        .iter()
        .map(|tag| Row {
            cells: vec![Value::Text(tag.key.clone()), Value::text(tag.value.clone())],
            buttons: vec![Button {
                text: cx.t("server-groups.untag"),
                action: action(SLUG, &group.id, "untag"),
                hidden: vec![("key", tag.key.clone())],
                about: tag.key.clone(),
            }],
            ..Row::default()
        })
        .collect();
    let title = cx.t("server-groups.tags");
    Section {
        id: "tags",
        title: title.clone(),
        count: Some(group.tags.len() as u64),
        table: Table {
            caption: title,
            columns: vec![Column::new(cx.t("server-groups.key")), Column::new(cx.t("server-groups.value"))],
            rows,
        },
        empty: cx.t("server-groups.no-tags"),
        form: Some(InlineForm {
            action: action(SLUG, &group.id, "tag"),
            fields: vec![
                Field::line("key", cx.t("server-groups.key"), "").required().max(128),
                Field::line("value", cx.t("server-groups.value"), "").max(255),
            ],
            submit: cx.t("server-groups.tag"),
        }),
        ..Section::default()
    }
}

fn gib(input: &Input) -> Result<u32> {
    let wrong = || Error::invalid("system disk", "it is not a size in GiB");
    number(input, "system-disk")?.and_then(|gib| u32::try_from(gib).ok()).ok_or_else(wrong)
}

/// What the chosen word stands for.
fn meaning<T: Copy>(words: &[(&str, T)], input: &Input, name: &'static str) -> Result<T> {
    let chosen = words.iter().find(|(word, _)| *word == input.get(name));
    chosen.map(|(_, meaning)| *meaning).ok_or_else(|| Error::invalid(name, "it is none of the choices"))
}

fn word_of<T: PartialEq + Copy>(words: &[(&'static str, T)], wanted: T) -> &'static str {
    words.iter().find(|(_, meaning)| *meaning == wanted).map_or("", |(word, _)| word)
}
