//! The frame around a page: the map, who is signed in, what the last change said.

use crate::icon::Icon;
use crate::kinds;
use crate::view::shell::{Flash, Item, Section, Shell, Who};
use crate::view::{Link, Tone};
use crate::visit::Visit;

/// One heading of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heading {
    Jobs,
    Resources,
    People,
    Applications,
    Settings,
}

impl Heading {
    const ALL: [Self; 5] = [Self::Jobs, Self::Resources, Self::People, Self::Applications, Self::Settings];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Jobs => "nav.jobs",
            Self::Resources => "nav.resources",
            Self::People => "nav.people",
            Self::Applications => "nav.apps",
            Self::Settings => "nav.settings",
        }
    }

    pub(crate) const fn icon(self) -> Icon {
        match self {
            Self::Jobs => Icon::Jobs,
            Self::Resources => Icon::Resources,
            Self::People => Icon::People,
            Self::Applications => Icon::Apps,
            Self::Settings => Icon::Settings,
        }
    }
}

/// Pages of the map that are no kind of object: heading, piece of the path, message key, and the kind after which
/// they stand, if not at the end.
const PAGES: [(Heading, &str, &str, &str); 11] = [
    (Heading::Jobs, "ledger", "ledger.title", "workflows"),
    (Heading::Jobs, "job-alarms", "job-alarms.title", "workflows"),
    (Heading::Jobs, "workers", "workers.title", "workflows"),
    (Heading::Resources, "alarms", "alarms.title", ""),
    (Heading::Resources, "events", "events.title", ""),
    (Heading::Resources, "metrics", "metrics.title", ""),
    (Heading::People, "messages", "messages.title", ""),
    (Heading::Settings, "keys", "keys.title", ""),
    (Heading::Settings, "account", "account.title", ""),
    (Heading::Settings, "audit", "audit.title", ""),
    (Heading::Settings, "health", "health.title", ""),
];

/// The frame of a page with this title, below these crumbs.
pub(crate) fn shell(visit: &Visit, title: impl Into<String>, crumbs: Vec<Link>) -> Shell {
    let who = visit.session.as_ref().map(|live| {
        let caller = live.caller(visit.origin);
        Who { user: caller.name().to_owned(), account: caller.account_name }
    });
    Shell {
        lang: visit.lang,
        title: title.into(),
        crumbs,
        sections: if who.is_some() { map(visit) } else { Vec::new() },
        who,
        csrf: visit.csrf.clone(),
        here: visit.here.clone(),
        query: String::new(),
        flash: visit
            .flash
            .as_ref()
            .map(|(key, name)| Flash { tone: Tone::Good, text: visit.lang.fill(key, &[name]) }),
        refresh: None,
    }
}

fn map(visit: &Visit) -> Vec<Section> {
    let current = match visit.segments.as_slice() {
        [new, slug] if new == "new" => slug.as_str(),
        [first, ..] => first.as_str(),
        [] => "",
    };
    let item = |slug: &str, key: &str| Item {
        link: Link::new(
            visit.lang.t(key),
            if slug.is_empty() { "/console".to_owned() } else { format!("/console/{slug}") },
        ),
        current: current == slug,
    };
    let mut sections =
        vec![Section { title: String::new(), icon: Icon::Overview, items: vec![item("", "nav.overview")] }];
    for heading in Heading::ALL {
        let kinds = kinds::ALL.iter().filter(|kind| kind.heading() == heading && kind.home() == kind.slug());
        let pages = |after: &str| {
            let here = PAGES.iter().filter(move |(of, _, _, place)| *of == heading && *place == after);
            here.map(|(_, slug, key, _)| item(slug, key)).collect::<Vec<_>>()
        };
        let mut items = Vec::new();
        for kind in kinds {
            items.push(item(kind.slug(), &format!("{}.title", kind.slug())));
            items.extend(pages(kind.slug()));
        }
        items.extend(pages(""));
        sections.push(Section { title: visit.lang.t(heading.key()).to_owned(), icon: heading.icon(), items });
    }
    sections
}
