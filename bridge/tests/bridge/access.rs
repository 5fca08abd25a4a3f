//! A hosted console: nobody opens a session, or is let in to one, who is not known.

mod accounts;
mod administration;
mod board;
mod by_header;
mod foreign;
mod left;
mod mailboxes;
pub(crate) mod openid;
mod routes;
mod sign_on;
mod supervisor;
