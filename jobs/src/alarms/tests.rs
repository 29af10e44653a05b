//! Alarms from what happened to the messages, on each store.

use jiff::tz::TimeZone;
use muster_core::{Engine, Error, PageRequest};
use muster_identity::testing::root_caller;
use muster_notify::{
    ChannelKind, ContactSettings, Lang, Medium, Message, MessageFilter, MessageState, PutContact,
};

use super::*;
use crate::app_groups::AppGroupPatch;
use crate::job::{Contact, Definition, Job, Monitor, Time, TimeKind};
use crate::link::News;
use crate::notification_policies::{self, NewPolicy};
use crate::testing::{ALICE, World, contacts, groups};
use crate::workflows::{Dag, Edge, NewWorkflow};

/// Rita, who is told in Chinese by a robot; the group tells her by mail, robot and SMS.
fn with_rita(world: &World<'_>) -> Result<()> {
    world.write(|tx, alice| {
        let channels = vec![(ChannelKind::DingTalk, "http://robot.example/rita".to_owned())];
        let rita =
            PutContact { name: "Rita".into(), lang: Some(Lang::ZhCn), channels, ..PutContact::default() };
        let directory = muster_notify::Service::new(ContactSettings::default(), "");
        directory.put_contact(tx, alice, &rita)?;
        let patch = AppGroupPatch {
            monitor_config: Some(
                r#"{"sendChannel":"mail,ding","alarmType":"Contacts","webhookIsAtAll":true}"#.into(),
            ),
            monitor_contacts: Some(r#"[{"name":"Rita"},{"name":"Nobody yet"}]"#.into()),
            ..AppGroupPatch::default()
        };
        groups().update(tx, alice, "ns", "g", &patch).map(drop)
    })
}

fn job(
    world: &World<'_>,
    time: Time,
    monitor: Monitor,
    more: impl Fn(&mut Definition) + Send + 'static,
) -> Result<Job> {
    world.job(time, move |definition| {
        definition.monitor = Some(monitor.clone());
        more(definition);
    })
}

/// Runs the job once on a worker; how it ended is said.
fn run(world: &World<'_>, job: &Job, success: bool) -> Result<i64> {
    world.store.clock.advance(1_000);
    world.connect("w", &[]);
    let id = world.execute(job.id)?;
    world.pass(0)?;
    world.report("w", id, News::Accepted)?;
    assert!(world.end("w", id, success)?);
    Ok(id)
}

fn tell(world: &World<'_>) -> Result<()> {
    Tell::new(world.store.db.clone(), TimeZone::UTC, Lang::En, "https://muster.example/").run()
}

/// What people were told, the oldest first.
fn messages(world: &World<'_>) -> Result<Vec<Message>> {
    tell(world)?;
    let mut messages = world.store.db.read_blocking(|tx| {
        contacts().list_messages(tx, &root_caller(ALICE), &MessageFilter::default(), 100)
    })?;
    messages.retain(|message| message.purpose == "job");
    messages.reverse();
    Ok(messages)
}

fn subjects(world: &World<'_>) -> Result<Vec<String>> {
    Ok(messages(world)?.into_iter().map(|message| message.content.subject).collect())
}

fn alarms(world: &World<'_>) -> Result<Vec<Alarm>> {
    tell(world)?;
    world.write(|tx, alice| {
        let filter = AlarmFilter { job: None, instance: None, page: PageRequest::ALL };
        let mut alarms = list(tx, alice, "ns", "g", &filter)?.items;
        alarms.reverse();
        Ok(alarms)
    })
}

#[test]
fn a_failure_is_told_with_the_facts() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, ..Monitor::default() };
        let job = job(world, Time::api(), watched, |definition| definition.name = "结算 \"night\"".into())?;
        run(world, &job, true)?;
        let id = run(world, &job, false)?;
        let told = messages(world)?;
        assert_eq!(told.len(), 1, "Nobody yet has no channel, and a mail address Rita has none");
        let (message, content) = (&told[0], &told[0].content);
        assert_eq!((message.medium, message.contact.as_deref()), (Medium::DingTalk, Some("Rita")));
        assert_eq!(content.subject, "任务“结算 \"night\"”执行失败");
        assert!(content.at_all);
        for fact in [
            "应用：g (Group)",
            "错误信息：broken",
            "尝试：1 / 1",
            "执行机器：w (10.0.0.",
            "最近 2 次运行中失败 1 次，最近一次成功于 2026-",
        ] {
            assert!(content.text.contains(fact), "{fact} in {}", content.text);
        }
        assert!(
            content.text.contains(&format!("https://muster.example/console/runs/{id}")),
            "{}",
            content.text
        );
        let alarm = alarms(world)?.remove(0);
        assert_eq!(
            (alarm.kind, alarm.outcome, alarm.told, alarm.silenced),
            (AlarmKind::Failed, Outcome::Told, 1, 0)
        );
        assert_eq!(alarm.note, "cannot be reached by mail, dingtalk, webhook: Nobody yet");
        assert_eq!(messages(world)?.len(), 1, "once");
        Ok(())
    });
}

#[test]
fn failures_are_counted_in_a_row() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, failures: 3, ..Monitor::default() };
        let job = job(world, Time::api(), watched, |_| {})?;
        for success in [false, false, true, false, false] {
            run(world, &job, success)?;
        }
        assert!(subjects(world)?.is_empty());
        let last = run(world, &job, false)?;
        assert_eq!(subjects(world)?, ["任务“job”连续失败 3 次"]);
        // Somebody vouches for it.
        let instances = world.instances.clone();
        world.write(move |tx, alice| instances.set_success(tx, alice, "ns", "g", job.id, last))?;
        Ok(())
    });
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, ..Monitor::default() };
        let job = job(world, Time::of(TimeKind::FixedDelay, "1"), watched, |_| {})?;
        for _ in 0..12 {
            world.connect("w", &[]);
            world.pass(1_000)?;
            let run = world.handed_over().remove(0).1;
            assert_eq!(run.job, job.id);
            assert!(world.end("w", run.instance, false)?);
        }
        assert_eq!(
            subjects(world)?,
            ["任务“job”执行失败", "任务“job”连续失败 10 次"],
            "rounds of seconds tell twice"
        );
        Ok(())
    });
}

#[test]
fn only_the_last_try_is_a_failure_and_a_stop_is_none() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, success: true, ..Monitor::default() };
        let job = job(world, Time::api(), watched, |definition| {
            (definition.max_attempt, definition.attempt_interval_s) = (1, 1);
        })?;
        let id = run(world, &job, false)?;
        assert!(subjects(world)?.is_empty(), "it is tried again");
        world.connect("w", &[]);
        world.pass(1_000)?;
        world.pass(0)?;
        assert!(world.end("w", id, true)?);
        assert_eq!(subjects(world)?, ["任务“job”执行成功"]);
        world.store.clock.advance(1_000);
        let stopped = world.execute(job.id)?;
        let (instances, job) = (world.instances.clone(), job.id);
        world.write(move |tx, alice| instances.stop(tx, alice, "ns", "g", job, stopped))?;
        assert_eq!(subjects(world)?.len(), 1);
        Ok(())
    });
}

#[test]
fn a_lack_of_workers_is_told_at_once_and_instead_of_the_failure() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, no_worker: true, ..Monitor::default() };
        let job = job(world, Time::api(), watched, |definition| definition.max_attempt = 1)?;
        world.store.clock.advance(60_000);
        world.execute(job.id)?;
        world.pass(0)?;
        assert_eq!(subjects(world)?, ["任务“job”没有可用的执行机器"]);
        for _ in 0..3 {
            world.pass(31_000)?;
        }
        assert_eq!(
            subjects(world)?,
            ["任务“job”没有可用的执行机器", "任务“job”执行失败"],
            "after the last try"
        );
        assert!(alarms(world)?[0].facts.result.starts_with("no available worker"));
        Ok(())
    });
}

#[test]
fn a_run_that_takes_too_long_is_told_of_once_and_goes_on() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { timeout: true, timeout_s: 20, ..Monitor::default() };
        let job = job(world, Time::api(), watched, |_| {})?;
        world.connect("w", &[]);
        let id = world.execute(job.id)?;
        world.pass(0)?;
        world.report("w", id, News::Accepted)?;
        world.connect("w", &[id]);
        world.pass(19_000)?;
        assert!(subjects(world)?.is_empty());
        for _ in 0..3 {
            world.connect("w", &[id]);
            world.pass(1_000)?;
        }
        assert_eq!(subjects(world)?, ["任务“job”运行超过 20 秒"]);
        assert!(world.end("w", id, true)?);
        Ok(())
    });
}

#[test]
fn addresses_of_the_jobs_own_and_hours_of_the_policy() {
    World::on_each(|world| {
        with_rita(world)?;
        // 2026-01-15T08:30 is a Thursday: mail is for the night, SMS for no time at all.
        let times = r#"{"sendChannel":"mail,webhook","timeRanges":{"mail":[{"startTime":"20:00","endTime":"06:00",
            "daysOfWeek":[1,2,3,4,5]}],"webhook":[{"startTime":"08:00","endTime":"18:00","daysOfWeek":[4]}]}}"#;
        world.write(move |tx, alice| {
            let new =
                NewPolicy { name: "nights".into(), description: String::new(), times: times.to_owned() };
            notification_policies::create(tx, alice, &new)?;
            let patch =
                AppGroupPatch { notification_policy: Some("nights".into()), ..AppGroupPatch::default() };
            groups().update(tx, alice, "ns", "g", &patch).map(drop)
        })?;
        let contact = |name: &str, phone: &str, mail: &str, webhook: &str| Contact {
            name: name.into(),
            phone: phone.into(),
            mail: mail.into(),
            webhook: webhook.into(),
        };
        let watched = Monitor {
            success: true,
            channels: "mail,sms,webhook".into(),
            contacts: vec![
                contact("op", "86-138", "op@example.com", "http://hook.example/a"),
                contact("Rita", "", "", ""),
            ],
            ..Monitor::default()
        };
        let job = job(world, Time::api(), watched, |_| {})?;
        run(world, &job, true)?;
        let told = messages(world)?;
        let row = |message: &Message| {
            format!(
                "{} {} {}: {}",
                message.medium.as_str(),
                message.target,
                message.state.as_str(),
                message.detail
            )
        };
        let mut rows: Vec<String> = told.iter().map(row).collect();
        rows.sort_unstable();
        assert_eq!(
            rows,
            [
                "dingtalk http://robot.example/rita queued: ",
                "mail op@example.com silenced: outside of the hours of notification policy nights",
                "sms 86-138 silenced: notification policy nights does not use sms",
                "webhook http://hook.example/a queued: ",
            ]
        );
        let hook = told.iter().find(|message| message.medium == Medium::Webhook).unwrap();
        let body: serde_json::Value = serde_json::from_str(&hook.content.body).unwrap();
        assert_eq!(
            (&body["event"], &body["job_id"], &body["result"]),
            (&"job.success".into(), &job.id.into(), &"done".into())
        );
        let alarm = alarms(world)?.remove(0);
        assert_eq!(
            (alarm.outcome, alarm.told, alarm.silenced, alarm.note.as_str()),
            (Outcome::Told, 2, 2, "")
        );

        // The group's policy may silence everything, and a group may name nobody.
        world.store.clock.advance(12 * 3_600_000);
        let patch = |contacts: &str| AppGroupPatch {
            monitor_contacts: Some(contacts.into()),
            ..AppGroupPatch::default()
        };
        let (jobs, quiet) = (world.jobs.clone(), patch("[]"));
        world.write(move |tx, alice| {
            let monitor = crate::job::MonitorPatch { contacts: Some(Vec::new()), ..Default::default() };
            let patch = crate::job::JobPatch { monitor, ..Default::default() };
            jobs.update(tx, alice, "ns", "g", job.id, patch).map(drop)
        })?;
        run(world, &job, true)?;
        assert_eq!(alarms(world)?.pop().map(|alarm| alarm.outcome), Some(Outcome::Silenced));
        world.write(move |tx, alice| groups().update(tx, alice, "ns", "g", &quiet).map(drop))?;
        run(world, &job, true)?;
        let alarm = alarms(world)?.pop().unwrap();
        assert_eq!(
            (alarm.outcome, alarm.note.as_str()),
            (Outcome::Nobody, "neither the job nor its group names anybody")
        );
        assert_eq!(
            messages(world)?.iter().filter(|message| message.state == MessageState::Queued).count(),
            2
        );

        world.write(|tx, _| {
            let filter = AlarmFilter { job: None, instance: None, page: PageRequest::ALL };
            let foreign = list(tx, &root_caller("2"), "ns", "g", &filter);
            assert!(matches!(foreign, Err(Error::NotFound { .. })));
            assert_eq!(prune(tx, tx.now().plus_ms(1), 10)?, 3);
            Ok(())
        })
    });
}

#[test]
fn a_job_that_is_gone_is_told_of_all_the_same() {
    World::on_each(|world| {
        with_rita(world)?;
        let watched = Monitor { failure: true, ..Monitor::default() };
        let at = world.now().plus_ms(5_000).millis().to_string();
        let once = job(world, Time::of(TimeKind::Once, &at), watched, |_| {})?;
        world.store.clock.advance(4_000);
        world.connect("w", &[]);
        world.pass(1_000)?;
        let run = world.handed_over().remove(0).1;
        assert!(world.end("w", run.instance, false)?);
        let jobs = world.jobs.clone();
        let gone = world.write(move |tx, alice| Ok(jobs.get(tx, alice, "ns", "g", once.id).is_err()))?;
        assert!(gone);
        assert_eq!(subjects(world)?, ["任务“job”执行失败"]);
        Ok(())
    });
}

#[test]
fn a_workflow_that_fails_is_told_to_the_group() {
    World::on_each(|world| {
        with_rita(world)?;
        let quiet = || Time::of(TimeKind::None, "");
        let [load, send] = ["load", "send"].map(|name| {
            let named = move |definition: &mut Definition| definition.name = name.to_owned();
            job(world, quiet(), Monitor::default(), named).unwrap().id
        });
        let workflows = world.workflows.clone();
        let (workflow, run) = world.write(move |tx, alice| {
            let new = NewWorkflow {
                name: "night".into(),
                description: String::new(),
                time: Time::api(),
                max_concurrency: 1,
            };
            let id = workflows.create(tx, alice, "ns", "g", new)?.id;
            let dag = Dag::new(vec![load, send], vec![Edge { from: load, to: send }])?;
            workflows.set_dag(tx, alice, "ns", "g", id, dag)?;
            Ok((id, workflows.execute(tx, alice, "ns", "g", id, "")?))
        })?;
        world.connect("w", &[]);
        world.pass(0)?;
        let (_, first) = world.handed_over().remove(0);
        world.report("w", first.instance, News::Accepted)?;
        assert!(messages(world)?.is_empty());
        assert!(world.end("w", first.instance, false)?);
        let alarm = alarms(world)?.remove(0);
        assert_eq!((alarm.kind, alarm.job, alarm.instance), (AlarmKind::WorkflowFailed, workflow, run));
        assert_eq!(alarm.facts.result, "failed: load; not run because of that: send");
        let search = AlarmSearch { limit: 1, ..AlarmSearch::default() };
        let newest = world.write(move |tx, alice| newest(tx, alice, &search))?;
        assert_eq!(newest, std::slice::from_ref(&alarm));
        let before = AlarmSearch { before: Some(alarm.id), ..search };
        assert!(world.write(move |tx, _| newest_of_all(tx, &before))?.is_empty());
        let bob = world.write(move |tx, _| super::newest(tx, &root_caller("1000000000000002"), &search))?;
        assert!(bob.is_empty());
        let told = messages(world)?;
        assert_eq!(told.len(), 1, "its jobs tell nothing of their own");
        assert_eq!(told[0].content.subject, "工作流“night”执行失败");
        assert!(
            told[0].content.text.contains(&format!("https://muster.example/console/workflow-runs/{run}"))
        );
        assert!(!told[0].content.text.contains("尝试"));
        Ok(())
    });
}
