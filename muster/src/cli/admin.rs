//! `muster account`, `user`, `group`, `access-key`, `project`, `policy`, `role`, `audit`.

use std::io::Read;

use clap::{Args, Subcommand};

use super::{Context, Outcome, table};
use crate::admin::{
    self, AccountCommand, AuditQuery, IdentityCommand, IdentityRequest, Password, PeopleCommand,
    PeopleRequest, PolicyCommand, Request, RoleCommand, UserCommand,
};

/// A command within an account.
#[derive(Args)]
pub(super) struct Scoped<C: Subcommand> {
    /// The account, by name or id; the first one unless told
    #[arg(long, global = true)]
    account: Option<String>,
    #[command(subcommand)]
    command: C,
}

impl<C: Subcommand> Scoped<C> {
    pub(super) fn people(self, wrap: fn(C) -> PeopleCommand) -> PeopleRequest {
        PeopleRequest { account: self.account, command: wrap(self.command) }
    }

    pub(super) fn request(self, wrap: fn(C) -> IdentityCommand) -> IdentityRequest {
        IdentityRequest { account: self.account, command: wrap(self.command) }
    }
}

/// A look at an account's audit log.
#[derive(Args)]
pub(super) struct Audit {
    /// The account, by name or id; the first one unless told
    #[arg(long)]
    account: Option<String>,
    #[command(flatten)]
    query: AuditQuery,
}

impl Audit {
    pub(super) fn request(self) -> IdentityRequest {
        IdentityRequest { account: self.account, command: IdentityCommand::Audit(self.query) }
    }
}

/// Only the first account makes others.
pub(super) fn of_accounts(command: AccountCommand) -> IdentityRequest {
    IdentityRequest { account: None, command: IdentityCommand::Account(command) }
}

/// `muster contact` and `muster message`.
pub(super) fn look_after(context: &Context, request: PeopleRequest) -> Outcome {
    let result = admin::ask(&context.settings, &Request::People(request))?;
    context.print(&result, table::text)
}

pub(super) fn run(context: &Context, mut request: IdentityRequest) -> Outcome {
    read_input(&mut request.command)?;
    let result = admin::ask(&context.settings, &Request::Identity(request))?;
    context.print(&result, table::text)
}

/// Reads what the command line only names: passwords and policy documents.
fn read_input(command: &mut IdentityCommand) -> Outcome {
    match command {
        IdentityCommand::Account(AccountCommand::Create { password, .. })
        | IdentityCommand::User(
            UserCommand::Create { password, .. } | UserCommand::SetPassword { password, .. },
        ) => read_password(password),
        IdentityCommand::Policy(PolicyCommand::Put { document, .. }) => {
            *document = read_document(document)?;
            Ok(())
        }
        IdentityCommand::Role(RoleCommand::Create { trust, .. }) => {
            *trust = read_document(trust)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn read_document(file: &str) -> Result<String, Box<dyn std::error::Error>> {
    match file {
        "-" => Ok(standard_input()?),
        file => std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}").into()),
    }
}

fn read_password(password: &mut Password) -> Outcome {
    if password.password_stdin {
        let text = standard_input()?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        password.given = Some(line.strip_suffix('\r').unwrap_or(line).to_owned());
    }
    Ok(())
}

fn standard_input() -> Result<String, std::io::Error> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}
