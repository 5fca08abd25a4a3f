//! By what sessions are found among all that are kept.

/// By what a session is found. It is kept beside all that is kept of it, and goes when that does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    /// When it was opened, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) opened: u64,
    /// What tells apart who opened it; none where it was opened without an account.
    pub(crate) owner: Option<Box<str>>,
    /// What they are called, in small letters as all that is searched.
    pub(crate) agent: Option<Box<str>>,
    /// The server of its newest connection, with the port.
    pub(crate) server: Option<Box<str>>,
    /// Which mailbox of that was opened last, as far as it is known.
    pub(crate) mailbox: Option<Box<str>>,
}

/// Which of the sessions that are kept are looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Those which that one opened; whoever opened them where that is none.
    pub(crate) owner: Option<&'a str>,
    /// Those in whose server, mailbox or agent that is found, in small letters; all where it is empty.
    pub(crate) words: &'a str,
    /// In how many of these it is looked for, the newest.
    pub(crate) searched: usize,
}
