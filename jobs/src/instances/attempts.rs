//! Attempts that another one followed. The last attempt of an instance stands in the instance itself.

use muster_core::{Result, Timestamp};
use muster_db::{Tx, params};
use muster_identity::Caller;

use super::browse;
use super::service::Service;

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which one, counted from 0; whoever runs a finished instance again starts from 0 again.
    pub attempt: i64,
    /// The worker's `host:port`; empty when none had it.
    pub worker_address: String,
    /// When it was handed over.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Timestamp,
    /// What it resulted in, or why it did not.
    pub result: String,
}

/// Notes how the present attempts of instances ended, before they are tried again.
pub(super) fn note(tx: &mut Tx<'_>, attempts: &[(i64, &str)]) -> Result<()> {
    let now = tx.now();
    for (instance, result) in attempts {
        let id = tx.new_id()?;
        tx.execute(
            "INSERT INTO jobs_attempts (instance_id, id, attempt, worker_address, started_at, ended_at, result) \
             SELECT id, $2, attempt, COALESCE(worker_address, ''), submitted_at, COALESCE(ended_at, $3), $4 \
             FROM jobs_instances WHERE id = $1",
            params![instance, id, now, result],
        )?;
    }
    Ok(())
}

impl Service {
    /// The attempts of an instance that another one followed, the oldest first.
    ///
    /// # Errors
    /// `NotFound` "job instance".
    pub fn attempts(&self, tx: &mut Tx<'_>, caller: &Caller, instance: i64) -> Result<Vec<Attempt>> {
        browse::find(tx, &caller.account_id, instance)?;
        tx.query(
            "SELECT attempt, worker_address, started_at, ended_at, result FROM jobs_attempts \
             WHERE instance_id = $1 ORDER BY id",
            params![instance],
            |row| {
                Ok(Attempt {
                    attempt: row.get(0)?,
                    worker_address: row.get(1)?,
                    started_at: row.get(2)?,
                    ended_at: row.get(3)?,
                    result: row.get(4)?,
                })
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Instance, State};
    use super::*;
    use crate::job::Time;
    use crate::testing::World;

    fn attempts(world: &World<'_>, run: &Instance) -> Result<Vec<(i64, String)>> {
        let (service, id) = (world.instances.clone(), run.id);
        let found = world.write(move |tx, alice| service.attempts(tx, alice, id))?;
        Ok(found.into_iter().map(|attempt| (attempt.attempt, attempt.result)).collect())
    }

    #[test]
    fn each_attempt_that_another_one_followed_is_kept() {
        World::on_each(|world| {
            world.connect("w1", &[]);
            let job = world.job(Time::api(), |definition| {
                definition.max_attempt = 1;
                definition.attempt_interval_s = 1;
            })?;
            let id = world.execute(job.id)?;
            world.pass(0)?;
            world.end("w1", id, false)?;
            world.pass(2_000)?;
            world.end("w1", id, false)?;
            let run = world.instance(job.id, id)?;
            assert_eq!((run.state, run.attempt), (State::Failed, 1));
            assert_eq!(attempts(world, &run)?, [(0, "broken".to_owned())]);
            // Running it again by hand keeps what the last attempt said.
            let instances = world.instances.clone();
            world.write(move |tx, alice| instances.retry(tx, alice, "ns", "g", job.id, id))?;
            assert_eq!(attempts(world, &run)?.len(), 2);
            Ok(())
        });
    }
}
