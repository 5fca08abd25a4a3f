//! Flags and the environment: every setting but what only the file can say.

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Subcommand as _};

use super::problem::Problem;
use super::setting::{Read, Setting, VARIABLE};
use super::settings::Section;
use super::source::{Source, Sources};
use super::{Config, Subcommand, meaning, settings};

/// What `--help` says last.
const AFTER: &str = "Each setting can also come from the environment, or from a file of settings (--config): a flag counts \
                     before a variable, and that before the file. The log goes to standard error; it never holds what is \
                     typed or what servers answer.";

/// What that of each subcommand says last.
const AFTER_SUBCOMMAND: &str = "The settings of the console count here as well, by their flags, variables or the file: \
                                `pop3-console --help` tells of each.";

/// The flag of the file of settings.
pub(super) const FILE: &str = "config";

/// Its variable.
const FILE_VARIABLE: &str = "POP3_CONSOLE_CONFIG";

/// What variables are called that tell of a service, where one is called as the console is.
const SERVICE: &str = "POP3_CONSOLE_SERVICE_";
const PORT: &str = "POP3_CONSOLE_PORT";
const PORTS: &str = "POP3_CONSOLE_PORT_";

/// The command line.
pub fn command() -> Command {
    let file = Arg::new(FILE)
        .long(FILE)
        .env(FILE_VARIABLE)
        .value_name("FILE")
        .global(true)
        .help("A file of settings, TOML");
    let settings: Vec<Arg> = settings::SECTIONS.iter().flat_map(args).collect();
    let command = Command::new("pop3-console")
        .version(env!("CARGO_PKG_VERSION"))
        .about("A POP3 console in the browser")
        .after_help(AFTER)
        .arg(file)
        .args(settings.clone());
    // What a subcommand has of its own would not be found among all of these.
    let settings: Vec<Arg> = settings.into_iter().map(|it| it.hide(true)).collect();
    Subcommand::augment_subcommands(command)
        .mut_subcommands(|subcommand| tell_less(subcommand.args(settings.clone())))
}

/// The flags of a section.
fn args(section: &'static Section) -> impl Iterator<Item = Arg> {
    let settings = section.settings.iter().filter(|setting| !setting.is_of_file());
    settings.map(|setting| arg(setting).help_heading(section.name))
}

/// A subcommand that says where the settings are told.
fn tell_less(subcommand: Command) -> Command {
    subcommand.after_help(AFTER_SUBCOMMAND).mut_subcommands(tell_less)
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

/// Of the environment's variables those that are called as a setting's, and are none's.
pub(super) fn astray(variables: impl Iterator<Item = String>) -> Vec<String> {
    let is_one = |name: &str| name == FILE_VARIABLE || settings::all().any(|it| it.variable() == name);
    // What Kubernetes says in each container of a service that is called as the console is.
    let is_of_service = |name: &str| name.starts_with(SERVICE) || name == PORT || name.starts_with(PORTS);
    let mut astray: Vec<String> = variables
        .filter(|name| name.starts_with(VARIABLE) && !is_one(name) && !is_of_service(name))
        .collect();
    astray.sort();
    astray
}

/// Says that there is no setting of that variable, and which may be meant.
pub(super) fn no_setting(variable: &str) -> String {
    let word = variable.trim_start_matches(VARIABLE);
    let word = word.replace('_', "-").to_ascii_lowercase();
    let known = settings::all().filter(|it| !it.hidden && !it.is_of_file());
    let meant = match meaning::near(&word, known.map(|it| it.key)).and_then(settings::find) {
        Some(meant) => format!("{} may be meant", meant.variable()),
        None => "`pop3-console --help` lists all of them".to_owned(),
    };
    format!("there is no setting of that name, so that it counts for nothing; {meant}")
}

/// Reads what flags and the environment say.
pub(super) fn read(
    matches: &ArgMatches,
    config: &mut Config,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) {
    for setting in settings::all().filter(|setting| !setting.is_of_file()) {
        let source = match matches.value_source(setting.key) {
            Some(ValueSource::CommandLine) => Source::Flag(setting.flag()),
            Some(ValueSource::EnvVariable) => Source::Variable(setting.variable()),
            _ => continue,
        };
        let given = matches.get_many::<String>(setting.key).into_iter().flatten();
        let given: Vec<String> = given.cloned().collect();
        sources.insert(setting.key, source.clone());
        if let Err(wanted) = settings::apply(setting, config, &given) {
            let what = setting.with_example(&wanted, &given, |value| match source {
                Source::Variable(_) => format!("{source}={value:?}"),
                _ => format!("{source} {value}"),
            });
            problems.push(Problem {
                at: Some(source),
                what,
            });
        }
    }
}
