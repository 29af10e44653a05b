//! One project's part of the index.

use std::collections::{BTreeSet, HashMap};

use muster_core::Result;
use muster_db::{Tx, params};
use roaring::RoaringBitmap;

use super::entries::Entries;
use super::groups::Groups;
use super::select::Memo;
use super::symbols::{Symbol, Symbols};
use crate::inventory::store as inventory;
use crate::inventory::{Catalogue, Change, Facet, Subject, Tag, changes, product_of};
use crate::model::{Kind, Rule, Scope, joined_names};
use crate::store;

/// With more changes than this to follow it is quicker to read everything anew.
const MOST_TO_FOLLOW: i64 = 50_000;

/// What rules look at in one resource.
pub(crate) struct Entry {
    pub(super) name: Box<str>,
    pub(super) enterprise_project: Symbol,
    pub(super) provider: Symbol,
    pub(super) tags: Box<[(Symbol, Symbol)]>,
    /// The forms of its series, each with how many series have it.
    pub(super) forms: Box<[(Symbol, u32)]>,
}

/// The form of a series: which namespace, and which dimensions.
pub(crate) struct Form {
    pub(super) namespace: String,
    /// `namespace,first dimension`.
    pub(super) product: String,
    /// All dimension names, sorted, joined by commas.
    pub(super) dimension_names: String,
    /// The resources that have series of this form.
    pub(super) having: RoaringBitmap,
    /// Those that have more than one.
    pub(super) having_several: RoaringBitmap,
}

/// The resources that have one key.
#[derive(Default)]
pub(super) struct Key {
    pub(super) having: RoaringBitmap,
    pub(super) values: HashMap<Symbol, RoaringBitmap>,
}

/// One project's part.
#[derive(Default)]
pub(crate) struct Partition {
    known: Option<i64>,
    pub(super) symbols: Symbols,
    pub(super) entries: Entries,
    pub(super) keys: HashMap<Symbol, Key>,
    pub(super) enterprise_projects: HashMap<Symbol, RoaringBitmap>,
    pub(super) providers: HashMap<Symbol, RoaringBitmap>,
    pub(super) forms: HashMap<Symbol, Form>,
    pub(super) memo: Memo,
    pub(crate) groups: Groups,
}

/// What the store says that the index does not know yet.
pub(super) enum Ahead {
    Nothing,
    /// These changed, up to this change.
    Changes(Vec<Changed>, i64),
    /// So much that everything was read anew.
    All(Box<Partition>),
}

/// Something that changed, as the store has it now.
pub(super) enum Changed {
    Resource(i64, Option<Read>),
    Group(i64, Option<(Kind, Rule)>),
}

/// A resource as the store has it.
pub(super) struct Read {
    kind: String,
    name: String,
    enterprise_project: String,
    tags: Vec<Tag>,
    facets: Vec<Facet>,
}

/// Reads what was changed after `known`: nothing of the index is needed for it, so nobody waits who asks it.
pub(super) fn look_ahead(
    tx: &mut Tx<'_>,
    scope: Scope<'_>,
    catalogue: &Catalogue,
    known: Option<i64>,
) -> Result<Ahead> {
    let head = changes::counters(tx, scope)?.changes;
    let all = |tx: &mut Tx<'_>| Ok(Ahead::All(Box::new(Partition::load(tx, scope, catalogue, head)?)));
    let Some(known) = known else { return all(tx) };
    // A reader that began earlier than the last one sees less, which must not undo what is here.
    if head <= known {
        return Ok(Ahead::Nothing);
    }
    if head - known > MOST_TO_FOLLOW {
        return all(tx);
    }
    let since = changes::since(tx, scope, known)?;
    if i64::try_from(since.len()).is_ok_and(|found| found < head - known) {
        return all(tx);
    }
    let mut changed = Vec::new();
    for Change { subject, id } in since.into_iter().collect::<BTreeSet<_>>() {
        changed.push(match subject {
            Subject::Resource => Changed::Resource(id, Read::of(tx, scope, id)?),
            Subject::Group => {
                let group = store::get_group(tx, scope, id)?;
                Changed::Group(id, group.map(|group| (group.kind, group.rule)))
            }
        });
    }
    Ok(Ahead::Changes(changed, head))
}

impl Read {
    fn of(tx: &mut Tx<'_>, scope: Scope<'_>, ordinal: i64) -> Result<Option<Self>> {
        let Some(known) = inventory::by_ordinal(tx, scope, ordinal)? else { return Ok(None) };
        let resource = known.resource;
        Ok(Some(Self {
            tags: inventory::tags(tx, resource.id)?,
            facets: inventory::facets(tx, resource.id)?,
            kind: resource.kind,
            name: resource.name,
            enterprise_project: resource.enterprise_project_id,
        }))
    }
}

impl Partition {
    /// The last change that is in here; nothing before the first reading.
    pub(super) fn known(&self) -> Option<i64> {
        self.known
    }

    /// Takes in what was read.
    pub(super) fn take(&mut self, ahead: Ahead, catalogue: &Catalogue) {
        match ahead {
            Ahead::Nothing => {}
            Ahead::All(fresh) => *self = *fresh,
            Ahead::Changes(changed, head) => {
                for change in changed {
                    match change {
                        Changed::Resource(ordinal, read) => {
                            let entry = read.map(|read| self.entry_of(read, catalogue));
                            self.replace(ordinal, entry);
                        }
                        Changed::Group(id, group) => self.groups.replace(id, group),
                    }
                }
                self.known = Some(head);
            }
        }
    }

    fn load(tx: &mut Tx<'_>, scope: Scope<'_>, catalogue: &Catalogue, head: i64) -> Result<Self> {
        let mut fresh = Self::default();
        let owner = params![scope.account_id, scope.project_id];
        let mut tags: HashMap<i64, Vec<(Symbol, Symbol)>> = HashMap::new();
        let symbols = &mut fresh.symbols;
        tx.for_each(
            "SELECT r.ordinal, t.key, t.value FROM resources r JOIN resource_tags t ON t.resource_id = r.id
             WHERE r.account_id = $1 AND r.project_id = $2",
            owner,
            |row| {
                let tag = (symbols.add(&row.get::<String>(1)?), symbols.add(&row.get::<String>(2)?));
                tags.entry(row.get(0)?).or_default().push(tag);
                Ok(())
            },
        )?;
        let mut forms: HashMap<i64, Vec<Symbol>> = HashMap::new();
        tx.for_each(
            "SELECT r.ordinal, f.namespace, f.dimensions FROM resources r JOIN resource_facets f ON f.resource_id = r.id
             WHERE r.account_id = $1 AND r.project_id = $2",
            owner,
            |row| {
                let facet = inventory::read_facet(row.get(1)?, &row.get::<String>(2)?)?;
                forms.entry(row.get(0)?).or_default().push(fresh.form_of(&facet));
                Ok(())
            },
        )?;
        tx.for_each(
            "SELECT ordinal, kind, name, enterprise_project_id FROM resources WHERE account_id = $1 AND project_id = $2",
            owner,
            |row| {
                let ordinal: i64 = row.get(0)?;
                let (kind, name, project): (String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?);
                let tags = tags.remove(&ordinal).unwrap_or_default();
                let forms = forms.remove(&ordinal).unwrap_or_default();
                let entry = fresh.entry(name, &project, catalogue.provider(&kind), tags, forms);
                fresh.replace(ordinal, Some(entry));
                Ok(())
            },
        )?;
        for group in store::groups_by_rule(tx, scope)? {
            fresh.groups.replace(group.id, Some((group.kind, group.rule)));
        }
        fresh.known = Some(head);
        Ok(fresh)
    }

    fn entry_of(&mut self, read: Read, catalogue: &Catalogue) -> Entry {
        let tags =
            read.tags.iter().map(|tag| (self.symbols.add(&tag.key), self.symbols.add(&tag.value))).collect();
        let forms = read.facets.iter().map(|facet| self.form_of(facet)).collect();
        let provider = catalogue.provider(&read.kind);
        self.entry(read.name, &read.enterprise_project, provider, tags, forms)
    }

    /// Each tag and form that is given is one use of its symbols.
    fn entry(
        &mut self,
        name: String,
        enterprise_project: &str,
        provider: &str,
        mut tags: Vec<(Symbol, Symbol)>,
        forms: Vec<Symbol>,
    ) -> Entry {
        tags.sort_unstable();
        let mut counted: Vec<(Symbol, u32)> = Vec::with_capacity(forms.len());
        for form in forms {
            match counted.iter_mut().find(|(known, _)| *known == form) {
                Some((_, count)) => *count += 1,
                None => counted.push((form, 1)),
            }
        }
        Entry {
            name: name.into_boxed_str(),
            enterprise_project: self.symbols.add(enterprise_project),
            provider: self.symbols.add(provider),
            tags: tags.into_boxed_slice(),
            forms: counted.into_boxed_slice(),
        }
    }

    fn form_of(&mut self, facet: &Facet) -> Symbol {
        let dimension_names = joined_names(facet.dimensions.iter().map(|dimension| dimension.name.as_str()));
        let product = product_of(facet).unwrap_or_default();
        let symbol = self.symbols.add(&format!("{product}\u{1}{dimension_names}"));
        self.forms.entry(symbol).or_insert_with(|| Form {
            namespace: facet.namespace.clone(),
            product,
            dimension_names,
            having: RoaringBitmap::new(),
            having_several: RoaringBitmap::new(),
        });
        symbol
    }

    /// Puts a resource in, or takes it out when it is `None`.
    fn replace(&mut self, ordinal: i64, entry: Option<Entry>) {
        let Ok(bit) = u32::try_from(ordinal) else { return };
        if let Some(old) = self.entries.remove(bit) {
            self.forget(bit, &old);
        }
        if let Some(entry) = entry {
            self.remember(bit, &entry);
            self.entries.insert(bit, entry);
        }
    }

    fn remember(&mut self, bit: u32, entry: &Entry) {
        for &(key, value) in &entry.tags {
            let key = self.keys.entry(key).or_default();
            key.having.insert(bit);
            key.values.entry(value).or_default().insert(bit);
        }
        self.enterprise_projects.entry(entry.enterprise_project).or_default().insert(bit);
        self.providers.entry(entry.provider).or_default().insert(bit);
        for (form, count) in &entry.forms {
            if let Some(form) = self.forms.get_mut(form) {
                form.having.insert(bit);
                if *count > 1 {
                    form.having_several.insert(bit);
                }
            }
        }
        self.memo.remember(bit, entry, &self.symbols);
    }

    fn forget(&mut self, bit: u32, entry: &Entry) {
        for (key, value) in &entry.tags {
            if let Some(known) = self.keys.get_mut(key) {
                known.having.remove(bit);
                remove(&mut known.values, value, bit);
                if known.having.is_empty() {
                    self.keys.remove(key);
                }
            }
            self.symbols.release(*key);
            self.symbols.release(*value);
        }
        remove(&mut self.enterprise_projects, &entry.enterprise_project, bit);
        remove(&mut self.providers, &entry.provider, bit);
        self.symbols.release(entry.enterprise_project);
        self.symbols.release(entry.provider);
        for (form, count) in &entry.forms {
            if let Some(form) = self.forms.get_mut(form) {
                form.having.remove(bit);
                form.having_several.remove(bit);
            }
            // What takes this one's place may have the form already, and hold on to it.
            if (0..*count).fold(false, |_, _| self.symbols.release(*form)) {
                self.forms.remove(form);
            }
        }
        self.memo.forget(bit);
    }
}

/// What nobody has any more takes no room.
fn remove(bitmaps: &mut HashMap<Symbol, RoaringBitmap>, symbol: &Symbol, bit: u32) {
    if let Some(bitmap) = bitmaps.get_mut(symbol) {
        bitmap.remove(bit);
        if bitmap.is_empty() {
            bitmaps.remove(symbol);
        }
    }
}
