//! The schema of masks.

// The counter of an account's changes is what every node's memory follows.
pub(crate) const MASKS: &str = "
CREATE TABLE alarm_masks (
    id BIGINT PRIMARY KEY,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    enabled BIGINT NOT NULL,
    spec TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, project_id, kind, key)
);
CREATE TABLE alarm_mask_targets (
    what TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    mask_id BIGINT NOT NULL,
    PRIMARY KEY (what, target_id, mask_id)
);
CREATE INDEX alarm_mask_targets_by_mask ON alarm_mask_targets (mask_id);
CREATE TABLE alarm_mask_counters (
    account_id TEXT PRIMARY KEY,
    used BIGINT NOT NULL,
    changes BIGINT NOT NULL
);
";
