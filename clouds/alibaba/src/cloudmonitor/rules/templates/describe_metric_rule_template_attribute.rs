//! `DescribeMetricRuleTemplateAttribute`: a template with its rules, by number or by name.

use muster_core::Error;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::super::input::owner;
use super::{items, template_id};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// The input.
pub(in crate::cloudmonitor) enum DescribeMetricRuleTemplateAttribute {
    ById(i64),
    ByName(String),
}

impl Operation<CloudMonitor> for DescribeMetricRuleTemplateAttribute {
    const NAME: &'static str = "DescribeMetricRuleTemplateAttribute";
    const PERMISSION: &'static str = "cms:DescribeMetricRuleTemplateAttribute";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        match parameters.word("TemplateId") {
            Some(_) => Ok(Self::ById(template_id(parameters)?)),
            None => Ok(Self::ByName(parameters.required("Name")?.to_owned())),
        }
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let (templates, owner) = (&cx.services.templates, owner(cx.caller));
        let template = match self {
            Self::ById(id) => templates.get(cx.tx, owner, *id)?,
            Self::ByName(name) => templates
                .named(cx.tx, owner, name)?
                .ok_or_else(|| Error::not_found("alarm template", name))?,
        };
        let rules: Vec<Value> = template.items.iter().map(items::written).collect::<Result<_, _>>()?;
        Ok(answer::numbered_success_with(json!({"Resource": {
            "TemplateId": template.id.to_string(),
            "Name": template.name,
            "Description": template.description,
            "RestVersion": template.version.to_string(),
            "AlertTemplates": {"AlertTemplate": rules},
        }})))
    }
}
