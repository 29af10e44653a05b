//! What a bench of jobs stands on: a store with groups and jobs in it, made through the services.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use muster_core::{Random, Timestamp};
use muster_db::Db;
use muster_identity::{AccountName, Caller, Origin};
use muster_jobs::app_groups::{AppGroup, Edition, NewAppGroup};
use muster_jobs::job::{Definition, NewJob};
use muster_jobs::namespaces::{self, NewNamespace};

use crate::bench::Fault;
use crate::config::{self, Flags, Settings};
use crate::features::{self, Features, World};

/// The namespace of everything that is made here.
pub(in crate::bench) const NAMESPACE: &str = "bench";
/// Jobs made in one transaction.
const TOGETHER: usize = 500;

/// Where a bench's data lives.
#[derive(Clone, Debug)]
pub(in crate::bench) struct Place {
    /// The data folder.
    pub(in crate::bench) data: PathBuf,
    /// An empty PostgreSQL database, when the store is not to be in the folder.
    pub(in crate::bench) database: Option<String>,
}

impl Place {
    /// The settings of a server there; nothing of this process's environment is in them.
    pub(in crate::bench) fn settings(&self) -> Result<Settings, Fault> {
        let mut flags = BTreeMap::from([("data", self.data.display().to_string())]);
        flags.extend(self.database.clone().map(|url| ("database", url)));
        config::load(&Flags(flags), []).map(|(settings, _)| settings).map_err(|error| error.to_string())
    }

    /// What a server there is started with.
    pub(in crate::bench) fn arguments(&self) -> Vec<&str> {
        self.database.iter().flat_map(|url| ["--database", url.as_str()]).collect()
    }

    /// Which database it is, for people.
    pub(in crate::bench) fn store(&self) -> &'static str {
        if self.database.is_some() { "PostgreSQL" } else { "SQLite" }
    }
}

/// An open store and the services over it.
pub(in crate::bench) struct Ground {
    pub(in crate::bench) db: Db,
    pub(in crate::bench) world: World,
    pub(in crate::bench) features: Features,
    pub(in crate::bench) settings: Settings,
    pub(in crate::bench) caller: Caller,
}

impl Ground {
    /// Opens the store; on the first time that makes it, with its root account. Blocks.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(in crate::bench) fn open(place: &Place) -> Result<Self, Fault> {
        let settings = place.settings()?;
        let world = World::system();
        crate::files::make_folder(&settings.data).map_err(text)?;
        let db = features::open_store(&settings, &world).map_err(text)?;
        let identity = Arc::new(features::open_identity(&settings, &db, &world).map_err(text)?);
        let origin = Origin {
            source_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            secure: true,
            request_id: Random::from_seed(&world.random.seed()).uuid(),
            at: world.clock.now(),
        };
        let caller = identity.act_as_root(&AccountName::First, origin).map_err(text)?;
        let features = Features::new(&settings, identity, "http://127.0.0.1").map_err(text)?;
        Ok(Self { db, world, features, settings, caller })
    }

    pub(in crate::bench) fn now(&self) -> Timestamp {
        self.world.clock.now()
    }

    /// Makes `count` groups that take `jobs` jobs each.
    ///
    /// # Errors
    /// Also when the store has been used for a bench before.
    pub(in crate::bench) fn add_groups(&self, count: usize, jobs: usize) -> Result<Vec<AppGroup>, Fault> {
        let (services, caller) = (Arc::clone(&self.features.app_groups), self.caller.clone());
        let max_jobs = i64::try_from(jobs).map_err(text)?;
        let made = self.db.write_blocking(move |tx| {
            let namespace = NewNamespace {
                uid: Some(NAMESPACE.to_owned()),
                name: NAMESPACE.to_owned(),
                description: String::new(),
            };
            namespaces::create(tx, &caller, namespace)?;
            let group = |number: usize| {
                let name = format!("group{number}");
                let edition = Edition::Professional;
                NewAppGroup { max_jobs, edition, ..NewAppGroup::named(NAMESPACE, &name, &name) }
            };
            (0..count).map(|number| services.create(tx, &caller, &group(number))).collect()
        });
        made.map_err(|error| format!("{error} (a bench needs a store of its own)"))
    }

    /// Makes the jobs `0..count` of a group, the numbers given.
    ///
    /// # Errors
    /// When one is refused.
    pub(in crate::bench) fn add_jobs(
        &self,
        group: &AppGroup,
        count: usize,
        definition: impl Fn(usize) -> Definition + Clone + Send + 'static,
    ) -> Result<Vec<i64>, Fault> {
        let mut made = Vec::with_capacity(count);
        for first in (0..count).step_by(TOGETHER) {
            let (services, caller) = (Arc::clone(&self.features.jobs), self.caller.clone());
            let (group, definition) = (group.group_id.clone(), definition.clone());
            let jobs = self.db.write_blocking(move |tx| {
                (first..count.min(first + TOGETHER))
                    .map(|number| {
                        let new = NewJob::of(definition(number));
                        services.create(tx, &caller, NAMESPACE, &group, new).map(|job| job.id)
                    })
                    .collect::<muster_core::Result<Vec<i64>>>()
            });
            made.extend(jobs.map_err(text)?);
        }
        Ok(made)
    }

    pub(in crate::bench) fn close(self) {
        self.db.close();
    }
}

/// Waits on a thread for what blocks.
pub(in crate::bench) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(text)?
}

/// The folder of a bench, gone when this is.
pub(in crate::bench) struct Folder(PathBuf);

impl Folder {
    pub(in crate::bench) fn inside(folder: &Path) -> Result<Self, Fault> {
        crate::bench::api::tempdir_in(folder).map(Self)
    }

    pub(in crate::bench) fn place(&self, database: Option<&String>) -> Place {
        Place { data: self.0.join("data"), database: database.cloned() }
    }

    pub(in crate::bench) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays behind does no harm to the result.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(in crate::bench) fn text(error: impl std::fmt::Display) -> Fault {
    error.to_string()
}
