//! The management node: that it is there, which release it speaks, what time it has.

use http::StatusCode;
use muster_core::Timestamp;
use muster_db::Health;
use muster_wire::Response;
use serde_json::json;

use crate::api_jobs::json_response;
use crate::error::{Code, Refusal};
use crate::server::Server;

/// The release whose API is spoken.
const VERSION: &str = "5.2.1";

/// `IsManagementNodeReady`
pub(crate) fn is_ready(server: &Server) -> Result<Response, Refusal> {
    match server.db.health() {
        Health::Writable => {
            let body = json!({ "managementNodeId": server.node_uuid });
            Ok(json_response(StatusCode::OK, body.to_string()))
        }
        Health::ReadOnly(_) => Err(Refusal::failed(Code::NotReady, "the store takes no changes now")),
    }
}

/// `GetVersion`
pub(crate) fn version() -> Response {
    json_response(StatusCode::OK, json!({ "version": VERSION }).to_string())
}

/// `GetCurrentTime`; the members are spelled as in the original.
pub(crate) fn current_time(now: Timestamp) -> Response {
    let body = json!({ "currentTime": { "MillionSeconds": now.millis(), "Seconds": now.seconds() } });
    json_response(StatusCode::OK, body.to_string())
}
