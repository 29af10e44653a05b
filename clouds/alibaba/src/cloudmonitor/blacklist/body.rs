//! What a blacklist consists of, from the wire and back.

use muster_alarms::Dimensions;
use muster_alarms::masks::{CoveredMetric, CoveredResource, Covers, Daily, Mask, MaskSpec, Subjects, When};
use muster_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::cloudmonitor::Refusal;
use crate::rpc::{Fault, Parameters};

const MOST_INSTANCES: usize = 1_000;
const MOST_METRICS: usize = 10;
const MOST_GROUPS: usize = 100;
/// The longest texts, in characters.
const LONGEST: usize = 256;
/// Stands for every resource.
const ALL: &str = "_ALL";

/// The texts as they were sent: clients compare them with their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Texts {
    category: String,
    namespace: String,
    instances: Vec<String>,
    /// Name and resource.
    metrics: Vec<(String, String)>,
    by_group: bool,
    groups: Vec<String>,
    effective_time: String,
}

/// A blacklist as it was sent. What is `None` was not.
#[derive(Clone, Debug, Default)]
pub(super) struct Body {
    name: Option<String>,
    category: Option<String>,
    namespace: Option<String>,
    instances: Option<Vec<(String, Dimensions)>>,
    metrics: Option<Vec<(CoveredMetric, String)>>,
    by_group: Option<bool>,
    groups: Option<Vec<i64>>,
    effective_time: Option<(String, Vec<Daily>)>,
    from: Option<Option<Timestamp>>,
    until: Option<Option<Timestamp>>,
}

impl Body {
    /// Reads all parts that are there.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Refusal> {
        let instances = parameters.has("Instances").then(|| parameters.texts("Instances")).transpose()?;
        let metrics = parameters.has("Metrics").then(|| parameters.items("Metrics")).transpose()?;
        let by_group = match parameters.word("ScopeType") {
            None => None,
            Some("USER") => Some(false),
            Some("GROUP") => Some(true),
            Some(_) => return Err(Refusal::illegal("ScopeType", "must be USER or GROUP")),
        };
        Ok(Self {
            name: text(parameters, "Name")?,
            category: text(parameters, "Category")?,
            namespace: text(parameters, "Namespace")?,
            instances: instances.map(read_instances).transpose()?,
            metrics: metrics.map(|items| read_metrics(&items)).transpose()?,
            by_group,
            groups: parameters.text("ScopeValue").map(read_groups).transpose()?,
            effective_time: parameters
                .text("EffectiveTime")
                .map(|text| Ok::<_, Refusal>((text.to_owned(), read_windows(text)?)))
                .transpose()?,
            from: instant(parameters, "EnableStartTime")?,
            until: instant(parameters, "EnableEndTime")?,
        })
    }

    /// Refuses a new blacklist that lacks something.
    pub(super) fn require_all(&self) -> Result<(), Refusal> {
        let missing = [
            ("Name", self.name.is_none()),
            ("Category", self.category.is_none()),
            ("Namespace", self.namespace.is_none()),
            ("Instances", self.instances.is_none()),
        ];
        match missing.into_iter().find(|(_, is_missing)| *is_missing) {
            Some((name, _)) => Err(Fault::missing(name).into()),
            None => Ok(()),
        }
    }

    /// Puts what was sent in the place of what was there.
    pub(super) fn apply(&self, spec: &mut MaskSpec) -> Result<(), Refusal> {
        let mut texts = Texts::of(spec);
        if let Some(name) = &self.name {
            spec.name.clone_from(name);
        }
        if let Some(category) = &self.category {
            texts.category.clone_from(category);
        }
        if let Some(namespace) = &self.namespace {
            texts.namespace.clone_from(namespace);
        }
        if let Some(instances) = &self.instances {
            texts.instances = instances.iter().map(|(text, _)| text.clone()).collect();
            spec.covers.resources = instances
                .iter()
                .map(|(_, dimensions)| CoveredResource {
                    dimensions: dimensions.clone(),
                    ..CoveredResource::default()
                })
                .collect();
        }
        for resource in &mut spec.covers.resources {
            resource.namespace.clone_from(&texts.namespace);
        }
        if let Some(metrics) = &self.metrics {
            texts.metrics =
                metrics.iter().map(|(metric, text)| (metric.name.clone(), text.clone())).collect();
            spec.covers.metrics = metrics.iter().map(|(metric, _)| metric.clone()).collect();
        }
        if let Some(by_group) = self.by_group {
            texts.by_group = by_group;
        }
        if let Some(groups) = &self.groups {
            texts.groups = groups.iter().map(i64::to_string).collect();
        }
        spec.covers.groups = if texts.by_group {
            if texts.groups.is_empty() {
                return Err(Refusal::illegal("ScopeValue", "must name a group where ScopeType is GROUP"));
            }
            texts.groups.iter().filter_map(|id| id.parse().ok()).collect()
        } else {
            Vec::new()
        };
        if let Some((text, daily)) = &self.effective_time {
            texts.effective_time.clone_from(text);
            spec.when.daily.clone_from(daily);
        }
        if let Some(from) = self.from {
            spec.when.from = from;
        }
        if let Some(until) = self.until {
            spec.when.until = until;
        }
        spec.kept_for_wire = serde_json::to_value(texts).map_err(muster_core::Error::internal)?;
        Ok(())
    }

    /// A new blacklist.
    pub(super) fn spec(&self) -> Result<MaskSpec, Refusal> {
        let mut spec = MaskSpec {
            covers: Covers { subjects: Subjects::All, ..Covers::default() },
            when: When::default(),
            ..MaskSpec::default()
        };
        self.apply(&mut spec)?;
        Ok(spec)
    }
}

impl Texts {
    fn of(spec: &MaskSpec) -> Self {
        serde_json::from_value(spec.kept_for_wire.clone()).unwrap_or_default()
    }
}

/// What a filter may ask about.
pub(super) struct Facts {
    pub(super) category: String,
    pub(super) namespace: String,
    pub(super) by_group: bool,
}

pub(super) fn facts(mask: &Mask) -> Facts {
    let Texts { category, namespace, by_group, .. } = Texts::of(&mask.spec);
    Facts { category, namespace, by_group }
}

/// A blacklist as lists show it.
pub(super) fn written(mask: &Mask) -> Value {
    let texts = Texts::of(&mask.spec);
    let metrics: Vec<Value> = texts
        .metrics
        .iter()
        .map(|(name, resource)| json!({"MetricName": name, "Resource": resource}))
        .collect();
    let mut blacklist = json!({
        "Id": mask.key,
        "Name": mask.spec.name,
        "Category": texts.category,
        "Namespace": texts.namespace,
        "Instances": texts.instances,
        "Metrics": metrics,
        "ScopeType": if texts.by_group { "GROUP" } else { "USER" },
        "ScopeValue": texts.groups,
        "EffectiveTime": texts.effective_time,
        "IsEnable": mask.enabled,
        "CreateTime": mask.created_at.millis().to_string(),
        "UpdateTime": mask.updated_at.millis().to_string(),
    });
    // Terraform would plan to take a 0 away again.
    for (name, instant) in [("EnableStartTime", mask.spec.when.from), ("EnableEndTime", mask.spec.when.until)]
    {
        if let Some(instant) = instant {
            blacklist[name] = json!(instant.millis());
        }
    }
    blacklist
}

fn text(parameters: &Parameters, name: &str) -> Result<Option<String>, Refusal> {
    let text = parameters.word(name);
    if text.is_some_and(|text| text.chars().count() > LONGEST || text.chars().any(char::is_control)) {
        return Err(Refusal::illegal(name, "must be 1 to 256 printable characters"));
    }
    Ok(text.map(str::to_owned))
}

/// Milliseconds, or seconds; an empty text takes the limit away.
fn instant(parameters: &Parameters, name: &str) -> Result<Option<Option<Timestamp>>, Refusal> {
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    if parameters.text(name).is_none() {
        return Ok(None);
    }
    match parameters.integer(name)? {
        None | Some(0) => Ok(Some(None)),
        Some(number) if number < 0 => Err(Refusal::illegal(name, "must be a time in milliseconds")),
        Some(number) if number < FIRST_MILLISECONDS => Ok(Some(Some(Timestamp::from_millis(number * 1000)))),
        Some(number) => Ok(Some(Some(Timestamp::from_millis(number)))),
    }
}

fn read_instances(texts: Vec<String>) -> Result<Vec<(String, Dimensions)>, Refusal> {
    if texts.is_empty() || texts.len() > MOST_INSTANCES {
        return Err(Refusal::illegal("Instances", "must be 1 to 1000 instances"));
    }
    let refuse = || Refusal::illegal("Instances", "must each be a JSON object of dimensions");
    let read = |text: String| {
        let dimensions =
            dimensions(&text).filter(|found| found.as_ref().is_none_or(|found| !found.is_empty()));
        let dimensions = dimensions.ok_or_else(refuse)?;
        Ok((text, dimensions.unwrap_or_default()))
    };
    texts.into_iter().map(read).collect()
}

/// The dimensions in a JSON text, sorted; an inner nothing stands for every resource.
fn dimensions(text: &str) -> Option<Option<Dimensions>> {
    if text == ALL {
        return Some(None);
    }
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    if members.len() == 1 && members.get("resource").is_some_and(|value| value == ALL) {
        return Some(None);
    }
    let mut dimensions: Dimensions = Vec::with_capacity(members.len());
    for (name, value) in members {
        let value = match value {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        dimensions.push((name, value));
    }
    dimensions.sort_unstable();
    Some(Some(dimensions))
}

fn read_metrics(items: &[Parameters]) -> Result<Vec<(CoveredMetric, String)>, Refusal> {
    if items.len() > MOST_METRICS {
        return Err(Refusal::illegal("Metrics", "must be at most 10 metrics"));
    }
    let read = |item: &Parameters| {
        let name = text(item, "MetricName")?.ok_or_else(|| Fault::missing("Metrics.MetricName"))?;
        let resource = item.text("Resource").unwrap_or_default().to_owned();
        let dimensions = match resource.as_str() {
            "" => Vec::new(),
            text => dimensions(text)
                .ok_or_else(|| Refusal::illegal("Metrics.Resource", "must be a JSON object of dimensions"))?
                .unwrap_or_default(),
        };
        Ok((CoveredMetric { name, dimensions, ..CoveredMetric::default() }, resource))
    };
    items.iter().map(read).collect()
}

/// A JSON array of numbers or texts, or numbers separated by commas.
fn read_groups(text: &str) -> Result<Vec<i64>, Refusal> {
    let refuse = || Refusal::illegal("ScopeValue", "must be a JSON array of at most 100 numbers of groups");
    let text = text.trim();
    let items: Vec<String> = match text {
        "" => Vec::new(),
        text if text.starts_with('[') => serde_json::from_str::<Vec<Value>>(text)
            .map_err(|_| refuse())?
            .into_iter()
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect(),
        text => text.split(',').map(str::to_owned).collect(),
    };
    if items.len() > MOST_GROUPS {
        return Err(refuse());
    }
    items.iter().map(|item| item.trim().trim_matches('"').parse().map_err(|_| refuse())).collect()
}

/// `03:00-04:59`, several separated by commas, with a zone at the end if the server's is not meant.
fn read_windows(text: &str) -> Result<Vec<Daily>, Refusal> {
    let refuse = || Refusal::illegal("EffectiveTime", "must be such as 03:00-04:59 or 03:00-04:59 UTC+0700");
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let (windows, zone) = match text.split_once(' ') {
        Some((windows, zone)) => (windows, Some(zone.trim().to_owned())),
        None => (text, None),
    };
    if zone.as_deref().is_some_and(|zone| muster_core::zone::find(zone).is_none()) {
        return Err(refuse());
    }
    windows
        .split(',')
        .map(|window| {
            let (from, to) = window.split_once('-').ok_or_else(refuse)?;
            let (from, to) = (minute(from).ok_or_else(refuse)?, minute(to).ok_or_else(refuse)?);
            // The last minute belongs to the window.
            Ok(Daily { from_second: from * 60, to_second: (to + 1) * 60, zone: zone.clone() })
        })
        .collect()
}

/// The minute of the day in `HH:mm`.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let number = |text: &str| (1..=2).contains(&text.len()).then(|| text.parse::<u8>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then(|| u32::from(hours) * 60 + u32::from(minutes))
}
