//! SIGKILL at random under load: what was acknowledged is there after the restart, whole, and nothing else is.
//!
//! `MUSTER_CRASH_ROUNDS` says how often (3 unless told).

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use muster::client::{Connection, Family, Process, Requests};
use muster_core::Random;

const CLIENTS: usize = 4;
/// Far above what a start should take (2 s at most in a release build), as this one is a debug build on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// For each group that was ever asked for, the states it may be in: `None` is absent, `Some` is whole in this
/// version. More than one only while an answer is missing.
type States = BTreeMap<(Family, String), Vec<Option<u32>>>;

#[test]
fn acknowledged_changes_survive_kills_on_sqlite() {
    survive(&[]);
}

#[test]
fn acknowledged_changes_survive_kills_on_postgres() {
    let Some(database) = muster_db::testing::new_postgres_database() else { return };
    survive(&["--database", &database]);
}

#[test]
fn two_servers_cannot_share_a_folder() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let first = start(&data, &[]).await;
        // The second removes the addresses of the first before it starts, so the folder's lock decides alone.
        let refused = Process::start(program(), &data, &[]).await.unwrap_err();
        assert!(refused.contains("another Muster is using the data folder"), "{refused}");
        assert!(first.get("/readyz").await.unwrap().status.is_success());
        first.stop().await.unwrap();
    });
}

fn survive(arguments: &[&str]) {
    let rounds: u32 =
        std::env::var("MUSTER_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut random = Random::from_os();
        let mut states = States::new();
        let mut slowest = Duration::ZERO;
        for round in 0..rounds {
            let server = start(&data, arguments).await;
            slowest = slowest.max(server.ready_after);
            check(&server, &mut states, round.saturating_sub(1)..round).await;
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let host = server.host().to_owned();
                    let requests = requests(&server);
                    tokio::spawn(load(
                        host,
                        requests,
                        format!("r{round}c{client}"),
                        mine(&mut states, client),
                    ))
                })
                .collect();
            let pause = 50 + u64::from(u16::from_le_bytes(random.bytes()) % 700);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            server.kill().unwrap();
            for client in clients {
                states.extend(client.await.unwrap());
            }
        }
        let server = start(&data, arguments).await;
        check(&server, &mut states, 0..rounds).await;
        server.stop().await.unwrap();
        eprintln!(
            "{rounds} kills, {} groups accounted for, ready again after at most {slowest:?}",
            states.len()
        );
        assert!(
            states.len() > usize::try_from(rounds).unwrap_or(0),
            "hardly anything was done: {}",
            states.len()
        );
        assert!(slowest < READY_WITHIN, "{slowest:?}");
    });
}

/// Works until the connection dies: makes groups of all families, changes and deletes contact groups.
async fn load(host: String, mut requests: Requests, prefix: String, mut states: States) -> States {
    let Ok(mut connection) = Connection::open(&host).await else { return states };
    // Without an answer the namespace may be missing, and then so is everything else.
    let Ok(answer) = connection.send(requests.namespace()).await else { return states };
    assert!(Family::AppGroups.accepted(&answer), "{}", answer.text());
    let mut random = Random::from_os();
    for number in 0_u32.. {
        let [choice, family] = random.bytes();
        let existing = states
            .iter()
            .filter(|((family, _), allowed)| *family == Family::ContactGroups && allowed[..] != [None])
            .map(|((_, name), allowed)| (name.clone(), allowed[0]))
            .nth(usize::from(choice / 4));
        let (family, name, before, after) = match (choice % 4, existing) {
            (0, Some((name, version))) => (Family::ContactGroups, name, version, Some(number + 1)),
            (1, Some((name, version))) => (Family::ContactGroups, name, version, None),
            _ => {
                let family = Family::ALL[usize::from(family) % Family::ALL.len()];
                (family, format!("{prefix}n{number}"), None, Some(0))
            }
        };
        let request = match after {
            Some(version) => requests.put(family, &name, version),
            None => requests.delete_contact_group(&name),
        };
        states.insert((family, name.clone()), vec![before, after]);
        let Ok(answer) = connection.send(request).await else { break };
        assert!(family.accepted(&answer), "{family:?}: {} {}", answer.status, answer.text());
        states.insert((family, name), vec![after]);
    }
    states
}

/// Takes the groups that a client made out of the common record: each has one owner at a time.
fn mine(states: &mut States, client: usize) -> States {
    let mark = format!("c{client}n");
    let (mine, others) = std::mem::take(states).into_iter().partition(|((_, name), _)| name.contains(&mark));
    *states = others;
    mine
}

/// Compares what is listed with what may be there, and takes over what is. What can only be listed in parts is
/// compared for these rounds.
async fn check(server: &Process, states: &mut States, rounds: Range<u32>) {
    let mut requests = requests(server);
    let mut connection = Connection::open(server.host()).await.unwrap();
    let answer = connection.send(requests.namespace()).await.unwrap();
    assert!(Family::AppGroups.accepted(&answer), "{}", answer.text());
    for family in Family::ALL {
        let parts: Vec<Option<String>> = match family.is_listed_in_parts() {
            true => rounds.clone().map(|round| Some(format!("r{round}c"))).collect(),
            false => vec![None],
        };
        let mut listed = BTreeMap::new();
        for part in &parts {
            listed.extend(requests.list(family, part.as_deref(), &mut connection).await.unwrap());
        }
        let is_listed =
            |name: &str| parts.iter().any(|part| part.as_ref().is_none_or(|part| name.starts_with(part)));
        for name in listed.keys() {
            assert!(states.contains_key(&(family, name.clone())), "{family:?} {name} was never asked for");
        }
        for ((_, name), allowed) in
            states.iter_mut().filter(|((its, name), _)| *its == family && is_listed(name))
        {
            let found = listed.get(name);
            let state = allowed
                .iter()
                .copied()
                .find(|state| state.map(|version| family.fingerprint(name, version)).as_ref() == found);
            let Some(state) = state else {
                panic!("{family:?} {name} is {found:?}, and may only be one of {allowed:?}");
            };
            *allowed = vec![state];
        }
    }
}

async fn start(data: &Path, arguments: &[&str]) -> Process {
    Process::start(program(), data, arguments).await.unwrap()
}

fn requests(server: &Process) -> Requests {
    Requests::new(&server.credentials().unwrap(), server.host(), Random::from_os())
}

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_muster"))
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}
