//! The tables of this feature.

use muster_db::Migration;

/// This feature's schema, oldest step first.
pub const MIGRATIONS: &[Migration] = &[Migration {
    id: "apps/0001_groups",
    // `plan` holds what a server will be built from (image, disk, network, routing): nothing is searched by it.
    sql: "
CREATE TABLE apps_server_groups (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    os TEXT NOT NULL,
    single_session BIGINT NOT NULL,
    virtual_ip BIGINT,
    mount_policy TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    enterprise_project_id TEXT NOT NULL,
    primary_id TEXT,
    plan TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX apps_server_groups_name ON apps_server_groups (account_id, project_id, name);
CREATE INDEX apps_server_groups_newest ON apps_server_groups (account_id, project_id, created_at, id);
CREATE INDEX apps_server_groups_primary ON apps_server_groups (primary_id);

CREATE TABLE apps_server_group_tags (
    server_group_id TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (server_group_id, tag_key)
);

CREATE TABLE apps_app_groups (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    server_group_id TEXT,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX apps_app_groups_name ON apps_app_groups (account_id, project_id, name);
CREATE INDEX apps_app_groups_newest ON apps_app_groups (account_id, project_id, created_at, id);
CREATE INDEX apps_app_groups_server_group ON apps_app_groups (server_group_id);
",
}];
