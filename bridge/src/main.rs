//! The command line: starts the bridge, says where it is, and stops it on a signal.

mod panics;
mod signals;

use std::io::{BufWriter, IsTerminal, Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use pop3_console::audit::{self, STANDARD_OUTPUT, Wanted};
use pop3_console::config::{
    Config, ConfigError, ListenError, LogFormat, Look, Problem, PublicAddress, Subcommand, command, table,
};
use pop3_console::{CopiedAccounts, Server};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use signals::Signals;

/// What the program ends with when its settings cannot be used.
const NOT_USABLE: u8 = 2;

fn main() -> ExitCode {
    let matches = command().get_matches();
    let asked = Subcommand::read(&matches).unwrap_or_else(|error| error.exit());
    let config = match Config::load(&matches) {
        Ok(config) => config,
        // How it is to be told is not known then.
        Err(error) => return failed(&error.into(), LogFormat::Text),
    };
    let format = match asked {
        None => config.log_format,
        // Somebody asked, and reads what is answered.
        Some(_) => LogFormat::Text,
    };
    match run(asked, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error, format),
    }
}

/// Says why it is over, and what it ends with by that.
fn failed(error: &anyhow::Error, format: LogFormat) -> ExitCode {
    let unusable = error.downcast_ref::<ConfigError>();
    match (format, unusable) {
        // Whatever is logged.
        (LogFormat::Json, _) => tracing::subscriber::with_default(
            tracing_subscriber::fmt().json().with_writer(stderr).finish(),
            || match unusable {
                Some(unusable) => tracing::error!("{unusable}"),
                None => tracing::error!("{error:#}"),
            },
        ),
        // Several lines, each a sentence of its own.
        (LogFormat::Text, Some(unusable)) => eprintln!("{unusable}"),
        (LogFormat::Text, None) => eprintln!("Error: {error:?}"),
    }
    match unusable {
        Some(_) => ExitCode::from(NOT_USABLE),
        None => ExitCode::FAILURE,
    }
}

fn run(asked: Option<Subcommand>, config: Config) -> anyhow::Result<()> {
    match asked {
        None => {
            let doubts = config.examine()?;
            serve(config, &doubts)?;
        }
        Some(Subcommand::Config(Look::Check)) => check(&config)?,
        Some(Subcommand::Config(Look::Table)) => write!(stdout(), "{}", table())?,
        Some(Subcommand::Backup { to }) => {
            let accounts = pop3_console::back_up(&config, &to)?;
            say_copied(&to, &accounts)?;
        }
        Some(Subcommand::Health) => {
            pop3_console::health(&config)?;
            writeln!(stdout(), "The console is alive.")?;
        }
        Some(Subcommand::Account(deed)) => pop3_console::account(&config, deed)?,
        Some(Subcommand::Audit { since, session, json }) => {
            let wanted = Wanted::new(since.as_deref(), session.as_deref(), json)?;
            audit::show(&config, &wanted, &mut BufWriter::new(stdout().lock()))?;
        }
    }
    Ok(())
}

/// Says what is where of a backup.
fn say_copied(to: &Path, accounts: &CopiedAccounts) -> std::io::Result<()> {
    let mut out = stdout();
    writeln!(out, "The journal is copied to {}.", to.display())?;
    match accounts {
        CopiedAccounts::NotWanted => Ok(()),
        CopiedAccounts::None(file) => writeln!(out, "There are no accounts in {} yet.", file.display()),
        CopiedAccounts::Copied(from, to, why) => {
            writeln!(
                out,
                "The accounts in {} are copied to {}: without them the sessions are nobody's.",
                from.display(),
                to.display()
            )?;
            match why {
                Some(why) => writeln!(
                    stderr(),
                    "warning: the accounts are copied as they are, and cannot be used: {why}"
                ),
                None => Ok(()),
            }
        }
        CopiedAccounts::NotCopied(why) => writeln!(
            stderr(),
            "warning: nobody signs in with accounts by these settings, and what could be some is not copied: {why}"
        ),
    }
}

/// Says whether a console starts with these settings.
fn check(config: &Config) -> anyhow::Result<()> {
    let doubts = config.examine()?;
    doubts.iter().for_each(warn);
    pop3_console::may_listen(config)?;
    match doubts.len() {
        0 => writeln!(stdout(), "The settings are all right.")?,
        _ => writeln!(
            stdout(),
            "The console starts with these settings. Look at what it warns of."
        )?,
    }
    Ok(())
}

/// Warns of what does not keep the console from starting.
fn warn(doubt: &Problem) {
    eprintln!("warning: {doubt}");
}

#[tokio::main]
async fn serve(config: Config, doubts: &[Problem]) -> anyhow::Result<()> {
    log(&config);
    panics::are_logged();
    for doubt in doubts {
        match config.log_format {
            // Whatever is logged: a filter may be what is warned of.
            LogFormat::Text => warn(doubt),
            LogFormat::Json => tracing::warn!("{doubt}"),
        }
    }
    forbid_core_dumps().context("core dumps could not be forbidden: they might hold passwords")?;
    allow_descriptors();

    let at = config.listen;
    let listener = TcpListener::bind(at).await;
    let listener = listener.map_err(|source| ListenError { at, source })?;
    let address = listener.local_addr()?;
    let scheme = if config.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let audits_here = config.audit_file.as_deref() == Some(Path::new(STANDARD_OUTPUT));
    let (public, log_format) = (config.public.clone(), config.log_format);
    // Where none can be listened for, the system's own meaning holds. What opening the journal takes is long for some.
    let signals = Signals::new();
    let server = Server::new(config).await?;
    let shutdown = server.shutdown();
    let metrics = server.metrics_address();
    tokio::spawn(async move {
        let Ok(mut signals) = signals else { return };
        while signals.next().await {
            shutdown.signal();
        }
    });
    // Standard output has the audit alone, where it has it: lines of JSON.
    let to = if audits_here {
        BoxMakeWriter::new(stderr)
    } else {
        BoxMakeWriter::new(stdout)
    };
    let places = Places {
        listening: format!("{scheme}://{address}"),
        public,
        metrics: metrics.map(|at| format!("http://{at}/metrics")),
    };
    places.announce(log_format, to)?;
    server.serve(listener).await?;
    Ok(())
}

/// Where a console is that starts.
struct Places {
    listening: String,
    /// Where people reach it, if not there alone.
    public: Vec<PublicAddress>,
    metrics: Option<String>,
}

impl Places {
    /// Says so, whatever is logged: in lines for people, or such as the log has them.
    fn announce(&self, format: LogFormat, to: BoxMakeWriter) -> std::io::Result<()> {
        match format {
            LogFormat::Text => {
                // In one piece: who starts it may read no more than the first line.
                let mut out = to.make_writer();
                out.write_all(self.lines().as_bytes())?;
                out.flush()
            }
            LogFormat::Json => {
                let announcing = tracing_subscriber::fmt().json().with_writer(to).finish();
                tracing::subscriber::with_default(announcing, || self.log());
                Ok(())
            }
        }
    }

    fn lines(&self) -> String {
        let mut lines = format!("pop3-console is at {}\n", self.listening);
        for address in &self.public {
            lines += &format!("people reach it at {address}\n");
        }
        if let Some(metrics) = &self.metrics {
            lines += &format!("metrics are at {metrics}\n");
        }
        lines
    }

    fn log(&self) {
        let listening = &self.listening;
        if self.public.is_empty() {
            tracing::info!(listening, "pop3-console is at {listening}");
        }
        for public in &self.public {
            tracing::info!(listening, "pop3-console is at {public}");
        }
        if let Some(metrics) = &self.metrics {
            tracing::info!("metrics are at {metrics}");
        }
    }
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

/// Each connection takes a descriptor, and most systems give a program 1,024 unless it asks for all that it may have.
#[cfg(unix)]
fn allow_descriptors() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let all = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, all) {
        tracing::warn!(%error, "the system gives no more descriptors than at first");
    }
}

#[cfg(not(unix))]
fn allow_descriptors() {}

#[cfg(not(unix))]
fn forbid_core_dumps() -> std::io::Result<()> {
    Ok(())
}
