//! The schema of namespaces, application groups and notification policies.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[Migration { id: "jobs/0001_app_groups", sql: APP_GROUPS }];

// `id` counts in the order of creation, which is the order of lists. A group knows the number of its jobs, so
// that no answer counts them. Most groups name no policy: the partial index costs them nothing.
const APP_GROUPS: &str = "
CREATE TABLE jobs_namespaces (
    account_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, uid)
);
CREATE UNIQUE INDEX jobs_namespaces_by_age ON jobs_namespaces (account_id, id);

CREATE TABLE jobs_app_groups (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    group_id TEXT NOT NULL,
    name TEXT NOT NULL,
    app_key TEXT NOT NULL,
    description TEXT NOT NULL,
    edition BIGINT NOT NULL,
    platform BIGINT NOT NULL,
    max_jobs BIGINT NOT NULL,
    job_count BIGINT NOT NULL,
    max_concurrency BIGINT,
    log_enabled BIGINT NOT NULL,
    schedule_busy_workers BIGINT NOT NULL,
    monitor_config TEXT NOT NULL,
    monitor_contacts TEXT NOT NULL,
    notification_policy TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, namespace, group_id)
);
CREATE INDEX jobs_app_groups_by_age ON jobs_app_groups (account_id, id);
CREATE INDEX jobs_app_groups_by_policy ON jobs_app_groups (account_id, notification_policy)
    WHERE notification_policy <> '';

CREATE TABLE jobs_notification_policies (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    id BIGINT NOT NULL,
    description TEXT NOT NULL,
    times TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE UNIQUE INDEX jobs_notification_policies_by_age ON jobs_notification_policies (account_id, id);
";
