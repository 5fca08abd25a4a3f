use super::*;

/// What a listing or a message gives when it comes in pieces of `size`, runs of one section joined.
fn sections(mut payload: Payload, octets: &[u8], size: usize) -> Vec<(Section, Vec<u8>)> {
    let mut runs: Vec<(Section, Vec<u8>)> = Vec::new();
    let mut give = |(section, octets): (Section, Bytes)| match runs.last_mut() {
        Some((last, run)) if *last == section => run.extend_from_slice(&octets),
        _ => runs.push((section, octets.to_vec())),
    };
    let mut over = false;
    for mut piece in octets.chunks(size) {
        while !piece.is_empty() {
            assert!(!over, "octets behind the terminator");
            if let Some(given) = payload.next(&mut piece) {
                assert!(given.1.len() <= PIECE_MAX);
                over = given.0 == Section::Terminator;
                give(given);
            }
        }
    }
    if !over && let Some(given) = payload.finish() {
        give(given);
    }
    runs
}

fn check(new: fn() -> Payload, octets: &str, expected: &[(Section, &str)]) {
    for size in 1..=octets.len() {
        let given = sections(new(), octets.as_bytes(), size);
        let given: Vec<_> = given
            .iter()
            .map(|(section, run)| (*section, std::str::from_utf8(run).unwrap()))
            .collect();
        assert_eq!(given, expected, "{octets:?} in pieces of {size}");
    }
}

#[test]
fn a_message_has_header_body_and_terminator() {
    use Section::{Body, Header, Terminator};
    let new = Payload::message;
    check(
        new,
        "A: b\r\n\r\ntext\r\n.\r\n",
        &[
            (Header, "A: b\r\n\r\n"),
            (Body, "text\r\n"),
            (Terminator, ".\r\n"),
        ],
    );
    check(
        new,
        "A: b\n\ntext\n.\n",
        &[(Header, "A: b\n\n"), (Body, "text\n"), (Terminator, ".\n")],
    );
    check(new, "\r\n.\r\n", &[(Header, "\r\n"), (Terminator, ".\r\n")]);
    check(
        new,
        "A: b\r\n.\r\n",
        &[(Header, "A: b\r\n"), (Terminator, ".\r\n")],
    );
    check(new, ".\r\n", &[(Terminator, ".\r\n")]);
    check(
        new,
        "A\r\n..\r\n\r\n..\r\n.\r\n",
        &[
            (Header, "A\r\n..\r\n\r\n"),
            (Body, "..\r\n"),
            (Terminator, ".\r\n"),
        ],
    );
}

#[test]
fn the_name_of_a_field_comes_in_one_piece() {
    let header = "Subject: topic\r\n folded: x\r\nX-1 : y\n.Dot: z\r\nText\r\n\r\n";
    for size in 1..=header.len() {
        let (mut payload, mut begun) = (Payload::message(), String::new());
        for mut piece in header.as_bytes().chunks(size) {
            while !piece.is_empty() {
                let Some((section, octets)) = payload.next(&mut piece) else {
                    continue;
                };
                assert_eq!(section, Section::Header);
                begun.push_str(std::str::from_utf8(&octets).unwrap());
                let line = begun.rsplit('\n').next().unwrap();
                let is_cut =
                    !line.is_empty() && line != "\r" && !line.starts_with(' ') && !line.contains(':');
                assert!(!is_cut, "{line:?} in pieces of {size}");
            }
        }
        assert_eq!(begun, header);
    }
}

#[test]
fn of_a_line_that_is_no_field_not_all_is_held_back() {
    let mut payload = Payload::message();
    let line = [b'x'; FIELD_START_MAX];
    assert_eq!(payload.next(&mut &line[1..]), None);
    let given = payload.next(&mut &line[..1]);
    assert_eq!(given, Some((Section::Header, Bytes::copy_from_slice(&line))));
    let given = payload.next(&mut &line[..1]);
    assert_eq!(given, Some((Section::Header, Bytes::from_static(b"x"))));
}

#[test]
fn only_a_dot_alone_on_its_line_ends_a_payload() {
    use Section::{Listing, Terminator};
    let new = Payload::listing;
    for text in [
        ".\r.\r\n", "..\r\n", ". \r\n", "a.\r\n", ".\r\r\n", "\r.\r\n", "\n\n", ".a\n", "a\r.\n",
    ] {
        let whole = format!("{text}.\r\n");
        check(new, &whole, &[(Listing, text), (Terminator, ".\r\n")]);
    }
}

#[test]
fn what_is_held_back_comes_out_at_the_end() {
    use Section::{Body, Header, Listing};
    check(Payload::listing, "1 2\r\n.", &[(Listing, "1 2\r\n.")]);
    check(Payload::listing, ".\r", &[(Listing, ".\r")]);
    check(
        Payload::message,
        "A\r\n\r\n.\r",
        &[(Header, "A\r\n\r\n"), (Body, ".\r")],
    );
}

#[test]
fn a_long_payload_comes_in_bounded_pieces() {
    let mut octets = vec![b'x'; 3 * PIECE_MAX + 17];
    octets.extend_from_slice(b"\r\n.\r\n");
    for size in [PIECE_MAX - 1, PIECE_MAX, PIECE_MAX + 1, octets.len()] {
        let given = sections(Payload::listing(), &octets, size);
        assert_eq!(given.len(), 2);
        assert_eq!(given[0].1.len(), 3 * PIECE_MAX + 19);
    }
}

/// The lines, and the pieces of long ones, when they come in pieces of `size`.
fn lines(octets: &[u8], size: usize) -> Vec<LinePiece> {
    let mut lines = Lines::default();
    let mut given = Vec::new();
    for mut piece in octets.chunks(size) {
        while !piece.is_empty() {
            given.extend(lines.next(&mut piece));
        }
    }
    given.extend(lines.finish());
    given
}

#[test]
fn a_line_ends_at_lf_and_never_at_a_bare_cr() {
    let octets = b"+OK\r\na\rb\n\n\r\nrest\r";
    for size in 1..=octets.len() {
        let given: Vec<_> = lines(octets, size)
            .into_iter()
            .map(|line| (line.octets, line.first, line.last))
            .collect();
        let expected = [
            ("+OK\r\n", true),
            ("a\rb\n", true),
            ("\n", true),
            ("\r\n", true),
            ("rest\r", false),
        ]
        .map(|(line, last)| (Bytes::from(line), true, last));
        assert_eq!(given, expected, "in pieces of {size}");
    }
}

#[test]
fn a_long_line_comes_in_pieces_at_the_same_places() {
    let mut octets = vec![b'x'; 2 * PIECE_MAX];
    octets.extend_from_slice(b"\r\n+OK\r\n");
    let expected = [
        (PIECE_MAX, true, false),
        (PIECE_MAX, false, false),
        (2, false, true),
        (5, true, true),
    ];
    for size in [1, 7, 4096, PIECE_MAX, octets.len()] {
        let given: Vec<_> = lines(&octets, size)
            .iter()
            .map(|line| (line.octets.len(), line.first, line.last))
            .collect();
        assert_eq!(given, expected, "in pieces of {size}");
    }
}

#[test]
fn unstuffing_takes_the_first_dot_of_a_line_away() {
    let octets = b"..\r\n.a\r\nb.\r\n\r\n...";
    for size in 1..=octets.len() {
        let (mut unstuffing, mut out) = (Unstuffing::default(), Vec::new());
        octets
            .chunks(size)
            .for_each(|piece| unstuffing.push(piece, &mut out));
        assert_eq!(out, b".\r\na\r\nb.\r\n\r\n..", "in pieces of {size}");
    }
}
