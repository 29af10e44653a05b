//! Lists records of alarms.

use muster_alarms::{Ending, Episode, EpisodeFilter, EpisodeOrder, Order};
use muster_core::{PageRequest, Timestamp};
use muster_wire::{Access, Cx, Operation};
use serde_json::{Value, json};

use super::page;
use crate::cloudeye::alarms::notifications::write_actions;
use crate::cloudeye::alarms::owner;
use crate::cloudeye::alarms::records::{Record, read_instant};
use crate::cloudeye::alarms::words::{KINDS, read_ending, read_level, write_ending, write_level};
use crate::cloudeye::ids::{AlarmId, RecordId};
use crate::cloudeye::{CloudEye, Refused, time};
use crate::reply::Reply;
use crate::request::{Malformed, Request};

pub(crate) struct ListAlarmHistories {
    filter: EpisodeFilter,
    order: Order,
    page: PageRequest,
}

impl Operation<CloudEye> for ListAlarmHistories {
    const NAME: &'static str = "ListAlarmHistories/v2";
    const PERMISSION: &'static str = "ces:alarmHistory:list";
    const ACCESS: Access = Access::Read;

    fn decode(request: &Request) -> Result<Self, Refused> {
        let text = |name: &str| request.query(name).map(|text| text.filter(|text| !text.is_empty()));
        let keys = several(request, "alarm_id")?;
        if keys.len() > 50 {
            return Err(Malformed::parameter("alarm_id", "must have at most 50 values").into());
        }
        if keys.iter().any(|key| AlarmId::parse(key).is_none()) {
            return Err(Malformed::parameter("alarm_id", format!("must be {}", AlarmId::form())).into());
        }
        let record = text("record_id")?.map(|text| {
            RecordId::parse(&text)
                .ok_or_else(|| Malformed::parameter("record_id", format!("must be {}", RecordId::form())))
        });
        let mut endings: Vec<Ending> = Vec::new();
        for word in several(request, "status")? {
            endings.extend(read_ending(&word).ok_or_else(|| {
                let why = "must be one of ok, alarm, invalid, insufficient_data, ok_manual";
                Malformed::parameter("status", why)
            })?);
        }
        let level = match text("level")? {
            None => None,
            Some(text) => Some(
                text.parse()
                    .ok()
                    .and_then(read_level)
                    .ok_or_else(|| Malformed::parameter("level", "must be 1, 2, 3 or 4"))?,
            ),
        };
        let masked = choice(request, "mask_status", &[("MASKED", true), ("UN_MASKED", false)])?;
        let is_event = choice(request, "alarm_type", &[("event", true), ("metric", false)])?;
        let orders = [
            ("first_alarm_time", EpisodeOrder::Began),
            ("update_time", EpisodeOrder::Updated),
            ("alarm_level", EpisodeOrder::Level),
            ("record_id", EpisodeOrder::Id),
        ];
        let by = choice(request, "order_by", &orders)?.unwrap_or_default();
        Ok(Self {
            filter: EpisodeFilter {
                ids: record.transpose()?.map(RecordId::get).into_iter().collect(),
                keys,
                name_contains: text("name")?,
                endings,
                levels: level.into_iter().collect(),
                namespace: text("namespace")?,
                masked,
                is_event,
                values: text("resource_id")?,
                updated: (instant(request, "from")?, instant(request, "to")?),
                began: (instant(request, "create_time_from")?, instant(request, "create_time_to")?),
                ..EpisodeFilter::default()
            },
            order: Order { by, ascending: false },
            page: page(request, 100)?,
        })
    }

    fn call(&self, cx: &mut Cx<'_, '_, CloudEye>) -> Result<Reply, Refused> {
        let found =
            cx.services.alarms.episodes(cx.tx, owner(cx.caller), &self.filter, self.order, self.page)?;
        let records =
            found.items.iter().map(|episode| write(cx, episode)).collect::<muster_core::Result<Vec<_>>>()?;
        Ok(Reply::ok(json!({"alarm_histories": records, "count": found.total})))
    }
}

fn write(cx: &mut Cx<'_, '_, CloudEye>, episode: &Episode) -> muster_core::Result<Value> {
    let record = Record::of(episode);
    let spec = &episode.rule.spec;
    let points: Vec<Value> = episode
        .points
        .iter()
        .map(|point| json!({"time": time::text(point.at), "value": point.value}))
        .collect();
    let mut body = json!({
        "record_id": RecordId::new(episode.id).to_string(),
        "alarm_id": episode.rule.key,
        "name": spec.name,
        "status": write_ending(episode.ending),
        "level": write_level(episode.level),
        "type": KINDS.write(record.kept.kind(spec)),
        "action_enabled": spec.telling.on,
        "begin_time": time::text(episode.began_at),
        "first_alarm_time": time::text(episode.began_at),
        "last_alarm_time": time::text(episode.last_at),
        "metric": record.metric(),
        "condition": record.condition(),
        "additional_info": record.additional_info(cx)?,
        "alarm_actions": write_actions(&record.kept.alarm),
        "ok_actions": write_actions(&record.kept.recovery),
        "data_points": points,
        "mask_status": if episode.masked { "MASKED" } else { "UN_MASKED" },
    });
    // Strict clients take no empty date: what has no time yet has no field.
    if let Some(ended) = episode.ended_at {
        body["end_time"] = json!(time::text(ended));
        if matches!(episode.ending, Ending::Recovered | Ending::ByHand) {
            body["alarm_recovery_time"] = json!(time::text(ended));
        }
    }
    Ok(body)
}

/// All values of a parameter, whether it comes several times or with commas.
fn several(request: &Request, name: &str) -> Result<Vec<String>, Malformed> {
    let values = request.query_all(name)?;
    let parts = values.iter().flat_map(|value| value.split(','));
    Ok(parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect())
}

/// One of these words.
fn choice<T: Copy>(request: &Request, name: &str, words: &[(&str, T)]) -> Result<Option<T>, Malformed> {
    let Some(text) = request.query(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    found.map(Some).ok_or_else(|| Malformed::parameter(name, format!("must be one of {}", known.join(", "))))
}

fn instant(request: &Request, name: &str) -> Result<Option<Timestamp>, Malformed> {
    let Some(text) = request.query(name)?.filter(|text| !text.is_empty()) else { return Ok(None) };
    let read = read_instant(&text);
    read.map(Some).ok_or_else(|| Malformed::parameter(name, "must be of the form 2022-02-10T10:05:46+08:00"))
}
