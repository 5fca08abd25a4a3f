//! The command line: starts the bridge, says where it is, and stops it on a signal.

use std::io::{IsTerminal, Write, stderr, stdout};

use anyhow::Context;
use clap::Parser;
use pop3_console::Server;
use pop3_console::config::Config;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config = Config::parse();
    config.check()?;
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("POP3_CONSOLE_LOG")
                .unwrap_or_else(|_| EnvFilter::new("pop3_console=info")),
        )
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .init();
    forbid_core_dumps().context("core dumps could not be forbidden: they might hold passwords")?;

    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "{} cannot be listened on; choose another port with --listen 127.0.0.1:0",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let server = Server::new(config).await?;
    let shutdown = server.shutdown();
    tokio::spawn(async move {
        if stop_signal().await.is_ok() {
            shutdown.begin();
        }
    });
    writeln!(stdout(), "pop3-console is at http://{address}")?;
    stdout().flush()?;
    server.serve(listener).await?;
    Ok(())
}

/// A dump of this process would hold what people typed.
#[cfg(unix)]
fn forbid_core_dumps() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn forbid_core_dumps() -> std::io::Result<()> {
    Ok(())
}

#[cfg(unix)]
async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
