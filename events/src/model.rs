//! The records of this feature.

use muster_alarms::Level;
use muster_core::Timestamp;

/// Whose events: those of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'s> {
    /// The account.
    pub account_id: &'s str,
    /// The project.
    pub project_id: &'s str,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A client, of its own affairs.
    Custom,
    /// The system that things run on.
    System,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Custom, Self::System];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Custom => "custom",
            Self::System => "system",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What sort of thing a system event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Something went on as it should.
    Notification,
    /// Something went wrong.
    Exception,
    /// Something that was planned.
    Maintenance,
}

impl Category {
    const ALL: [Self; 3] = [Self::Notification, Self::Exception, Self::Maintenance];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Exception => "exception",
            Self::Maintenance => "maintenance",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == word)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who speaks.
    pub kind: Kind,
    /// What sort of thing it is, of system events.
    pub category: Option<Category>,
    /// Which product or program it comes from.
    pub source: String,
    /// What happened, in a word.
    pub name: String,
    /// How bad it is, where the reporter says so.
    pub level: Option<Level>,
    /// How the thing is now, in the source's word. `normal` means that what was said before by events of this name is
    /// over.
    pub state: String,
    /// When it happened.
    pub at: Timestamp,
    /// The group that the reporter puts it in, by number.
    pub group_id: Option<i64>,
    /// The resource that it happened to.
    pub resource_id: String,
    /// That resource's name.
    pub resource_name: String,
    /// That resource's dimensions, sorted by name.
    pub dimensions: Vec<(String, String)>,
    /// Where it happened.
    pub region: String,
    /// Who did it.
    pub user: String,
    /// All else.
    pub content: String,
    /// Whether it is a drill: it did not happen.
    pub drill: bool,
}

impl Facts {
    /// Whether it says that all is well again.
    pub fn is_all_clear(&self) -> bool {
        self.state.eq_ignore_ascii_case("normal")
    }

    /// Whether it says that something is wrong with a resource or a group.
    pub(crate) fn is_trouble(&self) -> bool {
        let state = self.state.to_ascii_lowercase();
        matches!(state.as_str(), "warning" | "incident")
    }

    /// What it is about, for telling whether two events are about the same thing.
    pub(crate) fn concerns_something(&self) -> bool {
        !self.resource_id.is_empty() || !self.dimensions.is_empty() || self.group_id.is_some()
    }
}

/// An event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Number within this server; later ones are greater.
    pub id: i64,
    /// The account.
    pub account_id: String,
    /// The project.
    pub project_id: String,
    /// When it was reported.
    pub received_at: Timestamp,
    /// What happened.
    pub facts: Facts,
}

/// What a second report of the same facts is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// The same event again, which changes nothing.
    Same,
    /// Another event.
    Another,
}

/// Words that an event's name or content must hold: any of these rows of words, all words of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keywords(
    /// The rows.
    pub Vec<Vec<String>>,
);

impl Keywords {
    /// Reads `a and b or c`; words in this language are whatever stands between ` and ` and ` or `.
    pub fn parse(text: &str) -> Self {
        let row = |row: &str| -> Vec<String> {
            row.split(" and ").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        Self(text.split(" or ").map(row).filter(|row| !row.is_empty()).collect())
    }
}

/// Which events are wanted; every given field must fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventFilter {
    /// Of this project; of the whole account where absent.
    pub project_id: Option<String>,
    /// This one.
    pub id: Option<i64>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of one of these categories; any where empty.
    pub categories: Vec<Category>,
    /// From this source.
    pub source: Option<String>,
    /// Of this name.
    pub name: Option<String>,
    /// Of one of these levels; any where empty.
    pub levels: Vec<Level>,
    /// In this state.
    pub state: Option<String>,
    /// By this user.
    pub user: Option<String>,
    /// Put in this group.
    pub group_id: Option<i64>,
    /// Of exactly these dimensions, sorted by name.
    pub dimensions: Option<Vec<(String, String)>>,
    /// Holding these words; demands nothing where empty.
    pub keywords: Keywords,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Not after.
    pub to: Option<Timestamp>,
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountBy {
    /// Events of one kind and name.
    Name,
    /// Events of one kind, source, name, level and state.
    NameAndState,
}

/// Events counted together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many there are.
    pub count: u64,
    /// The latest of them.
    pub latest: Event,
}

/// Events of a span of time, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The first instant of it.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// How many there are.
    pub count: u64,
}

/// Something that is wrong according to the latest event of its name about a thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Active {
    /// The event.
    pub event_id: i64,
    /// Who speaks.
    pub kind: Kind,
    /// Where the event comes from.
    pub source: String,
    /// Its name.
    pub name: String,
    /// The resource that it happened to.
    pub resource_id: String,
    /// That resource's dimensions, sorted by name.
    pub dimensions: Vec<(String, String)>,
    /// The group that the reporter put it in.
    pub group_id: Option<i64>,
    /// When it happened.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_rows_of_words() {
        let rows = |text: &str| Keywords::parse(text).0;
        assert_eq!(rows("a and b or c"), [vec!["a", "b"], vec!["c"]]);
        assert_eq!(rows("disk full"), [["disk full"]]);
        assert_eq!(rows(" or  and "), Vec::<Vec<String>>::new());
        assert_eq!(rows("band or order"), [["band"], ["order"]]);
    }
}
