//! What can be searched: the tables, their columns, and how they hang together.

/// A searchable table.
#[derive(Debug)]
pub struct Table {
    pub(super) name: &'static str,
    /// What tells its rows apart, to make every order a total one.
    pub(super) key: &'static str,
    /// The columns, in our words.
    pub columns: &'static [Column],
    /// The relations, in our words.
    pub relations: &'static [Relation],
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, compared without regard to case.
    Text,
    /// A whole number.
    Number,
    /// An instant, in whole seconds.
    Instant,
}

/// A searchable column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// The column or expression; `@` stands for the table's alias.
    pub(super) sql: &'static str,
}

/// Rows of another table that belong to a row.
#[derive(Debug)]
pub struct Relation {
    /// Its name.
    pub name: &'static str,
    /// The other table.
    pub table: &'static Table,
    pub(super) theirs: &'static str,
    pub(super) ours: &'static str,
}

const fn text(name: &'static str, sql: &'static str) -> Column {
    Column { name, kind: ColumnKind::Text, sql }
}

const fn number(name: &'static str, sql: &'static str) -> Column {
    Column { name, kind: ColumnKind::Number, sql }
}

const fn instant(name: &'static str, sql: &'static str) -> Column {
    Column { name, kind: ColumnKind::Instant, sql }
}

const fn relation(
    name: &'static str,
    table: &'static Table,
    theirs: &'static str,
    ours: &'static str,
) -> Relation {
    Relation { name, table, theirs, ours }
}

const ID: Column = text("id", "@.id");
const NAME: Column = text("name", "@.name_folded");
const DESCRIPTION: Column = text("description", "@.description_folded");
const KIND: Column = text("kind", "@.kind");
const SETTINGS: Column = text("settings", "@.settings_folded");
const ENABLED: Column = number("enabled", "@.enabled");
const CREATED: Column = instant("created", "@.created_at / 1000");
const UPDATED: Column = instant("updated", "@.updated_at / 1000");
const JOB_ID: Column = text("job", "@.job_id");
const GROUP_ID: Column = text("group", "@.group_id");
const TRIGGER_ID: Column = text("trigger", "@.trigger_id");

/// Jobs.
pub(in super::super) static JOBS: Table = Table {
    name: "scheduled_jobs",
    key: "@.id",
    columns: &[ID, NAME, DESCRIPTION, KIND, text("target", "@.target"), SETTINGS, ENABLED, CREATED, UPDATED],
    relations: &[
        relation("trigger links", &JOB_TRIGGERS, "job_id", "id"),
        relation("memberships", &MEMBERS, "job_id", "id"),
        relation("tags", &TAGS, "resource_id", "id"),
    ],
};

/// Groups of jobs.
pub(in super::super) static GROUPS: Table = Table {
    name: "scheduled_groups",
    key: "@.id",
    columns: &[ID, NAME, DESCRIPTION, KIND, SETTINGS, ENABLED, CREATED, UPDATED],
    relations: &[
        relation("trigger links", &GROUP_TRIGGERS, "group_id", "id"),
        relation("memberships", &MEMBERS, "group_id", "id"),
        relation("tags", &TAGS, "resource_id", "id"),
    ],
};

/// Triggers.
pub(in super::super) static TRIGGERS: Table = Table {
    name: "scheduled_triggers",
    key: "@.id",
    columns: &[
        ID,
        NAME,
        DESCRIPTION,
        text("rule", "@.rule"),
        // Expressions are ASCII, which both databases fold alike.
        text("cron", "LOWER(@.cron)"),
        number("interval", "@.interval_s"),
        number("repeat", "@.repeats"),
        instant("start", "@.not_before / 1000"),
        instant("end", "@.ends_at / 1000"),
        CREATED,
        UPDATED,
    ],
    relations: &[
        relation("job links", &JOB_TRIGGERS, "trigger_id", "id"),
        relation("group links", &GROUP_TRIGGERS, "trigger_id", "id"),
        relation("tags", &TAGS, "resource_id", "id"),
    ],
};

/// Links between jobs and triggers.
pub(in super::super) static JOB_TRIGGERS: Table = Table {
    name: "scheduled_job_triggers",
    key: "@.id",
    columns: &[ID, JOB_ID, TRIGGER_ID, CREATED, UPDATED],
    relations: &[relation("job", &JOBS, "id", "job_id"), relation("trigger", &TRIGGERS, "id", "trigger_id")],
};

/// Links between groups and triggers.
pub(in super::super) static GROUP_TRIGGERS: Table = Table {
    name: "scheduled_group_triggers",
    key: "@.group_id, @.trigger_id",
    columns: &[GROUP_ID, TRIGGER_ID, CREATED, UPDATED],
    relations: &[
        relation("group", &GROUPS, "id", "group_id"),
        relation("trigger", &TRIGGERS, "id", "trigger_id"),
    ],
};

/// Jobs in groups.
pub(in super::super) static MEMBERS: Table = Table {
    name: "scheduled_members",
    key: "@.job_id",
    columns: &[GROUP_ID, JOB_ID, number("priority", "@.priority"), CREATED, UPDATED],
    relations: &[
        relation("job", &JOBS, "id", "job_id"),
        relation("group", &GROUPS, "id", "group_id"),
        relation("group trigger links", &GROUP_TRIGGERS, "group_id", "group_id"),
    ],
};

/// Tags.
pub(in super::super) static TAGS: Table = Table {
    name: "scheduled_tags",
    key: "@.id",
    columns: &[
        ID,
        text("source", "@.source"),
        KIND,
        text("resource", "@.resource_id"),
        text("tag", "@.tag_folded"),
        // The tag's text where it is of that source, so that one condition asks for both.
        text("user tag", "CASE WHEN @.source = 'user' THEN @.tag_folded END"),
        text("system tag", "CASE WHEN @.source = 'system' THEN @.tag_folded END"),
        text("pattern", "@.pattern_id"),
        CREATED,
        UPDATED,
    ],
    relations: &[],
};

/// What tags are made from.
pub(in super::super) static TAG_PATTERNS: Table = Table {
    name: "scheduled_tag_patterns",
    key: "@.id",
    columns: &[
        ID,
        NAME,
        text("value", "@.value_folded"),
        DESCRIPTION,
        text("color", "LOWER(@.color)"),
        number("takes tokens", "@.takes_tokens"),
        CREATED,
        UPDATED,
    ],
    relations: &[],
};
