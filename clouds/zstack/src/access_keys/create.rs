//! `CreateAccessKey`

use muster_core::Error;
use muster_identity::{NewAccessKey, Secret};
use muster_wire::{Access, Operation};

use super::members;
use crate::api::{Context, Outcome, ZStack};
use crate::check;
use crate::error::Refusal;
use crate::input::Input;
use crate::reply::{Reply, class};

/// Makes a key for a user of the caller's account.
pub(crate) struct CreateAccessKey {
    account: String,
    user: String,
    description: Option<String>,
    chosen: Option<(String, Secret)>,
}

fn length(name: &str, text: &str, least: usize, most: usize) -> Result<(), Refusal> {
    if (least..=most).contains(&text.len()) {
        return Ok(());
    }
    Err(Refusal::invalid(format!("the field '{name}' must have {least} to {most} characters")))
}

impl Operation<ZStack> for CreateAccessKey {
    const NAME: &'static str = "CreateAccessKey";
    const PERMISSION: &'static str = "zstack:CreateAccessKey";
    const ACCESS: Access = Access::Write;

    fn decode(input: &Input) -> Result<Self, Refusal> {
        let (account, user) = (input.text("accountUuid")?, input.text("userUuid")?);
        let description = input.text("description")?;
        let (id, secret) = (input.text("AccessKeyID")?, input.text("AccessKeySecret")?);
        let chosen = match (id, secret) {
            (None, None) => None,
            (Some(id), Some(secret)) => {
                length("AccessKeyID", &id, 10, 20)?;
                length("AccessKeySecret", &secret, 10, 40)?;
                Some((id, Secret::new(secret)))
            }
            _ => {
                return Err(Refusal::invalid(
                    "AccessKeyID and AccessKeySecret must be given both or not at all",
                ));
            }
        };
        Ok(Self {
            account: check::uuid("accountUuid", account)?,
            user: check::uuid("userUuid", user)?,
            description: check::description(description)?,
            chosen,
        })
    }

    fn call(&self, cx: &mut Context<'_, '_>) -> Outcome {
        if self.account != cx.caller.domain_id {
            return Err(Error::not_found("account", self.account.as_str()).into());
        }
        let new = NewAccessKey {
            user: self.user.clone(),
            chosen: self.chosen.clone(),
            description: self.description.clone().unwrap_or_default(),
        };
        let services = cx.services;
        let (key, secret) = services.identity.create_access_key(cx.tx, cx.caller, &new)?;
        cx.touch("access key", &key.id);
        let members = members(&key, cx.caller, &services.wire_zone);
        Ok(Reply::inventory(class::ACCESS_KEY, members).with_secret("AccessKeySecret", secret.expose()))
    }
}
