//! Makes the rules on groups that their templates demand.

use std::time::Duration;

use muster_core::{Engine, Result};
use muster_db::{Db, Tx};

use super::model::{Template, TemplateItem};
use super::service::Service;
use super::store::{self, MadeRule};
use crate::{Owner, RuleSpec, Target};

/// The name of the engine, and of its signal.
pub(super) const ASSOCIATE: &str = "alarms.associate_templates";

/// How the wire writes the id of the rule with this number.
type KeyOf = fn(i64) -> String;

/// The engine.
pub struct Associate {
    db: Db,
    service: Service,
    key_of: KeyOf,
}

impl Associate {
    /// The engine over `service`; `key_of` makes the wire's ids of new rules.
    pub fn new(db: Db, service: Service, key_of: KeyOf) -> Self {
        Self { db, service, key_of }
    }
}

impl Engine for Associate {
    fn name(&self) -> &'static str {
        ASSOCIATE
    }

    fn period(&self) -> Duration {
        Duration::from_secs(30)
    }

    fn run(&self) -> Result<()> {
        loop {
            let (service, key_of) = (self.service.clone(), self.key_of);
            if !self.db.write_blocking(move |tx| service.make_next(tx, key_of))? {
                return Ok(());
            }
        }
    }
}

impl Service {
    /// Gives the group that waits longest the rules of its templates; whether there was one.
    pub(super) fn make_next(&self, tx: &mut Tx<'_>, key_of: KeyOf) -> Result<bool> {
        let Some(pending) = store::next_pending(tx)? else { return Ok(false) };
        let owner = Owner {
            origin: pending.origin,
            account_id: &pending.account_id,
            project_id: &pending.project_id,
        };
        let group_id = pending.group_id;
        let wanted = store::association(tx, owner, group_id)?.map(|(wanted, _)| wanted).unwrap_or_default();
        let (mut known, mut made) = (store::made_rules(tx, group_id)?, Vec::new());
        for id in &wanted.templates {
            let Some(template) = store::get(tx, owner, *id)? else { continue };
            for (part, items) in parts(&template) {
                let spec = spec_of(&wanted.rule, &template, &items, group_id);
                let place = known.iter().position(|rule| rule.template_id == *id && rule.part == part);
                let key = place.map(|place| known.swap_remove(place).rule_key);
                let key = self.make(tx, owner, key, spec, key_of)?;
                made.push(MadeRule { template_id: *id, part, rule_key: key });
            }
        }
        let superfluous: Vec<String> = known.into_iter().map(|rule| rule.rule_key).collect();
        self.rules.delete(tx, owner, &superfluous)?;
        store::note_made(tx, group_id, &made)?;
        store::is_done(tx, group_id)?;
        Ok(true)
    }

    /// Changes the rule with this key, or makes one where there is none; the key. Whether a rule that is there is
    /// switched on stays as its owner left it.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        owner: Owner<'_>,
        key: Option<String>,
        spec: RuleSpec,
        key_of: KeyOf,
    ) -> Result<String> {
        if let Some(key) = key
            && self.rules.find(tx, owner, &key)?.is_some()
        {
            return Ok(self.rules.replace(tx, owner, &key, spec)?.key);
        }
        let key = key_of(tx.new_id()?);
        Ok(self.rules.create(tx, owner, &key, true, spec)?.key)
    }
}

/// The items of each rule that a template demands, in the order of their first ones.
fn parts(template: &Template) -> Vec<(String, Vec<&TemplateItem>)> {
    let mut parts: Vec<(String, Vec<&TemplateItem>)> = Vec::new();
    for item in &template.items {
        let part = store::part_of(item);
        match parts.iter_mut().find(|(known, _)| *known == part) {
            Some((_, items)) => items.push(item),
            None => parts.push((part, vec![item])),
        }
    }
    parts
}

fn spec_of(common: &RuleSpec, template: &Template, items: &[&TemplateItem], group_id: i64) -> RuleSpec {
    let first = items.first();
    RuleSpec {
        name: template.name.clone(),
        description: template.description.clone(),
        namespace: first.map(|item| item.namespace.clone()).unwrap_or_default(),
        target: Target::Group {
            group_id,
            dimension_names: first.and_then(|item| item.dimension_names.clone()),
            besides: Vec::new(),
        },
        policies: items.iter().map(|item| item.policy.clone()).collect(),
        template_id: Some(template.id),
        ..common.clone()
    }
}
