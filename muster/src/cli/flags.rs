//! The flags that are settings: made from the table, so that none can be forgotten.

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{Flags, Kind, Setting, TABLE};

fn flags() -> impl Iterator<Item = &'static Setting> {
    TABLE.iter().filter(|setting| setting.flag)
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(flags().map(|setting| {
            let default = if setting.default.is_empty() {
                String::new()
            } else {
                format!(" [default: {}]", setting.default)
            };
            let help = format!("{}{default}", setting.help.replace('`', ""));
            let arg = Arg::new(setting.key)
                .long(setting.flag_name())
                .value_name(setting.kind.value_name())
                .help(help)
                .help_heading("Settings")
                .global(true)
                .action(ArgAction::Set);
            match setting.kind {
                Kind::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
                _ => arg,
            }
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
        for setting in flags() {
            if let Some(text) = matches.get_one::<String>(setting.key) {
                self.0.insert(setting.key, text.clone());
            }
        }
        Ok(())
    }
}
