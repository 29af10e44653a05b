//! What a message about an alarm says, in both languages: the facts that somebody on call needs, and where to read on.

use std::fmt::Write as _;

use jiff::tz::TimeZone;
use muster_core::Timestamp;
use muster_metrics::Statistic;
use muster_notify::{Content, Lang, Medium};

use super::Facts;
use crate::model::{Comparison, Condition, Direction, Level, LevelCondition, NoticeKind, Quantity, Watch};

/// The subject of a rule that names none.
const SUBJECT: &str = "${levelDescription} ${ruleName}: ${metricName} ${dimensions}";

/// All that a message may tell.
pub(super) struct Story<'s> {
    facts: &'s Facts<'s>,
    zone: &'s TimeZone,
    region: &'s str,
    groups: &'s [String],
    url: String,
}

impl<'s> Story<'s> {
    pub(super) fn new(
        facts: &'s Facts<'s>,
        zone: &'s TimeZone,
        public_url: &str,
        region: &'s str,
        groups: &'s [String],
    ) -> Self {
        let url = format!("{public_url}{}{}", super::EPISODE_PAGES, facts.episode_id);
        Self { facts, zone, region, groups, url }
    }

    /// The message in this language, for this way.
    pub(super) fn tell(&self, lang: Lang, medium: Medium) -> Content {
        let subject = self.subject(lang);
        let mut content = Content { subject, ..Content::default() };
        let lines = self.lines(lang);
        content.text = match medium {
            Medium::Mail => {
                content.html = self.html(&content.subject, &lines);
                format!("{}\n\n{}\n\n{}\n", content.subject, joined(lang, &lines, "\n"), self.url)
            }
            Medium::DingTalk => {
                format!(
                    "**{}**\n\n{}\n\n[{}]({})",
                    content.subject,
                    joined(lang, &lines, "\n\n"),
                    self.url,
                    self.url
                )
            }
            Medium::Sms | Medium::Phone => self.spoken(lang),
            Medium::Webhook => joined(lang, &lines, "\n"),
        };
        if medium == Medium::Webhook {
            content.body = self.json();
            "application/json; charset=utf-8".clone_into(&mut content.content_type);
        }
        content
    }

    /// The rule's own subject, or ours, with its variables in place; what is no variable stays as it is.
    fn subject(&self, lang: Lang) -> String {
        let rule = self.facts.rule;
        let template =
            rule.spec.telling.subject.as_deref().filter(|text| !text.trim().is_empty()).unwrap_or(SUBJECT);
        let mut subject = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(start) = rest.find("${") {
            let (before, variable) = rest.split_at(start);
            subject.push_str(before);
            let Some(end) = variable.find('}') else {
                rest = variable;
                break;
            };
            match self.variable(lang, &variable[2..end]) {
                Some(value) => subject.push_str(&value),
                None => subject.push_str(&variable[..=end]),
            }
            rest = &variable[end + 1..];
        }
        subject.push_str(rest);
        // A line's end in a value would be a header of its own.
        subject.replace(|c: char| c.is_control(), " ")
    }

    fn variable(&self, lang: Lang, name: &str) -> Option<String> {
        let facts = self.facts;
        Some(match name {
            "serviceType" => self.namespace().to_owned(),
            "metricName" => facts.policy.subject.name().to_owned(),
            "levelDescription" => self.standing(lang).to_owned(),
            "dimensions" => dimensions(facts),
            "ruleName" => facts.rule.spec.name.clone(),
            "instanceName" => facts.dimensions.first().map_or_else(String::new, |(_, value)| value.clone()),
            "value" => self.value(),
            _ => return None,
        })
    }

    fn namespace(&self) -> &str {
        match &self.facts.policy.subject {
            crate::model::Subject::Metric { namespace: Some(namespace), .. } => namespace,
            _ => &self.facts.rule.spec.namespace,
        }
    }

    /// A word for how it stands: the level of an alarm, or that it is over.
    fn standing(&self, lang: Lang) -> &'static str {
        match (lang, self.facts.kind, self.facts.level) {
            (Lang::En, NoticeKind::Recovered, _) => "OK",
            (Lang::En, NoticeKind::NoData, _) => "No data",
            (Lang::En, _, Level::Critical) => "Critical",
            (Lang::En, _, Level::Major) => "Warning",
            (Lang::En, _, Level::Minor) => "Minor",
            (Lang::En, _, Level::Info) => "Info",
            (Lang::ZhCn, NoticeKind::Recovered, _) => "恢复",
            (Lang::ZhCn, NoticeKind::NoData, _) => "无数据",
            (Lang::ZhCn, _, Level::Critical) => "紧急",
            (Lang::ZhCn, _, Level::Major) => "警告",
            (Lang::ZhCn, _, Level::Minor) => "次要",
            (Lang::ZhCn, _, Level::Info) => "提示",
        }
    }

    fn happened(&self, lang: Lang) -> &'static str {
        match (lang, self.facts.kind) {
            (Lang::En, NoticeKind::Began) => "alarm began",
            (Lang::En, NoticeKind::GoesOn) => "alarm goes on",
            (Lang::En, NoticeKind::LevelChanged) => "alarm changed its level",
            (Lang::En, NoticeKind::Recovered) => "recovered",
            (Lang::En, NoticeKind::NoData) => "no data",
            (Lang::ZhCn, NoticeKind::Began) => "发生告警",
            (Lang::ZhCn, NoticeKind::GoesOn) => "持续告警",
            (Lang::ZhCn, NoticeKind::LevelChanged) => "级别变化",
            (Lang::ZhCn, NoticeKind::Recovered) => "已恢复",
            (Lang::ZhCn, NoticeKind::NoData) => "无数据",
        }
    }

    /// What is to be told, each with its word in both languages.
    fn lines(&self, lang: Lang) -> Vec<(&'static str, &'static str, String)> {
        let facts = self.facts;
        let (rule, policy) = (facts.rule, facts.policy);
        let condition = condition_of(facts);
        let mut lines = vec![
            ("Level", "级别", self.standing(lang).to_owned()),
            ("State", "状态", self.happened(lang).to_owned()),
            ("Rule", "规则", format!("{} ({})", rule.spec.name, rule.key)),
            ("Metric", "指标", format!("{} {}", self.namespace(), policy.subject.name())),
            ("Condition", "条件", self::condition(policy, facts.level)),
            ("Value", "当前值", self.value()),
            ("Resource", "资源", dimensions(facts)),
            ("Times in a row", "连续次数", condition.map_or(1, |condition| condition.times).to_string()),
        ];
        lines.extend(rule.spec.target.group_id().map(|group| ("Group", "分组", group.to_string())));
        let duration = spoken_duration(lang, facts.at.since(facts.began_at));
        lines.extend([
            ("Began", "开始时间", self.time(facts.began_at)),
            ("Now", "当前时间", self.time(facts.at)),
            ("Duration", "持续时间", duration),
            ("Region", "地域", self.region.to_owned()),
            ("Account", "账号", rule.account_id.clone()),
            ("Told", "通知对象", self.groups.join(", ")),
        ]);
        let labels: Vec<String> =
            rule.spec.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        lines.push(("Labels", "标签", labels.join(", ")));
        lines.retain(|(_, _, value)| !value.is_empty());
        if lang == Lang::ZhCn {
            lines.iter_mut().for_each(|(word, zh, _)| *word = zh);
        }
        lines
    }

    fn value(&self) -> String {
        match self.facts.point {
            Some(point) => format!("{}{}", point.value, self.facts.policy.unit),
            None => String::new(),
        }
    }

    /// One sentence: text messages are paid for by parts.
    fn spoken(&self, lang: Lang) -> String {
        let facts = self.facts;
        let (rule, metric) = (&facts.rule.spec.name, facts.policy.subject.name());
        let (level, what) = (self.standing(lang), self.happened(lang));
        let value = self.value();
        match lang {
            Lang::En => format!("{level}: {rule}, {metric} {value}, {}, {what}", dimensions(facts)),
            Lang::ZhCn => format!("{level}：{rule}，{metric} {value}，{}，{what}", dimensions(facts)),
        }
    }

    fn html(&self, subject: &str, lines: &[(&'static str, &'static str, String)]) -> String {
        let mut html = format!("<h2>{}</h2>\n<table>\n", escaped(subject));
        for (word, _, value) in lines {
            // Writing to a string cannot fail.
            let _ = writeln!(
                html,
                "<tr><th align=\"left\" valign=\"top\">{word}</th><td>{}</td></tr>",
                escaped(value)
            );
        }
        let url = escaped(&self.url);
        let _ = write!(html, "</table>\n<p><a href=\"{url}\">{url}</a></p>\n");
        html
    }

    /// What a callback that subscribes to a topic is given.
    fn json(&self) -> String {
        let facts = self.facts;
        let (rule, policy) = (facts.rule, facts.policy);
        let dimensions: serde_json::Map<String, serde_json::Value> =
            facts.dimensions.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let labels: serde_json::Map<String, serde_json::Value> =
            rule.spec.labels.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
        let condition = condition_of(facts);
        serde_json::json!({
            "event": format!("alarm.{}", facts.kind.as_str()),
            "key": super::message_key(facts.episode_id, facts.notice_id),
            "record_id": facts.episode_id.to_string(),
            "rule_id": rule.key,
            "rule_name": rule.spec.name,
            "state": facts.after.as_str(),
            "state_before": facts.before.as_str(),
            "level": facts.level.as_str(),
            "namespace": self.namespace(),
            "metric": policy.subject.name(),
            "dimensions": dimensions,
            "value": facts.point.map(|point| point.value),
            "threshold": condition.map(|condition| condition.threshold),
            "condition": self::condition(policy, facts.level),
            "unit": policy.unit,
            "began_at": facts.began_at.millis(),
            "at": facts.at.millis(),
            "account_id": rule.account_id,
            "project_id": rule.project_id,
            "region": self.region,
            "labels": labels,
            "url": self.url,
        })
        .to_string()
    }

    /// The local time with its distance from UTC: readers may be elsewhere.
    fn time(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_millisecond(at.millis()).ok();
        instant.map_or_else(String::new, |instant| {
            instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
        })
    }
}

fn joined(lang: Lang, lines: &[(&'static str, &'static str, String)], end: &str) -> String {
    let colon = if lang == Lang::ZhCn { "：" } else { ": " };
    let lines: Vec<String> = lines.iter().map(|(word, _, value)| format!("{word}{colon}{value}")).collect();
    lines.join(end)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn dimensions(facts: &Facts<'_>) -> String {
    let pairs: Vec<String> = facts.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join(", ")
}

/// The condition of the level that this is about.
fn condition_of<'f>(facts: &'f Facts<'_>) -> Option<&'f LevelCondition> {
    match &facts.policy.condition {
        Condition::Levels(levels) => {
            levels.iter().find(|each| each.level == facts.level).or_else(|| levels.first())
        }
        Condition::Expression { .. } => None,
    }
}

/// The condition of this level as people read it: `average over 300 s >= 80%`, or the expression as it was written. Of a
/// level that the policy does not have, that of its worst.
pub fn condition(policy: &crate::model::Policy, level: Level) -> String {
    match &policy.condition {
        Condition::Expression { text, .. } => text.clone(),
        Condition::Levels(levels) => {
            let wanted = levels.iter().find(|each| each.level == level).or_else(|| levels.first());
            wanted.map_or_else(String::new, |wanted| expression(wanted, policy))
        }
    }
}

/// The condition as people read it: `average over 300 s >= 80%`.
fn expression(condition: &LevelCondition, policy: &crate::model::Policy) -> String {
    let figure = match (condition.quantity, policy.watch) {
        (Quantity::Events, Watch::Each) => return String::new(),
        (Quantity::Events, Watch::Windows(period)) => format!("events in {} s", period.seconds()),
        (_, Watch::Each) => "value".to_owned(),
        (Quantity::Statistic(statistic), Watch::Windows(period)) => {
            format!("{} over {} s", word(statistic), period.seconds())
        }
    };
    let (comparison, unit) = match condition.comparison {
        Comparison::Above => (">", policy.unit.as_str()),
        Comparison::AtLeast => (">=", policy.unit.as_str()),
        Comparison::Below => ("<", policy.unit.as_str()),
        Comparison::AtMost => ("<=", policy.unit.as_str()),
        Comparison::Equal => ("=", policy.unit.as_str()),
        Comparison::NotEqual => ("!=", policy.unit.as_str()),
        Comparison::Change { direction: Direction::Up, .. } => ("+", "%"),
        Comparison::Change { direction: Direction::Down, .. } => ("-", "%"),
        Comparison::Change { direction: Direction::Either, .. } => ("±", "%"),
    };
    format!("{figure} {comparison} {}{unit}", condition.threshold)
}

fn word(statistic: Statistic) -> String {
    match statistic {
        Statistic::Average => "average".to_owned(),
        Statistic::Variance => "variance".to_owned(),
        Statistic::Minimum => "minimum".to_owned(),
        Statistic::Maximum => "maximum".to_owned(),
        Statistic::Sum => "sum".to_owned(),
        Statistic::Count => "count".to_owned(),
        Statistic::Last => "last value".to_owned(),
        Statistic::SumPerSecond => "sum per second".to_owned(),
        Statistic::CountPerSecond => "count per second".to_owned(),
        Statistic::Percentile(percent) => format!("P{percent}"),
    }
}

fn spoken_duration(lang: Lang, ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match (lang, hours) {
        (Lang::En, 0) => format!("{minutes} min"),
        (Lang::En, _) => format!("{hours} h {minutes} min"),
        (Lang::ZhCn, 0) => format!("{minutes}分钟"),
        (Lang::ZhCn, _) => format!("{hours}小时{minutes}分钟"),
    }
}
