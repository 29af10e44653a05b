//! The way of every request: known operation, claim, time, key, signature, nonce, parameters, permission, work.

use std::sync::Arc;

use muster_db::Db;
use muster_identity::policy::Decision;
use muster_identity::{Caller, Origin, Principal, nonce};
use muster_wire::{Access, Admit, Response, execute};

use super::Fault;
use super::envelope::Document;
use super::fault::AccessDenied;
use super::product::{Call, Failure, Product};
use super::proof::Claim;
use super::received::{Envelope, Received};

/// What all products need of the platform.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// Where operations run.
    pub db: Db,
    /// Whose key is it, and what may it do.
    pub identity: Arc<muster_identity::Service>,
}

impl Gateway {
    /// Serves one request to the product `P`.
    pub(crate) async fn serve<P: Product>(
        &self,
        services: &Arc<P::Services>,
        envelope: &Envelope,
        received: Received,
    ) -> Response {
        let action = received.action.clone();
        match self.run::<P>(services, envelope, received).await {
            Ok(document) | Err(Failure::Service(document)) => envelope.answer(&action, document),
            Err(Failure::Platform(fault)) => {
                if let Some(cause) = &fault.cause {
                    tracing::error!(request.id = %envelope.request_id, operation = %action, %cause, "a request failed");
                }
                envelope.refusal(P::CODE, &fault)
            }
        }
    }

    async fn run<P: Product>(
        &self,
        services: &Arc<P::Services>,
        envelope: &Envelope,
        received: Received,
    ) -> Result<Document, Failure> {
        let entry = P::operations().iter().find(|entry| entry.name == received.action);
        let entry = entry.ok_or_else(Fault::unknown_action)?;
        let (caller, admit) = self.admit(envelope, &received, entry.access).await?;
        let host = received.headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
        let call = Call { host: host.unwrap_or_default().to_owned(), parameters: received.parameters };
        let operation = (entry.decode)(&P::Request::from(call)).map_err(Into::into)?;
        let outcome = execute(&self.db, Arc::clone(services), caller.clone(), entry, operation, admit).await;
        outcome.map_err(|error| with_principal(error.into(), &caller))
    }

    /// Proves who sent the request. The nonce counts once the signature has proved right, else an outsider could
    /// use up other people's; a change's nonce is written with the change, so that it survives a restart.
    async fn admit(
        &self,
        envelope: &Envelope,
        received: &Received,
        access: Access,
    ) -> Result<(Caller, Option<Admit>), Fault> {
        let claim = Claim::read(received)?;
        claim.check_time(received.at)?;
        let credential = self.identity.credential(claim.access_key_id).await?;
        let credential = credential.ok_or_else(Fault::unknown_access_key)?;
        claim.verify(received, &credential)?;
        self.identity.nonces().take(&credential.id, claim.nonce, received.at)?;
        let caller = credential.identity.caller(Origin {
            source_ip: received.source_ip,
            secure: received.secure,
            request_id: envelope.request_id,
            at: received.at,
        });
        let (key, text) = (credential.id.clone(), claim.nonce.to_owned());
        let admit: Option<Admit> = match access {
            Access::Read => None,
            Access::Write => Some(Box::new(move |tx| nonce::record(tx, &key, &text))),
        };
        Ok((caller, admit))
    }
}

/// Says in a denial who was denied; where it arose only the permission's name was known.
fn with_principal(mut failure: Failure, caller: &Caller) -> Failure {
    if let Failure::Platform(Fault { access_denied: Some(denied), .. }) = &mut failure {
        let AccessDenied { action, principal_type, principal, owner_id, is_explicit } = &mut **denied;
        *principal_type = match caller.principal {
            Principal::Root { .. } => "Account",
            Principal::User { .. } => "SubUser",
            Principal::AssumedRole { .. } => "AssumedRoleUser",
        };
        caller.principal_number().clone_into(principal);
        owner_id.clone_from(&caller.account_id);
        *is_explicit = caller.decide(action, "*", &[]) == Decision::DeniedExplicitly;
    }
    failure
}
