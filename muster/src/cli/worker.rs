//! `muster worker`: runs scripts for a server, on any Linux host.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use muster_core::{Clock, SystemClock};
use muster_worker::Limits;
use muster_worker::remote::{self, Order};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::{Context, Outcome};
use crate::config::{self, Setting, TABLE};

const SECTION: &str = "worker.";

/// The section `[worker]` as flags of the command: made from the table, so that none can be forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Flags(config::Flags);

fn settings() -> impl Iterator<Item = (&'static Setting, String)> {
    TABLE.iter().filter_map(|setting| {
        let name = setting.key.strip_prefix(SECTION)?;
        Some((setting, name.replace('_', "-")))
    })
}

impl Flags {
    /// Adds them to those that stand before the command.
    pub(super) fn add_to(&self, flags: &mut config::Flags) {
        flags.0.extend(self.0.0.iter().map(|(key, text)| (*key, text.clone())));
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(settings().map(|(setting, name)| {
            let help = setting.help.trim_start_matches("`muster worker`: ");
            let help = help.split("; also").next().unwrap_or(help);
            let default = match setting.default {
                "" => String::new(),
                default => format!(" [default: {default}]"),
            };
            Arg::new(setting.key).long(name).help(format!("{help}{default}")).action(ArgAction::Set)
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut given = Self::default();
        given.update_from_arg_matches(matches)?;
        Ok(given)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for (setting, _) in settings() {
            if let Some(text) = matches.get_one::<String>(setting.key) {
                self.0.0.insert(setting.key, text.clone());
            }
        }
        Ok(())
    }
}

/// Works until it is told to end.
pub(super) fn run(context: &Context) -> Outcome {
    crate::serve::log_to_standard_error(&context.settings);
    let given = context.settings.worker.clone();
    for (value, flag) in [(&given.group_id, "--group-id"), (&given.app_key, "--app-key")] {
        if value.is_empty() {
            return Err(format!("{flag} is missing: see `muster worker --help`").into());
        }
    }
    let has_scheme = given.server.starts_with("http://") || given.server.starts_with("https://");
    let settings = remote::Settings {
        server: if has_scheme { given.server } else { format!("http://{}", given.server) },
        namespace: given.namespace,
        group_id: given.group_id,
        app_key: given.app_key,
        label: given.label,
        limits: Limits {
            concurrency: given.concurrency,
            time: Some(given.time_limit_s).filter(|s| *s > 0).map(Duration::from_secs),
            memory_bytes: Some(given.memory_mb).filter(|mb| *mb > 0).map(|mb| mb << 20),
            output_bytes: given.output_kb << 10,
            grace: Duration::from_secs(given.kill_grace_s),
        },
        drain: Duration::from_secs(given.drain_timeout_s),
        folder: given.folder.unwrap_or_else(std::env::temp_dir),
        started_ms: SystemClock.now().millis(),
    };
    super::block_on(async {
        let (orders, ordered) = watch::channel(Order::Work);
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(async move {
            for order in [Order::Drain, Order::Stop] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                orders.send_replace(order);
            }
            // A third signal must not be needed: what runs is being killed.
            std::future::pending::<()>().await;
        });
        remote::work(settings, ordered).await?;
        Ok(())
    })?
}
