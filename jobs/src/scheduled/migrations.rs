//! The tables of scheduled jobs.

use muster_db::Migration;

/// In the order in which they are applied.
pub const MIGRATIONS: &[Migration] = &[RECORDS, COUNTS, TAG_PATTERNS];

const RECORDS: Migration = Migration {
    id: "jobs/scheduled_0001_records",
    // `…_folded` columns hold the text in lower case: searches ignore case, and the two databases do not
    // fold alike. `account_id` stands in the link tables too, so that a search never needs a join for it.
    sql: "
CREATE TABLE scheduled_jobs (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT,
    description_folded TEXT,
    kind TEXT NOT NULL,
    target TEXT NOT NULL,
    settings TEXT NOT NULL,
    settings_folded TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scheduled_jobs_of_account ON scheduled_jobs (account_id, created_at, id);
CREATE INDEX scheduled_jobs_by_name ON scheduled_jobs (name_folded, account_id);
CREATE INDEX scheduled_jobs_by_target ON scheduled_jobs (target);
CREATE INDEX scheduled_jobs_by_time ON scheduled_jobs (created_at, id);

CREATE TABLE scheduled_groups (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT,
    description_folded TEXT,
    kind TEXT NOT NULL,
    settings TEXT NOT NULL,
    settings_folded TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scheduled_groups_of_account ON scheduled_groups (account_id, created_at, id);
CREATE INDEX scheduled_groups_by_name ON scheduled_groups (name_folded, account_id);
CREATE INDEX scheduled_groups_by_time ON scheduled_groups (created_at, id);

CREATE TABLE scheduled_triggers (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    description TEXT,
    description_folded TEXT,
    rule TEXT NOT NULL,
    cron TEXT,
    interval_s BIGINT,
    repeats BIGINT,
    not_before BIGINT,
    not_after BIGINT,
    ends_at BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scheduled_triggers_of_account ON scheduled_triggers (account_id, created_at, id);
CREATE INDEX scheduled_triggers_by_name ON scheduled_triggers (name_folded, account_id);
CREATE INDEX scheduled_triggers_by_time ON scheduled_triggers (created_at, id);

CREATE TABLE scheduled_job_triggers (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    trigger_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (job_id, trigger_id)
);
CREATE INDEX scheduled_job_triggers_of_trigger ON scheduled_job_triggers (trigger_id, job_id);

CREATE TABLE scheduled_group_triggers (
    group_id TEXT NOT NULL,
    trigger_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, trigger_id)
);
CREATE INDEX scheduled_group_triggers_of_trigger ON scheduled_group_triggers (trigger_id, group_id);

CREATE TABLE scheduled_members (
    job_id TEXT PRIMARY KEY,
    group_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    priority BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scheduled_members_of_group ON scheduled_members (group_id, created_at, job_id);

CREATE TABLE scheduled_tags (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    tag TEXT NOT NULL,
    tag_folded TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (resource_id, source, tag)
);
CREATE INDEX scheduled_tags_of_account ON scheduled_tags (account_id, created_at, id);
CREATE INDEX scheduled_tags_by_tag ON scheduled_tags (tag_folded, resource_id);
",
};

const COUNTS: Migration = Migration {
    id: "jobs/scheduled_0002_counts",
    sql: "
CREATE TABLE scheduled_counts (
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (account_id, kind)
);
INSERT INTO scheduled_counts SELECT account_id, 'job', COUNT(*) FROM scheduled_jobs GROUP BY account_id;
INSERT INTO scheduled_counts SELECT account_id, 'group', COUNT(*) FROM scheduled_groups GROUP BY account_id;
INSERT INTO scheduled_counts SELECT account_id, 'trigger', COUNT(*) FROM scheduled_triggers GROUP BY account_id;
",
};

const TAG_PATTERNS: Migration = Migration {
    id: "jobs/scheduled_0003_tag_patterns",
    sql: "
CREATE TABLE scheduled_tag_patterns (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    value TEXT NOT NULL,
    value_folded TEXT NOT NULL,
    description TEXT,
    description_folded TEXT,
    color TEXT,
    takes_tokens BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX scheduled_tag_patterns_of_account ON scheduled_tag_patterns (account_id, created_at, id);
ALTER TABLE scheduled_tags ADD COLUMN pattern_id TEXT;
CREATE INDEX scheduled_tags_of_pattern ON scheduled_tags (pattern_id) WHERE pattern_id IS NOT NULL;
",
};
