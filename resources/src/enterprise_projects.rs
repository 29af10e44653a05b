//! Enterprise projects: the account's own division of its resources, across projects and regions.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use crate::Service;

/// The enterprise project of whatever nobody has moved. Every account has it.
pub const DEFAULT_ENTERPRISE_PROJECT: &str = "0";

/// An enterprise project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnterpriseProject {
    /// A UUID, or `0` for the default one.
    pub id: String,
    /// Its name, unique in the account.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What it is used for, in the client's word.
    pub kind: String,
    /// Whether resources can be moved into it.
    pub enabled: bool,
    /// When it was made; the beginning of time for the default one.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

/// What is needed to make an enterprise project, or all that can be changed about one.
#[derive(Clone, Debug)]
pub struct NewEnterpriseProject {
    /// Its name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// What it is used for.
    pub kind: String,
}

/// Which enterprise projects are wanted; all conditions must hold.
#[derive(Clone, Debug, Default)]
pub struct EnterpriseProjectFilter {
    /// This text is in the name.
    pub name_contains: Option<String>,
    /// With this id.
    pub id: Option<String>,
    /// Enabled or disabled.
    pub enabled: Option<bool>,
}

const COLUMNS: &str = "id, name, description, kind, enabled, created_at, updated_at";
const WHAT: &str = "enterprise project";

impl Service {
    /// Makes an enterprise project.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when the account has one of this name; [`Error::Quota`].
    pub fn create_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        new: NewEnterpriseProject,
    ) -> Result<EnterpriseProject> {
        if new.name == default_project().name {
            return Err(Error::already_exists(WHAT, new.name));
        }
        let limit = self.limits.enterprise_projects_per_account;
        let used = tx.query_one(
            "SELECT COUNT(*) FROM enterprise_projects WHERE account_id = $1",
            params![account_id],
            |row| row.get::<u64>(0),
        )?;
        if used >= limit {
            return Err(Error::Quota { what: "enterprise projects", limit });
        }
        let project = EnterpriseProject {
            id: tx.new_uuid().hyphenated().to_string(),
            name: new.name,
            description: new.description,
            kind: new.kind,
            enabled: true,
            created_at: tx.now(),
            updated_at: tx.now(),
        };
        let inserted = tx.execute(
            "INSERT INTO enterprise_projects (account_id, id, name, description, kind, enabled, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
            params![
                account_id,
                project.id,
                project.name,
                project.description,
                project.kind,
                project.enabled,
                project.created_at,
                project.updated_at
            ],
        )?;
        if inserted == 0 { Err(Error::already_exists(WHAT, project.name)) } else { Ok(project) }
    }

    /// One enterprise project.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        id: &str,
    ) -> Result<EnterpriseProject> {
        if id == DEFAULT_ENTERPRISE_PROJECT {
            return Ok(default_project());
        }
        tx.query_optional(
            &format!("SELECT {COLUMNS} FROM enterprise_projects WHERE account_id = $1 AND id = $2"),
            params![account_id, id],
            read,
        )?
        .ok_or_else(|| Error::not_found(WHAT, id))
    }

    /// Enterprise projects, the default one first, the others by name.
    pub fn list_enterprise_projects(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        filter: &EnterpriseProjectFilter,
        page: PageRequest,
    ) -> Result<Page<EnterpriseProject>> {
        let default = default_project();
        let takes_default = filter.id.as_ref().is_none_or(|id| *id == default.id)
            && filter.enabled.unwrap_or(true)
            && filter.name_contains.as_ref().is_none_or(|text| default.name.contains(text));
        let mut wanted = Conditions::new("account_id = ?", [account_id.to_value()]);
        wanted.and_equals("id", filter.id.as_ref());
        wanted.and_equals("enabled", filter.enabled.as_ref());
        wanted.and_contains("name", filter.name_contains.as_deref());
        let stored = tx.query_one(
            &format!("SELECT COUNT(*) FROM enterprise_projects {}", wanted.sql()),
            wanted.values(),
            |row| row.get::<u64>(0),
        )?;
        let ahead = u64::from(takes_default);
        let mut items = Vec::new();
        let mut rest = PageRequest { offset: page.offset.saturating_sub(ahead), ..page };
        if takes_default && page.offset == 0 && page.limit > 0 {
            items.push(default);
            rest.limit -= 1;
        }
        let (found, values) = wanted.paged("name", rest);
        let sql = format!("SELECT {COLUMNS} FROM enterprise_projects {found}");
        items.extend(tx.query(&sql, &values, read)?);
        Ok(Page { items, total: stored + ahead })
    }

    /// Changes an enterprise project.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] of `default enterprise project`; [`Error::AlreadyExists`] when the name
    /// is another's.
    pub fn update_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        id: &str,
        new: NewEnterpriseProject,
    ) -> Result<EnterpriseProject> {
        let mut project = self.enterprise_project_to_change(tx, account_id, id)?;
        let taken = tx.query_optional(
            "SELECT id FROM enterprise_projects WHERE account_id = $1 AND name = $2 AND id <> $3",
            params![account_id, new.name, id],
            |row| row.get::<String>(0),
        )?;
        if taken.is_some() || new.name == default_project().name {
            return Err(Error::already_exists(WHAT, new.name));
        }
        project.name = new.name;
        project.description = new.description;
        project.kind = new.kind;
        project.updated_at = tx.now();
        tx.execute(
            "UPDATE enterprise_projects SET name = $3, description = $4, kind = $5, updated_at = $6
             WHERE account_id = $1 AND id = $2",
            params![account_id, id, project.name, project.description, project.kind, project.updated_at],
        )?;
        Ok(project)
    }

    /// Lets resources be moved into an enterprise project, or no longer.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] of `default enterprise project`.
    pub fn enable_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        id: &str,
        enabled: bool,
    ) -> Result<()> {
        self.enterprise_project_to_change(tx, account_id, id)?;
        let now = tx.now();
        tx.execute(
            "UPDATE enterprise_projects SET enabled = $3, updated_at = $4 WHERE account_id = $1 AND id = $2",
            params![account_id, id, enabled, now],
        )?;
        Ok(())
    }

    /// An enterprise project into which resources can be moved.
    ///
    /// # Errors
    /// `NotFound` of `enterprise project`, [`Error::Conflict`] of `enterprise project is disabled`.
    pub fn enabled_enterprise_project(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        id: &str,
    ) -> Result<EnterpriseProject> {
        let project = self.get_enterprise_project(tx, account_id, id)?;
        if project.enabled {
            return Ok(project);
        }
        let why = format!("the enterprise project {} is disabled", project.name);
        Err(Error::conflict("enterprise project is disabled", why))
    }

    fn enterprise_project_to_change(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        id: &str,
    ) -> Result<EnterpriseProject> {
        if id == DEFAULT_ENTERPRISE_PROJECT {
            let why = "the default enterprise project cannot be changed";
            return Err(Error::conflict("default enterprise project", why));
        }
        self.get_enterprise_project(tx, account_id, id)
    }
}

fn default_project() -> EnterpriseProject {
    EnterpriseProject {
        id: DEFAULT_ENTERPRISE_PROJECT.to_owned(),
        name: "default".to_owned(),
        description: "Resources that belong to no other enterprise project".to_owned(),
        kind: "prod".to_owned(),
        enabled: true,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    }
}

fn read(row: &Row<'_>) -> Result<EnterpriseProject> {
    Ok(EnterpriseProject {
        id: row.get("id")?,
        name: row.get("name")?,
        description: row.get("description")?,
        kind: row.get("kind")?,
        enabled: row.get("enabled")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
