//! `muster bench`.

use clap::Subcommand;

use super::{Context, Outcome, block_on};
use crate::bench::{
    Api, ApiReport, Burst, BurstReport, Footprint, FootprintReport, Groups, GroupsReport, Metrics,
    MetricsReport, Rules, RulesReport, Runs, RunsReport, Schedules, SchedulesReport, Steady, SteadyReport,
};

#[derive(Subcommand)]
pub(super) enum BenchCommand {
    /// Signed creates, each on disk before its answer (B7)
    Api(Api),
    /// Samples a second through Cloud Eye, each on disk before its answer (B8)
    Metrics(Metrics),
    /// Time until ready, memory at rest, size of the program (B12)
    Footprint(Footprint),
    /// Runs of jobs a second, from waiting to success on disk (B1)
    Jobs(Runs),
    /// How late runs leave when many are due in one second (B3)
    Burst(Burst),
    /// How late runs leave under steady load, and how memory goes (B4)
    Steady(Steady),
    /// How soon a server with many schedules is ready (B5)
    Schedules(Schedules),
    /// How soon resource groups follow tags, and how long look-ups take (B11)
    Groups(Groups),
    /// How much of a core it takes to judge alarm rules each minute (B9)
    Rules(Rules),
}

pub(super) fn run(context: &Context, command: &BenchCommand) -> Outcome {
    let program = std::env::current_exe()?;
    let database = context.settings.database.as_ref();
    match command {
        BenchCommand::Api(bench) => context.print(&block_on(bench.run(&program))??, ApiReport::text),
        BenchCommand::Footprint(bench) => {
            context.print(&block_on(bench.run(&program))??, FootprintReport::text)
        }
        BenchCommand::Metrics(bench) => context.print(&block_on(bench.run(&program))??, MetricsReport::text),
        BenchCommand::Jobs(bench) => context.print(&block_on(bench.run(database))??, RunsReport::text),
        BenchCommand::Burst(bench) => {
            context.print(&block_on(bench.run(&program, database))??, BurstReport::text)
        }
        BenchCommand::Steady(bench) => {
            context.print(&block_on(bench.run(&program, database))??, SteadyReport::text)
        }
        BenchCommand::Schedules(bench) => {
            context.print(&block_on(bench.run(&program, database))??, SchedulesReport::text)
        }
        BenchCommand::Groups(bench) => context.print(&block_on(bench.run(database))??, GroupsReport::text),
        BenchCommand::Rules(bench) => context.print(&block_on(bench.run(database))??, RulesReport::text),
    }
}
