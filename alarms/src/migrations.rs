//! The schema of alarms.

use muster_db::Migration;

use crate::masks::MASKS;
use crate::templates::TEMPLATES;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "alarms/masks/0001_masks", sql: MASKS },
    Migration { id: "alarms/0001_rules", sql: RULES },
    Migration { id: "alarms/templates/0001_templates", sql: TEMPLATES },
    // When the alarm of the episode began, through all changes of its level.
    Migration { id: "alarms/0002_began", sql: "ALTER TABLE alarms_units ADD COLUMN began_at BIGINT;" },
    Migration { id: "alarms/0003_events", sql: EVENTS },
    Migration { id: "alarms/0004_in_alarm", sql: IN_ALARM },
];

// Groups ask what of their project is in alarm, which is little of what is watched.
const IN_ALARM: &str = "
CREATE INDEX alarms_units_in_alarm ON alarms_units (account_id, project_id) WHERE state NOT IN ('ok', 'unknown');
";

// A rule's words stand in a version of it, which outlives the rule as long as an episode tells of it. Policies and named
// dimensions have rows of their own for whoever looks for the rules on a metric, an event or a resource. Changes are
// numbered in the order of their commits, for the engines that follow them.
const RULES: &str = "
CREATE TABLE alarms_rules (
    id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    rule_key TEXT NOT NULL,
    version_id BIGINT NOT NULL,
    enabled BIGINT NOT NULL,
    name TEXT NOT NULL,
    namespace TEXT NOT NULL,
    is_event BIGINT NOT NULL,
    group_id BIGINT,
    template_id BIGINT,
    enterprise_project_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, origin, rule_key)
);
CREATE INDEX alarms_rules_by_project ON alarms_rules (account_id, origin, project_id, id);
CREATE INDEX alarms_rules_by_group ON alarms_rules (group_id);
CREATE INDEX alarms_rules_by_template ON alarms_rules (template_id);
CREATE TABLE alarms_versions (
    id BIGINT PRIMARY KEY,
    rule_id BIGINT NOT NULL,
    spec TEXT NOT NULL
);
CREATE TABLE alarms_policies (
    id BIGINT PRIMARY KEY,
    rule_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    is_event BIGINT NOT NULL,
    metric TEXT NOT NULL
);
CREATE INDEX alarms_policies_by_rule ON alarms_policies (rule_id);
CREATE INDEX alarms_policies_by_metric ON alarms_policies (account_id, project_id, metric);
CREATE TABLE alarms_resources (
    rule_id BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    dimension_values TEXT NOT NULL,
    PRIMARY KEY (rule_id, dimensions)
);
CREATE INDEX alarms_resources_by_dimensions ON alarms_resources (account_id, project_id, dimensions);
CREATE INDEX alarms_resources_by_values ON alarms_resources (account_id, project_id, dimension_values);
CREATE TABLE alarms_counts (
    account_id TEXT PRIMARY KEY,
    rules BIGINT NOT NULL
);
CREATE TABLE alarms_changes (
    id BIGINT PRIMARY KEY,
    rule_id BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE TABLE alarms_units (
    policy_id BIGINT NOT NULL,
    dimensions TEXT NOT NULL,
    rule_id BIGINT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    episode_id BIGINT,
    told_at BIGINT,
    last_at BIGINT,
    last_value DOUBLE PRECISION,
    PRIMARY KEY (policy_id, dimensions)
);
CREATE INDEX alarms_units_by_rule ON alarms_units (rule_id, state);
CREATE INDEX alarms_units_by_dimensions ON alarms_units (account_id, project_id, dimensions);
CREATE TABLE alarms_episodes (
    id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    rule_id BIGINT NOT NULL,
    rule_key TEXT NOT NULL,
    rule_made_at BIGINT NOT NULL,
    version_id BIGINT NOT NULL,
    policy_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    namespace TEXT NOT NULL,
    metric TEXT NOT NULL,
    is_event BIGINT NOT NULL,
    group_id BIGINT,
    contact_groups TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    dimension_values TEXT NOT NULL,
    level TEXT NOT NULL,
    ending TEXT NOT NULL,
    masked BIGINT NOT NULL,
    began_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    ended_at BIGINT,
    updated_at BIGINT NOT NULL,
    points TEXT NOT NULL,
    event_id BIGINT
);
CREATE INDEX alarms_episodes_by_update ON alarms_episodes (account_id, origin, project_id, updated_at);
CREATE INDEX alarms_episodes_by_rule ON alarms_episodes (rule_id, ending);
CREATE INDEX alarms_episodes_by_version ON alarms_episodes (version_id);
CREATE INDEX alarms_episodes_by_end ON alarms_episodes (ended_at);
CREATE TABLE alarms_notices (
    id BIGINT PRIMARY KEY,
    episode_id BIGINT NOT NULL,
    origin TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    state_before TEXT NOT NULL,
    state_after TEXT NOT NULL,
    value DOUBLE PRECISION,
    delivery TEXT NOT NULL,
    mask_id BIGINT,
    mask_key TEXT NOT NULL,
    mask_name TEXT NOT NULL,
    message_key TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX alarms_notices_by_time ON alarms_notices (account_id, origin, project_id, at);
CREATE INDEX alarms_notices_by_episode ON alarms_notices (episode_id);
CREATE INDEX alarms_notices_by_age ON alarms_notices (at);
";

// Events that a policy counts.
const EVENTS: &str = "
CREATE TABLE alarms_event_hits (
    policy_id BIGINT NOT NULL,
    dimensions TEXT NOT NULL,
    event_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (policy_id, dimensions, event_id)
);
CREATE INDEX alarms_event_hits_by_age ON alarms_event_hits (at);
CREATE INDEX alarms_policies_of_events ON alarms_policies (is_event, id);
";
