//! Makes a rule.

use muster_alarms::{NoData, RuleSpec, Target};
use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use crate::cloudeye::alarms::kept::Kept;
use crate::cloudeye::alarms::notifications::{NotificationsBody, NotificationsPatch};
use crate::cloudeye::alarms::policies::{PolicyBody, Shape, read_policies};
use crate::cloudeye::alarms::resources::{ResourcesBody, aim, read_resources};
use crate::cloudeye::alarms::words::{KINDS, Kind};
use crate::cloudeye::alarms::{NO_DATA, owner, read_group};
use crate::cloudeye::ids::{AlarmId, GroupId, TemplateId};
use crate::cloudeye::{CloudEye, Refused, scope, validate};
use crate::inventory::TagBody;
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(crate) struct CreateAlarmRules {
    enabled: bool,
    group: Option<GroupId>,
    spec: RuleSpec,
    kept: Kept,
    notifications: NotificationsPatch,
    template: Option<TemplateId>,
}

#[derive(Deserialize)]
struct Body {
    name: Option<String>,
    description: Option<String>,
    namespace: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    resource_group_id: Option<String>,
    resources: Option<ResourcesBody>,
    policies: Option<Vec<Object<PolicyBody>>>,
    alarm_template_id: Option<String>,
    enabled: Option<bool>,
    enterprise_project_id: Option<String>,
    tags: Option<Vec<Object<TagBody>>>,
    product_name: Option<String>,
    resource_level: Option<String>,
}

impl Operation<CloudEye> for CreateAlarmRules {
    const NAME: &'static str = "CreateAlarmRules/v2";
    const PERMISSION: &'static str = "ces:alarms:create";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let notifications: NotificationsBody = request.body()?;
        let body: Body = request.body()?;
        let name = required("name", body.name)?;
        validate::name("name", &name)?;
        let description = body.description.unwrap_or_default();
        validate::printable("description", &description, 0..=256)?;
        let word = required("type", body.kind)?;
        let kind = KINDS
            .read(&word)
            .ok_or_else(|| Malformed::field("type", format!("must be one of {}", KINDS.list())))?;
        let namespace = body.namespace.unwrap_or_default();
        if !(namespace.is_empty() && kind.is_event()) {
            validate::namespace("namespace", &namespace)?;
        }
        let resource_level = body.resource_level.unwrap_or_default();
        if !["", "dimension", "product"].contains(&resource_level.as_str()) {
            return Err(Malformed::field("resource_level", "must be dimension or product").into());
        }
        let product_name = body.product_name.unwrap_or_default();
        validate::printable("product_name", &product_name, 0..=128)?;
        let group = read_group(body.resource_group_id.as_deref())?;
        if kind == Kind::Group && group.is_none() {
            return Err(Malformed::MissingField("resource_group_id").into());
        }
        let group = group.filter(|_| kind == Kind::Group || kind.is_event());
        let resources = read_resources("resources", required("resources", body.resources)?)?;
        let template = read_template(body.alarm_template_id.as_deref())?;
        // A rule that follows a template has the template's policies, whatever is said beside it.
        let policies = match template {
            Some(_) => Vec::new(),
            None => required("policies", body.policies)?,
        };
        validate::count("policies", &policies, usize::from(template.is_none())..=50)?;
        let shape = Shape { kind, by_product: resource_level == "product" };
        let (policies, kept_policies) = read_policies(policies, shape)?.into_iter().unzip();
        let owner_project = body.enterprise_project_id.filter(|id| !id.is_empty());
        let enterprise_project_id = owner_project.unwrap_or_else(|| "0".to_owned());
        validate::enterprise_project("enterprise_project_id", &enterprise_project_id)?;
        let mut kept = Kept {
            kind: Some(kind),
            product_name,
            resource_level,
            policies: kept_policies,
            ..Kept::default()
        };
        let mut spec = RuleSpec {
            name,
            description,
            namespace,
            policies,
            no_data: if kind.is_event() { NoData::Keep } else { NO_DATA },
            enterprise_project_id,
            tags: read_tags(body.tags.unwrap_or_default())?,
            ..RuleSpec::default()
        };
        aim(&mut spec, &mut kept, kind, group.map(GroupId::get), &resources);
        required("notification_enabled", notifications.notification_enabled)?;
        Ok(Self {
            enabled: required("enabled", body.enabled)?,
            group,
            spec,
            kept,
            notifications: notifications.read()?,
            template,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        if let Some(group) = self.group {
            cx.services.resources.get_group(cx.tx, scope(cx.caller), group.get())?;
        }
        let (mut spec, mut kept) = (self.spec.clone(), self.kept.clone());
        if let Some(template) = self.template {
            let names = names_of(&spec.target);
            let templates = &cx.services.templates;
            spec.policies = templates.policies_for(
                cx.tx,
                owner(cx.caller),
                template.get(),
                &spec.namespace,
                names.as_deref(),
            )?;
            spec.template_id = Some(template.get());
        }
        self.notifications.clone().apply(&mut spec, &mut kept)?;
        kept.put(&mut spec);
        let id = AlarmId::new(cx.tx.new_id()?).to_string();
        cx.touch("alarm rule", &id);
        cx.services.alarms.create(cx.tx, owner(cx.caller), &id, self.enabled, spec)?;
        Ok(Reply::created(json!({"alarm_id": id})))
    }
}

fn read_template(id: Option<&str>) -> Result<Option<TemplateId>, Malformed> {
    let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(None) };
    let why = || Malformed::field("alarm_template_id", format!("must be {}", TemplateId::form()));
    TemplateId::parse(id).map(Some).ok_or_else(why)
}

/// The names of the dimensions that a rule is about, sorted.
fn names_of(target: &Target) -> Option<Vec<String>> {
    match target {
        Target::All { dimension_names } | Target::Group { dimension_names, .. } => dimension_names.clone(),
        Target::Exactly(sets) | Target::Containing(sets) => {
            sets.first().map(|set| set.iter().map(|(name, _)| name.clone()).collect())
        }
    }
}

fn read_tags(tags: Vec<Object<TagBody>>) -> Result<Vec<(String, String)>, Malformed> {
    validate::count("tags", &tags, 0..=20)?;
    let mut read: Vec<(String, String)> = Vec::with_capacity(tags.len());
    for (place, Object(tag)) in tags.into_iter().enumerate() {
        let (key, value) = (required("tags.key", tag.key)?, tag.value.unwrap_or_default());
        validate::printable(&format!("tags[{place}].key"), &key, 1..=128)?;
        validate::printable(&format!("tags[{place}].value"), &value, 0..=255)?;
        read.retain(|(known, _)| *known != key);
        read.push((key, value));
    }
    Ok(read)
}
