//! The schema of templates.

// `parts` names each namespace with its dimensions between line feeds, to be searched with LIKE.
pub(crate) const TEMPLATES: &str = "
CREATE TABLE alarm_templates (
    id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    name TEXT NOT NULL,
    folded_name TEXT NOT NULL,
    description TEXT NOT NULL,
    kind TEXT NOT NULL,
    version BIGINT NOT NULL,
    items TEXT NOT NULL,
    parts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (account_id, origin, project_id, name)
);
CREATE INDEX alarm_templates_by_owner ON alarm_templates (account_id, origin, project_id, created_at, id);
CREATE TABLE alarm_template_counts (
    account_id TEXT PRIMARY KEY,
    used BIGINT NOT NULL
);
CREATE TABLE alarm_associations (
    group_id BIGINT PRIMARY KEY,
    origin TEXT NOT NULL,
    account_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    pending BIGINT NOT NULL,
    wanted TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX alarm_associations_pending ON alarm_associations (pending, account_id);
CREATE TABLE alarm_association_templates (
    template_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    PRIMARY KEY (template_id, group_id)
);
CREATE INDEX alarm_association_templates_by_group ON alarm_association_templates (group_id);
CREATE TABLE alarm_association_rules (
    group_id BIGINT NOT NULL,
    template_id BIGINT NOT NULL,
    part TEXT NOT NULL,
    rule_key TEXT NOT NULL,
    PRIMARY KEY (group_id, template_id, part)
);
CREATE INDEX alarm_association_rules_by_template ON alarm_association_rules (template_id);
CREATE TABLE alarm_template_applications (
    template_id BIGINT NOT NULL,
    group_id BIGINT NOT NULL,
    group_name TEXT NOT NULL,
    applied_at BIGINT NOT NULL,
    PRIMARY KEY (template_id, group_id)
);
";
