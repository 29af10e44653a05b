//! What is known about a run that is under way: rules over a worker's heartbeats, without a store.
//!
//! Workers report an end once, and a report can be lost with its connection. So whether a run still lives is read
//! from the heartbeats that list it. One that omits it proves nothing: the worker forgets a run a moment before it
//! reports. Two of them do. And while a lease lives, a run is nobody else's, however silent its worker is.

use muster_core::Timestamp;

use crate::link::Worker;

/// Times after which something is concluded, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a run belongs to a worker that was last heard of.
    pub lease_ms: i64,
    /// How long workers have to come back after the server started.
    pub grace_ms: i64,
    /// How long a worker may take to say that it takes a run.
    pub submit_ms: i64,
    /// How long after it was taken a run may be missing in heartbeats.
    pub settle_ms: i64,
}

impl Default for Patience {
    fn default() -> Self {
        Self { lease_ms: 30_000, grace_ms: 30_000, submit_ms: 15_000, settle_ms: 5_000 }
    }
}

/// A run that is under way, as far as the rules need it.
pub(super) struct UnderWay {
    pub(super) instance: i64,
    /// When it was handed over.
    pub(super) submitted_at: Timestamp,
    /// When the worker said that it takes it.
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) lease_until: Timestamp,
    pub(super) timeout_at: Option<Timestamp>,
}

/// What to conclude.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It lives: its lease is good until then.
    Alive { lease_until: Timestamp },
    /// Nothing can be said before then.
    Unknown { look_at: Timestamp },
    /// The worker never took it.
    NotStarted,
    /// The worker may have taken it, and ended it: its answer went with its connection.
    AnswerLost,
    /// It ended, and nobody will say how.
    ResultLost,
    /// Its worker is gone, and its lease is over.
    WorkerLost,
    /// It has taken too long.
    TimedOut,
}

impl Patience {
    /// `worker` is the one that the run belongs to, while it is connected.
    pub(super) fn judge(
        &self,
        run: &UnderWay,
        worker: Option<&Worker>,
        now: Timestamp,
        started: Timestamp,
    ) -> Verdict {
        if run.timeout_at.is_some_and(|at| at <= now) {
            return Verdict::TimedOut;
        }
        let Some(worker) = worker else {
            let over = run.lease_until.max(started.plus_ms(self.grace_ms));
            return if over <= now { Verdict::WorkerLost } else { Verdict::Unknown { look_at: over } };
        };
        if worker.lists(run.instance) {
            let heard = worker.beats.first().map_or(now, |beat| beat.at);
            return Verdict::Alive { lease_until: heard.plus_ms(self.lease_ms).max(now.plus_ms(1_000)) };
        }
        let (since, otherwise) = match run.accepted_at {
            Some(accepted) => (accepted.plus_ms(self.settle_ms), Verdict::ResultLost),
            None => {
                // On the connection that the run was handed to no answer gets lost, and some workers repeat theirs.
                let is_heard =
                    worker.connected_at <= run.submitted_at || worker.family().repeats_within_ms() > 0;
                let verdict = if is_heard { Verdict::NotStarted } else { Verdict::AnswerLost };
                (run.submitted_at.plus_ms(self.submit_ms), verdict)
            }
        };
        let omissions = worker.beats.iter().filter(|beat| beat.at > since && !beat.lists(run.instance));
        if omissions.count() >= 2 {
            // What it said on a connection that has ended may come again.
            let repeated_by = worker.connected_at.min(now).plus_ms(worker.family().repeats_within_ms());
            return if repeated_by <= now { otherwise } else { Verdict::Unknown { look_at: repeated_by } };
        }
        Verdict::Unknown { look_at: now.max(since).plus_ms(1_000) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::Beat;
    use crate::testing::worker;

    const START: Timestamp = Timestamp::from_millis(0);

    fn at(s: i64) -> Timestamp {
        START.plus_ms(s * 1000)
    }

    /// A run handed over after 100 s, with a lease until 130 s.
    fn run(accepted: Option<i64>) -> UnderWay {
        UnderWay {
            instance: 7,
            submitted_at: at(100),
            accepted_at: accepted.map(at),
            lease_until: at(130),
            timeout_at: None,
        }
    }

    fn beating(beats: &[(i64, bool)]) -> Worker {
        let beat = |(s, lists): &(i64, bool)| Beat::new(at(*s), if *lists { vec![7, 9] } else { vec![9] });
        Worker { beats: beats.iter().map(beat).collect(), ..worker("a", "go") }
    }

    fn verdict(run: &UnderWay, worker: Option<&Worker>, now: i64) -> Verdict {
        Patience::default().judge(run, worker, at(now), START)
    }

    #[test]
    fn a_listed_run_lives() {
        let alive = verdict(&run(Some(101)), Some(&beating(&[(120, true), (115, true)])), 121);
        assert_eq!(alive, Verdict::Alive { lease_until: at(150) });
    }

    #[test]
    fn it_takes_two_heartbeats_to_lose_a_result() {
        let taken = run(Some(101));
        for (beats, expected) in [
            (&[(110, false), (105, true)][..], Verdict::Unknown { look_at: at(112) }),
            (&[(110, false), (105, false)], Verdict::Unknown { look_at: at(112) }),
            (&[(112, false), (107, false)], Verdict::ResultLost),
        ] {
            let now = beats[0].0 + 1;
            let verdict = verdict(&taken, Some(&beating(beats)), now);
            match (&verdict, &expected) {
                (Verdict::Unknown { .. }, Verdict::Unknown { .. }) => {}
                _ => assert_eq!(verdict, expected, "{beats:?}"),
            }
        }
    }

    #[test]
    fn a_worker_that_repeats_its_reports_gets_the_time_for_it_after_it_came_back() {
        let java = Worker {
            starter: "springboot".into(),
            connected_at: at(107),
            ..beating(&[(140, false), (135, false)])
        };
        for (run, lost) in [(run(Some(101)), Verdict::ResultLost), (run(None), Verdict::NotStarted)] {
            assert_eq!(verdict(&run, Some(&java), 161), Verdict::Unknown { look_at: at(162) });
            assert_eq!(verdict(&run, Some(&java), 162), lost);
        }
    }

    #[test]
    fn an_unanswered_run_was_not_started_only_after_its_time() {
        let unanswered = run(None);
        let early = verdict(&unanswered, Some(&beating(&[(112, false), (107, false)])), 113);
        assert_eq!(early, Verdict::Unknown { look_at: at(116) });
        let late = verdict(&unanswered, Some(&beating(&[(121, false), (116, false)])), 122);
        assert_eq!(late, Verdict::NotStarted);
        assert!(matches!(verdict(&unanswered, Some(&beating(&[(121, true)])), 122), Verdict::Alive { .. }));
    }

    #[test]
    fn an_unanswered_run_may_have_run_when_the_worker_has_dialled_again_since() {
        let again = Worker { connected_at: at(101), ..beating(&[(121, false), (116, false)]) };
        assert_eq!(verdict(&run(None), Some(&again), 122), Verdict::AnswerLost);
        let listing = Worker { connected_at: at(101), ..beating(&[(121, true), (116, false)]) };
        assert!(matches!(verdict(&run(None), Some(&listing), 122), Verdict::Alive { .. }));
    }

    #[test]
    fn a_lost_workers_run_is_free_only_when_its_lease_is_over() {
        assert_eq!(verdict(&run(Some(101)), None, 129), Verdict::Unknown { look_at: at(130) });
        assert_eq!(verdict(&run(Some(101)), None, 130), Verdict::WorkerLost);
        let restarted = Patience::default().judge(&run(Some(101)), None, at(140), at(125));
        assert_eq!(restarted, Verdict::Unknown { look_at: at(155) });
    }

    #[test]
    fn time_limits_come_first() {
        let late = UnderWay { timeout_at: Some(at(110)), ..run(Some(101)) };
        assert_eq!(verdict(&late, Some(&beating(&[(109, true)])), 110), Verdict::TimedOut);
    }
}
