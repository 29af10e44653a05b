//! What workers say about their runs, in our words.

use muster_jobs::link::News;
use serde_json::Value;

use crate::codec::messages::{ServerSubmitJobInstanceResponse, WorkerReportJobInstanceStatusRequest};

/// Longer results are cut: a panic's stack has no bound of its own.
const LONGEST_RESULT: usize = 64 << 10;
/// A progress that is longer says nothing any more.
const LONGEST_PROGRESS: usize = 256 << 10;

/// The number of an instance that has ended well.
const SUCCESS: i32 = 4;
/// The number of one that is under way.
const RUNNING: i32 = 3;
/// Failed, killed, rejected, partly failed, skipped, removed.
const ENDED_OTHERWISE: [i32; 6] = [5, 6, 9, 11, 12, 99];

/// What a status says; nothing when it says nothing new.
pub(super) fn of_status(said: &WorkerReportJobInstanceStatusRequest) -> Option<News> {
    let progress = said.progress.as_deref().and_then(progress);
    match said.status {
        RUNNING => progress.map(|progress| News::Progress { progress }),
        status if status == SUCCESS || ENDED_OTHERWISE.contains(&status) => Some(News::Ended {
            success: status == SUCCESS,
            result: text(said.result.as_deref().unwrap_or_default(), LONGEST_RESULT),
            progress: progress.unwrap_or_default(),
        }),
        _ => None,
    }
}

/// What a progress says; nothing when it is none.
pub(super) fn of_progress(said: &str) -> Option<News> {
    progress(said).map(|progress| News::Progress { progress })
}

/// What the answer to a submit says.
pub(super) fn of_submit(said: &ServerSubmitJobInstanceResponse) -> News {
    if said.success {
        return News::Accepted;
    }
    News::Refused { why: text(said.message.as_deref().unwrap_or_default(), LONGEST_RESULT) }
}

/// It is shown as JSON, so it must be some.
fn progress(said: &str) -> Option<String> {
    let fits = !said.is_empty() && said.len() <= LONGEST_PROGRESS && !said.contains('\0');
    // Numbers and texts are JSON too, and no progress.
    let is_object = || matches!(serde_json::from_str(said), Ok(Value::Object(_)));
    (fits && is_object()).then(|| said.to_owned())
}

/// At most `longest` bytes, and nothing that the store does not take.
fn text(said: &str, longest: usize) -> String {
    let end = (0..=longest.min(said.len())).rev().find(|end| said.is_char_boundary(*end)).unwrap_or(0);
    said[..end].replace('\0', "\u{fffd}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: i32, result: &str, progress: &str) -> Option<News> {
        of_status(&WorkerReportJobInstanceStatusRequest {
            status,
            result: Some(result.to_owned()),
            progress: Some(progress.to_owned()),
            ..WorkerReportJobInstanceStatusRequest::default()
        })
    }

    fn ended(success: bool, result: &str, progress: &str) -> Option<News> {
        Some(News::Ended { success, result: result.to_owned(), progress: progress.to_owned() })
    }

    #[test]
    fn statuses_end_a_run_or_say_how_far_it_is() {
        assert_eq!(status(4, "ok", ""), ended(true, "ok", ""));
        assert_eq!(status(5, "no\0", r#"{"a":1}"#), ended(false, "no\u{fffd}", r#"{"a":1}"#));
        for other in [6, 9, 11, 12, 99] {
            assert_eq!(status(other, "", "no json"), ended(false, "", ""));
        }
        assert_eq!(status(3, "", "{}"), Some(News::Progress { progress: "{}".into() }));
        for nothing in [0, 1, 2, 3, 8, 10, -1] {
            assert_eq!(status(nothing, "", ""), None);
        }
    }

    #[test]
    fn results_are_cut_between_characters_and_long_progress_is_dropped() {
        let Some(News::Ended { result, .. }) = status(5, &format!("x{}", "ü".repeat(40_000)), "") else {
            panic!()
        };
        assert_eq!(result.len(), LONGEST_RESULT - 1);
        assert_eq!(of_progress(&format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST_PROGRESS))), None);
        assert_eq!(of_progress("7"), None);
    }

    #[test]
    fn a_refusal_keeps_its_reason() {
        let said = ServerSubmitJobInstanceResponse { success: false, message: Some("still running!".into()) };
        assert_eq!(of_submit(&said), News::Refused { why: "still running!".into() });
        assert_eq!(
            of_submit(&ServerSubmitJobInstanceResponse { success: true, message: None }),
            News::Accepted
        );
    }
}
