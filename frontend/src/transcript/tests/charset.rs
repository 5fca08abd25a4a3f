//! Lines that are not UTF-8, in a charset that was chosen.

use super::super::charset::{CHARSETS, Decoder};
use super::super::copy::Place;
use super::super::lines::Metrics;
use super::super::search::{Literal, Search};
use super::*;

/// One octet is one character.
struct Latin;

impl Decoder for Latin {
    fn decode(&self, octets: &[u8], _: bool) -> String {
        octets.iter().map(|&octet| char::from(octet)).collect()
    }
}

/// An octet beyond ASCII and the one behind it are one character, as in Big5: the second may be ASCII's.
struct Pairs;

impl Decoder for Pairs {
    fn decode(&self, octets: &[u8], is_whole: bool) -> String {
        let (mut text, mut octets) = (String::new(), octets.iter());
        while let Some(&octet) = octets.next() {
            text.extend(match (octet.is_ascii(), octets.as_slice().first()) {
                (true, _) => Some(char::from(octet)),
                (false, Some(_)) => octets.next().map(|_| '\u{4e16}'),
                (false, None) => is_whole.then_some('\u{fffd}'),
            });
        }
        text
    }
}

fn decoders(name: &str) -> Option<Box<dyn Decoder>> {
    match name {
        "latin" => Some(Box::new(Latin)),
        "pairs" => Some(Box::new(Pairs)),
        _ => None,
    }
}

fn message(octets: impl AsRef<[u8]>) -> Transcript {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    recorded.server(octets).server(".\r\n");
    transcript(&recorded.take())
}

fn texts(transcript: &Transcript) -> Vec<String> {
    rows(transcript).iter().skip(3).map(text).collect()
}

#[test]
fn lines_that_are_utf8_stay_so_and_others_are_in_the_charset() {
    let mut transcript = message(b"Subject: Gr\xfc\xdfe a@b\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\nGr\xfc\xdfe\n");
    assert_eq!(texts(&transcript)[0], "Subject: Gr\\xFC\\xDFe a@b");
    let height = transcript.height();
    transcript.set_charset("latin", decoders);
    assert_eq!(transcript.charset(), "latin");
    let wanted = [
        "Subject: Gr\u{fc}\u{df}e a@b",
        "",
        "Gr\u{fc}\u{df}e",
        "Gr\u{fc}\u{df}eLF",
        ".",
    ];
    assert_eq!(texts(&transcript), wanted);
    // Its tokens are those of the text.
    let Body::Line(spans) = &rows(&transcript)[3].body else {
        panic!()
    };
    assert!(
        spans.iter().any(|it| it.class == "address" && it.text == "a@b"),
        "{spans:?}"
    );
    assert_eq!(transcript.height(), height);
    transcript.set_charset("", decoders);
    assert_eq!(texts(&transcript)[0], "Subject: Gr\\xFC\\xDFe a@b");
}

#[test]
fn what_is_found_copied_and_saved_as_text_is_in_the_charset_and_messages_are_octets() {
    let octets = b"Gr\xfc\xdfe\r\n\r\n\xc3\xbc\r\n";
    let mut transcript = message(octets);
    let mut search = Search::new(Box::new(Literal::exact("Gr\u{fc}\u{df}e")));
    search.search(&transcript, || false);
    assert_eq!(search.count(), 0);
    transcript.set_charset("latin", decoders);
    assert!(search.has_more(&transcript));
    search.search(&transcript, || false);
    assert_eq!(search.count(), 1);
    let copied = transcript.copy(Place::whole(3, false), Place::whole(5, true));
    assert_eq!(copied.as_deref(), Ok("Gr\u{fc}\u{df}e\n\n\u{fc}"));
    let mut text = Vec::new();
    assert_eq!(transcript.text(3, 1000, &mut text), None);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "S: Gr\u{fc}\u{df}e\r\nS: \r\nS: \u{fc}\r\nS: .\r\n"
    );
    let mut saved = Vec::new();
    let message = transcript.message(3).unwrap();
    transcript.message_octets(&message, Default::default(), 1000, &mut saved);
    assert_eq!(saved, octets);
    transcript.toggle_hex(3);
    assert!(
        rows(&transcript)[3]
            .hex
            .as_ref()
            .unwrap()
            .dump
            .contains("47 72 fc df 65 0d 0a")
    );
}

#[test]
fn a_character_that_is_cut_between_segments_is_shown_once() {
    // The second octet of each pair may be ASCII's, or begin another pair.
    for pair in [b"\xa5@", b"\xd6\xd0"] {
        let line = [&b"x"[..], &pair.repeat(SEGMENT_MAX)[..], b" y\r\n"].concat();
        let mut transcript = message(&line);
        transcript.set_charset("pairs", decoders);
        transcript.toggle_folds();
        let shown: String = texts(&transcript)[..4].concat();
        assert_eq!(shown, format!("x{} y.", "\u{4e16}".repeat(SEGMENT_MAX)));
    }
}

#[test]
fn in_a_long_line_characters_are_found_again_behind_a_blank() {
    // No record begins with a character, and the line is longer than what is looked back at.
    let word = [&b" "[..], &b"\xd6\xd0".repeat(99)[..]].concat();
    let line = [&word.repeat(SEGMENT_MAX / 10)[..], b"\r\n"].concat();
    let mut transcript = message(&line);
    transcript.set_charset("pairs", decoders);
    transcript.toggle_folds();
    let shown: String = texts(&transcript).concat();
    assert_eq!(
        shown,
        format!(" {}", "\u{4e16}".repeat(99)).repeat(SEGMENT_MAX / 10) + "."
    );
}

#[test]
fn secrets_stay_where_they_stood() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "PASS hunter2");
    recorded.server(b"-ERR \xfc hunter2 \xfc hunter2\r\n");
    let mut transcript = transcript(&recorded.take());
    transcript.set_charset("latin", decoders);
    let last = rows(&transcript).pop().map(|it| text(&it));
    assert_eq!(last.as_deref(), Some("-ERR \u{fc} •••••••• \u{fc} ••••••••"));
}

#[test]
fn lines_that_come_later_and_another_session_keep_the_charset() {
    let mut transcript = Transcript::read_by(1);
    transcript.set_charset("latin", decoders);
    let mut recorded = Recorded::new();
    recorded.server(b"+OK \xfc\r\n");
    recorded.take().iter().for_each(|entry| transcript.append(entry));
    assert_eq!(text(&rows(&transcript)[0]), "+OK \u{fc}");
    assert_eq!(transcript.said(b"\xfc"), "\u{fc}");
    let metrics = Metrics {
        columns: 40,
        ..Metrics::default()
    };
    transcript.set_metrics(metrics);
    transcript.forget();
    assert!(transcript.is_empty());
    assert_eq!(transcript.charset(), "latin");
    assert_eq!(transcript.metrics(), metrics);
}

#[test]
fn an_encoded_word_says_what_it_means_in_charsets_that_are_known() {
    let mut transcript = message("Subject: =?utf-8?Q?a=E2=80=AEb?= =?latin?Q?=FC?= =?x?Q?=FC?=\r\n");
    transcript.set_charset("", decoders);
    let Body::Line(spans) = &rows(&transcript)[3].body else {
        panic!()
    };
    let titles: Vec<&str> = spans
        .iter()
        .filter(|it| it.class == "encoded-word")
        .map(|it| it.title.as_str())
        .collect();
    assert_eq!(titles, ["aU+202Eb", "\u{fc}", ""]);
}

#[test]
fn no_charset_is_named_twice() {
    let mut names: Vec<&str> = CHARSETS
        .iter()
        .flat_map(|group| group.1.iter().map(|it| it.0))
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
