//! The command line: what can be typed, and who does it.

mod admin;
mod bench;
mod call;
mod doctor;
mod flags;
mod job_alarms;
mod ledger;
mod node;
mod store;
mod table;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::admin::{
    AccessKeyCommand, AccountCommand, ContactCommand, GroupCommand, IdentityCommand, MessageCommand,
    PeopleCommand, PolicyCommand, ProjectCommand, RoleCommand, UserCommand,
};
use crate::config::{self, Flags, Settings};

/// One self-hosted server that speaks the operations APIs of five clouds and does the work behind them.
#[derive(Parser)]
#[command(name = "muster", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Answer as JSON, for programs
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until told to stop; what `muster` alone does
    Serve,
    /// Run shell and Python jobs of an application group, on any host that reaches the server
    Worker(worker::Flags),
    /// Call an operation of a cloud's API, signed as its clients sign
    Call(call::Arguments),
    /// Accounts: who owns everything else
    #[command(subcommand)]
    Account(AccountCommand),
    /// Users of an account
    User(admin::Scoped<UserCommand>),
    /// Access keys of an account's users
    AccessKey(admin::Scoped<AccessKeyCommand>),
    /// Projects of an account
    Project(admin::Scoped<ProjectCommand>),
    /// Policies: what users may do
    Policy(admin::Scoped<PolicyCommand>),
    /// Roles, which those whom they trust assume for a while
    Role(admin::Scoped<RoleCommand>),
    /// Alert contacts: list, activate, test
    Contact(admin::Scoped<ContactCommand>),
    /// Messages to contacts, with every attempt to send them
    Message(admin::Scoped<MessageCommand>),
    /// User groups: users that share policies
    Group(admin::Scoped<GroupCommand>),
    /// The audit log: who changed what, from where, with which outcome
    Audit(admin::Audit),
    /// What people had to be told of jobs and workflows, and who was told
    JobAlarms(job_alarms::Arguments),
    /// What became of each due time of the jobs: ran (how late), skipped or lost (why)
    Ledger(ledger::Arguments),
    /// The nodes that share a PostgreSQL
    #[command(subcommand)]
    Node(node::NodeCommand),
    /// Look for what will be trouble: store, clock, disk, ports, mail gateway
    Doctor(doctor::Arguments),
    /// Backup, restore, copy and check of the whole store
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// Measurements that check what they report
    #[command(subcommand)]
    Bench(bench::BenchCommand),
    /// Settings
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Check the settings as flags, environment and file give them
    Check,
    /// Print the documentation of all settings
    Document,
}

/// What a command works with.
struct Context {
    settings: Settings,
    json: bool,
}

impl Context {
    /// Prints a result: as JSON for programs, else as `text` for people.
    fn print<T: serde::Serialize>(&self, result: &T, text: impl FnOnce(&T) -> String) -> Outcome {
        if self.json {
            println!("{}", serde_json::to_string_pretty(result)?);
        } else {
            println!("{}", text(result).trim_end());
        }
        Ok(())
    }
}

/// Why a command did not do what it should: a text for people, on standard error.
type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Parses the command line and does what it says.
pub fn run() -> ExitCode {
    let mut cli = Cli::parse();
    if let Some(Command::Worker(flags)) = &cli.command {
        flags.add_to(&mut cli.flags);
    }
    let settings = match config::load(&cli.flags, environment()) {
        Ok((settings, warnings)) => {
            for warning in warnings {
                eprintln!("muster: {warning}");
            }
            settings
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let context = Context { settings, json: cli.json };
    let outcome: Outcome = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => crate::serve::serve(&context.settings),
        Command::Worker(_) => worker::run(&context),
        Command::Call(arguments) => call::run(&context, &arguments),
        Command::Account(command) => admin::run(&context, admin::of_accounts(command)),
        Command::User(command) => admin::run(&context, command.request(IdentityCommand::User)),
        Command::AccessKey(command) => admin::run(&context, command.request(IdentityCommand::AccessKey)),
        Command::Project(command) => admin::run(&context, command.request(IdentityCommand::Project)),
        Command::Policy(command) => admin::run(&context, command.request(IdentityCommand::Policy)),
        Command::Role(command) => admin::run(&context, command.request(IdentityCommand::Role)),
        Command::Contact(command) => admin::look_after(&context, command.people(PeopleCommand::Contact)),
        Command::Message(command) => admin::look_after(&context, command.people(PeopleCommand::Message)),
        Command::Group(command) => admin::run(&context, command.request(IdentityCommand::Group)),
        Command::Audit(query) => admin::run(&context, query.request()),
        Command::JobAlarms(arguments) => job_alarms::run(&context, &arguments),
        Command::Ledger(arguments) => ledger::run(&context, &arguments),
        Command::Node(command) => node::run(&context, &command),
        Command::Doctor(arguments) => doctor::run(&context, &arguments),
        Command::Store(command) => store::run(&context, &command),
        Command::Bench(command) => bench::run(&context, &command),
        Command::Config(ConfigCommand::Check) => {
            println!("the settings are in order");
            Ok(())
        }
        Command::Config(ConfigCommand::Document) => {
            print!("{}", config::documentation());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster: {}", muster_core::describe(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Runs what waits for a network or a clock.
fn block_on<T>(work: impl Future<Output = T>) -> std::io::Result<T> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work))
}

/// The environment, as far as it is text.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn settings_may_stand_before_and_after_the_command() {
        let cli =
            Cli::try_parse_from(["muster", "--data", "d", "config", "check", "--listen", "127.0.0.1:1"])
                .unwrap();
        assert_eq!(cli.flags.0.get("data").map(String::as_str), Some("d"));
        assert_eq!(cli.flags.0.get("listen").map(String::as_str), Some("127.0.0.1:1"));
        let cli = Cli::try_parse_from(["muster", "--tls-only", "config", "check"]).unwrap();
        assert_eq!(cli.flags.0.get("tls_only").map(String::as_str), Some("true"));
    }
}
