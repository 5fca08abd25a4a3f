//! What those are called whose lines stand there.

use protocol::access::{By, ParticipantId};
use protocol::entry::Seq;
use protocol::remark::Sharing;

use super::*;

const BEN: By = By::Participant(2);

/// A line of theirs, on a connection of its own.
fn line(line: &str) -> Event {
    let entries = Recorded::new().server("+OK\r\n").client(1, line).take();
    let sent = entries.into_iter().find_map(|entry| match entry.event {
        Event::Sent { exchange, line, .. } => Some((exchange, line)),
        _ => None,
    });
    let (exchange, line) = sent.unwrap();
    Event::Sent {
        exchange,
        line,
        id: None,
        by: BEN,
    }
}

fn named(participant: ParticipantId, name: &str) -> Event {
    Event::Remark(Remark::Sharing(Sharing::Named {
        participant,
        name: name.to_owned(),
    }))
}

/// A transcript of that, and everybody who is said to have sent, noted or hidden something, row by row.
fn whose(events: Vec<Event>) -> (Vec<String>, Vec<String>) {
    let mut transcript = Transcript::read_by(1);
    for (seq, event) in (1..).zip(events) {
        let hidden = match &event {
            Event::Hidden { entries, by } => Some((entries.clone(), *by)),
            _ => None,
        };
        let (at, connection) = (0, seq as ConnectionNo);
        transcript.append(&Entry {
            seq,
            at,
            connection,
            event,
        });
        if let Some((entries, by)) = hidden {
            transcript.withdraw(&entries, by);
        }
    }
    let rows = rows(&transcript);
    let asides = |row: &Row| row.margin.first().map(|it| it.text.clone());
    let notes = |row: &Row| row.notes.iter().map(|it| it.by.clone()).collect::<Vec<_>>();
    let whose = rows
        .iter()
        .flat_map(|row| asides(row).into_iter().chain(notes(row)));
    (whose.collect(), rows.iter().map(text).collect())
}

#[test]
fn whoever_is_called_otherwise_is_called_as_they_were_at_what_they_did_before() {
    let seq: Seq = 2;
    let (whose, said) = whose(vec![
        named(2, "Ben"),
        line("STAT"),
        Event::Note {
            seq,
            line: 0,
            text: "look".to_owned(),
            by: BEN,
        },
        line("NOOP"),
        Event::Hidden {
            entries: vec![4],
            by: BEN,
        },
        named(2, "bob"),
        line("RSET"),
        named(2, ""),
        line("LAST"),
    ]);
    assert_eq!(whose, ["Ben", "Ben", "Ben", "bob", "guest 2"]);
    assert_eq!(
        said,
        [
            "Guest 2 is called “Ben” from now on.",
            "STAT",
            "NOOP•••••••• hidden by Ben",
            "Ben is called “bob” from now on.",
            "RSET",
            "bob is called by no name any more: it is that of somebody with an account.",
            "LAST",
        ]
    );
}
