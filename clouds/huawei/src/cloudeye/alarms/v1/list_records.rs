//! Lists records of alarms, also those of a group's members.

use std::collections::HashMap;

use muster_alarms::{Dimensions, Episode, EpisodeFilter, Order};
use muster_core::{Page, PageRequest, Result, Timestamp};
use muster_resources::{Dimension, Facet};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use crate::cloudeye::alarms::notifications::{Action, write_actions_v1};
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::records::Record;
use crate::cloudeye::alarms::words::{KINDS, read_ending, read_level, write_ending, write_level};
use crate::cloudeye::ids::{AlarmId, GroupId};
use crate::cloudeye::{CloudEye, Refused, scope};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarmHistories {
    group: Option<GroupId>,
    filter: EpisodeFilter,
    page: PageRequest,
}

/// Records that are read at once where each has to be looked at.
const BATCH: u64 = 500;

impl Operation<CloudEye> for ListAlarmHistories {
    const NAME: &'static str = "ListAlarmHistories/v1";
    const PERMISSION: &'static str = "ces:alarmHistory:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let group = text("group_id")?.map(|text| {
            let why = || Malformed::parameter("group_id", format!("must be {}", GroupId::form()));
            GroupId::parse(&text).ok_or_else(why)
        });
        let key = text("alarm_id")?;
        if key.as_ref().is_some_and(|key| AlarmId::parse(key).is_none()) {
            return Err(Malformed::parameter("alarm_id", format!("must be {}", AlarmId::form())).into());
        }
        let endings = text("alarm_status")?.map(|word| {
            let why =
                || Malformed::parameter("alarm_status", "must be ok, alarm, insufficient_data or invalid");
            read_ending(&word).ok_or_else(why)
        });
        let level = text("alarm_level")?.map(|text| {
            let why = || Malformed::parameter("alarm_level", "must be 1, 2, 3 or 4");
            text.parse().ok().and_then(read_level).ok_or_else(why)
        });
        Ok(Self {
            group: group.transpose()?,
            filter: EpisodeFilter {
                keys: key.into_iter().collect(),
                name_contains: text("alarm_name")?,
                endings: endings.transpose()?.unwrap_or_default(),
                levels: level.transpose()?.into_iter().collect(),
                namespace: text("namespace")?,
                updated: (instant(request, "from")?, instant(request, "to")?),
                ..EpisodeFilter::default()
            },
            page: PageRequest {
                offset: request.number("start", 0..=1_000_000, 0)?,
                limit: request.number("limit", 1..=100, 100)?,
            },
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let found = match self.group {
            None => cx.services.alarms.episodes(
                cx.tx,
                owner(cx.caller),
                &self.filter,
                Order::default(),
                self.page,
            )?,
            Some(group) => self.of_members(cx, group)?,
        };
        let records = found.items.iter().map(|episode| write(cx, episode)).collect::<Result<Vec<_>>>()?;
        Ok(Reply::ok(json!({"alarm_histories": records, "meta_data": {"total": found.total}})))
    }
}

impl ListAlarmHistories {
    /// The records of those who are members of a group now.
    fn of_members(&self, cx: &mut Cx<'_, '_, CloudEye>, group: GroupId) -> Result<Page<Episode>> {
        let (resources, scope) = (&cx.services.resources, scope(cx.caller));
        let group = resources.get_group(cx.tx, scope, group.get())?;
        let mut known: HashMap<(String, Dimensions), bool> = HashMap::new();
        let (mut items, mut total, mut offset) = (Vec::new(), 0, 0);
        loop {
            let page = PageRequest { offset, limit: BATCH };
            let all = &cx.services.alarms;
            let batch = all.episodes(cx.tx, owner(cx.caller), &self.filter, Order::default(), page)?;
            let last = batch.items.len() as u64 != BATCH;
            for episode in batch.items {
                let watched = (Record::of(&episode).namespace().to_owned(), episode.dimensions.clone());
                let is_member = match known.get(&watched) {
                    Some(is_member) => *is_member,
                    None => {
                        let is_member = resources.holds(cx.tx, scope, &group, &facet(&watched))?;
                        known.insert(watched, is_member);
                        is_member
                    }
                };
                if is_member {
                    if (self.page.offset..self.page.offset + self.page.limit).contains(&total) {
                        items.push(episode);
                    }
                    total += 1;
                }
            }
            if last {
                return Ok(Page { items, total });
            }
            offset += BATCH;
        }
    }
}

fn facet((namespace, dimensions): &(String, Dimensions)) -> Facet {
    let dimension = |(name, value): &(String, String)| Dimension { name: name.clone(), value: value.clone() };
    Facet { namespace: namespace.clone(), dimensions: dimensions.iter().map(dimension).collect() }
}

fn instant(request: &Request, name: &str) -> Result<Option<Timestamp>, Malformed> {
    if request.query(name)?.is_none_or(|text| text.is_empty()) {
        return Ok(None);
    }
    let millis = request.number(name, 0..=9_999_999_999_999, 0)?;
    Ok(i64::try_from(millis).ok().map(Timestamp::from_millis))
}

fn write(cx: &mut Cx<'_, '_, CloudEye>, episode: &Episode) -> Result<Value> {
    let record = Record::of(episode);
    let (rule, spec) = (&episode.rule, &episode.rule.spec);
    let points: Vec<Value> =
        episode.points.iter().map(|point| json!({"time": point.at.millis(), "value": point.value})).collect();
    Ok(json!({
        "alarm_id": rule.key,
        "alarm_name": spec.name,
        "alarm_description": spec.description,
        "metric": record.metric(),
        "condition": record.condition(),
        "alarm_level": write_level(episode.level),
        "alarm_type": KINDS.write(record.kept.kind(spec)),
        "alarm_enabled": rule.enabled,
        "alarm_action_enabled": spec.telling.on,
        "alarm_actions": nested(&record.kept.alarm),
        "ok_actions": nested(&record.kept.recovery),
        "insufficientdata_actions": nested(&record.kept.no_data),
        "update_time": episode.updated_at.millis(),
        "trigger_time": episode.began_at.millis(),
        "enterprise_project_id": spec.enterprise_project_id,
        "alarm_status": write_ending(episode.ending),
        "datapoints": points,
        "additional_info": record.additional_info(cx)?,
    }))
}

/// Strict clients read actions of records as lists of lists.
fn nested(actions: &[Action]) -> Vec<Vec<Value>> {
    if actions.is_empty() { Vec::new() } else { vec![write_actions_v1(actions)] }
}
