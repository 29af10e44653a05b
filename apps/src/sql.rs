//! Pieces of SQL that the stores of this feature share.

use std::borrow::Cow;

use muster_db::{Conditions, Value};
use muster_identity::Caller;

/// Whose rows a statement may see.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Owner<'c> {
    pub(crate) account_id: &'c str,
    pub(crate) project_id: &'c str,
}

impl<'c> From<&'c Caller> for Owner<'c> {
    fn from(caller: &'c Caller) -> Self {
        Self { account_id: &caller.account_id, project_id: &caller.project_id }
    }
}

/// The newest first, of the table `g`.
pub(crate) const NEWEST_FIRST: &str = "g.created_at DESC, g.id DESC";

/// The rows of `owner` in the table `g`.
pub(crate) fn rows_of(owner: Owner<'_>) -> Conditions<'_> {
    Conditions::new(
        "g.account_id = ? AND g.project_id = ?",
        [owner.account_id, owner.project_id].map(|id| Value::Text(Cow::Borrowed(id))),
    )
}

/// `$first, $first+1, …` for `count` values.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}
