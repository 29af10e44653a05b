//! Signals to all processes of a run.

use std::fs;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};

use super::command::MARK;

/// A process that forks while it is looked for is found at the next look.
const LOOKS: usize = 5;

/// Returns when the process has ended; it stays a zombie, so that neither its number nor its group's is anybody else's.
pub(super) fn wait(leader: Pid) {
    while let Err(rustix::io::Errno::INTR) =
        waitid(WaitId::Pid(leader), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    {}
}

/// Signals the group of `leader`, which must not have been reaped yet.
pub(super) fn signal(leader: Pid, signal: Signal) {
    // Nobody left is what we want.
    let _ = kill_process_group(leader, signal);
}

/// Kills the group, and what has left it but still bears the mark of the run.
pub(super) fn kill(leader: Pid, mark: &str) {
    signal(leader, Signal::KILL);
    for _ in 0..LOOKS {
        let marked: Vec<Pid> = marked(mark).into_iter().filter(|pid| *pid != leader).collect();
        if marked.is_empty() {
            return;
        }
        for pid in marked {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// The processes with this mark in their environment. Those of other users cannot be read, and are not ours.
fn marked(mark: &str) -> Vec<Pid> {
    let wanted = format!("{MARK}={mark}");
    let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
    all.flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number: &i32| {
            let environment = fs::read(format!("/proc/{number}/environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
        })
        .filter_map(Pid::from_raw)
        .collect()
}
