//! What people look at: jobs across groups, and the due times that an expression would have.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use muster_core::{Browse, Result, Timestamp};
use muster_db::Tx;
use muster_identity::Caller;

use super::model::{Job, Time, TimeKind};
use super::service::{Service, missing};
use super::store;
use crate::app_groups::Edition;
use crate::{calendars, zone};

/// How many due times are looked at for one that a calendar lets through.
const MOST_LOOKED_AT: usize = 5_000;

/// Which jobs of an account are wanted; every given field must fit.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobBrowse {
    /// Of the group with this number.
    pub group: Option<i64>,
    /// Enabled, or not.
    pub enabled: Option<bool>,
}

impl Service {
    /// The account's job with this number, in whichever group.
    ///
    /// # Errors
    /// `NotFound` "job".
    pub fn find(&self, tx: &mut Tx<'_>, caller: &Caller, id: i64) -> Result<Job> {
        store::find_of(tx, &caller.account_id, id)?.ok_or_else(|| missing(id))
    }

    /// Jobs, the newest first, without a count; the key is their number. Whoever narrows the list looks through the
    /// newest only, see [`Browse::LOOKED_THROUGH`].
    ///
    /// # Errors
    /// Those of the store.
    pub fn browse(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        wanted: &JobBrowse,
        browse: &Browse<'_>,
    ) -> Result<Vec<Job>> {
        store::browse(tx, &caller.account_id, wanted, browse)
    }

    /// How many jobs there are, counted up to `most`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn count(&self, tx: &mut Tx<'_>, caller: &Caller, most: i64) -> Result<u64> {
        store::count(tx, &caller.account_id, most)
    }

    /// The names of jobs by their numbers, of those that the account has.
    ///
    /// # Errors
    /// Those of the store.
    pub fn names(&self, tx: &mut Tx<'_>, caller: &Caller, ids: &[i64]) -> Result<HashMap<i64, String>> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        store::names(tx, &caller.account_id, &ids)
    }

    /// The next due times of a job with these words about time, if it were enabled now: at most `many`, without those
    /// that its calendar skips. A fixed delay has one, for the next depends on how long a run takes.
    ///
    /// # Errors
    /// As with [`Service::create`], as far as time is concerned.
    pub fn coming(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        edition: Edition,
        time: &Time,
        many: usize,
    ) -> Result<Vec<Timestamp>> {
        let now = tx.now();
        time.check(now, &self.zone, edition)?;
        let zone = zone::named(&time.zone, &self.zone);
        let days = match (time.kind, time.calendar.as_str()) {
            (TimeKind::Cron, name) if !name.is_empty() => {
                self.check_calendar(tx, caller, time)?;
                Some(calendars::days(tx, &caller.account_id, name)?)
            }
            _ => None,
        };
        let mut found = Vec::with_capacity(many);
        let mut next = time.first_due(now, &self.zone);
        for _ in 0..MOST_LOOKED_AT {
            let Some(due) = next.filter(|_| found.len() < many) else { break };
            if days.as_ref().is_none_or(|days| days.hold(due, &zone)) {
                found.push(due);
            }
            next = time.due_after(due, &self.zone);
        }
        Ok(found)
    }

    /// The zone of this name, the server's for none. A name that nobody knows is UTC.
    pub fn zone(&self, name: &str) -> TimeZone {
        zone::named(name, &self.zone)
    }
}

#[cfg(test)]
mod tests {
    use muster_core::Error;
    use muster_identity::testing::root_caller;

    use super::*;
    use crate::testing::World;

    #[test]
    fn the_next_due_times_skip_what_the_calendar_skips() {
        World::on_each(|world| {
            let jobs = world.jobs.clone();
            world.write(move |tx, alice| {
                calendars::create(tx, alice, "shop", 2026, r#"[{"month":1,"days":[17,20]}]"#)?;
                let local = |tx: &mut Tx<'_>, time: &Time| {
                    let due = jobs.coming(tx, alice, Edition::Professional, time, 3)?;
                    let zone = jobs.zone(&time.zone);
                    let local = |at: &Timestamp| {
                        let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap();
                        at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
                    };
                    Ok::<_, Error>(due.iter().map(local).collect::<Vec<_>>())
                };
                let mut time = Time { zone: "GMT+8".into(), ..Time::of(TimeKind::Cron, "0 0 9 * * ?") };
                assert_eq!(
                    local(tx, &time)?,
                    ["2026-01-16 09:00:00", "2026-01-17 09:00:00", "2026-01-18 09:00:00"]
                );
                time.calendar = "shop".into();
                assert_eq!(local(tx, &time)?, ["2026-01-17 09:00:00", "2026-01-20 09:00:00"]);
                time.calendar = "unknown".into();
                assert!(local(tx, &time).is_err());
                assert_eq!(local(tx, &Time::of(TimeKind::FixedDelay, "5"))?.len(), 1);
                assert_eq!(local(tx, &Time::of(TimeKind::FixedRate, "60"))?.len(), 3);
                assert!(local(tx, &Time::api())?.is_empty());
                assert!(local(tx, &Time::of(TimeKind::Cron, "0 0 9 31 2 ?")).is_err());
                Ok(())
            })
        });
    }

    #[test]
    fn jobs_of_all_groups_are_listed_and_found() {
        World::on_each(|world| {
            let one = world.job(Time::api(), |definition| definition.name = "first".into())?;
            let two = world.job(Time::api(), |definition| definition.name = "second".into())?;
            let jobs = world.jobs.clone();
            world.write(move |tx, alice| {
                jobs.set_enabled(tx, alice, "ns", Some("g"), &[one.id], false)?;
                let page = |text, after| Browse { text, after, limit: 9 };
                let ids = |found: Vec<Job>| found.iter().map(|job| job.id).collect::<Vec<_>>();
                let any = JobBrowse::default();
                assert_eq!(ids(jobs.browse(tx, alice, &any, &page("", None))?), [two.id, one.id]);
                let place = two.id.to_string();
                let after = Some((two.created_at, place.as_str()));
                assert_eq!(ids(jobs.browse(tx, alice, &any, &page("", after))?), [one.id]);
                assert_eq!(ids(jobs.browse(tx, alice, &any, &page("sec", None))?), [two.id]);
                let off = JobBrowse { group: Some(one.app_group), enabled: Some(false) };
                assert_eq!(ids(jobs.browse(tx, alice, &off, &page("", None))?), [one.id]);
                assert_eq!(jobs.count(tx, alice, 10)?, 2);
                assert_eq!(jobs.names(tx, alice, &[two.id, one.id, 7])?[&one.id], "first");

                let bob = root_caller("2000000000000002");
                assert!(matches!(jobs.find(tx, &bob, one.id), Err(Error::NotFound { .. })));
                assert!(jobs.browse(tx, &bob, &any, &page("", None))?.is_empty());
                assert!(jobs.browse(tx, &bob, &off, &page("", None))?.is_empty());
                assert!(jobs.names(tx, &bob, &[one.id])?.is_empty());
                Ok(())
            })
        });
    }
}
