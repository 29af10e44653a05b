//! The tables of workflows, which a migration of the crate makes.

// A job and a workflow never share a number, so the ledger keeps both in one column; `owner` says which it is. A
// workflow that is removed keeps its row, and gives up its nodes. The nodes of a run are instances like any others;
// the run keeps the graph that it was started with. `check_at` is when the engine looks at it next, whatever happens.
pub(crate) const SCHEMA: &str = "
ALTER TABLE jobs_instances ADD COLUMN workflow_instance BIGINT;
CREATE INDEX jobs_instances_of_workflows ON jobs_instances (workflow_instance)
    WHERE workflow_instance IS NOT NULL;

ALTER TABLE jobs_firings ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;

CREATE TABLE jobs_workflows (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    app_group_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    time_kind TEXT NOT NULL,
    time_expression TEXT NOT NULL,
    zone TEXT NOT NULL,
    max_concurrency BIGINT NOT NULL,
    dag TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    next_due BIGINT,
    creator TEXT NOT NULL,
    updater TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX jobs_workflows_by_group ON jobs_workflows (app_group_id, id);
CREATE INDEX jobs_workflows_due ON jobs_workflows (next_due, id) WHERE next_due IS NOT NULL;

CREATE TABLE jobs_workflow_nodes (
    job_id BIGINT NOT NULL,
    workflow_id BIGINT NOT NULL,
    PRIMARY KEY (job_id, workflow_id)
);
CREATE INDEX jobs_workflow_nodes_by_workflow ON jobs_workflow_nodes (workflow_id);

CREATE TABLE jobs_workflow_instances (
    id BIGINT PRIMARY KEY,
    workflow_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    cause TEXT NOT NULL,
    scheduled_s BIGINT NOT NULL,
    scheduled_at BIGINT NOT NULL,
    parameters TEXT,
    executor TEXT,
    graph TEXT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    check_at BIGINT,
    UNIQUE (workflow_id, scheduled_s)
);
CREATE INDEX jobs_workflow_instances_open ON jobs_workflow_instances (workflow_id) WHERE state < 10;
CREATE INDEX jobs_workflow_instances_to_check ON jobs_workflow_instances (check_at, id)
    WHERE check_at IS NOT NULL;
";
