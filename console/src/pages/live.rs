//! A stream that says when something has changed, so that open pages ask again at once instead of now and then.
//!
//! It carries no rows: the page itself is fetched anew, by the same code and under the same permissions. A stream
//! ends after a few minutes and with its session; browsers open another one by themselves.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use muster_core::{Error, Result};
use muster_db::Tx;
use muster_identity::audit::{self, AuditFilter};
use muster_identity::{Caller, SessionKind};
use muster_jobs::instances::RunFilter;
use muster_jobs::logs::{LogQuery, Order};
use muster_notify::MessageFilter;
use muster_wire::{Body, Response};
use tokio::sync::mpsc;

use crate::reply::strict;
use crate::visit::Visit;
use crate::{Console, Services, input, kinds};

/// How often the store is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// Looks of one stream: five minutes.
const LOOKS: u32 = 300;
/// A word now and then keeps proxies from closing the stream, and tells us when the reader has gone.
const WORD_EVERY: u32 = 15;
/// Streams at once; whoever comes later asks now and then instead.
const STREAMS: usize = 256;
/// Messages whose states are watched: those that a first page shows.
const MESSAGES: u32 = 50;

/// Runs whose states are watched.
const RUNS: u32 = 50;

/// How many streams are open.
pub(crate) type Open = Arc<AtomicUsize>;

/// Starts a stream.
pub(crate) fn stream(console: &Console, visit: &Visit, caller: Caller) -> Response {
    let Some(place) = Place::take(&console.streams) else {
        return strict(Response::empty(StatusCode::SERVICE_UNAVAILABLE));
    };
    let (words, body) = mpsc::channel(4);
    let (console, token) = (console.clone(), visit.token.clone().unwrap_or_default());
    let topic = Topic::of(visit.query.get("at"));
    tokio::spawn(async move {
        let _place = place;
        if let Err(error) = tell(&console, &caller, &token, &topic, &words).await {
            tracing::debug!(error = %muster_core::describe(&error), "a live stream ended");
        }
    });
    let mut answer = Response::empty(StatusCode::OK).with_body("text/event-stream", Bytes::new());
    answer.body = Body::Stream(body);
    strict(answer)
}

async fn tell(
    console: &Console,
    caller: &Caller,
    token: &str,
    topic: &Topic,
    words: &mpsc::Sender<Bytes>,
) -> Result<()> {
    let mut ticks = tokio::time::interval(LOOK);
    let mut hung_up = console.hung_up.subscribe();
    let mut known = None;
    for look in 0..LOOKS {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = hung_up.wait_for(|hung_up| *hung_up) => break,
        }
        let now = caller.at.plus_ms(i64::from(look) * 1000);
        let session = console.services.identity.session(SessionKind::Console, token, now).await?;
        if session.live().is_none() {
            break;
        }
        let (services, who, topic) = (Arc::clone(&console.services), caller.clone(), topic.clone());
        let seen = console.db.read(move |tx| fingerprint(tx, &services, &who, &topic)).await?;
        // The first look counts as a change: something may have happened between the page and its stream.
        let changed = known.replace(seen) != Some(seen);
        let word: &'static [u8] = match (changed, look % WORD_EVERY) {
            (true, _) => b"data: changed\n\n",
            (false, 0) => b": here\n\n",
            (false, _) => continue,
        };
        if words.send(Bytes::from_static(word)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// What a page looks at beside the audit log and the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Topic {
    #[default]
    Nothing,
    /// Runs of the account, of a group or of a job.
    Runs(RunFilter),
    /// One run with what it prints.
    Run(i64),
    /// One run of a workflow with its nodes.
    WorkflowRun(i64),
    /// The runs of a workflow.
    WorkflowRuns(i64),
}

impl Topic {
    /// What the page at this address looks at.
    fn of(address: &str) -> Self {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let query = input::Input::parse(query.as_bytes());
        let number = |text: &str| text.parse::<i64>().ok();
        let runs = |group, job| Self::Runs(RunFilter { group, job, ..RunFilter::default() });
        let Some(segments) = input::segments(path) else { return Self::Nothing };
        match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] => runs(None, None),
            ["runs" | "ledger"] => runs(number(query.get("group")), number(query.get("job"))),
            ["jobs", id] => runs(None, number(id)),
            ["app-groups", id] => runs(number(id), None),
            ["runs", id] => number(id).map_or(Self::Nothing, Self::Run),
            ["workflow-runs", id] => number(id).map_or(Self::Nothing, Self::WorkflowRun),
            ["workflows", id] => number(id).map_or(Self::Nothing, Self::WorkflowRuns),
            _ => Self::Nothing,
        }
    }

    fn hash(
        &self,
        tx: &mut Tx<'_>,
        services: &Services,
        caller: &Caller,
        hash: &mut DefaultHasher,
    ) -> Result<()> {
        let found = match self {
            Self::Nothing => return Ok(()),
            Self::Runs(filter) => services.instances.browse(tx, caller, filter, None, RUNS),
            Self::Run(id) => services.instances.find(tx, caller, *id).map(|run| vec![run]),
            Self::WorkflowRun(id) => kinds::workflow_runs::nodes(tx, services, caller, *id),
            Self::WorkflowRuns(id) => {
                let runs = kinds::workflows::latest(tx, services, caller, *id).unwrap_or_default();
                runs.iter().for_each(|run| (run.id, run.state.number()).hash(hash));
                return Ok(());
            }
        };
        let runs = match found {
            // What is gone does not change any more.
            Err(Error::NotFound { .. }) => return Ok(()),
            found => found?,
        };
        for run in runs {
            (run.id, run.state.number(), run.attempt, &run.progress).hash(hash);
        }
        if let Self::Run(id) = self {
            let query = LogQuery { order: Order::NewestFirst, limit: 1, ..LogQuery::default() };
            let line = services.logs.read(tx, caller, *id, &query)?;
            line.first().map(|line| line.seq).hash(hash);
        }
        Ok(())
    }
}

/// A number that changes when the newest rows of the audit log or of the outbox do, or what the page looks at.
fn fingerprint(tx: &mut Tx<'_>, services: &Services, caller: &Caller, topic: &Topic) -> Result<u64> {
    let mut hash = DefaultHasher::new();
    let newest = audit::list(tx, &caller.account_id, &AuditFilter::default(), 1)?;
    newest.first().map(|row| row.id).hash(&mut hash);
    for message in services.notify.list_messages(tx, caller, &MessageFilter::default(), MESSAGES)? {
        (message.id, message.attempts, message.state.as_str()).hash(&mut hash);
    }
    topic.hash(tx, services, caller, &mut hash)?;
    Ok(hash.finish())
}

/// One of the streams that may be open.
struct Place(Open);

impl Place {
    fn take(open: &Open) -> Option<Self> {
        let taken = open.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
            (count < STREAMS).then_some(count + 1)
        });
        taken.is_ok().then(|| Self(Arc::clone(open)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_it_looks_at() {
        let runs = |group, job| Topic::Runs(RunFilter { group, job, ..RunFilter::default() });
        assert_eq!(Topic::of("/console/runs?group=7&state=failed"), runs(Some(7), None));
        assert_eq!(Topic::of("/console/jobs/9"), runs(None, Some(9)));
        assert_eq!(Topic::of("/console/runs/5"), Topic::Run(5));
        assert_eq!(Topic::of("/console"), runs(None, None));
        for address in ["", "/console/contacts", "/console/runs/x", "/console/%ff", "https://x"] {
            assert!(matches!(Topic::of(address), Topic::Nothing), "{address}");
        }
    }

    #[test]
    fn a_place_is_given_back() {
        let open = Open::default();
        let places: Vec<_> = (0..STREAMS).map(|_| Place::take(&open)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(Place::take(&open).is_none());
        drop(places);
        assert!(Place::take(&open).is_some());
    }
}
