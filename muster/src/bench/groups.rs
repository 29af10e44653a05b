//! B11: resource groups that follow tags: how soon a change is seen in the groups, and how long the two questions take
//! that people ask: who is in this group, and in which groups is this resource.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use muster_core::PageRequest;
use muster_db::Tx;
use muster_resources::{
    Group, Kind, MemberFilter, NewGroup, NewResource, Operator, ResourceRef, Rule, Scope, Service, Tag,
    TagCondition,
};
use serde::Serialize;

use super::jobs::ground::{Folder, Ground, blocking, text};
use super::{Fault, measure};

/// Resources entered in one transaction.
const TOGETHER: usize = 2_000;
const TEAMS: usize = 1_000;
const ENVIRONMENTS: [&str; 4] = ["prod", "test", "stage", "demo"];
/// An odd step that visits every resource once, in no order.
const STEP: usize = 1_000_003;

/// How soon groups follow tags, and how long look-ups take
#[derive(Args, Debug)]
pub struct Groups {
    /// How many resources there are
    #[arg(long, default_value_t = 1_000_000)]
    resources: usize,
    /// How many groups there are, all by tag
    #[arg(long, default_value_t = 10_000)]
    groups: usize,
    /// How many changes and look-ups of each kind are timed
    #[arg(long, default_value_t = 2_000)]
    looks: usize,
    /// Where the data folder is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The result, checked.
#[derive(Debug, Serialize)]
pub struct Report {
    store: &'static str,
    resources: usize,
    groups: usize,
    entered_per_second: f64,
    index_loaded_ms: f64,
    index_mib: f64,
    change_seen: Times,
    change_seen_without_flush: Times,
    members_of_group: Times,
    groups_of_resource: Times,
    flush_ms: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Times {
    p50_ms: f64,
    p99_ms: f64,
    worst_ms: f64,
}

impl Times {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent| measure::milliseconds(measure::at(&times, percent));
        Self { p50_ms: at(50), p99_ms: at(99), worst_ms: at(100) }
    }
}

impl Groups {
    /// Runs it, in this process.
    ///
    /// # Errors
    /// When an answer is not what the tags say.
    pub async fn run(&self, database: Option<&String>) -> Result<Report, Fault> {
        let (resources, groups, looks) = (self.resources, self.groups, self.looks);
        if resources < TEAMS || groups <= TEAMS {
            return Err(format!("there must be at least {TEAMS} resources, and more groups than that"));
        }
        let folder = Folder::inside(&self.folder)?;
        let flush = measure::flush_time(folder.path()).map_err(text)?;
        let place = folder.place(database);
        let store = place.store();
        blocking(move || {
            let ground = Ground::open(&place)?;
            let world = World { ground: &ground, resources, groups };
            let began = Instant::now();
            world.enter()?;
            #[expect(clippy::cast_precision_loss, reason = "counts of resources are far below 2^52")]
            let entered_per_second = resources as f64 / began.elapsed().as_secs_f64();
            let made = world.make_groups()?;
            let before = measure::resident_mib(std::process::id())?;
            let began = Instant::now();
            world.total(&made[0])?;
            let index_loaded_ms = measure::milliseconds(began.elapsed());
            let index_mib = measure::resident_mib(std::process::id())? - before;
            let members_of_group = world.look_at_members(&made, looks)?;
            let groups_of_resource = world.look_at_groups(&made, looks)?;
            let (change_seen, change_seen_without_flush) = world.change_tags(&made, looks)?;
            ground.close();
            Ok(Report {
                store,
                resources,
                groups,
                entered_per_second,
                index_loaded_ms,
                index_mib,
                change_seen: Times::of(change_seen),
                change_seen_without_flush: Times::of(change_seen_without_flush),
                members_of_group: Times::of(members_of_group),
                groups_of_resource: Times::of(groups_of_resource),
                flush_ms: measure::milliseconds(flush),
            })
        })
        .await
    }
}

/// A team's resources are every thousandth; an app's are those with the same remainder. The environment goes with the
/// thousands, so that the four are mixed.
struct World<'g> {
    ground: &'g Ground,
    resources: usize,
    groups: usize,
}

fn id_of(number: usize) -> String {
    format!("host-{number:07}")
}

fn environment_of(number: usize) -> &'static str {
    ENVIRONMENTS[number / TEAMS % ENVIRONMENTS.len()]
}

impl World<'_> {
    /// How many apps there are: all groups but those of teams are an app's.
    fn apps(&self) -> usize {
        self.groups - TEAMS
    }

    fn service(&self) -> Service {
        self.ground.features.resources.as_ref().clone()
    }

    fn read<T>(
        &self,
        ask: impl Fn(&Service, &mut Tx<'_>, Scope<'_>) -> muster_core::Result<T>,
    ) -> Result<T, Fault> {
        let (service, caller) = (self.service(), &self.ground.caller);
        let scope = Scope { account_id: &caller.account_id, project_id: &caller.project_id };
        self.ground.db.read_blocking(|tx| ask(&service, tx, scope)).map_err(text)
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Service, &mut Tx<'_>, Scope<'_>) -> muster_core::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let (service, caller) = (self.service(), self.ground.caller.clone());
        let done = self.ground.db.write_blocking(move |tx| {
            let scope = Scope { account_id: &caller.account_id, project_id: &caller.project_id };
            work(&service, tx, scope)
        });
        done.map_err(text)
    }

    fn enter(&self) -> Result<(), Fault> {
        let apps = self.apps();
        for first in (0..self.resources).step_by(TOGETHER) {
            let last = self.resources.min(first + TOGETHER);
            self.write(move |service, tx, scope| {
                let new: Vec<NewResource> = (first..last)
                    .map(|number| {
                        let tag = |key: &str, value: String| Tag { key: key.to_owned(), value };
                        NewResource {
                            kind: "ecs".to_owned(),
                            external_id: id_of(number),
                            tags: vec![
                                tag("app", (number % apps).to_string()),
                                tag("env", environment_of(number).to_owned()),
                                tag("team", (number % TEAMS).to_string()),
                            ],
                            ..NewResource::default()
                        }
                    })
                    .collect();
                service.import(tx, scope, &new)
            })?;
        }
        Ok(())
    }

    /// First those of teams in production, then those of apps.
    fn make_groups(&self) -> Result<Vec<Group>, Fault> {
        let mut made = Vec::with_capacity(self.groups);
        for first in (0..self.groups).step_by(TOGETHER) {
            let last = self.groups.min(first + TOGETHER);
            made.extend(self.write(move |service, tx, scope| {
                (first..last)
                    .map(|number| {
                        let is = |key: &str, value: String| TagCondition {
                            key: key.to_owned(),
                            operator: Operator::Equal,
                            value,
                        };
                        let tags = if number < TEAMS {
                            vec![is("team", number.to_string()), is("env", "prod".to_owned())]
                        } else {
                            vec![is("app", (number - TEAMS).to_string())]
                        };
                        let rule = Rule { tags, ..Rule::default() };
                        let name = format!("group{number}");
                        service.create_group(
                            tx,
                            scope,
                            NewGroup { name, kind: Kind::Tags, rule, ..NewGroup::default() },
                        )
                    })
                    .collect::<muster_core::Result<Vec<_>>>()
            })?);
        }
        Ok(made)
    }

    fn total(&self, group: &Group) -> Result<u64, Fault> {
        let counted =
            self.read(|service, tx, scope| service.statistics(tx, scope, std::slice::from_ref(group)))?;
        Ok(counted.first().map_or(0, |counted| counted.total))
    }

    /// The members that a group must have, first entered first.
    fn members(&self, place: usize) -> Vec<usize> {
        let all = 0..self.resources;
        if place < TEAMS {
            all.skip(place).step_by(TEAMS).filter(|number| environment_of(*number) == "prod").collect()
        } else {
            all.skip(place - TEAMS).step_by(self.apps()).collect()
        }
    }

    fn look_at_members(&self, groups: &[Group], looks: usize) -> Result<Vec<Duration>, Fault> {
        let mut times = Vec::with_capacity(looks);
        for look in 0..looks {
            let place = look * STEP % groups.len();
            let began = Instant::now();
            let found = self.read(|service, tx, scope| {
                let (id, filter) = (groups[place].id, MemberFilter::default());
                service.list_members(tx, scope, id, &filter, PageRequest { offset: 0, limit: 10 })
            })?;
            times.push(began.elapsed());
            let expected = self.members(place);
            let listed: Vec<String> = found
                .items
                .into_iter()
                .filter_map(|one| one.member.dimensions.into_iter().next().map(|first| first.value))
                .collect();
            let wanted: Vec<String> = expected.iter().take(10).map(|number| id_of(*number)).collect();
            if found.total != expected.len() as u64 || listed != wanted {
                return Err(format!("group {place} has {} members {listed:?}, not {wanted:?}", found.total));
            }
        }
        Ok(times)
    }

    fn look_at_groups(&self, groups: &[Group], looks: usize) -> Result<Vec<Duration>, Fault> {
        let mut times = Vec::with_capacity(looks);
        for look in 0..looks {
            let number = look * STEP % self.resources;
            let began = Instant::now();
            let found = self.read(|service, tx, scope| {
                let id = id_of(number);
                service.groups_of_resource(tx, scope, ResourceRef { kind: "ecs", external_id: &id })
            })?;
            times.push(began.elapsed());
            let mut wanted = BTreeSet::from([groups[TEAMS + number % self.apps()].id]);
            if environment_of(number) == "prod" {
                wanted.insert(groups[number % TEAMS].id);
            }
            let listed: BTreeSet<i64> = found.iter().map(|group| group.id).collect();
            if listed != wanted {
                return Err(format!("resource {number} is in the groups {listed:?}, not in {wanted:?}"));
            }
        }
        Ok(times)
    }

    /// Moves resources from one app to another, one after the other, and asks the new app's group at once: from the call
    /// to the answer that knows it, and the same without the commit of the change.
    fn change_tags(&self, groups: &[Group], looks: usize) -> Result<(Vec<Duration>, Vec<Duration>), Fault> {
        let (mut seen, mut without_flush) = (Vec::with_capacity(looks), Vec::with_capacity(looks));
        for look in 0..looks {
            let number = look * STEP % self.resources;
            let target = (number % self.apps() + 1) % self.apps();
            let group = &groups[TEAMS + target];
            let before = self.total(group)?;
            let began = Instant::now();
            self.write(move |service, tx, scope| {
                let id = id_of(number);
                let tag = Tag { key: "app".to_owned(), value: target.to_string() };
                service.tag(tx, scope, ResourceRef { kind: "ecs", external_id: &id }, &[tag])
            })?;
            let committed = Instant::now();
            let after = self.total(group)?;
            seen.push(began.elapsed());
            without_flush.push(committed.elapsed());
            if after != before + 1 {
                return Err(format!(
                    "group of app {target} had {before} members, and {after} after one joined"
                ));
            }
        }
        Ok((seen, without_flush))
    }
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let line = |what: &str, times: Times| {
            format!(
                "{what}: p50 {:.3} ms, p99 {:.3} ms, worst {:.3} ms\n",
                times.p50_ms, times.p99_ms, times.worst_ms
            )
        };
        format!(
            "{} resources and {} groups by tag on {} (a flush takes {:.2} ms)\n\
             entered: {:.0} resources/s with three tags each\n\
             index: read in {:.0} ms, {:.0} MiB\n{}{}{}{}",
            self.resources,
            self.groups,
            self.store,
            self.flush_ms,
            self.entered_per_second,
            self.index_loaded_ms,
            self.index_mib,
            line("a tag until its group answers with it", self.change_seen),
            line("the same from the commit on", self.change_seen_without_flush),
            line("members of a group, counted, with a page of them", self.members_of_group),
            line("groups of a resource", self.groups_of_resource),
        )
    }
}
