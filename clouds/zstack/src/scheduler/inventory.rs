//! The records as the wire shows them.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_jobs::scheduled::{Group, GroupTrigger, Job, JobTrigger, Member, RuleKind, Settings, Trigger};
use muster_jobs::trigger::Rule;
use serde_json::{Value, json};

use super::{Listed, kind, model};
use crate::api::Context;
use crate::date;
use crate::error::Refusal;
use crate::query::Model;
use crate::reply::{Members, class};

/// What is needed to print records.
pub(super) struct View {
    zone: TimeZone,
    /// Account uuids by our account ids, as far as the caller may see them.
    account_uuids: HashMap<String, String>,
}

impl View {
    pub(super) fn of(cx: &mut Context<'_, '_>) -> Result<Self, Refusal> {
        let account_uuids = if cx.caller.sees_all_accounts {
            let accounts = cx.services.identity.accounts(cx.tx, cx.caller)?;
            accounts.into_iter().map(|account| (account.id, account.uuid)).collect()
        } else {
            HashMap::from([(cx.caller.account_id.clone(), cx.caller.domain_id.clone())])
        };
        Ok(Self { zone: cx.services.wire_zone.clone(), account_uuids })
    }

    fn date(&self, at: Timestamp) -> String {
        date::print(at, &self.zone)
    }
}

fn state(enabled: bool) -> &'static str {
    if enabled { "Enabled" } else { "Disabled" }
}

/// `jobData`, a JSON document in a text. Its members stand in a fixed order; secrets never do.
fn job_data(view: &View, head: &[(&str, &str)], account_id: &str, settings: &Settings) -> String {
    let mut document = serde_json::Map::new();
    for (name, value) in head {
        document.insert((*name).to_owned(), Value::from(*value));
    }
    if let Some(uuid) = view.account_uuids.get(account_id) {
        document.insert("accountUuid".to_owned(), Value::from(uuid.as_str()));
    }
    document.insert("parameters".to_owned(), json!(settings));
    Value::Object(document).to_string()
}

impl Listed for Job {
    const CLASS: &'static str = class::JOB;

    fn model() -> &'static Model {
        &model::JOB
    }

    fn members(&self, view: &View) -> Members {
        let created = view.date(self.created_at);
        let head = [
            ("uuid", self.id.as_str()),
            ("targetResourceUuid", &self.target),
            ("name", &self.name),
            ("createDate", &created),
        ];
        let data = job_data(view, &head, &self.account_id, &self.settings);
        Members::new()
            .with("uuid", self.id.as_str())
            .with("targetResourceUuid", self.target.as_str())
            .with("name", self.name.as_str())
            .with_some("description", self.description.as_deref())
            .with("state", state(self.enabled))
            .with("createDate", created)
            .with("lastOpDate", view.date(self.updated_at))
            .with("jobData", data)
            .with("jobClassName", kind::class_name(self.kind))
            .with("triggersUuid", self.trigger_ids.clone())
            .with("schedulerJobGroupUuids", self.group_ids.clone())
    }
}

impl Listed for Group {
    const CLASS: &'static str = class::JOB_GROUP;

    fn model() -> &'static Model {
        &model::GROUP
    }

    fn members(&self, view: &View) -> Members {
        let created = view.date(self.created_at);
        let head = [("name", self.name.as_str()), ("createDate", &created)];
        let data = job_data(view, &head, &self.account_id, &self.settings);
        Members::new()
            .with("uuid", self.id.as_str())
            .with("name", self.name.as_str())
            .with_some("description", self.description.as_deref())
            .with("state", state(self.enabled))
            .with("createDate", created)
            .with("lastOpDate", view.date(self.updated_at))
            .with("jobType", kind::name(self.kind))
            .with("jobData", data)
            .with("triggersUuid", self.trigger_ids.clone())
            .with("jobsUuid", self.job_ids.clone())
    }
}

impl Listed for Trigger {
    const CLASS: &'static str = class::TRIGGER;

    fn model() -> &'static Model {
        &model::TRIGGER
    }

    fn members(&self, view: &View) -> Members {
        let print = |at| view.date(at);
        let members = Members::new()
            .with("uuid", self.id.as_str())
            .with("name", self.name.as_str())
            .with_some("description", self.description.as_deref());
        let members = match &self.timing.rule {
            Rule::Cron { expression } => {
                members.with("schedulerType", RuleKind::Cron.as_str()).with("cron", expression.as_str())
            }
            Rule::Simple { interval_s, repeat } => members
                .with("schedulerType", RuleKind::Simple.as_str())
                .with_some("schedulerInterval", *interval_s)
                .with("repeatCount", *repeat),
        };
        members
            .with_some("startTime", self.timing.window.not_before.map(print))
            .with_some("stopTime", self.timing.ends_at().map(print))
            .with("createDate", print(self.created_at))
            .with("lastOpDate", print(self.updated_at))
            .with("jobsUuid", self.job_ids.clone())
            .with("jobGroupsUuid", self.group_ids.clone())
    }
}

impl Listed for JobTrigger {
    const CLASS: &'static str = class::JOB_TRIGGER;

    fn model() -> &'static Model {
        &model::JOB_TRIGGER
    }

    fn members(&self, view: &View) -> Members {
        Members::new()
            .with("uuid", self.id.as_str())
            .with("schedulerJobUuid", self.job_id.as_str())
            .with("schedulerTriggerUuid", self.trigger_id.as_str())
            .with("createDate", view.date(self.created_at))
            .with("lastOpDate", view.date(self.updated_at))
    }
}

/// A group's link to a trigger; it has no uuid of its own.
pub(super) fn group_trigger(view: &View, link: &GroupTrigger) -> Members {
    Members::new()
        .with("schedulerJobGroupUuid", link.group_id.as_str())
        .with("schedulerTriggerUuid", link.trigger_id.as_str())
        .with("createDate", view.date(link.created_at))
        .with("lastOpDate", view.date(link.updated_at))
}

/// A job's place in a group.
pub(super) fn member(view: &View, member: &Member) -> Members {
    Members::new()
        .with("schedulerJobGroupUuid", member.group_id.as_str())
        .with("schedulerJobUuid", member.job_id.as_str())
        .with("priority", member.priority)
        .with("createDate", view.date(member.created_at))
        .with("lastOpDate", view.date(member.updated_at))
}
