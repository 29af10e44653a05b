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
        Error::Invalid { field, why } => lang.fill("refusal.invalid", &[&thing(lang, field), why]),
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
            field.error = Some(why.clone());
            return None;
        }
    }
    Some(sentence(lang, error))
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
    fn known_conflicts_are_said_in_both_languages() {
        let error =
            Error::conflict("namespace holds app groups", "namespace x still holds application groups");
        assert_ne!(sentence(Lang::En, &error), sentence(Lang::Zh, &error));
        let unknown = Error::conflict("something new", "a reason");
        assert_eq!(sentence(Lang::Zh, &unknown), "a reason");
    }
}
