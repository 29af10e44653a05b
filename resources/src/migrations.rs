//! The schema of resource groups.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "resources/0001_groups", sql: GROUPS },
    Migration { id: "resources/0002_enterprise_projects", sql: ENTERPRISE_PROJECTS },
];

const GROUPS: &str = "
CREATE TABLE resource_groups (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    enterprise_project_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    level TEXT NOT NULL,
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX resource_groups_by_project ON resource_groups (account_id, project_id, created_at, id);
CREATE TABLE resource_group_counts (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (account_id, project_id)
);
CREATE TABLE resource_group_members (
    group_id BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    identity TEXT NOT NULL,
    dimension_names TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    product TEXT,
    resource_name TEXT,
    added_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, namespace, identity)
);
";

const ENTERPRISE_PROJECTS: &str = "
CREATE TABLE enterprise_projects (
    account_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, id),
    UNIQUE (account_id, name)
);
CREATE INDEX resource_groups_by_owner ON resource_groups (account_id, enterprise_project_id, created_at, id);
";
