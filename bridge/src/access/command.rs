//! `pop3-console account`: makes and changes accounts. A console that runs notices by the file.

use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Arg, ArgMatches, Command};
use protocol::standing::Rank;
use zeroize::Zeroizing;

use super::account;
use super::change::{self, Change};
use super::file;
use super::password;
use crate::config::{Config, Mode};

const NAME: &str = "name";
const ROLE: &str = "role";

/// The subcommand.
pub(crate) fn command() -> Command {
    let name = || Arg::new(NAME).value_name("NAME").required(true);
    let role = || {
        Arg::new(ROLE)
            .long(ROLE)
            .value_name("agent|supervisor|administrator")
            .help("What the account may do")
            .value_parser(Rank::ALL.map(Rank::name))
    };
    let of_one = |what, about| Command::new(what).about(about).arg(name());
    Command::new("account")
        .about("Makes and changes the accounts of a hosted console")
        .subcommand_required(true)
        .subcommand(
            of_one("add", "Makes an account; its password is asked for")
                .arg(role().default_value(Rank::Agent.name())),
        )
        .subcommand(Command::new("list").about("Lists the accounts"))
        .subcommand(of_one(
            "disable",
            "Signs somebody out and lets them sign in no more",
        ))
        .subcommand(of_one("enable", "Lets somebody sign in again"))
        .subcommand(of_one(
            "password",
            "Gives an account another password, and signs it out",
        ))
        .subcommand(
            of_one("role", "Gives an account another role, and signs it out").arg(role().required(true)),
        )
        .subcommand(of_one(
            "remove",
            "Removes an account: nobody else ever gets its sessions",
        ))
}

/// Does what the subcommand says.
///
/// # Errors
/// When it cannot be done; the error says why.
pub fn account(config: &Config, matches: &ArgMatches) -> anyhow::Result<()> {
    let file = config.accounts_file().map_err(super::AccessError::from)?;
    let Some((what, matches)) = matches.subcommand() else {
        bail!("what is to be done with accounts is missing");
    };
    if what == "list" {
        return list(&file);
    }
    let name = matches.get_one::<String>(NAME).context("a name is missing")?;
    let role = || -> anyhow::Result<Rank> {
        let role = matches.get_one::<String>(ROLE).context("a role is missing")?;
        role.parse()
            .ok()
            .context("a role is agent, supervisor or administrator")
    };
    match what {
        "add" => {
            let role = role()?;
            // Before anybody thinks of a password.
            account::check(name, &file::read(&file)?)?;
            let password = password::hash(&new_password()?)?;
            file::change(&file, |accounts| change::add(accounts, name, role, password))?;
            said(&format!(
                "{name} has an account in {}, as {}.",
                file.display(),
                role.name()
            ))?;
            if config.access.mode != Mode::Accounts {
                said(
                    "By these settings nobody signs in with it: set access.mode to accounts, or name the console's own settings \
                     with --config.",
                )?;
            }
            return Ok(());
        }
        "disable" => change(&file, name, Change::Disabled(true))?,
        "enable" => change(&file, name, Change::Disabled(false))?,
        "role" => change(&file, name, Change::Role(role()?))?,
        "password" => {
            // Before anybody thinks of a password.
            change::find(&mut file::read(&file)?, name)?;
            let password = password::hash(&new_password()?)?;
            change(&file, name, Change::Password(password))?;
        }
        _ => file::change(&file, |accounts| {
            let before = accounts.len();
            accounts.retain(|account| !account.is_called(name));
            if accounts.len() == before {
                bail!("there is no account of the name {name}");
            }
            Ok(())
        })?,
    }
    said("Done. A console that runs notices within five seconds.")
}

fn change(file: &Path, name: &str, how: Change) -> anyhow::Result<()> {
    let changed = file::change(file, |accounts| {
        change::find(accounts, name).map(|account| account.change(how))
    });
    changed?;
    Ok(())
}

fn list(file: &Path) -> anyhow::Result<()> {
    let accounts = file::read(file)?;
    if accounts.is_empty() {
        return said(&format!("There are no accounts in {}.", file.display()));
    }
    for account in accounts {
        let disabled = if account.disabled { "\tdisabled" } else { "" };
        said(&format!("{}\t{}{disabled}", account.name, account.role.name()))?;
    }
    Ok(())
}

/// Asks for a password, twice and without showing it; or reads one line, where nobody sits at a terminal.
fn new_password() -> anyhow::Result<Zeroizing<String>> {
    if !stdin().is_terminal() {
        let mut line = Zeroizing::new(String::new());
        io::stdin()
            .read_line(&mut line)
            .context("no password can be read")?;
        return Ok(Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let ask = |prompt: &str| rpassword::prompt_password(prompt).map(Zeroizing::new);
    let first = ask("Password (at least 12 characters): ")?;
    if ask("Once more: ")? != first {
        bail!("these were two different passwords: nothing was changed");
    }
    Ok(first)
}

fn said(sentence: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{sentence}")?)
}
