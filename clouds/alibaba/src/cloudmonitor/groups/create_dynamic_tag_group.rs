//! `CreateDynamicTagGroup`: from now on makes a group for each value of a tag.

use muster_core::Error;
use muster_resources::{FounderSpec, Operator, TagCondition};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::input;
use super::words::operator_of;
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Fault;
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const MOST_CONTACT_GROUPS: usize = 100;
const MOST_CONDITIONS: usize = 20;

/// The input.
pub(in crate::cloudmonitor) struct CreateDynamicTagGroup {
    tag_key: String,
    region: Option<String>,
    spec: FounderSpec,
}

impl Operation<CloudMonitor> for CreateDynamicTagGroup {
    const NAME: &'static str = "CreateDynamicTagGroup";
    const PERMISSION: &'static str = "cms:CreateDynamicTagGroup";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let tag_key = parameters.required("TagKey")?;
        input::printable("TagKey", tag_key)?;
        let list = parameters.texts("ContactGroupList")?;
        let contact_groups = input::contact_groups("ContactGroupList", list.iter().map(String::as_str))?;
        if contact_groups.is_empty() {
            return Err(Fault::missing("ContactGroupList").into());
        }
        if contact_groups.len() > MOST_CONTACT_GROUPS {
            return Err(Refusal::illegal(
                "ContactGroupList",
                &format!("must be at most {MOST_CONTACT_GROUPS}"),
            ));
        }
        parameters.boolean("EnableInstallAgent")?;
        parameters.boolean("EnableSubscribeEvent")?;
        if let Some(unknown) = parameters.texts("TemplateIdList")?.first() {
            return Err(Error::not_found("alarm template", unknown).into());
        }
        let conditions = parameters.items("MatchExpress")?;
        if conditions.len() > MOST_CONDITIONS {
            return Err(Refusal::illegal(
                "MatchExpress",
                &format!("must have at most {MOST_CONDITIONS} items"),
            ));
        }
        let relation = parameters.word("MatchExpressFilterRelation").unwrap_or("and");
        Ok(Self {
            tag_key: tag_key.to_owned(),
            region: parameters.word("TagRegionId").map(str::to_owned),
            spec: FounderSpec {
                contact_groups,
                conditions: conditions
                    .iter()
                    .map(|item| condition(item, tag_key))
                    .collect::<Result<_, _>>()?,
                joined: input::joined("MatchExpressFilterRelation", relation)?,
                declined: Vec::new(),
            },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let region = self.region.as_deref().unwrap_or(&cx.caller.region);
        let scope = input::scope(cx.caller);
        let founder =
            cx.services.resources.create_founder(cx.tx, scope, &self.tag_key, region, self.spec.clone())?;
        cx.touch("founder of groups", &founder.id);
        Ok(answer::success_with(json!({"Id": founder.id})))
    }
}

/// A condition without a key is one on the values of the founder's own.
fn condition(item: &Parameters, tag_key: &str) -> Result<TagCondition, Refusal> {
    let key = item.word("TagName").unwrap_or(tag_key);
    input::printable("MatchExpress.TagName", key)?;
    let value = item.text("TagValue").unwrap_or_default();
    input::printable("MatchExpress.TagValue", value)?;
    let operator = match item.word("TagValueMatchFunction") {
        Some(word) => operator_of(word).ok_or_else(|| {
            let words = "must be contains, startWith, endWith, notContains, equals or all";
            Refusal::illegal("MatchExpress.TagValueMatchFunction", words)
        })?,
        None if value.is_empty() => Operator::Any,
        None => Operator::Equal,
    };
    if value.is_empty() && operator != Operator::Any {
        return Err(Refusal::illegal("MatchExpress.TagValue", "must not be empty"));
    }
    Ok(TagCondition { key: key.to_owned(), operator, value: value.to_owned() })
}
