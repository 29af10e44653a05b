use muster_core::{Engine, Error};
use muster_identity::testing::root_caller;

use super::*;
use crate::job::Time;
use crate::testing::World;

const SMALL: Service = Service { limits: Limits { line_bytes: 40, run_lines: 4, run_bytes: 100, runs: 2 } };

fn batch(instance: i64, first: i64, lines: &[&str]) -> Batch {
    let line = |text: &&str| Line { stream: Stream::Stdout, age_ms: 0, text: (*text).to_owned() };
    let lines = lines.iter().map(line).collect();
    Batch { instance, attempt: 0, worker: "w".to_owned(), run: 1, first, lines }
}

impl World<'_> {
    fn append(&self, batch: Batch) -> Result<i64> {
        let group = self.group;
        self.write(move |tx, _| SMALL.append(tx, group, &batch))
    }

    fn log(&self, instance: i64, query: LogQuery) -> Result<Vec<String>> {
        let lines = self.write(move |tx, alice| SMALL.read(tx, alice, instance, &query))?;
        Ok(lines.into_iter().map(|line| format!("{}: {}", line.stream.as_str(), line.text)).collect())
    }

    fn whole_log(&self, instance: i64) -> Result<Vec<String>> {
        self.log(instance, LogQuery { limit: 100, ..LogQuery::default() })
    }

    fn run(&self) -> Result<(i64, i64)> {
        let job = self.job(Time::api(), |_| ())?;
        Ok((job.id, self.execute(job.id)?))
    }
}

#[test]
fn lines_sent_twice_are_kept_once() {
    World::on_each(|world| {
        let (_, id) = world.run()?;
        assert_eq!(world.append(batch(id, 0, &["a", "b"]))?, 2);
        assert_eq!(world.append(batch(id, 0, &["a", "b"]))?, 2);
        assert_eq!(world.append(batch(id, 1, &["b", "c"]))?, 3);
        assert_eq!(world.append(batch(id, 0, &[]))?, 0);
        let again = Batch { run: 2, ..batch(id, 0, &["a"]) };
        assert_eq!(world.append(again)?, 1);
        assert_eq!(world.whole_log(id)?, ["stdout: a", "stdout: b", "stdout: c", "stdout: a"]);
        Ok(())
    });
}

#[test]
fn what_is_cut_says_so() {
    World::on_each(|world| {
        let (_, id) = world.run()?;
        let long = "ü".repeat(40);
        world.append(batch(id, 0, &["\0", &long, "c", "d", "e", "f"]))?;
        world.append(batch(id, 6, &["g"]))?;
        let cut = format!("stdout: {} … (cut)", "ü".repeat(15));
        let full = "system: the log of this run is full and ends here";
        assert_eq!(world.whole_log(id)?, ["stdout: \u{fffd}", &cut, "stdout: c", "stdout: d", full]);
        // The instance has room for two runs, whatever its workers call them.
        for run in 2..=9 {
            world.append(Batch { run, ..batch(id, 0, &["a", "b", "c"]) })?;
        }
        let kept = world.whole_log(id)?.iter().filter(|line| line.starts_with("stdout")).count();
        assert_eq!(kept, 8);
        Ok(())
    });
}

#[test]
fn logs_are_read_from_both_ends_and_searched() {
    World::on_each(|world| {
        let (_, id) = world.run()?;
        world.append(batch(id, 0, &["one 1%", "two"]))?;
        world.store.clock.advance(1_000);
        let mut late = batch(id, 2, &["three 10"]);
        late.lines[0].age_ms = 400;
        late.lines[0].stream = Stream::Stderr;
        world.append(late)?;
        let page = LogQuery { limit: 2, ..LogQuery::default() };
        assert_eq!(world.log(id, page.clone())?, ["stdout: one 1%", "stdout: two"]);
        assert_eq!(world.log(id, LogQuery { after: Some(2), ..page.clone() })?, ["stderr: three 10"]);
        let newest = LogQuery { order: Order::NewestFirst, offset: 1, ..page.clone() };
        assert_eq!(world.log(id, newest)?, ["stdout: two", "stdout: one 1%"]);
        let found = LogQuery { keyword: Some("1%".into()), ..page.clone() };
        assert_eq!(world.log(id, found)?, ["stdout: one 1%"]);
        let from = LogQuery { from: Some(world.now().plus_ms(-400)), ..page.clone() };
        assert_eq!(world.log(id, from)?, ["stderr: three 10"]);
        let to = LogQuery { to: Some(world.now().plus_ms(-401)), ..page };
        assert_eq!(world.log(id, to)?, ["stdout: one 1%", "stdout: two"]);
        Ok(())
    });
}

#[test]
fn nobody_writes_or_reads_what_is_anothers() {
    World::on_each(|world| {
        let (_, id) = world.run()?;
        let foreign = world.group + 1;
        world.write(move |tx, _| SMALL.append(tx, foreign, &batch(id, 0, &["a"])))?;
        world.append(Batch { attempt: 1, ..batch(id, 0, &["of a try that was not"]) })?;
        world.append(batch(id + 1, 0, &["a"]))?;
        assert!(world.whole_log(id)?.is_empty());
        let read = |account: &'static str, id| {
            world.write(move |tx, _| SMALL.read(tx, &root_caller(account), id, &LogQuery::default()))
        };
        for (account, id) in [("1000000000000002", id), (crate::testing::ALICE, id + 1)] {
            assert!(matches!(read(account, id), Err(Error::NotFound { .. })));
        }
        Ok(())
    });
}

#[test]
fn the_server_remarks_on_what_went_wrong() {
    World::on_each(|world| {
        let retried = |definition: &mut crate::job::Definition| {
            definition.max_attempt = 1;
            definition.attempt_interval_s = 3;
        };
        let job = world.job(Time::api(), retried)?;
        world.connect("w", &[]);
        let id = world.execute(job.id)?;
        world.pass(0)?;
        world.end("w", id, false)?;
        world.pass(3_000)?;
        world.pass(0)?;
        let (instances, job) = (world.instances.clone(), job.id);
        world.write(move |tx, alice| instances.stop(tx, alice, "ns", "g", job, id))?;
        let name = world.write(|_, alice| Ok(alice.name().to_owned()))?;
        let stopped = format!("system: stopped: {name} wanted it");
        let expected = ["system: try 1 on w failed: broken; try 2 begins in 3 s", &stopped];
        assert_eq!(world.whole_log(id)?, expected);
        Ok(())
    });
}

#[test]
fn logs_go_by_age_and_with_their_instances() {
    World::on_each(|world| {
        let (job, id) = world.run()?;
        world.append(batch(id, 0, &["old"]))?;
        let prune = Prune::new(world.store.db.clone(), 10_000);
        world.store.clock.advance(10_000);
        prune.run()?;
        assert_eq!(world.whole_log(id)?, ["stdout: old"]);
        world.store.clock.advance(1);
        Prune::new(world.store.db.clone(), 0).run()?;
        assert_eq!(world.whole_log(id)?, ["stdout: old"]);
        prune.run()?;
        assert!(world.whole_log(id)?.is_empty());
        world.append(batch(id, 0, &["new"]))?;
        let jobs = world.jobs.clone();
        world.write(move |tx, alice| jobs.delete(tx, alice, "ns", "g", &[job]))?;
        let left: i64 = world.write(|tx, _| {
            tx.query_one(
                "SELECT (SELECT COUNT(*) FROM jobs_log_lines) + (SELECT COUNT(*) FROM jobs_log_sources)",
                &[],
                |row| row.get(0),
            )
        })?;
        assert_eq!(left, 0);
        Ok(())
    });
}
