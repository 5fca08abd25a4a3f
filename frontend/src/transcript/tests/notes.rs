//! Notes to lines, and what is withheld from whoever reads.

use protocol::access::{By, Sight};
use protocol::sight::View;

use super::*;
use crate::transcript::search::{Literal, Search};

fn note(seq: u64, of: u64, line: u32, text: &str) -> Entry {
    Entry {
        seq,
        at: 1_000_000,
        connection: 1,
        event: Event::Note {
            seq: of,
            line,
            text: text.to_owned(),
            by: By::Participant(2),
        },
    }
}

/// What somebody with that sight is sent.
fn at(sight: Sight, entries: &[Entry]) -> Transcript {
    let mut transcript = Transcript::read_by(1);
    transcript.sight = sight;
    for entry in shown(sight, entries) {
        transcript.append(&entry);
    }
    transcript
}

fn shown(sight: Sight, entries: &[Entry]) -> Vec<Entry> {
    let (mut view, mut withheld) = (View::new(sight), Vec::new());
    let shown = entries.iter().map(|entry| {
        let shown = view.next(entry, |seq| withheld.contains(&seq));
        withheld.extend(shown.as_ref().map(|it| it.seq));
        shown.unwrap_or_else(|| entry.clone())
    });
    shown.collect()
}

fn message() -> Vec<Entry> {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready\r\n")
        .client(1, "RETR 1")
        .server("+OK 26 octets\r\nSubject: a\r\nTo: b\r\n\r\none\r\ntw")
        .server("o\r\nthree\r\n")
        .server("four\r\n.\r\n");
    recorded.client(2, "NOOP").server("+OK\r\n");
    recorded.take()
}

fn noted(transcript: &Transcript) -> Vec<(Option<usize>, String)> {
    let rows = rows(transcript).into_iter();
    rows.flat_map(|row| {
        let number = row.number;
        row.notes.into_iter().map(move |it| (number, it.plain()))
    })
    .collect()
}

#[test]
fn a_note_stands_below_its_line_wherever_that_begins() {
    let mut entries = message();
    let (transcript, last) = (transcript(&entries), entries.len() as u64);
    for record in 0..transcript.len() {
        let (seq, line) = transcript.place_of_note(record).unwrap();
        let text = format!("to line {}", record + 1);
        entries.push(note(last + 1 + record as u64, seq, line, &text));
    }
    let noted = noted(&self::transcript(&entries));
    assert_eq!(noted.len(), transcript.len());
    for (number, text) in noted {
        assert_eq!(text, format!("to line {}", number.unwrap()));
    }
}

#[test]
fn a_note_to_a_line_that_its_entry_has_not_goes_below_the_last_that_it_has() {
    let mut entries = message();
    let last = entries.len() as u64;
    let record = transcript(&entries).record_of_line(8).unwrap();
    let (seq, line) = transcript(&entries).place_of_note(record).unwrap();
    // The line comes in two pieces: as long as its end has not come, there may be more of them.
    let at = entries.iter().position(|it| it.seq == seq).unwrap();
    let early: Vec<_> = entries.drain(..=at).collect();
    let mut transcript = transcript(&early);
    transcript.append(&note(last + 1, seq, line + 1, "to a line that is none"));
    assert!(transcript.has_unplaced_notes());
    entries.iter().for_each(|entry| transcript.append(entry));
    assert!(!transcript.has_unplaced_notes());
    assert_eq!(
        noted(&transcript),
        [(Some(8), "to a line that is none".to_owned())]
    );
    transcript.append(&note(last + 2, last, 100, "to another"));
    assert!(!transcript.has_unplaced_notes());
    let end = (Some(transcript.line_count()), "to another".to_owned());
    assert_eq!(noted(&transcript)[1], end);
}

#[test]
fn a_note_is_found_counted_saved_and_can_be_hidden() {
    let mut entries = message();
    let last = entries.len() as u64;
    let line = transcript(&entries).record_of_line(4).unwrap();
    let (seq, at) = transcript(&entries).place_of_note(line).unwrap();
    entries.push(note(last + 1, seq, at, "the needle\nis here"));
    let mut transcript = transcript(&entries);
    assert_eq!(transcript.note_count(), 1);
    let mut search = Search::new(Box::new(Literal::exact("needle")));
    while search.search(&transcript, || false) {}
    assert_eq!((search.count(), search.record(0)), (1, Some(line)));
    let mut row = transcript.row(line).unwrap();
    row.mark(&search.found(line, Some(0)));
    let found: Vec<_> = row.notes[0]
        .text
        .iter()
        .filter(|it| !it.found.is_empty())
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, "needle");
    let mut saved = Vec::new();
    transcript.text(0, usize::MAX / 2, &mut saved);
    let saved = String::from_utf8(saved).unwrap();
    assert!(
        saved.contains("S: Subject: a\r\n# note by guest 2: the needle\r\n# note by guest 2: is here\r\n"),
        "{saved}"
    );
    assert_eq!(
        transcript.extent(last + 1),
        crate::transcript::withdrawal::Extent::Note
    );
    transcript.withdraw(&[last + 1], By::Participant(1));
    assert_eq!(
        transcript.row(line).unwrap().notes[0].plain(),
        "•••••••• hidden by you"
    );
    while search.search(&transcript, || false) {}
    assert_eq!(search.count(), 0);
}

#[test]
fn what_is_withheld_is_one_row_a_stretch_and_leaves_every_number_as_it_is() {
    let entries = message();
    let all = at(Sight::Everything, &entries);
    let headers = at(Sight::Headers, &entries);
    let commands = at(Sight::Commands, &entries);
    assert_eq!(
        told(&headers)[2..],
        [
            "← status +OK 26 octets",
            "header Subject: a",
            "header To: b",
            "header",
            "body 4 lines, 23 octets withheld",
            "terminator .",
            "→ command NOOP",
            "← status +OK",
        ]
    );
    assert_eq!(
        told(&commands)[3..5],
        [
            "header 3 lines, 21 octets withheld",
            "body 4 lines, 23 octets withheld",
        ]
    );
    let last = |transcript: &Transcript| rows(transcript).last().and_then(|row| row.number);
    assert_eq!(last(&headers), last(&all));
    assert_eq!(last(&commands), last(&all));
    assert!(headers.has_unseen() && !all.has_unseen());
    assert_eq!(headers.message(7), None);
}

#[test]
fn a_note_to_a_withheld_line_says_no_more_than_that() {
    let mut entries = message();
    let last = entries.len() as u64;
    let record = transcript(&entries).record_of_line(9).unwrap();
    let (seq, line) = transcript(&entries).place_of_note(record).unwrap();
    entries.push(note(last + 1, seq, line, "three it is"));
    let headers = at(Sight::Headers, &entries);
    assert_eq!(
        noted(&headers),
        [(Some(7), "a note to a withheld line".to_owned())]
    );
    let all = at(Sight::Everything, &entries);
    assert_eq!(noted(&all), [(Some(9), "three it is".to_owned())]);
}

#[test]
fn a_withheld_line_that_is_still_coming_in_is_counted_once() {
    let entries = message();
    let mut transcript = Transcript::read_by(1);
    transcript.sight = Sight::Headers;
    for entry in shown(Sight::Headers, &entries) {
        transcript.append(&entry);
        let withheld = rows(&transcript)
            .iter()
            .filter(|it| text(it).contains("withheld"))
            .count();
        assert!(withheld <= 1);
    }
}

#[test]
fn bullets_in_what_is_withheld_are_not_said_to_be_a_secret() {
    let mut recorded = Recorded::new();
    recorded.server("+OK ready\r\n").client(1, "PASS hunter2");
    // Until two commands were answered in step, what answers nothing may be a part of the secret.
    recorded.server("-ERR hunter2\r\n").client(2, "NOOP");
    recorded.server("+OK\r\n").client(3, "RETR 1");
    recorded.server("+OK\r\nA: b\r\n\r\nx\r\n.\r\nthe rest\r\n");
    let entries = recorded.take();
    let titles = |sight: Sight| -> Vec<String> {
        let rows = rows(&at(sight, &entries)).into_iter();
        let spans = rows.filter_map(|row| match row.body {
            Body::Line(spans) if row.part != "body" => Some(spans),
            _ => None,
        });
        let chips = spans.flatten().filter(|it| it.class == "secret");
        chips.map(|it| it.title).collect()
    };
    let secret = "a secret stood here";
    assert_eq!(titles(Sight::Everything), [secret, secret]);
    let either = "withheld: a secret, or what your link does not show";
    assert_eq!(titles(Sight::Headers), [secret, either, either]);
    let mut headers = at(Sight::Headers, &entries);
    let last = headers.len() - 1;
    headers.toggle_hex(last);
    let hex = headers.row(last).unwrap().hex.unwrap();
    assert!(
        hex.note.starts_with("Some of this line is withheld"),
        "{}",
        hex.note
    );
}
