//! The names by which the scheduler's inventories are queried.

use muster_jobs::scheduled::RuleKind;
use muster_jobs::scheduled::query::Operand;

use super::kind;
use crate::query::{Field, Model, Nested, Reading};

const fn field(name: &'static str, column: &'static str, reading: Reading) -> Field {
    Field { name, column, reading }
}

const fn text(name: &'static str, column: &'static str) -> Field {
    field(name, column, Reading::Text)
}

const fn date(name: &'static str, column: &'static str) -> Field {
    field(name, column, Reading::Date)
}

const fn linked(name: &'static str, path: &'static [&'static str], column: &'static str) -> Field {
    field(name, column, Reading::Linked(path))
}

const UUID: Field = text("uuid", "id");
const NAME: Field = text("name", "name");
const DESCRIPTION: Field = text("description", "description");
const STATE: Field = field("state", "enabled", Reading::Choice(states));
/// The document is put together when it is shown; what can be searched of it are the parameters.
const JOB_DATA: Field = text("jobData", "settings");
const CREATED: Field = date("createDate", "created");
const UPDATED: Field = date("lastOpDate", "updated");
const TAGS: Option<&[&str]> = Some(&["tags"]);

fn states() -> Vec<(String, Operand)> {
    vec![("Enabled".to_owned(), Operand::Number(1)), ("Disabled".to_owned(), Operand::Number(0))]
}

fn rules() -> Vec<(String, Operand)> {
    [RuleKind::Cron, RuleKind::Simple]
        .map(|rule| (rule.as_str().to_owned(), Operand::Text(rule.as_str().to_owned())))
        .to_vec()
}

/// Jobs.
pub(super) static JOB: Model = Model {
    name: "SchedulerJob",
    fields: &[
        UUID,
        text("targetResourceUuid", "target"),
        NAME,
        DESCRIPTION,
        STATE,
        CREATED,
        UPDATED,
        JOB_DATA,
        field("jobClassName", "kind", Reading::Choice(kind::class_names)),
        linked("triggersUuid", &["trigger links"], "trigger"),
        linked("schedulerJobGroupUuids", &["memberships"], "group"),
    ],
    nested: &[
        Nested { name: "trigger", path: &["trigger links", "trigger"], model: &TRIGGER },
        Nested { name: "schedulerJobSchedulerTriggerRef", path: &["trigger links"], model: &JOB_TRIGGER },
        Nested { name: "group", path: &["memberships", "group"], model: &GROUP },
        Nested { name: "jobGroup", path: &["memberships", "group"], model: &GROUP },
    ],
    tags: TAGS,
};

/// Groups.
pub(super) static GROUP: Model = Model {
    name: "SchedulerJobGroup",
    fields: &[
        UUID,
        NAME,
        DESCRIPTION,
        STATE,
        CREATED,
        UPDATED,
        field("jobType", "kind", Reading::Choice(kind::names)),
        JOB_DATA,
        linked("triggersUuid", &["trigger links"], "trigger"),
        linked("jobsUuid", &["memberships"], "job"),
    ],
    nested: &[
        Nested { name: "job", path: &["memberships", "job"], model: &JOB },
        Nested { name: "trigger", path: &["trigger links", "trigger"], model: &TRIGGER },
    ],
    tags: TAGS,
};

/// Triggers.
pub(super) static TRIGGER: Model = Model {
    name: "SchedulerTrigger",
    fields: &[
        UUID,
        NAME,
        DESCRIPTION,
        text("cron", "cron"),
        field("schedulerType", "rule", Reading::Choice(rules)),
        field("schedulerInterval", "interval", Reading::Number),
        field("repeatCount", "repeat", Reading::Number),
        date("startTime", "start"),
        date("stopTime", "end"),
        CREATED,
        UPDATED,
        linked("jobsUuid", &["job links"], "job"),
        linked("jobGroupsUuid", &["group links"], "group"),
    ],
    nested: &[
        Nested { name: "job", path: &["job links", "job"], model: &JOB },
        Nested { name: "schedulerJobSchedulerTriggerRef", path: &["job links"], model: &JOB_TRIGGER },
        Nested { name: "group", path: &["group links", "group"], model: &GROUP },
        Nested { name: "jobGroup", path: &["group links", "group"], model: &GROUP },
    ],
    tags: TAGS,
};

/// Links between jobs and triggers.
pub(super) static JOB_TRIGGER: Model = Model {
    name: "SchedulerJobSchedulerTriggerRef",
    fields: &[
        UUID,
        text("schedulerJobUuid", "job"),
        text("schedulerTriggerUuid", "trigger"),
        CREATED,
        UPDATED,
    ],
    nested: &[
        Nested { name: "job", path: &["job"], model: &JOB },
        Nested { name: "trigger", path: &["trigger"], model: &TRIGGER },
    ],
    tags: None,
};
