//! The schema of this feature.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: "identity/0001_audit",
    sql: "CREATE TABLE audit (
            id BIGINT PRIMARY KEY, account_id TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL,
            source_ip TEXT NOT NULL, request_id TEXT NOT NULL, api TEXT NOT NULL, operation TEXT NOT NULL,
            subject_kind TEXT, subject_id TEXT, refusal TEXT);",
}];
