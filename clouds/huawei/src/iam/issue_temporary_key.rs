//! Temporary access keys of a token's user, with the user's own rights.

use muster_wire::{Access, Cx, Operation};
use serde::Deserialize;
use serde_json::json;

use super::error::Refused;
use super::{Iam, time};
use crate::reply::Reply;
use crate::request::{Malformed, Object, Request, required};

pub(super) struct CreateTemporaryAccessKeyByToken {
    duration_s: Option<i64>,
}

#[derive(Deserialize)]
struct Body {
    auth: Option<Object<Auth>>,
}

#[derive(Deserialize)]
struct Auth {
    identity: Option<Object<Identity>>,
}

#[derive(Deserialize)]
struct Identity {
    methods: Option<Vec<String>>,
    token: Option<Object<Token>>,
}

#[derive(Deserialize)]
struct Token {
    id: Option<String>,
    duration_seconds: Option<i64>,
}

fn read(request: &Request) -> Result<Token, Malformed> {
    let auth = required("auth", request.body::<Body>()?.auth)?.0;
    let identity = required("auth.identity", auth.identity)?.0;
    if required("auth.identity.methods", identity.methods)? != ["token"] {
        return Err(Malformed::field("auth.identity.methods", "must be [token]"));
    }
    Ok(identity.token.map_or(Token { id: None, duration_seconds: None }, |token| token.0))
}

/// The token in the body: it says who asks, rather than whoever signed.
pub(super) fn token(request: &Request) -> Option<String> {
    read(request).ok()?.id
}

impl Operation<Iam> for CreateTemporaryAccessKeyByToken {
    const NAME: &'static str = "CreateTemporaryAccessKeyByToken";
    const PERMISSION: &'static str = "iam:credentials:createTemporary";
    const ACCESS: Access = Access::Write;

    fn decode(request: &Request) -> Result<Self, Refused> {
        Ok(Self { duration_s: read(request)?.duration_seconds })
    }

    fn call(&self, cx: &mut Cx<'_, '_, Iam>) -> Result<Reply, Refused> {
        let key = cx.services.issue_own_temporary_key(cx.tx, cx.caller, self.duration_s)?;
        Ok(Reply::created(json!({"credential": {
            "access": key.access_key_id,
            "secret": key.access_key_secret.expose(),
            "securitytoken": key.security_token.expose(),
            "expires_at": time::text(key.expires_at),
        }})))
    }
}
