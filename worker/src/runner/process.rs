//! One script, from its start to the end of its last process.

use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use muster_jobs::logs::Stream;
use rustix::process::{Pid, Signal};

use super::output::Output;
use super::{Outcome, Runner, STACK_BYTES, Stop, Word, command, group};
use crate::task::Task;

/// How long what was printed may take to arrive after the last process has ended. A process that the script has left
/// behind on purpose holds the pipe open; what it prints is nobody's.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Runs a script. `words` wakes the receiver `heard`.
pub(super) fn run(
    runner: &Runner,
    task: &Task,
    run: i64,
    words: Sender<Word>,
    heard: &Receiver<Word>,
) -> Outcome {
    let folder = runner.folder.join(format!("run-{run}"));
    let mark = format!("{}-{run}", runner.worker);
    let outcome = match start(runner, task, &mark, &folder) {
        Ok((child, leader)) => {
            let output = Arc::new(Output::new(Arc::clone(&runner.book), run, runner.limits.output_bytes));
            watch(runner, child, leader, &mark, words, heard, &output)
        }
        Err(why) => Outcome::failed(why),
    };
    // What it left there may be another user's by now; then it stays.
    let _ = std::fs::remove_dir_all(&folder);
    outcome
}

fn start(runner: &Runner, task: &Task, mark: &str, folder: &Path) -> Result<(Child, Pid), String> {
    let memory = runner.limits.memory_bytes;
    let mut command = command::prepare(task, &runner.worker, mark, folder, memory)
        .map_err(|error| format!("the script cannot be written to {}: {error}", folder.display()))?;
    let program = command.get_program().to_string_lossy().into_owned();
    let child = command.spawn().map_err(|error| format!("{program} cannot be started: {error}"))?;
    let leader = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let leader = leader.ok_or("the process has no number")?;
    runner.guardian.watch(leader);
    Ok((child, leader))
}

fn watch(
    runner: &Runner,
    mut child: Child,
    leader: Pid,
    mark: &str,
    words: Sender<Word>,
    heard: &Receiver<Word>,
    output: &Arc<Output>,
) -> Outcome {
    let (done, read) = channel();
    let pipes: [(Stream, Option<Pipe>); 2] = [
        (Stream::Stdout, child.stdout.take().map(|pipe| Box::new(pipe) as Pipe)),
        (Stream::Stderr, child.stderr.take().map(|pipe| Box::new(pipe) as Pipe)),
    ];
    let mut is_watched = true;
    for (stream, pipe) in pipes {
        let (output, done) = (Arc::clone(output), done.clone());
        is_watched &= spawn("run-output", move || {
            if let Some(pipe) = pipe {
                output.read(pipe, stream);
            }
            // Whoever waited may have gone on.
            let _ = done.send(());
        });
    }
    is_watched &= spawn("run-wait", move || {
        group::wait(leader);
        let _ = words.send(Word::Exited);
    });
    let stopped = if is_watched { until_exit(runner, leader, mark, heard) } else { Some(Stop::Killed) };
    match stopped {
        // A script that has ended well may leave a daemon behind, if that has made a session of its own.
        None => group::signal(leader, Signal::KILL),
        Some(_) => group::kill(leader, mark),
    }
    runner.guardian.release(leader);
    let status = child.wait();
    let until = Instant::now() + LAST_WORDS;
    for _ in 0..2 {
        if read.recv_timeout(until.saturating_duration_since(Instant::now())).is_err() {
            break;
        }
    }
    match (stopped, status) {
        (_, _) if !is_watched => Outcome::failed("no thread could be started to watch the run"),
        (Some(stop), _) => Outcome::failed(stop.why()),
        (None, Ok(status)) => judge(status, output),
        (None, Err(error)) => Outcome::failed(format!("nobody knows how it ended: {error}")),
    }
}

type Pipe = Box<dyn Read + Send>;

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> bool {
    let thread = std::thread::Builder::new().name(name.to_owned()).stack_size(STACK_BYTES).spawn(work);
    thread.is_ok()
}

/// Returns when the leader has ended; why it was made to, if it was.
fn until_exit(runner: &Runner, leader: Pid, mark: &str, heard: &Receiver<Word>) -> Option<Stop> {
    let mut deadline = runner.limits.time.map(|time| Instant::now() + time);
    let mut stopped = None;
    loop {
        let word = match deadline {
            None => heard.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(at) => heard.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        let stop = match word {
            Ok(Word::Exited) | Err(RecvTimeoutError::Disconnected) => return stopped,
            Ok(Word::Stop(stop)) => stop,
            Err(RecvTimeoutError::Timeout) if stopped.is_none() => Stop::TimeLimit,
            // It was asked and did not listen.
            Err(RecvTimeoutError::Timeout) => {
                group::kill(leader, mark);
                deadline = None;
                continue;
            }
        };
        if stop.is_urgent() {
            group::kill(leader, mark);
            deadline = None;
        } else if stopped.is_none() {
            group::signal(leader, Signal::TERM);
            deadline = Some(Instant::now() + runner.limits.grace);
        }
        stopped = stopped.or(Some(stop));
    }
}

/// The last line that it printed is its result; of a failure, the last line that it complained with.
fn judge(status: ExitStatus, output: &Output) -> Outcome {
    let (said, complained) = output.last();
    let how = match (status.code(), status.signal()) {
        (Some(0), _) => return Outcome::success(said),
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("ended by signal {signal}"),
        (None, None) => status.to_string(),
    };
    let last = if complained.is_empty() { said } else { complained };
    Outcome::failed(if last.is_empty() { how } else { format!("{how}: {last}") })
}
