//! The calls that rules make: to an address of their own, and to what stands for the vendor's services.

use std::sync::Arc;

use muster_alarms::telling::{Callback, Facts, Webhooks};
use muster_core::{Error, Result};
use muster_db::Tx;
use muster_resources::Scope;
use muster_wire::digest::hmac_sha256;
use serde_json::Value;

use super::notification::{CONTENT_TYPE, Notification};
use super::rules::kept::Kept;
use super::rules::record;

/// A bridge: whatever begins with the prefix is told by a call to the URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    prefix: String,
    url: String,
}

impl Bridge {
    /// Reads `PREFIX=URL`, such as `acs:mns:=http://127.0.0.1:9000/queues`.
    ///
    /// # Errors
    /// `Invalid` of "alarms.bridges".
    pub fn parse(text: &str) -> Result<Self> {
        let parts = text.split_once("=http");
        let named = parts.filter(|(prefix, _)| prefix.starts_with("acs:"));
        let (prefix, rest) = named.ok_or_else(|| {
            Error::invalid("alarms.bridges", format!("{text} is no acs:PREFIX=http://HOST/PATH"))
        })?;
        Ok(Self { prefix: prefix.to_owned(), url: format!("http{rest}") })
    }
}

/// The callbacks of CloudMonitor's rules.
#[derive(Clone, Debug)]
pub struct Callbacks {
    region: String,
    secret: Option<String>,
    bridges: Vec<Bridge>,
    resources: Arc<muster_resources::Service>,
}

impl Callbacks {
    /// Callbacks from `region`, signed where there is a secret.
    pub fn new(
        region: &str,
        secret: Option<String>,
        bridges: Vec<Bridge>,
        resources: Arc<muster_resources::Service>,
    ) -> Self {
        Self { region: region.to_owned(), secret, bridges, resources }
    }

    fn notification(&self, tx: &mut Tx<'_>, facts: &Facts<'_>) -> Result<Notification> {
        let rule = facts.rule;
        let scope = Scope { account_id: &rule.account_id, project_id: &rule.project_id };
        let group = match record::group_id(&rule.spec, &Kept::of(&rule.spec)) {
            Some(id) => self.resources.find_group(tx, scope, id)?,
            None => None,
        };
        Ok(Notification::of(facts, &self.region, group.as_ref().map(|group| group.name.as_str())))
    }
}

impl Webhooks for Callbacks {
    fn webhook(&self, tx: &mut Tx<'_>, url: &str, facts: &Facts<'_>) -> Result<Option<Callback>> {
        // Each account has a key of its own, so that none can sign in another's name.
        let account = facts.rule.account_id.as_bytes();
        let key = self.secret.as_ref().map(|secret| hex::encode(hmac_sha256(secret.as_bytes(), account)));
        Ok(Some(Callback {
            url: url.to_owned(),
            body: self.notification(tx, facts)?.form(key.as_deref()),
            content_type: CONTENT_TYPE.to_owned(),
        }))
    }

    fn bridge(&self, tx: &mut Tx<'_>, name: &str, facts: &Facts<'_>) -> Result<Option<Callback>> {
        let fits = |bridge: &&Bridge| name.starts_with(&bridge.prefix);
        let Some(bridge) = self.bridges.iter().filter(fits).max_by_key(|bridge| bridge.prefix.len()) else {
            return Ok(None);
        };
        let mut body = self.notification(tx, facts)?.as_json();
        let kept = Kept::of(&facts.rule.spec);
        let target = kept.targets.iter().find(|target| target.arn == name);
        if let Value::Object(members) = &mut body {
            members.insert("arn".to_owned(), Value::from(name));
            members.insert(
                "jsonParams".to_owned(),
                Value::from(target.map(|target| target.json_params.as_str())),
            );
        }
        Ok(Some(Callback {
            url: bridge.url.clone(),
            body: body.to_string(),
            content_type: "application/json; charset=utf-8".to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bridges_have_a_prefix_and_an_address() {
        let bridge = Bridge::parse("acs:mns:=http://127.0.0.1:9000/q?a=b").unwrap();
        assert_eq!(
            (bridge.prefix.as_str(), bridge.url.as_str()),
            ("acs:mns:", "http://127.0.0.1:9000/q?a=b")
        );
        for wrong in ["", "acs:mns:", "mns=http://h/", "acs:mns:=ftp://h/"] {
            assert!(Bridge::parse(wrong).is_err(), "{wrong}");
        }
    }
}
