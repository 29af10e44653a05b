//! Clocks that are set forward and back by an hour, on each store: the ledger stays whole, nothing runs twice.

use muster_core::{Result, Timestamp};

use crate::instances::State;
use crate::job::{Job, Time, TimeKind};
use crate::link::{Beat, News, Worker};
use crate::testing::{World, worker};

const HOUR_MS: i64 = 3_600_000;

fn minutely(world: &World<'_>) -> Result<Job> {
    world.job(Time::of(TimeKind::Cron, "0 * * * * ?"), |definition| definition.max_attempt = 1)
}

/// Somebody sets the clock; no time passes.
fn set(world: &World<'_>, by_ms: i64) {
    world.store.clock.set(world.now().plus_ms(by_ms));
}

/// A run that its worker has taken, and the worker beats on.
fn running(world: &World<'_>, job: &Job) -> Result<i64> {
    world.connect("w", &[]);
    world.pass(60_000)?;
    let run = world.handed_over().remove(0).1;
    assert_eq!(run.job, job.id);
    assert!(world.report("w", run.instance, News::Accepted)?);
    Ok(run.instance)
}

#[test]
fn an_hour_forward_is_missed_and_its_runs_live_on() {
    World::on_each(|world| {
        let start = world.now();
        let job = minutely(world)?;
        let id = running(world, &job)?;
        // All workers look silent for an hour, until they beat again.
        world.disconnect("w");
        set(world, HOUR_MS);
        world.pass(0)?;
        assert_eq!(
            world.instance(job.id, id)?.state,
            State::Running,
            "its worker has a lease's time to come back"
        );
        world.connect("w", &[id]);
        world.pass(5_000)?;
        assert!(world.end("w", id, true)?);
        assert_eq!(world.instance(job.id, id)?.attempt, 0);
        assert!(world.handed_over().is_empty());
        world.connect("w", &[]);
        world.pass(60_000)?;
        assert_eq!(world.handed_over().len(), 1);
        let ledger = world.ledger_since(start)?;
        assert_eq!(ledger.len(), 4, "{ledger:?}");
        assert_eq!(ledger[0], "60 ran");
        assert_eq!(ledger[1], "120-3600 x59 skipped: misfire");
        assert!(ledger[2].starts_with("3660 ") && ledger[3].starts_with("3720 "), "{ledger:?}");
        Ok(())
    });
}

#[test]
fn an_hour_back_fires_nothing_twice() {
    World::on_each(|world| {
        let start = world.now();
        let job = minutely(world)?;
        let mut seen = Vec::new();
        let minute = |world: &World<'_>, seen: &mut Vec<Timestamp>| -> Result<()> {
            world.connect("w", &[]);
            world.pass(60_000)?;
            for (_, run) in world.handed_over() {
                seen.push(run.scheduled_at);
                assert!(world.end("w", run.instance, true)?);
            }
            Ok(())
        };
        for _ in 0..3 {
            minute(world, &mut seen)?;
        }
        set(world, -HOUR_MS);
        for _ in 0..63 {
            minute(world, &mut seen)?;
        }
        let expected: Vec<Timestamp> = (1..=6).map(|minute| start.plus_ms(minute * 60_000)).collect();
        assert_eq!(seen, expected, "each due time once, and none in the hour that came twice");
        assert!(world.ledger_since(start)?.iter().all(|row| row.ends_with(" ran")));
        assert_eq!(job.definition.max_concurrency, 1);
        Ok(())
    });
}

#[test]
fn a_clock_that_was_set_back_while_no_server_ran_starts_no_run_again() {
    World::on_each(|world| {
        let job = minutely(world)?;
        world.connect("w", &[]);
        world.pass(60_000)?;
        let id = world.handed_over().remove(0).1.instance;
        // The server is killed, and with it the answer of the worker, which ends the run.
        set(world, -HOUR_MS);
        let again = World::of_node(world.store, world.db.clone(), world.group);
        let connected_at = again.now();
        for _ in 0..190 {
            again.store.clock.advance(20_000);
            let beats = [0, 5_000].map(|ago| Beat::new(again.now().plus_ms(-ago), Vec::new())).into();
            again.attach(Worker { connected_at, beats, ..worker("w", "go") });
            again.pass(0)?;
        }
        let runs = again.handed_over();
        let mut tries = runs.iter().filter(|(_, run)| run.instance == id).map(|(_, run)| run.attempt);
        assert!(
            tries.all(|attempt| attempt == 1),
            "the second try that the job allows, not the first one again"
        );
        assert_eq!(job.definition.max_attempt, 1);
        Ok(())
    });
}

#[test]
fn a_lost_worker_is_found_out_though_the_clock_was_set_back() {
    World::on_each(|world| {
        let job = minutely(world)?;
        let id = running(world, &job)?;
        set(world, -HOUR_MS);
        world.disconnect("w");
        world.pass(1_000)?;
        assert_eq!(world.instance(job.id, id)?.state, State::Running, "its lease lives");
        for _ in 0..5 {
            world.pass(15_000)?;
        }
        assert_eq!(
            world.instance(job.id, id)?.attempt,
            1,
            "tried again within a lease's time, not after an hour"
        );
        Ok(())
    });
}
