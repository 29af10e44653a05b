//! `AssumeRole`: keys of a role for a while, for whom the role trusts.

use muster_core::Error;
use muster_identity::{AssumeRole as Ask, Caller};
use muster_wire::{Access, Cx, Operation};
use serde_json::json;

use super::Sts;
use crate::rpc::envelope::Document;
use crate::rpc::{Fault, Parameters, format_timestamp};

/// The input.
pub(super) struct AssumeRole(Ask);

impl Operation<Sts> for AssumeRole {
    const NAME: &'static str = "AssumeRole";
    const PERMISSION: &'static str = "sts:AssumeRole";
    const ACCESS: Access = Access::Write;

    fn decode(parameters: &Parameters) -> Result<Self, Fault> {
        Ok(Self(Ask {
            role_arn: parameters.required("RoleArn")?.to_owned(),
            session_name: parameters.required("RoleSessionName")?.to_owned(),
            policy: parameters.word("Policy").map(str::to_owned),
            duration_s: parameters.integer("DurationSeconds")?,
            external_id: parameters.word("ExternalId").map(str::to_owned),
        }))
    }

    fn resource(&self, _caller: &Caller) -> String {
        self.0.role_arn.clone()
    }

    fn call(&self, cx: &mut Cx<'_, '_, Sts>) -> Result<Document, Fault> {
        let assumed = cx.services.identity.assume_role(cx.tx, cx.caller, &self.0).map_err(refusal)?;
        cx.touch("role", &assumed.role.name);
        let keys = &assumed.credentials;
        let user = json!({
            "AssumedRoleId": format!("{}:{}", assumed.role.number, self.0.session_name),
            "Arn": assumed.arn,
        });
        let credentials = json!({
            "AccessKeyId": keys.access_key_id,
            "AccessKeySecret": keys.access_key_secret.expose(),
            "SecurityToken": keys.security_token.expose(),
            "Expiration": format_timestamp(keys.expires_at),
        });
        Ok(Document::from_iter([
            ("AssumedRoleUser".to_owned(), user),
            ("Credentials".to_owned(), credentials),
        ]))
    }
}

/// STS names the parameter in the code.
fn refusal(error: Error) -> Fault {
    let parameter = match &error {
        Error::NotFound { what: "role", .. } => {
            let message = "The specified role does not exist.";
            return Fault::new(http::StatusCode::NOT_FOUND, "EntityNotExist.Role", message);
        }
        Error::Invalid { field, .. } => match field.as_str() {
            "role arn" => "RoleArn",
            "session name" => "RoleSessionName",
            "duration" => "DurationSeconds",
            "policy" => "PolicyGrammar",
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    let mut fault = Fault::from(error);
    fault.code = format!("InvalidParameter.{parameter}").into();
    fault
}
