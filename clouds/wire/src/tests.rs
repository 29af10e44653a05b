//! What running an operation promises, whatever the operation: on an API of two.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use muster_core::{Error, Result};
use muster_db::testing::TestStore;
use muster_db::{Migration, Tx, params};
use muster_identity::testing::{root_caller, user_caller};
use muster_identity::{Caller, audit};

use crate::{Access, Api, ApiError, Cx, Entry, Operation, execute, operations};

/// A board with notes.
struct Board;

/// How often an operation ran.
#[derive(Default)]
struct Runs(AtomicU32);

#[derive(Debug)]
struct Refusal(Error);

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl ApiError for Refusal {
    fn code(&self) -> String {
        format!("Board.{}", self.0.kind())
    }
}

impl Api for Board {
    const NAME: &'static str = "board";
    type Request = &'static str;
    type Response = i64;
    type Error = Refusal;
    type Services = Runs;
}

/// Pins a note and refuses it afterwards if it is empty.
struct Pin(&'static str);

impl Operation<Board> for Pin {
    const NAME: &'static str = "Pin";
    const PERMISSION: &'static str = "board:Pin";
    const ACCESS: Access = Access::Write;

    fn decode(request: &&'static str) -> Result<Self, Refusal> {
        Ok(Self(request))
    }

    fn call(&self, cx: &mut Cx<'_, '_, Board>) -> Result<i64, Refusal> {
        cx.services.0.fetch_add(1, Ordering::SeqCst);
        cx.touch("note", self.0);
        cx.tx.execute("INSERT INTO notes (text) VALUES ($1)", params![self.0])?;
        if self.0.is_empty() { Err(Error::invalid("note", "it is empty").into()) } else { Ok(1) }
    }
}

/// How many notes there are.
struct Count;

impl Operation<Board> for Count {
    const NAME: &'static str = "Count";
    const PERMISSION: &'static str = "board:Count";
    const ACCESS: Access = Access::Read;

    fn decode(_: &&'static str) -> Result<Self, Refusal> {
        Ok(Self)
    }

    fn call(&self, cx: &mut Cx<'_, '_, Board>) -> Result<i64, Refusal> {
        cx.services.0.fetch_add(1, Ordering::SeqCst);
        Ok(notes(cx.tx)?)
    }
}

static OPERATIONS: &[Entry<Board>] = operations![Board; Pin, Count];

fn notes(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one("SELECT count(*) FROM notes", params![], |row| row.get(0))
}

/// The outcome, how often the operation ran, how many notes there are, and each audit row's refusal.
type Seen = (Result<i64, String>, u32, i64, Vec<Option<String>>);

async fn run(caller: Caller, name: &str, note: &'static str, admit: Option<crate::Admit>) -> Seen {
    let migrations = [
        muster_identity::MIGRATIONS,
        &[Migration { id: "board/0001", sql: "CREATE TABLE notes (text TEXT NOT NULL)" }],
    ];
    let store = TestStore::sqlite(&migrations.concat()).unwrap();
    let entry = OPERATIONS.iter().find(|entry| entry.name == name).unwrap();
    let runs = Arc::new(Runs::default());
    let call = (entry.decode)(&note).unwrap();
    let account = caller.account_id.clone();
    let outcome = execute(&store.db, Arc::clone(&runs), caller, entry, call, admit).await;
    let (notes, rows) = store
        .db
        .read_blocking(|tx| Ok((notes(tx)?, audit::list(tx, &account, &audit::AuditFilter::default(), 10)?)))
        .unwrap();
    let refusals = rows.into_iter().map(|row| row.refusal).collect();
    (outcome.map_err(|refusal| refusal.code()), runs.0.load(Ordering::SeqCst), notes, refusals)
}

fn root() -> Caller {
    root_caller("1000000000000001")
}

#[tokio::test]
async fn what_is_allowed_is_done_and_changes_leave_a_row() {
    assert_eq!(run(root(), "Pin", "milk", None).await, (Ok(1), 1, 1, vec![None]));
    assert_eq!(run(root(), "Count", "", None).await, (Ok(0), 1, 0, vec![]));
}

#[tokio::test]
async fn no_operation_runs_for_whom_its_permission_is_denied() {
    let deny = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"board:*","Resource":"*"}]}"#;
    for entry in OPERATIONS {
        for documents in [&[][..], &[deny]] {
            let caller = user_caller("1000000000000001", documents);
            let (outcome, runs, notes, refusals) = run(caller, entry.name, "milk", None).await;
            assert_eq!((outcome, runs, notes), (Err("Board.forbidden".to_owned()), 0, 0), "{}", entry.name);
            let expected = match entry.access {
                Access::Read => vec![],
                Access::Write => vec![Some("Board.forbidden".to_owned())],
            };
            assert_eq!(refusals, expected, "{}", entry.name);
        }
    }
}

#[tokio::test]
async fn a_refused_change_leaves_its_row_and_nothing_else() {
    let seen = run(root(), "Pin", "", None).await;
    let invalid = "Board.invalid".to_owned();
    assert_eq!(seen, (Err(invalid.clone()), 1, 0, vec![Some(invalid)]));
}

#[tokio::test]
async fn what_is_not_admitted_leaves_no_trace() {
    let admit: crate::Admit = Box::new(|_| Err(Error::conflict("used nonce", "again")));
    assert_eq!(
        run(root(), "Pin", "milk", Some(admit)).await,
        (Err("Board.conflict".to_owned()), 0, 0, vec![])
    );
}
