//! `pop3-console account`: makes and changes accounts. A console that runs notices by the file.

use std::io::{self, IsTerminal, Write, stderr, stdin, stdout};
use std::path::Path;

use anyhow::{Context, bail};
use protocol::administration::PASSWORD_MIN;
use protocol::standing::Rank;
use zeroize::Zeroizing;

use super::account::{self, Account};
use super::change::{self, Became, Change, ChangeError};
use super::file;
use super::password;
use crate::config::{Config, Mode};

/// What is done to accounts.
#[derive(Debug, clap::Subcommand)]
pub enum AccountDeed {
    /// Makes an account; its password is asked for.
    Add {
        /// What it is called.
        name: String,
        /// What it may do.
        #[arg(long, value_name = ROLES, value_parser = role, default_value = Rank::Agent.name())]
        role: Rank,
    },
    /// Lists the accounts.
    List,
    /// Signs somebody out and lets them sign in no more.
    Disable {
        /// Whom.
        name: String,
    },
    /// Lets somebody sign in again.
    Enable {
        /// Whom.
        name: String,
    },
    /// Gives an account another password, and signs it out.
    Password {
        /// Whose.
        name: String,
    },
    /// Gives an account another role, and signs it out.
    Role {
        /// Whose.
        name: String,
        /// What it may do.
        #[arg(value_name = ROLES, value_parser = role)]
        role: Option<Rank>,
        /// The same, as it is said where an account is made.
        #[arg(long = "role", value_name = ROLES, value_parser = role, conflicts_with = "role")]
        flag: Option<Rank>,
    },
    /// Removes an account: nobody else ever gets its sessions.
    Remove {
        /// Whose.
        name: String,
    },
}

/// What an account may do, as it is said.
const ROLES: &str = "agent|supervisor|administrator";

fn role(text: &str) -> Result<Rank, &'static str> {
    let example =
        "agent, supervisor or administrator is wanted, such as `pop3-console account role anna supervisor`";
    text.parse().map_err(|_| example)
}

/// Does that.
///
/// # Errors
/// When it cannot be done; the error says why.
pub fn account(config: &Config, deed: AccountDeed) -> anyhow::Result<()> {
    let file = config.accounts_file().map_err(super::AccessError::from)?;
    match deed {
        AccountDeed::List => return list(&file),
        AccountDeed::Add { name, role } => return add(config, &file, &name, role),
        AccountDeed::Disable { name } => change(&file, &name, Change::Disabled(true))?,
        AccountDeed::Enable { name } => change(&file, &name, Change::Disabled(false))?,
        AccountDeed::Role { name, role, flag } => {
            let Some(role) = role.or(flag) else {
                bail!(
                    "the role is missing: `pop3-console account role {name} supervisor`, or agent, or administrator"
                );
            };
            change(&file, &name, Change::Role(role))?;
        }
        AccountDeed::Password { name } => {
            // Before anybody thinks of a password.
            change::find(&mut file::read(&file)?, &name)?;
            let password = password::hash(&new_password()?)?;
            change(&file, &name, Change::Password(password))?;
        }
        AccountDeed::Remove { name } => change_all(&file, |accounts| change::remove(accounts, &name))?,
    }
    Ok(())
}

fn add(config: &Config, file: &Path, name: &str, role: Rank) -> anyhow::Result<()> {
    // Before anybody thinks of a password.
    account::check(name, &file::read(file)?)?;
    let password = password::hash(&new_password()?)?;
    change_all(file, |accounts| change::add(accounts, name, role, password))?;
    said(&format!("It is in {}.", file.display()))?;
    if config.access.mode != Mode::Accounts {
        said(
            "By these settings nobody signs in with it: set access.mode to accounts, or name the console's own settings \
             with --config.",
        )?;
    }
    Ok(())
}

fn change(file: &Path, name: &str, how: Change) -> anyhow::Result<()> {
    change_all(file, |accounts| {
        let account = change::find(accounts, name)?;
        Ok(account.change(how).into_iter().collect())
    })
}

/// Does that, and says of whom it is done. Nobody is kept from it who has the console's machine: where no administrator is left by it
/// that is said as well.
fn change_all(
    file: &Path,
    how: impl FnOnce(&mut Vec<Account>) -> Result<Vec<Became>, ChangeError>,
) -> anyhow::Result<()> {
    let mut is_last = false;
    let became: Vec<Became> = file::change_noting(file, |accounts| {
        let administrated = |accounts: &[Account]| accounts.iter().any(Account::administrates);
        let before = administrated(accounts);
        let became = how(accounts)?;
        is_last = before && !administrated(accounts);
        Ok::<_, ChangeError>(became)
    })?;
    if became.is_empty() {
        return said("That is how it was before.");
    }
    for it in became {
        said(&told(&it))?;
    }
    said("A console that runs notices within five seconds.")?;
    if is_last {
        writeln!(
            stderr(),
            "warning: that was the last administrator who can sign in. Make somebody else one with `pop3-console account role \
             NAME administrator`."
        )?;
    }
    Ok(())
}

/// What became of an account, for people.
fn told(became: &Became) -> String {
    match became {
        Became::AccountAdded { whose, role } => format!("{whose} has an account, as {}.", role.name()),
        Became::RoleChanged { whose, role } => format!("{whose} is {} now, and signed out.", role.name()),
        Became::AccountDisabled { whose } => format!("{whose} is signed out, and signs in no more."),
        Became::AccountEnabled { whose } => format!("{whose} can sign in again."),
        Became::PasswordChanged { whose } => format!("{whose} has another password, and is signed out."),
        Became::AccountRemoved { whose } => {
            format!("The account of {whose} is removed. Nobody else ever gets its sessions.")
        }
    }
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
    let first = ask(&format!("Password (at least {PASSWORD_MIN} characters): "))?;
    if ask("Once more: ")? != first {
        bail!("these were two different passwords: nothing was changed");
    }
    Ok(first)
}

fn said(sentence: &str) -> anyhow::Result<()> {
    Ok(writeln!(stdout(), "{sentence}")?)
}
