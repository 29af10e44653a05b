//! Instances of groups: read from requests, and looked for.

use muster_core::{Page, PageRequest, Result};
use muster_resources::{Catalogue, Dimension, ListedMember, Member, MemberFilter};
use muster_wire::Cx;

use super::input;
use super::words::{category_of, series_of};
use crate::cloudmonitor::{CloudMonitor, Refusal, paging};
use crate::rpc::Parameters;

const MOST: usize = 2000;
const MOST_IDS: usize = 200;

/// An instance as requests name it.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    category: String,
    id: String,
    name: String,
    region: String,
}

impl Instance {
    /// The instance as a member of a group.
    fn member(&self, catalogue: &Catalogue) -> Member {
        Member {
            resource_name: Some(self.name.clone()),
            region: Some(self.region.clone()),
            ..member(catalogue, &self.category, &self.id)
        }
    }
}

/// A member by its category and id.
pub(super) fn member(catalogue: &Catalogue, category: &str, id: &str) -> Member {
    let (namespace, dimension) = series_of(catalogue, category);
    Member {
        product: Some(format!("{namespace},{dimension}")),
        dimensions: vec![Dimension { name: dimension, value: id.to_owned() }],
        namespace,
        ..Member::default()
    }
}

/// The list `Instances`.
pub(super) fn read(parameters: &Parameters) -> std::result::Result<Vec<Instance>, Refusal> {
    let text = |item: &Parameters, name| input::member(item, "Instances", name).map(str::to_owned);
    let items = input::items(parameters, "Instances", MOST)?;
    items
        .iter()
        .map(|item| {
            Ok(Instance {
                category: text(item, "Category")?,
                id: text(item, "InstanceId")?,
                name: text(item, "InstanceName")?,
                region: text(item, "RegionId")?,
            })
        })
        .collect()
}

/// Instances as members.
pub(super) fn members(catalogue: &Catalogue, instances: &[Instance]) -> Vec<Member> {
    instances.iter().map(|instance| instance.member(catalogue)).collect()
}

/// Which instances of a group are wanted.
pub(super) struct Wanted {
    group_id: i64,
    category: Option<String>,
    keyword: Option<String>,
    ids: Vec<String>,
    /// Which part of them.
    pub(super) page: PageRequest,
}

impl Wanted {
    pub(super) fn read(parameters: &Parameters) -> std::result::Result<Self, Refusal> {
        let ids = parameters.word("InstanceIds").map(list).unwrap_or_default();
        if ids.len() > MOST_IDS {
            return Err(Refusal::illegal("InstanceIds", &format!("must be at most {MOST_IDS}")));
        }
        Ok(Self {
            group_id: input::group_id(parameters)?,
            category: parameters.word("Category").map(str::to_owned),
            keyword: parameters.word("Keyword").map(str::to_owned),
            ids,
            page: paging::read(parameters, 10)?,
        })
    }

    /// Those that there are.
    pub(super) fn find(&self, cx: &mut Cx<'_, '_, CloudMonitor>) -> Result<Page<ListedMember>> {
        let (resources, scope) = (&cx.services.resources, input::scope(cx.caller));
        let group = resources.get_application(cx.tx, scope, self.group_id)?.group;
        let series = self.category.as_ref().map(|category| series_of(resources.catalogue(), category));
        let filter = MemberFilter {
            namespace: series.map(|(namespace, _)| namespace),
            resource_name_contains: self.keyword.clone(),
            ..MemberFilter::default()
        };
        if self.ids.is_empty() {
            return resources.members_of_group(cx.tx, scope, &group, &filter, self.page);
        }
        let mut found = Vec::new();
        for id in &self.ids {
            let one = MemberFilter { dimension_value: Some(id.clone()), ..filter.clone() };
            found.extend(resources.members_of_group(cx.tx, scope, &group, &one, PageRequest::ALL)?.items);
        }
        let total = found.len() as u64;
        let skip = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.page.limit).unwrap_or(usize::MAX);
        Ok(Page { items: found.into_iter().skip(skip).take(take).collect(), total })
    }
}

/// What stands between commas, or the items of a JSON array.
pub(super) fn list(text: &str) -> Vec<String> {
    let items = serde_json::from_str(text).unwrap_or_else(|_| text.split(',').map(str::to_owned).collect());
    let items: Vec<String> = items;
    items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// A member in the wire's words.
pub(super) struct Shown<'m> {
    pub(super) category: &'m str,
    pub(super) id: &'m str,
    pub(super) name: &'m str,
    pub(super) region: &'m str,
}

impl<'m> Shown<'m> {
    /// `here` is the region of instances of which none is known.
    pub(super) fn of(member: &'m Member, here: &'m str) -> Self {
        let id = member.dimensions.first().map_or("", |first| first.value.as_str());
        Self {
            category: category_of(&member.namespace),
            id,
            name: member.resource_name.as_deref().unwrap_or(id),
            region: member.region.as_deref().unwrap_or(here),
        }
    }
}
