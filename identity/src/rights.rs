//! What a principal may do: its policies, compiled, and the decision over them.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use muster_core::Timestamp;

use crate::policy::{Decision, Document, Fact, Facts, Question, Value, evaluate};

/// What a principal may do. Shared by all its requests while it is cached.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    /// A root user may do everything in its account.
    pub(crate) unrestricted: bool,
    /// Documents attached to the user and its groups, or to the role.
    pub(crate) documents: Vec<Arc<Document>>,
    /// Resources on which the user was granted every action of the product.
    pub(crate) grants: HashSet<String>,
    /// A session's own policy can only narrow what the role allows.
    pub(crate) session_policy: Option<Document>,
}

/// The product whose resources can be granted: SchedulerX, for its application groups.
const GRANTING_PRODUCT: &str = "edas:";

impl Rights {
    pub(crate) fn decide(&self, question: &Question<'_>) -> Decision {
        match self.decide_by_policy(question) {
            Decision::DeniedImplicitly if self.is_granted(question) => Decision::Allowed,
            decision => decision,
        }
    }

    pub(crate) fn decide_by_policy(&self, question: &Question<'_>) -> Decision {
        let own = if self.unrestricted {
            Decision::Allowed
        } else {
            evaluate(self.documents.iter().map(AsRef::as_ref), question)
        };
        match (&self.session_policy, own) {
            (Some(policy), Decision::Allowed) => evaluate([policy], question),
            (_, own) => own,
        }
    }

    /// A session's policy must allow it by itself, so grants count only without one.
    fn is_granted(&self, question: &Question<'_>) -> bool {
        self.session_policy.is_none()
            && question.action.starts_with(GRANTING_PRODUCT)
            && self.grants.contains(question.resource)
    }
}

/// What condition keys are answered from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestFacts<'a> {
    pub(crate) source_ip: IpAddr,
    pub(crate) secure: bool,
    pub(crate) at: Timestamp,
    pub(crate) user_id: &'a str,
    pub(crate) user_name: &'a str,
    pub(crate) is_root: bool,
    pub(crate) domain_id: &'a str,
    pub(crate) account_name: &'a str,
    pub(crate) project_id: &'a str,
    pub(crate) project_name: &'a str,
    /// What the operation says about its resource, such as its enterprise project.
    pub(crate) attributes: &'a [(&'a str, &'a str)],
}

impl Facts for RequestFacts<'_> {
    fn fact(&self, key: &str) -> Fact<'_> {
        let values: Vec<Value<'_>> = self
            .attributes
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| Value::Text((*value).into()))
            .collect();
        if !values.is_empty() {
            return Fact::Known(values);
        }
        let text = |text: &'static str| Value::Text(text.into());
        let value = match key {
            "acs:sourceip" | "g:sourceip" => Value::Address(self.source_ip),
            "acs:securetransport" | "g:securetransport" => Value::Flag(self.secure),
            "acs:currenttime" | "g:currenttime" => Value::Instant(self.at),
            // There is no second factor here, so nobody has shown one.
            "acs:mfapresent" | "g:mfapresent" => text("false"),
            "g:userid" => Value::Text(self.user_id.into()),
            "g:username" => Value::Text(self.user_name.into()),
            "g:principalisrootuser" => Value::Flag(self.is_root),
            "g:domainid" => Value::Text(self.domain_id.into()),
            "g:domainname" => Value::Text(self.account_name.into()),
            "g:projectid" => Value::Text(self.project_id.into()),
            "g:projectname" => Value::Text(self.project_name.into()),
            "g:mfaage" | "acs:mfaage" => return Fact::Absent,
            _ => return Fact::Unknown,
        };
        Fact::Known(vec![value])
    }
}
