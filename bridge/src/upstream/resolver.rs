//! Who is asked for the addresses of a name.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;

use tokio::task::spawn_blocking;

use crate::places::{Place, Places};
use crate::session::token::Hash;
use crate::share;

/// What a name leads to, as it comes.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Knows the addresses of names. It is asked anew for each connection, and what it says is never believed unchecked.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host, with that port. The turn is kept until they are known, also where nobody waits for them any
    /// more.
    ///
    /// # Errors
    /// When it has none, or that cannot be known.
    fn lookup<'a>(&'a self, host: &'a str, port: u16, turn: Turn) -> Lookup<'a>;
}

/// How many names are looked up at a time. Each takes a thread of those that everything that waits for the disk shares, for as
/// long as the system's resolver likes.
pub(crate) const LOOKING_MAX: usize = 64;

/// The turn of one name to be looked up. The next one's comes when it is dropped.
pub struct Turn {
    _place: Place,
}

/// Gives names their turns: nobody's keep those of others from being looked up.
pub(crate) struct Turns(Places<Hash>);

impl Default for Turns {
    fn default() -> Self {
        Self(Places::new(LOOKING_MAX, share::of_one(LOOKING_MAX)))
    }
}

impl Turns {
    /// Waits for the turn of a name of theirs.
    pub(super) async fn turn(&self, whose: Hash) -> io::Result<Turn> {
        let place = self.0.place(whose).await;
        place.map(|_place| Turn { _place }).map_err(io::Error::other)
    }
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Resolver for System {
    fn lookup<'a>(&'a self, host: &'a str, port: u16, turn: Turn) -> Lookup<'a> {
        Box::pin(async move {
            let host = host.to_owned();
            let asking = spawn_blocking(move || {
                let _turn = turn;
                (&host[..], port).to_socket_addrs().map(Vec::from_iter)
            });
            asking.await.map_err(io::Error::other)?
        })
    }
}
