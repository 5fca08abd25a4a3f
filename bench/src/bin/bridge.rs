//! The bridge, as a library serves it, with room for more sessions than a console has as shipped. The rest is as
//! shipped, and what its flags say, but that nothing is logged and the demonstration mailbox stays away.

use pop3_console::Server;
use pop3_console::config::{Config, Limits, Subcommand, command};
use tokio::net::TcpListener;

/// Of everything that is counted: enough for the most that is measured.
const SESSIONS: usize = 4096;

fn main() -> anyhow::Result<()> {
    let matches = command().get_matches();
    let config = Config::load(&matches)?;
    match Subcommand::read(&matches)? {
        Some(Subcommand::Account(deed)) => pop3_console::account(&config, deed),
        _ => serve(config),
    }
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("bridge is at {}", listener.local_addr()?);
    let config = Config {
        no_demonstration: true,
        limits: Limits {
            connections: 2 * u32::try_from(SESSIONS)?,
            sessions: SESSIONS,
            sessions_of_account: SESSIONS,
            participants: SESSIONS,
            // A machine types here, and all of it to one mail server.
            messages: 1_000_000,
            target_rate: 100_000,
            ..Limits::default()
        },
        ..config
    };
    Ok(Server::new(config).await?.serve(listener).await?)
}
