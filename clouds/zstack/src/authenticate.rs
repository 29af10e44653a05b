//! Who asks: a session's uuid, or an access key's signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::tz::TimeZone;
use muster_identity::{Caller, Origin, Service, SessionKind};
use muster_wire::{Request, digest};

use crate::error::{Code, Refusal};
use crate::signature;

/// What the `Authorization` header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    Session(String),
    AccessKey { id: String, signature: String },
}

impl Proof {
    /// Reads the header; a wrong form is answered as plain text, even where the call is asynchronous.
    pub(crate) fn read(request: &Request) -> Result<Self, Refusal> {
        let header = request
            .header("authorization")
            .ok_or_else(|| Refusal::bad_request("the header 'Authorization' is missing"))?;
        // Some documents write `OAuth: uuid`.
        let (scheme, value) = header.trim().split_once([' ', ':']).unwrap_or((header.trim(), ""));
        let value = value.trim_start_matches([' ', ':']).trim();
        match scheme {
            "OAuth" => Ok(Self::Session(value.to_owned())),
            "ZStack" => match value.split(':').collect::<Vec<_>>()[..] {
                [id, signature] if !id.is_empty() && !signature.is_empty() => {
                    Ok(Self::AccessKey { id: id.to_owned(), signature: signature.to_owned() })
                }
                _ => Err(Refusal::bad_request(
                    "the credential must be an access key id and a signature, with a colon between",
                )),
            },
            _ => Err(Refusal::bad_request(format!(
                "the header 'Authorization' has the unknown scheme '{scheme}'"
            ))),
        }
    }

    /// Proves it. `path` is what access keys sign.
    pub(crate) async fn caller(
        &self,
        identity: &Service,
        request: &Request,
        path: &str,
        wire_zone: &TimeZone,
    ) -> Result<Caller, Refusal> {
        let origin = Origin {
            source_ip: request.source_ip,
            secure: request.secure,
            request_id: request.id,
            at: request.received,
        };
        match self {
            Self::Session(uuid) => {
                let state = identity.session(SessionKind::ZStack, uuid, request.received).await?;
                match state.live() {
                    Some(live) => Ok(live.caller(origin)),
                    // zstack-cli drops the session that it has kept when it reads these words.
                    None => Err(Refusal::failed(Code::InvalidSession, "Session expired")),
                }
            }
            Self::AccessKey { id, signature } => {
                check_date(request, wire_zone)?;
                let credential = identity.credential(id).await?;
                let usable = credential
                    .filter(|credential| !credential.is_temporary() && credential.is_usable(request.received))
                    .ok_or_else(|| forbidden(format!("there is no access key id '{id}'")))?;
                let date = request.header("date").unwrap_or_default();
                let expected = signature::sign(usable.secret.expose(), request.method.as_str(), date, path);
                let given = STANDARD.decode(signature).unwrap_or_default();
                if !digest::same(&expected, &given) {
                    return Err(forbidden("wrong accessKey signature".to_owned()));
                }
                Ok(usable.identity.caller(origin))
            }
        }
    }
}

fn check_date(request: &Request, wire_zone: &TimeZone) -> Result<(), Refusal> {
    let date = request.header("date").ok_or_else(|| Refusal::bad_request("the header 'Date' is missing"))?;
    let readings = signature::readings(date, wire_zone);
    if readings.is_empty() {
        return Err(Refusal::bad_request(format!(
            "the header 'Date' has the value '{date}', which is no date"
        )));
    }
    if !signature::is_fresh(&readings, request.received) {
        return Err(forbidden(
            "requestTimeTooSkewed: the header 'Date' is more than 15 minutes off".to_owned(),
        ));
    }
    Ok(())
}

fn forbidden(text: String) -> Refusal {
    Refusal::http(StatusCode::FORBIDDEN, text)
}
