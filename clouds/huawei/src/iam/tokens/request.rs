//! The request for a token: who, by which proof, for what.

use muster_identity::{AccountName, Proof, SignInName};
use serde::Deserialize;

use crate::iam::error::Refused;
use crate::request::{Object, Request, required};

/// A request for a token, read.
#[derive(Debug)]
pub(super) struct TokenRequest {
    pub(super) proof: Evidence,
    pub(super) scope: Scope,
}

/// What the client shows.
#[derive(Debug)]
pub(super) enum Evidence {
    Password(SignInName, Proof),
    /// A token that it has, to get one for another scope.
    Token(String),
}

/// What the token is to be good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// The user's own domain.
    Own,
    ProjectId(String),
    /// A project by name, in the domain that is named beside it or else the user's own.
    ProjectName(String, Option<Domain>),
    Domain(Domain),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    Id(String),
    Name(String),
}

#[derive(Deserialize)]
struct Body {
    auth: Option<Object<Auth>>,
}

#[derive(Deserialize)]
struct Auth {
    identity: Option<Object<IdentityBody>>,
    scope: Option<Object<ScopeBody>>,
}

#[derive(Deserialize)]
struct IdentityBody {
    methods: Option<Vec<String>>,
    password: Option<Object<PasswordBody>>,
    token: Option<Object<TokenBody>>,
}

#[derive(Deserialize)]
struct PasswordBody {
    user: Option<Object<UserBody>>,
}

#[derive(Deserialize)]
struct UserBody {
    id: Option<String>,
    name: Option<String>,
    password: Option<String>,
    domain: Option<Object<NamedBody>>,
}

#[derive(Deserialize)]
struct TokenBody {
    id: Option<String>,
}

#[derive(Deserialize)]
struct ScopeBody {
    project: Option<Object<ProjectBody>>,
    domain: Option<Object<NamedBody>>,
}

#[derive(Deserialize)]
struct ProjectBody {
    id: Option<String>,
    name: Option<String>,
    domain: Option<Object<NamedBody>>,
}

#[derive(Deserialize)]
struct NamedBody {
    id: Option<String>,
    name: Option<String>,
}

impl TokenRequest {
    pub(super) fn read(request: &Request) -> Result<Self, Refused> {
        let auth = required("auth", request.body::<Body>()?.auth)?.0;
        let identity = required("auth.identity", auth.identity)?.0;
        let methods = required("auth.identity.methods", identity.methods)?;
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        let proof = match methods[..] {
            ["password"] => {
                let password = required("auth.identity.password", identity.password)?.0;
                required("auth.identity.password.user", password.user)?.0.read()?
            }
            ["token"] => {
                let token = required("auth.identity.token", identity.token)?.0;
                Evidence::Token(required("auth.identity.token.id", token.id)?)
            }
            _ => return Err(Refused::bad_request("auth.identity.methods must be [password] or [token]")),
        };
        let scope = auth.scope.map_or(Ok(Scope::Own), |scope| scope.0.read())?;
        Ok(Self { proof, scope })
    }
}

impl UserBody {
    fn read(self) -> Result<Evidence, Refused> {
        let proof = Proof::Plain(required("auth.identity.password.user.password", self.password)?);
        if let Some(id) = self.id {
            return Ok(Evidence::Password(SignInName::UserId(id), proof));
        }
        let name = required("auth.identity.password.user.name", self.name)?;
        let domain = required("auth.identity.password.user.domain", self.domain)?.0.read()?;
        let account = match domain {
            Domain::Id(id) => AccountName::Id(id),
            Domain::Name(name) => AccountName::Name(name),
        };
        Ok(Evidence::Password(SignInName::User(account, name), proof))
    }
}

impl ScopeBody {
    fn read(self) -> Result<Scope, Refused> {
        match (self.project, self.domain) {
            (Some(Object(project)), None) => match (project.id, project.name) {
                (Some(id), _) => Ok(Scope::ProjectId(id)),
                (None, Some(name)) => {
                    Ok(Scope::ProjectName(name, project.domain.map(|domain| domain.0.read()).transpose()?))
                }
                (None, None) => Err(Refused::bad_request("auth.scope.project needs an id or a name")),
            },
            (None, Some(Object(domain))) => Ok(Scope::Domain(domain.read()?)),
            (None, None) => Ok(Scope::Own),
            (Some(_), Some(_)) => Err(Refused::bad_request("auth.scope names both a project and a domain")),
        }
    }
}

impl NamedBody {
    fn read(self) -> Result<Domain, Refused> {
        match (self.id, self.name) {
            (Some(id), _) => Ok(Domain::Id(id)),
            (None, Some(name)) => Ok(Domain::Name(name)),
            (None, None) => Err(Refused::bad_request("a domain needs an id or a name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::Fault;
    use crate::request::tests::request;

    fn read(identity: &str, scope: &str) -> Result<TokenRequest, u16> {
        let body = format!(r#"{{"auth":{{"identity":{identity}{scope}}}}}"#);
        let read = TokenRequest::read(&request("POST /v3/auth/tokens", &[], &body));
        read.map_err(|refused| Fault::from(refused).status.as_u16())
    }

    const ALICE: &str = r#"{"methods":["password"],"password":{"user":{"name":"alice","password":"p",
                            "domain":{"name":"acme"}}}}"#;

    #[test]
    fn every_form_of_scope_is_read() {
        let scope = |text: &str| read(ALICE, text).map(|read| read.scope);
        assert_eq!(scope(""), Ok(Scope::Own));
        assert_eq!(scope(r#","scope":{"project":{"id":"p"}}"#), Ok(Scope::ProjectId("p".to_owned())));
        assert_eq!(
            scope(r#","scope":{"project":{"name":"n","domain":{"id":"d"}}}"#),
            Ok(Scope::ProjectName("n".to_owned(), Some(Domain::Id("d".to_owned()))))
        );
        assert_eq!(
            scope(r#","scope":{"domain":{"name":"acme"}}"#),
            Ok(Scope::Domain(Domain::Name("acme".to_owned())))
        );
        for text in [
            r#","scope":{"project":{}}"#,
            r#","scope":{"domain":{}}"#,
            r#","scope":{"project":{"id":"p"},"domain":{"id":"d"}}"#,
            r#","scope":[]"#,
        ] {
            assert_eq!(scope(text), Err(400), "{text}");
        }
    }

    #[test]
    fn users_are_named_by_id_or_within_a_domain() {
        let proof = |text: &str| read(text, "").map(|read| read.proof);
        assert!(matches!(proof(ALICE), Ok(Evidence::Password(SignInName::User(AccountName::Name(_), _), _))));
        let by_id = r#"{"methods":["password"],"password":{"user":{"id":"u","password":"p"}}}"#;
        assert!(matches!(proof(by_id), Ok(Evidence::Password(SignInName::UserId(_), _))));
        let token = r#"{"methods":["token"],"token":{"id":"t"}}"#;
        assert!(matches!(proof(token), Ok(Evidence::Token(_))));
        for text in [
            "{}",
            r#"{"methods":[]}"#,
            r#"{"methods":["totp"]}"#,
            r#"{"methods":["password"]}"#,
            r#"{"methods":["password"],"password":{"user":{"name":"alice","password":"p"}}}"#,
            r#"{"methods":["password"],"password":{"user":{"id":"u"}}}"#,
            r#"{"methods":["token"],"token":{}}"#,
        ] {
            assert_eq!(proof(text).err(), Some(400), "{text}");
        }
    }
}
