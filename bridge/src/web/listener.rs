//! Accepts TCP connections and speaks HTTP on them, under TLS where it is to, within bounds.

mod connection;
mod places;
mod stream;

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tracing::{debug, warn};

pub(super) use connection::Connection;
pub(super) use places::Counted;
pub(crate) use places::{Places, Share};
use places::{Room, Taken, turn_away};
use stream::Arriving;
pub(super) use stream::Stream;

use crate::config::Deadlines;
use crate::metrics::{Limit, Metrics};

/// The longest header of a request, in octets.
const HEADER_MAX: usize = 32 * 1024;

/// How long connections may take to end once the bridge stops.
const END_WITHIN: Duration = Duration::from_secs(5);

/// How long to wait after the system refused a connection, such as for want of descriptors.
const ACCEPT_AGAIN: Duration = Duration::from_millis(200);

/// A connection's place among those that there may be. A WebSocket takes it along.
#[derive(Clone)]
pub(super) struct Place {
    slot: Arc<Slot>,
    /// Who has it; of a request that a trusted proxy passed on, who asked the proxy.
    pub(super) from: IpAddr,
    /// Whether a trusted proxy passed it on.
    pub(super) is_forwarded: bool,
    /// As which it is counted then.
    _counted: Option<Arc<Counted>>,
}

/// What a connection has for as long as anybody has a hand in it.
struct Slot {
    _taken: Taken,
    is_broken: AtomicBool,
    broken: Notify,
}

impl Place {
    fn new(taken: Taken, from: IpAddr) -> Self {
        Self {
            slot: Arc::new(Slot {
                _taken: taken,
                is_broken: AtomicBool::new(false),
                broken: Notify::new(),
            }),
            from,
            is_forwarded: false,
            _counted: None,
        }
    }

    /// The same place, of whoever asked a trusted proxy.
    pub(super) fn forwarded(&self, from: IpAddr, counted: Counted) -> Self {
        Self {
            slot: self.slot.clone(),
            from,
            is_forwarded: true,
            _counted: Some(Arc::new(counted)),
        }
    }

    /// Breaks the connection off, so that what was being sent on it is seen to be cut.
    pub(super) fn break_off(&self) {
        self.slot.break_off();
    }
}

impl Slot {
    fn break_off(&self) {
        self.is_broken.store(true, Ordering::Release);
        self.broken.notify_one();
    }

    fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }
}

/// Serves until `stopping` says so, and then until the connections have ended, for a bounded time. The header
/// of each request must be there [`header`](Deadlines::header) after the connection or the request before it, and
/// something of each answer must be taken within [`take`](Deadlines::take). A TLS handshake, where there is an acceptor,
/// may take as long as a header. Who finds no place is told so.
pub(crate) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    routes: Router,
    places: &Places,
    metrics: &Metrics,
    deadlines: &Deadlines,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stopping.wait_for(|&stopping| stopping) => break,
            accepted = accept(&listener, places) => accepted,
        };
        match accepted {
            Ok((stream, from, room)) => {
                let stream = Arriving {
                    stream,
                    acceptor: acceptor.clone(),
                    within: deadlines.header,
                };
                match room {
                    None => metrics.met(Limit::Connections),
                    Some(Room::None(word)) => {
                        metrics.met(Limit::Connections);
                        tokio::spawn(turn_away(stream, word));
                    }
                    Some(Room::Place(taken)) => {
                        let (routes, mut stopping) = (routes.clone(), stopping.clone());
                        let (place, header, take) =
                            (Place::new(taken, from), deadlines.header, deadlines.take);
                        tokio::spawn(async move {
                            let arrived = tokio::select! {
                                biased;
                                arrived = stream.arrive() => arrived,
                                _ = stopping.wait_for(|&stopping| stopping) => None,
                            };
                            if let Some(stream) = arrived {
                                let stream = Connection::new(stream, take, place.slot.clone());
                                converse(stream, place, routes, header, stopping).await;
                            }
                        });
                    }
                }
            }
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_AGAIN).await;
            }
        }
    }
    drop(listener);
    if timeout(END_WITHIN, places.emptied()).await.is_err() {
        warn!("some connections did not end in time");
    }
    Ok(())
}

async fn accept(listener: &TcpListener, places: &Places) -> io::Result<(TcpStream, IpAddr, Option<Room>)> {
    let (stream, peer) = listener.accept().await?;
    stream.set_nodelay(true)?;
    let from = peer.ip().to_canonical();
    Ok((stream, from, places.room(from)))
}

async fn converse(
    stream: Connection,
    place: Place,
    routes: Router,
    header: Duration,
    mut stopping: watch::Receiver<bool>,
) {
    let slot = place.slot.clone();
    let service = TowerToHyperService::new(routes.layer(Extension(place)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header)
        .max_buf_size(HEADER_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let mut told = false;
    let ended = loop {
        tokio::select! {
            ended = connection.as_mut() => break ended,
            () = slot.broken.notified() => break Ok(()),
            _ = stopping.wait_for(|&stopping| stopping), if !told => {
                told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    };
    if let Err(error) = ended {
        // Browsers come and go; this is nothing that a person has to see.
        debug!(%error, "an HTTP connection ended early");
    }
}
