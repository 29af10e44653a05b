//! The schema of resource groups.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "resources/0001_groups", sql: GROUPS },
    Migration { id: "resources/0002_enterprise_projects", sql: ENTERPRISE_PROJECTS },
    Migration { id: "resources/0003_inventory", sql: INVENTORY },
    Migration { id: "resources/0004_applications", sql: APPLICATIONS },
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

// A resource's ordinal is dense within its project: it is its bit in the index. A change of what rules look at leaves
// a row in resource_changes, by which the index of every node follows.
const INVENTORY: &str = "
CREATE TABLE resources (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    kind TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    enterprise_project_id TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    UNIQUE (account_id, project_id, kind, external_id),
    UNIQUE (account_id, project_id, ordinal)
);
CREATE INDEX resources_by_enterprise_project ON resources (account_id, enterprise_project_id, id);
CREATE INDEX resources_by_external_id ON resources (account_id, external_id);
CREATE INDEX resources_by_last_seen ON resources (last_seen);
CREATE TABLE resource_tags (
    resource_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (resource_id, key)
);
CREATE INDEX resource_tags_by_key ON resource_tags (account_id, key, value, resource_id);
CREATE TABLE resource_facets (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    namespace TEXT NOT NULL,
    identity TEXT NOT NULL,
    resource_id BIGINT NOT NULL,
    dimension_names TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    first_value TEXT NOT NULL,
    PRIMARY KEY (account_id, project_id, namespace, identity)
);
CREATE INDEX resource_facets_by_resource ON resource_facets (resource_id, namespace, identity);
CREATE INDEX resource_facets_by_first_value ON resource_facets (account_id, project_id, first_value);
CREATE INDEX resource_group_members_by_member ON resource_group_members (namespace, identity, group_id);
CREATE TABLE resource_counters (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    resources BIGINT NOT NULL,
    ordinals BIGINT NOT NULL,
    changes BIGINT NOT NULL,
    PRIMARY KEY (account_id, project_id)
);
CREATE TABLE resource_changes (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    change BIGINT NOT NULL,
    subject TEXT NOT NULL,
    subject_id BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, project_id, change)
);
CREATE INDEX resource_changes_by_time ON resource_changes (changed_at);
";

// A project's groups are counted for each API, as each has its own lists. How far the groups of a founder follow the
// inventory is told by the number of the last change that they know.
const APPLICATIONS: &str = "
ALTER TABLE resource_groups ADD COLUMN origin TEXT NOT NULL DEFAULT 'cloud_eye';
DROP INDEX resource_groups_by_project;
CREATE INDEX resource_groups_by_project ON resource_groups (account_id, project_id, origin, created_at, id);
ALTER TABLE resource_group_members ADD COLUMN region TEXT;
CREATE TABLE resource_groups_used (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    origin TEXT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (account_id, project_id, origin)
);
INSERT INTO resource_groups_used (account_id, project_id, origin, used)
    SELECT account_id, project_id, 'cloud_eye', used FROM resource_group_counts;
DROP TABLE resource_group_counts;
CREATE TABLE resource_applications (
    group_id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    source TEXT NOT NULL,
    contact_groups TEXT NOT NULL,
    founder_id TEXT,
    founder_key TEXT,
    founder_value TEXT,
    resource_group_id TEXT,
    UNIQUE (founder_id, founder_value),
    UNIQUE (account_id, project_id, resource_group_id)
);
CREATE TABLE resource_group_tags (
    group_id BIGINT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    account_id TEXT NOT NULL,
    PRIMARY KEY (group_id, key)
);
CREATE INDEX resource_group_tags_by_key ON resource_group_tags (account_id, key, value, group_id);
CREATE TABLE resource_founders (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    region TEXT NOT NULL,
    spec TEXT NOT NULL,
    known_change BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, project_id, tag_key)
);
";
