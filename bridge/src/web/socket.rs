//! One WebSocket, one participant of one session.
//!
//! Reading and writing are independent: a browser that takes nothing can still be heard, so that its
//! Disconnect is never stuck behind what it has not read.

mod alive;
mod closing;
mod outlet;
mod sealed;
mod writer;

use std::future::pending;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use protocol::access::LinkNo;
use protocol::entry::Seq;
use protocol::sight::Shown;
use protocol::wire::{
    CloseCode, FromBrowser, Hello, HelloVersion, MESSAGE_MAX, Refusal, SUBPROTOCOL, VERSION, Welcome, decode,
};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tracing::{debug, info};

use super::door;
use super::listener::{Connection, Place};
use crate::Bridge;
use crate::access::{Opener, SignOn, Visitor};
use crate::audit::{Event, Known};
use crate::entrance::Denied;
use crate::entrance::room::NoRoom;
use crate::metrics::Limit;
use crate::rate::Taken;
use crate::session::admission::Admission;
use crate::session::link::Links;
use crate::session::presence::Participant;
use crate::session::token::hash;
use crate::session::transcript::now;
use crate::session::{Called, NoPlace};
use alive::Alive;
use outlet::{LinkOutlet, Wire};
use writer::{Reading, Writer};

/// tungstenite allocates its read buffer at once: lines are short, and there are many idle sockets.
const READ_BUFFER: usize = 1024;

/// What tungstenite writes of its own accord, in octets: a pong or two, and the reason why a socket is closed. All
/// else goes out beside it.
const WRITE_BUFFER_MAX: usize = 1024;

/// Behind every entry that there will ever be: who begins there is sent none.
const NOTHING: Seq = Seq::MAX / 2;

/// A WebSocket on the connection itself.
type Socket = WebSocketStream<Wire>;

/// Turns a request into a WebSocket. The guard has checked its host and origin.
pub(super) async fn upgrade(
    State(bridge): State<Arc<Bridge>>,
    Extension(place): Extension<Place>,
    visitor: Visitor,
    mut request: Request,
) -> Response {
    if !offers_subprotocol(&request) {
        return (
            StatusCode::BAD_REQUEST,
            "This is no WebSocket of the console's.\n",
        )
            .into_response();
    }
    let Ok(mut response) = create_response_with_body(&request, Body::empty) else {
        return (StatusCode::BAD_REQUEST, "This is no WebSocket.\n").into_response();
    };
    response
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let upgrade = hyper::upgrade::on(&mut request);
    let visitor = Box::new(visitor);
    tokio::spawn(async move {
        let mut accepted = accept(upgrade).await;
        if let Some(socket) = &mut accepted {
            attend(socket, &bridge, visitor).await;
        }
        drop(accepted);
        drop(place);
    });
    response
}

fn offers_subprotocol(request: &Request) -> bool {
    let offers = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).into_iter();
    offers
        .filter_map(|offer| offer.to_str().ok())
        .any(|offer| offer.split(',').any(|name| name.trim() == SUBPROTOCOL))
}

async fn accept(upgrade: OnUpgrade) -> Option<Socket> {
    let parts = match upgrade.await.ok()?.downcast::<TokioIo<Connection>>() {
        Ok(parts) => parts,
        Err(_) => {
            debug!("an upgraded connection was none of the listener's");
            return None;
        }
    };
    let (stream, read) = (parts.io.into_inner().into_stream()?, parts.read_buf.to_vec());
    let wire = Wire::new(stream);
    Some(Socket::from_partially_read(wire, read, Role::Server, Some(bounds())).await)
}

/// The bounds of one socket.
fn bounds() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BUFFER_MAX)
        .max_message_size(Some(MESSAGE_MAX))
        .max_frame_size(Some(MESSAGE_MAX))
}

/// The socket's whole life. A task holds room for all that it ever has at a time, and what is handed on twice: so what is
/// large is lent, and what is soon over is boxed.
async fn attend(socket: &mut Socket, bridge: &Bridge, visitor: Box<Visitor>) {
    let from = visitor.from;
    let hello = Box::pin(hello(socket, bridge, visitor));
    let close = match hello.await {
        Ok((admission, hello)) => {
            let number = admission.session.number;
            info!(session = number, "a browser came");
            let close = participate(socket, admission, hello, bridge, from).await;
            info!(session = number, ?close, "a browser went");
            close
        }
        Err(close) => close,
    };
    if let Close::With(code) = close {
        Box::pin(closing::close(socket, code)).await;
    }
}

/// Why a socket is given up.
#[derive(Clone, Copy, Debug)]
enum Close {
    /// It is told why.
    With(CloseCode),
    /// It closed or broke, or nothing has been heard from it: there is nobody to tell.
    Gone,
}

/// Waits for the first message and lets its sender in. Of the message nothing but its version is looked at
/// before that is known to be right.
async fn hello(
    socket: &mut Socket,
    bridge: &Bridge,
    visitor: Box<Visitor>,
) -> Result<(Admission, Box<Hello>), Close> {
    let message = timeout(bridge.ways.deadlines.hello, next_message(socket)).await;
    let message = message.map_err(|_| Close::With(CloseCode::NoHello))??;
    let HelloVersion { version } = decode(&message).map_err(|_| Close::With(CloseCode::BadMessage))?;
    if version != VERSION {
        return Err(Close::With(CloseCode::OtherVersion));
    }
    let hello: Hello = decode(&message).map_err(|_| Close::With(CloseCode::BadMessage))?;
    let visitor = Visitor {
        token: hello.token.clone(),
        wants_control: hello.wants_control,
        ..*visitor
    };
    let admission = door::admit(bridge, &visitor, &hello.session).await;
    match admission {
        Ok(admission) => Ok((admission, Box::new(hello))),
        Err(Denied::Unknown) => Err(Close::With(CloseCode::NoSession)),
        Err(Denied::NotSignedOn) => Err(Close::With(CloseCode::NotSignedOn)),
        Err(Denied::NoRoom(NoRoom::Reading)) => Err(Close::With(CloseCode::NoRoomToRead)),
        Err(Denied::NoRoom(_)) => Err(Close::With(CloseCode::NoRoom)),
        // The page keeps what it has, and comes back.
        Err(Denied::Unreadable | Denied::Unknowable) => Err(Close::With(CloseCode::GoingAway)),
    }
}

/// Takes part in the session until either side has had enough.
async fn participate(
    socket: &mut Socket,
    admission: Admission,
    hello: Box<Hello>,
    bridge: &Bridge,
    from: IpAddr,
) -> Close {
    let Admission {
        session,
        pass,
        signed_on,
        opener,
    } = admission;
    let account = signed_on.as_deref().map(SignOn::identity);
    let called = account
        .as_ref()
        .map_or(Called::ByThemselves(&hello.name), Called::ByAccount);
    let (participant, answers) = match session.enter(pass, hash(&hello.browser), called) {
        Ok((participant, answers)) => (participant.at(from), answers),
        Err(why) => {
            if let Some(limit) = limit(why) {
                bridge.metrics.met(limit);
            }
            return Close::With(close_code(why));
        }
    };
    let is_over = session.ended.is_some();
    let known = account.as_ref().map(Known::of);
    session.trail.comes(participant.id, pass, known, from, is_over);
    if participant.took_control {
        let taken = Event::took_control(participant.id);
        session.trail.tell(participant.doer(), taken);
    }
    let epoch = bridge.registry.epoch;
    // Nothing of the transcript is shown to whoever came to sign in.
    let shown = pass.role != protocol::access::Role::SignIn;
    let last = if shown { session.transcript.last() } else { 0 };
    // An entry that does not exist yet is one of another life of the bridge.
    let resumes = hello.epoch == Some(epoch) && hello.after <= last;
    let after = if resumes { hello.after } else { 0 };
    drop(hello);
    let welcome = Welcome {
        version: VERSION,
        epoch,
        after,
        last,
        now: now(),
        participant: participant.id,
        role: participant.role,
        sight: participant.sight,
        link: participant.link,
        keep: session.kept(),
        ended: session.ended.is_some(),
    };

    let alive = Alive::default();
    let silence = bridge.ways.deadlines.silence;
    let after = if shown { after } else { NOTHING };
    let has_control = || participant.has_control();
    let outlet = socket.get_ref().outlet().clone();
    let reading = Reading {
        shown: Shown::to(pass.role, participant.sight),
        after,
        has_control: &has_control,
        aside: Arc::new(LinkOutlet::new(
            outlet.clone(),
            session.links.clone(),
            participant.link,
        )),
    };
    let beside = participant.beside();
    let mut writer = Writer::new(
        outlet,
        &session.transcript,
        reading,
        answers,
        beside,
        &alive,
        silence,
    );
    let link_over = link_over(&session.links, participant.link, opener.as_ref());
    let signed_off = signed_off(signed_on.as_deref());
    let read = async {
        let (mut taken, mut is_told) = (Taken::default(), false);
        loop {
            while let Err(wait) = bridge.messages.take(&mut taken, Instant::now()) {
                bridge.metrics.met(Limit::Messages);
                let is_first = !std::mem::replace(&mut is_told, true);
                // Boxed: hardly any socket ever waits.
                Box::pin(slow_down(&participant, is_first, wait)).await;
            }
            let request = match next_message(socket)
                .await
                .map(|message| decode::<FromBrowser>(&message))
            {
                Ok(Ok(request)) => request,
                Ok(Err(_)) => return Close::With(CloseCode::BadMessage),
                Err(close) => return close,
            };
            alive.heard();
            session.submit(&participant, request).await;
            // The mail server has this line while the next one is read: that is worth more than writing both at once.
            yield_now().await;
        }
    };
    tokio::select! {
        // Whoever is out is asked nothing and told nothing any more, whatever else is ready.
        biased;
        () = signed_off => Close::With(CloseCode::NotSignedOn),
        () = link_over => Close::With(CloseCode::LinkOver),
        close = read => close,
        close = writer.run(welcome) => close,
    }
}

/// Keeps a window waiting that sends too much. The first time it is told why; nothing that it sends is lost.
async fn slow_down(participant: &Participant, is_first: bool, wait: Duration) {
    if is_first && let Some(asker) = participant.asker().await {
        asker.refuse(None, Refusal::TooManyMessages);
    }
    sleep(wait).await;
}

/// With what somebody is turned away who has a right to come in.
fn close_code(why: NoPlace) -> CloseCode {
    match why {
        NoPlace::TooManyWindows => CloseCode::Full,
        NoPlace::TooManyThroughLink => CloseCode::LinkFull,
        NoPlace::TooManyPeople => CloseCode::PeopleFull,
        NoPlace::LinkOver => CloseCode::LinkOver,
    }
}

/// Which limit that is, if it is one.
fn limit(why: NoPlace) -> Option<Limit> {
    match why {
        NoPlace::TooManyWindows => Some(Limit::Windows),
        NoPlace::TooManyThroughLink => Some(Limit::Link),
        NoPlace::TooManyPeople => Some(Limit::People),
        NoPlace::LinkOver => None,
    }
}

/// Waits until the link that somebody came through lets nobody in any more, or whoever shared it may use the console no
/// longer. Boxed: the owner, who comes through none, waits without that room.
fn link_over<'a>(
    links: &'a Links,
    link: Option<LinkNo>,
    opener: Option<&'a Opener>,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    let Some(link) = link else {
        return Box::pin(pending());
    };
    match opener {
        Some(opener) => Box::pin(async move {
            tokio::select! {
                () = links.over(link) => {}
                () = opener.out() => {}
            }
        }),
        None => Box::pin(links.over(link)),
    }
}

/// Waits until whoever is signed in is so no longer. Boxed, as above.
fn signed_off(signed_on: Option<&SignOn>) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    match signed_on {
        Some(signed_on) => Box::pin(signed_on.over()),
        None => Box::pin(pending()),
    }
}

/// The next binary message.
async fn next_message(socket: &mut Socket) -> Result<Bytes, Close> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(message))) => return Ok(message),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_) | Message::Frame(_))) => return Err(Close::With(CloseCode::BadMessage)),
            Some(Ok(Message::Close(_))) | None => return Err(Close::Gone),
            Some(Err(Error::Capacity(_))) => return Err(Close::With(CloseCode::TooBig)),
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => return Err(Close::With(CloseCode::BadMessage)),
            Some(Err(_)) => return Err(Close::Gone),
        }
    }
}
