//! The ledger, on each store: time moves by hand, and each due time has its row.

use muster_core::Result;

use crate::app_groups::{AppGroupPatch, Edition};
use crate::calendars;
use crate::firings::{Firing, Outcome, Owner};
use crate::job::{ExecuteMode, Job, JobPatch, Time, TimeKind};
use crate::testing::{World, groups};

fn every_ten_seconds() -> Time {
    Time::of(TimeKind::Cron, "*/10 * * * * ?")
}

#[test]
fn a_due_time_becomes_an_instance_on_the_second() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        let job = world.job(every_ten_seconds(), |_| {})?;
        assert_eq!(job.next_due, Some(start.plus_ms(10_000)));
        world.pass(9_999)?;
        assert!(world.ledger()?.is_empty());
        world.pass(3)?;
        let ledger = world.ledger()?;
        assert_eq!((ledger.len(), ledger[0].outcome, ledger[0].late_ms), (1, Outcome::Ran, Some(2)));
        let (worker, run) = world.handed_over().remove(0);
        assert_eq!((worker.as_str(), run.job, Some(run.instance)), ("w", job.id, ledger[0].instance));
        assert_eq!((run.scheduled_at, run.data_at), (start.plus_ms(10_000), start.plus_ms(10_000)));
        world.pass(0)?;
        assert_eq!(world.ledger()?.len(), 1, "running the engines again changes nothing");
        Ok(())
    });
}

#[test]
fn due_times_that_find_the_job_running_share_a_row() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        world.job(every_ten_seconds(), |_| {})?;
        for _ in 0..4 {
            world.pass(10_000)?;
            world.connect("w", &world.ledger()?[0].instance.into_iter().collect::<Vec<_>>());
        }
        let instance = world.ledger()?[0].instance.unwrap();
        assert_eq!(world.ledger_since(start)?, ["10 ran", "20-40 x3 skipped: concurrency"]);
        world.end("w", instance, true)?;
        world.connect("w", &[]);
        world.pass(10_000)?;
        assert_eq!(
            world.ledger_since(start)?,
            ["10 ran", "20-40 x3 skipped: concurrency", "50 ran"],
            "a free job runs again"
        );
        Ok(())
    });
}

#[test]
fn what_was_missed_long_ago_is_counted_and_what_is_recent_runs_late() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        world.job(every_ten_seconds(), |definition| definition.max_concurrency = 10)?;
        world.pass(3_600_000 + 5)?;
        let ledger = world.ledger_since(start)?;
        assert_eq!(ledger[0], "10-3570 x357 skipped: misfire");
        assert_eq!(ledger[1..], ["3580 ran", "3590 ran", "3600 ran"]);
        Ok(())
    });
}

#[test]
fn very_many_missed_due_times_are_counted_in_several_transactions() {
    World::on_each(|world| {
        world.job(Time::of(TimeKind::Cron, "* * * * * ?"), |_| {})?;
        world.fire(40_000_000)?;
        let ledger = world.ledger()?;
        assert_eq!(ledger[0].count, 40_000 - 30 - 1, "all but those of the last half minute");
        assert_eq!(ledger.iter().map(|firing| firing.count).sum::<i64>(), 40_000);
        Ok(())
    });
}

#[test]
fn a_second_is_taken_once() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        let job = world.job(every_ten_seconds(), |definition| definition.max_concurrency = 10)?;
        world.store.clock.advance(10_000);
        world.execute(job.id)?;
        assert!(world.execute(job.id).is_err());
        world.pass(100)?;
        assert_eq!(world.ledger_since(start)?, ["10 skipped: second taken"]);
        assert_eq!(world.handed_over().len(), 1);
        Ok(())
    });
}

#[test]
fn a_calendar_says_which_days_count() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        let time = Time { calendar: "trade".into(), ..Time::of(TimeKind::Cron, "0 30 8 * * ?") };
        assert!(world.job(time.clone(), |_| {}).is_err(), "nobody knows this calendar");
        world.write(|tx, alice| {
            calendars::create(tx, alice, "trade", 2026, r#"[{"month":1,"days":[16,19]}]"#)
        })?;
        world.job(time, |definition| definition.max_concurrency = 10)?;
        let day = 86_400;
        for _ in 0..5 {
            world.pass(day * 1000)?;
        }
        let expected = [
            format!("{day} ran"),
            format!("{}-{} x2 skipped: calendar", 2 * day, 3 * day),
            format!("{} ran", 4 * day),
            format!("{} skipped: calendar", 5 * day),
        ];
        assert_eq!(world.ledger_since(start)?, expected);
        Ok(())
    });
}

#[test]
fn a_fixed_rate_counts_from_due_time_to_due_time() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        let time = Time { data_offset_s: -3600, ..Time::of(TimeKind::FixedRate, "15") };
        world.job(time, |definition| definition.max_concurrency = 10)?;
        for _ in 0..3 {
            world.pass(15_400)?;
        }
        assert_eq!(world.ledger_since(start)?, ["15 ran", "30 ran", "45 ran"]);
        let run = world.handed_over().remove(0).1;
        assert_eq!(run.data_at, run.scheduled_at.plus_ms(-3_600_000));
        Ok(())
    });
}

#[test]
fn a_fixed_delay_counts_from_the_end() {
    World::on_each(|world| {
        let start = world.now();
        world.connect("w", &[]);
        let job = world.job(Time::of(TimeKind::FixedDelay, "7"), |_| {})?;
        world.pass(0)?;
        let first = world.handed_over().remove(0).1.instance;
        world.connect("w", &[first]);
        world.pass(20_000)?;
        assert!(world.handed_over().is_empty(), "the first round is still running");
        world.end("w", first, false)?;
        world.connect("w", &[]);
        world.pass(6_999)?;
        assert!(world.handed_over().is_empty());
        world.pass(1)?;
        let second = world.handed_over().remove(0).1.instance;
        assert_eq!(world.ledger_since(start)?, ["0 ran", "27 ran"]);

        let jobs = world.jobs.clone();
        world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", Some("g"), &[job.id], false))?;
        world.pass(100_000)?;
        assert_eq!(world.killed()[0].1.instance, second);
        assert_eq!(world.ledger()?.len(), 2, "a disabled job has no more rounds");
        Ok(())
    });
}

#[test]
fn what_is_due_once_runs_late_rather_than_never_and_then_goes() {
    World::on_each(|world| {
        world.connect("w", &[]);
        let job = world.job(Time::of(TimeKind::Once, "2026-01-15 08:31:00"), |_| {})?;
        world.pass(600_000)?;
        let run = world.handed_over().remove(0).1;
        assert_eq!(world.ledger()?[0].late_ms, Some(540_000));
        world.end("w", run.instance, true)?;
        let jobs = world.jobs.clone();
        let gone = world.write(move |tx, alice| jobs.get(tx, alice, "ns", "g", job.id));
        assert!(matches!(gone, Err(muster_core::Error::NotFound { .. })));
        assert_eq!(world.instance(job.id, run.instance)?.result, "done");
        Ok(())
    });
}

#[test]
fn a_changed_time_counts_from_the_change() {
    World::on_each(|world| {
        let start = world.now();
        let job = world.job(every_ten_seconds(), |_| {})?;
        world.store.clock.advance(4_000);
        let jobs = world.jobs.clone();
        let patch = JobPatch { time_expression: Some("30 * * * * ?".into()), ..JobPatch::default() };
        let changed =
            world.write(move |tx, alice| jobs.update(tx, alice, "ns", "g", job.id, patch.clone()))?;
        assert_eq!(changed.next_due, Some(start.plus_ms(30_000)));
        world.fire(20_000)?;
        assert!(world.ledger()?.is_empty());
        Ok(())
    });
}

#[test]
fn thousands_due_in_one_second_each_have_a_row() -> Result<()> {
    muster_db::testing::TestStore::on_each(&crate::testing::migrations(), |store| {
        let world = World::new(store)?;
        world.write(|tx, _| {
            tx.execute("UPDATE jobs_app_groups SET max_jobs = 100000", &[])?;
            Ok(())
        })?;
        let jobs = world.jobs.clone();
        for _ in 0..3 {
            let jobs = jobs.clone();
            world.write(move |tx, alice| {
                for _ in 0..700 {
                    let kind = crate::job::JobKind::Go;
                    let mode = crate::job::ExecuteMode::Standalone;
                    let time = Time::of(TimeKind::Cron, "0 * * * * ?");
                    let definition = crate::job::Definition::named("many", kind, mode, time);
                    jobs.create(tx, alice, "ns", "g", crate::job::NewJob::of(definition))?;
                }
                Ok(())
            })?;
        }
        world.connect("w", &[]);
        world.pass(60_000)?;
        let ledger = world.ledger()?;
        assert_eq!(ledger.len(), 2_100);
        assert!(ledger.iter().all(|firing| firing.outcome == Outcome::Ran));
        let mut instances: Vec<i64> = world.handed_over().iter().map(|(_, run)| run.instance).collect();
        instances.sort_unstable();
        instances.dedup();
        assert_eq!(instances.len(), 2_100, "each once");
        Ok(())
    })
}

#[test]
fn a_group_that_is_of_the_basic_edition_again_stops_what_takes_the_other() {
    World::on_each(|world| {
        let start = world.now();
        let set = |edition: Edition| {
            world.write(move |tx, alice| {
                let patch = AppGroupPatch { edition: Some(edition), ..AppGroupPatch::default() };
                groups().update(tx, alice, "ns", "g", &patch).map(drop)
            })
        };
        let dense = world.job(Time::of(TimeKind::Cron, "*/20 * * * * ?"), |job| job.max_concurrency = 9)?;
        let parallel =
            world.job(Time::of(TimeKind::FixedRate, "30"), |job| job.mode = ExecuteMode::Parallel)?;
        let plain = world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |_| {})?;
        set(Edition::Basic)?;
        for _ in 0..3 {
            world.fire(20_000)?;
        }
        let of = |job: &Job| -> Result<Vec<String>> {
            let row = |firing: &Firing| {
                let reason = firing.reason.clone().unwrap_or_default();
                format!("{} x{} {reason}", firing.outcome.as_str(), firing.count)
            };
            let ledger = world.ledger()?;
            Ok(ledger.iter().filter(|firing| firing.owner == Owner::Job(job.id)).map(row).collect())
        };
        assert_eq!(of(&dense)?, ["skipped x3 edition"]);
        assert_eq!(of(&parallel)?, ["skipped x2 edition"]);
        assert_eq!(of(&plain)?, ["pending x1 "]);
        set(Edition::Professional)?;
        world.fire(20_000)?;
        assert_eq!(of(&dense)?, ["skipped x3 edition", "pending x1 "]);
        assert!(world.now() > start);
        Ok(())
    });
}
