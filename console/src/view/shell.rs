//! The frame around every page: navigation, search, who is signed in, what has just happened.

use super::{Link, Tone};
use crate::assets;
use crate::icon::Icon;
use crate::text::Lang;

/// The frame of one page.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) lang: Lang,
    pub(crate) title: String,
    /// The way from the overview to here, without here.
    pub(crate) crumbs: Vec<Link>,
    pub(crate) sections: Vec<Section>,
    pub(crate) who: Option<Who>,
    /// Stands in every form.
    pub(crate) csrf: String,
    /// Path and query of this page, to come back to.
    pub(crate) here: String,
    /// What stands in the search box.
    pub(crate) query: String,
    pub(crate) flash: Option<Flash>,
    /// Seconds after which the marked parts of the page are fetched again.
    pub(crate) refresh: Option<u32>,
}

/// One heading of the map with its pages.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) title: String,
    pub(crate) icon: Icon,
    pub(crate) items: Vec<Item>,
}

#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) link: Link,
    pub(crate) current: bool,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) user: String,
    pub(crate) account: String,
}

/// What the last press did, said once.
#[derive(Clone, Debug)]
pub(crate) struct Flash {
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

impl Shell {
    pub(crate) fn t<'k>(&self, key: &'k str) -> &'k str {
        self.lang.t(key)
    }

    pub(crate) fn n(&self, n: &u64) -> String {
        self.lang.number(*n)
    }

    pub(crate) fn count(&self, key: &str, n: &u64) -> String {
        self.lang.count(key, *n)
    }

    /// Where an asset is served; the address changes with its content, so browsers may keep it for ever.
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// Icons that the templates name themselves.
    pub(crate) const fn icon(&self, icon: Icon) -> Icon {
        icon
    }
}
