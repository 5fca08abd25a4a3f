//! Who is asked for the addresses of a name.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// What a name leads to, as it comes.
pub type Lookup<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Knows the addresses of names. It is asked anew for each connection, and what it says is never believed unchecked.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host, with that port.
    ///
    /// # Errors
    /// When it has none, or that cannot be known.
    fn lookup<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a>;
}

/// How many names the system is asked for at a time. Each takes a thread of those that everything that waits for the disk
/// shares, for as long as the system's resolver likes.
const LOOKING_MAX: usize = 64;

/// The system's resolver.
#[derive(Clone, Debug)]
pub struct System {
    looking: Arc<Semaphore>,
}

impl Default for System {
    fn default() -> Self {
        Self {
            looking: Arc::new(Semaphore::new(LOOKING_MAX)),
        }
    }
}

impl Resolver for System {
    fn lookup<'a>(&'a self, host: &'a str, port: u16) -> Lookup<'a> {
        Box::pin(async move {
            let looking = self.looking.clone().acquire_owned().await;
            let looking = looking.map_err(io::Error::other)?;
            let host = host.to_owned();
            let asking = spawn_blocking(move || {
                // Until it has answered, also where nobody waits for that any more.
                let _looking = looking;
                (&host[..], port).to_socket_addrs().map(Vec::from_iter)
            });
            asking.await.map_err(io::Error::other)?
        })
    }
}
