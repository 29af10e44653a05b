//! Refusals in the reader's language.

use http::StatusCode;
use muster_core::Error;

use crate::text::Lang;
use crate::view::form::Group;

/// Why something was refused, as a sentence for people.
pub(crate) fn sentence(lang: Lang, error: &Error) -> String {
    match error {
        Error::NotFound { what, id } => lang.fill("refusal.not-found", &[&thing(lang, what), id]),
        Error::AlreadyExists { what, id } => lang.fill("refusal.exists", &[&thing(lang, what), id]),
        Error::Invalid { field, why } => {
            lang.fill("refusal.invalid", &[&thing(lang, field), &self::why(lang, why)])
        }
        Error::Conflict { what, why } => {
            let key = format!("conflict.{}", dashed(what));
            if lang.has(&key) { lang.t(&key).to_owned() } else { why.clone() }
        }
        Error::Unauthenticated { .. } => lang.t("sign-in.wrong").to_owned(),
        Error::Forbidden { action } => lang.fill("error.forbidden-body", &[action]),
        Error::Quota { what, limit } => {
            lang.fill("refusal.quota", &[&lang.number(*limit), &thing(lang, what)])
        }
        Error::Throttled { after_ms } => lang.fill("sign-in.later", &[&after_ms.div_ceil(1000).to_string()]),
        Error::Unavailable { why } => why.clone(),
        Error::Internal { .. } => lang.t("error.internal-body").to_owned(),
    }
}

/// The status that goes with a refusal.
pub(crate) fn status(error: &Error) -> StatusCode {
    match error {
        Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::AlreadyExists { .. } | Error::Conflict { .. } => StatusCode::CONFLICT,
        Error::Invalid { .. } | Error::Quota { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Unauthenticated { .. } => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Puts a refusal beside the field it is about. What is left, if it is about no field, is said above the form.
pub(crate) fn place(lang: Lang, error: &Error, groups: &mut [Group]) -> Option<String> {
    if let Error::Invalid { field, why } = error {
        // "schedule.cron" is about the field "cron", "settings.retentionType" about the field "settings".
        let last = field.rsplit('.').next().unwrap_or(field);
        let first = field.split('.').next().unwrap_or(field);
        let wanted = [dashed(field), dashed(last), dashed(first)];
        let mut fields = groups.iter_mut().flat_map(|group| &mut group.fields);
        if let Some(field) = fields.find(|field| wanted.iter().any(|wanted| wanted == field.name)) {
            field.error = Some(self::why(lang, why));
            return None;
        }
    }
    Some(sentence(lang, error))
}

/// What is wrong with a value, in the reader's language. The features' rules speak English; the messages whose keys
/// begin with `why.` say what each sentence is in Chinese, with the values that it names in their places.
pub(crate) fn why(lang: Lang, sentence: &str) -> String {
    if lang == Lang::En {
        return sentence.to_owned();
    }
    let said = lang.all("why.").find_map(|(english, translated)| {
        let values = matched(english, sentence)?;
        Some((english.len(), translated, values))
    });
    match said {
        Some((_, translated, values)) => {
            let values: Vec<&str> = values.iter().map(|value| value.trim_end_matches('.')).collect();
            crate::text::filled(translated, &values)
        }
        None => sentence.to_owned(),
    }
}

/// What stands in the places `{}` of a pattern, if the text is made by it.
fn matched<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last piece stands at the end; earlier ones are taken where they come first.
        let place = if parts.peek().is_none() {
            rest.len().checked_sub(part.len()).filter(|place| rest.get(*place..) == Some(part))?
        } else {
            rest.find(part)?
        };
        values.push(&rest[..place]);
        rest = &rest[place + part.len()..];
    }
    rest.is_empty().then_some(values)
}

/// The word for a kind of thing, or for a field, that an error names by our key.
fn thing(lang: Lang, key: &str) -> String {
    let message = format!("thing.{}", dashed(key));
    if lang.has(&message) { lang.t(&message).to_owned() } else { key.to_owned() }
}

fn dashed(key: &str) -> String {
    key.replace([' ', '_', '.'], "-").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::form::Field;

    #[test]
    fn a_refusal_stands_beside_its_field() {
        let fields = vec![Field::line("name", "Name", ""), Field::line("max-jobs", "Most jobs", "0")];
        let mut groups = vec![Group { fields, ..Group::default() }];
        let error = Error::invalid("max jobs", "it is less than 1");
        assert_eq!(place(Lang::En, &error, &mut groups), None);
        assert_eq!(groups[0].fields[1].error.as_deref(), Some("it is less than 1"));
        let elsewhere = Error::invalid("schedule.cron", "never fires");
        assert!(place(Lang::En, &elsewhere, &mut groups).is_some());
    }

    #[test]
    fn what_the_rules_of_jobs_say_is_said_in_chinese() {
        for sentence in [
            "it is empty",
            "it is none of 1, 5, 10 and 15",
            "0 is not between 1 and 2147483647",
            "'0 0 0 31 2 ?' never fires again",
            "'x' is not a number of seconds from 10 to 2147483647",
            "'2020-01-01 00:00:00' has passed already",
            "it does not lie after the start time",
            "it has 100001 bytes, more than 100000",
            "'tomorrow' is neither a time such as 2026-01-31 09:30:00 nor milliseconds",
            "there are more than 1000 days in this range",
            "it lies before the start date",
            "it is none of the choices",
            "it is not a whole number",
        ] {
            let said = why(Lang::Zh, sentence);
            assert_ne!(said, sentence);
            assert!(!said.contains("{}"), "{said}");
            assert_eq!(why(Lang::En, sentence), sentence);
        }
        assert_eq!(why(Lang::Zh, "0 is not between 1 and 9"), "0 不在 1 与 9 之间");
        assert_eq!(why(Lang::Zh, "a rule nobody knows"), "a rule nobody knows");
    }

    #[test]
    fn a_pattern_finds_its_values() {
        assert_eq!(matched("{} is not {}", "a is b is not c"), Some(vec!["a is b", "c"]));
        assert_eq!(matched("it is {}.", "it is x."), Some(vec!["x"]));
        assert_eq!(matched("it is {}.", "it is x"), None);
        assert_eq!(matched("same", "same"), Some(vec![]));
        assert_eq!(matched("same", "same again"), None);
    }

    #[test]
    fn known_conflicts_are_said_in_both_languages() {
        let error =
            Error::conflict("namespace holds app groups", "namespace x still holds application groups");
        assert_ne!(sentence(Lang::En, &error), sentence(Lang::Zh, &error));
        let unknown = Error::conflict("something new", "a reason");
        assert_eq!(sentence(Lang::Zh, &unknown), "a reason");
    }
}
