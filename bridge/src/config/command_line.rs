//! Flags and the environment: every setting but what only the file can say.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::problem::{Place, Places, Problem};
use super::setting::{Read, Setting};
use super::{Config, settings};

/// What `--help` says last.
const AFTER: &str = "Each setting can also come from the environment, or from a file of settings (--config): a flag counts \
                     before a variable, and that before the file. The log goes to standard error; it never holds what is \
                     typed or what servers answer.";

/// The flag of the file of settings.
pub(super) const FILE: &str = "config";

/// The argument that names the copy of the journal.
pub const BACKUP: &str = "to";

/// The command line.
pub fn command() -> Command {
    let file = Arg::new(FILE)
        .long(FILE)
        .env("POP3_CONSOLE_CONFIG")
        .value_name("FILE")
        .global(true)
        .help("A file of settings, TOML");
    let mut command = Command::new("pop3-console")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A POP3 console in the browser")
        .after_help(AFTER)
        .arg(file);
    for section in settings::SECTIONS {
        for setting in section.settings.iter().filter(|setting| !setting.is_of_file()) {
            command = command.arg(arg(setting).help_heading(section.name));
        }
    }
    command
        .subcommand(backup())
        .subcommand(audit())
        .subcommand(crate::access::command::command())
        .subcommand(
            Command::new("health")
                .about("Asks the console that runs with these settings whether it is alive"),
        )
        .subcommand(
            Command::new("config")
                .about("Looks at the settings and serves nothing")
                .subcommand_required(true)
                .subcommand(Command::new("check").about("Tells what is wrong with them, if anything is"))
                .subcommand(
                    Command::new("table").about("Prints every setting there is as a table of Markdown"),
                ),
        )
}

fn audit() -> Command {
    Command::new("audit")
        .about("Prints who did what with the console, also while it runs")
        .arg(
            Arg::new("since")
                .long("since")
                .value_name("TIME")
                .help("Only since then: 90m, 12h, 7d, 2026-11-28, 2026-11-28T14:02:00Z"),
        )
        .arg(
            Arg::new("session")
                .long("session")
                .value_name("NUMBER|ALIAS")
                .help("Only of that session, by its number in the log or its alias"),
        )
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("As lines of JSON"),
        )
}

fn backup() -> Command {
    Command::new("backup")
        .about("Copies the journal to a file that is not there yet, also while a console runs on it")
        .arg(
            Arg::new(BACKUP)
                .value_name("FILE")
                .required(true)
                .help("The copy"),
        )
}

fn arg(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.key)
        .long(setting.flag())
        .env(setting.variable())
        .value_name(setting.value)
        .global(true)
        .hide(setting.hidden)
        .hide_env_values(setting.is_secret)
        .help(about(setting));
    match setting.read {
        Read::One(_) | Read::Tables(..) => arg,
        Read::Many(_) => arg.action(ArgAction::Append).value_delimiter(','),
        Read::Switch(_) => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

fn about(setting: &Setting) -> String {
    match setting.default {
        "" => setting.about.to_owned(),
        default => format!("{} [default: {default}]", setting.about),
    }
}

/// Reads what flags and the environment say.
pub(super) fn read(
    matches: &ArgMatches,
    config: &mut Config,
    places: &mut Places,
    problems: &mut Vec<Problem>,
) {
    for setting in settings::all().filter(|setting| !setting.is_of_file()) {
        let place = match matches.value_source(setting.key) {
            Some(ValueSource::CommandLine) => Place::Flag(setting.flag()),
            Some(ValueSource::EnvVariable) => Place::Variable(setting.variable()),
            _ => continue,
        };
        let given = matches.get_many::<String>(setting.key).into_iter().flatten();
        let given: Vec<String> = given.cloned().collect();
        places.insert(setting.key, place.clone());
        if let Err(wanted) = settings::apply(setting, config, &given) {
            let what = setting.with_example(&wanted, &given, |value| match place {
                Place::Variable(_) => format!("{place}={value:?}"),
                _ => format!("{place} {value}"),
            });
            problems.push(Problem {
                at: Some(place),
                what,
            });
        }
    }
}
