//! A process that outlives the worker by a moment: when the worker is gone, whatever it left running is killed.
//!
//! Without it a run would go on after a `kill -9` of its worker, while the server gives it to another. The guardian
//! reads a pipe whose other end only the worker holds: the kernel closes it whichever way the worker ends.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdin, Command, Stdio};
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

/// Watches over process groups. It is started with the first of them.
#[derive(Default)]
pub(super) struct Guardian(Mutex<Option<ChildStdin>>);

impl Guardian {
    /// This group is to die with the worker.
    pub(super) fn watch(&self, group: Pid) {
        self.say('+', group);
    }

    /// This group is no longer ours: say so before its number can be another's.
    pub(super) fn release(&self, group: Pid) {
        self.say('-', group);
    }

    fn say(&self, word: char, group: Pid) {
        let mut pipe = lock(&self.0);
        let said = match pipe.as_mut() {
            Some(pipe) => writeln!(pipe, "{word} {}", group.as_raw_nonzero()),
            None => start().and_then(|mut started| {
                writeln!(started, "{word} {}", group.as_raw_nonzero())?;
                *pipe = Some(started);
                Ok(())
            }),
        };
        if let Err(error) = said {
            tracing::warn!(%error, "no guardian watches over the runs of this worker");
            *pipe = None;
        }
    }
}

fn start() -> std::io::Result<ChildStdin> {
    let mut guardian = Command::new("/bin/sh")
        .args(["-c", SCRIPT, "muster-guardian"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/")
        // What is typed at a terminal is for the worker.
        .process_group(0)
        .spawn()?;
    guardian.stdin.take().ok_or_else(|| std::io::Error::other("it has no standard input"))
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
}
