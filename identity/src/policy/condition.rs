//! Conditions of policy statements: an operator, a key, and the values it is compared with.
//!
//! A key that nobody here can answer makes the condition *unknown*, not false: an Allow then grants
//! nothing and a Deny refuses (`contracts/alibaba-rpc.md` 16).

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;
use muster_core::Timestamp;

use super::pattern::{Case, Pattern};

/// What a condition says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    Yes,
    No,
    Unknown,
}

/// What a request says about a condition key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact<'a> {
    /// Values of the key; nearly always one.
    Known(Vec<Value<'a>>),
    /// The key is understood, and this request has no value for it.
    Absent,
    /// Nobody here understands the key.
    Unknown,
}

/// One value of a condition key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Address(IpAddr),
    Instant(Timestamp),
    Flag(bool),
}

impl Value<'_> {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Address(address) => Cow::Owned(address.to_string()),
            Self::Instant(instant) => Cow::Owned(instant.to_string()),
            Self::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        }
    }
}

/// A compiled condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    pub(super) key: String,
    pub(super) test: Test,
    pub(super) negated: bool,
    pub(super) quantifier: Quantifier,
    /// The operator ended in `IfExists`: a request without the key passes.
    pub(super) if_exists: bool,
}

/// How many of a key's values must pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantifier {
    Any,
    All,
}

/// The comparison, with its values already parsed.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Text {
        values: Vec<String>,
        compare: TextCompare,
    },
    Like(Vec<Pattern>),
    Number {
        values: Vec<f64>,
        compare: Compare,
    },
    Date {
        values: Vec<Timestamp>,
        compare: Compare,
    },
    Flag(Vec<bool>),
    Address(Vec<IpNet>),
    /// Whether the key is absent.
    Null(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextCompare {
    Equals,
    EqualsIgnoreCase,
    StartsWith,
    EndsWith,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Equals,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Compare {
    fn holds<T: PartialOrd + Copy>(self, left: T, right: T) -> bool {
        match self {
            Self::Equals => left == right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Condition {
    pub(crate) fn holds(&self, fact: &Fact<'_>) -> Truth {
        let values = match (fact, &self.test) {
            (Fact::Unknown, _) => return Truth::Unknown,
            (Fact::Absent, Test::Null(expected)) => return yes_if(*expected),
            (Fact::Known(_), Test::Null(expected)) => return yes_if(!*expected),
            (Fact::Absent, _) => return yes_if(self.if_exists || self.negated),
            (Fact::Known(values), _) => values,
        };
        let passes = |value: &Value<'_>| self.test.matches(value) != self.negated;
        yes_if(match self.quantifier {
            Quantifier::Any => values.iter().any(passes),
            Quantifier::All => values.iter().all(passes),
        })
    }
}

impl Test {
    fn matches(&self, value: &Value<'_>) -> bool {
        match self {
            Self::Text { values, compare } => {
                let subject = value.text();
                values.iter().any(|wanted| compare.holds(&subject, wanted))
            }
            Self::Like(patterns) => {
                let subject = value.text();
                patterns.iter().any(|pattern| pattern.matches(&subject))
            }
            Self::Number { values, compare } => match value.text().trim().parse::<f64>() {
                Ok(number) => values.iter().any(|wanted| compare.holds(number, *wanted)),
                Err(_) => false,
            },
            Self::Date { values, compare } => match instant_of(value) {
                Some(instant) => values.iter().any(|wanted| compare.holds(instant, *wanted)),
                None => false,
            },
            Self::Flag(values) => flag_of(value).is_some_and(|flag| values.contains(&flag)),
            Self::Address(nets) => match value {
                Value::Address(address) => {
                    let address = address.to_canonical();
                    nets.iter().any(|net| net.contains(&address))
                }
                _ => false,
            },
            Self::Null(_) => false,
        }
    }
}

impl TextCompare {
    fn holds(self, subject: &str, wanted: &str) -> bool {
        match self {
            Self::Equals => subject == wanted,
            Self::EqualsIgnoreCase => subject.to_lowercase() == wanted.to_lowercase(),
            Self::StartsWith => subject.starts_with(wanted),
            Self::EndsWith => subject.ends_with(wanted),
        }
    }
}

fn yes_if(holds: bool) -> Truth {
    if holds { Truth::Yes } else { Truth::No }
}

fn flag_of(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Flag(flag) => Some(*flag),
        other => parse_flag(&other.text()),
    }
}

fn instant_of(value: &Value<'_>) -> Option<Timestamp> {
    match value {
        Value::Instant(instant) => Some(*instant),
        other => parse_instant(&other.text()),
    }
}

pub(super) fn parse_flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// An instant as policies write it: RFC 3339, with or without seconds, or seconds since the epoch.
pub(super) fn parse_instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1000).map(Timestamp::from_millis);
    }
    text.parse::<jiff::Timestamp>().ok().map(|instant| Timestamp::from_millis(instant.as_millisecond()))
}

/// A network, or a single address as a network of one.
pub(super) fn parse_net(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// Splits an operator's name into quantifier, name and `IfExists`, and compiles its values.
pub(super) fn compile(operator: &str, key: &str, values: &[String]) -> Result<Condition, String> {
    let (quantifier, name) = match operator.split_once(':') {
        None => (None, operator),
        Some(("ForAnyValue", name)) => (Some(Quantifier::Any), name),
        Some(("ForAllValues", name)) => (Some(Quantifier::All), name),
        Some(_) => return Err(format!("{operator} is not a condition operator")),
    };
    let (name, if_exists) = match name.strip_suffix("IfExists") {
        Some(name) => (name, true),
        None => (name, false),
    };
    let (test, negated) =
        compile_test(name, values)?.ok_or_else(|| format!("{operator} is not a condition operator"))?;
    // Without a word for it, a negated test must hold for every value: one forbidden value is enough to fail.
    let quantifier = quantifier.unwrap_or(if negated { Quantifier::All } else { Quantifier::Any });
    Ok(Condition { key: key.to_owned(), test, negated, quantifier, if_exists })
}

fn compile_test(name: &str, values: &[String]) -> Result<Option<(Test, bool)>, String> {
    let text = |compare| Test::Text { values: values.to_vec(), compare };
    let like = || Test::Like(values.iter().map(|value| Pattern::new(value, Case::Significant)).collect());
    let number = |compare| {
        let values = parse_all(values, "a number", |value| value.trim().parse().ok())?;
        Ok::<_, String>(Test::Number { values, compare })
    };
    let date = |compare| {
        let values = parse_all(values, "an instant such as 2026-01-15T08:30:00Z", parse_instant)?;
        Ok::<_, String>(Test::Date { values, compare })
    };
    let found = match name {
        "StringEquals" | "StringEqualsAnyOf" => (text(TextCompare::Equals), false),
        "StringNotEquals" | "StringNotEqualsAnyOf" => (text(TextCompare::Equals), true),
        "StringEqualsIgnoreCase" | "StringEqualsIgnoreCaseAnyOf" => {
            (text(TextCompare::EqualsIgnoreCase), false)
        }
        "StringNotEqualsIgnoreCase" | "StringNotEqualsIgnoreCaseAnyOf" => {
            (text(TextCompare::EqualsIgnoreCase), true)
        }
        "StringStartWith" | "StringStartWithAnyOf" => (text(TextCompare::StartsWith), false),
        "StringNotStartWith" | "StringNotStartWithAnyOf" => (text(TextCompare::StartsWith), true),
        "StringEndWith" | "StringEndWithAnyOf" => (text(TextCompare::EndsWith), false),
        "StringNotEndWith" | "StringNotEndWithAnyOf" => (text(TextCompare::EndsWith), true),
        "StringLike" | "StringMatch" | "StringLikeAnyOf" | "StringMatchAnyOf" => (like(), false),
        "StringNotLike" | "StringNotMatch" | "StringNotLikeAnyOf" | "StringNotMatchAnyOf" => (like(), true),
        "NumericEquals" | "NumberEquals" => (number(Compare::Equals)?, false),
        "NumericNotEquals" | "NumberNotEquals" => (number(Compare::Equals)?, true),
        "NumericLessThan" | "NumberLessThan" => (number(Compare::Less)?, false),
        "NumericLessThanEquals" | "NumberLessThanEquals" => (number(Compare::LessOrEqual)?, false),
        "NumericGreaterThan" | "NumberGreaterThan" => (number(Compare::Greater)?, false),
        "NumericGreaterThanEquals" | "NumberGreaterThanEquals" => (number(Compare::GreaterOrEqual)?, false),
        "DateEquals" => (date(Compare::Equals)?, false),
        "DateNotEquals" => (date(Compare::Equals)?, true),
        "DateLessThan" => (date(Compare::Less)?, false),
        "DateLessThanEquals" => (date(Compare::LessOrEqual)?, false),
        "DateGreaterThan" => (date(Compare::Greater)?, false),
        "DateGreaterThanEquals" => (date(Compare::GreaterOrEqual)?, false),
        "Bool" => (Test::Flag(parse_all(values, "true or false", parse_flag)?), false),
        "IpAddress" => (Test::Address(parse_all(values, "an address or a network", parse_net)?), false),
        "NotIpAddress" => (Test::Address(parse_all(values, "an address or a network", parse_net)?), true),
        "Null" => match parse_all(values, "true or false", parse_flag)?.as_slice() {
            [expected] => (Test::Null(*expected), false),
            _ => return Err("Null takes exactly one value".into()),
        },
        _ => return Ok(None),
    };
    Ok(Some(found))
}

fn parse_all<T>(values: &[String], form: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    values.iter().map(|value| parse(value).ok_or_else(|| format!("{value:?} is not {form}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: &str, values: &[&str]) -> Condition {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        compile(operator, "key", &values).unwrap()
    }

    fn text(value: &str) -> Fact<'_> {
        Fact::Known(vec![Value::Text(value.into())])
    }

    #[test]
    fn single_values() {
        let address = |text: &str| Fact::Known(vec![Value::Address(text.parse().unwrap())]);
        let at = |ms| Fact::Known(vec![Value::Instant(Timestamp::from_millis(ms))]);
        let flag = |flag| Fact::Known(vec![Value::Flag(flag)]);
        let table = [
            ("StringEquals", vec!["a", "b"], text("b"), true),
            ("StringEquals", vec!["a"], text("A"), false),
            ("StringNotEquals", vec!["a", "b"], text("b"), false),
            ("StringNotEquals", vec!["a", "b"], text("c"), true),
            ("StringEqualsIgnoreCase", vec!["Ä"], text("ä"), true),
            ("StringLike", vec!["ops-*"], text("ops-cn"), true),
            ("StringNotLike", vec!["ops-*"], text("ops-cn"), false),
            ("StringStartWith", vec!["ops"], text("ops-cn"), true),
            ("StringEndWith", vec!["cn"], text("ops-cn"), true),
            ("IpAddress", vec!["10.0.0.0/8"], address("10.1.2.3"), true),
            ("IpAddress", vec!["10.0.0.0/8"], address("::ffff:10.1.2.3"), true),
            ("IpAddress", vec!["10.0.0.1"], address("10.0.0.2"), false),
            ("IpAddress", vec!["fd00::/8"], address("fd12::1"), true),
            ("NotIpAddress", vec!["10.0.0.0/8"], address("10.1.2.3"), false),
            ("Bool", vec!["true"], flag(true), true),
            ("Bool", vec!["True"], flag(false), false),
            ("DateLessThan", vec!["1970-01-01T00:00:02Z"], at(1_999), true),
            ("DateLessThan", vec!["1970-01-01T08:00:02+08:00"], at(2_000), false),
            ("DateGreaterThanEquals", vec!["2"], at(2_000), true),
            ("NumericLessThanEquals", vec!["7"], text("7"), true),
            ("NumberGreaterThan", vec!["7"], text("7.5"), true),
            ("Null", vec!["false"], text("x"), true),
        ];
        for (operator, values, fact, expected) in table {
            assert_eq!(condition(operator, &values).holds(&fact), yes_if(expected), "{operator} {values:?}");
        }
    }

    #[test]
    fn several_values_of_one_key() {
        let two = Fact::Known(vec![Value::Text("a".into()), Value::Text("b".into())]);
        let table = [
            ("ForAnyValue:StringEquals", vec!["b"], true),
            ("ForAllValues:StringEquals", vec!["b"], false),
            ("ForAllValues:StringEquals", vec!["b", "a"], true),
            ("StringNotEquals", vec!["b"], false),
            ("ForAnyValue:StringNotEquals", vec!["b"], true),
        ];
        for (operator, values, expected) in table {
            assert_eq!(condition(operator, &values).holds(&two), yes_if(expected), "{operator} {values:?}");
        }
    }

    #[test]
    fn a_missing_key_fails_and_a_strange_one_is_unknown() {
        assert_eq!(condition("StringEquals", &["a"]).holds(&Fact::Absent), Truth::No);
        assert_eq!(condition("StringNotEquals", &["a"]).holds(&Fact::Absent), Truth::Yes);
        assert_eq!(condition("StringEqualsIfExists", &["a"]).holds(&Fact::Absent), Truth::Yes);
        assert_eq!(condition("Null", &["true"]).holds(&Fact::Absent), Truth::Yes);
        for operator in ["StringEquals", "StringNotEquals", "StringEqualsIfExists"] {
            assert_eq!(condition(operator, &["a"]).holds(&Fact::Unknown), Truth::Unknown);
        }
    }

    #[test]
    fn what_cannot_be_compiled_is_refused() {
        for (operator, value) in [
            ("StringSounds", "a"),
            ("ForSome:StringEquals", "a"),
            ("IpAddress", "10.0.0.0/40"),
            ("Bool", "yes"),
            ("DateLessThan", "tomorrow"),
            ("NumericEquals", "seven"),
        ] {
            assert!(compile(operator, "key", &[value.to_owned()]).is_err(), "{operator} {value}");
        }
    }
}
