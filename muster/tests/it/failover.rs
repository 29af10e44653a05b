//! Two servers on one PostgreSQL behind a proxy: when one is killed, the other serves its groups, workers follow, and
//! every due time is accounted for.
//!
//! `MUSTER_FAILOVER=defaults` runs it with the default settings and the official worker's pace.

use std::path::Path;
use std::time::{Duration, Instant};

use muster::client::{Connection, Process};
use muster_core::{Clock, SystemClock, Timestamp};
use serde_json::json;

use crate::scheduler::{
    Account, Counts, Crew, Group, JobSpec, Journal, Pace, Proxy, Site, configuration, impatient, program,
    run, tell, until,
};

/// What is promised with the default settings; shorter ones are faster.
const HELD_WITHIN: Duration = Duration::from_secs(10);
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// For what is not promised, on a busy machine.
const WITHIN: Duration = Duration::from_secs(60);
const GROUPS: usize = 4;

#[test]
fn when_a_server_is_killed_another_serves_its_groups_and_workers_follow() {
    let Some(database) = muster_db::testing::new_postgres_database() else { return };
    let is_patient = std::env::var("MUSTER_FAILOVER").is_ok_and(|word| word == "defaults");
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let sections =
            if is_patient { vec![("retention", json!({"job_instances": 0}))] } else { impatient() };
        let settings = configuration(folder.path(), &sections);
        let key = folder.path().join("muster.key");
        let arguments = [
            ["--config", settings.to_str().unwrap()],
            ["--database", &database],
            ["--key-file", key.to_str().unwrap()],
            ["--local-worker", "off"],
        ]
        .concat();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        let first = start(&a, &arguments).await;
        let second = start(&b, &arguments).await;
        until("shares of both", WITHIN, || async { shares(&a) == [32, 32] }).await;
        let proxy = Proxy::start().await;
        proxy.aim(&[first.host(), second.host()]);
        let site = Site::new(&first, &proxy.address());
        let (journal, pace) = (Journal::default(), pace(is_patient));
        let mut crews = open(&site, &proxy, &journal, pace, [&first, &second]).await;
        for (place, crew) in &crews {
            let address = if *place == 0 { first.worker_port() } else { second.worker_port() };
            wait_for(crew, address.unwrap(), "a worker's first heartbeats").await;
        }
        until("runs on both servers", WITHIN, || async {
            crews.iter().all(|(_, crew)| crew.has_run(&journal))
        })
        .await;

        first.kill().unwrap();
        let killed = Instant::now();
        proxy.aim(&[second.host()]);
        let address = second.worker_port().unwrap();
        for account in crews.iter().flat_map(|(_, crew)| &crew.accounts) {
            until("a new leader", HELD_WITHIN, || async {
                leader(&second, &account.group).await.as_deref() == Some(address)
            })
            .await;
        }
        let held = killed.elapsed();
        for (_, crew) in &crews {
            wait_for(crew, address, "workers at the new leader").await;
        }
        let back = killed.elapsed();
        for (_, crew) in &mut crews {
            crew.mark = journal.length();
        }
        until("runs of all groups", WITHIN, || async {
            crews.iter().all(|(_, crew)| crew.has_run(&journal))
        })
        .await;

        // The one that was killed comes back and gets its share; the other one says goodbye.
        let first = start(&a, &arguments).await;
        proxy.aim(&[first.host(), second.host()]);
        let address = first.worker_port().unwrap();
        let groups: Vec<Group> =
            crews.iter().flat_map(|(_, crew)| &crew.accounts).map(|account| account.group.clone()).collect();
        until("a fair share", WITHIN, || async { shares(&a) == [32, 32] }).await;
        proxy.aim(&[first.host()]);
        second.stop().await.unwrap();
        let stopped = Instant::now();
        for group in &groups {
            until("a leader after a farewell", HELD_WITHIN, || async {
                leader(&first, group).await.as_deref() == Some(address)
            })
            .await;
        }
        let handed_on = stopped.elapsed();

        let mut counts = Counts::default();
        for account in crews.iter_mut().flat_map(|(_, crew)| &mut crew.accounts) {
            site.disable(&account.group, account.job).await;
            account.to = SystemClock.now();
        }
        let lease_ms = if is_patient { 30_000 } else { 3_000 };
        for account in crews.iter().flat_map(|(_, crew)| &crew.accounts) {
            account.settle(&site).await;
            counts += account.check(&site, &a, &journal, lease_ms).await;
        }
        first.stop().await.unwrap();
        eprintln!(
            "held after {held:?}, workers back after {back:?}, handed on after {handed_on:?}: {counts:?}"
        );
        assert!(held < HELD_WITHIN && back < BACK_WITHIN, "{held:?} {back:?}");
    });
}

/// The workers of a group, and its jobs.
struct Team {
    crew: Crew,
    accounts: Vec<Account>,
    /// Lines before this one do not count.
    mark: usize,
}

impl Team {
    /// Whether the group's jobs have run since the mark.
    fn has_run(&self, journal: &Journal) -> bool {
        journal.submits_of(self.crew.ids(), self.mark)
    }
}

/// Groups on both servers, each with a worker and two jobs; and which server serves each.
async fn open(
    site: &Site,
    proxy: &Proxy,
    journal: &Journal,
    pace: Pace,
    servers: [&Process; 2],
) -> Vec<(usize, Team)> {
    site.namespace().await;
    let addresses = servers.map(|server| server.worker_port().unwrap());
    let mut teams: Vec<(usize, Team)> = Vec::new();
    for number in 0.. {
        let has = |place: usize| teams.iter().filter(|(its, _)| *its == place).count();
        if has(0) >= GROUPS / 2 && has(1) >= GROUPS / 2 {
            break;
        }
        assert!(number < 200, "all groups are served by one node");
        let group = site.group(&format!("group{number}")).await;
        let Some(told) = leader(servers[1], &group).await else { continue };
        let Some(place) = addresses.iter().position(|address| *address == told) else { continue };
        if has(place) >= GROUPS / 2 {
            continue;
        }
        let mut crew = Crew::new(proxy.address(), pace, journal);
        crew.hire(&group);
        let mut accounts = Vec::new();
        for (name, every_s, max_attempt) in [("once", 1, 0), ("again", 2, 2)] {
            let spec = JobSpec { every_s, max_attempt, max_concurrency: 3 };
            let job = site.job(&group, name, spec).await;
            let (from, to) = (SystemClock.now(), Timestamp::from_millis(0));
            accounts.push(Account { group: group.clone(), job, spec, from, to, promised: Vec::new() });
        }
        teams.push((place, Team { crew, accounts, mark: 0 }));
    }
    teams
}

async fn wait_for(team: &Team, address: &str, what: &str) {
    until(what, WITHIN, || async { team.crew.is_served_by(address) }).await;
}

/// Whom this server names as the group's leader.
async fn leader(server: &Process, group: &Group) -> Option<String> {
    Connection::open(server.host())
        .await
        .ok()?
        .send(group.leader_request(server.host()))
        .await
        .ok()
        .and_then(|answer| Some(answer.json()["data"].as_str().filter(|told| !told.is_empty())?.to_owned()))
}

/// How many shards each node holds, as the server of this folder sees it.
fn shares(data: &Path) -> Vec<u64> {
    let nodes = tell(data, &["node", "list", "--json"]);
    nodes.as_array().into_iter().flatten().filter_map(|node| node["shards"].as_u64()).collect()
}

fn pace(is_patient: bool) -> Pace {
    let (beat, ask) = if is_patient { (5_000, 5_000) } else { (500, 500) };
    Pace {
        beat: Duration::from_millis(beat),
        ask: Duration::from_millis(ask),
        longest_run_ms: 1_500,
        failures: 20,
    }
}

async fn start(data: &Path, arguments: &[&str]) -> Process {
    Process::start(program(), data, arguments).await.unwrap()
}
