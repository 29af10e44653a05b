//! Reading a query from the query string.

use muster_core::PageRequest;

use crate::error::Refusal;
use crate::input::Input;

/// Rows that come without a `limit`.
const DEFAULT_LIMIT: u64 = 1000;
/// More conditions than any client builds; each one costs the database a search.
const MOST_CONDITIONS: usize = 64;

/// How a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    AtLeast,
    AtMost,
    NotIn,
    NotLike,
    Like,
    In,
    Greater,
    Less,
    IsNull,
    NotNull,
}

/// In the order in which they are looked for: the first that occurs anywhere in the text wins, so that
/// `name=a!=b` is a condition with `!=`. Clients have learned to live with it.
const OPERATORS: [(&str, Operator); 12] = [
    ("!=", Operator::NotEqual),
    (">=", Operator::AtLeast),
    ("<=", Operator::AtMost),
    ("!?=", Operator::NotIn),
    ("!~=", Operator::NotLike),
    ("~=", Operator::Like),
    ("?=", Operator::In),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    (" is null", Operator::IsNull),
    (" not null", Operator::NotNull),
];

/// A condition as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RawCondition {
    pub(crate) name: String,
    pub(crate) operator: Operator,
    pub(crate) value: String,
}

/// What a query asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) conditions: Vec<RawCondition>,
    pub(crate) page: PageRequest,
    pub(crate) count: bool,
    pub(crate) reply_with_count: bool,
    /// A member's name, and whether its highest values come first.
    pub(crate) sort: Option<(String, bool)>,
    /// The members to answer with; all if empty.
    pub(crate) fields: Vec<String>,
}

impl Search {
    /// Reads the decoded pairs of a query string. What it does not know it passes over.
    pub(crate) fn read(query: &[(String, String)]) -> Result<Self, Refusal> {
        let value = |wanted: &str| {
            query
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.trim())
                .filter(|v| !v.is_empty())
        };
        let mut conditions = Vec::new();
        for (_, text) in query.iter().filter(|(name, text)| name == "q" && !text.is_empty()) {
            let condition = read_condition(text)?;
            if !conditions.contains(&condition) {
                conditions.push(condition);
            }
        }
        if conditions.len() > MOST_CONDITIONS {
            return Err(Refusal::bad_request(format!("more than {MOST_CONDITIONS} conditions")));
        }
        let number = |name: &str, default: u64| match value(name) {
            None => Ok(default),
            Some(text) => text
                .parse::<u64>()
                .map_err(|_| Refusal::bad_request(format!("the value '{text}' of '{name}' is not a number"))),
        };
        let truth = |name: &str| value(name).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        Ok(Self {
            page: PageRequest { offset: number("start", 0)?, limit: number("limit", DEFAULT_LIMIT)? },
            count: truth("count"),
            reply_with_count: truth("replyWithCount"),
            sort: value("sort").map(read_sort),
            fields: value("fields").map(read_fields).unwrap_or_default(),
            conditions,
        })
    }

    /// The query of a call: by the uuid in its path, or by its query string.
    pub(crate) fn of(input: &Input) -> Result<Self, Refusal> {
        match &input.path_uuid {
            Some(uuid) => Ok(Self::by_uuid(uuid)),
            None => Self::read(&input.query),
        }
    }

    /// Everything, in one page.
    pub(crate) fn all() -> Self {
        Self { conditions: Vec::new(), page: PageRequest::ALL, ..Self::by_uuid("") }
    }

    /// The query for one record by its uuid; whatever else the request said does not count.
    pub(crate) fn by_uuid(uuid: &str) -> Self {
        let condition =
            RawCondition { name: "uuid".to_owned(), operator: Operator::Equal, value: uuid.to_owned() };
        Self {
            conditions: vec![condition],
            page: PageRequest { offset: 0, limit: DEFAULT_LIMIT },
            count: false,
            reply_with_count: false,
            sort: None,
            fields: Vec::new(),
        }
    }
}

fn read_condition(text: &str) -> Result<RawCondition, Refusal> {
    for (sign, operator) in OPERATORS {
        if let Some((name, value)) = text.split_once(sign) {
            return Ok(RawCondition { name: name.trim().to_owned(), operator, value: value.to_owned() });
        }
    }
    let known: Vec<&str> = OPERATORS.iter().map(|(sign, _)| sign.trim()).collect();
    Err(Refusal::bad_request(format!("the condition '{text}' has none of the operators {}", known.join(" "))))
}

/// `+name`, `-name` or `name`. A `+` that was not percent-encoded arrives as a blank and is gone by now.
fn read_sort(text: &str) -> (String, bool) {
    match text.strip_prefix('-') {
        Some(name) => (name.trim().to_owned(), true),
        None => (text.strip_prefix('+').unwrap_or(text).trim().to_owned(), false),
    }
}

fn read_fields(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: &str) -> Result<Search, Refusal> {
        Search::read(&muster_wire::encoding::form_pairs(query).unwrap())
    }

    fn condition(text: &str) -> (String, Operator, String) {
        let condition = read_condition(text).unwrap();
        (condition.name, condition.operator, condition.value)
    }

    #[test]
    fn the_first_operator_in_order_wins() {
        let rows = [
            ("name=a", "name", Operator::Equal, "a"),
            ("name=a!=b", "name=a", Operator::NotEqual, "b"),
            ("name~=a%", "name", Operator::Like, "a%"),
            ("name!~=a%", "name", Operator::NotLike, "a%"),
            ("uuid?=a,b", "uuid", Operator::In, "a,b"),
            ("uuid!?=a,b", "uuid", Operator::NotIn, "a,b"),
            ("n>=1", "n", Operator::AtLeast, "1"),
            ("n<1", "n", Operator::Less, "1"),
            ("description is null", "description", Operator::IsNull, ""),
            ("description not null", "description", Operator::NotNull, ""),
            ("name= a ", "name", Operator::Equal, " a "),
        ];
        for (text, name, operator, value) in rows {
            assert_eq!(condition(text), (name.to_owned(), operator, value.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_query_string_as_the_java_client_writes_it() {
        let text = "q=name%7E%3Da%25&q=state%3DEnabled&q=state%3DEnabled&limit=10&start=5&replyWithCount=true\
                    &sort=-createDate&fields=uuid%2Cname";
        let search = search(text).unwrap();
        assert_eq!(search.conditions.len(), 2);
        assert_eq!(search.page, PageRequest { offset: 5, limit: 10 });
        assert!(search.reply_with_count && !search.count);
        assert_eq!(search.sort, Some(("createDate".to_owned(), true)));
        assert_eq!(search.fields, ["uuid", "name"]);
    }

    #[test]
    fn sorting_and_defaults() {
        assert_eq!(search("sort=%2Bname").unwrap().sort, Some(("name".to_owned(), false)));
        assert_eq!(search("sort=+name").unwrap().sort, Some(("name".to_owned(), false)));
        assert_eq!(search("sort=name").unwrap().sort, Some(("name".to_owned(), false)));
        assert_eq!(search("groupBy=x&colour=y").unwrap().page, PageRequest { offset: 0, limit: 1000 });
    }

    #[test]
    fn what_cannot_be_read() {
        for text in ["q=nonsense", "limit=x", "start=-1", "limit=1.5"] {
            assert!(matches!(search(text), Err(Refusal::Http { .. })), "{text}");
        }
    }
}
