//! What a page function works with.

use muster_core::Timestamp;
use muster_db::Tx;
use muster_identity::Caller;

use crate::Services;
use crate::calls::Place;
use crate::text::Lang;
use crate::view::Value;
use crate::view::time::When;

/// One transaction on behalf of one reader.
pub(crate) struct Cx<'c, 't> {
    pub(crate) tx: &'c mut Tx<'t>,
    pub(crate) caller: &'c Caller,
    pub(crate) services: &'c Services,
    pub(crate) lang: Lang,
    pub(crate) place: &'c Place,
}

impl Cx<'_, '_> {
    pub(crate) fn t(&self, key: &str) -> String {
        self.lang.t(key).to_owned()
    }

    pub(crate) fn when(&self, instant: Timestamp) -> When {
        When::new(self.lang, self.tx.now(), instant)
    }

    pub(crate) fn time(&self, instant: Timestamp) -> Value {
        Value::Time(self.when(instant))
    }

    pub(crate) fn yes_no(&self, yes: bool) -> Value {
        Value::Text(self.t(if yes { "object.yes" } else { "object.no" }))
    }
}
