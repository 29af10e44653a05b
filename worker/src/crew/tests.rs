//! A master and a member whose words a test carries, loses and repeats.

use std::time::{Duration, Instant};

use super::*;
use crate::core::Core;
use crate::runner::Limits;
use crate::task::{Code, Mode, script};

struct World {
    master: Arc<Core>,
    member: Arc<Core>,
    _folder: tempfile::TempDir,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let core = |id: &str| Core::new(id, Limits::default(), folder.path().join(id));
    World { master: core("a"), member: core("b"), _folder: folder }
}

/// A broadcast on both, of a task that takes so many seconds.
fn shared(seconds: &str, lease: Duration) -> Task {
    Task {
        code: Code::BuiltIn("muster.sleep".into()),
        parameters: seconds.into(),
        mode: Mode::Broadcast,
        workers: vec!["a".into(), "b".into()],
        lease,
        ..script(9, "")
    }
}

impl World {
    /// Carries what both have to say to each other, but for what `lose` says; what was carried.
    fn carry(&self, lose: impl Fn(&Word) -> bool) -> Vec<Word> {
        let mut carried = Vec::new();
        for (from, to) in [(&self.master, &self.member), (&self.member, &self.master)] {
            from.tick();
            for post in from.words() {
                if post.to == to.id && !lose(&post.word) {
                    carried.push(post.word.clone());
                    to.hear(7, "g", &from.id, post.word);
                }
            }
        }
        carried
    }

    /// Carries until the run has ended; its end.
    fn end(&self, lose: impl Fn(&Word) -> bool) -> Outcome {
        self.until(|| {
            self.carry(&lose);
            self.master.book.ends().pop().map(|(_, end)| end.outcome)
        })
    }

    fn until<T>(&self, mut found: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(Instant::now() < until);
            std::thread::yield_now();
        }
    }
}

const LONG: Duration = Duration::from_secs(30);

#[test]
fn a_shared_run_ends_when_all_parts_have() {
    let world = world();
    world.master.submit(shared("0.01", LONG)).unwrap();
    assert_eq!(world.end(|_| false), Outcome::success("all 2 parts succeeded"));
    // The member forgets it when the master has noted its end.
    world.until(|| {
        world.carry(|_| false);
        world.member.is_done().then_some(())
    });
}

#[test]
fn one_failed_part_fails_it() {
    let world = world();
    let mut task = shared("no number", LONG);
    task.workers = vec!["b".into()];
    world.master.submit(task).unwrap();
    let outcome = world.end(|_| false);
    assert!(!outcome.success && outcome.result.contains("part 0 on b"), "{}", outcome.result);
}

#[test]
fn a_lost_order_is_given_again() {
    let world = world();
    world.master.submit(shared("0.01", Duration::from_secs(2))).unwrap();
    assert!(world.carry(|word| matches!(word, Word::Start { .. })).is_empty());
    assert!(world.end(|_| false).success);
}

#[test]
fn a_lost_end_is_told_again() {
    let world = world();
    world.master.submit(shared("0.01", LONG)).unwrap();
    let lost = std::cell::Cell::new(false);
    let lose_first = |word: &Word| matches!(word, Word::Ended { .. }) && !lost.replace(true);
    assert!(world.end(lose_first).success);
    assert!(lost.get());
}

#[test]
fn without_words_both_end_their_parts_by_themselves() {
    let world = world();
    world.master.submit(shared("1000", Duration::from_millis(400))).unwrap();
    world.carry(|_| false);
    world.until(|| (!world.member.is_idle()).then_some(()));
    // Nothing gets through any more, and no heartbeat of the master is answered either.
    let outcome = world.end(|_| true);
    assert!(!outcome.success && outcome.result.contains("lease"), "{}", outcome.result);
    world.until(|| {
        world.carry(|_| true);
        world.member.is_idle().then_some(())
    });
}

#[test]
fn a_member_that_is_never_heard_of_is_lost() {
    let world = world();
    let mut task = shared("1000", Duration::from_millis(400));
    task.workers = vec!["b".into()];
    world.master.submit(task).unwrap();
    let outcome = world.until(|| {
        world.master.heard(Instant::now());
        world.carry(|_| true);
        world.master.book.ends().pop().map(|(_, end)| end.outcome)
    });
    assert!(!outcome.success && outcome.result.contains("its worker is lost"), "{}", outcome.result);
}

#[test]
fn a_member_that_leads_the_next_try_is_not_kept_by_what_it_did_in_the_last() {
    let world = world();
    world.master.submit(shared("0.01", LONG)).unwrap();
    // The master dies with the member's end on the way.
    world.until(|| {
        world.carry(|word| matches!(word, Word::Noted { .. }));
        (world.member.is_idle() && !world.member.crew_is_idle()).then_some(())
    });
    // The same part of the next try.
    let code = Code::BuiltIn("muster.noop".into());
    let again = Task { code, mode: Mode::Sharding, workers: vec!["b".into()], ..shared("1=x", LONG) };
    world.member.submit(again).unwrap();
    let outcome = world.until(|| {
        world.carry(|word| matches!(word, Word::Noted { .. }));
        world.member.book.ends().pop().map(|(_, end)| end.outcome)
    });
    assert_eq!(outcome, Outcome::success("all 1 parts succeeded"));
}

#[test]
fn a_member_that_still_runs_the_last_try_does_not_lead_the_next() {
    let world = world();
    world.master.submit(shared("1000", LONG)).unwrap();
    world.carry(|_| false);
    world.until(|| (!world.member.is_idle()).then_some(()));
    world.member.submit(shared("1000", LONG)).unwrap();
    let (_, end) = world.member.book.ends().remove(0);
    assert_eq!(end.outcome, Outcome::failed("an earlier try was still running here"));
    world.until(|| world.member.is_idle().then_some(()));
}

#[test]
fn stopping_reaches_the_members() {
    let world = world();
    world.master.submit(shared("1000", LONG)).unwrap();
    world.carry(|_| false);
    world.until(|| (!world.member.is_idle()).then_some(()));
    assert!(world.master.stop(9, Stop::Killed));
    assert_eq!(world.end(|_| false), Outcome::failed("killed from server"));
    world.until(|| world.member.is_idle().then_some(()));
}

#[test]
fn words_of_strangers_change_nothing() {
    let world = world();
    world.master.submit(shared("1000", LONG)).unwrap();
    world.carry(|_| false);
    let token = "a-1".to_owned();
    let ended = Word::Ended { token, instance: 9, part: 1, success: true, result: String::new() };
    world.master.hear(7, "g", "c", ended);
    for (token, part) in [("a-2", 1), ("a-1", 0)] {
        let token = token.to_owned();
        let ended = Word::Ended { token, instance: 9, part, success: true, result: String::new() };
        world.master.hear(7, "g", "b", ended);
    }
    world.member.hear(7, "g", "c", Word::Stop { token: "x".into(), instance: 9, part: 1 });
    assert!(world.master.book.ends().is_empty() && !world.member.is_idle());
    world.master.stop(9, Stop::Killed);
    assert!(!world.end(|_| false).success);
}
