//! What the tests of this feature share.

use muster_core::{Error, PageRequest, Result};
use muster_db::testing::TestStore;
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use crate::{
    AppGroup, Disk, DiskKind, Image, ImageSource, Limits, MIGRATIONS, NewAppGroup, NewServerGroup,
    OperatingSystem, ServerGroup, ServerPlan, Service, Settings,
};

/// Runs a test on SQLite, and on PostgreSQL where it is installed.
pub(crate) fn on_each(test: impl Fn(&World<'_>)) {
    TestStore::on_each(MIGRATIONS, |store| {
        let settings = Settings {
            limits: Limits { app_groups: 5, server_groups: 4, tags: 3, ..Limits::default() },
            ..Settings::default()
        };
        test(&World { store, service: Service::new(settings), caller: caller("acme", "p1") });
        Ok(())
    })
    .unwrap();
}

pub(crate) fn caller(account: &str, project: &str) -> Caller {
    let mut caller = root_caller(account);
    project.clone_into(&mut caller.project_id);
    caller
}

pub(crate) const FIRST_PAGE: PageRequest = PageRequest { offset: 0, limit: 10 };

/// A service over a store, and somebody who calls it. Each call is a transaction of its own.
pub(crate) struct World<'s> {
    store: &'s TestStore,
    service: Service,
    caller: Caller,
}

impl World<'_> {
    /// The same for another caller.
    pub(crate) fn seen_by(&self, account: &str, project: &str) -> World<'_> {
        World { store: self.store, service: self.service.clone(), caller: caller(account, project) }
    }

    pub(crate) fn later(&self) {
        self.store.clock.advance(1_000);
    }

    pub(crate) fn run<T: Send + 'static>(
        &self,
        call: impl Fn(&Service, &mut muster_db::Tx<'_>, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (service, caller) = (self.service.clone(), self.caller.clone());
        self.store.db.write_blocking(move |tx| call(&service, tx, &caller))
    }

    pub(crate) fn add_app_group(&self, new: NewAppGroup) -> Result<AppGroup> {
        self.run(move |service, tx, caller| service.create_app_group(tx, caller, &new))
    }

    pub(crate) fn add_server_group(&self, new: NewServerGroup) -> Result<ServerGroup> {
        self.run(move |service, tx, caller| service.create_server_group(tx, caller, &new))
    }

    pub(crate) fn server_group(&self, id: &str) -> Result<ServerGroup> {
        let id = id.to_owned();
        self.run(move |service, tx, caller| service.get_server_group(tx, caller, &id))
    }

    pub(crate) fn app_group(&self, id: &str) -> Result<AppGroup> {
        let id = id.to_owned();
        self.run(move |service, tx, caller| service.get_app_group(tx, caller, &id))
    }
}

pub(crate) fn new_app_group(name: &str) -> NewAppGroup {
    NewAppGroup { name: name.to_owned(), ..NewAppGroup::default() }
}

pub(crate) fn new_server_group(name: &str) -> NewServerGroup {
    NewServerGroup {
        name: name.to_owned(),
        description: String::new(),
        kind: None,
        os: OperatingSystem::Windows,
        single_session: false,
        virtual_ip: None,
        enabled: true,
        enterprise_project_id: "0".to_owned(),
        primary_id: None,
        plan: ServerPlan {
            product_id: "workspace.appstream.general.xlarge.2".to_owned(),
            flavor_id: None,
            image: Image { id: "img".to_owned(), source: ImageSource::Private, product_id: None },
            disk: Disk { kind: DiskKind::Sas, gib: 80 },
            vpc_id: "vpc".to_owned(),
            subnet_id: "subnet".to_owned(),
            zone: None,
            cluster_id: None,
            organizational_unit: String::new(),
            route_policy: None,
            extra_sessions: None,
        },
        tags: Vec::new(),
    }
}

/// What refused, by kind and key.
pub(crate) fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> String {
    match outcome.unwrap_err() {
        Error::NotFound { what, .. } => format!("not found: {what}"),
        Error::AlreadyExists { what, .. } => format!("exists: {what}"),
        Error::Invalid { field, .. } => format!("invalid: {field}"),
        Error::Conflict { what, .. } => format!("conflict: {what}"),
        Error::Quota { what, limit } => format!("quota: {what} {limit}"),
        other => format!("{other:?}"),
    }
}
