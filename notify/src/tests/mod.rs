//! The rules of the service, on every kind of store that this machine has.

mod directory;
mod outbox;
mod topics;

use std::sync::Arc;

use muster_core::Result;
use muster_db::testing::TestStore;
use muster_identity::Caller;
use muster_identity::testing::root_caller;

use crate::engine::Deliver;
use crate::*;

const MINUTE_MS: i64 = 60_000;

fn migrations() -> Vec<muster_db::Migration> {
    [muster_identity::MIGRATIONS, MIGRATIONS].concat()
}

/// One account on one store, with the feature's parts around it.
struct World<'s> {
    store: &'s TestStore,
    service: Arc<Service>,
    caller: Arc<Caller>,
}

impl<'s> World<'s> {
    fn new(store: &'s TestStore, account: &str) -> Self {
        Self::with(store, account, ContactSettings::default())
    }

    fn with(store: &'s TestStore, account: &str, settings: ContactSettings) -> Self {
        let service = Arc::new(Service::new(settings, "http://muster.example/"));
        Self { store, service, caller: Arc::new(root_caller(account)) }
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut muster_db::Tx<'_>, &Service, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (service, caller) = (Arc::clone(&self.service), Arc::clone(&self.caller));
        self.store.db.write_blocking(move |tx| work(tx, &service, &caller))
    }

    fn put(&self, name: &str, channels: &[(ChannelKind, &str)]) -> Result<i64> {
        let channels = channels.iter().map(|(kind, value)| (*kind, (*value).to_owned())).collect();
        let put = PutContact { name: name.to_owned(), description: "d".to_owned(), lang: None, channels };
        self.write(move |tx, service, caller| service.put_contact(tx, caller, &put))
    }

    fn put_group(&self, put: PutContactGroup) -> Result<i64> {
        self.write(move |tx, service, caller| service.put_contact_group(tx, caller, &put))
    }

    fn group(&self, name: &str) -> Result<ContactGroup> {
        self.store.db.read_blocking(|tx| self.service.get_contact_group(tx, &self.caller, name))
    }

    fn contact(&self, name: &str) -> Result<Contact> {
        self.store.db.read_blocking(|tx| self.service.get_contact(tx, &self.caller, name))
    }

    fn messages(&self) -> Vec<Message> {
        let filter = MessageFilter::default();
        self.store.db.read_blocking(|tx| self.service.list_messages(tx, &self.caller, &filter, 100)).unwrap()
    }

    fn attempts(&self, id: i64) -> Vec<Attempt> {
        self.store.db.read_blocking(|tx| self.service.get_message(tx, &self.caller, id)).unwrap().1
    }

    fn outbox(&self) -> std::path::PathBuf {
        self.store.folder.path().join("outbox")
    }

    fn engine(&self, smtp: SmtpSettings) -> Deliver {
        self.engine_of(smtp, false)
    }

    fn engine_on_loopback(&self) -> Deliver {
        self.engine_of(SmtpSettings::default(), true)
    }

    fn engine_of(&self, smtp: SmtpSettings, loopback_only: bool) -> Deliver {
        let gateways = Gateways::new(GatewaySettings {
            smtp,
            sms: TextGatewaySettings::default(),
            phone: TextGatewaySettings::default(),
            outbound: OutboundSettings::default(),
            contacts: ContactSettings::default(),
            outbox_folder: self.outbox(),
            loopback_only,
        })
        .unwrap();
        let backoff = Backoff { first_ms: MINUTE_MS, longest_ms: 10 * MINUTE_MS, attempts: 3 };
        let clock = Arc::clone(&self.store.clock);
        Deliver::new(self.store.db.clone(), Arc::new(gateways), clock, backoff)
    }
}

fn on_each(test: impl Fn(&TestStore)) {
    TestStore::on_each(&migrations(), |store| {
        test(store);
        Ok(())
    })
    .unwrap();
}

fn states(contact: &Contact) -> Vec<(ChannelKind, &str, ChannelState)> {
    contact.channels.iter().map(|channel| (channel.kind, channel.value.as_str(), channel.state)).collect()
}

fn token(message: &Message) -> String {
    let start = message.content.text.find(public::ACTIVATIONS).unwrap() + public::ACTIVATIONS.len();
    message.content.text[start..].chars().take_while(char::is_ascii_hexdigit).collect()
}
