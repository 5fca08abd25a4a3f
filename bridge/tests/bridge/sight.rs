//! What a link may not show is sent to nobody who came through it: not live, not afterwards, in no file.

use protocol::access::Sight;
use protocol::entry::{Event, Part, Seq};
use protocol::wire::{FromBrowser, Hello};

use crate::support::crowd::watch;
use crate::support::{Bridge, Browser, Mail, plain};

const CANARY: &str = "Kanarienvogel#7";
const TOPIC: &str = "Zeisig#8";

/// Gives a message with the canary in its text and the other in its header, and one that goes on behind its end.
async fn mail() -> Mail {
    Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let reply = match peer.line().await.trim_end() {
                "" => return,
                "RETR 1" => {
                    format!("+OK 99 octets\r\nSubject: {TOPIC}\r\n\r\n{CANARY}\r\n..{CANARY}\r\n.\r\n")
                }
                "RETR 2" => {
                    format!("+OK {CANARY}\r\n{CANARY}\r\n\r\n.\r\n{CANARY}\r\n-ERR {CANARY}\r\n.\r\n")
                }
                "TOP 1 1" => format!("+OK\r\nSubject: {TOPIC}\r\n\r\n{CANARY}"),
                _ => "+OK\r\n".to_owned(),
            };
            peer.say(reply).await;
        }
    })
    .await
}

fn holds(browser: &Browser, text: &str) -> bool {
    let mut frames = browser.frames.iter();
    frames.any(|frame| frame.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn place(browser: &Browser, part: Part) -> Seq {
    let is_it = |event: &Event| matches!(event, Event::Received { part: its, .. } if *its == part);
    browser
        .entries
        .iter()
        .find(|entry| is_it(&entry.event))
        .unwrap()
        .seq
}

#[tokio::test]
async fn what_a_link_may_not_show_is_in_no_frame_and_in_no_file() {
    let (bridge, mail) = (Bridge::start().await, mail().await);
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    let mut live = Vec::new();
    for sight in [Sight::Headers, Sight::Commands] {
        let key = watch(&bridge, &owner.key, sight).await;
        let browser = Browser::join_as(&bridge, &key, &format!("{sight:?}")).await;
        assert_eq!(browser.welcome.sight, sight);
        live.push((sight, key, browser));
    }
    owner.line("RETR 1").await;
    owner.until_terminator().await;
    let (seq, line) = (place(&owner, Part::Body), 0);
    let text = format!("it says {CANARY}");
    owner.ask(FromBrowser::Note { seq, line, text }).await;
    owner
        .until(|event| matches!(event, Event::Note { .. }).then_some(()))
        .await;
    let middle = owner.entries.last().unwrap().seq;
    owner.line("RETR 2").await;
    owner.until_terminator().await;
    owner.line("NOOP").await;
    owner.until_status().await;
    // Of this one the end never comes.
    owner.line("TOP 1 1").await;
    owner.until_status().await;
    owner
        .until(|event| {
            matches!(
                event,
                Event::Received {
                    part: Part::Header,
                    ..
                }
            )
            .then_some(())
        })
        .await;
    owner.disconnect().await;
    owner.until_ended().await;
    assert!(holds(&owner, CANARY) && holds(&owner, TOPIC));

    for (sight, key, mut live) in live {
        live.until_ended().await;
        let last = live.entries.last().unwrap().seq;
        let mut late = Browser::join_as(&bridge, &key, "late").await;
        late.until_seq(last).await;
        let epoch = Some(live.welcome.epoch);
        let hello = Hello {
            epoch,
            after: middle,
            ..key.hello("another", "back")
        };
        let mut back = Browser::say(&bridge, &key, &hello).await;
        back.until_seq(last).await;
        for browser in [&live, &late, &back] {
            assert!(!holds(browser, CANARY), "{sight:?}");
        }
        assert_eq!(holds(&late, TOPIC), sight == Sight::Headers);
        assert_eq!(late.entries[..last as usize], live.entries[..]);
        assert_eq!(
            back.entries[..(last - middle) as usize],
            live.entries[middle as usize..]
        );
        let octets = live.entries.iter().find_map(|entry| match entry.event {
            Event::Withheld {
                part: Part::Body,
                octets,
                lines,
                ..
            } => Some((lines, octets as usize)),
            _ => None,
        });
        assert_eq!(octets, Some((2, 2 * CANARY.len() + 6)), "{sight:?}");
        for format in ["text", "html", "ndjson"] {
            let (status, _, file) = bridge.export(&key, format).await;
            assert_eq!(status, 200, "{file}");
            assert!(!file.contains(CANARY), "{format} at {sight:?}: {file}");
        }
    }
    assert!(bridge.export(&owner.key, "text").await.2.contains(CANARY));
}
