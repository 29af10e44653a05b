//! From JSON text of any dialect to the model.

use muster_core::{Error, Result};
use serde_json::{Map, Value};

use super::condition::{self, Condition};
use super::pattern::{Case, Pattern};
use super::{Dialect, Document, Effect, Scope, Statement};

/// Longer than any vendor allows (RAM 6,144, Huawei 6,144 characters), short enough to evaluate quickly.
const MAX_BYTES: usize = 16 * 1024;

pub(super) fn document(text: &str) -> Result<Document> {
    read(text, MAX_BYTES).and_then(|json| compile(&json)).map_err(refused)
}

pub(super) fn refused(why: String) -> Error {
    Error::invalid("policy", why)
}

pub(super) fn read(text: &str, max: usize) -> Result<Value, String> {
    if text.len() > max {
        return Err(format!("a document has at most {max} bytes"));
    }
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))
}

fn compile(json: &Value) -> Result<Document, String> {
    if let Some(list) = json.as_array() {
        return zstack(list);
    }
    let object = json.as_object().ok_or("a document is a JSON object")?;
    if let Some(list) = object.get("statements") {
        known_members(object, &["name", "description", "statements"])?;
        return zstack(list.as_array().ok_or("statements is a list")?);
    }
    known_members(object, &["Version", "Statement", "Id"])?;
    let dialect = match object.get("Version").and_then(Value::as_str) {
        Some("1") => Dialect::Ram,
        Some("1.1") => Dialect::Huawei,
        Some("5.0") => Dialect::HuaweiIdentity,
        Some(other) => return Err(format!("Version {other:?} is none of \"1\", \"1.1\", \"5.0\"")),
        None => return Err("Version is missing: \"1\", \"1.1\" or \"5.0\"".into()),
    };
    let statements =
        statement_list(object)?.into_iter().map(|json| statement(json, dialect)).collect::<Result<_, _>>()?;
    Ok(Document { dialect, statements })
}

/// The statements of a RAM or Huawei document: a list, or one object.
pub(super) fn statement_list(document: &Map<String, Value>) -> Result<Vec<&Map<String, Value>>, String> {
    let list = match document.get("Statement") {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(one @ Value::Object(_)) => vec![one],
        _ => return Err("Statement is a list of statements".into()),
    };
    if list.is_empty() {
        return Err("Statement is empty".into());
    }
    list.into_iter()
        .map(|json| json.as_object().ok_or_else(|| "a statement is a JSON object".to_owned()))
        .collect()
}

fn statement(json: &Map<String, Value>, dialect: Dialect) -> Result<Statement, String> {
    known_members(json, &["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"])?;
    let resources = match scope(json, "Resource", "NotResource", Case::Significant)? {
        Some(scope) => scope,
        None if dialect == Dialect::Ram => return Err("Resource or NotResource is missing".into()),
        None => everything(),
    };
    Ok(Statement {
        effect: effect(json.get("Effect"))?,
        actions: scope(json, "Action", "NotAction", Case::Ignored)?
            .ok_or("Action or NotAction is missing")?,
        resources,
        conditions: conditions(json.get("Condition"))?,
    })
}

fn everything() -> Scope {
    Scope::Only(vec![Pattern::new("*", Case::Significant)])
}

fn effect(json: Option<&Value>) -> Result<Effect, String> {
    match json.and_then(Value::as_str) {
        Some("Allow") => Ok(Effect::Allow),
        Some("Deny") => Ok(Effect::Deny),
        _ => Err("Effect is \"Allow\" or \"Deny\"".into()),
    }
}

fn scope(json: &Map<String, Value>, only: &str, except: &str, case: Case) -> Result<Option<Scope>, String> {
    let compile = |name: &str, value: &Value| {
        let texts = texts(name, value)?;
        if texts.is_empty() {
            return Err(format!("{name} is empty"));
        }
        Ok(texts.iter().map(|text| Pattern::new(text, case)).collect())
    };
    match (json.get(only), json.get(except)) {
        (Some(_), Some(_)) => Err(format!("{only} and {except} exclude each other")),
        (Some(value), None) => compile(only, value).map(|patterns| Some(Scope::Only(patterns))),
        (None, Some(value)) => compile(except, value).map(|patterns| Some(Scope::Except(patterns))),
        (None, None) => Ok(None),
    }
}

pub(super) fn conditions(json: Option<&Value>) -> Result<Vec<Condition>, String> {
    let operators = match json {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(value) => value.as_object().ok_or("Condition is a JSON object")?,
    };
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let keys = keys.as_object().ok_or_else(|| format!("{operator} is an object of keys"))?;
        for (key, values) in keys {
            let values = texts(key, values)?;
            if values.is_empty() {
                return Err(format!("{operator} {key} has no value"));
            }
            conditions.push(condition::compile(operator, &key.to_ascii_lowercase(), &values)?);
        }
    }
    Ok(conditions)
}

/// A text or a list of texts; numbers and flags stand for their text.
pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(format!("{name} is a text or a list of texts")),
    };
    match value {
        Value::Array(list) => list.iter().map(one).collect(),
        other => one(other).map(|text| vec![text]),
    }
}

/// A member that nobody reads may be a misspelt restriction: refuse rather than grant too much.
pub(super) fn known_members(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("{name:?} is not a member of a policy document")),
        None => Ok(()),
    }
}

fn zstack(list: &[Value]) -> Result<Document, String> {
    if list.is_empty() {
        return Err("statements is empty".into());
    }
    let statements = list.iter().map(zstack_statement).collect::<Result<_, _>>()?;
    Ok(Document { dialect: Dialect::ZStack, statements })
}

fn zstack_statement(json: &Value) -> Result<Statement, String> {
    let json = json.as_object().ok_or("a statement is a JSON object")?;
    known_members(json, &["name", "effect", "actions", "resources"])?;
    let actions = texts("actions", json.get("actions").ok_or("actions is missing")?)?;
    if actions.is_empty() {
        return Err("actions is empty".into());
    }
    let resources = match json.get("resources") {
        Some(value) => texts("resources", value)?,
        None => Vec::new(),
    };
    Ok(Statement {
        effect: effect(json.get("effect"))?,
        actions: Scope::Only(actions.iter().flat_map(|action| zstack_action(action)).collect()),
        resources: if resources.is_empty() {
            everything()
        } else {
            Scope::Only(resources.iter().map(|text| Pattern::new(text, Case::Significant)).collect())
        },
        conditions: Vec::new(),
    })
}

/// ZStack names an operation by its message class (`org.zstack.…APICreateSchedulerJobMsg`) or by category
/// and a regular rest (`scheduler:.*`); ours are `scheduler:CreateSchedulerJob` or `zstack:…`.
fn zstack_action(action: &str) -> Vec<Pattern> {
    let last = action.rsplit('.').next().unwrap_or(action);
    let operation = last.strip_prefix("API").and_then(|rest| rest.strip_suffix("Msg"));
    match operation {
        Some(operation) => ["zstack", "scheduler"]
            .map(|product| Pattern::new(&format!("{product}:{operation}"), Case::Ignored))
            .to_vec(),
        None if action.starts_with("org.zstack.") && last.bytes().all(|byte| byte == b'*') => {
            vec![Pattern::new("zstack:*", Case::Ignored), Pattern::new("scheduler:*", Case::Ignored)]
        }
        None => vec![Pattern::new(&action.replace(".*", "*"), Case::Ignored)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_policy_is_refused_with_its_reason() {
        let table = [
            ("", "not JSON"),
            ("7", "JSON object"),
            ("{}", "Version"),
            (r#"{"Version":"2","Statement":[]}"#, "Version"),
            (r#"{"Version":"1"}"#, "Statement"),
            (r#"{"Version":"1","Statement":[]}"#, "empty"),
            (r#"{"Version":"1","Statement":[{"Effect":"allow","Action":"*","Resource":"*"}]}"#, "Effect"),
            (r#"{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}"#, "Action"),
            (r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*"}]}"#, "Resource"),
            (r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":[],"Resource":"*"}]}"#, "empty"),
            (r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":{},"Resource":"*"}]}"#, "text"),
            (r#"{"Version":"1","Statement":[{"Effect":"Allow","Actions":"*","Resource":"*"}]}"#, "Actions"),
            (
                r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","NotAction":"x","Resource":"*"}]}"#,
                "exclude",
            ),
            (
                r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Sounds":{"a":"b"}}}]}"#,
                "operator",
            ),
            (r#"{"statements":[]}"#, "empty"),
            (r#"[{"effect":"Allow"}]"#, "actions"),
        ];
        for (text, reason) in table {
            match document(text) {
                Err(Error::Invalid { field, why }) => {
                    assert_eq!(field, "policy");
                    assert!(why.contains(reason), "{text}: {why}");
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(document(&" ".repeat(MAX_BYTES + 1)).is_err());
    }
}
