//! What travels on the WebSocket comes out as it went in, and nothing that comes in does harm.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::access::{By, Handing, Keep, Role, Sight};
use protocol::alias::Alias;
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event, Part};
use protocol::remark::{Attempt, End, Failure, FileFormat, Invalid, Marks, Protocol, Remark, Sharing, Step};
use protocol::sasl::Mechanism;
use protocol::secret::TypedLine;
use protocol::state::{Expectation, Phase, Protection, State};
use protocol::target::{Family, Security, Target};
use protocol::tls::{Certificate, CertificateProblem, TlsReport, Verdict};
use protocol::wire::{
    Bar, Desk, FromBrowser, GuestSignIn, Hello, HelloVersion, MESSAGE_MAX, Outcome, People, Person, Refusal,
    ToBrowser, Welcome, decode, decode_sequence, encode, read_messages,
};
use serde::{Serialize, de::DeserializeOwned};

/// Encodes, decodes and encodes again: types that hold a secret cannot be compared otherwise.
fn comes_out_as_it_went_in<T: Serialize + DeserializeOwned>(item: &T) {
    let encoded = encode(item);
    let decoded: T = decode(&encoded).unwrap();
    assert_eq!(encode(&decoded), encoded);
}

fn target() -> Target {
    Target {
        host: "mail.company.com".to_owned(),
        port: 995,
        security: Security::Tls,
        verify: true,
        name: Some("pop.company.com".to_owned()),
        family: Family::V6,
    }
}

fn report(verdict: Verdict) -> TlsReport {
    let certificate = Certificate {
        subject: "CN=a".to_owned(),
        issuer: "CN=b".to_owned(),
        names: vec!["a".to_owned()],
        not_before: -1,
        not_after: i64::MAX,
        fingerprint: "AB".to_owned(),
    };
    TlsReport {
        version: "TLS 1.3".to_owned(),
        cipher: String::new(),
        name: "a".to_owned(),
        verdict,
        chain: vec![certificate],
        took: u64::MAX,
    }
}

fn failures() -> Vec<Failure> {
    let detail = "x".to_owned();
    vec![
        Failure::NoSuchHost,
        Failure::ResolverFailed {
            detail: detail.clone(),
        },
        Failure::NotAllowed,
        Failure::Refused,
        Failure::Unreachable {
            detail: detail.clone(),
        },
        Failure::TimedOut,
        Failure::Closed { detail: None },
        Failure::Closed {
            detail: Some(detail.clone()),
        },
        Failure::PlainText { said: detail.clone() },
        Failure::TlsSpoken,
        Failure::Tls {
            detail: detail.clone(),
        },
        Failure::Certificate(report(Verdict::Refused(CertificateProblem::Outdated { detail }))),
        Failure::GreetingRefused,
        Failure::NotPop3 {
            looks_like: Protocol::Redis,
        },
        Failure::InjectedPlaintext { octets: 7 },
        Failure::Cancelled { by: By::Console },
    ]
}

fn sharing() -> Vec<Sharing> {
    let (participant, link, by) = (2, 3, By::Participant(1));
    let name = "anna".to_owned();
    let mut sharing = vec![
        Sharing::Joined {
            participant,
            name: name.clone(),
            role: Role::SignIn,
            sight: Sight::Commands,
            link: Some(link),
        },
        Sharing::Named {
            participant,
            name: name.clone(),
        },
        Sharing::Revoked { link },
        Sharing::UsedUp { link, participant },
        Sharing::TriesOver { link, participant },
        Sharing::AskedForControl { participant },
        Sharing::NotRecorded { detail: name.clone() },
        Sharing::RecordedAgain,
    ];
    sharing.extend([None, Some(u64::MAX)].map(|until| Sharing::Linked {
        link,
        name: name.clone(),
        role: Role::Watch,
        sight: Sight::Headers,
        until,
    }));
    let handings = [
        Handing::Granted,
        Handing::TakenBack,
        Handing::HandedOver,
        Handing::Declined,
    ];
    sharing.extend(handings.map(|how| Sharing::Handed { participant, how, by }));
    let invalid = [
        Invalid::Unknown,
        Invalid::Revoked,
        Invalid::Expired,
        Invalid::UsedUp,
    ];
    sharing.extend(invalid.map(|with| Sharing::TurnedAway { with }));
    let attempts = [
        Attempt::Line,
        Attempt::Connection,
        Attempt::Hide,
        Attempt::Hand,
        Attempt::Own,
        Attempt::SignIn,
        Attempt::TakePart,
    ];
    sharing.extend(attempts.map(|what| Sharing::NotPermitted { participant, what }));
    let formats = [FileFormat::Text, FileFormat::Html, FileFormat::Ndjson];
    sharing.extend(formats.map(|format| Sharing::Exported {
        participant: (format == FileFormat::Html).then_some(participant),
        link: (format != FileFormat::Ndjson).then_some(link),
        name: name.clone(),
        format,
        last: format == FileFormat::Text,
    }));
    sharing.extend([Keep::Everything, Keep::NoContent, Keep::Nothing].map(|keep| Sharing::Kept { keep, by }));
    sharing
}

fn desks() -> Vec<Desk> {
    let outcomes = [
        Outcome::Waiting,
        Outcome::Underway,
        Outcome::Done,
        Outcome::Unproven,
        Outcome::Refused {
            said: "-ERR".to_owned(),
        },
        Outcome::Failed {
            why: "It was given up.".to_owned(),
        },
    ];
    let bars = [
        None,
        Some(Bar::NotConnected),
        Some(Bar::ClearText),
        Some(Bar::NotVerified),
        Some(Bar::SignedIn),
        Some(Bar::Busy),
        Some(Bar::OtherName),
    ];
    let desk = |bar, outcome| Desk {
        host: "mail.company.com".to_owned(),
        port: 995,
        connection: 1,
        asker: String::new(),
        protection: Protection::Verified,
        loopback: false,
        certificate: Some(report(Verdict::Verified)),
        mechanisms: Mechanism::ALL.to_vec(),
        bar,
        outcome,
        tries: 5,
    };
    bars.into_iter()
        .zip(outcomes.into_iter().cycle())
        .map(|(bar, outcome)| desk(bar, outcome))
        .collect()
}

fn people() -> People {
    let person = Person {
        id: 2,
        name: "anna".to_owned(),
        role: Role::Control,
        sight: Sight::Commands,
        link: Some(1),
        account: true,
        control: true,
        asks: false,
        typing: true,
    };
    let owner = Person {
        role: Role::Owner,
        sight: Sight::Everything,
        link: None,
        ..person.clone()
    };
    People {
        people: vec![owner, person],
        more: 3,
    }
}

fn remarks() -> Vec<Remark> {
    let by = By::Participant(1);
    let mut remarks = vec![
        Remark::Connected {
            host: "a".to_owned(),
            resolved: vec!["192.0.2.1".to_owned()],
            resolve_took: 1,
            from: "b".to_owned(),
            to: "c".to_owned(),
            connect_took: 2,
            at: 3,
            by,
        },
        Remark::Secured(report(Verdict::Verified)),
        Remark::Secured(report(Verdict::NotVerified(None))),
        Remark::Secured(report(Verdict::NotVerified(Some(CertificateProblem::SelfSigned)))),
        Remark::GreetingLate { after: 1, port: 995 },
        Remark::StlsRefused,
        Remark::ContinuedInClear { by },
        Remark::KeptAlive {
            on: true,
            every: 240_000_000,
            by,
        },
        Remark::Marked {
            message: 2,
            marked: 1,
        },
        Remark::Unmarked { messages: 1 },
        Remark::Committed {
            messages: vec![1, 2],
            count: 2,
        },
        Remark::CommitFailed { marked: 1 },
        Remark::Locked { holder: None },
        Remark::Locked {
            holder: Some(Alias::of("a session")),
        },
        Remark::Stopping { within: 300, at: 1 },
    ];
    remarks.extend(failures().into_iter().map(|why| Remark::Failed {
        step: Step::Tls,
        why,
        took: 1,
    }));
    let ends = [
        End::AfterQuit,
        End::ByServer,
        End::Broken {
            detail: "x".to_owned(),
        },
        End::Truncated,
        End::Disconnected { by },
        End::SessionEnded { by },
        End::GraceOver { after: 300 },
        End::Idle { after: 1800 },
        End::TranscriptFull { cap: 1 },
        End::TranscriptsFull { of_account: true },
        End::WriteTimedOut,
        End::Shutdown,
        End::BridgeLost,
        End::Failed,
    ];
    let marks = [Marks::None, Marks::NotCommitted(1), Marks::Unknown(2)];
    remarks.extend(sharing().into_iter().map(Remark::Sharing));
    for (how, marks) in ends.into_iter().zip(marks.into_iter().cycle()) {
        remarks.push(Remark::Ended {
            how,
            marks,
            cut_short: true,
        });
    }
    remarks
}

/// Events of every kind; only a dialogue builds a line without secrets.
fn events() -> Vec<Event> {
    let mut dialogue = Dialogue::new(Security::Plain);
    let mut out = Vec::new();
    dialogue.receive(b"+OK \xff\x00\r\n", &mut out);
    dialogue
        .submit(b"PASS wonder-1", Some(u64::MAX), By::Participant(7), &mut out)
        .unwrap();
    dialogue.receive(b"-ERR wonder-1 wonder-1\r\nx\r\n", &mut out);
    dialogue.submit(b"RETR 1", None, By::Console, &mut out).unwrap();
    dialogue.receive(b"+OK\r\nA: b\r\n\r\nx\r\n.\r\n", &mut out);
    let mut events: Vec<_> = out
        .into_iter()
        .filter_map(|output| {
            if let Output::Event(event) = output {
                Some(event)
            } else {
                None
            }
        })
        .collect();
    assert!(events.iter().any(|event| matches!(
        event,
        Event::Received {
            part: Part::Terminator,
            ..
        }
    )));
    events.push(Event::Withheld {
        exchange: 1,
        part: Part::Body,
        lines: 2,
        octets: u32::MAX,
        stuffed: 1,
        is_open: true,
    });
    events.push(Event::Hidden {
        entries: vec![1, u64::MAX],
        by: By::Participant(2),
    });
    events.push(Event::Note {
        seq: 3,
        line: 1,
        text: "look here".to_owned(),
        by: By::Participant(2),
    });
    events.extend(remarks().into_iter().map(Event::Remark));
    events.push(Event::State(State {
        phase: Phase::Transaction,
        marked: 1,
        protection: Protection::Verified,
        expects: Expectation::Response,
        loopback: true,
        keep_alive: true,
        target: Some(target()),
    }));
    events.push(Event::State(State::default()));
    events
}

fn to_browser() -> Vec<ToBrowser> {
    let mut messages: Vec<_> = events()
        .into_iter()
        .map(|event| {
            ToBrowser::Entry(Entry {
                seq: u64::MAX,
                at: 1,
                connection: u32::MAX,
                event,
            })
        })
        .collect();
    messages.push(ToBrowser::Welcome(Welcome {
        version: 1,
        epoch: u64::MAX,
        after: 0,
        last: 9,
        now: u64::MAX,
        participant: 1,
        role: Role::Owner,
        sight: Sight::Everything,
        link: None,
        keep: Keep::NoContent,
        ended: true,
    }));
    messages.push(ToBrowser::People(people()));
    messages.extend(desks().into_iter().map(ToBrowser::Desk));
    let refusals = [
        Refusal::LineTooLong,
        Refusal::NamedByAccount,
        Refusal::TooSoon,
        Refusal::LineBreak,
        Refusal::NotConnected,
        Refusal::NotGreeted,
        Refusal::OtherConnection,
        Refusal::TlsRefused,
        Refusal::AlreadyConnected,
        Refusal::Busy,
        Refusal::NotAllowed,
        Refusal::BadTarget,
        Refusal::TranscriptFull,
        Refusal::TranscriptsFull,
        Refusal::NothingToHide,
        Refusal::Ended,
        Refusal::BadName,
        Refusal::NameTaken,
        Refusal::NameReserved,
        Refusal::BadNote,
        Refusal::NobodyThere,
        Refusal::SigningIn,
        Refusal::TooOften,
        Refusal::TooManyConnections,
        Refusal::TooManySignIns,
        Refusal::TooManyMessages,
        Refusal::Stopping,
        Refusal::KeepsLess,
        Refusal::OnlyWithTls,
    ];
    messages.extend(refusals.map(|why| ToBrowser::Refused { id: Some(1), why }));
    messages.push(ToBrowser::Beat);
    messages
}

#[test]
fn every_message_to_the_browser_comes_out_as_it_went_in() {
    let messages = to_browser();
    for message in &messages {
        assert_eq!(&decode::<ToBrowser>(&encode(message)).unwrap(), message);
    }
    let frame: Vec<u8> = messages.iter().flat_map(encode).collect();
    let decoded: Vec<ToBrowser> = decode_sequence(&frame).map(Result::unwrap).collect();
    assert_eq!(decoded, messages);
    assert_eq!(read_messages(&frame).unwrap(), messages, "the page's own reader");
    for cut in 1..frame.len().min(4000) {
        // What is cut off is an error, but for where a message ends.
        let read = read_messages(&frame[..cut]).map_or(0, |read| read.len());
        assert!(
            messages.starts_with(&read_messages(&frame[..cut]).unwrap_or_default()),
            "{read} of {cut}"
        );
    }
    assert!(
        decode::<ToBrowser>(&frame).is_err(),
        "something stands behind the first item"
    );
}

#[test]
fn every_message_from_the_browser_comes_out_as_it_went_in() {
    let hello = Hello {
        version: 1,
        session: "s".to_owned(),
        token: "t".to_owned(),
        epoch: Some(1),
        after: 2,
        browser: "b".to_owned(),
        name: String::new(),
        wants_control: true,
    };
    comes_out_as_it_went_in(&hello);
    assert_eq!(decode::<HelloVersion>(&encode(&hello)).unwrap().version, 1);
    for message in [
        FromBrowser::Line {
            id: 1,
            connection: 2,
            line: TypedLine::new(b"PASS \xff\x00".to_vec()),
        },
        FromBrowser::Response {
            id: 1,
            connection: 2,
            line: TypedLine::new(b"d29uZGVyLTE=".to_vec()),
        },
        FromBrowser::Connect { target: target() },
        FromBrowser::ContinueInClear { connection: 1 },
        FromBrowser::KeepAlive {
            connection: 1,
            on: true,
        },
        FromBrowser::Hide { seq: 7 },
        FromBrowser::Note {
            seq: 1,
            line: 0,
            text: "here".to_owned(),
        },
        FromBrowser::Name("anna".to_owned()),
        FromBrowser::Typing(true),
        FromBrowser::AskForControl,
        FromBrowser::Hand {
            participant: 2,
            how: Handing::HandedOver,
        },
        FromBrowser::Keep(Keep::Nothing),
        FromBrowser::SignIn(GuestSignIn {
            connection: 1,
            mechanism: Some(Mechanism::Plain),
            user: "anna".to_owned(),
            password: TypedLine::new(b"wonder-1".to_vec()),
        }),
        FromBrowser::Disconnect { connection: 1 },
        FromBrowser::End,
        FromBrowser::Beat,
    ] {
        comes_out_as_it_went_in(&message);
    }
}

#[test]
fn a_typed_line_is_never_printed() {
    let message = FromBrowser::Line {
        id: 1,
        connection: 2,
        line: TypedLine::new(b"PASS wonder-1".to_vec()),
    };
    assert!(!format!("{message:?}").contains("wonder"));
}

/// Reads octets as every type.
fn read_as_everything(octets: &[u8]) {
    drop(decode::<HelloVersion>(octets));
    drop(decode::<Hello>(octets));
    drop(decode::<FromBrowser>(octets));
    drop(decode::<ToBrowser>(octets));
    drop(read_messages(octets));
    let mut failed = false;
    for item in decode_sequence::<ToBrowser>(octets) {
        assert!(!failed, "something came after an error");
        failed = item.is_err();
    }
}

#[test]
fn nested_items_do_not_exhaust_the_stack() {
    // Arrays, maps, tags, indefinite arrays and strings, one inside of the other.
    for octet in [0x81, 0xa1, 0xc1, 0x9f, 0xbf, 0x5f, 0x7f, 0xd8, 0x82] {
        let nested = vec![octet; MESSAGE_MAX];
        read_as_everything(&nested);
        // As the value of a field that nobody knows, which is skipped.
        let mut unknown = vec![0xa2, 0x61, b'x'];
        unknown.extend_from_slice(&nested);
        read_as_everything(&unknown);
    }
}

#[test]
fn announced_lengths_are_not_believed() {
    for head in [0x9bu8, 0xbb, 0x5b, 0x7b] {
        let mut octets = vec![head];
        octets.extend_from_slice(&u64::MAX.to_be_bytes());
        read_as_everything(&octets);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_are_read_or_refused(octets in vec(any::<u8>(), 0..300)) {
        read_as_everything(&octets);
    }

    #[test]
    fn any_change_to_a_message_is_read_or_refused(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let messages = to_browser();
        let mut octets = encode(which.get(&messages));
        let at = at.index(octets.len());
        octets[at] = to;
        read_as_everything(&octets);
        read_as_everything(&octets[..at]);
    }
}
