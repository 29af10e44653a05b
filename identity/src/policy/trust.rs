//! Trust policies: who may assume a role.

use muster_core::Result;
use serde_json::{Map, Value};

use super::Effect;
use super::condition::{Condition, Truth};
use super::evaluate::Facts;
use super::parse::{conditions, known_members, read, refused, statement_list, texts};
use super::pattern::{Case, Pattern};

const MAX_BYTES: usize = 4 * 1024;

/// A role's trust policy, compiled (`contracts/alibaba-rpc.md` 16, 17).
#[derive(Clone, Debug, PartialEq)]
pub struct TrustPolicy(Vec<Trust>);

#[derive(Clone, Debug, PartialEq)]
struct Trust {
    effect: Effect,
    /// Names of accounts, users and roles: `acs:ram::1000000000000001:root` stands for the whole account.
    principals: Vec<Pattern>,
    conditions: Vec<Condition>,
}

impl TrustPolicy {
    /// Compiles a RAM trust policy: `Principal` names who is trusted, `Action` is `sts:AssumeRole`.
    ///
    /// # Errors
    /// `Invalid{field: "policy"}`.
    pub fn parse(text: &str) -> Result<Self> {
        let compile = || {
            let json = read(text, MAX_BYTES)?;
            let document = json.as_object().ok_or("a document is a JSON object")?;
            known_members(document, &["Version", "Statement"])?;
            if document.get("Version").and_then(Value::as_str) != Some("1") {
                return Err("Version is \"1\"".to_owned());
            }
            statement_list(document)?.into_iter().map(trust).collect::<Result<Vec<_>, _>>().map(Self)
        };
        compile().map_err(refused)
    }

    /// Whether one of `names` is trusted; the names are the principal's own and its account's.
    pub(crate) fn trusts(&self, names: &[&str], facts: &dyn Facts) -> bool {
        let mut trusted = false;
        for trust in &self.0 {
            let named = trust.principals.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)));
            let holds =
                trust.conditions.iter().all(|condition| match condition.holds(&facts.fact(&condition.key)) {
                    Truth::Yes => true,
                    Truth::No => false,
                    Truth::Unknown => trust.effect == Effect::Deny,
                });
            if named && holds {
                match trust.effect {
                    Effect::Deny => return false,
                    Effect::Allow => trusted = true,
                }
            }
        }
        trusted
    }
}

fn trust(json: &Map<String, Value>) -> Result<Trust, String> {
    known_members(json, &["Sid", "Effect", "Action", "Principal", "Condition"])?;
    let actions = texts("Action", json.get("Action").ok_or("Action is missing")?)?;
    if !actions.iter().any(|action| action.eq_ignore_ascii_case("sts:AssumeRole") || action == "*") {
        return Err("Action is \"sts:AssumeRole\"".into());
    }
    let principal = json.get("Principal").and_then(Value::as_object).ok_or("Principal is a JSON object")?;
    // Services and identity providers may be named; none of them exists here, so they trust nobody.
    known_members(principal, &["RAM", "Service", "Federated"])?;
    let names = match principal.get("RAM") {
        Some(value) => texts("RAM", value)?,
        None => Vec::new(),
    };
    let effect = match json.get("Effect").and_then(Value::as_str) {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err("Effect is \"Allow\" or \"Deny\"".into()),
    };
    Ok(Trust {
        effect,
        principals: names.iter().map(|name| Pattern::new(name, Case::Significant)).collect(),
        conditions: conditions(json.get("Condition"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::condition::{Fact, Value as FactValue};
    use super::*;

    struct Ticket(&'static str);

    impl Facts for Ticket {
        fn fact(&self, key: &str) -> Fact<'_> {
            match key {
                "sts:externalid" => Fact::Known(vec![FactValue::Text(self.0.into())]),
                _ => Fact::Unknown,
            }
        }
    }

    #[test]
    fn names_and_conditions_decide() {
        let policy = |principal: &str, condition: &str| {
            TrustPolicy::parse(&format!(
                r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole",
                "Principal":{principal},"Condition":{condition}}}]}}"#
            ))
            .unwrap()
        };
        let eve = ["acs:ram::1:user/eve", "acs:ram::1:root"];
        let table = [
            (policy(r#"{"RAM":["acs:ram::1:root"]}"#, "{}"), true),
            (policy(r#"{"RAM":"acs:ram::1:user/eve"}"#, "{}"), true),
            (policy(r#"{"RAM":"acs:ram::1:user/bob"}"#, "{}"), false),
            (policy(r#"{"RAM":"acs:ram::2:root"}"#, "{}"), false),
            (policy(r#"{"Service":["ecs.aliyuncs.com"]}"#, "{}"), false),
            (policy(r#"{"RAM":"*"}"#, r#"{"StringEquals":{"sts:ExternalId":"t1"}}"#), true),
            (policy(r#"{"RAM":"*"}"#, r#"{"StringEquals":{"sts:ExternalId":"t2"}}"#), false),
        ];
        for (policy, expected) in table {
            assert_eq!(policy.trusts(&eve, &Ticket("t1")), expected, "{policy:?}");
        }
    }

    #[test]
    fn what_is_not_a_trust_policy_is_refused() {
        for text in [
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
            r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:*","Principal":{"RAM":"*"}}]}"#,
            r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"RAM":"*"}}]}"#,
        ] {
            assert!(TrustPolicy::parse(text).is_err(), "{text}");
        }
    }
}
