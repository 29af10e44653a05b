//! Spaces: namespaces that somebody makes by name before metrics are written to them, and that go with their series.

use muster_core::{Error, Page, PageRequest, Result, Timestamp};
use muster_db::{Conditions, Row, ToValue, Tx, params};

use crate::Service;
use crate::model::{Scope, SeriesFilter, SeriesId, SeriesPage};

/// Spaces of an account.
const SPACES: u64 = 1000;
/// Series that are removed at once.
const SERIES: u64 = 1000;

/// A space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Space {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// Unique within the account.
    pub name: String,
    /// For people.
    pub description: String,
    /// What the vendor's wire must give back although its effect lies in the vendor's own cloud; read by nobody else.
    pub kept_for_wire: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

const COLUMNS: &str = "id, name, description, kept_for_wire, created_at, updated_at";

fn space(row: &Row<'_>) -> Result<Space> {
    Ok(Space {
        id: row.get(0)?,
        name: row.get(1)?,
        description: row.get(2)?,
        kept_for_wire: row.get(3)?,
        created_at: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

impl Service {
    /// Makes a space.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::Quota`].
    pub fn create_space(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        name: &str,
        description: &str,
        kept_for_wire: &str,
    ) -> Result<()> {
        if self.space(tx, account_id, name)?.is_some() {
            return Err(Error::AlreadyExists { what: "metric space", id: name.to_owned() });
        }
        let sql = "SELECT count(*) FROM metrics_spaces WHERE account_id = $1";
        if tx.query_one(sql, params![account_id], |row| row.get::<u64>(0))? >= SPACES {
            return Err(Error::Quota { what: "metric spaces", limit: SPACES });
        }
        let (id, now) = (tx.new_id()?, tx.now());
        let made = tx.execute(
            "INSERT INTO metrics_spaces (id, account_id, name, description, kept_for_wire, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (account_id, name) DO NOTHING",
            params![id, account_id, name, description, kept_for_wire, now],
        )?;
        if made == 0 {
            return Err(Error::AlreadyExists { what: "metric space", id: name.to_owned() });
        }
        Ok(())
    }

    /// Changes what is said of a space.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn change_space(&self, tx: &mut Tx<'_>, account_id: &str, changed: &Space) -> Result<()> {
        let now = tx.now();
        let rows = tx.execute(
            "UPDATE metrics_spaces SET description = $3, kept_for_wire = $4, updated_at = $5
             WHERE account_id = $1 AND name = $2",
            params![account_id, changed.name, changed.description, changed.kept_for_wire, now],
        )?;
        if rows == 0 { Err(Error::not_found("metric space", &changed.name)) } else { Ok(()) }
    }

    /// The space of this name.
    pub fn space(&self, tx: &mut Tx<'_>, account_id: &str, name: &str) -> Result<Option<Space>> {
        let sql = format!("SELECT {COLUMNS} FROM metrics_spaces WHERE account_id = $1 AND name = $2");
        tx.query_optional(&sql, params![account_id, name], space)
    }

    /// The spaces of an account whose names hold a text, newest first.
    pub fn spaces(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        text: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Space>> {
        let mut conditions = Conditions::new("account_id = ?", [account_id.to_value()]);
        conditions.and_contains("name", text);
        let sql = format!("SELECT count(*) FROM metrics_spaces {}", conditions.sql());
        let total = tx.query_one(&sql, conditions.values(), |row| row.get(0))?;
        let (clause, values) = conditions.paged("id DESC", page);
        let sql = format!("SELECT {COLUMNS} FROM metrics_spaces {clause}");
        Ok(Page { items: tx.query(&sql, &values, space)?, total })
    }

    /// Removes a space, and the series in `namespace`, under which its metrics are kept.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn remove_space(&self, tx: &mut Tx<'_>, scope: Scope<'_>, name: &str, namespace: &str) -> Result<()> {
        let rows = tx.execute(
            "DELETE FROM metrics_spaces WHERE account_id = $1 AND name = $2",
            params![scope.account_id, name],
        )?;
        if rows == 0 {
            return Err(Error::not_found("metric space", name));
        }
        let filter = SeriesFilter {
            namespace: Some(namespace.to_owned()),
            reported_since: Some(Timestamp::default()),
            ..SeriesFilter::default()
        };
        loop {
            let page = SeriesPage { after: None, descending: false, limit: SERIES };
            let series: Vec<SeriesId> =
                self.list(tx, scope, &filter, page)?.into_iter().map(|series| series.id).collect();
            if self.remove(tx, scope, &series)? == 0 {
                return Ok(());
            }
        }
    }
}
