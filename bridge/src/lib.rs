//! The bridge between a browser and a POP3 server.
//!
//! It serves the console's page, keeps sessions, and relays lines to mail servers. What never happens here:
//! a secret is never logged, stored or sent to a browser; QUIT is never sent unless somebody typed it;
//! nothing that was typed reaches a server before its greeting began with `+OK`; nobody but the console's own
//! page is let in.

mod access;
pub mod audit;
mod backup;
mod board;
pub mod config;
pub mod demo;
mod drain;
mod entrance;
mod export;
mod health;
mod journal;
mod life;
mod maildrops;
mod metrics;
mod network;
mod places;
mod rate;
mod seldom;
mod session;
mod share;
pub mod upstream;
mod web;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use protocol::access::Keep;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tracing::info;

pub use access::command::{AccountDeed, account};
pub use access::{AccessError, FileError, NameError, PasswordError};
pub use backup::{BackupError, CopiedAccounts, back_up};
pub use drain::Shutdown;
pub use health::{HealthError, health};
pub use journal::JournalError;
pub use web::certificate::CertificateError;
pub use web::{PROBES, ROUTES};

use access::{Reception, Way};
use audit::{Audit, AuditError};
use config::{Config, ConfigError, Front, HeldSection, ListenError, listening};
use demo::Demonstration;
use journal::{Days, Recorder};
use maildrops::Maildrops;
use metrics::Metrics;
use rate::Rate;
use session::OfAccounts;
use session::past::Past;
use session::past::lost::Lost;
use session::registry::Registry;
use upstream::policy::Policy;
use upstream::rates::Rates;
use upstream::resolver::{Resolver, System, Turns};
use upstream::tls::{Tls, TlsError};
use upstream::{Hashing, Ways};
use web::certificate::Terminator;
use web::door::Door;
use web::export::Exports;
use web::listener::{Places, Share};

/// In what time a window may send as many messages as [it may](config::Limits::messages).
const MESSAGES_WITHIN: Duration = Duration::from_secs(1);

/// Connections at a time of whoever watches over the bridge.
const PROBES_MAX: u32 = 32;

/// A bridge that is ready to serve.
pub struct Server {
    bridge: Arc<Bridge>,
    /// Where what was counted is told.
    metrics: Option<TcpListener>,
    front: Front,
    /// None where browsers come without TLS, or by a proxy that speaks it.
    terminator: Option<Terminator>,
}

/// Why a bridge cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// People cannot be listened for.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The certificate that browsers are to be shown cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The demonstration mailbox does not start.
    #[error("the demonstration mailbox does not start: {0}")]
    Demonstration(io::Error),
    /// What was kept cannot be used, or is not this console's.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What was counted cannot be told where the settings say.
    #[error("{at} cannot be listened on for metrics ({error}); choose another port with --metrics-listen")]
    Metrics {
        /// Where.
        at: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// Who may use the console cannot be known.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Who did what cannot be recorded as the settings say.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The system gives no thread.
    #[error("the system gives no thread to keep sessions with: {0}")]
    NoThread(io::Error),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// What is kept, and what keeps it.
struct Journaled {
    recorder: Arc<Recorder>,
    past: Arc<Past>,
}

/// What everything here shares.
struct Bridge {
    grace: Duration,
    ways: Arc<Ways>,
    /// None where the console is not hosted.
    reception: Option<Arc<Reception>>,
    registry: Arc<Registry>,
    door: Door,
    exports: Arc<Exports>,
    /// How many messages a window may send.
    messages: Rate,
    metrics: Arc<Metrics>,
    places: Arc<Places>,
    audit: Audit,
    /// None where nothing is kept.
    kept: Option<Journaled>,
    demonstration: Option<Demonstration>,
    /// What holds of each setting.
    holds: Vec<HeldSection>,
    /// How long it waits for mail connections to end once it is told to stop.
    drains_within: Duration,
    shutdown: Shutdown,
}

/// Whether this user may listen where these settings say, also while a bridge does.
///
/// # Errors
/// As the start, where they may not: a port below 1024 takes a right of its own.
pub fn may_listen(config: &Config) -> Result<(), StartError> {
    let at = config.listen;
    if let Some(source) = listening::forbidden(at) {
        return Err(ListenError { at, source }.into());
    }
    match config.metrics.map(|at| (at, listening::forbidden(at))) {
        Some((at, Some(error))) => Err(StartError::Metrics { at, error }),
        _ => Ok(()),
    }
}

impl Server {
    /// Checks the settings and starts the demonstration mailbox.
    ///
    /// # Errors
    /// When the settings cannot be used, or the demonstration mailbox does not start.
    pub async fn new(config: Config) -> Result<Self, StartError> {
        Self::with_resolver(config, Arc::new(System)).await
    }

    /// The same, where that resolver is asked for the addresses of mail servers.
    ///
    /// # Errors
    /// As [`Server::new`].
    pub async fn with_resolver(config: Config, resolver: Arc<dyn Resolver>) -> Result<Self, StartError> {
        config.check()?;
        let holds = config.held();
        let mut tls = Tls::new(&config.ca_files)?;
        let way = Way::of(&config, &tls)?;
        let (front, terminator) = (
            Front::of(&config),
            config.pair().map(Terminator::new).transpose()?,
        );
        let mut policy = Policy::new(config.reach(), config.targets.clone());
        let demonstration = if config.no_demonstration {
            None
        } else {
            let demonstration = Demonstration::start().await.map_err(StartError::Demonstration)?;
            let at = vec![demonstration.address(), demonstration.tls_address()];
            policy.demonstration.clone_from(&at);
            tls.trust_demonstration(at, demonstration.certificate());
            Some(demonstration)
        };
        let (kept, lost) = match config.journal_file()? {
            Some(file) => {
                let days = Days {
                    sessions: config.keep_days,
                    audit: config.audit_days,
                };
                let (kept, lost) = Journaled::open(&file, days, config.deadlines.let_go)?;
                (Some(kept), lost)
            }
            None => (None, Vec::new()),
        };
        let listening = match config.metrics {
            Some(at) => Some(
                TcpListener::bind(at)
                    .await
                    .map_err(|error| StartError::Metrics { at, error })?,
            ),
            None => None,
        };
        let (metrics, shutdown) = (Metrics::new(), Shutdown::new());
        let places = Places::new(config.limits.connections, Share::of(&config));
        let exports = Exports::new(&config.limits, config.deadlines.export);
        let (limits, is_hosted) = (config.limits.clone(), config.hosted());
        let recorder = kept.as_ref().map(|kept: &Journaled| kept.recorder.clone());
        let audit = Audit::start(config.audit_file.as_ref(), recorder.clone())?;
        for Lost { session, ending } in lost {
            audit.ended(session, ending);
        }
        let keeps = match kept {
            Some(_) => config.keeps_at_most(),
            None => Keep::Nothing,
        };
        let reception = way.map(|way| Reception::new(way, &config, audit.clone()).kept_by(recorder));
        let reception = reception.map(Arc::new);
        let registry = Registry::new(config.limits, keeps, audit.clone());
        let registry = registry.map_err(|_| StartError::NoRandomness)?;
        let of_accounts = reception
            .as_ref()
            .map_or_else(OfAccounts::default, Reception::names);
        let registry = registry.where_names_are_of(of_accounts);
        Ok(Self {
            metrics: listening,
            front,
            terminator,
            bridge: Arc::new(Bridge {
                grace: config.grace,
                ways: Arc::new(Ways {
                    policy,
                    resolver,
                    turns: Turns::default(),
                    hashing: Hashing::default(),
                    tls,
                    deadlines: config.deadlines,
                    metrics: metrics.clone(),
                    shutdown: shutdown.clone(),
                    maildrops: Arc::new(Maildrops::default()),
                    standing: Arc::default(),
                    rates: Rates::new(&limits),
                    idle: limits.idle(is_hosted),
                }),
                reception,
                registry: Arc::new(registry),
                door: Door::default(),
                exports,
                messages: Rate::new(limits.messages, MESSAGES_WITHIN),
                metrics,
                places,
                audit,
                kept,
                demonstration,
                holds,
                drains_within: config.drain,
                shutdown,
            }),
        })
    }

    /// Where what was counted is told, if anywhere.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics.as_ref()?.local_addr().ok()
    }

    /// What stops it.
    pub fn shutdown(&self) -> Shutdown {
        self.bridge.shutdown.clone()
    }

    /// Serves until it is stopped, and then until everything has ended, for a bounded time.
    ///
    /// # Errors
    /// When the listener is where the settings do not allow it, or does not know where that is.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let listening = listener.local_addr()?;
        self.front.check(listening).map_err(io::Error::other)?;
        info!(%listening, "serving");
        let routes = web::routes(self.bridge.clone(), &self.front, listening);
        let acceptor = self.terminator.as_ref().map(Terminator::acceptor);
        let every = self.bridge.ways.deadlines.renewal;
        let renewing = self
            .terminator
            .map(|terminator| tokio::spawn(terminator.renew(every)));
        let serving = self
            .bridge
            .listen(listener, acceptor, routes, &self.bridge.places);
        let counting = self.bridge.tell_metrics(self.metrics);
        let draining = self.bridge.drain();
        let ending = self.bridge.end_sessions();
        self.bridge.clone().end_interrupted();
        self.bridge.clone().shut_expired();
        if let Some(reception) = &self.bridge.reception {
            reception.clone().keep_watch(self.bridge.shutdown.stopping());
        }
        let (served, counted, (), ()) = tokio::join!(serving, counting, draining, ending);
        self.bridge.close().await;
        if let Some(renewing) = renewing {
            renewing.abort();
        }
        info!("stopped");
        served.and(counted)
    }
}

impl Bridge {
    /// Takes connections there until the bridge stops, and serves these routes on them.
    async fn listen(
        &self,
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        routes: Router,
        places: &Places,
    ) -> io::Result<()> {
        let (deadlines, stopping) = (&self.ways.deadlines, self.shutdown.stopping());
        web::listener::serve(
            listener,
            acceptor,
            routes,
            places,
            &self.metrics,
            deadlines,
            stopping,
        )
        .await
    }

    /// Tells there what was counted, where there is such a place.
    async fn tell_metrics(self: &Arc<Self>, listener: Option<TcpListener>) -> io::Result<()> {
        let Some(listener) = listener else {
            return Ok(());
        };
        let listening = listener.local_addr()?;
        info!(%listening, "metrics");
        let routes = web::counts(self.clone());
        self.listen(listener, None, routes, &Places::new(PROBES_MAX, Share::default()))
            .await
    }
}

impl Journaled {
    /// And which connections were lost with an earlier bridge.
    fn open(file: &Path, days: Days, let_go: Duration) -> Result<(Self, Vec<Lost>), StartError> {
        let journal = journal::open(file)?;
        let (past, lost) = Past::new(journal.clone(), let_go);
        let recorder = Recorder::start(journal, days).map_err(StartError::NoThread)?;
        let kept = Self {
            recorder: Arc::new(recorder),
            past: Arc::new(past),
        };
        Ok((kept, lost))
    }
}
