//! Whoever asks for something, and the one place where it is decided what of a session that lets them in to.

use std::net::IpAddr;
use std::sync::Arc;

use protocol::remark::Invalid;
use protocol::standing::Rank;

use super::{Identity, NotByHeader, Opener, Reception, SignOn};
use crate::session::link::{Links, Pass};
use crate::session::token::hash;

/// Whoever asks for something.
#[derive(Clone)]
pub(crate) struct Visitor {
    /// Who is asked, where the console is hosted.
    pub(crate) reception: Option<Arc<Reception>>,
    /// Where they come from.
    pub(crate) from: IpAddr,
    /// The token of a session that they come with; empty if with none.
    pub(crate) token: String,
    /// As whom they are signed in, if they are.
    pub(crate) signed_on: Option<Arc<SignOn>>,
    /// Why they are nobody, where a proxy is to say who asks and does not.
    pub(crate) not_by_header: Option<NotByHeader>,
    /// Whether they want control, where they are let in without a token of the session.
    pub(crate) wants_control: bool,
}

/// Why somebody is not let in to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barred {
    /// For their token, and nothing else lets them in.
    Token(Invalid),
    /// Their token would, but they are not signed in.
    NotSignedOn,
}

impl Visitor {
    /// What of a session they are let in to that has these links, and was opened by that account, if it was by any.
    ///
    /// Where the console is hosted, the owner's token alone lets nobody in. Whoever is signed in with the account that opened
    /// the session has no need of it, and a supervisor is let in everywhere; a link comes before that, so that whoever follows
    /// one sees what it shows. A link is worth nothing once whoever opened the session may not use the console any more.
    ///
    /// # Errors
    /// When they are not.
    pub(crate) fn pass(&self, links: &Links, opened_by: Option<&Identity>) -> Result<Pass, Barred> {
        let by_token = links.admit(&hash(&self.token));
        let Some(reception) = &self.reception else {
            return by_token.map_err(Barred::Token);
        };
        let signed_on = self.signed_on();
        let owns = signed_on.is_some_and(|it| opened_by.is_some_and(|owner| it.is(owner)));
        let supervises = signed_on.is_some_and(|it| it.rank() >= Rank::Supervisor);
        let by_token = match opened_by {
            Some(owner) if reception.is_out(owner) => Err(Invalid::Revoked),
            _ => by_token,
        };
        let by_link = by_token.ok().filter(|pass| pass.link.is_some());
        match by_link {
            Some(pass) if signed_on.is_some() || !reception.guests_need_account() => Ok(pass),
            // Nobody at all is let in any more.
            _ if !links.lets_in(None) => Err(Barred::Token(Invalid::Unknown)),
            _ if owns => Ok(Pass::OWNER),
            _ if supervises => Ok(Pass::supervisor(self.wants_control)),
            _ => Err(by_token.map_or_else(Barred::Token, |_| Barred::NotSignedOn)),
        }
    }

    /// Whoever opened the session, where others come in by their leave.
    pub(crate) fn opener(&self, opened_by: Option<&Identity>) -> Option<Opener> {
        let reception = self.reception.clone()?;
        Some(Opener::new(reception, opened_by?.clone()))
    }

    /// Somebody who has that token, where the console is not hosted.
    #[cfg(test)]
    pub(crate) fn with_token(token: &str) -> Self {
        Self {
            reception: None,
            from: IpAddr::from([127, 0, 0, 1]),
            token: token.to_owned(),
            signed_on: None,
            not_by_header: None,
            wants_control: false,
        }
    }

    /// As whom they are signed in, if they still are.
    pub(crate) fn signed_on(&self) -> Option<&Arc<SignOn>> {
        self.signed_on.as_ref().filter(|it| !it.is_over())
    }

    /// Whether they are asked to sign in where they are not let in to a session: all are who have not, whatever they came
    /// with, so that nobody learns by it what a token is worth.
    pub(crate) fn is_asked_to_sign_in(&self) -> bool {
        self.reception.is_some() && self.signed_on().is_none()
    }
}
