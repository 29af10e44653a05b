//! The schema of identity.

use muster_db::Migration;

/// The migrations of this crate, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "identity/0001_accounts", sql: ACCOUNTS },
    Migration { id: "identity/0002_policies", sql: POLICIES },
    Migration { id: "identity/0003_sessions", sql: SESSIONS },
    Migration { id: "identity/0004_audit", sql: AUDIT },
];

const ACCOUNTS: &str = "
CREATE TABLE identity_settings (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);
CREATE TABLE identity_accounts (
    id TEXT PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    enabled BIGINT NOT NULL,
    is_first BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE identity_projects (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    is_default BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE identity_users (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    is_root BIGINT NOT NULL,
    enabled BIGINT NOT NULL,
    password_hash TEXT,
    password_set_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE identity_access_keys (
    id TEXT PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    secret BYTEA NOT NULL,
    description TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX identity_access_keys_by_account ON identity_access_keys (account_id, id);
CREATE INDEX identity_access_keys_by_user ON identity_access_keys (user_id);
CREATE INDEX identity_access_keys_by_expiry ON identity_access_keys (expires_at);
";

// A target is a user's id, a user group's id or a role's id; `is_system` says that the policy's document is
// built in. A grant names a user by whatever id the granting API uses (RAM's number, our id or a name).
const POLICIES: &str = "
CREATE TABLE identity_policies (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name)
);
CREATE TABLE identity_attachments (
    account_id TEXT NOT NULL,
    target_id TEXT NOT NULL,
    policy TEXT NOT NULL,
    is_system BIGINT NOT NULL,
    target_kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id, policy, is_system)
);
CREATE INDEX identity_attachments_by_policy ON identity_attachments (account_id, policy);
CREATE TABLE identity_user_groups (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE identity_user_group_members (
    user_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    PRIMARY KEY (user_id, group_id)
);
CREATE INDEX identity_user_group_members_by_group ON identity_user_group_members (group_id);
CREATE TABLE identity_roles (
    id TEXT PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    trust TEXT NOT NULL,
    max_session_s BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE TABLE identity_grants (
    account_id TEXT NOT NULL,
    resource TEXT NOT NULL,
    user_id TEXT NOT NULL,
    user_name TEXT NOT NULL,
    can_grant BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, resource, user_id)
);
CREATE INDEX identity_grants_by_user ON identity_grants (account_id, user_id);
";

// Exactly one of user_id and role_id is set in a temporary key.
const SESSIONS: &str = "
CREATE TABLE identity_sessions (
    digest BYTEA PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    project_id TEXT,
    csrf TEXT,
    created_at BIGINT NOT NULL,
    extended_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_sessions_by_user ON identity_sessions (user_id, kind);
CREATE INDEX identity_sessions_by_expiry ON identity_sessions (expires_at);
CREATE TABLE identity_temporary_keys (
    id TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    token_digest BYTEA NOT NULL,
    account_id TEXT NOT NULL,
    user_id TEXT,
    role_id TEXT,
    session_name TEXT NOT NULL,
    session_policy TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX identity_temporary_keys_by_user ON identity_temporary_keys (user_id);
CREATE INDEX identity_temporary_keys_by_role ON identity_temporary_keys (role_id);
CREATE INDEX identity_temporary_keys_by_expiry ON identity_temporary_keys (expires_at);
";

// A nonce's key begins with its quarter of an hour: rows that are pruned together lie together.
const AUDIT: &str = "
CREATE TABLE identity_nonces (
    quarter BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (quarter, digest)
);
CREATE TABLE identity_audit (
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    source_ip TEXT NOT NULL,
    request_id TEXT NOT NULL,
    api TEXT NOT NULL,
    operation TEXT NOT NULL,
    subject_kind TEXT,
    subject_id TEXT,
    refusal TEXT
);
CREATE INDEX identity_audit_by_account ON identity_audit (account_id, id);
";
