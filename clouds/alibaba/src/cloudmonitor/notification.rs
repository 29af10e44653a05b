//! What a rule's callback carries: a form with fixed fields in a fixed order, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use muster_alarms::NoticeKind;
use muster_alarms::telling::Facts;
use muster_wire::digest::{hmac_sha1, sha256_hex};
use muster_wire::encoding::percent_encode;
use serde_json::{Map, Value, json};

use super::rules::kept::Kept;
use super::rules::{expression, record, words};

/// What the body of a callback is.
pub(super) const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=UTF-8";

/// Stands for a field without a value.
const NULL: &str = "null";
/// The place of the signature among the fields.
const SIGNATURE_AT: usize = 5;

/// The fields of one notice, in the order in which they are sent, without the signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Notification(Vec<(&'static str, Option<String>)>);

impl Notification {
    /// What is told. `group_name` is the name of the application group, where the rule has one.
    pub(super) fn of(facts: &Facts<'_>, region: &str, group_name: Option<&str>) -> Self {
        let (rule, spec) = (facts.rule, &facts.rule.spec);
        let kept = Kept::of(spec);
        let (text, _) = expression::text(facts.policy, &kept, facts.level);
        let level = words::level_word(facts.level);
        let (alert_state, trigger_level) = match facts.kind {
            NoticeKind::Recovered => ("OK", "OK"),
            NoticeKind::NoData => ("INSUFFICIENT_DATA", level),
            NoticeKind::Began | NoticeKind::GoesOn | NoticeKind::LevelChanged => ("ALERT", level),
        };
        let before = facts.before.level().map(|level| words::level_word(level).to_owned());
        let subject = record::subject_name(spec).to_owned();
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut fields = vec![
            ("lastTime", Some(duration(facts.at.since(facts.began_at)))),
            ("rawMetricName", Some(subject.clone())),
            ("expression", some(&text)),
            ("metricName", Some(subject)),
            ("instanceName", some(record::instance(facts.dimensions))),
            ("transId", Some(uuid_of(facts))),
            ("groupId", record::group_id(spec, &kept).map(|id| id.to_string())),
            ("regionName", some(region)),
            ("productGroupName", group_name.and_then(some)),
            ("metricProject", some(&spec.namespace)),
            ("userId", some(&rule.account_id)),
            ("curValue", facts.point.map(|point| point.value.to_string())),
            ("unit", some(&facts.policy.unit)),
            ("alertName", some(&spec.name)),
            ("regionId", some(region)),
            ("namespace", some(&spec.namespace)),
            ("triggerLevel", some(trigger_level)),
            ("alertState", some(alert_state)),
            ("preTriggerLevel", before),
            ("ruleId", some(&rule.key)),
            ("dimensions", Some(java_map(facts.dimensions, &rule.account_id))),
            ("timestamp", Some(facts.at.millis().to_string())),
        ];
        if !spec.labels.is_empty() {
            let labels: Vec<Value> =
                spec.labels.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            fields.push(("customLabels", Some(Value::Array(labels).to_string())));
        }
        Self(fields)
    }

    /// The body of the callback. The signature is HMAC-SHA1 over all other fields, by name, as they are before they are
    /// encoded; without a key there is none.
    pub(super) fn form(&self, key: Option<&str>) -> String {
        let mut named: Vec<String> =
            self.0.iter().map(|field| format!("{}={}", field.0, text(field))).collect();
        named.sort_unstable();
        let sign = |key: &str| STANDARD.encode(hmac_sha1(key.as_bytes(), named.join("&").as_bytes()));
        let signature = key.map_or_else(|| NULL.to_owned(), sign);
        let pair = |name: &str, value: &str| format!("{name}={}", percent_encode(value));
        let mut pairs: Vec<String> = self.0.iter().map(|field| pair(field.0, text(field))).collect();
        pairs.insert(SIGNATURE_AT, pair("signature", &signature));
        pairs.join("&")
    }

    /// The same fields as an object, for the log.
    pub(super) fn as_json(&self) -> Value {
        let members: Map<String, Value> =
            self.0.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        Value::Object(members)
    }
}

fn text<'f>(field: &'f (&'static str, Option<String>)) -> &'f str {
    field.1.as_deref().unwrap_or(NULL)
}

/// How long an alarm lasts, as people read it.
fn duration(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    match minutes {
        1 => "1 minute".to_owned(),
        0..120 => format!("{minutes} minutes"),
        120..2_880 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// `{instanceId=i-1, userId=12}`.
fn java_map(dimensions: &[(String, String)], account_id: &str) -> String {
    let mut pairs: Vec<String> = dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.push(format!("userId={account_id}"));
    format!("{{{}}}", pairs.join(", "))
}

/// An id in a UUID's form that is the same whenever the same notice is told.
fn uuid_of(facts: &Facts<'_>) -> String {
    let digest = sha256_hex(format!("{}/{}", facts.episode_id, facts.notice_id).as_bytes());
    let part = |from: usize, to: usize| digest.get(from..to).unwrap_or_default();
    format!("{}-{}-5{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    use muster_alarms::{
        Comparison, Condition, Level, LevelCondition, Origin, Policy, Quantity, Rule, RuleSpec, State,
        Subject, Watch,
    };
    use muster_core::Timestamp;
    use muster_metrics::{Period, Sample, Statistic};

    use super::*;

    const BEGAN: i64 = 1_768_465_800_000;

    fn rule(labels: &[(&str, &str)]) -> Rule {
        let condition = LevelCondition {
            level: Level::Critical,
            quantity: Quantity::Statistic(Statistic::Average),
            comparison: Comparison::AtLeast,
            threshold: 5.0,
            times: 3,
        };
        let subject = Subject::Metric { namespace: None, metric: "cpu_total".into(), dimension_names: None };
        let watch = Watch::Windows(Period::of_rule(60).unwrap());
        let spec = RuleSpec {
            name: "too hot & high".into(),
            namespace: "acs_ecs_dashboard".into(),
            policies: vec![Policy::new(subject, watch, Condition::Levels(vec![condition]))],
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ..RuleSpec::default()
        };
        let at = Timestamp::from_millis(BEGAN);
        Rule {
            id: 2,
            origin: Origin::CloudMonitor,
            account_id: "1000000000000001".into(),
            project_id: "p".into(),
            key: "r-1".into(),
            enabled: true,
            spec,
            created_at: at,
            updated_at: at,
        }
    }

    fn form(rule: &Rule, kind: NoticeKind, before: State, after: State, group: Option<&str>) -> String {
        let facts = Facts {
            rule,
            policy: &rule.spec.policies[0],
            dimensions: &vec![("instanceId".into(), "i-1".into())],
            episode_id: 1,
            notice_id: 3,
            kind,
            before,
            after,
            level: Level::Critical,
            point: Some(Sample { at: Timestamp::from_millis(BEGAN), value: 7.5 }),
            began_at: Timestamp::from_millis(BEGAN),
            at: Timestamp::from_millis(BEGAN + 120_000),
        };
        Notification::of(&facts, "cn-hangzhou", group).form(Some("secret"))
    }

    fn fields(form: &str) -> Vec<(String, String)> {
        muster_wire::encoding::form_pairs(form).unwrap()
    }

    #[test]
    fn the_fields_stand_in_their_order_and_the_signature_can_be_checked() {
        let form = form(&rule(&[]), NoticeKind::Began, State::Ok, State::Alarm(Level::Critical), None);
        let fields = fields(&form);
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names.join(" "),
            "lastTime rawMetricName expression metricName instanceName signature transId groupId regionName \
             productGroupName metricProject userId curValue unit alertName regionId namespace triggerLevel \
             alertState preTriggerLevel ruleId dimensions timestamp"
        );
        let value = |name: &str| fields.iter().find(|field| field.0 == name).unwrap().1.as_str();
        for (name, expected) in [
            ("lastTime", "2 minutes"),
            ("expression", "$Average>=5"),
            ("instanceName", "i-1"),
            ("groupId", "null"),
            ("productGroupName", "null"),
            ("unit", "null"),
            ("curValue", "7.5"),
            ("alertName", "too hot & high"),
            ("triggerLevel", "CRITICAL"),
            ("alertState", "ALERT"),
            ("preTriggerLevel", "null"),
            ("dimensions", "{instanceId=i-1, userId=1000000000000001}"),
            ("timestamp", "1768465920000"),
        ] {
            assert_eq!(value(name), expected, "{name}");
        }
        assert_eq!(value("transId").len(), 36);
        let mut signed: Vec<String> = fields
            .iter()
            .filter(|(name, _)| name != "signature")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        signed.sort_unstable();
        let expected = STANDARD.encode(hmac_sha1(b"secret", signed.join("&").as_bytes()));
        assert_eq!(value("signature"), expected);
    }

    #[test]
    fn recoveries_silences_and_labels() {
        let critical = State::Alarm(Level::Critical);
        let rule = rule(&[("team", "a & b")]);
        let told = |kind, before, after| fields(&form(&rule, kind, before, after, Some("shop")));
        let value = |fields: &[(String, String)], name: &str| {
            fields.iter().find(|field| field.0 == name).unwrap().1.clone()
        };
        let over = told(NoticeKind::Recovered, critical, State::Ok);
        let states = ["triggerLevel", "alertState", "preTriggerLevel"].map(|name| value(&over, name));
        assert_eq!(states, ["OK", "OK", "CRITICAL"]);
        assert_eq!(value(&over, "customLabels"), r#"[{"key":"team","value":"a & b"}]"#);
        assert_eq!(value(&over, "productGroupName"), "shop");
        let silent = told(NoticeKind::NoData, State::Ok, State::Unknown);
        assert_eq!(value(&silent, "alertState"), "INSUFFICIENT_DATA");
        let worse = told(NoticeKind::LevelChanged, State::Alarm(Level::Info), critical);
        assert_eq!(value(&worse, "preTriggerLevel"), "INFO");
    }
}
