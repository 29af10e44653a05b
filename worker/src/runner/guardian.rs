//! A process that outlives the worker by a moment: when the worker is gone, whatever it left running is killed.
//!
//! Without it a run would go on after a `kill -9` of its worker, while the server gives it to another. The guardian
//! reads a pipe whose other end only the worker holds: the kernel closes it whichever way the worker ends.

use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

use rustix::process::Pid;

use crate::lock;

/// `+ group`, `- group`; at the end, those that are left.
const SCRIPT: &str = r#"
groups=" "
while read -r word group; do
    case $word in
        +) groups="$groups$group " ;;
        -) case $groups in *" $group "*) groups="${groups%% "$group" *} ${groups#* "$group" }" ;; esac ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
"#;

/// Watches over process groups. It is started with the first of them, and anew when it has been killed.
#[derive(Default)]
pub(super) struct Guardian(Mutex<Post>);

#[derive(Default)]
struct Post {
    process: Option<Child>,
    groups: BTreeSet<i32>,
}

impl Guardian {
    /// This group is to die with the worker.
    pub(super) fn watch(&self, group: Pid) {
        let mut post = lock(&self.0);
        let group = group.as_raw_nonzero().get();
        post.groups.insert(group);
        post.say(&format!("+ {group}\n"));
    }

    /// This group is no longer ours: say so before its number can be another's.
    pub(super) fn release(&self, group: Pid) {
        let mut post = lock(&self.0);
        let group = group.as_raw_nonzero().get();
        post.groups.remove(&group);
        post.say(&format!("- {group}\n"));
    }
}

impl Post {
    fn say(&mut self, line: &str) {
        if self.process.as_mut().is_some_and(|process| write(process, line).is_ok()) {
            return;
        }
        // Somebody has killed it: another one must hear of all groups.
        self.leave();
        if self.groups.is_empty() {
            return;
        }
        let all: String = self.groups.iter().map(|group| format!("+ {group}\n")).collect();
        match start().and_then(|mut process| write(&mut process, &all).map(|()| process)) {
            Ok(process) => self.process = Some(process),
            Err(error) => tracing::warn!(%error, "no guardian watches over the runs of this worker"),
        }
    }

    /// Ends a guardian that cannot be reached any more.
    fn leave(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It must not read an end of its pipe now, and kill what runs. One that is dead cannot be killed.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn write(guardian: &mut Child, lines: &str) -> std::io::Result<()> {
    let pipe = guardian.stdin.as_mut();
    pipe.ok_or_else(|| std::io::Error::other("it has no standard input"))?.write_all(lines.as_bytes())
}

fn start() -> std::io::Result<Child> {
    Command::new("/bin/sh")
        .args(["-c", SCRIPT, "muster-guardian"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        // What is typed at a terminal is for the worker.
        .process_group(0)
        .spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_watched_dies_with_the_pipe_and_nothing_else() {
        let start = || Command::new("/bin/sleep").arg("1000").process_group(0).spawn().unwrap();
        let [mut watched, mut released] = [start(), start()];
        let pid = |child: &std::process::Child| Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let guardian = Guardian::default();
        guardian.watch(pid(&watched));
        guardian.watch(pid(&released));
        guardian.release(pid(&released));
        drop(guardian);
        assert!(!watched.wait().unwrap().success());
        assert!(released.try_wait().unwrap().is_none());
        released.kill().unwrap();
        released.wait().unwrap();
    }

    #[test]
    fn one_that_takes_the_place_of_another_watches_over_all() {
        let start = || Command::new("/bin/sleep").arg("1000").process_group(0).spawn().unwrap();
        let [mut first, mut second] = [start(), start()];
        let pid = |child: &Child| Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let guardian = Guardian::default();
        guardian.watch(pid(&first));
        {
            let mut post = lock(&guardian.0);
            let process = post.process.as_mut().unwrap();
            process.kill().unwrap();
            process.wait().unwrap();
            // Waiting has closed our end; one that is killed by others leaves a pipe that nobody reads.
        }
        guardian.watch(pid(&second));
        drop(guardian);
        assert!(!first.wait().unwrap().success() && !second.wait().unwrap().success());
    }
}
