//! A store with a first account, and short ways to use it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use muster_core::{Clock, Random, Result, SharedRandom, Timestamp, Uuid};
use muster_db::Tx;
use muster_db::testing::TestStore;
use muster_identity::{
    AccountName, Caller, FirstCredentials, FirstRoot, MIGRATIONS, Origin, Proof, Secret, Service, Settings,
    SignInName, SignedIn,
};

pub(crate) const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct World {
    pub(crate) store: TestStore,
    pub(crate) service: Arc<Service>,
    pub(crate) first: FirstCredentials,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::on(TestStore::sqlite(MIGRATIONS).unwrap())
    }

    pub(crate) fn on(store: TestStore) -> Self {
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

    pub(crate) fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    pub(crate) fn origin(&self) -> Origin {
        Origin { source_ip: HERE, secure: false, request_id: Uuid::nil(), at: self.now() }
    }

    /// The root user of the first account.
    pub(crate) fn root(&self) -> Caller {
        self.caller_of(&self.first.access_key_id)
    }

    /// The caller that an access key makes.
    pub(crate) fn caller_of(&self, access_key_id: &str) -> Caller {
        let credential = self.service.credential_blocking(access_key_id).unwrap().unwrap();
        assert!(credential.is_usable(self.now()));
        credential.identity.caller(self.origin())
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Service, &mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let service = Arc::clone(&self.service);
        self.store.db.write_blocking(move |tx| work(&service, tx))
    }

    pub(crate) fn sign_in(&self, user: &str, password: &str) -> Result<SignedIn> {
        let name = SignInName::User(AccountName::First, user.to_owned());
        self.service.sign_in_blocking(&name, &Proof::Plain(password.to_owned()), HERE)
    }
}
