//! The envelope of success. Its class is fixed for each operation: typed clients break on the wrong JSON
//! type.

use serde_json::{Map, Value};

use crate::rpc::envelope::Document;

/// Class "Sb": the code is the text "200", success a boolean. The request id is added where all answers are
/// written.
pub(super) fn success() -> Document {
    let mut answer = Map::new();
    answer.insert("Code".to_owned(), Value::from("200"));
    answer.insert("Message".to_owned(), Value::from("success"));
    answer.insert("Success".to_owned(), Value::from(true));
    answer
}

/// Class "Sb" with the members of `data`, which is an object.
pub(super) fn success_with(data: Value) -> Document {
    let mut answer = success();
    if let Value::Object(members) = data {
        answer.extend(members);
    }
    answer
}
