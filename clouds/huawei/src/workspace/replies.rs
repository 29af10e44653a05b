//! Shapes that several answers share.

use muster_apps::NameProblem;
use muster_core::{Page, Timestamp};
use serde_json::{Value, json};

use crate::reply::Reply;

/// `{}`: done, nothing to say. Never an empty body, which Terraform's provider takes for "gone".
pub(crate) fn done() -> Reply {
    Reply::ok(json!({}))
}

/// A page of a list. `count` is exact: the provider reads on until it has that many.
pub(crate) fn page(page: Page<Value>) -> Reply {
    let members = [("count".to_owned(), page.total.into()), ("items".to_owned(), Value::Array(page.items))];
    Reply::ok(Value::Object(members.into_iter().collect()))
}

/// What is wrong with a name, if anything is.
pub(crate) fn name_check(problem: Option<NameProblem>) -> Reply {
    Reply::ok(match problem {
        None => json!({"result": true}),
        Some(NameProblem::Malformed) => json!({"result": false, "validate_rule": "naming"}),
        Some(NameProblem::Taken) => json!({"result": false, "validate_rule": "duplicate"}),
    })
}

/// An instant as this API writes it: UTC with milliseconds and `Z`. With an offset the Python SDK would not read it
/// as a time.
pub(crate) fn time(instant: Timestamp) -> Value {
    Value::String(instant.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds() {
        assert_eq!(time(Timestamp::from_millis(1_686_060_838_671)), "2023-06-06T14:13:58.671Z");
    }
}
