use std::sync::Arc;

use protocol::access::{By, Keep, OWNER, Role, Sight};
use protocol::alias::Alias;
use protocol::entry::Seq;
use protocol::secret::TypedLine;
use protocol::state::Phase;
use protocol::target::{Family, Security};
use protocol::wire::{Bar, FromBrowser, GuestSignIn, LINE_MAX, Refusal, ToBrowser, decode_sequence};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;
use crate::config::{Deadlines, Limits};
use crate::demo::identity;
use crate::drain::Shutdown;
use crate::metrics::Metrics;
use crate::session::access::Access;
use crate::session::link::{Pass, Wanted};
use crate::session::presence::Participant;
use crate::session::transcript::Budget;
use crate::session::{Refused, Session};
use crate::upstream::policy::Policy;
use crate::upstream::rates::Rates;
use crate::upstream::resolver::{System, Turns};
use crate::upstream::tls::Tls;

/// Waits, but not for ever.
async fn patient<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work)
        .await
        .expect("this took too long")
}

/// Both ends of a TCP connection: the bridge's, and the mail server's.
async fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let connecting = TcpStream::connect(listener.local_addr().unwrap());
    let (bridge, server) = tokio::join!(connecting, listener.accept());
    (bridge.unwrap(), server.unwrap().0)
}

/// A relay at work, and somebody who types.
struct Table {
    session: Arc<Session>,
    participant: Participant,
    answers: mpsc::Receiver<Box<Refused>>,
    relaying: JoinHandle<(Outcome, Marks, bool)>,
    seen: Seq,
}

impl Table {
    fn set(line: Line, peer: SocketAddr, deadlines: Deadlines) -> Self {
        let limits = Limits::default();
        let (session, mut inbox) = Session::new(
            1,
            Alias::of("one"),
            Access::new([0; 32], None, Keep::default()),
            &limits,
            Budget::new(limits.transcripts),
        );
        let session = Arc::new(session);
        let (participant, answers) = session.enter(Pass::OWNER, [0; 32], "").unwrap();
        let target = Target {
            host: peer.ip().to_string(),
            port: peer.port(),
            security: Security::Plain,
            verify: true,
            name: None,
            family: Family::Any,
        };
        let ways = Ways {
            metrics: Metrics::new(),
            policy: Policy::default(),
            resolver: Arc::new(System),
            turns: Turns::default(),
            hashing: Hashing::default(),
            rates: Rates::new(&Limits::default()),
            shutdown: Shutdown::new(),
            idle: None,
            tls: Tls::new(&[]).unwrap(),
            deadlines,
            maildrops: Arc::default(),
            standing: Arc::default(),
        };
        let mut record = Record::new(session.clone(), 1, target.clone());
        let relaying = tokio::spawn(async move {
            let opened = Opened { line, peer };
            relay(opened, &target, &ways, &mut inbox, &mut record).await
        });
        Self {
            session,
            participant,
            answers,
            relaying,
            seen: 0,
        }
    }

    async fn line(&self, id: u64, line: &[u8]) {
        let request = FromBrowser::Line {
            id,
            connection: 1,
            line: TypedLine::new(line.to_vec()),
        };
        self.session.submit(&self.participant, request).await;
    }

    /// Waits for an event like that.
    async fn until(&mut self, wanted: impl Fn(&Event) -> bool) {
        let session = self.session.clone();
        loop {
            let news = session.transcript.news();
            while let Ok(Some(frame)) = self.session.transcript.after(Sight::Everything, self.seen) {
                self.seen = frame.last;
                for item in decode_sequence(&frame.octets) {
                    if matches!(item, Ok(ToBrowser::Entry(entry)) if wanted(&entry.event)) {
                        return;
                    }
                }
            }
            patient(news).await;
        }
    }
}

#[tokio::test]
async fn once_writing_has_failed_lines_are_refused_and_what_the_server_says_is_still_read() {
    let (bridge, mut server) = connection().await;
    let peer = bridge.peer_addr().unwrap();
    SockRef::from(&bridge)
        .shutdown(std::net::Shutdown::Write)
        .unwrap();
    let mut table = Table::set(Line::plain(bridge), peer, Deadlines::default());
    server.write_all(b"+OK\r\n").await.unwrap();
    table
        .until(|event| matches!(event, Event::State(state) if state.phase == Phase::Authorization))
        .await;
    table.line(1, b"NOOP").await;
    table
        .until(|event| matches!(event, Event::Sent { id: Some(1), .. }))
        .await;

    table.line(2, b"DELE 1").await;
    let refused = patient(table.answers.recv()).await.unwrap();
    assert_eq!((refused.id, refused.why), (Some(2), Refusal::NotConnected));

    server.write_all(b"-ERR last words\r\n").await.unwrap();
    drop(server);
    table
        .until(|event| matches!(event, Event::Answered { line, .. } if line.bytes().starts_with(b"-ERR")))
        .await;
    let (outcome, ..) = patient(table.relaying).await.unwrap();
    assert!(matches!(outcome, Outcome::Ended(End::ByServer)));
}

#[tokio::test]
async fn what_tls_holds_back_is_given_up_at_the_deadline() {
    let (certificate, acceptor) = identity::make().unwrap();
    let (bridge, server) = connection().await;
    let peer = bridge.peer_addr().unwrap();
    // So little room below that four lines fit into TLS's own buffer, and not through it.
    SockRef::from(&bridge).set_send_buffer_size(2048).unwrap();
    SockRef::from(&server).set_recv_buffer_size(2048).unwrap();
    let mut tls = Tls::new(&[]).unwrap();
    tls.trust_demonstration(vec![peer], certificate);
    let (line, server) = tokio::join!(
        tls.negotiate(bridge, peer, "localhost", None, true),
        acceptor.accept(server)
    );
    let mut server = server.unwrap();
    let deadlines = Deadlines {
        write: Duration::from_millis(300),
        ..Deadlines::default()
    };
    let mut table = Table::set(Line::tls(line.unwrap().0), peer, deadlines);
    server.write_all(b"+OK\r\n").await.unwrap();
    server.flush().await.unwrap();
    table
        .until(|event| matches!(event, Event::State(state) if state.phase == Phase::Authorization))
        .await;
    for id in 1..=4 {
        table.line(id, &vec![b'x'; LINE_MAX]).await;
    }
    let (outcome, ..) = patient(table.relaying).await.unwrap();
    assert!(matches!(outcome, Outcome::Ended(End::WriteTimedOut)));
}

#[tokio::test]
async fn a_server_that_took_everything_in_the_end_is_not_given_up() {
    let (bridge, mut server) = connection().await;
    let peer = bridge.peer_addr().unwrap();
    SockRef::from(&bridge).set_send_buffer_size(16 * 1024).unwrap();
    SockRef::from(&server).set_recv_buffer_size(16 * 1024).unwrap();
    let write = Duration::from_millis(400);
    let deadlines = Deadlines {
        write,
        ..Deadlines::default()
    };
    let mut table = Table::set(Line::plain(bridge), peer, deadlines);
    server.write_all(b"+OK\r\n").await.unwrap();
    table
        .until(|event| matches!(event, Event::State(state) if state.phase == Phase::Authorization))
        .await;
    for id in 1..=16 {
        table.line(id, &vec![b'x'; LINE_MAX]).await;
    }
    tokio::time::sleep(write / 4).await;
    let mut taken = vec![0; 16 * (LINE_MAX + 2)];
    patient(server.read_exact(&mut taken)).await.unwrap();
    tokio::time::sleep(write * 2).await;
    server.write_all(b"-ERR still here\r\n").await.unwrap();
    table
        .until(|event| matches!(event, Event::Answered { line, .. } if line.bytes().starts_with(b"-ERR")))
        .await;
    assert!(!table.relaying.is_finished());
}

#[tokio::test]
async fn a_guests_password_does_not_go_out_in_clear_text_beyond_this_machine() {
    let (bridge, mut server) = connection().await;
    let peer = bridge.peer_addr().unwrap();
    // What is recorded of this connection does not say that it is a loopback one.
    let mut table = Table::set(Line::plain(bridge), peer, Deadlines::default());
    let wanted = Wanted {
        name: String::new(),
        role: Role::SignIn,
        sight: Sight::Commands,
        lasts: None,
    };
    let (_, token) = table.session.link(wanted, By::Participant(OWNER)).unwrap();
    let pass = table.session.links.admit(&token.hash()).unwrap();
    let (guest, _answers) = table.session.enter(pass, [1; 32], "").unwrap();
    server.write_all(b"+OK\r\n").await.unwrap();
    table
        .until(|event| matches!(event, Event::State(state) if state.phase == Phase::Authorization))
        .await;
    assert_eq!(table.session.desk.bar(guest.id), Some(Bar::ClearText));

    let request = GuestSignIn {
        connection: 1,
        mechanism: None,
        user: "user01".to_owned(),
        password: TypedLine::new(b"password01".to_vec()),
    };
    table.session.submit(&guest, FromBrowser::SignIn(request)).await;
    table.line(1, b"NOOP").await;
    let mut received = [0; 6];
    patient(server.read_exact(&mut received)).await.unwrap();
    assert_eq!(&received, b"NOOP\r\n");
}
