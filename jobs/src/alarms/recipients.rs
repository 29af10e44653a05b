//! Who is told of an alarm, and by which ways: the job's own contacts or else the group's, in the job's channels or
//! else the group's, while the group's notification policy lets them.

use jiff::tz::TimeZone;
use muster_core::{Result, Timestamp};
use muster_db::Tx;
use muster_notify::{Medium, Recipients};

use crate::app_groups::{AppGroup, monitor};
use crate::job::{Contact, Monitor};
use crate::notification_policies;

/// The words that say "as the group has it".
const DEFAULT: &str = "default";
/// What is used when neither the job nor its group names a channel.
const UNSAID: &str = "mail,webhook";
/// Robots that speak DingTalk's dialect have addresses with this path; others get a plain callback.
const ROBOT_PATH: &str = "/robot/send";

/// Whom to tell, and how.
#[derive(Debug, Default)]
pub(super) struct Audience {
    /// People of the contact directory.
    pub(super) named: Recipients,
    /// People with addresses of their own.
    pub(super) custom: Vec<Contact>,
    /// The ways that may be used.
    pub(super) media: Vec<Medium>,
    /// The ways among them that the notification policy closes now, and what it says.
    pub(super) silenced: Vec<(Medium, String)>,
    /// Whether a robot's text calls everybody in the chat.
    pub(super) at_all: bool,
}

impl Audience {
    pub(super) fn of(
        tx: &mut Tx<'_>,
        account: &str,
        group: &AppGroup,
        of_job: &Monitor,
        at: Timestamp,
        server: &TimeZone,
    ) -> Result<Self> {
        let of_group = monitor::audible(&group.monitor_config, &group.monitor_contacts);
        let words = [of_job.channels.as_str(), of_group.channels.as_str(), UNSAID];
        let words = words.into_iter().find(|words| !matches!(words.trim(), "" | DEFAULT)).unwrap_or(UNSAID);
        let mut audience = Self { media: media(words), at_all: of_group.at_all, ..Self::default() };
        if of_job.contacts.is_empty() {
            let recipients = Recipients {
                groups: of_group.group_names,
                contacts: of_group.contact_names,
                topics: Vec::new(),
            };
            (audience.named, audience.custom) = (recipients, of_group.custom);
        } else {
            // Somebody with a name alone is somebody whom the directory knows.
            let (named, custom) = of_job.contacts.iter().cloned().partition(is_name_alone);
            let named: Vec<Contact> = named;
            audience.named.contacts = named.into_iter().map(|contact| contact.name).collect();
            audience.custom = custom;
        }
        let policy = &group.notification_policy;
        if !policy.is_empty()
            && let Some(times) = notification_policies::times(tx, account, policy)?
        {
            audience.at_all |= times.at_all();
            for medium in &audience.media {
                let word = word(*medium);
                if times.allow(word, at, server) {
                    continue;
                }
                let why = if times.names(word) {
                    format!("outside of the hours of notification policy {policy}")
                } else {
                    format!("notification policy {policy} does not use {word}")
                };
                audience.silenced.push((*medium, why));
            }
        }
        Ok(audience)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.named.groups.is_empty() && self.named.contacts.is_empty() && self.custom.is_empty()
    }
}

fn is_name_alone(contact: &Contact) -> bool {
    [&contact.phone, &contact.mail, &contact.webhook].iter().all(|address| address.trim().is_empty())
        && !contact.name.trim().is_empty()
}

fn media(words: &str) -> Vec<Medium> {
    let mut media = Vec::new();
    for word in words.split(',').map(str::trim) {
        let named: &[Medium] = match word {
            "mail" => &[Medium::Mail],
            "sms" => &[Medium::Sms],
            "phone" => &[Medium::Phone],
            "webhook" | "ding" => &[Medium::DingTalk, Medium::Webhook],
            _ => &[],
        };
        media.extend(named.iter().filter(|medium| !media.contains(*medium)).collect::<Vec<_>>());
    }
    media
}

/// How notification policies call it.
fn word(medium: Medium) -> &'static str {
    match medium {
        Medium::Mail => "mail",
        Medium::Sms => "sms",
        Medium::Phone => "phone",
        Medium::DingTalk | Medium::Webhook => "webhook",
    }
}

/// Where somebody with addresses of their own is reached by this way.
pub(super) fn target(contact: &Contact, medium: Medium) -> Option<&str> {
    let target = match medium {
        Medium::Mail => &contact.mail,
        Medium::Sms | Medium::Phone => &contact.phone,
        Medium::DingTalk => Some(&contact.webhook).filter(|url| url.contains(ROBOT_PATH))?,
        Medium::Webhook => Some(&contact.webhook).filter(|url| !url.contains(ROBOT_PATH))?,
    };
    Some(target.trim()).filter(|target| !target.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels() {
        assert_eq!(media("mail, sms,pigeon,mail"), [Medium::Mail, Medium::Sms]);
        assert_eq!(media("ding,webhook"), [Medium::DingTalk, Medium::Webhook]);
        assert_eq!(media(""), []);
    }

    #[test]
    fn a_robots_address_tells_its_dialect() {
        let at = |url: &str| Contact { webhook: url.to_owned(), ..Contact::default() };
        let robot = at("https://oapi.dingtalk.com/robot/send?access_token=a");
        assert!(target(&robot, Medium::DingTalk).is_some() && target(&robot, Medium::Webhook).is_none());
        let plain = at("https://ops.example/hook");
        assert_eq!(target(&plain, Medium::Webhook), Some("https://ops.example/hook"));
        assert_eq!(target(&plain, Medium::DingTalk), None);
        assert_eq!(target(&plain, Medium::Mail), None);
    }
}
