//! The transcript is the same for everybody, live, after a reconnect, and late.

use futures_util::StreamExt;
use protocol::entry::Event;
use protocol::remark::Remark;
use protocol::state::Phase;
use protocol::target::Security;
use protocol::wire::{FRAME_MAX, ToBrowser, decode, decode_sequence, encode};

use crate::support::{Bridge, Browser, Mail, patient, plain, target};

/// The octets of every entry that a browser was sent.
fn entries(browser: &Browser) -> Vec<u8> {
    browser
        .frames
        .iter()
        .flat_map(|frame| decode_sequence::<ToBrowser>(frame).collect::<Vec<_>>())
        .map(|item| item.unwrap())
        .filter(|item| matches!(item, ToBrowser::Entry(_)))
        .flat_map(|item| encode(&item))
        .collect()
}

async fn talkative() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            peer.say("+OK\r\nSubject: many lines\r\n\r\n").await;
            peer.say("all work and no play\r\n".repeat(10_000)).await;
            peer.say(".\r\n").await;
        }
    })
    .await
}

#[tokio::test]
async fn live_late_and_resumed_browsers_see_the_same_octets() {
    let (bridge, mail) = (Bridge::start().await, talkative().await);
    let mut live = bridge.browser().await;
    let mut leaver = Browser::join(&bridge, &live.key.clone()).await;
    live.connected(plain(mail.address)).await;
    live.line("RETR 1").await;
    leaver.until_seq(6).await;
    let (before, epoch) = (leaver.entries.last().unwrap().seq, leaver.welcome.epoch);
    let first_part = entries(&leaver);
    drop(leaver);

    live.line("RETR 2").await;
    live.disconnect().await;
    live.until_ended().await;
    let last = live.entries.last().unwrap().seq;

    let mut resumed = Browser::join_after(&bridge, &live.key, Some(epoch), before).await;
    assert_eq!((resumed.welcome.after, resumed.welcome.last), (before, last));
    resumed.until_seq(last).await;
    let mut late = Browser::join(&bridge, &live.key).await;
    late.until_seq(last).await;

    assert_eq!(entries(&late), entries(&live));
    assert_eq!([first_part, entries(&resumed)].concat(), entries(&live));
    assert!(late.frames.iter().all(|frame| frame.len() <= FRAME_MAX));
}

#[tokio::test]
async fn another_epoch_or_an_entry_that_does_not_exist_begins_anew() {
    let (bridge, mail) = (Bridge::start().await, Mail::says("+OK\r\n").await);
    let mut live = bridge.browser().await;
    live.connected(plain(mail.address)).await;
    let (last, epoch) = (live.entries.last().unwrap().seq, live.welcome.epoch);
    for (epoch, after) in [
        (Some(epoch ^ 1), 2),
        (None, 2),
        (Some(epoch), last + 1),
        (Some(epoch), u64::MAX),
    ] {
        let mut again = Browser::join_after(&bridge, &live.key, epoch, after).await;
        assert_eq!(again.welcome.after, 0);
        again.until_seq(last).await;
        assert_eq!(again.entries, live.entries);
    }
}

#[tokio::test]
async fn a_session_goes_on_after_every_server_that_misbehaves() {
    const SERVERS: [(Security, &str, bool); 8] = [
        (Security::Plain, "SSH-2.0-OpenSSH_9.2p1\r\n", false),
        (Security::Plain, "-ERR not now\r\n", false),
        (Security::Plain, "\x15\x03\x01\x00\x02\x02\x46", false),
        (Security::Plain, "", false),
        (Security::Tls, "+OK in plain text\r\n", false),
        (Security::Stls, "+OK\r\n+OK unasked\r\n", false),
        (Security::Plain, "+OK\r\n* unexpected\r\n\0\u{ff}\n+OK cut", true),
        (Security::Plain, "+ok\n.\n-ERR\n", true),
    ];
    let bridge = Bridge::start().await;
    let mut live = bridge.browser().await;
    for (security, says, greets) in SERVERS {
        let mail = Mail::play(move |mut peer| async move { peer.say(says).await }).await;
        live.connect(target(mail.address, security)).await;
        live.until_phase(Phase::Closed).await;
        let last = live.entries.last().unwrap().connection;
        let failed = live.entries.iter().any(|entry| {
            entry.connection == last && matches!(entry.event, Event::Remark(Remark::Failed { .. }))
        });
        assert_eq!(failed, !greets, "{says:?}");
    }
    let mail = Mail::says("+OK at last\r\n").await;
    live.connected(plain(mail.address)).await;
    assert_eq!(live.connection() as usize, SERVERS.len() + 1);
    assert!(live.refused.is_empty());

    let mut late = Browser::join(&bridge, &live.key.clone()).await;
    late.until_seq(live.entries.last().unwrap().seq).await;
    assert_eq!(entries(&late), entries(&live));
}

#[tokio::test]
async fn a_viewer_that_stops_reading_stalls_nobody_and_can_go_on_later() {
    const ROUNDS: usize = 40;
    let (bridge, mail) = (Bridge::start().await, talkative().await);
    let mut live = bridge.browser().await;
    let mut stalled = Browser::join(&bridge, &live.key.clone()).await;
    live.connected(plain(mail.address)).await;
    for _ in 0..ROUNDS {
        live.line("RETR 1").await;
        live.until_status().await;
    }
    live.disconnect().await;
    live.until_ended().await;
    assert!(live.shown().len() > 8 * 1024 * 1024);
    stalled.until_seq(live.entries.last().unwrap().seq).await;
    assert!(stalled.entries == live.entries);
}

#[tokio::test]
async fn a_browser_that_reads_nothing_can_still_disconnect() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        peer.answer("RETR 1", "+OK\r\n").await;
        let payload = "all work and no play\r\n".repeat(10_000);
        for _ in 0..200 {
            peer.say(&payload).await;
        }
        peer.until_gone().await;
    })
    .await;
    let mut blocked = bridge.browser().await;
    let mut watcher = Browser::join(&bridge, &blocked.key.clone()).await;
    blocked.connected(plain(mail.address)).await;
    blocked.line("RETR 1").await;
    // So much has come that the sockets' buffers below the blocked browser are full.
    watcher.until_seq(400).await;
    blocked.disconnect().await;
    let (how, ..) = watcher.until_ended().await;
    assert!(
        matches!(how, protocol::remark::End::Disconnected { .. }),
        "{how:?}"
    );
}

#[tokio::test]
async fn the_bridge_beats() {
    let bridge = Bridge::start().await;
    let mut browser = bridge.browser().await;
    let beat = loop {
        if let Some(Ok(message)) = patient(browser.socket.next()).await
            && message.is_binary()
            // Who is here is told first.
            && !matches!(decode(&message.clone().into_data()), Ok(ToBrowser::People(_)))
        {
            break message.into_data();
        }
    };
    assert_eq!(beat, encode(&ToBrowser::Beat));
}
