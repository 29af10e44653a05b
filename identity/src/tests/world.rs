//! A store with a first account, and short ways to use it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use muster_core::{Clock, Random, Result, SharedRandom, Timestamp, Uuid};
use muster_db::Tx;
use muster_db::testing::TestStore;

use crate::{
    AccountName, Caller, FirstCredentials, FirstRoot, MIGRATIONS, NewAccessKey, NewPolicy, NewUser, Origin,
    PolicyName, Proof, Secret, Service, Settings, SignInName, SignedIn, Target,
};

pub(super) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(super) const PASSWORD: &str = "correct horse";

pub(super) struct World {
    pub(super) store: TestStore,
    pub(super) service: Arc<Service>,
    pub(super) first: FirstCredentials,
}

impl World {
    /// On SQLite.
    pub(super) fn new() -> Self {
        Self::on(TestStore::sqlite(MIGRATIONS).unwrap())
    }

    /// Runs a test on each kind of store that this machine has.
    pub(super) fn on_each(test: impl Fn(&Self)) {
        test(&Self::new());
        if let Some(store) = TestStore::postgres(MIGRATIONS).unwrap() {
            test(&Self::on(store));
        }
    }

    fn on(store: TestStore) -> Self {
        let first = FirstRoot { password: Some(Secret::new(PASSWORD)), ..FirstRoot::default() };
        let settings = Settings {
            first,
            max_sessions: 3,
            max_access_keys: 3,
            audit_retention_ms: Some(86_400_000),
            ..Settings::new("cn-hangzhou", store.folder.path().join("key"))
        };
        let random = Arc::new(SharedRandom::new(Random::from_os()));
        let started = Service::start(store.db.clone(), settings, store.clock.clone(), random).unwrap();
        Self { service: Arc::new(started.service), first: started.first.unwrap(), store }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { source_ip: HERE, secure: false, request_id: Uuid::nil(), at: self.now() }
    }

    /// The root user of the first account.
    pub(super) fn root(&self) -> Caller {
        self.service.act_as_root(&AccountName::First, self.origin()).unwrap()
    }

    /// The caller that an access key makes.
    pub(super) fn caller_of(&self, access_key_id: &str) -> Caller {
        let credential = self.service.credential_blocking(access_key_id).unwrap().unwrap();
        assert!(credential.is_usable(self.now()));
        credential.identity.caller(self.origin())
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Service, &mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let service = Arc::clone(&self.service);
        self.store.db.write_blocking(move |tx| work(&service, tx))
    }

    pub(super) fn sign_in(&self, user: &str, password: &str) -> Result<SignedIn> {
        let name = SignInName::User(AccountName::First, user.to_owned());
        self.service.sign_in_blocking(&name, &Proof::Plain(password.to_owned()), HERE)
    }

    /// A user of the first account with policies of its own and built-in ones, as the caller of its key.
    pub(super) fn user_with(&self, name: &str, documents: &[&str], system: &[&str]) -> Caller {
        let (root, user) = (self.root(), name.to_owned());
        let documents: Vec<String> = documents.iter().map(|text| (*text).to_owned()).collect();
        let system: Vec<String> = system.iter().map(|text| (*text).to_owned()).collect();
        let key = self.write(move |service, tx| {
            let new = NewUser { name: user.clone(), description: String::new(), password: None };
            service.create_user(tx, &root, &new)?;
            let target = Target::User(user.clone());
            for (number, document) in documents.iter().enumerate() {
                let name = format!("{user}-{number}");
                let document = document.clone();
                let new = NewPolicy { name: name.clone(), description: String::new(), document };
                service.create_policy(tx, &root, &new)?;
                service.attach_policy(tx, &root, &PolicyName::any(name), &target)?;
            }
            for name in &system {
                service.attach_policy(tx, &root, &PolicyName::any(name), &target)?;
            }
            let new = NewAccessKey { user: user.clone(), chosen: None, description: String::new() };
            Ok(service.create_access_key(tx, &root, &new)?.0.id)
        });
        self.caller_of(&key.unwrap())
    }

    /// The first access key of a user.
    pub(super) fn key_of(&self, user: &str) -> String {
        let (root, user) = (self.root(), user.to_owned());
        self.write(move |service, tx| Ok(service.access_keys(tx, &root, Some(&user))?.remove(0).id)).unwrap()
    }
}
