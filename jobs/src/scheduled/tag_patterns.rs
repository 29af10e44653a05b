//! Tag patterns: tags made once and put on many records.

use std::collections::BTreeMap;

use muster_core::{Error, Result};
use muster_db::{Tx, params};

use super::store::{Record as _, fold, fold_optional};
use super::{NewTag, NewTagPattern, Scope, Service, Tag, TagPattern, TagSource, TaggedKind, choose_id, tags};

const WHAT: &str = "tag pattern";

impl Service {
    /// Makes a pattern.
    ///
    /// # Errors
    /// `AlreadyExists` for a taken id.
    pub fn create_tag_pattern(
        &self,
        tx: &mut Tx<'_>,
        account_id: &str,
        new: NewTagPattern,
    ) -> Result<TagPattern> {
        let id = choose_id(tx, new.id.as_deref())?;
        let now = tx.now();
        let pattern = TagPattern {
            id,
            account_id: account_id.to_owned(),
            name: new.name,
            value: new.value,
            description: new.description,
            color: new.color,
            takes_tokens: new.takes_tokens,
            created_at: now,
            updated_at: now,
        };
        tx.execute(
            "INSERT INTO scheduled_tag_patterns (id, account_id, name, name_folded, value, value_folded, \
             description, description_folded, color, takes_tokens, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
            params![
                pattern.id,
                pattern.account_id,
                pattern.name,
                fold(&pattern.name),
                pattern.value,
                fold(&pattern.value),
                pattern.description,
                fold_optional(pattern.description.as_deref()),
                pattern.color,
                pattern.takes_tokens,
                now
            ],
        )?;
        Ok(pattern)
    }

    /// One pattern.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn get_tag_pattern(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<TagPattern> {
        tx.query_optional(
            "SELECT * FROM scheduled_tag_patterns WHERE id = $1",
            params![id],
            TagPattern::read,
        )?
        .filter(|pattern| scope.covers(&pattern.account_id))
        .ok_or_else(|| Error::not_found(WHAT, id))
    }

    /// Deletes a pattern and every tag that was made from it.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_tag_pattern(&self, tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<()> {
        let pattern = self.get_tag_pattern(tx, scope, id)?;
        tx.execute("DELETE FROM scheduled_tags WHERE pattern_id = $1", params![pattern.id])?;
        tx.execute("DELETE FROM scheduled_tag_patterns WHERE id = $1", params![pattern.id])?;
        Ok(())
    }

    /// Puts the pattern's tag on a record, whatever its kind.
    ///
    /// # Errors
    /// `NotFound` for the pattern or the record; `AlreadyExists` for `tag`; `Invalid` for `tokens` when one is
    /// missing.
    pub fn attach_tag_pattern(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        pattern_id: &str,
        resource_id: &str,
        tokens: &BTreeMap<String, String>,
    ) -> Result<Tag> {
        let pattern = self.get_tag_pattern(tx, scope, pattern_id)?;
        let (kind, owner) = find_resource(tx, scope, resource_id)?;
        let new = NewTag {
            source: TagSource::User,
            kind,
            resource_id: resource_id.to_owned(),
            tag: text(&pattern, tokens)?,
        };
        tags::put(tx, &owner, new, Some(&pattern.id))
    }

    /// Takes the pattern's tags off a record; nothing to take off is fine.
    ///
    /// # Errors
    /// `NotFound` for the pattern or the record.
    pub fn detach_tag_pattern(
        &self,
        tx: &mut Tx<'_>,
        scope: Scope<'_>,
        pattern_id: &str,
        resource_id: &str,
    ) -> Result<()> {
        let pattern = self.get_tag_pattern(tx, scope, pattern_id)?;
        find_resource(tx, scope, resource_id)?;
        tx.execute(
            "DELETE FROM scheduled_tags WHERE pattern_id = $1 AND resource_id = $2",
            params![pattern.id, resource_id],
        )?;
        Ok(())
    }
}

fn find_resource(tx: &mut Tx<'_>, scope: Scope<'_>, id: &str) -> Result<(TaggedKind, String)> {
    for kind in TaggedKind::ALL {
        let sql = format!("SELECT account_id FROM {} WHERE id = $1", kind.table());
        let owner: Option<String> = tx.query_optional(&sql, params![id], |row| row.get(0))?;
        if let Some(owner) = owner.filter(|owner| scope.covers(owner)) {
            return Ok((kind, owner));
        }
    }
    Err(Error::not_found("resource", id))
}

/// The tag's text, with each `{token}` replaced.
fn text(pattern: &TagPattern, tokens: &BTreeMap<String, String>) -> Result<String> {
    if !pattern.takes_tokens {
        return Ok(pattern.value.clone());
    }
    let mut text = String::new();
    let mut rest = pattern.value.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else { break };
        let token = tokens.get(name);
        let token = token.ok_or_else(|| Error::invalid("tokens", format!("'{name}' is missing")))?;
        text.push_str(before);
        text.push_str(token);
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_filled_in() {
        let pattern = |value: &str, takes_tokens| TagPattern {
            id: String::new(),
            account_id: String::new(),
            name: String::new(),
            value: value.to_owned(),
            description: None,
            color: None,
            takes_tokens,
            created_at: muster_core::Timestamp::default(),
            updated_at: muster_core::Timestamp::default(),
        };
        let tokens = BTreeMap::from([("team".to_owned(), "{blue}".to_owned())]);
        assert_eq!(text(&pattern("for::{team}!", true), &tokens).unwrap(), "for::{blue}!");
        assert_eq!(text(&pattern("for::{team}", false), &tokens).unwrap(), "for::{team}");
        assert_eq!(text(&pattern("odd}{", true), &tokens).unwrap(), "odd}{");
        assert!(text(&pattern("{colour}", true), &tokens).is_err());
    }
}
