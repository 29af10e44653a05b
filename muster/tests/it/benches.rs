//! The benches of jobs, small: each checks the result that it reports, so its success says that the check ran.

use std::path::Path;
use std::process::Command;

use muster_db::testing::new_postgres_database;
use serde_json::Value;

fn bench(arguments: &[&str], database: Option<&str>) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(Path::new(env!("CARGO_BIN_EXE_muster")));
    command.args(["bench", "--json"]).args(arguments).arg("--folder").arg(folder.path());
    command.args(database.iter().flat_map(|url| ["--database", url]));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn runs_are_enqueued_claimed_and_done_on_either_store() {
    let arguments = ["jobs", "--jobs", "30", "--instances", "4", "--rounds", "1"];
    for database in std::iter::once(None).chain(new_postgres_database().map(Some)) {
        let report = bench(&arguments, database.as_deref());
        assert_eq!(report["runs"], 120);
        assert!(report["runs_per_second"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn a_burst_reaches_its_workers_once() {
    let report = bench(&["burst", "--jobs", "40", "--groups", "2"], None);
    assert_eq!((&report["submitted"]["runs"], &report["arrived"]["runs"]), (&40.into(), &40.into()));
}

#[test]
fn schedules_fire_after_a_restart() {
    // 86,400 jobs would be one a second; the due times of the few here are seldom within the seconds watched.
    let report = bench(&["schedules", "--jobs", "200", "--starts", "2", "--seconds", "1"], None);
    assert_eq!(report["sizes"][0]["jobs"], 200);
}
