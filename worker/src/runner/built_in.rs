//! Tasks that the worker brings along: Go jobs whose task has a name that begins with `muster.`.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use super::{Outcome, Word};
use crate::task::Task;

/// A sleep that is longer is no sleep.
const LONGEST_S: f64 = 7.0 * 86_400.0;

/// Runs one; `print` gets what it prints.
pub(super) fn run(name: &str, task: &Task, heard: &Receiver<Word>, print: impl Fn(String)) -> Outcome {
    let own = &task.instance_parameters;
    let parameters = if own.is_empty() { &task.parameters } else { own };
    match name {
        "muster.noop" => Outcome::success(""),
        "muster.echo" => {
            parameters.lines().for_each(|line| print(line.to_owned()));
            Outcome::success(parameters.as_str())
        }
        "muster.fail" => Outcome::failed(parameters.as_str()),
        "muster.sleep" => match parameters.trim().parse::<f64>() {
            Ok(seconds) if (0.0..=LONGEST_S).contains(&seconds) => sleep(seconds, heard),
            _ => Outcome::failed("muster.sleep wants a number of seconds as its parameters"),
        },
        _ => Outcome::failed(format!(
            "jobName={name} is unregistered: this worker knows muster.noop, muster.echo, muster.sleep, muster.fail"
        )),
    }
}

fn sleep(seconds: f64, heard: &Receiver<Word>) -> Outcome {
    match heard.recv_timeout(Duration::from_secs_f64(seconds)) {
        Ok(Word::Stop(stop)) => Outcome::failed(stop.why()),
        Ok(Word::Exited) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Outcome::success(format!("slept for {seconds} s"))
        }
    }
}
