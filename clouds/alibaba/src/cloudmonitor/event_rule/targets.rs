//! The lists of an event rule's targets.

use muster_events::rules::{Aim, Reach, Target};
use serde_json::{Map, Value};

use crate::cloudmonitor::Refusal;
use crate::rpc::Parameters;

/// Targets in one list.
const MOST: usize = 5;
const LONGEST: usize = 2_048;

/// A list of targets in a vendor's cloud: its parameter, its wrapper in answers, its members, and how a target is named
/// there.
pub(super) struct CloudList {
    pub(super) parameter: &'static str,
    pub(super) wrapper: &'static str,
    pub(super) members: &'static [&'static str],
    name: fn(&Parameters, account_id: &str) -> String,
}

pub(super) const CONTACTS: &str = "ContactParameters";
pub(super) const WEBHOOKS: &str = "WebhookParameters";

pub(super) const CLOUD_LISTS: [CloudList; 4] = [
    CloudList {
        parameter: "MnsParameters",
        wrapper: "MnsParameter",
        members: &["Region", "Queue", "Topic"],
        name: |item, account| {
            let (kind, name) = match item.word("Topic") {
                Some(topic) => ("topics", topic),
                None => ("queues", text(item, "Queue")),
            };
            format!("acs:mns:{}:{account}:/{kind}/{name}/message", text(item, "Region"))
        },
    },
    CloudList {
        parameter: "FcParameters",
        wrapper: "FCParameter",
        members: &["Region", "ServiceName", "FunctionName"],
        name: |item, account| {
            let (service, function) = (text(item, "ServiceName"), text(item, "FunctionName"));
            format!("acs:fc:{}:{account}:services/{service}/functions/{function}", text(item, "Region"))
        },
    },
    CloudList {
        parameter: "SlsParameters",
        wrapper: "SlsParameter",
        members: &["Region", "Project", "LogStore"],
        name: |item, account| {
            let (project, log) = (text(item, "Project"), text(item, "LogStore"));
            format!("acs:log:{}:{account}:project/{project}/logstore/{log}", text(item, "Region"))
        },
    },
    CloudList {
        parameter: "OpenApiParameters",
        wrapper: "OpenApiParameters",
        members: &["Region", "Product", "Version", "Action", "Role", "JsonParams"],
        name: |item, account| match item.word("Arn") {
            Some(arn) => arn.to_owned(),
            None => format!(
                "acs:openapi:{}:{account}:{}/{}/{}/{}",
                text(item, "Region"),
                text(item, "Product"),
                text(item, "Action"),
                text(item, "Version"),
                text(item, "Role")
            ),
        },
    },
];

fn text<'p>(item: &'p Parameters, name: &str) -> &'p str {
    item.word(name).unwrap_or_default()
}

/// Reads all lists.
pub(super) fn read(parameters: &Parameters, account_id: &str) -> Result<Vec<Target>, Refusal> {
    let mut targets = Vec::new();
    for item in items(parameters, CONTACTS)? {
        let name = item.required("ContactGroupName")?.to_owned();
        let reach = match item.word("Level") {
            Some("2") => Reach::Call,
            Some("3") => Reach::Text,
            None | Some("4") => Reach::Write,
            Some(_) => return Err(Refusal::illegal("ContactParameters.Level", "must be 2, 3 or 4")),
        };
        targets.push(target(CONTACTS, &item, Aim::ContactGroup { name, reach })?);
    }
    for item in items(parameters, WEBHOOKS)? {
        let url = item.required("Url")?.to_owned();
        let is_http = ["http://", "https://"]
            .iter()
            .any(|scheme| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        if !is_http || url.len() > LONGEST || url.chars().any(|c| c.is_control() || c == ' ') {
            return Err(Refusal::illegal("WebhookParameters.Url", "must be an http or https address"));
        }
        let get = match item.word("Method") {
            Some(word) if word.eq_ignore_ascii_case("get") => true,
            None => false,
            Some(word) if word.eq_ignore_ascii_case("post") => false,
            Some(_) => return Err(Refusal::illegal("WebhookParameters.Method", "must be GET or POST")),
        };
        targets.push(target(WEBHOOKS, &item, Aim::Webhook { url, get })?);
    }
    for list in &CLOUD_LISTS {
        for item in items(parameters, list.parameter)? {
            let mut kept = Map::new();
            for member in list.members {
                kept.insert((*member).to_owned(), Value::from(text(&item, member)));
            }
            let address = (list.name)(&item, account_id);
            if address.len() > LONGEST {
                return Err(Refusal::illegal(list.parameter, "is too long"));
            }
            targets.push(target(
                list.parameter,
                &item,
                Aim::Bridge { address, kept_for_wire: Value::Object(kept) },
            )?);
        }
    }
    Ok(targets)
}

fn items(parameters: &Parameters, list: &str) -> Result<Vec<Parameters>, Refusal> {
    let items = parameters.items(list)?;
    if items.len() > MOST {
        return Err(Refusal::illegal(list, &format!("must have at most {MOST} items")));
    }
    Ok(items)
}

fn target(list: &str, item: &Parameters, aim: Aim) -> Result<Target, Refusal> {
    let id = item.required("Id")?;
    if id.len() > 128 {
        return Err(Refusal::illegal("Id", "must have at most 128 characters"));
    }
    Ok(Target { list: list.to_owned(), id: id.to_owned(), aim })
}
