//! Many rows in one statement.

pub(crate) use muster_db::bulk::{insert, insert_new, lists, query, update};
