//! What the tests of this crate share.

use std::sync::Arc;

use muster_db::Migration;

use crate::app_groups;

/// Everything that application groups stand on.
pub(crate) fn migrations() -> Vec<Migration> {
    [muster_notify::MIGRATIONS, crate::MIGRATIONS].concat()
}

/// The service, with a contact directory of default settings.
pub(crate) fn groups() -> app_groups::Service {
    app_groups::Service::new(Arc::new(contacts()))
}

/// The same contact directory.
pub(crate) fn contacts() -> muster_notify::Service {
    muster_notify::Service::new(muster_notify::ContactSettings::default(), "http://127.0.0.1:8080")
}
