//! Who is let in to a session, and has it in hand by that.

use std::ops::Deref;
use std::sync::Arc;

use protocol::access::Role;

use super::Session;
use super::link::Pass;
use super::past::Lease;
use crate::access::{Barred, Opener, SignOn, Visitor};

/// A session that somebody has in hand: for so long there is no other object of the same one that people are let into.
pub(crate) struct Held {
    session: Arc<Session>,
    /// Of one that ended and is read; none of one that lives, which its own task keeps.
    _lease: Option<Lease>,
}

/// Who was let in, and where.
pub(crate) struct Admission {
    pub(crate) session: Held,
    pub(crate) pass: Pass,
    /// As whom they are signed in, if they are.
    pub(crate) signed_on: Option<Arc<SignOn>>,
    /// By whose leave they are in; none of whoever needs nobody's.
    pub(crate) opener: Option<Opener>,
}

impl Held {
    /// One that lives.
    pub(crate) fn living(session: Arc<Session>) -> Self {
        Self {
            session,
            _lease: None,
        }
    }

    /// One that ended and is read.
    pub(crate) fn for_reading(session: Arc<Session>, lease: Lease) -> Self {
        Self {
            session,
            _lease: Some(lease),
        }
    }
}

impl Deref for Held {
    type Target = Arc<Session>;

    fn deref(&self) -> &Arc<Session> {
        &self.session
    }
}

impl Admission {
    /// Lets in whoever may come in to the session. Who is turned away for their token is recorded there.
    pub(crate) fn to(session: Held, visitor: &Visitor) -> Option<Self> {
        match visitor.pass(&session.links, session.opened_by.as_deref()) {
            // There is nothing left to sign in to.
            Ok(pass) if session.ended.is_some() && pass.role == Role::SignIn => None,
            Ok(pass) => Some(Admission {
                opener: pass
                    .link
                    .and_then(|_| visitor.opener(session.opened_by.as_deref())),
                session,
                pass,
                signed_on: visitor.signed_on().cloned(),
            }),
            Err(Barred::Token(with)) => {
                session.turned_away(with);
                None
            }
            Err(Barred::NotSignedOn) => None,
        }
    }

    /// Whether whoever was let in may stay: their link still lets in, whose ever it is, and they are signed in still if they
    /// were.
    pub(crate) fn lasts(&self) -> bool {
        let signed_on = self.signed_on.as_ref().is_none_or(|it| !it.is_over());
        let is_open = self.opener.as_ref().is_none_or(|it| !it.is_out());
        signed_on && is_open && self.session.links.lets_in(self.pass.link)
    }
}
