//! The tables of this feature.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        // `fingerprint` is what makes a repetition the same event; absent where each report is another one. Ids grow
        // in the order of arrival, so the oldest rows are found by their key when they are purged.
        id: "events/0001_events",
        sql: "
CREATE TABLE events_events (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    fingerprint TEXT UNIQUE,
    kind TEXT NOT NULL,
    category TEXT,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT,
    state TEXT NOT NULL,
    occurred_at BIGINT NOT NULL,
    group_id BIGINT,
    resource_id TEXT NOT NULL,
    resource_name TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    region TEXT NOT NULL,
    user_name TEXT NOT NULL,
    content TEXT NOT NULL,
    drill BIGINT NOT NULL
);
CREATE INDEX events_by_time ON events_events (account_id, occurred_at, id);
CREATE INDEX events_by_name ON events_events (account_id, name, occurred_at, id);
CREATE TABLE events_active (
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    group_id BIGINT,
    occurred_at BIGINT NOT NULL,
    active_until BIGINT NOT NULL,
    PRIMARY KEY (account_id, project_id, subject)
);
CREATE INDEX events_active_by_end ON events_active (active_until);
CREATE TABLE events_intake (
    account_id TEXT NOT NULL,
    hour BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    PRIMARY KEY (account_id, hour)
);
",
    },
    Migration {
        // A match is decided upon by the engine that tells; `outcome` is `pending` until then.
        id: "events/0002_rules",
        sql: "
CREATE TABLE events_rules (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    group_id BIGINT,
    silence_ms BIGINT NOT NULL,
    patterns TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE INDEX events_rules_by_age ON events_rules (account_id, created_at DESC, name);
CREATE TABLE events_rule_targets (
    rule_id BIGINT NOT NULL,
    sort TEXT NOT NULL,
    target_id TEXT NOT NULL,
    position BIGINT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (rule_id, sort, target_id)
);
CREATE TABLE events_matches (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    rule_id BIGINT NOT NULL,
    rule_name TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    told TEXT NOT NULL
);
CREATE INDEX events_matches_pending ON events_matches (id) WHERE outcome = 'pending';
CREATE INDEX events_matches_by_account ON events_matches (account_id, id);
CREATE INDEX events_matches_by_event ON events_matches (event_id);
CREATE TABLE events_silences (
    rule_id BIGINT NOT NULL,
    subject TEXT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (rule_id, subject)
);
CREATE INDEX events_silences_by_age ON events_silences (told_at);
",
    },
];
