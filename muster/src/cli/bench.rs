//! `muster bench`.

use clap::Subcommand;

use super::{Context, Outcome, block_on};
use crate::bench::{Api, ApiReport, Footprint, FootprintReport};

#[derive(Subcommand)]
pub(super) enum BenchCommand {
    /// Signed creates, each on disk before its answer (B7)
    Api(Api),
    /// Time until ready, memory at rest, size of the program (B12)
    Footprint(Footprint),
}

pub(super) fn run(context: &Context, command: &BenchCommand) -> Outcome {
    let program = std::env::current_exe()?;
    match command {
        BenchCommand::Api(bench) => context.print(&block_on(bench.run(&program))??, ApiReport::text),
        BenchCommand::Footprint(bench) => {
            context.print(&block_on(bench.run(&program))??, FootprintReport::text)
        }
    }
}
