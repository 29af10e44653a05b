//! The decision over a set of documents.

use super::alias::role_alias;
use super::condition::{Fact, Truth};
use super::{Dialect, Document, Effect, Statement};

/// What a set of policies says about one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Some statement allows it and none denies it.
    Allowed,
    /// A statement denies it.
    DeniedExplicitly,
    /// No statement speaks for it.
    DeniedImplicitly,
}

impl Decision {
    /// Whether the request may go on.
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }
}

/// Answers condition keys, which are handed over in lower case.
pub(crate) trait Facts {
    fn fact(&self, key: &str) -> Fact<'_>;
}

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) action: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) facts: &'a dyn Facts,
}

/// An explicit deny wins over any allow; what nobody allows is denied.
pub(crate) fn evaluate<'d>(
    documents: impl IntoIterator<Item = &'d Document>,
    question: &Question<'_>,
) -> Decision {
    let alias = role_alias(question.action);
    let mut decision = Decision::DeniedImplicitly;
    for document in documents {
        let alias = alias.filter(|_| document.dialect == Dialect::Huawei);
        for statement in &document.statements {
            if !statement.speaks_of(question, alias) {
                continue;
            }
            match statement.effect {
                Effect::Deny => return Decision::DeniedExplicitly,
                Effect::Allow => decision = Decision::Allowed,
            }
        }
    }
    decision
}

impl Statement {
    fn speaks_of(&self, question: &Question<'_>, alias: Option<&str>) -> bool {
        let named =
            self.actions.covers(question.action) || alias.is_some_and(|alias| self.actions.covers(alias));
        named && self.resources.covers(question.resource) && self.conditions_hold(question.facts)
    }

    /// A condition that cannot be judged never helps the caller.
    fn conditions_hold(&self, facts: &dyn Facts) -> bool {
        self.conditions.iter().all(|condition| match condition.holds(&facts.fact(&condition.key)) {
            Truth::Yes => true,
            Truth::No => false,
            Truth::Unknown => self.effect == Effect::Deny,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::condition::Value;
    use super::Decision::{Allowed, DeniedExplicitly, DeniedImplicitly};
    use super::*;

    struct Office;

    impl Facts for Office {
        fn fact(&self, key: &str) -> Fact<'_> {
            match key {
                "acs:sourceip" | "g:sourceip" => Fact::Known(vec![Value::Address([10, 1, 2, 3].into())]),
                "acs:securetransport" => Fact::Known(vec![Value::Flag(false)]),
                "g:enterpriseprojectid" => Fact::Known(vec![Value::Text("0".into())]),
                _ => Fact::Unknown,
            }
        }
    }

    fn decide(documents: &[&str], action: &str, resource: &str) -> Decision {
        let documents: Vec<Document> = documents.iter().map(|text| Document::parse(text).unwrap()).collect();
        evaluate(&documents, &Question { action, resource, facts: &Office })
    }

    const CMS_ALL: &str =
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"cms:*","Resource":"*"}]}"#;
    const CMS_NO_DELETE: &str =
        r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":["cms:Delete*"],"Resource":["*"]}]}"#;

    #[test]
    fn deny_wins_then_allow_then_nothing() {
        assert_eq!(decide(&[CMS_ALL], "cms:PutContactGroup", "*"), Allowed);
        assert_eq!(decide(&[CMS_ALL], "edas:CreateSchedulerxAppGroupCreate", "*"), DeniedImplicitly);
        assert_eq!(decide(&[CMS_ALL, CMS_NO_DELETE], "cms:DeleteContact", "*"), DeniedExplicitly);
        assert_eq!(decide(&[CMS_NO_DELETE, CMS_ALL], "cms:deletecontact", "*"), DeniedExplicitly);
        assert_eq!(decide(&[], "cms:PutContactGroup", "*"), DeniedImplicitly);
    }

    #[test]
    fn ram_documents() {
        let statement =
            |rest: &str| format!(r#"{{"Version":"1","Statement":[{{"Effect":"Allow",{rest}}}]}}"#);
        let table = [
            (r#""NotAction":"cms:Delete*","Resource":"*""#, "cms:PutContact", "*", Allowed),
            (r#""NotAction":"cms:Delete*","Resource":"*""#, "cms:DeleteContact", "*", DeniedImplicitly),
            (
                r#""Action":"cms:*","Resource":"acs:cms:*:1:contact/*""#,
                "cms:PutContact",
                "*",
                DeniedImplicitly,
            ),
            (
                r#""Action":"*","NotResource":"acs:ram:*:*:user/root""#,
                "ram:GetUser",
                "acs:ram:*:1:user/root",
                DeniedImplicitly,
            ),
            (
                r#""Action":"*","NotResource":"acs:ram:*:*:user/root""#,
                "ram:GetUser",
                "acs:ram:*:1:user/eve",
                Allowed,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":["10.0.0.0/8"]}}"#,
                "cms:X",
                "*",
                Allowed,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"IpAddress":{"acs:SourceIp":"192.168.0.0/16"}}"#,
                "cms:X",
                "*",
                DeniedImplicitly,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":"true"}}"#,
                "cms:X",
                "*",
                DeniedImplicitly,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"Bool":{"acs:SecureTransport":[false]}}"#,
                "cms:X",
                "*",
                Allowed,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"StringEquals":{"acs:Moon":"full"}}"#,
                "cms:X",
                "*",
                DeniedImplicitly,
            ),
            (
                r#""Action":"*","Resource":"*","Condition":{"StringNotEquals":{"acs:Moon":"full"}}"#,
                "cms:X",
                "*",
                DeniedImplicitly,
            ),
        ];
        for (rest, action, resource, expected) in table {
            assert_eq!(decide(&[&statement(rest)], action, resource), expected, "{rest} {action} {resource}");
        }
    }

    #[test]
    fn a_deny_under_an_unknown_condition_key_denies() {
        let deny = r#"{"Version":"1","Statement":[{"Effect":"Deny","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"acs:Moon":"full"}}}]}"#;
        assert_eq!(decide(&[CMS_ALL, deny], "cms:PutContact", "*"), DeniedExplicitly);
    }

    #[test]
    fn huawei_documents() {
        let custom = r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["ces:resourceGroups:get","workspace:*:list"]}]}"#;
        let identity =
            r#"{"Version":"5.0","Statement":[{"Effect":"Allow","Action":["ces:resourceGroups:get"]}]}"#;
        let project = r#"{"Version":"1.1","Statement":[{"Effect":"Allow","Action":["ces:*:*"],
            "Condition":{"StringEquals":{"g:EnterpriseProjectId":["0"]}}}]}"#;
        let table = [
            (custom, "ces:resourceGroups:get", Allowed),
            (custom, "ces:resourceGroups:list", Allowed),
            (custom, "ces:resourceGroups:create", DeniedImplicitly),
            (custom, "workspace:appGroup:list", Allowed),
            (custom, "workspace:appGroup:create", DeniedImplicitly),
            (identity, "ces:resourceGroups:get", Allowed),
            (identity, "ces:resourceGroups:list", DeniedImplicitly),
            (project, "ces:alarms:create", Allowed),
        ];
        for (document, action, expected) in table {
            assert_eq!(decide(&[document], action, "*"), expected, "{document} {action}");
        }
    }

    #[test]
    fn zstack_documents() {
        let statements = r#"{"name":"ops","statements":[
            {"name":"use","effect":"Allow","actions":["org.zstack.scheduler.APICreateSchedulerJobMsg","scheduler:Query*"]},
            {"effect":"Deny","actions":["zstack:DeleteSchedulerJob:.*"]}]}"#;
        let table = [
            ("zstack:CreateSchedulerJob", Allowed),
            ("scheduler:CreateSchedulerJob", Allowed),
            ("scheduler:QuerySchedulerJob", Allowed),
            ("zstack:CreateSchedulerTrigger", DeniedImplicitly),
        ];
        for (action, expected) in table {
            assert_eq!(decide(&[statements], action, "*"), expected, "{action}");
        }
        assert_eq!(decide(&[r#"[{"effect":"Allow","actions":["**"]}]"#], "zstack:Anything", "*"), Allowed);
    }
}
