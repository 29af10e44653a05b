//! The envelope of success. Its class is fixed for each operation: typed clients break on the wrong JSON
//! type.

use serde_json::{Map, Value};

use crate::rpc::envelope::Document;

/// Class "Sb": the code is the text "200", success a boolean. The request id is added where all answers are
/// written.
pub(super) fn success() -> Document {
    success_with(Value::Null)
}

/// Class "Sb" with the members of `data`, which is an object.
pub(super) fn success_with(data: Value) -> Document {
    envelope(Value::from("200"), Some(Value::from(true)), data)
}

/// Class "Ib": the code is a number.
pub(super) fn numbered_success_with(data: Value) -> Document {
    envelope(Value::from(200), Some(Value::from(true)), data)
}

/// Class "Ss": success is a text.
pub(super) fn spelled_success_with(data: Value) -> Document {
    envelope(Value::from("200"), Some(Value::from("true")), data)
}

/// Class "S-": the code is a text, and success is not said.
pub(super) fn unsaid_success_with(data: Value) -> Document {
    envelope(Value::from("200"), None, data)
}

fn envelope(code: Value, success: Option<Value>, data: Value) -> Document {
    let mut answer = Map::new();
    answer.insert("Code".to_owned(), code);
    answer.insert("Message".to_owned(), Value::from("success"));
    if let Some(success) = success {
        answer.insert("Success".to_owned(), success);
    }
    if let Value::Object(members) = data {
        answer.extend(members);
    }
    answer
}
