//! Rules: what they watch, and who is told.

use muster_core::Timestamp;
use muster_metrics::{Period, Statistic};
use serde::{Deserialize, Serialize};

use super::words::words;

/// A set of dimensions, sorted by name.
pub type Dimensions = Vec<(String, String)>;

words! {
    /// Whose API a rule was made by. One engine moves all rules, but each API lists its own: the shapes do not fit each
    /// other.
    Origin {
        /// Huawei's Cloud Eye: a rule has several policies, and belongs to a project.
        CloudEye = "cloud_eye",
        /// Alibaba's CloudMonitor: a rule has one policy with up to three levels, and belongs to the account.
        CloudMonitor = "cloud_monitor",
    }
}

words! {
    /// How bad it is, worst first.
    Level {
        /// Somebody has to act now.
        Critical = "critical",
        /// Somebody has to act today. What other systems call a warning.
        Major = "major",
        /// Worth a look.
        Minor = "minor",
        /// Good to know.
        Info = "info",
    }
}

/// Whose rules: those that one API made in one project of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'o> {
    /// The API.
    pub origin: Origin,
    /// The account.
    pub account_id: &'o str,
    /// The project.
    pub project_id: &'o str,
}

/// A rule as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Number within this server; also tells the shard whose node evaluates it.
    pub id: i64,
    /// Whose API made it.
    pub origin: Origin,
    /// The account it belongs to.
    pub account_id: String,
    /// The project it belongs to.
    pub project_id: String,
    /// Its id on the wire: unique within the account and the origin, chosen by the client where the API says so.
    pub key: String,
    /// Whether it is evaluated.
    pub enabled: bool,
    /// What its owner wants.
    pub spec: RuleSpec,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its owner changed it last.
    pub updated_at: Timestamp,
}

/// A rule as its owner wants it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RuleSpec {
    /// For people; not unique.
    pub name: String,
    /// For people.
    pub description: String,
    /// Of the metrics or events that it watches.
    pub namespace: String,
    /// What it watches.
    pub target: Target,
    /// What must hold, in the owner's order.
    pub policies: Vec<Policy>,
    /// What happens when nothing is measured any more.
    pub no_data: NoData,
    /// Who is told, and when.
    pub telling: Telling,
    /// The template that its policies follow, by number.
    pub template_id: Option<i64>,
    /// The enterprise project that owns it.
    pub enterprise_project_id: String,
    /// Tags of the rule itself.
    pub tags: Vec<(String, String)>,
    /// Words that go out with every message.
    pub labels: Vec<(String, String)>,
    /// What the vendor's wire must give back although its effect lies in the vendor's own cloud; read by nobody else.
    pub kept_for_wire: serde_json::Value,
}

/// Which series or events a rule watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Those with exactly one of these sets of dimensions.
    Exactly(Vec<Dimensions>),
    /// Those whose dimensions contain one of these sets.
    Containing(Vec<Dimensions>),
    /// All of the namespace; where names are given, only those with dimensions of exactly these names.
    All {
        /// Sorted.
        dimension_names: Option<Vec<String>>,
    },
    /// Those of the members of a resource group, as they are at each moment.
    Group {
        /// The group's number.
        group_id: i64,
        /// Sorted; where given, only series with dimensions of exactly these names.
        dimension_names: Option<Vec<String>>,
        /// Dimensions that the series must have besides a member's own.
        besides: Dimensions,
    },
}

impl Default for Target {
    fn default() -> Self {
        Self::Exactly(Vec::new())
    }
}

impl Target {
    /// The group whose members are watched.
    pub fn group_id(&self) -> Option<i64> {
        match self {
            Self::Group { group_id, .. } => Some(*group_id),
            _ => None,
        }
    }

    /// The sets of dimensions that it names.
    pub fn named(&self) -> &[Dimensions] {
        match self {
            Self::Exactly(sets) | Self::Containing(sets) => sets,
            Self::All { .. } | Self::Group { .. } => &[],
        }
    }
}

/// One condition of a rule over one metric or kind of event, with a state of its own on each thing it watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Number within this server, kept as long as the policy looks at the same; whoever makes one writes 0.
    pub id: i64,
    /// Since when it counts points: since it was made, changed or last switched on. Whoever makes one writes 0 here and below.
    #[serde(default)]
    pub since: Timestamp,
    /// The number that the server had come to by then: all points of younger series count, however old they are.
    #[serde(default)]
    pub since_id: i64,
    /// What is looked at.
    pub subject: Subject,
    /// How it is cut into points.
    pub watch: Watch,
    /// How often complete windows are looked at, in milliseconds; the window's length where absent.
    pub every_ms: Option<i64>,
    /// When it is in alarm.
    pub condition: Condition,
    /// How long after a message the next one goes out while the alarm lasts, in milliseconds; once only where absent.
    pub repeat_ms: Option<i64>,
    /// The unit of the threshold, as its owner wrote it.
    pub unit: String,
    /// Whether this policy is evaluated while its rule is.
    pub enabled: bool,
}

impl Policy {
    /// A policy that is made now.
    pub fn new(subject: Subject, watch: Watch, condition: Condition) -> Self {
        Self {
            id: 0,
            since: Timestamp::default(),
            since_id: 0,
            subject,
            watch,
            every_ms: None,
            condition,
            repeat_ms: None,
            unit: String::new(),
            enabled: true,
        }
    }

    /// Whether it watches the same in the same way as `other`, whichever of the two was made first, and whether or not
    /// they are switched on.
    pub fn is_same(&self, other: &Self) -> bool {
        let Self { id, since, since_id, enabled, .. } = *self;
        let other = Self { id, since, since_id, enabled, ..other.clone() };
        *self == other
    }
}

/// What a policy looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A metric.
    Metric {
        /// The namespace where it is not the rule's own.
        namespace: Option<String>,
        /// The metric's name.
        metric: String,
        /// Sorted; where given, in place of the names in the rule's target.
        dimension_names: Option<Vec<String>>,
    },
    /// Events of a name.
    Event {
        /// Where they come from, where it matters.
        source: Option<String>,
        /// The event's name.
        name: String,
    },
}

impl Subject {
    /// The name of the metric or of the event.
    pub fn name(&self) -> &str {
        match self {
            Self::Metric { metric, .. } => metric,
            Self::Event { name, .. } => name,
        }
    }

    /// The namespace where it is not the rule's own.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Metric { namespace, .. } => namespace.as_deref(),
            Self::Event { source, .. } => source.as_deref(),
        }
    }

    /// Whether it is events.
    pub fn is_event(&self) -> bool {
        matches!(self, Self::Event { .. })
    }
}

/// How what is watched becomes points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Each sample is a point, in the order of time; each event is one.
    Each,
    /// Each complete window is a point, of samples or of events.
    Windows(Period),
}

/// When a policy is in alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// By levels, worst first and each at most once; the worst that is met counts. Never empty.
    Levels(Vec<LevelCondition>),
    /// When a text in the language of `expression` is true: it may name several statistics and metrics, and the dimensions.
    Expression {
        /// The text.
        text: String,
        /// How bad it is when true.
        level: Level,
        /// How many points in a row must be true.
        times: u32,
    },
}

/// What must hold for one level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelCondition {
    /// The level.
    pub level: Level,
    /// The figure of a window; for single samples without effect.
    pub quantity: Quantity,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: in the metric's unit, or in percent for a change.
    #[serde(with = "super::exact")]
    pub threshold: f64,
    /// How many points in a row must be true. A missing point neither breaks the row nor counts.
    pub times: u32,
}

/// The figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// A figure of the window's samples.
    Statistic(Statistic),
    /// The number of events.
    Events,
}

/// How a figure is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// Exactly the same number.
    Equal,
    /// Any other number.
    NotEqual,
    /// A change in percent of an earlier figure. False where there is none, or it is zero.
    Change {
        /// Up, down or either.
        direction: Direction,
        /// Which earlier figure.
        against: Against,
        /// Whether a change of exactly the threshold counts.
        inclusive: bool,
    },
}

/// Which way a change goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It grew.
    Up,
    /// It fell.
    Down,
    /// Either.
    Either,
}

/// Which earlier window a change is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The one before; of single samples, the sample before.
    Previous,
    /// The same one 24 hours before.
    Yesterday,
    /// The same one seven days before.
    LastWeek,
}

/// What happens to a unit when points stop coming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoData {
    /// It stays as it is.
    #[default]
    Keep,
    /// It counts as recovered at the first missing point.
    Recovers,
    /// After this silence nothing is known about it.
    Unknown {
        /// How long nothing came.
        after: Silence,
        /// Whether people are told.
        told: bool,
    },
}

/// How long nothing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// So many missing windows in a row, as many as the condition's `times`.
    Times,
    /// Milliseconds, or three windows where that is longer.
    Ms(i64),
}

/// Who is told, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Telling {
    /// Whether anybody is.
    pub on: bool,
    /// Told when an alarm begins, goes on or changes its level, and when data stop.
    pub alarm: Vec<Recipient>,
    /// Told when it is over.
    pub recovery: Vec<Recipient>,
    /// An address called with both, if there is one.
    pub webhook: Option<String>,
    /// Whether neither people nor the address hear of recoveries.
    pub recovery_is_silent: bool,
    /// Only in these hours; at any where there are none.
    pub hours: Vec<Hours>,
    /// Not in these hours.
    pub quiet_hours: Vec<Hours>,
    /// A mail's subject with `${variables}`; ours where absent.
    pub subject: Option<String>,
    /// Whether a lower level than before is told at once, or with the next repetition.
    pub falls_told: bool,
}

/// Somebody or something that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A contact group, by its name, as it is when the message is made.
    ContactGroup(String),
    /// A contact, by name.
    Contact(String),
    /// A topic, by its name on the wire; the groups of its subscribers are told.
    Topic(String),
    /// Something in a vendor's cloud, by its name there: told through a bridge that the operator configured.
    Bridge {
        /// The owner's id of it.
        id: String,
        /// What it is called there.
        name: String,
        /// Only for this level.
        level: Option<Level>,
    },
}

/// A daily window, which may cross midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// First minute of the day in it.
    pub from_minute: u16,
    /// Last minute of the day in it.
    pub to_minute: u16,
    /// The zone: an IANA name, or `+08:00`; the server's where absent.
    pub zone: Option<String>,
}
