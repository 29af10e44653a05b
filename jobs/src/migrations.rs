//! The schema of namespaces, application groups and notification policies, of jobs and what they do.

use muster_db::Migration;

use crate::workflows;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "jobs/0001_app_groups", sql: APP_GROUPS },
    Migration { id: "jobs/0002_jobs", sql: JOBS },
    // Workers name their group and no account.
    Migration {
        id: "jobs/0003_groups_of_workers",
        sql: "CREATE INDEX jobs_app_groups_by_name ON jobs_app_groups (group_id, id);",
    },
    Migration { id: "jobs/0004_run_logs", sql: RUN_LOGS },
    Migration { id: "jobs/0005_run_counts", sql: RUN_COUNTS },
    // Which node handed an attempt over: it may still hear of it when another one serves the group.
    Migration { id: "jobs/0006_nodes_of_claims", sql: "ALTER TABLE jobs_instances ADD COLUMN node BIGINT;" },
    Migration { id: "jobs/0007_workflows", sql: workflows::SCHEMA },
    Migration { id: "jobs/0008_alarms", sql: ALARMS },
    Migration { id: "jobs/0009_lists", sql: LISTS },
];

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

// An instance's states are numbers: 1 and 2 wait, 3 to 5 are under way, from 10 on it is over. The partial indexes
// hold only what engines look for, so that history costs them nothing. `check_at` is when somebody must look at an
// instance that is under way: its lease, its time limit or its next try.
const JOBS: &str = "
CREATE TABLE jobs_jobs (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    app_group_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    time_kind TEXT NOT NULL,
    time_expression TEXT NOT NULL,
    zone TEXT NOT NULL,
    calendar TEXT NOT NULL,
    data_offset_s BIGINT NOT NULL,
    not_before BIGINT,
    not_after BIGINT,
    class_name TEXT NOT NULL,
    content TEXT NOT NULL,
    parameters TEXT NOT NULL,
    max_concurrency BIGINT NOT NULL,
    max_attempt BIGINT NOT NULL,
    attempt_interval_s BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    map_settings TEXT NOT NULL,
    xattrs TEXT NOT NULL,
    template TEXT NOT NULL,
    monitor TEXT,
    echo TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    next_due BIGINT,
    creator TEXT NOT NULL,
    updater TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX jobs_jobs_by_group ON jobs_jobs (app_group_id, id);
CREATE INDEX jobs_jobs_due ON jobs_jobs (next_due, id) WHERE next_due IS NOT NULL;
CREATE INDEX jobs_jobs_by_calendar ON jobs_jobs (account_id, calendar) WHERE calendar <> '';

CREATE TABLE jobs_scripts (
    job_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    content TEXT NOT NULL,
    description TEXT NOT NULL,
    creator TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (job_id, id)
);

CREATE TABLE jobs_calendars (
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    year BIGINT NOT NULL,
    months TEXT NOT NULL,
    creator TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, name, year)
);

CREATE TABLE jobs_designations (
    job_id BIGINT PRIMARY KEY,
    app_group_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    transferable BIGINT NOT NULL,
    targets TEXT NOT NULL
);
CREATE INDEX jobs_designations_by_group ON jobs_designations (app_group_id);

CREATE TABLE jobs_route_strategies (
    app_group_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (app_group_id, job_id)
);

CREATE TABLE jobs_firings (
    job_id BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    to_ms BIGINT NOT NULL,
    count BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    reason TEXT,
    instance_id BIGINT,
    late_ms BIGINT,
    app_group_id BIGINT NOT NULL,
    PRIMARY KEY (job_id, due_ms)
);
CREATE INDEX jobs_firings_by_time ON jobs_firings (due_ms, job_id);

CREATE TABLE jobs_instances (
    id BIGINT PRIMARY KEY,
    job_id BIGINT NOT NULL,
    app_group_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    cause TEXT NOT NULL,
    scheduled_s BIGINT NOT NULL,
    scheduled_at BIGINT NOT NULL,
    data_at BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    has_sequel BIGINT NOT NULL,
    parameters TEXT,
    executor TEXT,
    designate_kind TEXT,
    designate_target TEXT,
    worker TEXT,
    worker_address TEXT,
    submitted_at BIGINT,
    accepted_at BIGINT,
    started_at BIGINT,
    ended_at BIGINT,
    lease_until BIGINT,
    timeout_at BIGINT,
    check_at BIGINT,
    result TEXT,
    progress TEXT,
    UNIQUE (job_id, scheduled_s)
);
CREATE INDEX jobs_instances_by_group ON jobs_instances (app_group_id, scheduled_s);
CREATE INDEX jobs_instances_waiting ON jobs_instances (app_group_id, priority DESC, scheduled_at, id)
    WHERE state < 3;
CREATE INDEX jobs_instances_under_way ON jobs_instances (check_at, id) WHERE check_at IS NOT NULL;
CREATE INDEX jobs_instances_open ON jobs_instances (app_group_id, job_id) WHERE state < 10;

CREATE TABLE jobs_kills (
    id BIGINT PRIMARY KEY,
    worker TEXT NOT NULL,
    app_group_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    instance_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    mode TEXT NOT NULL,
    class_name TEXT NOT NULL,
    content TEXT NOT NULL,
    by_user TEXT NOT NULL
);
";

// A worker numbers its runs and the lines of each; `taken` is how many lines of a run were dealt with.
const RUN_LOGS: &str = "
CREATE TABLE jobs_log_lines (
    instance_id BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    stream BIGINT NOT NULL,
    worker TEXT NOT NULL,
    at BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (instance_id, seq)
);
CREATE TABLE jobs_log_sources (
    instance_id BIGINT NOT NULL,
    worker TEXT NOT NULL,
    run BIGINT NOT NULL,
    taken BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    is_cut BIGINT NOT NULL,
    PRIMARY KEY (instance_id, worker, run)
);
";

// `span_s` is 0 for what one transaction counted, in a row of its own; such rows are added up into minutes and hours.
const RUN_COUNTS: &str = "
CREATE TABLE jobs_run_counts (
    app_group_id BIGINT NOT NULL,
    span_s BIGINT NOT NULL,
    start_s BIGINT NOT NULL,
    id BIGINT NOT NULL,
    triggered BIGINT NOT NULL,
    succeeded BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    PRIMARY KEY (app_group_id, span_s, start_s, id)
);
CREATE INDEX jobs_run_counts_by_age ON jobs_run_counts (span_s, start_s);
CREATE INDEX jobs_jobs_disabled ON jobs_jobs (app_group_id) WHERE enabled = 0;
";

// `too_long_at` is when somebody must be told that a run takes too long; nothing once that was done.
const ALARMS: &str = "
CREATE TABLE jobs_alarms (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    app_group_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,
    instance_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    facts TEXT NOT NULL,
    outcome TEXT NOT NULL,
    told BIGINT NOT NULL,
    silenced BIGINT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX jobs_alarms_pending ON jobs_alarms (id) WHERE outcome = 'pending';
CREATE INDEX jobs_alarms_by_group ON jobs_alarms (app_group_id, id);
CREATE INDEX jobs_alarms_by_job ON jobs_alarms (job_id, id);
CREATE INDEX jobs_alarms_by_age ON jobs_alarms (at);
CREATE TABLE jobs_failures (
    job_id BIGINT PRIMARY KEY,
    in_a_row BIGINT NOT NULL
);
ALTER TABLE jobs_instances ADD COLUMN too_long_at BIGINT;
";

// Lists that people look at across groups. What went well is the rule and needs no index of its own: only what did
// not (failed and stopped runs, skipped and lost due times) is looked for among millions. An attempt has a row when
// another one follows it; the last one stands in the instance.
const LISTS: &str = "
CREATE INDEX jobs_jobs_by_account ON jobs_jobs (account_id, id);
CREATE INDEX jobs_instances_unwell ON jobs_instances (app_group_id, scheduled_s) WHERE state > 10;
CREATE INDEX jobs_firings_unwell ON jobs_firings (app_group_id, due_ms) WHERE outcome > 1;

CREATE TABLE jobs_attempts (
    instance_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    worker_address TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (instance_id, id)
);
";
