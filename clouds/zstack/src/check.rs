//! Rules that many calls share. They hold after the types were checked, and refuse with `SYS.1007`.

use muster_jobs::scheduled::Settings;
use serde_json::{Map, Value};

use crate::error::{Code, Refusal};
use crate::input::{Input, scalar_text};

/// Lengths are counted as the official Java client counts them, in UTF-16 units.
const MOST_NAME: usize = 255;
const MOST_DESCRIPTION: usize = 2048;
/// Parameters in one call, and the length of each; far above what any type of job knows.
const MOST_PARAMETERS: usize = 100;
const MOST_PARAMETER: usize = 4096;

type Checked<T> = Result<T, Refusal>;

/// A value that must be there.
pub(crate) fn required<T>(name: &str, value: Option<T>) -> Checked<T> {
    value.ok_or_else(|| Refusal::invalid(format!("the field '{name}' is mandatory and was not given")))
}

/// At most `most` UTF-16 units.
pub(crate) fn at_most(name: &str, text: &str, most: usize) -> Checked<()> {
    let length = text.encode_utf16().count();
    if length > most {
        return Err(Refusal::invalid(format!(
            "the field '{name}' has {length} characters, at most {most} are allowed"
        )));
    }
    Ok(())
}

/// The name of something new; it may be empty, as in the original.
pub(crate) fn new_name(name: Option<String>) -> Checked<String> {
    let name = required("name", name)?;
    at_most("name", &name, MOST_NAME)?;
    Ok(name)
}

/// A new name for something; an empty one is no name.
pub(crate) fn changed_name(name: Option<String>) -> Checked<Option<String>> {
    match name {
        Some(name) if name.is_empty() => Err(Refusal::invalid("the field 'name' must not be empty")),
        Some(name) => new_name(Some(name)).map(Some),
        None => Ok(None),
    }
}

/// A description; an empty one is kept as none.
pub(crate) fn description(description: Option<String>) -> Checked<Option<String>> {
    if let Some(text) = &description {
        at_most("description", text, MOST_DESCRIPTION)?;
    }
    Ok(description.filter(|text| !text.is_empty()))
}

/// One of a few words, written exactly so.
pub(crate) fn one_of<'w>(name: &str, word: &str, words: &[&'w str]) -> Checked<&'w str> {
    words.iter().copied().find(|candidate| *candidate == word).ok_or_else(|| {
        Refusal::invalid(format!("the field '{name}' has the value '{word}', valid are {}", words.join(", ")))
    })
}

/// Whether `text` has the form of a uuid: 32 hexadecimal digits in lower case.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// A uuid that names something: one of another form names nothing.
pub(crate) fn uuid(name: &str, text: Option<String>) -> Checked<String> {
    let text = required(name, text)?;
    if is_uuid(&text) {
        return Ok(text);
    }
    Err(Refusal::failed(
        Code::NotFound,
        format!("the field '{name}' has the value '{text}', which is no uuid"),
    ))
}

/// The caller's choice of uuid for something new: version 4 without dashes.
pub(crate) fn resource_uuid(input: &Input) -> Checked<Option<String>> {
    let Some(text) = input.text("resourceUuid")? else { return Ok(None) };
    let digits = text.as_bytes();
    let is_v4 = is_uuid(&text)
        && matches!(digits[12], b'1'..=b'5')
        && matches!(digits[16], b'8' | b'9' | b'a' | b'b');
    if is_v4 {
        Ok(Some(text))
    } else {
        Err(Refusal::invalid(format!("resourceUuid: '{text}' is not a uuid of version 4 without dashes")))
    }
}

/// `parameters`: texts by name. Numbers and truth values become text.
pub(crate) fn parameters(map: Option<&Map<String, Value>>) -> Checked<Settings> {
    let Some(map) = map else { return Ok(Settings::new()) };
    if map.len() > MOST_PARAMETERS {
        return Err(Refusal::invalid(format!("parameters: more than {MOST_PARAMETERS} entries")));
    }
    let mut settings = Settings::new();
    for (name, value) in map {
        let text = match value {
            Value::Null => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(Refusal::invalid(format!("parameters.{name}: must be a text")));
            }
            value => scalar_text(name, value)?,
        };
        at_most("parameters", name, MOST_PARAMETER)?;
        at_most(&format!("parameters.{name}"), &text, MOST_PARAMETER)?;
        settings.insert(name.clone(), text);
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_as_java_does() {
        assert!(new_name(Some("长".repeat(255))).is_ok());
        assert!(new_name(Some("长".repeat(256))).is_err());
        // An emoji is two units.
        assert!(new_name(Some("😀".repeat(127))).is_ok());
        assert!(new_name(Some("😀".repeat(128))).is_err());
        assert!(description(Some("x".repeat(2049))).is_err());
    }

    #[test]
    fn names_may_be_empty_only_at_first() {
        assert_eq!(new_name(Some(String::new())), Ok(String::new()));
        assert!(changed_name(Some(String::new())).is_err());
        assert!(new_name(None).is_err());
        assert_eq!(changed_name(None), Ok(None));
    }

    #[test]
    fn words_are_exact() {
        assert_eq!(one_of("type", "vmBackup", &["vmBackup"]), Ok("vmBackup"));
        assert!(one_of("type", "vmbackup", &["vmBackup"]).is_err());
    }

    #[test]
    fn parameters_become_texts() {
        let json = serde_json::json!({"a": 3, "b": true, "c": "x ", "d": null});
        let settings = parameters(json.as_object()).unwrap();
        let expected = [("a", "3"), ("b", "true"), ("c", "x")];
        assert_eq!(settings, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
        let nested = serde_json::json!({"a": {"b": 1}});
        assert!(matches!(parameters(nested.as_object()), Err(Refusal::Failed(_))));
    }
}
