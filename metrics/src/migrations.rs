//! The schema of the metrics store.

use muster_db::Migration;

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { id: "metrics/0001_samples", sql: SAMPLES },
    Migration { id: "metrics/0002_series_by_dimensions", sql: BY_DIMENSIONS },
    // Series that do not count.
    Migration {
        id: "metrics/0003_own",
        sql: "ALTER TABLE metrics_series ADD COLUMN own BIGINT NOT NULL DEFAULT 0;",
    },
    // Whoever serves the shard seals.
    Migration {
        id: "metrics/0004_keeper",
        sql: "ALTER TABLE metrics_state DROP COLUMN keeper;
ALTER TABLE metrics_state DROP COLUMN kept_until;",
    },
    Migration { id: "metrics/0005_spaces", sql: SPACES },
];

// Namespaces that are made by name.
const SPACES: &str = "
CREATE TABLE metrics_spaces (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    kept_for_wire TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, name)
);
";

// Whether anything reports under these dimensions, whatever the metric.
const BY_DIMENSIONS: &str = "
CREATE INDEX metrics_series_by_dimensions ON metrics_series (account_id, project_id, namespace, dimensions);
";

// A series is live while it is reported: only such series count and stand in memory. Log rows are in the order in which
// they were acknowledged; what `sealed_log_id` names and all before it are in chunks.
const SAMPLES: &str = "
CREATE TABLE metrics_series (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    namespace TEXT NOT NULL,
    metric TEXT NOT NULL,
    dimension_names TEXT NOT NULL,
    dimensions TEXT NOT NULL,
    unit TEXT NOT NULL,
    kind BIGINT NOT NULL,
    ttl_ms BIGINT NOT NULL,
    live BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    UNIQUE (account_id, project_id, name)
);
CREATE INDEX metrics_series_by_silence ON metrics_series (live, seen_at);
CREATE TABLE metrics_series_counts (
    account_id TEXT PRIMARY KEY,
    live BIGINT NOT NULL
);
CREATE TABLE metrics_log (
    id BIGINT PRIMARY KEY,
    data BYTEA NOT NULL
);
CREATE TABLE metrics_chunks (
    id BIGINT PRIMARY KEY,
    series_id BIGINT NOT NULL REFERENCES metrics_series (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    raw_only BIGINT NOT NULL,
    data BYTEA NOT NULL
);
CREATE INDEX metrics_chunks_by_series ON metrics_chunks (series_id, ends_at);
CREATE INDEX metrics_chunks_by_end ON metrics_chunks (ends_at);
CREATE TABLE metrics_rollups (
    series_id BIGINT NOT NULL REFERENCES metrics_series (id),
    period_s BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    data BYTEA NOT NULL,
    PRIMARY KEY (series_id, period_s, starts_at)
);
CREATE INDEX metrics_rollups_by_start ON metrics_rollups (period_s, starts_at);
CREATE TABLE metrics_state (
    id BIGINT PRIMARY KEY,
    generation BIGINT NOT NULL,
    sealed_log_id BIGINT NOT NULL,
    sealed_end BIGINT NOT NULL,
    rolled_until BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL,
    keeper TEXT NOT NULL,
    kept_until BIGINT NOT NULL
);
";
