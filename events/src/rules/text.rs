//! What people read about an event, in both languages.

use jiff::tz::TimeZone;
use muster_alarms::Level;
use muster_core::Timestamp;
use muster_notify::{Content, Lang, Medium};

use super::model::Rule;
use crate::model::Event;

/// As much of a content is sent as a text message.
const MOST_SPOKEN_CHARS: usize = 60;
/// As much of it stands in other messages.
const MOST_SHOWN_CHARS: usize = 2_000;

/// All that a message may tell.
pub(super) struct Story<'a> {
    pub(super) rule: &'a Rule,
    pub(super) event: &'a Event,
    pub(super) zone: &'a TimeZone,
    pub(super) url: &'a str,
}

impl Story<'_> {
    /// The message in this language, for this way.
    pub(super) fn tell(&self, lang: Lang, medium: Medium) -> Content {
        let subject = self.headline(lang);
        let text = match medium {
            Medium::Mail => format!("{subject}\n\n{}\n\n{}\n", self.lines(lang, "\n"), self.url),
            Medium::DingTalk => format!("{}\n\n[{}]({})", self.lines(lang, "\n\n"), self.url, self.url),
            Medium::Sms | Medium::Phone => self.spoken(lang),
            Medium::Webhook => self.lines(lang, "\n"),
        };
        Content { subject, text, ..Content::default() }
    }

    fn headline(&self, lang: Lang) -> String {
        let facts = &self.event.facts;
        let thing = match (facts.resource_name.as_str(), facts.resource_id.as_str()) {
            ("", id) => id,
            (name, _) => name,
        };
        let level = facts.level.map(|level| level_word(level, lang)).unwrap_or_default();
        let parts = match lang {
            Lang::En => {
                let drill = if facts.drill { "[Drill]" } else { "" };
                let about = if thing.is_empty() { String::new() } else { format!("of {thing}") };
                [drill.to_owned(), level.to_owned(), format!("Event \"{}\"", facts.name), about]
            }
            Lang::ZhCn => {
                let drill = if facts.drill { "【演练】" } else { "" };
                let about = if thing.is_empty() { String::new() } else { format!("（{thing}）") };
                [drill.to_owned(), level.to_owned(), format!("事件“{}”", facts.name), about]
            }
        };
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }

    fn lines(&self, lang: Lang, end: &str) -> String {
        let facts = &self.event.facts;
        let mut lines = Vec::new();
        let mut line = |en: &str, zh: &str, value: &str| {
            if !value.is_empty() {
                lines.push(match lang {
                    Lang::En => format!("{en}: {value}"),
                    Lang::ZhCn => format!("{zh}：{value}"),
                });
            }
        };
        let dimensions: Vec<String> =
            facts.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
        line("Rule", "规则", &self.rule.name);
        line("Source", "来源", &facts.source);
        line("Level", "级别", facts.level.map(|level| level_word(level, lang)).unwrap_or_default());
        line("State", "状态", &facts.state);
        line("Resource", "资源", &facts.resource_id);
        line("Name of the resource", "资源名称", &facts.resource_name);
        line("Dimensions", "维度", &dimensions.join(", "));
        line("Region", "地域", &facts.region);
        line("By", "操作者", &facts.user);
        line("Account", "账号", &self.event.account_id);
        line("Happened", "发生时间", &self.time(facts.at));
        line("Content", "内容", &beginning(&facts.content, MOST_SHOWN_CHARS));
        lines.join(end)
    }

    /// One sentence: text messages are paid for by parts.
    fn spoken(&self, lang: Lang) -> String {
        let (at, content) = (self.time(self.event.facts.at), &self.event.facts.content);
        let content = beginning(content.lines().next().unwrap_or_default(), MOST_SPOKEN_CHARS);
        match lang {
            Lang::En => format!("{}, {at}. {content}", self.headline(lang)),
            Lang::ZhCn => format!("{}，{at}。{content}", self.headline(lang)),
        }
    }

    /// The local time with its distance from UTC: readers may be elsewhere.
    fn time(&self, at: Timestamp) -> String {
        let instant = jiff::Timestamp::from_millisecond(at.millis());
        instant.map_or_else(
            |_| at.to_string(),
            |instant| instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string(),
        )
    }
}

fn beginning(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn level_word(level: Level, lang: Lang) -> &'static str {
    match (lang, level) {
        (Lang::En, Level::Critical) => "Critical",
        (Lang::En, Level::Major) => "Warning",
        (Lang::En, Level::Minor) => "Minor",
        (Lang::En, Level::Info) => "Info",
        (Lang::ZhCn, Level::Critical) => "紧急",
        (Lang::ZhCn, Level::Major) => "警告",
        (Lang::ZhCn, Level::Minor) => "次要",
        (Lang::ZhCn, Level::Info) => "信息",
    }
}
