//! `muster store`.

use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use super::{Context, Outcome};
use crate::admin::{self, Request};
use crate::features::World;
use crate::store;

#[derive(Subcommand)]
pub(super) enum StoreCommand {
    /// Write the store, its key and the first credentials into a new folder, also while the server runs
    Backup {
        /// The folder to make
        target: PathBuf,
    },
    /// Put a backup into the data folder (--data), which must not hold a store
    Restore {
        /// A folder that `backup` made
        backup: PathBuf,
    },
    /// Copy the data folder's SQLite store into an empty PostgreSQL database, and compare
    Copy {
        /// postgres://user:password@host/database
        target: String,
    },
    /// Read everything once, and say whether it is sound
    Check,
}

pub(super) fn run(context: &Context, command: &StoreCommand) -> Outcome {
    let (settings, world) = (&context.settings, World::system());
    match command {
        StoreCommand::Backup { target } => {
            let target = std::path::absolute(target)?;
            admin::ask(settings, &Request::Backup(target.clone()))?;
            context.print(&json!({"backup": target}), |_| format!("backup written to {}", target.display()))
        }
        StoreCommand::Restore { backup } => {
            let checked = store::restore(settings, &world, backup)?;
            context.print(&checked, |checked| {
                format!("restored into {}: {}", settings.data.display(), summary(checked))
            })
        }
        StoreCommand::Copy { target } => {
            let source = store::open_folder(&settings.data, &world)?;
            let target = store::open_url(target, &world)?;
            let copied = store::copy(&source, &target);
            source.close();
            context.print(&copied?, |copied| {
                let rows: u64 = copied.rows.values().sum();
                format!("{rows} rows of {} tables copied, and equal on both sides", copied.rows.len())
            })
        }
        StoreCommand::Check => {
            let checked: store::Checked = serde_json::from_value(admin::ask(settings, &Request::Check)?)?;
            context.print(&checked, |checked| format!("sound: {}", summary(checked)))
        }
    }
}

fn summary(checked: &store::Checked) -> String {
    let rows: i64 = checked.rows.values().sum();
    format!("{rows} rows in {} tables on {}", checked.rows.len(), checked.database)
}
