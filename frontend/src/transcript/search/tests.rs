//! Everything is found, once, and where it stands.

use protocol::access::By;

use super::super::lines::SEGMENT_MAX;
use super::*;
use crate::recorded::Recorded;

fn append(transcript: &mut Transcript, recorded: &mut Recorded) {
    recorded.take().iter().for_each(|entry| transcript.append(entry));
}

fn message(octets: impl AsRef<[u8]>) -> Transcript {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready\r\n")
        .client(1, "RETR 1")
        .server("+OK\r\n");
    recorded.server(octets).server("\r\n.\r\n");
    let mut transcript = Transcript::read_by(1);
    append(&mut transcript, &mut recorded);
    transcript
}

fn any_case(needle: &str) -> Search {
    Search::new(Box::new(Literal::any_case(needle).unwrap()))
}

/// The matches, as records and places.
fn places(search: &Search) -> Vec<(u32, u32, u32)> {
    search
        .matches
        .iter()
        .map(|it| (it.record, it.start, it.end))
        .collect()
}

fn search_all(search: &mut Search, transcript: &Transcript) {
    assert!(!search.search(transcript, || false));
}

#[test]
fn letter_case_counts_only_if_it_is_asked_for() {
    let transcript = message("Test tEST test\r\n");
    let mut search = any_case("tEsT");
    search_all(&mut search, &transcript);
    assert_eq!(places(&search), [(3, 0, 4), (3, 5, 9), (3, 10, 14)]);
    let mut search = Search::new(Box::new(Literal::exact("test")));
    search_all(&mut search, &transcript);
    assert_eq!(places(&search), [(3, 10, 14)]);
    assert!(Literal::any_case("Grüße").is_none(), "that takes the browser");
    let mut search = Search::new(Box::new(Literal::exact("")));
    search_all(&mut search, &transcript);
    assert_eq!(search.count(), 0);
}

#[test]
fn commands_answers_remarks_and_what_is_folded_are_searched() {
    let mut recorded = Recorded::new();
    recorded.server("+OK needle\r\n").client(1, "NOOP needle");
    recorded
        .server("-ERR needle\r\n")
        .client(2, "RETR 1")
        .server("+OK\r\n");
    recorded.server("x\r\n".repeat(500) + "needle\r\n.\r\n");
    recorded.client(3, "PASS needle").server("-ERR no\r\n");
    let mut transcript = Transcript::read_by(1);
    append(&mut transcript, &mut recorded);
    transcript.append_unknown(9, "LIST needle", 99);
    assert_ne!(transcript.shown(400), 400, "it is folded");
    let mut search = any_case("needle");
    search_all(&mut search, &transcript);
    let records: Vec<u32> = places(&search).iter().map(|it| it.0).collect();
    // Not where a secret stood.
    assert_eq!(records, [0, 1, 2, 505, transcript.len() as u32 - 1]);
    let mut search = Search::new(Box::new(Literal::exact("PASS ••••••••")));
    search_all(&mut search, &transcript);
    assert_eq!(search.count(), 1);
}

#[test]
fn a_match_is_found_where_one_segment_of_a_line_ends_and_the_next_begins() {
    for length in [1, 2, 63, 64, 65, 130] {
        // One match in each segment, one across each border.
        let segment = format!("needle{}nee", "x".repeat(SEGMENT_MAX - 12)) + "dle";
        let line = segment[3..].repeat(length) + "needle";
        let transcript = message(&line);
        let mut search = any_case("needle");
        search_all(&mut search, &transcript);
        let wanted = line.matches("needle").count();
        assert_eq!(search.count(), wanted, "{length} segments");
        let mut stepped = any_case("needle");
        while stepped.search(&transcript, || true) {}
        assert_eq!(places(&stepped), places(&search));
        let mut narrow = Search::new(Box::new(Narrow(Literal::any_case("needle").unwrap())));
        search_all(&mut narrow, &transcript);
        assert_eq!(places(&narrow), places(&search));
        // Every octet of every match is marked once.
        let marked: usize = (0..transcript.len())
            .flat_map(|record| search.found(record, None))
            .map(|it| it.range.len())
            .sum();
        assert_eq!(marked, wanted * 6, "{length} segments");
    }
}

/// What is slow, and wants little at once.
struct Narrow(Literal);

impl Matcher for Narrow {
    fn each(&self, text: &str, from: usize, found: &mut dyn FnMut(Range<usize>) -> bool) {
        assert!(text.len() <= 2 * SEGMENT_MAX + 4, "{}", text.len());
        self.0.each(text, from, found);
    }

    fn at_once(&self) -> usize {
        2
    }
}

/// What matches where a line begins.
struct Begin;

impl Matcher for Begin {
    fn each(&self, _text: &str, from: usize, found: &mut dyn FnMut(Range<usize>) -> bool) {
        if from == 0 {
            found(0..1);
        }
    }

    fn at_once(&self) -> usize {
        2
    }
}

#[test]
fn a_line_begins_once_however_it_is_searched() {
    let transcript = message("ü".repeat(SEGMENT_MAX * 3));
    let mut search = Search::new(Box::new(Begin));
    search_all(&mut search, &transcript);
    assert_eq!(search.count(), transcript.line_count());
}

#[test]
fn the_clock_is_looked_at_before_much_was_searched() {
    let transcript = message("x".repeat(SEGMENT_MAX * 20));
    let mut search = Search::new(Box::new(Narrow(Literal::any_case("y").unwrap())));
    let mut slices = 0;
    while search.search(&transcript, || true) {
        slices += 1;
    }
    assert!(slices >= 15, "{slices}");
}

#[test]
fn what_comes_while_it_is_searched_is_searched_too() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server("+OK\r\n");
    let (mut transcript, mut search) = (Transcript::read_by(1), any_case("needle"));
    let long = "x".repeat(SEGMENT_MAX * 2) + "needle";
    for piece in ["a needle\r\nno\r\nnee", "dle\r\n", &long, " needle\r\n", ".\r\n"] {
        recorded.server(piece);
        append(&mut transcript, &mut recorded);
        search_all(&mut search, &transcript);
    }
    let mut at_once = any_case("needle");
    search_all(&mut at_once, &transcript);
    assert_eq!(places(&search), places(&at_once));
    assert_eq!(search.count(), 4);
}

#[test]
fn what_is_hidden_is_found_no_more() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "needle")
        .server("-ERR no\r\n")
        .client(2, "needle");
    let mut transcript = Transcript::read_by(1);
    append(&mut transcript, &mut recorded);
    let mut search = any_case("needle");
    search_all(&mut search, &transcript);
    assert_eq!(search.count(), 2);
    let seq = transcript.hideable(1).unwrap();
    transcript.withdraw(&[seq], By::Participant(1));
    assert!(search.has_more(&transcript));
    search_all(&mut search, &transcript);
    assert_eq!(places(&search), [(3, 0, 6)]);
}

#[test]
fn no_more_matches_are_kept_than_there_is_room_for() {
    let transcript = message("x".repeat(70) + "\r\n" + &("x".repeat(70) + "\r\n").repeat(2000));
    let mut search = any_case("x");
    search_all(&mut search, &transcript);
    assert_eq!(search.count(), MATCHES_MAX);
    assert!(search.is_full() && !search.has_more(&transcript));
}

#[test]
fn a_match_is_chosen_from_a_place_on_and_stands_out() {
    let transcript = message("needle\r\nx\r\nneedle needle\r\n");
    let mut search = any_case("needle");
    search_all(&mut search, &transcript);
    assert_eq!(
        [3, 4, 5, 6].map(|it| search.first_from(it)),
        [Some(0), Some(1), Some(1), None]
    );
    assert_eq!(search.record(2), Some(5));
    let chosen: Vec<bool> = search.found(5, Some(2)).iter().map(|it| it.is_chosen).collect();
    assert_eq!(chosen, [false, true]);
}
