//! What runs have printed and how they have ended, kept until the server has it.
//!
//! Whoever sends takes batches and ends from here and says what arrived; what was not acknowledged is sent again.
//! Memory is bounded: while the server is away, lines beyond the bound are counted instead of kept.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

use muster_jobs::logs::{Batch, Line, Stream};
use tokio::sync::Notify;

use crate::lock;
use crate::runner::Outcome;
use crate::task::Task;

/// What may wait for the server, in bytes.
const MOST_BYTES: usize = 16 << 20;
/// What goes in one batch.
const BATCH_LINES: usize = 500;
const BATCH_BYTES: usize = 256 << 10;
/// How long an end waits for the lines before it: whoever sees that a run has ended should find what it printed.
pub(crate) const LINES_FIRST: Duration = Duration::from_secs(3);
/// When something that was not answered is sent again.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps lines and ends. All of it is for one worker process.
#[derive(Default)]
pub(crate) struct Book {
    pages: Mutex<Pages>,
    /// For whoever sends from a runtime.
    pub(crate) changed: Notify,
    /// For whoever sends from a thread.
    woken: Condvar,
}

#[derive(Default)]
struct Pages {
    last: i64,
    /// Whether something has changed since somebody last waited.
    has_news: bool,
    bytes: usize,
    logs: BTreeMap<i64, Log>,
    ends: BTreeMap<i64, (End, Option<Instant>)>,
}

struct Log {
    app_group: i64,
    group_id: String,
    instance: i64,
    attempt: i64,
    lines: VecDeque<(Stream, String, Instant)>,
    /// The place of the first of them among all lines of the run.
    first: i64,
    sent: Option<Instant>,
    missing: u64,
    is_closed: bool,
}

/// How an attempt at an instance has ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) app_group: i64,
    pub(crate) group_id: String,
    pub(crate) job: i64,
    pub(crate) instance: i64,
    pub(crate) outcome: Outcome,
    at: Instant,
}

/// Lines to send.
pub(crate) struct Due {
    pub(crate) app_group: i64,
    pub(crate) group_id: String,
    pub(crate) batch: Batch,
}

impl Book {
    /// Opens the log of a run; its number.
    pub(crate) fn open(&self, task: &Task) -> i64 {
        let mut pages = lock(&self.pages);
        pages.last += 1;
        let run = pages.last;
        let log = Log {
            app_group: task.app_group,
            group_id: task.group_id.clone(),
            instance: task.instance,
            attempt: task.attempt,
            lines: VecDeque::new(),
            first: 0,
            sent: None,
            missing: 0,
            is_closed: false,
        };
        pages.logs.insert(run, log);
        run
    }

    /// Adds a line to a log that is open.
    pub(crate) fn print(&self, run: i64, stream: Stream, text: String) {
        let mut pages = lock(&self.pages);
        let Pages { bytes, logs, .. } = &mut *pages;
        let Some(log) = logs.get_mut(&run).filter(|log| !log.is_closed) else { return };
        let room = |more: usize, bytes: usize| bytes + more <= MOST_BYTES;
        if !room(text.len() + 1, *bytes) {
            log.missing += 1;
            return;
        }
        let at = Instant::now();
        if log.missing > 0 {
            let missing = std::mem::take(&mut log.missing);
            let text = format!("{missing} lines are missing here: too much was waiting for the server");
            *bytes += text.len() + 1;
            log.lines.push_back((Stream::System, text, at));
        }
        *bytes += text.len() + 1;
        log.lines.push_back((stream, text, at));
        drop(pages);
        self.wake();
    }

    /// Closes a log: nothing more comes.
    pub(crate) fn close(&self, run: i64) {
        let mut pages = lock(&self.pages);
        if let Some(log) = pages.logs.get_mut(&run) {
            log.is_closed = true;
        }
        pages.forget_done(run);
    }

    /// Notes how an attempt has ended; an earlier attempt's end, if it still waits, is no news any more.
    pub(crate) fn end(&self, task: &Task, outcome: Outcome) {
        let mut pages = lock(&self.pages);
        pages.ends.retain(|_, (end, _)| end.instance != task.instance);
        pages.last += 1;
        let number = pages.last;
        let end = End {
            app_group: task.app_group,
            group_id: task.group_id.clone(),
            job: task.job,
            instance: task.instance,
            outcome,
            at: Instant::now(),
        };
        pages.ends.insert(number, (end, None));
        drop(pages);
        self.wake();
    }

    /// Forgets the end of an instance that is begun anew.
    pub(crate) fn forget_end(&self, instance: i64) {
        lock(&self.pages).ends.retain(|_, (end, _)| end.instance != instance);
    }

    /// The lines to send now, one batch of each log; each is out until it is answered.
    pub(crate) fn batches(&self, worker: &str) -> Vec<Due> {
        let now = Instant::now();
        let mut due = Vec::new();
        for (run, log) in &mut lock(&self.pages).logs {
            if log.lines.is_empty() || log.sent.is_some_and(|at| now.duration_since(at) < AGAIN) {
                continue;
            }
            log.sent = Some(now);
            let mut bytes = 0;
            let fits = |(_, text, _): &&(Stream, String, Instant)| {
                bytes += text.len() + 1;
                bytes <= BATCH_BYTES || bytes == text.len() + 1
            };
            let line = |(stream, text, at): &(Stream, String, Instant)| Line {
                stream: *stream,
                age_ms: i64::try_from(now.duration_since(*at).as_millis()).unwrap_or(i64::MAX),
                text: text.clone(),
            };
            let lines = log.lines.iter().take(BATCH_LINES).take_while(fits).map(line).collect();
            let batch = Batch {
                instance: log.instance,
                attempt: log.attempt,
                worker: worker.to_owned(),
                run: *run,
                first: log.first,
                lines,
            };
            due.push(Due { app_group: log.app_group, group_id: log.group_id.clone(), batch });
        }
        due
    }

    /// The server has dealt with so many lines of a run.
    pub(crate) fn taken(&self, run: i64, lines: i64) {
        let mut pages = lock(&self.pages);
        let Pages { bytes, logs, .. } = &mut *pages;
        let Some(log) = logs.get_mut(&run) else { return };
        log.sent = None;
        while log.first < lines {
            let Some((_, text, _)) = log.lines.pop_front() else { break };
            *bytes -= text.len() + 1;
            log.first += 1;
        }
        pages.forget_done(run);
        drop(pages);
        self.wake();
    }

    /// The ends to tell now; each is out until it is answered.
    pub(crate) fn ends(&self) -> Vec<(i64, End)> {
        let now = Instant::now();
        let mut pages = lock(&self.pages);
        let Pages { logs, ends, .. } = &mut *pages;
        let mut due = Vec::new();
        for (number, (end, sent)) in ends {
            let waits_for_lines = now.duration_since(end.at) < LINES_FIRST && have_lines(logs, end.instance);
            if waits_for_lines || sent.is_some_and(|at| now.duration_since(at) < AGAIN) {
                continue;
            }
            *sent = Some(now);
            due.push((*number, end.clone()));
        }
        due
    }

    /// The server knows an end.
    pub(crate) fn told(&self, number: i64) -> Option<End> {
        let end = lock(&self.pages).ends.remove(&number).map(|(end, _)| end);
        self.wake();
        end
    }

    /// What was under way may not have arrived: all of it is due again.
    pub(crate) fn resend(&self) {
        let mut pages = lock(&self.pages);
        pages.logs.values_mut().for_each(|log| log.sent = None);
        pages.ends.values_mut().for_each(|(_, sent)| *sent = None);
        drop(pages);
        self.wake();
    }

    /// Whether something that an instance has printed is not with the server yet.
    pub(crate) fn has_lines(&self, instance: i64) -> bool {
        have_lines(&lock(&self.pages).logs, instance)
    }

    /// Whether the server has everything.
    pub(crate) fn is_empty(&self) -> bool {
        let pages = lock(&self.pages);
        pages.ends.is_empty() && pages.logs.values().all(|log| log.is_closed && log.lines.is_empty())
    }

    /// Wakes whoever sends.
    pub(crate) fn wake(&self) {
        lock(&self.pages).has_news = true;
        self.changed.notify_one();
        self.woken.notify_all();
    }

    /// Waits for something to change, at most so long.
    pub(crate) fn wait(&self, most: Duration) {
        let pages = lock(&self.pages);
        if let Ok((mut pages, _)) = self.woken.wait_timeout_while(pages, most, |pages| !pages.has_news) {
            pages.has_news = false;
        }
    }
}

fn have_lines(logs: &BTreeMap<i64, Log>, instance: i64) -> bool {
    logs.values().any(|log| log.instance == instance && !log.lines.is_empty())
}

impl Pages {
    fn forget_done(&mut self, run: i64) {
        if self.logs.get(&run).is_some_and(|log| log.is_closed && log.lines.is_empty()) {
            self.logs.remove(&run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::script;

    fn texts(due: &[Due]) -> Vec<(i64, Vec<&str>)> {
        due.iter()
            .map(|due| (due.batch.first, due.batch.lines.iter().map(|line| line.text.as_str()).collect()))
            .collect()
    }

    #[test]
    fn lines_are_sent_until_they_are_taken() {
        let book = Book::default();
        let run = book.open(&script(9, ""));
        for text in ["a", "b", "c"] {
            book.print(run, Stream::Stdout, text.into());
        }
        assert_eq!(texts(&book.batches("w")), [(0, vec!["a", "b", "c"])]);
        assert!(book.batches("w").is_empty());
        book.resend();
        book.print(run, Stream::Stdout, "d".into());
        assert_eq!(texts(&book.batches("w")), [(0, vec!["a", "b", "c", "d"])]);
        book.taken(run, 3);
        assert_eq!(texts(&book.batches("w")), [(3, vec!["d"])]);
        book.close(run);
        book.print(run, Stream::Stdout, "after the end".into());
        assert!(!book.is_empty());
        book.taken(run, 4);
        assert!(book.is_empty());
    }

    #[test]
    fn an_end_waits_for_its_lines_and_until_it_is_known() {
        let book = Book::default();
        let task = script(9, "");
        let run = book.open(&task);
        book.print(run, Stream::Stdout, "a".into());
        book.close(run);
        book.end(&task, Outcome::failed("x"));
        assert!(book.ends().is_empty());
        book.batches("w");
        book.taken(run, 1);
        let (number, end) = book.ends().remove(0);
        assert_eq!((end.instance, end.outcome.result.as_str()), (9, "x"));
        assert!(book.ends().is_empty() && !book.is_empty());
        book.resend();
        assert_eq!(book.ends().len(), 1);
        assert!(book.told(number).is_some() && book.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let book = Book::default();
        let run = book.open(&script(9, ""));
        let large = "x".repeat(MOST_BYTES / 2);
        for _ in 0..4 {
            book.print(run, Stream::Stdout, large.clone());
        }
        assert_eq!(book.batches("w")[0].batch.lines.len(), 1);
        book.taken(run, 1);
        book.print(run, Stream::Stdout, "again".into());
        let due = book.batches("w");
        let shown: Vec<&str> = due[0].batch.lines.iter().map(|line| line.text.as_str()).collect();
        assert!(shown[0].starts_with("3 lines are missing") && shown[1] == "again", "{shown:?}");
    }
}
