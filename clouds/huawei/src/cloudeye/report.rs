//! Reports: calls whose body is a list, of samples or of events.

use serde::Deserialize;

use crate::request::{Malformed, Object, Request};

/// The largest body in bytes.
const LARGEST_BODY: usize = 512 * 1024;

/// The items of a report, of which there is at least one.
pub(super) fn items<'r, T: Deserialize<'r>>(request: &'r Request) -> Result<Vec<Object<T>>, Malformed> {
    if request.http().body.len() > LARGEST_BODY {
        return Err(Malformed::Body(format!("the body is larger than {LARGEST_BODY} bytes")));
    }
    let items = request.body_list()?;
    if items.is_empty() { Err(Malformed::NoBody) } else { Ok(items) }
}

/// Says which item it is.
pub(super) fn at(place: usize, malformed: Malformed) -> Malformed {
    match malformed {
        Malformed::Field { field, why } => Malformed::field(format!("[{place}].{field}"), why),
        other => other,
    }
}
