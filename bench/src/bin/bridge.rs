//! The bridge, as a library serves it, with room for more sessions than a console has as shipped. The rest is as
//! shipped, but that nothing is logged, the demonstration mailbox stays away, and sessions are kept only where a file
//! is named.

use std::path::PathBuf;

use pop3_console::Server;
use pop3_console::config::{Config, Limits};
use tokio::net::TcpListener;

/// Of everything that is counted: enough for the most that is measured.
const SESSIONS: usize = 4096;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let journal = std::env::args_os().nth(1).map(PathBuf::from);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bridge is at {}", listener.local_addr()?);
    let config = Config {
        no_demonstration: true,
        no_journal: journal.is_none(),
        journal,
        limits: Limits {
            sessions: SESSIONS,
            participants: SESSIONS,
            // A machine types here, and all of it to one mail server.
            messages: 1_000_000,
            target_rate: 100_000,
            ..Limits::default()
        },
        ..Config::default()
    };
    Ok(Server::new(config).await?.serve(listener).await?)
}
