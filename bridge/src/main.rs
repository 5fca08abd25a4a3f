//! The command line: starts the bridge, says where it is, and stops it on a signal.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::process::ExitCode;

use anyhow::Context;
use clap::ArgMatches;
use pop3_console::Server;
use pop3_console::config::{Config, LogFormat, command, table};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// What the program ends with when its settings cannot be used.
const NOT_USABLE: u8 = 2;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let config = match Config::load(&matches) {
        Ok(config) => config,
        Err(error) => {
            // Several lines, each a sentence of its own.
            eprintln!("{error}");
            return ExitCode::from(NOT_USABLE);
        }
    };
    match run(&matches, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("Error: {error:?}");
            ExitCode::FAILURE
        }
    }
}

fn run(matches: &ArgMatches, config: Config) -> anyhow::Result<()> {
    match matches.subcommand() {
        Some(("config", what)) => match what.subcommand_name() {
            Some("table") => write!(stdout(), "{}", table())?,
            _ => writeln!(stdout(), "The settings are all right.")?,
        },
        Some(("account", what)) => pop3_console::account(&config, what)?,
        _ => serve(config)?,
    }
    Ok(())
}

#[tokio::main]
async fn serve(config: Config) -> anyhow::Result<()> {
    log(&config);
    forbid_core_dumps().context("core dumps could not be forbidden: they might hold passwords")?;

    let listener = TcpListener::bind(config.listen).await.with_context(|| {
        format!(
            "{} cannot be listened on; choose another port with --listen 127.0.0.1:0",
            config.listen
        )
    })?;
    let address = listener.local_addr()?;
    let scheme = if config.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let server = Server::new(config).await?;
    let shutdown = server.shutdown();
    let metrics = server.metrics_address();
    tokio::spawn(async move {
        if stop_signal().await.is_ok() {
            shutdown.begin();
        }
    });
    writeln!(stdout(), "pop3-console is at {scheme}://{address}")?;
    if let Some(metrics) = metrics {
        writeln!(stdout(), "metrics are at http://{metrics}/metrics")?;
    }
    stdout().flush()?;
    server.serve(listener).await?;
    Ok(())
}

/// Begins to log as the settings say.
fn log(config: &Config) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&config.log))
        .with_writer(stderr);
    match config.log_format {
        LogFormat::Text => log.with_ansi(stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
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
