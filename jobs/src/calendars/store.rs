//! The SQL of calendars.

use muster_core::{Page, PageRequest, Result};
use muster_db::{Row, Tx, Value, params};

use super::{Calendar, CalendarFilter, SYSTEM, is_system};

pub(super) fn insert(
    tx: &mut Tx<'_>,
    account: &str,
    name: &str,
    year: i64,
    months: &str,
    creator: &str,
) -> Result<bool> {
    let now = tx.now();
    let rows = tx.execute(
        "INSERT INTO jobs_calendars (account_id, name, year, months, creator, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, name, year) DO NOTHING",
        params![account, name, year, months, creator, now],
    )?;
    Ok(rows == 1)
}

pub(super) fn find(tx: &mut Tx<'_>, account: &str, name: &str, year: i64) -> Result<Option<String>> {
    tx.query_optional(
        "SELECT months FROM jobs_calendars WHERE account_id = $1 AND name = $2 AND year = $3",
        params![account, name, year],
        |row| row.get(0),
    )
}

pub(super) fn any(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM jobs_calendars WHERE account_id = $1 AND name = $2 LIMIT 1";
    Ok(tx.query_optional(sql, params![account, name], |_| Ok(()))?.is_some())
}

pub(super) fn years(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Vec<(i64, String)>> {
    tx.query(
        "SELECT year, months FROM jobs_calendars WHERE account_id = $1 AND name = $2",
        params![account, name],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn in_use(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM jobs_jobs WHERE account_id = $1 AND calendar = $2 AND calendar <> '' LIMIT 1";
    Ok(tx.query_optional(sql, params![account, name], |_| Ok(()))?.is_some())
}

pub(super) fn update(tx: &mut Tx<'_>, account: &str, name: &str, year: i64, months: &str) -> Result<()> {
    tx.execute(
        "UPDATE jobs_calendars SET months = $4 WHERE account_id = $1 AND name = $2 AND year = $3",
        params![account, name, year, months],
    )?;
    Ok(())
}

pub(super) fn delete(tx: &mut Tx<'_>, account: &str, name: &str, year: i64) -> Result<()> {
    tx.execute(
        "DELETE FROM jobs_calendars WHERE account_id = $1 AND name = $2 AND year = $3",
        params![account, name, year],
    )?;
    Ok(())
}

/// Every year of a calendar.
pub(super) fn of_name(tx: &mut Tx<'_>, account: &str, name: &str) -> Result<Vec<Calendar>> {
    tx.query(
        "SELECT name, year, months, creator FROM jobs_calendars WHERE account_id = $1 AND name = $2 ORDER BY year",
        params![account, name],
        calendar,
    )
}

/// Those that the account has made itself.
pub(super) fn list(
    tx: &mut Tx<'_>,
    account: &str,
    filter: &CalendarFilter,
    page: PageRequest,
) -> Result<Page<Calendar>> {
    let mut wanted = "WHERE account_id = $1 AND name <> $2 AND name <> $3".to_owned();
    let mut values = vec![Value::Text(account.into())];
    values.extend(SYSTEM.map(|name| Value::Text(name.into())));
    if let Some(name) = &filter.name {
        values.push(Value::Text(name.into()));
        wanted.push_str(&format!(" AND name = ${}", values.len()));
    }
    if let Some(year) = filter.year {
        values.push(Value::Integer(year));
        wanted.push_str(&format!(" AND year = ${}", values.len()));
    }
    let total: i64 =
        tx.query_one(&format!("SELECT COUNT(*) FROM jobs_calendars {wanted}"), &values, |row| row.get(0))?;
    let mut sql =
        format!("SELECT name, year, months, creator FROM jobs_calendars {wanted} ORDER BY name, year");
    if page != PageRequest::ALL {
        sql.push_str(&format!(" LIMIT {} OFFSET {}", page.sql_limit(), page.sql_offset()));
    }
    let items = tx.query(&sql, &values, calendar)?;
    Ok(Page { items, total: total.unsigned_abs() })
}

fn calendar(row: &Row<'_>) -> Result<Calendar> {
    let name: String = row.get(0)?;
    Ok(Calendar {
        is_system: is_system(&name),
        name,
        year: row.get(1)?,
        months: row.get(2)?,
        creator: row.get(3)?,
    })
}
