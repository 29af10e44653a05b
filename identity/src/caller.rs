//! The caller: who asks, from where, and what it may do.

use std::net::IpAddr;
use std::sync::Arc;

use muster_core::{Error, Result, Timestamp, Uuid};

use crate::model::{Account, Project};
use crate::policy::{Decision, Question};
use crate::rights::{RequestFacts, Rights};

/// Who a request's proof named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// The account's root user.
    Root {
        /// The user's id, which is also its account's uuid.
        user_id: String,
        /// Its sign-in name.
        name: String,
    },
    /// A user of the account.
    User {
        /// 32 hexadecimal digits.
        user_id: String,
        /// RAM's numeric id.
        number: String,
        /// Its sign-in name.
        name: String,
    },
    /// Somebody who assumed a role of the account.
    AssumedRole {
        /// RAM's numeric id of the role.
        role_number: String,
        /// The role's name.
        role: String,
        /// What the one who assumed it called the session.
        session: String,
    },
}

/// Where a request came from.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// The client's address.
    pub source_ip: IpAddr,
    /// Whether it came over TLS.
    pub secure: bool,
    /// The id under which the answer, the log and the audit row know it.
    pub request_id: Uuid,
    /// When it arrived.
    pub at: Timestamp,
}

/// An authenticated principal before it is bound to a request: shared while it is cached.
#[derive(Clone, Debug)]
pub struct Identity {
    pub(crate) account: Account,
    pub(crate) principal: Principal,
    pub(crate) projects: Vec<Project>,
    pub(crate) region: String,
    pub(crate) rights: Arc<Rights>,
    /// When the temporary key that proved it ends.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Identity {
    /// The account it belongs to.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The account's projects, the default one first.
    pub fn projects(&self) -> &[Project] {
        &self.projects
    }

    /// The caller of one request, in the account's default project.
    pub fn caller(self: &Arc<Self>, origin: Origin) -> Caller {
        let project = self.projects.iter().find(|project| project.is_default);
        Caller {
            account_id: self.account.id.clone(),
            account_name: self.account.name.clone(),
            domain_id: self.account.uuid.clone(),
            project_id: project.map(|project| project.id.clone()).unwrap_or_default(),
            project_name: project.map(|project| project.name.clone()).unwrap_or_default(),
            principal: self.principal.clone(),
            region: self.region.clone(),
            sees_all_accounts: self.account.is_first,
            source_ip: origin.source_ip,
            secure: origin.secure,
            request_id: origin.request_id,
            at: origin.at,
            project_bound: false,
            identity: Arc::clone(self),
        }
    }
}

/// Who asks, from where, and what it may do.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account that owns what the request makes, and the only one whose things it can see: 16 digits.
    pub account_id: String,
    /// The account's name.
    pub account_name: String,
    /// The account as Huawei's domain and ZStack's account uuid: 32 hexadecimal digits.
    pub domain_id: String,
    /// The project the request acts in: 32 hexadecimal digits.
    pub project_id: String,
    /// That project's name.
    pub project_name: String,
    /// Who it is.
    pub principal: Principal,
    /// The name of this installation's region.
    pub region: String,
    /// Whether it belongs to the first account, which in ZStack's dialect (only there) is the admin and sees all.
    pub sees_all_accounts: bool,
    /// The client's address.
    pub source_ip: IpAddr,
    /// Whether the request came over TLS.
    pub secure: bool,
    /// The request's id.
    pub request_id: Uuid,
    /// When the request arrived.
    pub at: Timestamp,
    /// The proof was valid for one project only.
    pub(crate) project_bound: bool,
    pub(crate) identity: Arc<Identity>,
}

impl Caller {
    /// Refuses what the caller may not do.
    ///
    /// `action` is the vendor's own name (`cms:PutContactGroup`), `resource` the vendor's resource name, or `*`
    /// where the vendor has no permissions for single resources. What happens in a SchedulerX application group
    /// names [`app_group_resource`], so that grants count.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require(&self, action: &str, resource: &str) -> Result<()> {
        self.require_with(action, resource, &[])
    }

    /// As [`Caller::require`], with what policies may ask about the resource: `("g:EnterpriseProjectId", "0")`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_with(&self, action: &str, resource: &str, attributes: &[(&str, &str)]) -> Result<()> {
        allowed_or(action, self.decide(action, resource, attributes))
    }

    /// Refuses only what a policy denies: for the questions that clients ask before they do anything else, which
    /// everybody with a working key may ask.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn require_not_denied(&self, action: &str) -> Result<()> {
        match self.decide(action, "*", &[]) {
            Decision::Allowed | Decision::DeniedImplicitly => Ok(()),
            denied @ Decision::DeniedExplicitly => allowed_or(action, denied),
        }
    }

    /// The resources on which the caller was granted every action, such as [`app_group_resource`].
    pub fn granted_resources(&self) -> impl Iterator<Item = &str> {
        self.identity.rights.grants.iter().map(String::as_str)
    }

    /// The decision, for answers that tell an explicit refusal from an implicit one.
    pub fn decide(&self, action: &str, resource: &str, attributes: &[(&str, &str)]) -> Decision {
        let rights = &self.identity.rights;
        if rights.unrestricted && rights.session_policy.is_none() {
            return Decision::Allowed;
        }
        let facts = self.facts(attributes);
        rights.decide(&Question { action, resource, facts: &facts })
    }

    /// Whether policies alone allow it.
    pub(crate) fn is_allowed_without_grants(&self, action: &str, resource: &str) -> bool {
        let facts = self.facts(&[]);
        self.identity.rights.decide_by_policy(&Question { action, resource, facts: &facts }).is_allowed()
    }

    pub(crate) fn facts<'a>(&'a self, attributes: &'a [(&'a str, &'a str)]) -> RequestFacts<'a> {
        RequestFacts {
            source_ip: self.source_ip,
            secure: self.secure,
            at: self.at,
            user_id: self.user_id(),
            user_name: self.name(),
            is_root: self.is_root(),
            domain_id: &self.domain_id,
            account_name: &self.account_name,
            project_id: &self.project_id,
            project_name: &self.project_name,
            attributes,
        }
    }

    /// The same caller in another project of its account.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a project that the account does not have, [`Error::Forbidden`] for one that is
    /// disabled or that the proof was not made for.
    pub fn in_project(mut self, project_id: &str) -> Result<Self> {
        if self.project_id == project_id {
            return Ok(self);
        }
        let project = self.identity.projects.iter().find(|project| project.id == project_id);
        let project = project.ok_or_else(|| Error::not_found("project", project_id))?;
        if self.project_bound || !project.enabled {
            return Err(Error::Forbidden { action: format!("use of the project {}", project.name) });
        }
        project.id.clone_into(&mut self.project_id);
        project.name.clone_into(&mut self.project_name);
        Ok(self)
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.identity.account
    }

    /// The projects of the account, the default one first.
    pub fn projects(&self) -> &[Project] {
        &self.identity.projects
    }

    /// Whether it is the account's root user.
    pub fn is_root(&self) -> bool {
        matches!(self.principal, Principal::Root { .. })
    }

    /// The user's id (32 hexadecimal digits); for an assumed role, the role's number.
    pub fn user_id(&self) -> &str {
        match &self.principal {
            Principal::Root { user_id, .. } | Principal::User { user_id, .. } => user_id,
            Principal::AssumedRole { role_number, .. } => role_number,
        }
    }

    /// The user's sign-in name; for an assumed role, the session's.
    pub fn name(&self) -> &str {
        match &self.principal {
            Principal::Root { name, .. } | Principal::User { name, .. } => name,
            Principal::AssumedRole { session, .. } => session,
        }
    }

    /// RAM's id of the principal: the account's for a root user.
    pub fn principal_number(&self) -> &str {
        match &self.principal {
            Principal::Root { .. } => &self.account_id,
            Principal::User { number, .. } => number,
            Principal::AssumedRole { role_number, .. } => role_number,
        }
    }

    /// RAM's name of the principal, as policies, `GetCallerIdentity` and the audit log write it.
    pub fn arn(&self) -> String {
        let account = &self.account_id;
        match &self.principal {
            Principal::Root { .. } => format!("acs:ram::{account}:root"),
            Principal::User { name, .. } => format!("acs:ram::{account}:user/{name}"),
            Principal::AssumedRole { role, session, .. } => {
                format!("acs:sts::{account}:assumed-role/{role}/{session}")
            }
        }
    }
}

/// The resource of what happens in a SchedulerX application group. Grants name it; policies, which know no
/// resources of this product, match it by `*` only.
pub fn app_group_resource(namespace: &str, group_id: &str) -> String {
    format!("app-group/{namespace}/{group_id}")
}

fn allowed_or(action: &str, decision: Decision) -> Result<()> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::DeniedExplicitly | Decision::DeniedImplicitly => {
            Err(Error::Forbidden { action: action.to_owned() })
        }
    }
}
