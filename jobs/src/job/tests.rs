//! The rules of jobs, on each store.

use muster_core::{Error, PageRequest, Result};
use muster_db::params;
use muster_identity::testing::root_caller;

use super::*;
use crate::app_groups::{AppGroupPatch, Edition, NewAppGroup};
use crate::testing::{ALICE, World, groups};

fn shell(name: &str) -> Definition {
    let mut definition = Definition::named(name, JobKind::Shell, ExecuteMode::Standalone, Time::api());
    definition.content = "echo 1".into();
    definition
}

fn create(world: &World<'_>, new: NewJob) -> Result<Job> {
    let jobs = world.jobs.clone();
    world.write(move |tx, alice| jobs.create(tx, alice, "ns", "g", new.clone()))
}

fn kind<T>(outcome: Result<T>) -> &'static str {
    outcome.err().map_or("done", |error| error.kind())
}

#[test]
fn everything_that_was_said_comes_back() {
    World::on_each(|world| {
        let mut definition = shell("every value");
        definition.description = "关于 <&>".into();
        definition.time = Time {
            zone: "GMT+8".into(),
            calendar: "workday".into(),
            data_offset_s: -60,
            not_before: Some(world.now().plus_ms(1_000)),
            not_after: Some(world.now().plus_ms(86_400_000)),
            ..Time::of(TimeKind::Cron, "0 0 3 * * ?")
        };
        definition.class_name = "hello word".into();
        definition.parameters = "p".repeat(10_000);
        definition.max_concurrency = 3;
        definition.max_attempt = 2;
        definition.attempt_interval_s = 5;
        definition.priority = 15;
        definition.template = "kind: Pod".into();
        definition.echo = r#"{"executeMode":"standalone"}"#.into();
        let contact =
            Contact { name: "Rita".into(), phone: "1".into(), mail: "r@x".into(), webhook: "w".into() };
        let monitor = MonitorPatch {
            timeout: Some(true),
            timeout_s: Some(60),
            channels: Some("sms,mail".into()),
            contacts: Some(vec![contact.clone()]),
            ..MonitorPatch::default()
        };
        let job = create(world, NewJob { monitor, ..NewJob::of(definition.clone()) })?;
        definition.monitor = Some(Monitor {
            timeout: true,
            timeout_s: 60,
            channels: "sms,mail".into(),
            contacts: vec![contact],
            ..Monitor::default()
        });
        assert_eq!(job.definition, definition);
        let jobs = world.jobs.clone();
        assert_eq!(world.write(move |tx, alice| jobs.get(tx, alice, "ns", "g", job.id))?, job);
        Ok(())
    });
}

#[test]
fn values_outside_their_domain() {
    World::on_each(|world| {
        let bad: [fn(&mut Definition); 9] = [
            |definition| definition.name = " ".into(),
            |definition| definition.parameters = "p".repeat(10_001),
            |definition| definition.content = "c".repeat(100_001),
            |definition| definition.max_concurrency = 0,
            |definition| definition.max_attempt = -1,
            |definition| definition.priority = 7,
            |definition| definition.xattrs = "[".into(),
            |definition| definition.time = Time::of(TimeKind::Cron, "* * * * *"),
            |definition| definition.time.not_after = Some(Timestamp::from_millis(1)),
        ];
        for (number, change) in bad.into_iter().enumerate() {
            let mut definition = shell("bad");
            change(&mut definition);
            assert_eq!(kind(create(world, NewJob::of(definition))), "invalid", "{number}");
        }
        let monitor = MonitorPatch { channels: Some("pigeon".into()), ..MonitorPatch::default() };
        assert_eq!(kind(create(world, NewJob { monitor, ..NewJob::of(shell("bad")) })), "invalid");
        let jobs = world.jobs.clone();
        let none = world.write(move |tx, alice| jobs.list(tx, alice, "ns", "g", &JobFilter::default()))?;
        assert_eq!(none.total, 0);
        Ok(())
    });
}

#[test]
fn a_group_counts_its_jobs() {
    World::on_each(|world| {
        world.write(|tx, _| tx.execute("UPDATE jobs_app_groups SET max_jobs = 2", &[]))?;
        let first = create(world, NewJob::of(shell("a")))?;
        create(world, NewJob::of(shell("a")))?;
        assert!(matches!(create(world, NewJob::of(shell("a"))), Err(Error::Quota { limit: 2, .. })));
        let count =
            |world: &World<'_>| world.write(|tx, alice| Ok(groups().get(tx, alice, "ns", "g")?.job_count));
        assert_eq!(count(world)?, 2);
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| jobs.delete(tx, alice, "ns", "g", &[first.id, first.id]))?;
        assert_eq!(count(world)?, 1);
        assert!(kind(world.write(|tx, alice| groups().delete(tx, alice, "ns", "g", false))) == "conflict");
        world.write(|tx, alice| groups().delete(tx, alice, "ns", "g", true))?;
        for table in ["jobs_jobs", "jobs_scripts", "jobs_instances"] {
            let rows = world.write(move |tx, _| {
                tx.query_one(&format!("SELECT COUNT(*) FROM {table}"), params![], |row| row.get::<i64>(0))
            })?;
            assert_eq!(rows, 0, "{table}");
        }
        Ok(())
    });
}

#[test]
fn updates_are_partial() {
    World::on_each(|world| {
        let job = create(world, NewJob::of(shell("before")))?;
        let jobs = world.jobs.clone();
        let patch = JobPatch {
            name: Some("after".into()),
            mode: Some(ExecuteMode::Sharding),
            map: MapPatch { page_size: Some(7), ..MapPatch::default() },
            ..JobPatch::default()
        };
        let after = world.write(move |tx, alice| jobs.update(tx, alice, "ns", "g", job.id, patch.clone()))?;
        let expected = Definition {
            name: "after".into(),
            mode: ExecuteMode::Sharding,
            map: MapSettings { page_size: 7, ..MapSettings::default() },
            xattrs: after.definition.xattrs.clone(),
            ..job.definition
        };
        assert_eq!(after.definition, expected);
        assert!(after.definition.xattrs.contains(r#""pageSize":7"#));
        let jobs = world.jobs.clone();
        let bad = JobPatch { priority: Some(2), ..JobPatch::default() };
        assert_eq!(
            kind(world.write(move |tx, alice| jobs.update(tx, alice, "ns", "g", job.id, bad.clone()))),
            "invalid"
        );
        Ok(())
    });
}

#[test]
fn a_disabled_job_is_never_due_and_an_enabled_one_from_then_on() {
    World::on_each(|world| {
        let start = world.now();
        let mut definition = shell("clock");
        definition.time = Time::of(TimeKind::Cron, "0 * * * * ?");
        let job = create(world, NewJob { enabled: false, ..NewJob::of(definition) })?;
        assert_eq!((job.enabled, job.next_due), (false, None));
        world.fire(300_000)?;
        let set = |world: &World<'_>, group: Option<&'static str>, ids: Vec<i64>, enabled| {
            let jobs = world.jobs.clone();
            world.write(move |tx, alice| jobs.set_enabled(tx, alice, "ns", group, &ids, enabled))
        };
        let found = |world: &World<'_>| {
            let jobs = world.jobs.clone();
            world.write(move |tx, alice| jobs.get(tx, alice, "ns", "g", job.id))
        };
        assert_eq!(kind(set(world, None, vec![job.id, job.id + 999], true)), "not_found");
        assert!(!found(world)?.enabled, "all or nothing");
        set(world, None, vec![job.id], true)?;
        assert_eq!(found(world)?.next_due, Some(start.plus_ms(360_000)), "what it missed is not caught up");
        world.store.clock.advance(10);
        set(world, Some("g"), vec![job.id], true)?;
        set(world, Some("g"), vec![job.id], false)?;
        assert_eq!(found(world)?.next_due, None);
        assert!(world.ledger()?.is_empty());
        Ok(())
    });
}

#[test]
fn scripts_have_a_history() {
    World::on_each(|world| {
        let job = create(world, NewJob::of(shell("script")))?;
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| {
            let script = ScriptText { content: "echo 2", description: "second" };
            jobs.update_script(tx, alice, "ns", "g", job.id, &script)?;
            let patch = JobPatch { content: Some("echo 3".into()), ..JobPatch::default() };
            jobs.update(tx, alice, "ns", "g", job.id, patch)?;
            let versions = jobs.scripts(tx, alice, "ns", "g", job.id)?;
            let texts: Vec<_> =
                versions.iter().map(|v| (v.content.as_str(), v.description.as_str())).collect();
            assert_eq!(texts, [("echo 3", ""), ("echo 2", "second"), ("echo 1", "")]);
            assert_eq!(jobs.get(tx, alice, "ns", "g", job.id)?.definition.content, "echo 3");
            let go = Definition::named("go", JobKind::Go, ExecuteMode::Standalone, Time::api());
            let go = jobs.create(tx, alice, "ns", "g", NewJob::of(go))?;
            assert_eq!(kind(jobs.update_script(tx, alice, "ns", "g", go.id, &script)), "conflict");
            Ok(())
        })
    });
}

#[test]
fn copies_are_disabled_and_twins_overwritten() {
    World::on_each(|world| {
        let mut definition = shell("copy me");
        definition.time = Time::of(TimeKind::FixedRate, "60");
        let job = create(world, NewJob::of(definition))?;
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| {
            groups().create(tx, alice, &NewAppGroup::named("ns", "target", "T"))?;
            jobs.copy(tx, alice, ("ns", "g"), ("ns", "target"), &[job.id])?;
            let all = |tx: &mut Tx<'_>| jobs.list(tx, alice, "ns", "target", &JobFilter::default());
            let copy = all(tx)?.items.remove(0);
            assert_eq!((copy.enabled, copy.next_due), (false, None));
            assert_eq!(copy.definition, job.definition);
            let patch = JobPatch { description: Some("new".into()), ..JobPatch::default() };
            jobs.update(tx, alice, "ns", "g", job.id, patch)?;
            jobs.copy(tx, alice, ("ns", "g"), ("ns", "target"), &[job.id])?;
            let again = all(tx)?;
            assert_eq!((again.total, again.items[0].id), (1, copy.id));
            assert_eq!(again.items[0].definition.description, "new");
            assert_eq!(kind(jobs.copy(tx, alice, ("ns", "target"), ("ns", "g"), &[job.id])), "not_found");
            Ok(())
        })
    });
}

#[test]
fn lists_pages_and_other_accounts() {
    World::on_each(|world| {
        for name in ["a1", "b_1", "a2"] {
            create(world, NewJob { enabled: name != "a1", ..NewJob::of(shell(name)) })?;
        }
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| {
            let names = |tx: &mut Tx<'_>, name: Option<&str>, enabled, page| {
                let filter = JobFilter { name_contains: name.map(str::to_owned), enabled, page };
                let found = jobs.list(tx, alice, "ns", "g", &filter)?;
                let names: Vec<_> = found.items.iter().map(|job| job.definition.name.clone()).collect();
                Ok::<_, Error>((found.total, names.join(" ")))
            };
            assert_eq!(names(tx, None, None, PageRequest::ALL)?, (3, "a2 b_1 a1".into()));
            assert_eq!(names(tx, Some("a"), None, PageRequest::ALL)?, (2, "a2 a1".into()));
            assert_eq!(names(tx, Some("_"), None, PageRequest::ALL)?, (1, "b_1".into()));
            assert_eq!(names(tx, None, Some(false), PageRequest::ALL)?, (1, "a1".into()));
            assert_eq!(names(tx, None, None, PageRequest::numbered(2, 2))?, (3, "a1".into()));
            let bob = root_caller("1000000000000002");
            assert_eq!(kind(jobs.list(tx, &bob, "ns", "g", &JobFilter::default())), "not_found");
            assert_eq!(kind(jobs.create(tx, &bob, "ns", "g", NewJob::of(shell("x")))), "not_found");
            assert_eq!(
                kind(jobs.create(tx, &root_caller(ALICE), "ns", "no", NewJob::of(shell("x")))),
                "not_found"
            );
            Ok(())
        })
    });
}

#[test]
fn the_basic_edition_has_minutes_only() {
    World::on_each(|world| {
        world.write(|tx, alice| {
            let patch = AppGroupPatch { edition: Some(Edition::Basic), ..AppGroupPatch::default() };
            groups().update(tx, alice, "ns", "g", &patch)
        })?;
        let mut dense = shell("dense");
        dense.time = Time::of(TimeKind::Cron, "*/5 * * * * ?");
        let refused = create(world, NewJob::of(dense));
        assert!(matches!(refused, Err(Error::Conflict { what: NEEDS_PROFESSIONAL, .. })));
        let mut parallel = shell("parallel");
        parallel.mode = ExecuteMode::Parallel;
        assert_eq!(kind(create(world, NewJob::of(parallel))), "conflict");
        Ok(())
    });
}
