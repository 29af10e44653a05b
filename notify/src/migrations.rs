//! The tables of this feature.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        id: "notify/0001_contacts",
        sql: "
CREATE TABLE notify_contacts (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    lang TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE INDEX notify_contacts_by_age ON notify_contacts (account_id, created_at DESC, name);
CREATE TABLE notify_channels (
    contact_id BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    state TEXT NOT NULL,
    activation_sent_at BIGINT,
    PRIMARY KEY (contact_id, kind)
);
CREATE INDEX notify_channels_by_value ON notify_channels (account_id, value, kind);
CREATE TABLE notify_activations (
    token_hash BYTEA PRIMARY KEY,
    contact_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX notify_activations_by_channel ON notify_activations (contact_id, kind);
CREATE INDEX notify_activations_by_expiry ON notify_activations (expires_at);
CREATE TABLE notify_groups (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    subscribed BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
CREATE INDEX notify_groups_by_age ON notify_groups (account_id, created_at DESC, name);
CREATE TABLE notify_members (
    group_id BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    contact TEXT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (group_id, contact)
);
CREATE INDEX notify_members_by_contact ON notify_members (account_id, contact);
",
    },
    Migration {
        // `due_at` is when the next attempt is due while a message is queued, and when the running
        // attempt's lease ends while it is being sent: one index finds both what to send and what a crash
        // left behind.
        id: "notify/0002_outbox",
        sql: "
CREATE TABLE notify_messages (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    purpose TEXT NOT NULL,
    contact TEXT,
    medium TEXT NOT NULL,
    target TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    UNIQUE (account_id, key)
);
CREATE INDEX notify_messages_due ON notify_messages (due_at, id) WHERE state IN ('queued', 'sending');
CREATE INDEX notify_messages_open ON notify_messages (account_id, contact) WHERE state IN ('queued', 'sending');
CREATE INDEX notify_messages_by_account ON notify_messages (account_id, id);
CREATE INDEX notify_messages_finished ON notify_messages (finished_at) WHERE finished_at IS NOT NULL;
CREATE TABLE notify_attempts (
    message_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message_id, number)
);
",
    },
    Migration {
        // What people ask for by contact or by trouble: few rows among very many.
        id: "notify/0003_views",
        sql: "
CREATE INDEX notify_messages_by_contact ON notify_messages (account_id, contact, id);
CREATE INDEX notify_messages_failed ON notify_messages (account_id, id) WHERE state = 'failed';
CREATE INDEX notify_channels_pending ON notify_channels (account_id) WHERE state = 'pending';
",
    },
    Migration {
        // `made_group` and `made_contact`: whether they go with what they were made for.
        id: "notify/0004_topics",
        sql: "
CREATE TABLE notify_topics (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    uid TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT NOT NULL,
    introduction TEXT NOT NULL,
    access_policy TEXT NOT NULL,
    tags TEXT NOT NULL,
    enterprise_project_id TEXT NOT NULL,
    contact_group TEXT NOT NULL,
    made_group BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, key)
);
CREATE INDEX notify_topics_by_age ON notify_topics (account_id, project_id, created_at DESC, id DESC);
CREATE INDEX notify_topics_by_group ON notify_topics (account_id, contact_group);
CREATE TABLE notify_subscriptions (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    topic_id BIGINT NOT NULL,
    uid TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    remark TEXT NOT NULL,
    contact TEXT,
    made_contact BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, uid)
);
CREATE INDEX notify_subscriptions_by_topic ON notify_subscriptions (topic_id, id);
CREATE INDEX notify_subscriptions_by_project ON notify_subscriptions (account_id, project_id, id);
CREATE INDEX notify_subscriptions_by_contact ON notify_subscriptions (account_id, contact);
",
    },
];
