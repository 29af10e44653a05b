//! SIGKILL at random while jobs run: every due time is accounted for, nothing runs twice that its policy does not run
//! again, and what was acknowledged is there.
//!
//! `MUSTER_CRASH_ROUNDS` says how often (3 unless told).

use std::path::Path;
use std::time::{Duration, Instant};

use muster::client::Process;
use muster_core::{Clock, Random, SystemClock, Timestamp};

use crate::scheduler::{
    Account, Counts, Crew, JobSpec, Journal, Pace, Proxy, Site, configuration, impatient, program, run, until,
};

const LEASE_MS: i64 = 3_000;
/// Far above what a start should take (2 s at most in a release build), as this one is a debug build on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(20);
const PACE: Pace = Pace {
    beat: Duration::from_millis(300),
    ask: Duration::from_millis(500),
    longest_run_ms: 1_500,
    failures: 20,
};

#[test]
fn runs_survive_kills_on_sqlite() {
    survive(None);
}

#[test]
fn runs_survive_kills_on_postgres() {
    let Some(database) = muster_db::testing::new_postgres_database() else { return };
    survive(Some(&database));
}

fn survive(database: Option<&str>) {
    let rounds: u32 =
        std::env::var("MUSTER_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    run(async {
        let began = Instant::now();
        let folder = tempfile::tempdir().unwrap();
        let (data, settings) = (folder.path().join("data"), configuration(folder.path(), &impatient()));
        let mut arguments = vec!["--config", settings.to_str().unwrap(), "--local-worker", "off"];
        arguments.extend(database.into_iter().flat_map(|database| ["--database", database]));
        let proxy = Proxy::start().await;
        let mut server = start(&data, &arguments, &proxy).await;
        let site = Site::new(&server, &proxy.address());
        let journal = Journal::default();
        let mut crew = Crew::new(proxy.address(), PACE, &journal);
        let mut accounts = open(&site, &mut crew).await;
        let mut random = Random::from_os();
        let mut slowest = server.ready_after;
        for round in 0..rounds {
            let until_kill =
                Duration::from_millis(300 + u64::from(u16::from_le_bytes(random.bytes()) % 1_500));
            let asked = accounts.len() - 1;
            let _ = tokio::time::timeout(until_kill, ask_for_runs(&site, &mut accounts[asked])).await;
            if round % 4 == 3 {
                crew.kill_oldest().await;
                crew.hire(&accounts[0].group);
            }
            server.kill().unwrap();
            server = start(&data, &arguments, &proxy).await;
            slowest = slowest.max(server.ready_after);
        }
        until("the workers' return", Duration::from_secs(30), || async { crew.is_served_by("") }).await;
        let submits = journal.submits();
        until("runs after the last start", Duration::from_secs(30), || async { journal.submits() > submits })
            .await;
        let mut counts = Counts::default();
        for account in &mut accounts {
            site.disable(&account.group, account.job).await;
            account.to = SystemClock.now();
            account.settle(&site).await;
        }
        for account in &accounts {
            counts += account.check(&site, &data, &journal, LEASE_MS).await;
        }
        server.stop().await.unwrap();
        let took = began.elapsed();
        eprintln!("{rounds} kills in {took:?}, ready again after at most {slowest:?}: {counts:?}");
        assert!(counts.submits > usize::try_from(rounds).unwrap(), "hardly anything ran: {counts:?}");
        assert!(slowest < READY_WITHIN, "{slowest:?}");
    });
}

async fn start(data: &Path, arguments: &[&str], proxy: &Proxy) -> Process {
    let server = Process::start(program(), data, arguments).await.unwrap();
    proxy.aim(&[server.host()]);
    server
}

/// Two workers; jobs that are due often, one of them tried again, and one that runs when it is asked for.
async fn open(site: &Site, crew: &mut Crew) -> Vec<Account> {
    site.namespace().await;
    let group = site.group("crash").await;
    crew.hire(&group);
    crew.hire(&group);
    let mut accounts = Vec::new();
    for (name, every_s, max_attempt, max_concurrency) in
        [("once", 1, 0, 4), ("again", 2, 2, 2), ("asked", 0, 0, 100)]
    {
        let spec = JobSpec { every_s, max_attempt, max_concurrency };
        let job = site.job(&group, name, spec).await;
        let (from, to) = (SystemClock.now(), Timestamp::from_millis(0));
        accounts.push(Account { group: group.clone(), job, spec, from, to, promised: Vec::new() });
    }
    accounts
}

/// Asks for runs, one after the other, and writes down which of them were promised.
async fn ask_for_runs(site: &Site, account: &mut Account) {
    loop {
        match site.execute(&account.group, account.job).await {
            Ok(Some(promised)) => account.promised.push(promised),
            // One instance a second, or no server.
            Ok(None) | Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
