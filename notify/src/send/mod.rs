//! Handing a message over: one file for each way it can travel.

pub(crate) mod dingtalk;
pub(crate) mod file;
pub(crate) mod mail;
mod text_gateway;
mod webhook;

use std::path::PathBuf;
use std::time::Duration;

use muster_core::{Error, Result, Timestamp};

use crate::config::{ContactSettings, OutboundSettings, SmtpSettings, TextGatewaySettings};
use crate::model::{Medium, Message};
use crate::outbound::{Client, Failure, Policy, Post};

/// How long one HTTP target may take.
const HTTP_TIMEOUT: Duration = Duration::from_secs(5);
/// The steps of a conversation with a mail gateway, each with its own time limit.
const SMTP_STEPS: u32 = 12;

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Somebody else answers for it now.
    Delivered(String),
    /// It lies in the outbox folder.
    Written(String),
    /// It may work later.
    Retry(String),
    /// It will not work later either.
    Failed(String),
}

impl Outcome {
    fn of_failure(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Self::Failed(why),
            Failure::Unreachable(why) => Self::Retry(why),
        }
    }
}

/// All the ways out of this server.
#[derive(Debug)]
pub struct Gateways {
    mail: Mail,
    outbound: Client,
    sms: text_gateway::TextGateway,
    phone: text_gateway::TextGateway,
    robot_keyword: String,
    longest_attempt_ms: i64,
}

#[derive(Debug)]
enum Mail {
    Smtp(mail::Smtp),
    Folder(file::Folder),
}

/// The settings that [`Gateways`] are made from.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// The mail gateway.
    pub smtp: SmtpSettings,
    /// The SMS gateway.
    pub sms: TextGatewaySettings,
    /// The phone gateway.
    pub phone: TextGatewaySettings,
    /// What may be dialled for users.
    pub outbound: OutboundSettings,
    /// Rules of the contact directory.
    pub contacts: ContactSettings,
    /// Where mails are written when there is no mail gateway.
    pub outbox_folder: PathBuf,
    /// Whether this server listens on loopback alone.
    pub loopback_only: bool,
}

impl Gateways {
    /// Fails with `Error::Invalid` when a setting cannot be used.
    pub fn new(settings: GatewaySettings) -> Result<Self> {
        let policy = Policy::new(&settings.outbound, settings.loopback_only)?;
        let sender = mail::sender(&settings.smtp)?;
        let longest = HTTP_TIMEOUT.max(settings.smtp.timeout() * SMTP_STEPS);
        let longest_attempt_ms = i64::try_from(longest.as_millis()).map_err(Error::internal)?;
        let mail = match mail::Smtp::new(&settings.smtp, sender.clone())? {
            Some(smtp) => Mail::Smtp(smtp),
            None => Mail::Folder(file::Folder::new(settings.outbox_folder, sender)),
        };
        Ok(Self {
            mail,
            outbound: Client::new(policy, HTTP_TIMEOUT),
            sms: text_gateway::TextGateway::new("sms", settings.sms, HTTP_TIMEOUT)?,
            phone: text_gateway::TextGateway::new("phone", settings.phone, HTTP_TIMEOUT)?,
            robot_keyword: settings.contacts.robot_keyword,
            longest_attempt_ms,
        })
    }

    /// An attempt takes no longer, in milliseconds.
    pub(crate) fn longest_attempt_ms(&self) -> i64 {
        self.longest_attempt_ms
    }

    /// Tries once to hand `message` over. Blocks for as long as the other side takes, within its timeouts.
    pub(crate) fn send(&self, message: &Message, now: Timestamp) -> Outcome {
        match message.medium {
            Medium::Mail => match &self.mail {
                Mail::Smtp(smtp) => smtp.send(message),
                Mail::Folder(folder) => folder.write(message),
            },
            Medium::Sms => self.sms.send(message),
            Medium::Phone => self.phone.send(message),
            Medium::DingTalk => {
                let url = dingtalk::signed_url(&message.target, now);
                let body = dingtalk::body(&message.content, &self.robot_keyword);
                let post = Post {
                    url: &url,
                    content_type: "application/json; charset=utf-8",
                    headers: &[],
                    body: body.as_bytes(),
                };
                match self.outbound.post(&post) {
                    Ok(answer) => dingtalk::read_answer(answer.status, &answer.body),
                    Err(failure) => Outcome::of_failure(failure),
                }
            }
            Medium::Webhook => webhook::send(&self.outbound, message),
        }
    }
}
