//! Rules, what they watch, how it stands and what people were told: in our own words.

use muster_core::Timestamp;
use muster_metrics::{Period, Sample, Statistic};

/// A set of dimensions, sorted by name.
pub type Dimensions = Vec<(String, String)>;

/// Whose API a rule was made by. One engine moves all rules, but each API lists its own: the shapes do not fit each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Huawei's Cloud Eye: a rule has several policies, and belongs to a project.
    CloudEye,
    /// Alibaba's CloudMonitor: a rule has one policy with up to three levels, and belongs to the account.
    CloudMonitor,
}

/// How bad it is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Somebody has to act now.
    Critical,
    /// Somebody has to act today. What other systems call a warning.
    Major,
    /// Worth a look.
    Minor,
    /// Good to know.
    Info,
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
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// One condition of a rule over one metric or kind of event, with a state of its own on each thing it watches.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Number within this server, kept as long as the policy is not changed.
    pub id: i64,
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

/// What a policy looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
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

/// How what is watched becomes points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watch {
    /// Each sample is a point, in the order of time; each event is one.
    Each,
    /// Each complete window is a point, of samples or of events.
    Windows(Period),
}

/// When a policy is in alarm.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelCondition {
    /// The level.
    pub level: Level,
    /// The figure of a window; for single samples without effect.
    pub quantity: Quantity,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: in the metric's unit, or in percent for a change.
    pub threshold: f64,
    /// How many points in a row must be true. A missing point neither breaks the row nor counts.
    pub times: u32,
}

/// The figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// A figure of the window's samples.
    Statistic(Statistic),
    /// The number of events.
    Events,
}

/// How a figure is compared with a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It grew.
    Up,
    /// It fell.
    Down,
    /// Either.
    Either,
}

/// Which earlier window a change is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The one before; of single samples, the sample before.
    Previous,
    /// The same one 24 hours before.
    Yesterday,
    /// The same one seven days before.
    LastWeek,
}

/// What happens to a unit when points stop coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoData {
    /// It stays as it is.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// So many missing windows in a row, as many as the condition's `times`.
    Times,
    /// Milliseconds, or three windows where that is longer.
    Ms(i64),
}

/// Who is told, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Telling {
    /// Whether anybody is.
    pub on: bool,
    /// Told when an alarm begins, goes on or changes its level, and when data stop.
    pub alarm: Vec<Recipient>,
    /// Told when it is over.
    pub recovery: Vec<Recipient>,
    /// An address called with both, if there is one.
    pub webhook: Option<String>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    /// First minute of the day in it.
    pub from_minute: u16,
    /// Last minute of the day in it.
    pub to_minute: u16,
    /// The zone: an IANA name, or `+08:00`; the server's where absent.
    pub zone: Option<String>,
}

/// How a unit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing is known: no point yet, or none for too long.
    Unknown,
    /// The condition is not met.
    Ok,
    /// It is met, at this level.
    Alarm(Level),
}

/// A policy on one series: what has a state. Kept on disk from its first change on.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The rule's number.
    pub rule_id: i64,
    /// The policy's number.
    pub policy_id: i64,
    /// Of the series; empty for a policy that is evaluated once over all.
    pub dimensions: Dimensions,
    /// How it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The episode that is open.
    pub episode_id: Option<i64>,
    /// When people were told last in this episode.
    pub told_at: Option<Timestamp>,
    /// The last point that was looked at.
    pub last: Option<Sample>,
}

/// One alarm from its beginning to its end, as the rule was at that time.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The rule as it was.
    pub rule: Rule,
    /// Which of its policies.
    pub policy_id: i64,
    /// Of the series.
    pub dimensions: Dimensions,
    /// The level.
    pub level: Level,
    /// Whether and how it ended.
    pub ending: Ending,
    /// Whether a mask kept people from being told when it began.
    pub masked: bool,
    /// When it began.
    pub began_at: Timestamp,
    /// When the condition was met last.
    pub last_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When this row changed last.
    pub updated_at: Timestamp,
    /// The points that began it.
    pub points: Vec<Sample>,
    /// The event that began it.
    pub event_id: Option<i64>,
}

/// Whether and how an episode ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It goes on.
    Open,
    /// The condition is no longer met.
    Recovered,
    /// Another level took its place.
    LevelChanged,
    /// Data stopped.
    NoData,
    /// Its rule was disabled, changed or deleted, or the thing left the rule's target.
    Invalid,
    /// Somebody closed it.
    ByHand,
}

/// What people were told at one moment of an episode, or why not.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The episode.
    pub episode_id: i64,
    /// What happened.
    pub kind: NoticeKind,
    /// How it stood before.
    pub before: State,
    /// How it stands now.
    pub after: State,
    /// The figure.
    pub value: Option<f64>,
    /// What became of it.
    pub delivery: Delivery,
    /// Keys of the outbox's messages begin so; each ends in the contact and the way.
    pub key: String,
    /// When.
    pub at: Timestamp,
}

/// What happened at one moment of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// It began.
    Began,
    /// It goes on.
    GoesOn,
    /// Its level is another.
    LevelChanged,
    /// It is over.
    Recovered,
    /// Data stopped.
    NoData,
}

/// What became of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Messages were queued, or a webhook was called.
    Told,
    /// It is not the hour.
    Gap(Gap),
    /// A mask covers it: its number and name.
    Masked {
        /// The mask's number.
        mask_id: i64,
        /// Its id on the wire.
        key: String,
        /// Its name at that time.
        name: String,
    },
    /// The rule tells nobody, or none of those it names can be reached.
    Nobody,
}

/// Why nobody is told at this hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Outside of the rule's hours.
    Hours,
    /// Too soon after the last message.
    Repeat,
}
