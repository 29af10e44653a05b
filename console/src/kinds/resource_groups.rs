//! Cloud Eye resource groups with their members.

use muster_core::{Error, PageRequest, Result};
use muster_resources::{
    Group as ResourceGroup, GroupPatch, Health, Kind as Membership, Level, Member, MemberFilter, NewGroup,
    Origin, Rule, Scope, Statistics,
};

use super::resource_text::{dimensions, name, required, tags, written};
use super::{Doing, Found, Going, Hit, Kind, Made, Verb, Wanted, action, link};
use crate::calls::{self, HuaweiApi, Param, Rest, quoted};
use crate::chart::{Hue, Share, Shares};
use crate::cx::Cx;
use crate::frame::Heading;
use crate::input::Input;
use crate::view::form::{Field, Group};
use crate::view::listing::{Choice, Filter};
use crate::view::object::{InlineForm, Object, Section};
use crate::view::{Button, Call, Cloud, Column, Fact, Row, State, Table, Tone, Value};

pub(super) struct ResourceGroups;

const SLUG: &str = "resource-groups";
const KIND: &str = "resource group";
/// Members that a group's page shows.
const MEMBERS: u64 = 200;
const DEFAULT_PROJECT: &str = "0";

impl Kind for ResourceGroups {
    fn slug(&self) -> &'static str {
        SLUG
    }

    fn heading(&self) -> Heading {
        Heading::Resources
    }

    fn cloud(&self) -> Cloud {
        Cloud::CloudEye
    }

    fn doing(&self, verb: Verb) -> Option<Doing> {
        let (operation, permission) = match verb {
            Verb::List => ("ListResourceGroups", "ces:resourceGroups:list"),
            Verb::Show => ("ShowResourceGroup", "ces:resourceGroups:get"),
            Verb::Create => ("CreateResourceGroup", "ces:resourceGroups:create"),
            Verb::Update => ("UpdateResourceGroup", "ces:resourceGroups:put"),
            Verb::Delete => ("BatchDeleteResourceGroups", "ces:resourceGroups:delete"),
            Verb::Act("add") => ("BatchCreateResources", "ces:resourceGroups:addResources"),
            Verb::Act("remove") => ("BatchDeleteResources", "ces:resourceGroups:deleteResources"),
            Verb::Act(_) => return None,
        };
        Some(Doing { operation, permission })
    }

    fn actions(&self) -> &'static [&'static str] {
        &["add", "remove"]
    }

    fn subject(&self, id: &str) -> (&'static str, String) {
        (KIND, id.to_owned())
    }

    fn columns(&self, cx: &Cx<'_, '_>) -> Vec<Column> {
        vec![
            Column::new(cx.t("object.name")),
            Column::new(cx.t("resource-groups.membership")),
            Column::numeric(cx.t("resource-groups.members")),
            Column::new(cx.t("resource-groups.health")),
            Column::new(cx.t("object.changed")),
        ]
    }

    fn filters(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Vec<Filter>> {
        let chosen = input.get("membership");
        let mut choices = vec![Choice::new("", cx.t("resource-groups.any"), chosen.is_empty())];
        choices.extend(
            memberships()
                .map(|kind| Choice::new(kind.word(), cx.t(&membership_key(kind)), chosen == kind.word())),
        );
        Ok(vec![Filter { name: "membership", label: cx.t("resource-groups.membership"), choices }])
    }

    fn rows(&self, cx: &mut Cx<'_, '_>, wanted: &Wanted<'_>) -> Result<Found> {
        let kind =
            wanted.filter("membership").and_then(|word| memberships().find(|kind| kind.word() == word));
        let found = matching(cx, kind, wanted)?;
        let statistics = cx.services.resources.statistics(cx.tx, scope(cx.caller), &found)?;
        let place = |(group, _): &(ResourceGroup, Statistics)| (group.created_at, group.id.to_string());
        let found = found.into_iter().zip(statistics).collect();
        Found::browsed(wanted, found, place, |(group, statistics)| {
            let id = wire_id(cx, group.id);
            Ok(Row::from(vec![
                Value::Named(link(SLUG, &group.id.to_string(), group.name), id),
                Value::Text(cx.t(&membership_key(group.kind))),
                Value::Number(statistics.total),
                Value::State(health(cx, statistics.health())),
                cx.time(group.updated_at),
            ]))
        })
    }

    fn count(&self, cx: &mut Cx<'_, '_>) -> Result<u64> {
        cx.services.resources.count_groups(cx.tx, scope(cx.caller), Origin::CloudEye)
    }

    fn search(&self, cx: &mut Cx<'_, '_>, text: &str, limit: u32) -> Result<Vec<Hit>> {
        let found = matching(cx, None, &Wanted::first(text, limit))?;
        Ok(found
            .into_iter()
            .map(|group| Hit { id: group.id.to_string(), below: wire_id(cx, group.id), name: group.name })
            .collect())
    }

    fn show(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Object> {
        let group = get(cx, id)?;
        let statistics = cx
            .services
            .resources
            .statistics(cx.tx, scope(cx.caller), std::slice::from_ref(&group))?
            .pop()
            .unwrap_or_default();
        let mut sections = vec![members(cx, &group)?];
        if group.kind != Membership::Manual {
            sections.insert(0, rule(cx, &group));
        }
        Ok(Object {
            id: wire_id(cx, group.id),
            state: Some(health(cx, statistics.health())),
            shares: (statistics.total > 0).then(|| shares(cx, &statistics)),
            facts: vec![
                Fact::new(cx.t("resource-groups.membership"), Value::Text(cx.t(&membership_key(group.kind)))),
                Fact::new(cx.t("resource-groups.level"), Value::Text(cx.t(level_key(group.level)))),
                Fact::new(cx.t("resource-groups.services"), Value::Number(statistics.namespaces)),
                Fact::new(cx.t("resource-groups.project"), Value::text(group.enterprise_project_id)),
                Fact::new(cx.t("object.created"), cx.time(group.created_at)),
                Fact::new(cx.t("object.changed"), cx.time(group.updated_at)),
            ],
            sections,
            name: group.name,
            ..Object::default()
        })
    }

    fn blank(&self, _query: &Input) -> Input {
        Input::default().with("membership", Membership::Manual.word()).with("project", DEFAULT_PROJECT)
    }

    fn filled(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Input> {
        let group = get(cx, id)?;
        let tags: Vec<String> = group.rule.tags.iter().map(written).collect();
        Ok(Input::default()
            .with("name", group.name)
            .with("tags", tags.join("\n"))
            .with("enterprise-projects", group.rule.enterprise_projects.join("\n")))
    }

    fn form(&self, cx: &mut Cx<'_, '_>, id: Option<&str>, values: &Input) -> Result<Vec<Group>> {
        let mut fields =
            vec![Field::line("name", cx.t("object.name"), values.get("name")).required().max(128)];
        let kind = match id {
            Some(id) => Some(get(cx, id)?.kind),
            None => None,
        };
        match kind {
            Some(kind) => fields.push(Field::fixed(
                "membership",
                cx.t("resource-groups.membership"),
                cx.t(&membership_key(kind)),
            )),
            None => {
                let chosen = values.get("membership");
                let choices = [Membership::Manual, Membership::Tags, Membership::EnterpriseProjects]
                    .map(|kind| Choice::new(kind.word(), cx.t(&membership_key(kind)), chosen == kind.word()));
                fields.push(
                    Field::select("membership", cx.t("resource-groups.membership"), choices.to_vec())
                        .hint(cx.t("resource-groups.membership-hint")),
                );
                fields.push(
                    Field::line("project", cx.t("resource-groups.project"), values.get("project"))
                        .max(36)
                        .hint(cx.t("resource-groups.project-hint")),
                );
            }
        }
        let tags = Field::area("tags", cx.t("resource-groups.tags"), values.get("tags"))
            .rows(4)
            .hint(cx.t("resource-groups.tags-hint"));
        let projects = Field::area(
            "enterprise-projects",
            cx.t("resource-groups.projects"),
            values.get("enterprise-projects"),
        )
        .hint(cx.t("resource-groups.projects-hint"));
        match kind {
            None => fields.extend([tags, projects]),
            Some(Membership::Tags) => fields.push(tags),
            Some(Membership::EnterpriseProjects) => fields.push(projects),
            Some(Membership::Manual | Membership::Names | Membership::Combination | Membership::Mixed) => {}
        }
        Ok(vec![Group { fields, ..Group::default() }])
    }

    fn create(&self, cx: &mut Cx<'_, '_>, input: &Input) -> Result<Made> {
        let kind = memberships().find(|kind| kind.word() == input.get("membership"));
        let kind = kind.unwrap_or_default();
        let mut rule = Rule::default();
        match kind {
            Membership::Tags => rule.tags = tags(input)?,
            Membership::EnterpriseProjects => {
                rule.enterprise_projects = input.lines("enterprise-projects").map(str::to_owned).collect();
            }
            Membership::Manual | Membership::Names | Membership::Combination | Membership::Mixed => {}
        }
        let new = NewGroup {
            name: name(input)?,
            enterprise_project_id: input.some("project").unwrap_or_else(|| DEFAULT_PROJECT.to_owned()),
            kind,
            rule,
            ..NewGroup::default()
        };
        let group = cx.services.resources.create_group(cx.tx, scope(cx.caller), new)?;
        Ok(Made { id: group.id.to_string(), name: group.name })
    }

    fn update(&self, cx: &mut Cx<'_, '_>, id: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?;
        let mut patch = GroupPatch { name: Some(name(input)?), ..GroupPatch::default() };
        match group.kind {
            Membership::Tags => patch.tags = Some(tags(input)?),
            Membership::EnterpriseProjects => {
                patch.enterprise_projects =
                    Some(input.lines("enterprise-projects").map(str::to_owned).collect());
            }
            Membership::Manual | Membership::Names | Membership::Combination | Membership::Mixed => {}
        }
        cx.services.resources.update_group(cx.tx, scope(cx.caller), group.id, patch).map(drop)
    }

    fn going(&self, cx: &mut Cx<'_, '_>, id: &str) -> Result<Going> {
        let group = get(cx, id)?;
        let statistics = cx
            .services
            .resources
            .statistics(cx.tx, scope(cx.caller), std::slice::from_ref(&group))?
            .pop()
            .unwrap_or_default();
        Ok(Going {
            name: group.name,
            consequences: vec![
                cx.lang.count("resource-groups.delete-members", statistics.total),
                cx.t("resource-groups.delete-watch"),
            ],
            fields: Vec::new(),
        })
    }

    fn delete(&self, cx: &mut Cx<'_, '_>, id: &str, _input: &Input) -> Result<()> {
        let group = get(cx, id)?;
        cx.services.resources.delete_groups(cx.tx, scope(cx.caller), &[group.id]).map(drop)
    }

    fn act(&self, cx: &mut Cx<'_, '_>, id: &str, action: &str, input: &Input) -> Result<()> {
        let group = get(cx, id)?;
        let (service, scope) = (&cx.services.resources, scope(cx.caller));
        let member = Member {
            namespace: required(input, "namespace")?,
            dimensions: dimensions(input)?,
            product: input.some("product"),
            ..Member::default()
        };
        if action == "add" {
            service.add_members(cx.tx, scope, group.id, group.level, &[member]).map(drop)
        } else {
            service.remove_members(cx.tx, scope, group.id, group.level, &[member]).map(drop)
        }
    }

    fn calls(&self, cx: &mut Cx<'_, '_>, verb: Verb, id: Option<&str>) -> Result<Vec<Call>> {
        let base = format!("/v2/{}/resource-groups", cx.place.project_id);
        let group = id.map(|id| get(cx, id)).transpose()?;
        let (id, name) = match &group {
            Some(group) => (wire_id(cx, group.id), group.name.clone()),
            None => (String::new(), "web-tier".to_owned()),
        };
        let (operation, params, arguments, rest): (_, Vec<Param<'_>>, String, Rest<'_>) = match verb {
            Verb::Create => (
                "CreateResourceGroup",
                vec![("group_name", name.clone())],
                format!("body=CreateResourceGroupRequestBody(group_name={})", quoted(&name)),
                Rest { method: "POST", path: base, body: format!(r#"{{"group_name":{}}}"#, quoted(&name)) },
            ),
            Verb::Update => (
                "UpdateResourceGroup",
                vec![("group_id", id.clone()), ("group_name", name.clone())],
                format!("group_id={}, body=PutResourceGroupReq(group_name={})", quoted(&id), quoted(&name)),
                Rest {
                    method: "PUT",
                    path: format!("{base}/{id}"),
                    body: format!(r#"{{"group_name":{}}}"#, quoted(&name)),
                },
            ),
            Verb::Delete => {
                let ids = format!("[{}]", quoted(&id));
                (
                    "BatchDeleteResourceGroups",
                    vec![("group_ids:", ids.clone())],
                    format!("body=BatchDeleteResourceGroupsRequestBody(group_ids={ids})"),
                    Rest {
                        method: "POST",
                        path: format!("{base}/batch-delete"),
                        body: format!(r#"{{"group_ids":{ids}}}"#),
                    },
                )
            }
            Verb::List | Verb::Show | Verb::Act(_) => (
                "ShowResourceGroup",
                vec![("group_id", id.clone())],
                format!("group_id={}", quoted(&id)),
                Rest { method: "GET", path: format!("{base}/{id}"), body: String::new() },
            ),
        };
        Ok(calls::huawei(cx.place, HuaweiApi::CloudEye, operation, &params, &arguments, &rest))
    }
}

fn scope(caller: &muster_identity::Caller) -> Scope<'_> {
    Scope { account_id: &caller.account_id, project_id: &caller.project_id }
}

fn wire_id(cx: &Cx<'_, '_>, id: i64) -> String {
    (cx.services.resource_group_id)(id)
}

fn get(cx: &mut Cx<'_, '_>, id: &str) -> Result<ResourceGroup> {
    let number = id.parse().map_err(|_| Error::not_found(KIND, id))?;
    cx.services.resources.get_group(cx.tx, scope(cx.caller), number)
}

/// By part of the name, or by the whole id, as the API writes it or as we do.
fn matching(
    cx: &mut Cx<'_, '_>,
    kind: Option<Membership>,
    wanted: &Wanted<'_>,
) -> Result<Vec<ResourceGroup>> {
    let text = wanted.text;
    let digits: String =
        text.strip_prefix("rg").unwrap_or(text).chars().take_while(char::is_ascii_digit).take(13).collect();
    let id = digits.parse().ok().filter(|id: &i64| text == digits || wire_id(cx, *id) == text);
    if let Some(id) = id {
        match cx.services.resources.get_group(cx.tx, scope(cx.caller), id) {
            Ok(group) => return Ok(vec![group]),
            Err(Error::NotFound { .. }) => {}
            Err(failure) => return Err(failure),
        }
    }
    cx.services.resources.browse_groups(cx.tx, scope(cx.caller), Origin::CloudEye, kind, &wanted.browse())
}

fn health(cx: &Cx<'_, '_>, health: Health) -> State {
    match health {
        Health::Healthy => State::new(Tone::Good, cx.t("health.healthy")),
        Health::Unhealthy => State::new(Tone::Bad, cx.t("health.unhealthy")),
        Health::NotWatched => State::new(Tone::Off, cx.t("health.not-watched")),
    }
}

fn shares(cx: &Cx<'_, '_>, statistics: &Statistics) -> Shares {
    // Who is watched is not counted one by one: a watched group counts as a whole.
    let rest = statistics.total.saturating_sub(statistics.unhealthy);
    let (healthy, unwatched) = if statistics.health() == Health::NotWatched { (0, rest) } else { (rest, 0) };
    let share = |key: &str, count, hue| Share { label: cx.t(key), count, hue };
    Shares {
        shares: vec![
            share("health.healthy", healthy, Hue::Good),
            share("health.unhealthy", statistics.unhealthy, Hue::Bad),
            share("health.not-watched", unwatched, Hue::Off),
        ],
    }
}

fn members(cx: &mut Cx<'_, '_>, group: &ResourceGroup) -> Result<Section> {
    let page = PageRequest { offset: 0, limit: MEMBERS };
    let found = cx.services.resources.list_members(
        cx.tx,
        scope(cx.caller),
        group.id,
        &MemberFilter::default(),
        page,
    )?;
    let by_hand = group.kind == Membership::Manual;
    let rows = found.items.iter().map(|listed| member_row(cx, group, &listed.member)).collect();
    let title = cx.t("resource-groups.members");
    Ok(Section {
        id: "members",
        title: title.clone(),
        count: Some(found.total),
        lead: if found.total > MEMBERS { cx.t("resource-groups.members-part") } else { String::new() },
        table: Table {
            caption: title,
            columns: vec![
                Column::new(cx.t("resource-groups.service")),
                Column::new(cx.t("resource-groups.dimensions")),
            ],
            rows,
        },
        empty: cx.t(if by_hand { "resource-groups.nobody" } else { "resource-groups.rule-nobody" }),
        form: (by_hand && group.level == Level::Dimension).then(|| InlineForm {
            action: action(SLUG, &group.id.to_string(), "add"),
            fields: vec![
                Field::line("namespace", cx.t("resource-groups.service"), "SYS.ECS").required().max(64),
                Field::line("dimensions", cx.t("resource-groups.dimensions"), "")
                    .required()
                    .max(1024)
                    .hint("instance_id=6f3c6f91…"),
            ],
            submit: cx.t("resource-groups.add"),
        }),
        ..Section::default()
    })
}

fn member_row(cx: &Cx<'_, '_>, group: &ResourceGroup, member: &Member) -> Row {
    let text: Vec<String> =
        member.dimensions.iter().map(|dimension| format!("{}={}", dimension.name, dimension.value)).collect();
    let text = text.join(", ");
    let mut row = Row::from(vec![Value::Text(member.namespace.clone()), Value::Id(text.clone())]);
    if group.kind == Membership::Manual {
        let mut hidden = vec![("namespace", member.namespace.clone()), ("dimensions", text.clone())];
        hidden.extend(member.product.clone().map(|product| ("product", product)));
        row.buttons.push(Button {
            text: cx.t("resource-groups.remove"),
            action: action(SLUG, &group.id.to_string(), "remove"),
            hidden,
            about: text,
        });
    }
    row
}

/// What selects the members, in the words of the form where it has some.
fn rule(cx: &Cx<'_, '_>, group: &ResourceGroup) -> Section {
    let text = match group.kind {
        Membership::Tags => group.rule.tags.iter().map(written).collect::<Vec<_>>().join("\n"),
        Membership::EnterpriseProjects => group.rule.enterprise_projects.join("\n"),
        Membership::Manual | Membership::Names | Membership::Combination | Membership::Mixed => {
            serde_json::to_string_pretty(&group.rule).unwrap_or_default()
        }
    };
    let lead = match group.kind {
        Membership::Tags => "resource-groups.tags-rule",
        Membership::EnterpriseProjects => "resource-groups.projects-rule",
        Membership::Manual | Membership::Names | Membership::Combination | Membership::Mixed => {
            "resource-groups.api-rule"
        }
    };
    Section {
        id: "rule",
        title: cx.t("resource-groups.rule"),
        lead: cx.t(lead),
        text: Some(text),
        ..Section::default()
    }
}

/// The kinds that Cloud Eye knows.
fn memberships() -> impl Iterator<Item = Membership> {
    Membership::ALL.into_iter().filter(|kind| *kind != Membership::Mixed)
}

fn membership_key(kind: Membership) -> String {
    format!("membership.{}", kind.word())
}

fn level_key(level: Level) -> &'static str {
    match level {
        Level::Dimension => "resource-groups.dimension",
        Level::Product => "resource-groups.product",
    }
}
