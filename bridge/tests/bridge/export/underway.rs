//! A file that is being taken: how many at once, what cuts it, and what it keeps in memory. Each goes to somebody who reads
//! the beginning and then nothing, by HTTP/1.0, where the end of the connection is the end of the file: one that is cut
//! must be reset, or it would look whole.

use std::io;
use std::time::Duration;

use pop3_console::config::{Config, Deadlines, Limits};
use protocol::wire::FromBrowser;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use crate::support::{Bridge, Browser, Key, Mail, config, journaled, patient, plain};

/// How large the message is, in octets: far more than systems buffer between two sockets.
const SIZE: usize = 16 * 1024 * 1024;

/// What the system is asked to buffer where it is read, in octets.
const BUFFERED: u32 = 16 * 1024;

const LINE: &str = "all work and no play makes Jack a dull boy\r\n";

/// A file that is being taken.
struct Download {
    stream: TcpStream,
    status: u16,
    body: Vec<u8>,
}

impl Download {
    /// Asks for the text, and reads the header of the answer.
    async fn begin(bridge: &Bridge, key: &Key) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(BUFFERED).unwrap();
        let mut stream = patient(socket.connect(bridge.address)).await.unwrap();
        let request = format!("{}\r\n\r\n", bridge.export_head(key, "text"));
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(patient(stream.read_u8()).await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        Self {
            stream,
            status: head.split(' ').nth(1).unwrap().parse().unwrap(),
            body: Vec::new(),
        }
    }

    /// Reads what is left. An error where it is cut.
    async fn rest(mut self) -> io::Result<Vec<u8>> {
        patient(self.stream.read_to_end(&mut self.body)).await?;
        Ok(self.body)
    }

    /// Reads on until it is cut.
    async fn until_cut(self) {
        let cut = self.rest().await.map(|whole| whole.len());
        assert_eq!(
            cut.map_err(|error| error.kind()),
            Err(io::ErrorKind::ConnectionReset)
        );
    }

    /// Reads on to its end.
    async fn until_whole(self) {
        assert_eq!(self.status, 200);
        let text = self.rest().await.unwrap();
        assert!(
            text.ends_with(b"\r\n.\r\n") && text.len() > SIZE,
            "{}",
            text.len()
        );
    }
}

/// A session in which a large message was retrieved, and the mailbox that it came from.
async fn retrieved(bridge: &Bridge) -> (Browser, Mail) {
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("RETR 1", "+OK\r\n\r\n").await;
        let lines = LINE.repeat(1000);
        for _ in 0..SIZE.div_ceil(lines.len()) {
            peer.say(&lines).await;
        }
        peer.say(".\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    owner.line("RETR 1").await;
    owner.until_terminator().await;
    (owner, mail)
}

async fn end(owner: &mut Browser) {
    owner.ask(FromBrowser::End).await;
    owner.until_closed().await;
}

async fn watch(bridge: &Bridge, owner: &Browser) -> (u32, Key) {
    bridge.link(&owner.key, json!({"role": "watch"})).await
}

#[tokio::test]
async fn whoever_comes_while_a_file_of_a_session_that_ended_is_taken_comes_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let let_go = Duration::from_millis(20);
    let bridge = Bridge::start_with(Config {
        deadlines: Deadlines {
            let_go,
            ..Deadlines::default()
        },
        limits: Limits {
            // There is no room for it twice.
            past: SIZE as u64 * 3 / 2,
            ..Limits::default()
        },
        ..journaled(folder.path())
    })
    .await;
    let (mut owner, _mail) = retrieved(&bridge).await;
    end(&mut owner).await;
    let download = Download::begin(&bridge, &owner.key).await;
    // Nobody has a window of it: were it not for the file, it would be let go of by then.
    sleep(10 * let_go).await;
    assert!(Browser::join(&bridge, &owner.key).await.welcome.ended);
    download.until_whole().await;
}

#[tokio::test]
async fn a_file_is_cut_when_its_link_is_revoked_whether_the_session_has_ended_meanwhile_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mut owner, _mail) = retrieved(&bridge).await;
    let (first, one) = watch(&bridge, &owner).await;
    let (second, two) = watch(&bridge, &owner).await;
    let one = Download::begin(&bridge, &one).await;
    let two = Download::begin(&bridge, &two).await;
    let own = Download::begin(&bridge, &owner.key).await;
    bridge.revoke(&owner.key, first).await;
    one.until_cut().await;
    end(&mut owner).await;
    bridge.revoke(&owner.key, second).await;
    two.until_cut().await;
    own.until_whole().await;
}

#[tokio::test]
async fn a_file_is_cut_when_its_session_is_deleted_whether_it_lives_or_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    for lives in [true, false] {
        let (mut owner, _mail) = retrieved(&bridge).await;
        if !lives {
            end(&mut owner).await;
        }
        let download = Download::begin(&bridge, &owner.key).await;
        assert_eq!(bridge.delete(&owner.key).await, 204);
        download.until_cut().await;
        assert_eq!(bridge.export(&owner.key, "text").await.0, 404);
    }
}

#[tokio::test]
async fn a_file_is_cut_when_less_is_to_be_kept_of_its_session_than_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let bridge = Bridge::start_with(journaled(folder.path())).await;
    let (mut owner, _mail) = retrieved(&bridge).await;
    end(&mut owner).await;
    let download = Download::begin(&bridge, &owner.key).await;
    let path = owner.key.path();
    let less = Some(json!({"keep": "no-content"}));
    assert_eq!(bridge.ask("PATCH", &path, &owner.key.token, less).await.0, 204);
    download.until_cut().await;
    assert_eq!(bridge.export(&owner.key, "text").await.0, 200);
}

#[tokio::test]
async fn a_file_is_cut_where_its_link_ends() {
    let bridge = Bridge::start().await;
    let (owner, _mail) = retrieved(&bridge).await;
    let link = json!({"role": "watch", "seconds": 1});
    let (_, key) = bridge.link(&owner.key, link).await;
    let download = Download::begin(&bridge, &key).await;
    assert_eq!(download.status, 200);
    patient(async { while bridge.lets_in(&key).await {} }).await;
    download.until_cut().await;
}

#[tokio::test]
async fn whoever_stops_reading_a_file_is_given_up_and_makes_room() {
    is_cut_and_makes_room(Deadlines {
        take: Duration::from_millis(200),
        ..Deadlines::default()
    })
    .await;
}

#[tokio::test]
async fn there_are_no_more_files_at_once_than_the_bounds_and_guests_leave_some_to_the_owner() {
    let bridge = Bridge::start_with(Config {
        limits: Limits {
            exports: 3,
            exports_of_session: 3,
            ..Limits::default()
        },
        ..config()
    })
    .await;
    let (owner, _mail) = retrieved(&bridge).await;
    let (_, guest) = watch(&bridge, &owner).await;
    let one = Download::begin(&bridge, &guest).await;
    assert_eq!(one.status, 200);
    let (status, _, why) = bridge.export(&guest, "text").await;
    assert_eq!(status, 429);
    assert!(why.contains("Try again when one is done."), "{why}");
    let two = Download::begin(&bridge, &owner.key).await;
    let three = Download::begin(&bridge, &owner.key).await;
    assert_eq!(Download::begin(&bridge, &owner.key).await.status, 429);
    let (status, _, why) = bridge.export(&bridge.open_session().await, "text").await;
    assert_eq!(status, 503);
    assert!(why.contains("Try again in a moment."), "{why}");
    for download in [one, two, three] {
        download.until_whole().await;
    }
    assert_eq!(bridge.export(&guest, "html").await.0, 200);
}

#[tokio::test]
async fn through_one_link_go_two_files_at_once_and_whoever_has_another_has_theirs_all_the_same() {
    let bridge = Bridge::start().await;
    let (owner, _mail) = retrieved(&bridge).await;
    let (_, one) = watch(&bridge, &owner).await;
    let (_, other) = watch(&bridge, &owner).await;
    let first = Download::begin(&bridge, &one).await;
    let second = Download::begin(&bridge, &one).await;
    let (status, _, why) = bridge.export(&one, "text").await;
    assert!(status == 429 && why.contains("through this link"), "{why}");
    Download::begin(&bridge, &other).await.until_whole().await;
    first.until_whole().await;
    assert_eq!(bridge.export(&one, "html").await.0, 200);
    second.until_whole().await;
}

#[tokio::test]
async fn guests_leave_some_of_all_files_to_owners() {
    let bridge = Bridge::start_with(Config {
        limits: Limits {
            exports: 8,
            ..Limits::default()
        },
        ..config()
    })
    .await;
    let (owner, _mail) = retrieved(&bridge).await;
    let mut downloads = Vec::new();
    for _ in 0..7 {
        downloads.push(Download::begin(&bridge, &owner.key).await);
    }
    let elsewhere = bridge.browser().await;
    let (_, guest) = watch(&bridge, &elsewhere).await;
    assert_eq!(bridge.export(&guest, "text").await.0, 503);
    assert_eq!(bridge.export(&elsewhere.key, "text").await.0, 200);
    downloads.remove(0).until_whole().await;
    assert_eq!(bridge.export(&guest, "text").await.0, 200);
}

#[tokio::test]
async fn a_file_that_takes_too_long_is_cut_and_makes_room() {
    is_cut_and_makes_room(Deadlines {
        export: Duration::from_millis(500),
        ..Deadlines::default()
    })
    .await;
}

/// With room for one file, and those deadlines: one that nobody reads is cut, and another is made then.
async fn is_cut_and_makes_room(deadlines: Deadlines) {
    let bridge = Bridge::start_with(Config {
        deadlines,
        limits: Limits {
            exports: 1,
            ..Limits::default()
        },
        ..config()
    })
    .await;
    let (owner, _mail) = retrieved(&bridge).await;
    let download = Download::begin(&bridge, &owner.key).await;
    let other = bridge.open_session().await;
    patient(async { while bridge.export(&other, "text").await.0 != 200 {} }).await;
    download.until_cut().await;
}
