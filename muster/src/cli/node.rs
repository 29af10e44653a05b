//! `muster node`.

use clap::Subcommand;

use super::{Context, Outcome, table};
use crate::admin::{self, Request};

#[derive(Subcommand)]
pub(super) enum NodeCommand {
    /// Who shares the store: address, version, since when, and how much each serves
    List,
}

pub(super) fn run(context: &Context, command: &NodeCommand) -> Outcome {
    match command {
        NodeCommand::List => {
            let nodes = admin::ask(&context.settings, &Request::Nodes)?;
            context.print(&nodes, table::text)
        }
    }
}
