//! Real processes. Every wait is for something that happens.

use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::task::script;

struct World {
    runner: Arc<Runner>,
    book: Arc<Book>,
    ended: Receiver<(Key, Outcome)>,
    folder: tempfile::TempDir,
}

fn world(limits: Limits) -> World {
    let folder = tempfile::tempdir().unwrap();
    let book = Arc::<Book>::default();
    let (sender, ended) = channel();
    let heard: Heard = Box::new(move |key, _, outcome| sender.send((key, outcome)).unwrap());
    let place = folder.path().join("runs");
    let id = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    let runner = Arc::new(Runner::new(id, limits, place, Arc::clone(&book), heard));
    World { runner, book, ended, folder }
}

impl World {
    fn start(&self, task: Task) {
        let key = Key::whole(task.instance);
        self.runner.start(key, task);
    }

    fn outcome(&self) -> (bool, String) {
        let (_, outcome) = self.ended.recv_timeout(Duration::from_secs(60)).unwrap();
        (outcome.success, outcome.result)
    }

    fn run(&self, task: Task) -> (bool, String) {
        self.start(task);
        self.outcome()
    }

    /// Waits for a line of this text; all that were printed until then.
    fn printed(&self, text: &str) -> Vec<String> {
        loop {
            let lines = self.lines();
            if lines.iter().any(|line| line == text) {
                return lines;
            }
            self.book.wait(Duration::from_millis(50));
        }
    }

    fn lines(&self) -> Vec<String> {
        self.book.resend();
        let due = self.book.batches("w");
        let lines = due.iter().flat_map(|due| &due.batch.lines);
        lines.map(|line| format!("{} {}", line.stream.as_str(), line.text)).collect()
    }

    /// A file that the script may write to.
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

fn is_alive(pid: &str) -> bool {
    // A zombie that nobody has reaped yet runs nothing.
    std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

fn wait_until(what: impl Fn() -> bool) {
    let until = std::time::Instant::now() + Duration::from_secs(60);
    while !what() {
        assert!(std::time::Instant::now() < until);
        std::thread::yield_now();
    }
}

#[test]
fn the_last_line_is_the_result() {
    let world = world(Limits::default());
    assert_eq!(world.run(script(1, "echo a; echo b >&2; echo c; echo")), (true, "c".into()));
    let lines = world.printed("stdout c");
    assert!(lines.contains(&"stderr b".to_owned()), "{lines:?}");
    assert_eq!(world.run(script(2, "echo a; echo oh >&2; exit 3")), (false, "exit code 3: oh".into()));
    assert_eq!(world.run(script(3, "kill -9 $$")), (false, "ended by signal 9".into()));
    assert!(!world.folder.path().join("runs/run-1").exists());
}

#[test]
fn hostile_parameters_arrive_as_they_are() {
    let world = world(Limits { memory_bytes: Some(1 << 30), ..Limits::default() });
    let hostile = "a 'b' \"c\" $(touch /tmp/never) `d` $HOME \\ ;&| *\n--end";
    let text = r#"printf '%s|%s|%s' "$1" "$2" "$MUSTER_PARAMETERS" >"$MUSTER_JOB_NAME""#;
    let mut task = script(1, text);
    task.parameters = hostile.into();
    task.instance_parameters = "two\nlines".into();
    task.job_name = world.file("out");
    assert_eq!(world.run(task), (true, String::new()));
    let written = std::fs::read_to_string(world.file("out")).unwrap();
    assert_eq!(written, format!("{hostile}|two\nlines|{hostile}"));
}

#[test]
fn python_and_named_interpreters_run() {
    let world = world(Limits::default());
    let mut task = script(1, "");
    task.code = Code::Python("import sys\r\nprint(sys.argv[1:])\r\n".into());
    task.parameters = "x y".into();
    assert_eq!(world.run(task), (true, "['x y', '']".into()));
    assert_eq!(world.run(script(2, "#!/usr/bin/env python3\nprint(6*7)")), (true, "42".into()));
    let (success, result) = world.run(script(3, "#!/no/such/shell\n"));
    assert!(!success && result.starts_with("/no/such/shell cannot be started"), "{result}");
}

#[test]
fn a_kill_ends_all_processes_of_a_run() {
    let world = world(Limits { grace: Duration::from_millis(200), ..Limits::default() });
    // A child in the group that will not listen, and one that has left the group.
    let pids = world.file("pids");
    let text = format!(
        "trap '' TERM\n(trap '' TERM; while :; do sleep 1; done) & echo $! >>{pids}\n\
         setsid sleep 1000 & echo $! >>{pids}\necho started\nwait\nwait\nsleep 1000"
    );
    world.start(script(1, &text));
    world.printed("stdout started");
    assert!(world.runner.stop(1, Stop::Killed));
    assert_eq!(world.outcome(), (false, "killed from server".into()));
    let pids = std::fs::read_to_string(pids).unwrap();
    assert_eq!(pids.lines().count(), 2);
    wait_until(|| pids.lines().all(|pid| !is_alive(pid)));
    assert!(!world.runner.stop(1, Stop::Killed));
}

#[test]
fn a_run_may_end_in_peace_when_it_is_asked_to() {
    let world = world(Limits { grace: Duration::from_secs(60), ..Limits::default() });
    world.start(script(1, "trap 'echo tidy; exit 0' TERM; echo started; sleep 1000 & wait"));
    world.printed("stdout started");
    world.runner.stop_all(Stop::Draining);
    assert_eq!(world.outcome(), (false, "killed: the worker was shut down".into()));
    world.printed("stdout tidy");
}

#[test]
fn limits_hold() {
    let (time, grace) = (Some(Duration::from_millis(300)), Duration::from_millis(100));
    let (success, result) = world(Limits { time, grace, ..Limits::default() }).run(script(1, "sleep 1000"));
    assert!(!success && result.contains("longer than this worker allows"), "{result}");
    let world = world(Limits { output_bytes: 20, memory_bytes: Some(256 << 20), ..Limits::default() });
    assert_eq!(world.run(script(2, "echo 0123456789; echo 0123456789; echo end")), (true, "end".into()));
    let lines = world.lines();
    let cut = "system the output is cut here: it has more than 20 bytes";
    assert_eq!(lines.iter().map(String::as_str).collect::<Vec<_>>(), ["stdout 0123456789", cut]);
    let mut hungry = script(3, "");
    hungry.code = Code::Python("x = bytearray(1 << 30)".into());
    let (success, result) = world.run(hungry);
    assert!(!success && result.contains("MemoryError"), "{result}");
}

#[test]
fn what_a_script_leaves_behind_does_not_hold_it_up() {
    let world = world(Limits::default());
    let pid = world.file("pid");
    let text = format!("sleep 1000 & echo $! >{pid}\necho done");
    assert_eq!(world.run(script(1, &text)), (true, "done".into()));
    let pid = std::fs::read_to_string(pid).unwrap();
    wait_until(|| !is_alive(&pid));
}

#[test]
fn runs_wait_for_their_turn() {
    let world = world(Limits { concurrency: 1, ..Limits::default() });
    world.start(script(1, "echo started; sleep 1000"));
    world.start(script(2, "echo second"));
    world.start(script(3, "echo third"));
    world.printed("stdout started");
    assert!(world.runner.stop(2, Stop::Killed));
    assert_eq!(world.outcome(), (false, "killed from server".into()));
    world.runner.stop(1, Stop::Killed);
    assert_eq!(world.outcome(), (false, "killed from server".into()));
    assert_eq!(world.outcome(), (true, "third".into()));
    wait_until(|| world.runner.is_idle());
}

#[test]
fn built_in_tasks() {
    let world = world(Limits::default());
    let task = |instance, name: &str, parameters: &str| Task {
        code: Code::BuiltIn(name.into()),
        parameters: parameters.into(),
        ..script(instance, "")
    };
    assert_eq!(world.run(task(1, "muster.noop", "")), (true, String::new()));
    assert_eq!(world.run(task(2, "muster.echo", "a\nb")), (true, "a\nb".into()));
    assert_eq!(world.run(task(3, "muster.fail", "why")), (false, "why".into()));
    assert_eq!(world.run(task(4, "muster.sleep", "0.01")), (true, "slept for 0.01 s".into()));
    assert!(world.run(task(5, "muster.sleep", "long")).1.contains("number of seconds"));
    assert!(world.run(task(6, "muster.x", "")).1.contains("unregistered"));
    world.start(task(7, "muster.sleep", "1000"));
    wait_until(|| world.runner.stop(7, Stop::Killed));
    assert_eq!(world.outcome(), (false, "killed from server".into()));
}

#[test]
fn what_cannot_be_begun_fails_and_keeps_nobody_waiting() {
    let mut world = world(Limits { concurrency: 1, ..Limits::default() });
    // No address space is as large as this stack.
    Arc::get_mut(&mut world.runner).unwrap().stack_bytes = usize::MAX / 4;
    for instance in 1..4 {
        world.start(script(instance, "true"));
        assert!(world.outcome().1.contains("no thread could be started"));
    }
    assert!(world.runner.is_idle());
    // Two that wait, for whom there is no thread when their turn comes.
    let mut runs = lock(&world.runner.runs);
    for instance in 4..6 {
        runs.queue.push_back((Key::whole(instance), script(instance, "true")));
    }
    drop(runs);
    world.runner.ended(Key::whole(3), &script(3, "true"), Outcome::success(""));
    for _ in 0..3 {
        world.outcome();
    }
    assert!(world.runner.is_idle());
}
