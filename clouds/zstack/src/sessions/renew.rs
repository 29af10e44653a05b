//! `RenewSession`

use muster_identity::SessionKind;
use muster_wire::{Access, Operation};

use super::session_reply;
use crate::api::{Context, Outcome, ZStack};
use crate::error::{Code, Refusal};
use crate::input::Input;

const LEAST_S: i64 = 60;
const MOST_S: i64 = 365 * 24 * 60 * 60;

/// Makes a session last a given time from now.
pub(crate) struct RenewSession {
    uuid: String,
    duration_s: Option<i64>,
}

impl Operation<ZStack> for RenewSession {
    const NAME: &'static str = "RenewSession";
    const PERMISSION: &'static str = "zstack:RenewSession";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (uuid, duration_s) = (input.text("sessionUuid")?, input.integer("duration")?);
        if let Some(seconds) = duration_s.filter(|seconds| !(LEAST_S..=MOST_S).contains(seconds)) {
            return Err(Refusal::invalid(format!(
                "duration: {seconds} is not between {LEAST_S} and {MOST_S}"
            )));
        }
        Ok(Self { uuid: uuid.unwrap_or_default(), duration_s })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        let services = cx.services;
        let kind = SessionKind::ZStack;
        let duration_ms = self.duration_s.map_or(kind.lifetime_ms(), |seconds| seconds * 1000);
        let renewed = services.identity.renew_session(cx.tx, kind, &self.uuid, duration_ms)?;
        // Somebody else's session is none.
        let session = renewed
            .filter(|session| session.user_id == cx.caller.user_id())
            .ok_or_else(|| Refusal::failed(Code::InvalidSession, "Session expired"))?;
        let times = (session.created_at, session.expires_at);
        Ok(session_reply(&self.uuid, &cx.caller.domain_id, &session.user_id, times, &services.wire_zone))
    }
}
