//! What the program takes of the system's memory.

use std::fs;

use futures_util::{SinkExt, StreamExt};
use protocol::entry::{Entry, Event, Part};
use protocol::secret::TypedLine;
use protocol::wire::{FromBrowser, ToBrowser, decode_sequence, encode};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Bridge, Mail, patient, plain};

/// How large the message is, in octets.
const SIZE: u64 = 50 * 1024 * 1024;

/// What may come beside the octets: what each entry costs, and what is on its way.
const BESIDE: u64 = SIZE / 10 + 8 * 1024 * 1024;

/// The most memory that a process has held, in octets.
pub(crate) fn peak(process: u32) -> u64 {
    status(process, "VmHWM:")
}

/// The memory that it holds, in octets.
pub(crate) fn held(process: u32) -> u64 {
    status(process, "VmRSS:")
}

fn status(process: u32, what: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap();
    let kilobytes = line.split_ascii_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_large_message_takes_its_octets_once() {
    let (bridge, process) = Bridge::start_program().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("RETR 1", "+OK\r\n\r\n").await;
        let lines = "all work and no play makes Jack a dull boy\r\n".repeat(1000);
        for _ in 0..SIZE / lines.len() as u64 {
            peer.say(&lines).await;
        }
        peer.say(".\r\n").await;
        peer.until_gone().await;
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    let before = peak(process);
    let retrieve = FromBrowser::Line {
        id: 1,
        connection: 1,
        line: TypedLine::new(b"RETR 1".to_vec()),
    };
    browser
        .socket
        .send(Message::binary(encode(&retrieve)))
        .await
        .unwrap();
    // Read without being kept: this process is not the one that is measured, but it has neighbours.
    let mut octets = 0;
    'read: loop {
        let frame = patient(browser.socket.next()).await.unwrap().unwrap();
        for item in decode_sequence::<ToBrowser>(&frame.into_data()) {
            if let Ok(ToBrowser::Entry(Entry {
                event: Event::Received { part, bytes, .. },
                ..
            })) = item
            {
                octets += bytes.len() as u64;
                if part == Part::Terminator {
                    break 'read;
                }
            }
        }
    }
    assert!(octets > SIZE * 99 / 100);
    let taken = peak(process) - before;
    assert!(
        taken < SIZE + BESIDE,
        "{} MiB for {} MiB",
        taken >> 20,
        SIZE >> 20
    );
}
