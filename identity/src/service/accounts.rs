//! Accounts and projects.

use muster_core::{Error, Result};
use muster_db::Tx;

use super::Service;
use super::credential::identity_of_user;
use super::sign_in::{AccountName, find_account};
use super::start::ROOT_USER_NAME;
use crate::caller::{Caller, Origin};
use crate::model::{Account, Project, User};
use crate::names;
use crate::password::PasswordHash;
use crate::{secret, store};

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name, unique in this installation.
    pub name: String,
    /// The password of its root user.
    pub password: PasswordHash,
}

/// A project to be made.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Its name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
}

impl Service {
    /// The root user of an account: what the command line on the server's own host acts as. Blocks.
    ///
    /// # Errors
    /// `NotFound{what: "account"}`.
    pub fn act_as_root(&self, account: &AccountName, origin: Origin) -> Result<Caller> {
        let identity = self.db.read_blocking(|tx| {
            let account = find_account(tx, account)?
                .ok_or_else(|| Error::not_found("account", format!("{account:?}")))?;
            let user = store::users::root_of(tx, &account.id)?
                .ok_or_else(|| Error::internal("an account without a root user"))?;
            identity_of_user(tx, &user, None, &self.settings.region)
        })?;
        Ok(std::sync::Arc::new(identity).caller(origin))
    }

    /// Makes an account with its root user and its default project. Only for the first account.
    ///
    /// # Errors
    /// `AlreadyExists{what: "account"}`, `Invalid`, `Forbidden`.
    pub fn create_account(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        new: &NewAccount,
    ) -> Result<(Account, User, Project)> {
        manages_accounts(caller)?;
        names::check("account name", &new.name, 64)?;
        // In ZStack's dialect that name is an alias of the first account.
        if new.name == ROOT_USER_NAME || store::accounts::account_by_name(tx, &new.name)?.is_some() {
            return Err(Error::already_exists("account", &new.name));
        }
        let now = tx.now();
        let account = Account {
            id: secret::account_id(tx.random()),
            uuid: secret::hex_id(tx.random()),
            name: new.name.clone(),
            enabled: true,
            is_first: false,
            created_at: now,
        };
        store::accounts::insert_account(tx, &account)?;
        let user = User {
            id: account.uuid.clone(),
            number: account.id.clone(),
            account_id: account.id.clone(),
            name: ROOT_USER_NAME.to_owned(),
            description: String::new(),
            is_root: true,
            enabled: true,
            password_set_at: Some(now),
            created_at: now,
        };
        store::users::insert(tx, &user, Some(&new.password))?;
        let project = Project {
            id: secret::hex_id(tx.random()),
            account_id: account.id.clone(),
            name: self.settings.region.clone(),
            description: String::new(),
            enabled: true,
            is_default: true,
            created_at: now,
        };
        store::accounts::insert_project(tx, &project)?;
        Ok((account, user, project))
    }

    /// An account and the project that its callers act in unless they name another: for the server's own work.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn default_project(
        &self,
        tx: &mut Tx<'_>,
        account: &AccountName,
    ) -> Result<Option<(Account, Project)>> {
        let Some(account) = find_account(tx, account)? else { return Ok(None) };
        let projects = store::accounts::projects(tx, &account.id)?;
        Ok(projects.into_iter().find(|project| project.is_default).map(|project| (account, project)))
    }

    /// All accounts for somebody of the first one, else the caller's own.
    ///
    /// # Errors
    /// Only when the store fails.
    pub fn accounts(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Account>> {
        if manages_accounts(caller).is_ok() {
            return store::accounts::accounts(tx);
        }
        Ok(store::accounts::account_by_id(tx, &caller.account_id)?.into_iter().collect())
    }

    /// Lets an account work or stops it: keys, sign-in and sessions of all its users.
    ///
    /// # Errors
    /// `NotFound{what: "account"}`, `Forbidden`, `Conflict{what: "first account"}`.
    pub fn set_account_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        account_id: &str,
        enabled: bool,
    ) -> Result<()> {
        manages_accounts(caller)?;
        let account = store::accounts::account_by_id(tx, account_id)?;
        let account = account.ok_or_else(|| Error::not_found("account", account_id))?;
        if account.is_first && !enabled {
            return Err(Error::conflict("first account", "the first account cannot be disabled"));
        }
        store::accounts::set_account_enabled(tx, account_id, enabled)?;
        self.forget_cached();
        Ok(())
    }

    /// The projects of the caller's account, the default one first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn projects(&self, tx: &mut Tx<'_>, caller: &Caller) -> Result<Vec<Project>> {
        caller.require("iam:projects:listProjects", "*")?;
        store::accounts::projects(tx, &caller.account_id)
    }

    /// Makes a project.
    ///
    /// # Errors
    /// `AlreadyExists{what: "project"}`, `Invalid`, `Forbidden`.
    pub fn create_project(&self, tx: &mut Tx<'_>, caller: &Caller, new: &NewProject) -> Result<Project> {
        caller.require("iam:projects:createProject", "*")?;
        names::check("project name", &new.name, 64)?;
        names::check_description(&new.description)?;
        let project = Project {
            id: secret::hex_id(tx.random()),
            account_id: caller.account_id.clone(),
            name: new.name.clone(),
            description: new.description.clone(),
            enabled: true,
            is_default: false,
            created_at: tx.now(),
        };
        store::accounts::insert_project(tx, &project)?;
        self.forget_cached();
        Ok(project)
    }

    /// Lets a project be used or stops it. The default project is always in use.
    ///
    /// # Errors
    /// `NotFound{what: "project"}`, `Forbidden`, `Conflict{what: "default project"}`.
    pub fn set_project_enabled(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        project_id: &str,
        enabled: bool,
    ) -> Result<()> {
        caller.require("iam:projects:updateProject", "*")?;
        let projects = store::accounts::projects(tx, &caller.account_id)?;
        let project = projects.into_iter().find(|project| project.id == project_id);
        let project = project.ok_or_else(|| Error::not_found("project", project_id))?;
        if project.is_default && !enabled {
            return Err(Error::conflict("default project", "the default project cannot be disabled"));
        }
        store::accounts::update_project(tx, &Project { enabled, ..project })?;
        self.forget_cached();
        Ok(())
    }
}

fn manages_accounts(caller: &Caller) -> Result<()> {
    let action = "muster:ManageAccounts";
    if caller.sees_all_accounts {
        caller.require(action, "*")
    } else {
        Err(Error::Forbidden { action: action.into() })
    }
}
