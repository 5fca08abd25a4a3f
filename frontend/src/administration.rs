//! The page of administrators: what it shows, what is about to be done there, and what came of it; without a browser. No
//! password is in here: those stay in their fields until they are sent. What the bridge gives for the administrator's own is,
//! so that they are asked for it once.

mod held;

use std::rc::Rc;

use protocol::administration::UNCONFIRMED;
pub use protocol::administration::{Field, PASSWORD_MIN, Reason};
use protocol::standing::Rank;

pub use held::{Held, Section, Source, matching, words};

/// The most accounts that are drawn at a time: whoever looks for another one finds it by its name.
pub const SHOWN_MAX: usize = 200;

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What everybody calls whoever has it.
    pub name: String,
    /// What they may do.
    pub role: Rank,
    /// Whether nobody is signed in with it.
    pub is_disabled: bool,
    /// In how many browsers somebody is.
    pub signed_on: u32,
    /// Whether it is the one of who reads.
    pub is_own: bool,
}

/// What is about to be done, and asked about in a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An account is made.
    Add,
    /// The account of that name may something else.
    Role(String),
    /// It gets another password.
    Password(String),
    /// Nobody signs in with it any more.
    Disable(String),
    /// It can be used again.
    Enable(String),
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Why, as a sentence.
    pub why: String,
    /// About what that is, if about one thing alone.
    pub field: Option<Field>,
    /// The bridge's word for it, where it has one.
    pub reason: Option<Reason>,
}

impl Refusal {
    /// Whether whoever asked may do nothing here at all: what stands before the bridge, such as a proxy, refuses with the same
    /// statuses and says no such word.
    pub fn is_out(&self) -> bool {
        matches!(self.reason, Some(Reason::NotSignedOn | Reason::NotAdministrator))
    }
}

/// A sheet that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// What is about to be done.
    pub deed: Deed,
    /// What is typed for the name of a new account.
    pub name: String,
    /// What the account is to be.
    pub role: Rank,
    /// Whether it is being done.
    pub is_busy: bool,
    /// Why it was not.
    pub refusal: Option<Refusal>,
    /// How often it was tried.
    pub tries: u32,
}

/// What is given in a sheet for passwords, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// How many characters the password has that the account gets.
    pub password: usize,
    /// Whether there is anything for the administrator's own, or they gave it before.
    pub confirm: bool,
}

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The accounts, once they are told; or why they are not.
    pub accounts: Option<Result<Rc<Vec<Account>>, String>>,
    /// What holds, once it is told; or why it is not.
    pub held: Option<Result<Rc<Vec<Section>>, String>>,
    /// Which accounts are looked for.
    pub wanted: String,
    /// Which settings are.
    pub wanted_settings: String,
    /// What the bridge gave for the administrator's own password, until it counts no more.
    pub confirmation: Option<Rc<str>>,
    /// The sheet that is open.
    pub sheet: Option<Sheet>,
    /// What was done last, as a sentence.
    pub done: String,
    /// Why something was not done whose sheet was closed meanwhile.
    pub problem: String,
    /// Whether whoever reads was an administrator when the page came, and is none any more: it is to come anew, with the way in.
    /// Where they were refused from the first on, it would come anew without end.
    pub is_out: bool,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The accounts were told, or why not.
    Accounts(Result<Vec<Account>, Refusal>),
    /// What holds was told, or why not.
    Held(Result<Vec<Section>, String>),
    /// Accounts are looked for.
    Want(String),
    /// Settings are looked for.
    WantSettings(String),
    /// The person wants to do that.
    Open(Deed),
    /// A role was chosen beside an account: it is asked about.
    OpenRole(String, Rank),
    /// Another role was chosen in the sheet.
    Role(Rank),
    /// The name of a new account was typed.
    Name(String),
    /// The person wants it done now.
    Try(Given),
    /// The administrator's own password was right: this counts for it now.
    Confirmed(Rc<str>),
    /// What that sheet was about was not done.
    Refused(Box<Sheet>, Refusal),
    /// It was.
    Done(Box<Sheet>),
    /// The person leaves it at that.
    Close,
}

impl Deed {
    /// Whose account it is about; none of one that there is not yet.
    pub fn whose(&self) -> Option<&str> {
        match self {
            Deed::Add => None,
            Deed::Role(name) | Deed::Password(name) | Deed::Disable(name) | Deed::Enable(name) => Some(name),
        }
    }

    /// Whether it gives an account a password.
    pub fn gives_password(&self) -> bool {
        matches!(self, Deed::Add | Deed::Password(_))
    }

    /// Whether it says what an account may do.
    pub fn gives_role(&self) -> bool {
        matches!(self, Deed::Add | Deed::Role(_))
    }
}

impl Sheet {
    fn new(deed: Deed, role: Rank) -> Self {
        Self {
            deed,
            name: String::new(),
            role,
            is_busy: false,
            refusal: None,
            tries: 0,
        }
    }

    /// What is wrong with what is entered, as far as that is known here.
    fn wrong(&self, given: Given) -> Option<Refusal> {
        let (why, field) = if self.deed == Deed::Add && self.name.trim().is_empty() {
            ("An account has a name.".to_owned(), Field::Name)
        } else if self.deed.gives_password() && given.password < PASSWORD_MIN {
            let why = format!("A password has at least {PASSWORD_MIN} characters.");
            (why, Field::Password)
        } else if !given.confirm {
            (UNCONFIRMED.to_owned(), Field::Confirm)
        } else {
            return None;
        };
        Some(Refusal {
            why,
            field: Some(field),
            reason: None,
        })
    }

    /// What is said once it is done.
    fn done(&self) -> String {
        let name = self.deed.whose().unwrap_or(self.name.trim());
        match self.deed {
            Deed::Add => format!("{name} can sign in now."),
            Deed::Role(_) => format!("{name} is {} now.", role_name(self.role)),
            Deed::Password(_) => format!("{name} has another password now."),
            Deed::Disable(_) => format!("{name} is signed out and cannot sign in."),
            Deed::Enable(_) => format!("{name} can sign in again."),
        }
    }
}

impl State {
    /// What becomes of it.
    pub fn reduce(&mut self, action: Action) {
        match action {
            Action::Accounts(told) => match (told, &self.accounts) {
                // What was told stays in sight when it cannot be told anew.
                (Err(refusal), Some(Ok(_))) => self.is_out |= refusal.is_out(),
                (told, _) => self.accounts = Some(told.map(Rc::new).map_err(|it| it.why)),
            },
            Action::Held(told) => self.held = Some(told.map(Rc::new)),
            Action::Want(text) => self.wanted = text,
            Action::WantSettings(text) => self.wanted_settings = text,
            Action::Open(deed) => {
                let role = self.account(&deed).map_or(Rank::Agent, |it| it.role);
                self.open(Sheet::new(deed, role));
            }
            Action::OpenRole(name, role) => self.open(Sheet::new(Deed::Role(name), role)),
            Action::Close => self.sheet = None,
            Action::Done(sheet) => {
                self.done = sheet.done();
                if self.awaits(&sheet) {
                    self.sheet = None;
                }
            }
            Action::Confirmed(confirmation) => self.confirmation = Some(confirmation),
            Action::Refused(sheet, refusal) => {
                if refusal.field == Some(Field::Confirm) {
                    self.confirmation = None;
                }
                // Sheets open where accounts were told.
                self.is_out |= refusal.is_out();
                let is_awaited = self.awaits(&sheet);
                match &mut self.sheet {
                    Some(open) if is_awaited => open.refuse(refusal),
                    _ => self.problem = refusal.why,
                }
            }
            action => {
                if let Some(sheet) = &mut self.sheet {
                    sheet.reduce(action);
                }
            }
        }
    }

    fn open(&mut self, sheet: Sheet) {
        self.done.clear();
        self.problem.clear();
        self.sheet = Some(sheet);
    }

    /// Whether the sheet that is open waits for what comes of that one.
    fn awaits(&self, sheet: &Sheet) -> bool {
        let open = self.sheet.as_ref();
        open.is_some_and(|it| it.is_busy && it.deed == sheet.deed)
    }

    /// The account that it is about, if it is known.
    pub fn account(&self, deed: &Deed) -> Option<&Account> {
        let accounts = self.accounts.as_ref()?.as_ref().ok()?;
        let name = deed.whose()?;
        accounts.iter().find(|it| it.name == name)
    }

    /// The accounts that are looked for and drawn, by name, and how many more there are of them.
    pub fn shown(&self) -> (Vec<&Account>, usize) {
        let accounts = self.accounts.as_ref().and_then(|told| told.as_ref().ok());
        let wanted = self.wanted.trim().to_lowercase();
        let mut matching: Vec<_> = accounts
            .into_iter()
            .flat_map(|accounts| accounts.iter())
            .filter(|it| it.matches(&wanted))
            .collect();
        matching.sort_by_cached_key(|it| it.name.to_lowercase());
        let more = matching.len().saturating_sub(SHOWN_MAX);
        matching.truncate(SHOWN_MAX);
        (matching, more)
    }
}

impl Sheet {
    fn reduce(&mut self, action: Action) {
        match action {
            Action::Role(role) => self.role = role,
            Action::Name(name) => {
                self.name = name;
                if self
                    .refusal
                    .as_ref()
                    .is_some_and(|it| it.field == Some(Field::Name))
                {
                    self.refusal = None;
                }
            }
            Action::Try(given) if !self.is_busy => {
                self.refusal = self.wrong(given);
                self.is_busy = self.refusal.is_none();
                self.tries += 1;
            }
            _ => {}
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.is_busy = false;
        self.refusal = Some(refusal);
    }
}

impl Account {
    /// Whether it is looked for by that, in small letters: by its name, its role, or how it stands.
    fn matches(&self, wanted: &str) -> bool {
        let has = |text: &str| text.to_lowercase().contains(wanted);
        has(&self.name) || has(self.role.name()) || (self.is_disabled && has("disabled"))
    }
}

/// What somebody is who may that.
pub fn role_name(role: Rank) -> &'static str {
    match role {
        Rank::Agent => "an agent",
        Rank::Supervisor => "a supervisor",
        Rank::Administrator => "an administrator",
    }
}

/// What they may do.
pub fn role_note(role: Rank) -> &'static str {
    match role {
        Rank::Agent => "own sessions, links",
        Rank::Supervisor => "joins every session",
        Rank::Administrator => "accounts, settings",
    }
}

#[cfg(test)]
mod tests;
