//! Sessions that never rest.

use futures_util::SinkExt;
use futures_util::future::join_all;
use protocol::entry::{Event, Part};
use protocol::secret::TypedLine;
use protocol::wire::{FromBrowser, encode};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use super::{Bridge, Browser, Mail, patient, plain};

/// Somebody in each of many sessions, who types a line as soon as the one before is answered.
pub(crate) struct Busy {
    talking: JoinSet<Browser>,
    /// How many lines each has had answered.
    answered: Vec<watch::Receiver<u32>>,
    over: watch::Sender<bool>,
}

impl Busy {
    /// In so many sessions with that mail server.
    pub(crate) async fn open(bridge: &Bridge, mail: &Mail, sessions: usize) -> Self {
        let mut busy = Self {
            talking: JoinSet::new(),
            answered: Vec::new(),
            over: watch::Sender::new(false),
        };
        let one = async || {
            let mut browser = bridge.browser().await;
            browser.connected(plain(mail.address)).await;
            browser
        };
        for mut browser in join_all((0..sessions).map(|_| one())).await {
            let (counting, answered) = watch::channel(0);
            busy.answered.push(answered);
            let over = busy.over.subscribe();
            busy.talking.spawn(async move {
                talk(&mut browser, |_| {
                    counting.send_modify(|lines| *lines += 1);
                    !*over.borrow()
                })
                .await;
                browser
            });
        }
        busy
    }

    /// Waits until everybody has had so many more lines answered.
    pub(crate) async fn go_on(&mut self, lines: u32) {
        let more = self.answered.iter_mut().map(|answered| async move {
            let wanted = *answered.borrow() + lines;
            answered.wait_for(|lines| *lines >= wanted).await.unwrap();
        });
        patient(join_all(more)).await;
    }

    /// Has everybody rest once the line is answered that they are at.
    pub(crate) async fn rest(self) -> Vec<Browser> {
        self.over.send_replace(true);
        patient(self.talking.join_all()).await
    }

    /// Waits until every socket is closed.
    pub(crate) async fn until_closed(self) -> Vec<Browser> {
        patient(self.talking.join_all()).await
    }
}

/// Types a line as soon as the one before is answered, for as long as `goes_on` says so after each. When the console takes no
/// more, what is still shown is read until the socket is closed.
pub(crate) async fn talk(browser: &mut Browser, mut goes_on: impl FnMut(&Browser) -> bool) {
    let connection = browser.connection();
    for id in 1.. {
        let line = TypedLine::new(b"NOOP".to_vec());
        let line = encode(&FromBrowser::Line { id, connection, line });
        // Where it cannot be sent any more, the rest can still be read.
        let _ = browser.socket.send(Message::binary(line)).await;
        let before = browser.entries.len();
        let is_answered = |browser: &Browser| {
            let is_status =
                |event: &Event| matches!(event, Event::Answered { part, .. } if *part == Part::Status);
            let mut news = browser.entries.iter().skip(before);
            news.any(|entry| is_status(&entry.event))
        };
        while !is_answered(browser) {
            if browser.read().await.is_err() {
                return;
            }
        }
        if !goes_on(browser) {
            return;
        }
    }
}
