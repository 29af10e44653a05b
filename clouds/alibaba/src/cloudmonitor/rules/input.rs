//! What the writers of rules have in common: reading their members, and putting the rule in its place.

use muster_alarms::{
    Condition, NoData, Origin, Owner, Policy, Recipient, RuleSpec, Silence, Subject, Telling, Watch,
};
use muster_identity::Caller;
use muster_metrics::Period;
use muster_wire::Cx;

use super::kept::Kept;
use super::{escalations, intervals};
use crate::cloudmonitor::{CloudMonitor, Refusal};
use crate::rpc::{Fault, Parameters};

/// Seconds between messages while an alarm goes on, where the rule does not say.
const SILENCE: i64 = 86_400;
/// More often nobody is told of the same.
const SHORTEST_SILENCE: i64 = 60;
/// The longest texts of names, namespaces and metrics, in characters.
const LONGEST: usize = 256;
/// Contact groups that a rule may name.
const MOST_GROUPS: usize = 100;

/// A rule as it was sent, before the store was looked at.
#[derive(Clone, Debug)]
pub(super) struct RuleInput {
    /// `RuleId`.
    pub(super) key: String,
    /// Without what depends on the account.
    pub(super) spec: RuleSpec,
    /// For the wire.
    pub(super) kept: Kept,
}

/// Whose rules a caller means: they belong to the account as a whole.
pub(in crate::cloudmonitor) fn owner(caller: &Caller) -> Owner<'_> {
    Owner { origin: Origin::CloudMonitor, account_id: &caller.account_id, project_id: &caller.project_id }
}

/// Reads `RuleId`: chosen by clients, so anything that prints.
pub(super) fn rule_id(parameters: &Parameters) -> Result<String, Refusal> {
    let id = parameters.required("RuleId")?;
    if id.chars().count() > 128 || id.chars().any(char::is_control) {
        return Err(Refusal::illegal("RuleId", "must be 1 to 128 printable characters"));
    }
    Ok(id.to_owned())
}

/// Reads a name that must be there.
pub(super) fn name(parameters: &Parameters, parameter: &str) -> Result<String, Refusal> {
    let text = parameters.required(parameter)?;
    if text.chars().count() > LONGEST || text.chars().any(char::is_control) {
        return Err(Refusal::illegal(parameter, "must be 1 to 256 printable characters"));
    }
    Ok(text.to_owned())
}

/// Reads `MetricName`, or another parameter of the kind, as a subject of the rule's own namespace.
pub(super) fn metric(parameters: &Parameters) -> Result<Subject, Refusal> {
    Ok(Subject::Metric { namespace: None, metric: name(parameters, "MetricName")?, dimension_names: None })
}

/// Reads `Period`, in seconds.
pub(super) fn period(parameters: &Parameters, default: u64) -> Result<Period, Refusal> {
    let seconds = match parameters.integer("Period")? {
        Some(seconds) => u64::try_from(seconds).unwrap_or_default(),
        None => default,
    };
    Period::of_rule(seconds)
        .ok_or_else(|| Refusal::illegal("Period", "must be 15, or a multiple of 60 up to 86400"))
}

/// Reads what every rule has beside its condition.
pub(super) fn read(parameters: &Parameters, namespace: String, policy: Policy) -> Result<RuleInput, Refusal> {
    let silence = parameters.integer("SilenceTime")?.unwrap_or(SILENCE);
    if !(0..=31_536_000).contains(&silence) {
        return Err(Refusal::illegal("SilenceTime", "must be a number of seconds"));
    }
    let every_ms = parameters
        .integer("Interval")?
        .map(|seconds| match seconds {
            1..=86_400 => Ok(seconds * 1000),
            _ => Err(Refusal::illegal("Interval", "must be 1 to 86400 seconds")),
        })
        .transpose()?;
    let contact_groups = contact_groups(parameters)?;
    let telling = Telling {
        on: true,
        alarm: recipients(&contact_groups),
        webhook: webhook(parameters)?,
        hours: intervals::read(parameters, "EffectiveInterval")?,
        quiet_hours: intervals::read(parameters, "NoEffectiveInterval")?,
        subject: subject(parameters)?,
        falls_told: false,
        ..Telling::default()
    };
    let spec = RuleSpec {
        name: parameters.word("RuleName").map_or(Ok(String::new()), |_| name(parameters, "RuleName"))?,
        namespace,
        policies: vec![Policy { every_ms, repeat_ms: Some(silence.max(SHORTEST_SILENCE) * 1000), ..policy }],
        no_data: no_data(parameters)?,
        telling,
        labels: labels(parameters)?,
        ..RuleSpec::default()
    };
    let kept = Kept {
        contact_groups: parameters.text("ContactGroups").unwrap_or_default().to_owned(),
        silence,
        send_ok: true,
        ..Kept::default()
    };
    Ok(RuleInput { key: rule_id(parameters)?, spec, kept })
}

/// Reads the levels of a rule that must have some.
pub(super) fn levels(parameters: &Parameters) -> Result<(Condition, Kept), Refusal> {
    let (condition, levels) = escalations::read(parameters)?
        .ok_or_else(|| Refusal::illegal("Escalations", "must have at least one level"))?;
    Ok((condition, Kept { levels, ..Kept::default() }))
}

/// The policy of a rule over windows.
pub(super) fn policy(subject: Subject, period: Period, condition: Condition) -> Policy {
    Policy::new(subject, Watch::Windows(period), condition)
}

/// The names in `ContactGroups`: separated by commas, or a JSON array. They need not exist.
fn contact_groups(parameters: &Parameters) -> Result<Vec<String>, Refusal> {
    let text = parameters.text("ContactGroups").unwrap_or_default().trim();
    let refuse = |why: &str| Refusal::illegal("ContactGroups", why);
    let names: Vec<String> = if text.starts_with('[') {
        serde_json::from_str(text).map_err(|_| refuse("must be a list of names separated by commas"))?
    } else {
        text.split(',').map(str::to_owned).collect()
    };
    let mut groups: Vec<String> = Vec::new();
    for name in names {
        let name = name.trim();
        if name.chars().count() > LONGEST || name.chars().any(char::is_control) {
            return Err(refuse("holds a name that is none"));
        }
        if !name.is_empty() && groups.iter().all(|known| known != name) {
            groups.push(name.to_owned());
        }
    }
    if groups.len() > MOST_GROUPS {
        return Err(refuse("names more than 100 groups"));
    }
    Ok(groups)
}

fn recipients(groups: &[String]) -> Vec<Recipient> {
    groups.iter().cloned().map(Recipient::ContactGroup).collect()
}

fn webhook(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let Some(url) = parameters.word("Webhook") else { return Ok(None) };
    let is_url: Option<http::Uri> = url.parse().ok();
    let reaches = |uri: &http::Uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    };
    if url.len() > 2_048 || !is_url.as_ref().is_some_and(reaches) {
        return Err(Refusal::illegal("Webhook", "must be an http or https URL"));
    }
    Ok(Some(url.to_owned()))
}

fn subject(parameters: &Parameters) -> Result<Option<String>, Refusal> {
    let subject = parameters.word("EmailSubject");
    if subject.is_some_and(|text| text.chars().count() > 512) {
        return Err(Refusal::illegal("EmailSubject", "must have at most 512 characters"));
    }
    Ok(subject.map(str::to_owned))
}

fn no_data(parameters: &Parameters) -> Result<NoData, Refusal> {
    match parameters.word("NoDataPolicy") {
        None | Some("KEEP_LAST_STATE") => Ok(NoData::Keep),
        Some("INSUFFICIENT_DATA") => Ok(NoData::Unknown { after: Silence::Times, told: true }),
        Some("OK") => Ok(NoData::Recovers),
        Some(_) => Err(Refusal::illegal("NoDataPolicy", "must be KEEP_LAST_STATE, INSUFFICIENT_DATA or OK")),
    }
}

/// The word for what happens without data.
pub(super) fn no_data_word(no_data: NoData) -> &'static str {
    match no_data {
        NoData::Keep => "KEEP_LAST_STATE",
        NoData::Unknown { .. } => "INSUFFICIENT_DATA",
        NoData::Recovers => "OK",
    }
}

fn labels(parameters: &Parameters) -> Result<Vec<(String, String)>, Refusal> {
    let items = parameters.items("Labels")?;
    let label = |item: &Parameters| {
        let (key, value) = (item.word("Key")?, item.text("Value").unwrap_or_default());
        let fits = key.chars().count() <= 128 && value.chars().count() <= 1_024;
        fits.then(|| (key.to_owned(), value.to_owned()))
    };
    let labels: Option<Vec<_>> = items.iter().map(label).collect();
    labels
        .filter(|labels| labels.len() <= 50)
        .ok_or_else(|| Refusal::illegal("Labels", "must be at most 50 pairs of Key and Value"))
}

/// Refuses what this server would keep and never evaluate.
pub(super) fn refuse_prometheus(parameters: &Parameters, namespace: &str) -> Result<(), Refusal> {
    if namespace == "acs_prometheus" || parameters.has("Prometheus") {
        return Err(Refusal::unsupported("Rules in PromQL are not supported."));
    }
    Ok(())
}

impl RuleInput {
    /// Tells these contact groups.
    pub(super) fn tell(&mut self, groups: &[String]) {
        self.spec.telling.alarm = recipients(groups);
        self.kept.contact_groups = groups.join(",");
    }

    /// The parameter is absent altogether; an empty one names nobody.
    pub(super) fn require_contact_groups(parameters: &Parameters) -> Result<(), Refusal> {
        match parameters.text("ContactGroups") {
            Some(_) => Ok(()),
            None => Err(Fault::missing("ContactGroups").into()),
        }
    }

    /// Makes the rule, or puts it in the place of the one with its id. What its owner switched and where its targets are
    /// stays.
    pub(super) fn put(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<(), Refusal> {
        let alarms = &cx.services.alarms;
        let owner = owner(cx.caller);
        let (mut spec, mut kept) = (self.spec.clone(), self.kept.clone());
        if kept.send_ok {
            spec.telling.recovery = spec.telling.alarm.clone();
        }
        spec.telling.recovery_is_silent = !kept.send_ok;
        let known = alarms.find(cx.tx, owner, &self.key)?;
        if let Some(known) = &known {
            kept.targets = Kept::of(&known.spec).targets;
        }
        kept.keep(&mut spec);
        alarms.put(cx.tx, owner, &self.key, spec)?;
        cx.touch("alarm rule", &self.key);
        Ok(())
    }
}
