//! `DescribeAlertHistoryList`: alarms and recoveries, in the older form.

use muster_alarms::{Delivery, Episode, Gap, Level, Notice, NoticeFilter, State};
use muster_core::PageRequest;
use muster_notify::Medium;
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::outcome::{self, Outcome};
use super::row;
use crate::cloudmonitor::rules::kept::Kept;
use crate::cloudmonitor::rules::{expression, map, owner, record, words};
use crate::cloudmonitor::{CloudMonitor, Refusal, answer, paging, time};
use crate::rpc::Parameters;
use crate::rpc::envelope::Document;

/// Rows of a page at most: each has messages of its own.
const LARGEST: u64 = 1_000;

/// The input.
pub(in crate::cloudmonitor) struct DescribeAlertHistoryList {
    filter: NoticeFilter,
    page: PageRequest,
}

impl Operation<CloudMonitor> for DescribeAlertHistoryList {
    const NAME: &'static str = "DescribeAlertHistoryList";
    const PERMISSION: &'static str = "cms:DescribeAlertHistoryList";
    const ACCESS: Access = Access::Read;

    fn decode(parameters: &Parameters) -> Result<Self, Refusal> {
        let after = match parameters.word("State") {
            None | Some("ALARM") => [Level::Critical, Level::Major, Level::Minor, Level::Info]
                .into_iter()
                .map(State::Alarm)
                .collect(),
            Some("OK") => vec![State::Ok],
            Some("INSUFFICIENT_DATA") => vec![State::Unknown],
            Some(_) => return Err(Refusal::illegal("State", "must be ALARM, OK or INSUFFICIENT_DATA")),
        };
        let deliveries = match parameters.word("Status") {
            None => Vec::new(),
            Some("0") => vec![Delivery::Told],
            Some("1") => vec![Delivery::Gap(Gap::Hours)],
            Some("2") => vec![Delivery::Gap(Gap::Repeat)],
            Some(_) => return Err(Refusal::illegal("Status", "must be 0, 1 or 2")),
        };
        let page = paging::read_as(parameters, "Page", 10)?;
        if page.limit > LARGEST {
            return Err(Refusal::illegal("PageSize", "must be between 1 and 1000"));
        }
        let text = |name: &str| parameters.word(name).map(str::to_owned);
        Ok(Self {
            filter: NoticeFilter {
                from: time::instant(parameters, "StartTime")?,
                to: time::instant(parameters, "EndTime")?,
                keys: text("RuleId").into_iter().collect(),
                name_contains: text("RuleName"),
                namespace: text("Namespace"),
                metric: text("MetricName"),
                group_id: parameters.integer("GroupId")?,
                after,
                deliveries,
                // The vendor's word for the newest first is "ascending".
                oldest_first: !parameters.boolean("Ascending")?.unwrap_or(true),
                ..NoticeFilter::default()
            },
            page,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Document, Refusal> {
        let page = cx.services.alarms.notices(cx.tx, owner(cx.caller), &self.filter, self.page)?;
        let mut rows = Vec::with_capacity(page.items.len());
        for (notice, episode) in &page.items {
            let messages = cx.services.notify.messages_of_notice(cx.tx, cx.caller, &notice.key)?;
            rows.push(written(notice, episode, &Outcome::of(messages, notice, episode)));
        }
        Ok(answer::success_with(json!({
            "Total": page.total.to_string(),
            "AlarmHistoryList": {"AlarmHistory": rows},
        })))
    }
}

fn written(notice: &Notice, episode: &Episode, messages: &Outcome) -> Value {
    let spec = &episode.rule.spec;
    let kept = Kept::of(spec);
    let level = row::level(notice, episode);
    let (text, times) =
        row::policy(episode).map(|policy| expression::text(policy, &kept, level)).unwrap_or_default();
    json!({
        "RuleId": episode.rule.key,
        "RuleName": spec.name,
        "Namespace": spec.namespace,
        "MetricName": record::subject_name(spec),
        "Dimensions": Value::Object(map(&episode.dimensions)).to_string(),
        "InstanceName": record::instance(&episode.dimensions),
        "GroupId": record::group_id(spec, &kept).map_or_else(String::new, |id| id.to_string()),
        "Expression": text,
        "Value": notice.value.map_or_else(String::new, |value| value.to_string()),
        "Level": words::level_word(level),
        "State": words::state_word(notice.after),
        "Status": outcome::status(&notice.delivery),
        "EvaluationCount": times,
        "AlertTime": notice.at.millis(),
        "LastTime": notice.at.since(episode.began_at).max(0),
        "Webhooks": spec.telling.webhook.as_deref().unwrap_or_default(),
        "ContactGroups": {"ContactGroup": row::contact_groups(&episode.rule, notice.kind)},
        "Contacts": {"Contact": messages.contacts()},
        "ContactMails": {"ContactMail": messages.addresses(Medium::Mail)},
        "ContactSmses": {"ContactSms": messages.addresses(Medium::Sms)},
        "ContactALIIMs": {"ContactALIIM": []},
    })
}
