//! What an alarm says, in both languages: the facts that somebody on call needs, and where to read on.

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_notify::{Content, Lang, Medium};
use serde_json::json;

use super::model::{Alarm, AlarmKind};
use super::store;
use crate::app_groups::AppGroup;
use crate::instances;

/// How many runs "lately" looks back at.
const LATELY: usize = 10;
/// As much of a result is read out or sent as a text message.
const MOST_SPOKEN_CHARS: usize = 80;

/// All that a message may tell.
pub(super) struct Story<'a> {
    alarm: &'a Alarm,
    group: &'a AppGroup,
    zone: &'a TimeZone,
    data_at: Option<Timestamp>,
    worker: String,
    /// How many of the latest ended runs there were, and how many of them did not succeed.
    lately: (usize, usize),
    last_success: Option<Timestamp>,
    url: String,
}

impl<'a> Story<'a> {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        alarm: &'a Alarm,
        group: &'a AppGroup,
        zone: &'a TimeZone,
        public_url: &str,
    ) -> Result<Self> {
        let instance = instances::find(tx, alarm.instance)?;
        let address = instance.as_ref().map(|instance| instance.worker_address.clone());
        let lately = store::lately(tx, alarm.job, LATELY)?;
        Ok(Self {
            alarm,
            group,
            zone,
            data_at: instance.map(|instance| instance.data_at),
            worker: match address.filter(|address| !address.is_empty()) {
                Some(address) if alarm.facts.worker.is_empty() => address,
                Some(address) => format!("{} ({address})", alarm.facts.worker),
                None => alarm.facts.worker.clone(),
            },
            lately: (lately.len(), lately.iter().filter(|(success, _)| !success).count()),
            last_success: lately.iter().find(|(success, _)| *success).and_then(|(_, at)| *at),
            url: format!("{public_url}{}{}", pages(alarm.kind), alarm.instance),
        })
    }

    /// The message in this language, for this way.
    pub(super) fn tell(&self, lang: Lang, medium: Medium) -> Content {
        let subject = self.headline(lang);
        let text = match medium {
            Medium::Mail => format!("{subject}\n\n{}\n\n{}\n", self.lines(lang, "\n"), self.url),
            Medium::DingTalk => format!("{}\n\n[{}]({})", self.lines(lang, "\n\n"), self.url, self.url),
            Medium::Sms | Medium::Phone => self.spoken(lang),
            Medium::Webhook => self.lines(lang, "\n"),
        };
        let mut content = Content { subject, text, ..Content::default() };
        if medium == Medium::Webhook {
            content.body = self.json(&content.subject);
            "application/json; charset=utf-8".clone_into(&mut content.content_type);
        }
        content
    }

    fn headline(&self, lang: Lang) -> String {
        let facts = &self.alarm.facts;
        let (job, limit, failures) = (&facts.job, facts.monitor.timeout_s, facts.failures);
        match (lang, self.alarm.kind) {
            (Lang::En, AlarmKind::Failed) if failures > 1 => {
                format!("Job \"{job}\" failed {failures} times in a row")
            }
            (Lang::En, AlarmKind::Failed) => format!("Job \"{job}\" failed"),
            (Lang::En, AlarmKind::TooLong) => format!("Job \"{job}\" takes longer than {limit} s"),
            (Lang::En, AlarmKind::NoWorker) => format!("Job \"{job}\" found no worker"),
            (Lang::En, AlarmKind::Success) => format!("Job \"{job}\" succeeded"),
            (Lang::ZhCn, AlarmKind::Failed) if failures > 1 => format!("任务“{job}”连续失败 {failures} 次"),
            (Lang::ZhCn, AlarmKind::Failed) => format!("任务“{job}”执行失败"),
            (Lang::ZhCn, AlarmKind::TooLong) => format!("任务“{job}”运行超过 {limit} 秒"),
            (Lang::ZhCn, AlarmKind::NoWorker) => format!("任务“{job}”没有可用的执行机器"),
            (Lang::ZhCn, AlarmKind::Success) => format!("任务“{job}”执行成功"),
            (Lang::En, AlarmKind::WorkflowFailed) => format!("Workflow \"{job}\" failed"),
            (Lang::ZhCn, AlarmKind::WorkflowFailed) => format!("工作流“{job}”执行失败"),
        }
    }

    fn lines(&self, lang: Lang, end: &str) -> String {
        let (alarm, facts, group) = (self.alarm, &self.alarm.facts, self.group);
        let mut lines = Vec::new();
        let mut line = |en: &str, zh: &str, value: String| {
            if !value.is_empty() {
                lines.push(match lang {
                    Lang::En => format!("{en}: {value}"),
                    Lang::ZhCn => format!("{zh}：{value}"),
                });
            }
        };
        let is_workflow = alarm.kind == AlarmKind::WorkflowFailed;
        let (en, zh) = if is_workflow { ("Workflow", "工作流") } else { ("Job", "任务") };
        line(en, zh, format!("{} ({})", facts.job, alarm.job));
        line("Application group", "应用", format!("{} ({})", group.group_id, group.name));
        line("Namespace", "命名空间", group.namespace.clone());
        let zh = if is_workflow { "工作流实例" } else { "任务实例" };
        line("Run", zh, alarm.instance.to_string());
        line("Due", "调度时间", self.time(Some(Timestamp::from_millis(facts.scheduled_ms))));
        line("Data time", "数据时间", self.time(self.data_at));
        line("Started", "开始时间", self.time(facts.started_ms.map(Timestamp::from_millis)));
        line("Happened", "发生时间", self.time(Some(alarm.at)));
        line("Worker", "执行机器", self.worker.clone());
        if !is_workflow {
            line("Try", "尝试", format!("{} / {}", facts.attempt, facts.attempts));
        }
        match alarm.kind {
            AlarmKind::Success => line("Result", "结果", facts.result.clone()),
            _ => line("Error", "错误信息", facts.result.clone()),
        }
        line("Lately", "近期", self.lately(lang));
        lines.join(end)
    }

    fn lately(&self, lang: Lang) -> String {
        let (runs, failed) = self.lately;
        if runs == 0 {
            return String::new();
        }
        let counts = match lang {
            Lang::En => format!("{failed} of the last {runs} runs failed"),
            Lang::ZhCn => format!("最近 {runs} 次运行中失败 {failed} 次"),
        };
        match (lang, self.last_success) {
            (_, None) => counts,
            (Lang::En, at) => format!("{counts}, the last success was at {}", self.time(at)),
            (Lang::ZhCn, at) => format!("{counts}，最近一次成功于 {}", self.time(at)),
        }
    }

    /// One sentence: text messages are paid for by parts.
    fn spoken(&self, lang: Lang) -> String {
        let (group, due) =
            (&self.group.group_id, self.time(Some(Timestamp::from_millis(self.alarm.facts.scheduled_ms))));
        let result: String = self
            .alarm
            .facts
            .result
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(MOST_SPOKEN_CHARS)
            .collect();
        match lang {
            Lang::En => format!("{}. Group {group}, due {due}. {result}", self.headline(lang)),
            Lang::ZhCn => format!("{}。应用 {group}，调度时间 {due}。{result}", self.headline(lang)),
        }
    }

    fn json(&self, headline: &str) -> String {
        let (alarm, facts) = (self.alarm, &self.alarm.facts);
        json!({
            "event": match alarm.kind {
                AlarmKind::WorkflowFailed => "workflow.failed".to_owned(),
                kind => format!("job.{}", kind.as_str()),
            },
            "key": format!("job-alarm/{}", alarm.id),
            "text": headline,
            "at": alarm.at.millis(),
            "namespace": self.group.namespace,
            "group_id": self.group.group_id,
            "group_name": self.group.name,
            "job_id": alarm.job,
            "job_name": facts.job,
            "instance_id": alarm.instance,
            "scheduled_at": facts.scheduled_ms,
            "data_at": self.data_at.map(Timestamp::millis),
            "started_at": facts.started_ms,
            "worker": facts.worker,
            "attempt": facts.attempt,
            "attempts": facts.attempts,
            "result": facts.result,
            "failures_in_a_row": facts.failures,
            "recent": {"runs": self.lately.0, "failed": self.lately.1},
            "url": self.url,
        })
        .to_string()
    }

    /// The local time with its distance from UTC: readers may be elsewhere.
    fn time(&self, at: Option<Timestamp>) -> String {
        let instant = at.and_then(|at| jiff::Timestamp::from_millisecond(at.millis()).ok());
        instant.map_or_else(String::new, |instant| {
            instant.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
        })
    }
}

/// Where the pages of such runs lie.
fn pages(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::WorkflowFailed => super::WORKFLOW_RUN_PAGES,
        _ => super::RUN_PAGES,
    }
}
