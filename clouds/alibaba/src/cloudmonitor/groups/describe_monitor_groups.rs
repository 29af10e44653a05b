//! `DescribeMonitorGroups`: groups with their contact groups and tags.

use muster_core::PageRequest;
use muster_resources::{Application, ApplicationFilter, Source, Tag};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::{input, instances, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

const DEFAULT_SIZE: i64 = 30;

/// The input.
pub(in crate::cloudmonitor) struct DescribeMonitorGroups {
    filter: ApplicationFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeMonitorGroups {
    const NAME: &'static str = "DescribeMonitorGroups";
    const PERMISSION: &'static str = "cms:DescribeMonitorGroups";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let text = |name| parameters.word(name).map(str::to_owned);
        let ids = parameters.word("GroupId").map(instances::list).unwrap_or_default();
        let types: Vec<String> = ["Type", "Types"]
            .into_iter()
            .filter_map(|name| parameters.word(name))
            .flat_map(instances::list)
            .collect();
        let tag = |tag: &Parameters| {
            let key = input::member(tag, "Tag", "Key")?.to_owned();
            Ok((key, tag.word("Value").map(str::to_owned)))
        };
        parameters.boolean("SelectContactGroups")?;
        parameters.boolean("IncludeTemplateHistory")?;
        let filter = ApplicationFilter {
            ids: input::group_ids("GroupId", ids.iter().map(String::as_str))?,
            name_contains: text("GroupName").or_else(|| text("Keyword")),
            sources: (!types.is_empty())
                .then(|| types.iter().filter_map(|word| words::source_of(word)).collect()),
            tags: parameters.items("Tag")?.iter().map(tag).collect::<Result<_, Refusal>>()?,
            founder_id: text("DynamicTagRuleId"),
            founder_key: text("GroupFounderTagKey"),
            founder_value: text("GroupFounderTagValue"),
            holding: text("InstanceId"),
        };
        Ok(Self { filter, page: paging::read(parameters, DEFAULT_SIZE)? })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let resources = &cx.services.resources;
        let found = resources.list_applications(cx.tx, input::scope(cx.caller), &self.filter, self.page)?;
        let groups: Vec<Value> = found.items.iter().map(item).collect();
        let (number, size) = paging::numbers(self.page);
        Ok(answer::numbered_success_with(json!({
            "PageNumber": number,
            "PageSize": size,
            "Total": found.total,
            "Resources": {"Resource": groups},
        })))
    }
}

fn item(application: &Application) -> Value {
    let group = &application.group;
    let founded = application.founded.as_ref();
    let followed =
        group.rule.enterprise_projects.first().filter(|_| application.source == Source::EnterpriseProject);
    let contact_groups: Vec<Value> =
        application.contact_groups.iter().map(|name| json!({"Name": name})).collect();
    let tag = |tag: &Tag| json!({"Key": tag.key, "Value": tag.value});
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "Type": words::type_of(application.source),
        "GmtCreate": group.created_at.millis(),
        "GmtModified": group.updated_at.millis(),
        "ContactGroups": {"ContactGroup": contact_groups},
        "Tags": {"Tag": application.tags.iter().map(tag).collect::<Vec<_>>()},
        "DynamicTagRuleId": founded.map_or("", |founded| &founded.founder_id),
        "GroupFounderTagKey": founded.map_or("", |founded| &founded.key),
        "GroupFounderTagValue": founded.map_or("", |founded| &founded.value),
        "ResourceGroupId": followed.map_or("", String::as_str),
        "TemplateIds": {"TemplateId": []},
        "TemplateInfos": {"TemplateInfo": []},
        // Links into products that only the vendor has.
        "BindUrl": "",
        "ServiceId": "",
    })
}
