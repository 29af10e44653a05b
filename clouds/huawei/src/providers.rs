//! The services that keep resources, with their kinds: TMS and EPS list them alike.

use muster_identity::Caller;
use serde_json::{Value, json};

use crate::catalogue::CATALOGUE;
use crate::request::{Malformed, Request};

/// A service and the kinds of its resources, each with its title.
pub(crate) struct Provider {
    pub(crate) name: &'static str,
    pub(crate) kinds: Vec<(&'static str, &'static str)>,
}

/// The services of all kinds that are known, in the catalogue's order.
pub(crate) fn of_kinds() -> Vec<Provider> {
    let mut providers: Vec<Provider> = Vec::new();
    for kind in CATALOGUE.kinds {
        match providers.iter_mut().find(|provider| provider.name == kind.provider) {
            Some(provider) => provider.kinds.push((kind.name, kind.title)),
            None => providers.push(Provider { name: kind.provider, kinds: vec![(kind.name, kind.title)] }),
        }
    }
    providers
}

/// Which of them a client asks for.
pub(crate) struct Wanted {
    provider: Option<String>,
    offset: u64,
    limit: u64,
}

impl Wanted {
    pub(crate) fn of_query(request: &Request) -> Result<Self, Malformed> {
        Ok(Self {
            provider: request.query("provider")?.filter(|name| !name.is_empty()),
            offset: request.number("offset", 0..=1_000_000, 0)?,
            limit: request.number("limit", 1..=200, 200)?,
        })
    }

    /// The page as clients read it, and how many there are in all.
    pub(crate) fn cut(&self, all: Vec<Provider>, caller: &Caller) -> (Vec<Value>, usize) {
        let wanted: Vec<Provider> = all
            .into_iter()
            .filter(|provider| self.provider.as_ref().is_none_or(|name| name == provider.name))
            .collect();
        let total = wanted.len();
        let skip = usize::try_from(self.offset).unwrap_or(usize::MAX);
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let page = wanted.into_iter().skip(skip).take(take);
        (page.map(|provider| write(&provider, &caller.region)).collect(), total)
    }
}

fn write(provider: &Provider, region: &str) -> Value {
    let kinds: Vec<Value> = provider
        .kinds
        .iter()
        .map(|(name, title)| {
            json!({
                "resource_type": name,
                "resource_type_i18n_display_name": title,
                "regions": [region],
                "global": false,
            })
        })
        .collect();
    json!({
        "provider": provider.name,
        "provider_i18n_display_name": provider.name.to_uppercase(),
        "resource_types": kinds,
    })
}
