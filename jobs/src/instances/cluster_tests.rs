//! What happens when a group changes hands.

use muster_core::Result;
use muster_db::cluster::Shard;
use muster_db::testing::TestStore;

use super::State;
use crate::job::Time;
use crate::link::News;
use crate::testing::{NODE_LEASE_MS, World, migrations};

/// Runs `test` on each store with a world that makes things and two nodes, the first of which serves the group.
fn on_each(test: impl Fn(&World<'_>, &World<'_>, &World<'_>) -> Result<()>) {
    TestStore::on_each(&migrations(), |store| {
        let world = World::new(store)?;
        let first = World::join(store, "first", world.group)?;
        let second = World::join(store, "second", world.group)?;
        // Whoever came first keeps the shards of even numbers or of odd ones; the test needs to know which.
        for node in [&first, &second, &first] {
            node.db.tend()?;
        }
        let shard = Shard::of(world.group);
        let (holder, other) =
            if first.db.serving_since(shard).is_some() { (&first, &second) } else { (&second, &first) };
        test(&world, holder, other)
    })
    .unwrap();
}

/// Lets the first node be silent until the second holds its groups.
fn take_over(second: &World<'_>) -> Result<()> {
    for _ in 0..NODE_LEASE_MS / 1_000 + 1 {
        second.store.clock.advance(1_000);
        second.db.tend()?;
    }
    Ok(())
}

#[test]
fn only_the_node_that_serves_a_group_fires_dispatches_and_reaps_for_it() {
    on_each(|world, holder, other| {
        let job = world.job(Time::of(crate::job::TimeKind::Cron, "* * * * * ?"), |_| {})?;
        for node in [holder, other] {
            node.connect("w", &[]);
        }
        other.pass(1_000)?;
        assert!(world.ledger()?.is_empty());
        holder.db.tend()?;
        holder.pass(0)?;
        assert_eq!((holder.handed_over().len(), other.handed_over().len()), (1, 0));
        let id = world.ledger()?[0].instance.unwrap();
        // Its lease is long over, but that is nobody's business here.
        for _ in 0..60 {
            holder.db.tend()?;
            other.db.tend()?;
            other.pass(1_000)?;
        }
        assert_eq!(world.instance(job.id, id)?.state, State::Submitted);
        Ok(())
    });
}

#[test]
fn a_node_that_wakes_too_late_changes_nothing() {
    on_each(|world, holder, other| {
        let job = world.job(Time::api(), |_| {})?;
        let id = world.execute(job.id)?;
        holder.connect("w", &[]);
        holder.pass(0)?;
        assert!(holder.report("w", id, News::Accepted)?);
        take_over(other)?;
        // The old one neither hands over nor hears of runs of the new one, whatever it still believes.
        let late = world.execute(job.id);
        assert!(late.is_err(), "one at a time");
        holder.pass(0)?;
        other.connect("w", &[id]);
        other.pass(1_000)?;
        assert_eq!(world.instance(job.id, id)?.state, State::Running);
        assert!(other.end("w", id, false)?);
        let again = world.execute(job.id)?;
        other.connect("w", &[]);
        other.pass(1_000)?;
        assert_eq!(other.handed_over().len(), 1);
        assert!(!holder.end("w", again, true)?, "a report from a connection of before");
        assert!(other.end("w", again, true)?);
        Ok(())
    });
}

#[test]
fn the_node_that_handed_a_run_over_may_still_hear_how_it_ended() {
    on_each(|world, holder, other| {
        let job = world.job(Time::api(), |definition| definition.max_attempt = 1)?;
        let id = world.execute(job.id)?;
        holder.connect("w", &[]);
        holder.pass(0)?;
        take_over(other)?;
        assert!(holder.end("w", id, true)?, "workers say it once");
        assert_eq!(world.instance(job.id, id)?.state, State::Success);
        Ok(())
    });
}

#[test]
fn workers_have_the_grace_to_come_to_the_node_that_took_over() {
    on_each(|world, holder, other| {
        let job = world.job(Time::api(), |_| {})?;
        let id = world.execute(job.id)?;
        holder.connect("w", &[]);
        holder.pass(0)?;
        assert!(holder.report("w", id, News::Accepted)?);
        // Its lease is nearly over when the other node comes, and the worker with it.
        holder.store.clock.advance(24_000);
        take_over(other)?;
        for _ in 0..29 {
            other.db.tend()?;
            other.pass(1_000)?;
        }
        assert_eq!(world.instance(job.id, id)?.state, State::Running);
        other.db.tend()?;
        other.pass(1_000)?;
        assert_eq!(world.instance(job.id, id)?.state, State::Failed);
        Ok(())
    });
}

#[test]
fn what_was_said_before_a_group_was_lost_counts_no_more_when_it_is_won_back() {
    on_each(|world, holder, other| {
        let job = world.job(Time::api(), |definition| definition.max_attempt = 1)?;
        let id = world.execute(job.id)?;
        holder.connect("w", &[]);
        holder.pass(0)?;
        let before = holder.db.node();
        take_over(other)?;
        // The other one tries it again on the same worker, and goes.
        other.connect("w", &[]);
        assert!(other.report("w", id, News::Refused { why: "busy".into() })?);
        for _ in 0..40 {
            other.db.tend()?;
            other.pass(1_000)?;
        }
        assert_eq!(other.handed_over().len(), 1);
        other.db.leave()?;
        for _ in 0..2 {
            holder.db.tend()?;
        }
        assert!(holder.db.node() != before && holder.db.serving_since(Shard::of(world.group)).is_some());
        let end = News::Ended { success: true, result: "of the first try".into(), progress: String::new() };
        assert!(!holder.report_on(before, "w", id, end)?, "said on a connection of before");
        assert!(holder.end("w", id, true)?);
        Ok(())
    });
}
