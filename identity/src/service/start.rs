//! The start: the key file, and on the first one the root account, its user and its key.

use std::path::Path;
use std::sync::Arc;

use muster_core::{Clock, Error, Random, Result, SharedRandom};
use muster_db::{Db, Tx};
use serde::{Deserialize, Serialize};

use super::{Service, Settings, SharedClock};
use crate::cache::Cache;
use crate::model::{AccessKey, Account, FIRST_ACCOUNT_UUID, Project, User};
use crate::nonce::Nonces;
use crate::password::{PasswordHash, Passwords, Proof};
use crate::secret;
use crate::store::{self, settings};
use crate::throttle::Throttle;
use crate::vault::Vault;

const FIRST_ACCOUNT_NAME: &str = "muster";
pub(super) const ROOT_USER_NAME: &str = "admin";

/// What `credentials.json` holds.
#[derive(Clone, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the fields are the members of credentials.json, named in docs/operations.md"
)]
pub struct FirstCredentials {
    pub access_key_id: String,
    pub access_key_secret: String,
    pub account: String,
    pub account_id: String,
    pub user: String,
    pub password: String,
    pub project_id: String,
    pub project_name: String,
    pub domain_id: String,
    pub region: String,
}

impl std::fmt::Debug for FirstCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FirstCredentials({})", self.account_id)
    }
}

/// A service that is ready.
#[derive(Debug)]
pub struct Started {
    /// The service.
    pub service: Service,
    /// What the operator must be given: after the first start, and again until
    /// [`Service::first_credentials_written`] was called, so that a crash in between loses nothing.
    pub first: Option<FirstCredentials>,
}

impl Service {
    /// Opens the key file and makes the root account if there is none. Blocks (it hashes a password then).
    ///
    /// # Errors
    /// `Conflict{what: "key file"}` when the store's secrets were encrypted under another key; `Invalid` for
    /// given first credentials of an unfit form.
    pub fn start(
        db: Db,
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<SharedRandom>,
    ) -> Result<Started> {
        let mut draw = Random::from_seed(&random.seed());
        let passwords = Passwords::default();
        let (vault, is_new_file) = vault(&db, &settings.key_file, &mut draw)?;
        let first = first_start(&db, &settings, &vault, &passwords, &mut draw).inspect_err(|_| {
            // The store belongs to another key: a key file made a moment ago only misleads.
            if is_new_file {
                let _ = std::fs::remove_file(&settings.key_file);
            }
        })?;
        let service = Self {
            db,
            settings,
            clock: SharedClock(clock),
            random,
            vault,
            passwords,
            nonces: Nonces::default(),
            throttle: Throttle::default(),
            credentials: Cache::new(),
            sessions: Cache::new(),
        };
        Ok(Started { service, first })
    }

    /// The first credentials are in the operator's hands; the sealed copy in the store goes.
    ///
    /// # Errors
    /// When the store fails.
    pub fn first_credentials_written(&self) -> Result<()> {
        self.db.write_blocking(|tx| settings::remove(tx, settings::FIRST_CREDENTIALS))
    }
}

fn vault(db: &Db, path: &Path, random: &mut Random) -> Result<(Vault, bool)> {
    if let Some(vault) = Vault::load(path)? {
        return Ok((vault, false));
    }
    if db.read_blocking(|tx| settings::get(tx, settings::KEY_FINGERPRINT))?.is_some() {
        let path = path.display();
        return Err(Error::conflict(
            "key file",
            format!(
                "{path} is missing: copy the key file that this store's secrets were encrypted under to it"
            ),
        ));
    }
    Ok((Vault::create(path, random)?, true))
}

/// What the first start makes; drawn before the transaction, which may run more than once.
#[derive(Clone)]
struct Root {
    credentials: FirstCredentials,
    password: PasswordHash,
    key_uuid: String,
    sealed_secret: Vec<u8>,
    sealed_credentials: Vec<u8>,
}

fn first_start(
    db: &Db,
    settings: &Settings,
    vault: &Vault,
    passwords: &Passwords,
    random: &mut Random,
) -> Result<Option<FirstCredentials>> {
    let exists = db.read_blocking(|tx| Ok(store::accounts::first_account(tx)?.is_some()))?;
    let root = if exists { None } else { Some(root(settings, vault, passwords, random)?) };
    let vault = vault.clone();
    db.write_blocking(move |tx| {
        tx.exclusive("muster first start")?;
        match settings::get(tx, settings::KEY_FINGERPRINT)? {
            None => settings::set(tx, settings::KEY_FINGERPRINT, vault.fingerprint().as_bytes())?,
            Some(mark) if mark == vault.fingerprint().as_bytes() => {}
            Some(_) => {
                return Err(Error::conflict(
                    "key file",
                    "the key file is not the one that this store's secrets were encrypted under",
                ));
            }
        }
        // Another node may have been first in the meantime; then its credentials stand.
        if let (Some(root), None) = (&root, store::accounts::first_account(tx)?) {
            make_root(tx, root)?;
            return Ok(Some(root.credentials.clone()));
        }
        pending(tx, &vault)
    })
}

/// What an earlier start made and did not live to write.
fn pending(tx: &mut Tx<'_>, vault: &Vault) -> Result<Option<FirstCredentials>> {
    let Some(sealed) = settings::get(tx, settings::FIRST_CREDENTIALS)? else { return Ok(None) };
    let text = vault.open(settings::FIRST_CREDENTIALS, &sealed)?;
    serde_json::from_str(&text).map(Some).map_err(Error::internal)
}

fn root(settings: &Settings, vault: &Vault, passwords: &Passwords, random: &mut Random) -> Result<Root> {
    let (key_id, key_secret) = match &settings.first.access_key {
        Some((id, secret)) => {
            super::access_keys::check_chosen(id, secret)?;
            (id.clone(), secret.clone())
        }
        None => (secret::access_key_id(random), secret::access_key_secret(random)),
    };
    let password = settings.first.password.clone().unwrap_or_else(|| secret::password(random));
    if password.expose().is_empty() {
        return Err(Error::invalid("admin password", "it is empty"));
    }
    let hash = passwords.hash_any(&Proof::Plain(password.expose().to_owned()), random)?;
    let credentials = FirstCredentials {
        access_key_id: key_id,
        access_key_secret: key_secret.expose().to_owned(),
        account: FIRST_ACCOUNT_NAME.to_owned(),
        account_id: secret::account_id(random),
        user: ROOT_USER_NAME.to_owned(),
        password: password.expose().to_owned(),
        project_id: secret::hex_id(random),
        project_name: settings.region.clone(),
        domain_id: FIRST_ACCOUNT_UUID.to_owned(),
        region: settings.region.clone(),
    };
    let text = serde_json::to_string(&credentials).map_err(Error::internal)?;
    Ok(Root {
        password: hash,
        key_uuid: secret::hex_id(random),
        sealed_secret: vault.seal(random, &credentials.access_key_id, &credentials.access_key_secret)?,
        sealed_credentials: vault.seal(random, settings::FIRST_CREDENTIALS, &text)?,
        credentials,
    })
}

fn make_root(tx: &mut Tx<'_>, root: &Root) -> Result<()> {
    let made = &root.credentials;
    let now = tx.now();
    store::accounts::insert_account(
        tx,
        &Account {
            id: made.account_id.clone(),
            uuid: made.domain_id.clone(),
            name: made.account.clone(),
            enabled: true,
            is_first: true,
            created_at: now,
        },
    )?;
    store::accounts::insert_project(
        tx,
        &Project {
            id: made.project_id.clone(),
            account_id: made.account_id.clone(),
            name: made.project_name.clone(),
            description: String::new(),
            enabled: true,
            is_default: true,
            created_at: now,
        },
    )?;
    let user = User {
        id: made.domain_id.clone(),
        number: made.account_id.clone(),
        account_id: made.account_id.clone(),
        name: made.user.clone(),
        description: String::new(),
        is_root: true,
        enabled: true,
        password_set_at: Some(now),
        created_at: now,
    };
    store::users::insert(tx, &user, Some(&root.password))?;
    let key = AccessKey {
        id: made.access_key_id.clone(),
        uuid: root.key_uuid.clone(),
        account_id: made.account_id.clone(),
        user_id: user.id,
        description: "made by the first start".to_owned(),
        enabled: true,
        expires_at: None,
        created_at: now,
        updated_at: now,
    };
    store::keys::insert(tx, &key, &root.sealed_secret)?;
    settings::set(tx, settings::FIRST_CREDENTIALS, &root.sealed_credentials)
}
