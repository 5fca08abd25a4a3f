use super::*;

/// The tokens as `class:text`, joined; text tokens without their class, blanks and line ends as they are.
fn written(line: &[u8], tokens: &[Token]) -> String {
    let mut at = 0;
    let mut out = Vec::new();
    for token in tokens {
        assert_eq!(token.start, at, "a gap or an overlap");
        assert!(token.end > token.start, "an empty token");
        at = token.end;
        let text = String::from_utf8_lossy(&line[token.start as usize..token.end as usize]).into_owned();
        out.push(match token.kind {
            TokenKind::Text => text,
            TokenKind::End => "$".to_owned(),
            kind => format!("{{{} {text}}}", kind.class()),
        });
    }
    assert_eq!(at as usize, line.len(), "not the whole line");
    out.concat()
}

fn client(line: &str) -> String {
    written(
        line.as_bytes(),
        &client_line(line.as_bytes(), Expectation::Command),
    )
}

fn server(part: Part, line: &str) -> String {
    written(line.as_bytes(), &server_line(part, line.as_bytes()))
}

#[test]
fn a_typed_line_has_verb_and_arguments() {
    assert_eq!(client("retr 3"), "{command retr} {number 3}");
    assert_eq!(client("  TOP 2  5 "), "  {command TOP} {number 2}  {number 5} ");
    assert_eq!(client("XTND XMIT 3"), "{unknown XTND} {argument XMIT} {number 3}");
    assert_eq!(client("USER user01"), "{command USER} {argument user01}");
    assert_eq!(
        client("USER user01@company.com"),
        "{command USER} {address user01@company.com}"
    );
    assert_eq!(
        client("PASS  password 01"),
        "{command PASS} {secret  password 01}"
    );
    assert_eq!(client("PASS:x"), "{command PASS}{secret :x}");
    assert_eq!(client("> PASS x"), "{unknown >} {argument PASS} {secret x}");
    assert_eq!(
        client("APOP user01 c4c9"),
        "{command APOP} {argument user01} {secret c4c9}"
    );
    assert_eq!(
        client("AUTH plain AGEAYg=="),
        "{command AUTH} {mechanism plain} {secret AGEAYg==}"
    );
    assert_eq!(client(""), "");
    assert_eq!(
        written(b"AGEAYg==", &client_line(b"AGEAYg==", Expectation::Response)),
        "{secret AGEAYg==}"
    );
    assert_eq!(
        written(b"*", &client_line(b"*", Expectation::Response)),
        "{command *}"
    );
}

#[test]
fn a_greeting_has_its_timestamp() {
    assert_eq!(
        server(
            Part::Greeting,
            "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n"
        ),
        "{status-ok +OK} POP3 server ready {apop <1896.697170952@dbc.mtview.ca.us>}$"
    );
    assert_eq!(
        server(Part::Greeting, "+OK <a b@c> <d> <<e@f>\n"),
        "{status-ok +OK} <a {address b@c}> <d> <{apop <e@f>}$"
    );
    assert_eq!(
        server(Part::Greeting, "SSH-2.0-x\r\n"),
        "SSH-2.0-x$".replace("2.0", "{number 2}.{number 0}")
    );
}

#[test]
fn a_status_line_has_code_and_numbers() {
    assert_eq!(
        server(Part::Status, "-ERR [IN-USE] locked\r\n"),
        "{status-err -ERR} {code [IN-USE]} locked$"
    );
    assert_eq!(
        server(Part::Status, "+OK 2 320\r\n"),
        "{status-ok +OK} {number 2} {number 320}$"
    );
    assert_eq!(
        server(Part::Status, "+ok (272 octets) a1\r\n"),
        "{status-ok +ok} ({number 272} octets) a1$"
    );
    assert_eq!(server(Part::Status, "+OK\r\n"), "{status-ok +OK}$");
    assert_eq!(
        server(Part::Status, "+OK a.1@b.example: 2, <3@b> @ c@\r\n"),
        "{status-ok +OK} {address a.1@b.example}: {number 2}, {address <3@b>} @ c@$"
    );
    assert_eq!(
        server(Part::Status, "+OK caf\u{e9}1 1\u{e9}\r\n"),
        "{status-ok +OK} caf\u{e9}1 1\u{e9}$"
    );
    assert_eq!(
        server(Part::Continuation, "+ VXNlcm5hbWU6\r\n"),
        "{status-ok +} {base64 VXNlcm5hbWU6}$"
    );
    assert_eq!(
        server(Part::Continuation, "+ go ahead\r\n"),
        "{status-ok +} go ahead$"
    );
    assert_eq!(
        server(Part::Unexpected, "-ERR idle\r\n"),
        "{status-err -ERR}{unknown  idle}$"
    );
    assert_eq!(server(Part::Terminator, ".\r\n"), "{terminator .}$");
}

#[test]
fn a_listing_has_rows_or_names() {
    assert_eq!(server(Part::Listing, "1 245\r\n"), "{number 1} {number 245}$");
    assert_eq!(
        server(Part::Listing, "1 000000016b0407b4\r\n"),
        "{number 1} {unique-id 000000016b0407b4}$"
    );
    assert_eq!(server(Part::Listing, "UIDL\r\n"), "{capability UIDL}$");
    assert_eq!(
        server(Part::Listing, "EXPIRE 60 USER\r\n"),
        "{capability EXPIRE} {number 60} {argument USER}$"
    );
    assert_eq!(
        server(Part::Listing, "SASL PLAIN LOGIN\r\n"),
        "{capability SASL} {mechanism PLAIN} {mechanism LOGIN}$"
    );
    assert_eq!(
        server(Part::Listing, "SCRAM-SHA-256\r\n"),
        "{mechanism SCRAM-SHA-256}$"
    );
    assert_eq!(server(Part::Listing, "SASL\r\n"), "{capability SASL}$");
    assert_eq!(server(Part::Listing, "\r\n"), "$");
}

#[test]
fn a_header_field_has_name_and_value() {
    assert_eq!(
        server(Part::Header, "From: A <a@b.example>, c@d.example.\r\n"),
        "{header-name From:}{header-value  A <}{address a@b.example}{header-value >, }{address c@d.example}{header-value .}$"
    );
    assert_eq!(
        server(Part::Header, "Subject: =?utf-8?Q?caf=C3=A9?= now =?x?\r\n"),
        "{header-name Subject:}{header-value  }{encoded-word =?utf-8?Q?caf=C3=A9?=}{header-value  now =?x?}$"
    );
    assert_eq!(
        server(Part::Header, "\tboundary=\"=_a@b\"; x=y\r\n"),
        "{header-value \tboundary=\"}{boundary =_a@b}{header-value \"; x=y}$"
    );
    assert_eq!(
        server(Part::Header, "no field here\r\n"),
        "{header-value no field here}$"
    );
    assert_eq!(server(Part::Header, "\r\n"), "$");
}

#[test]
fn a_body_line_is_boundary_base64_or_text() {
    assert_eq!(
        server(Part::Body, "------=_Part_1--\r\n"),
        "{boundary ------=_Part_1--}$"
    );
    assert_eq!(server(Part::Body, "-- \r\n"), "-- $");
    assert_eq!(server(Part::Body, "----------\r\n"), "----------$");
    let base64 = "QUJD".repeat(19);
    assert_eq!(
        server(Part::Body, &format!("{base64}\r\n")),
        format!("{{base64 {base64}}}$")
    );
    assert_eq!(server(Part::Body, "QUI=\r\n"), "{base64 QUI=}$");
    assert_eq!(server(Part::Body, "word\r\n"), "word$");
    assert_eq!(
        server(Part::Body, "write to a@b.example.\r\n"),
        "write to {address a@b.example}.$"
    );
    assert_eq!(server(Part::Body, "a@ @b @ @@\r\n"), "a@ @b @ @@$");
}

#[test]
fn a_part_of_a_body_has_header_fields() {
    assert_eq!(
        server(Part::Body, "content-type: multipart/mixed; boundary=x-1\r\n"),
        "{header-name content-type:}{header-value  multipart/mixed; boundary=}{boundary x-1}$"
    );
    assert_eq!(
        server(Part::Body, "\tboundary=\"=_x\"; y\r\n"),
        "\tboundary=\"{boundary =_x}\"; y$"
    );
    assert_eq!(
        server(
            Part::Body,
            "Content-Description: =?utf-8?Q?caf=C3=A9?= of a@b\r\n"
        ),
        "{header-name Content-Description:}{header-value  }{encoded-word =?utf-8?Q?caf=C3=A9?=}{header-value  of }{address a@b}$"
    );
    assert_eq!(
        server(Part::Body, "content-wise: it is boundary=x\r\n")
            .matches('{')
            .count(),
        3
    );
    assert_eq!(server(Part::Body, "Note: boundary=x\r\n"), "Note: boundary=x$");
    assert_eq!(
        server(Part::Body, "the content-type: x\r\n"),
        "the content-type: x$"
    );
}

#[test]
fn a_quotation_has_its_marks_one_within_another_too() {
    assert_eq!(
        server(Part::Body, "> > a@b wrote >:\r\n"),
        "{quote > >} {address a@b} wrote >:$"
    );
    assert_eq!(server(Part::Body, ">>>\r\n"), "{quote >>>}$");
    assert_eq!(server(Part::Body, ">From here\r\n"), "{quote >}From here$");
    assert_eq!(server(Part::Body, "a > b\r\n"), "a > b$");
}

#[test]
fn what_goes_on_with_a_line_is_of_its_kind() {
    let rest = |part, before: &str, octets: &str| {
        let tokens = rest_of_server_line(part, before.as_bytes(), octets.as_bytes());
        written(octets.as_bytes(), &tokens)
    };
    assert_eq!(
        rest(Part::Header, "To: a@b,", " c@d, =?utf-8?Q?e?=\r\n"),
        "{header-value  }{address c@d}{header-value , }{encoded-word =?utf-8?Q?e?=}$"
    );
    assert_eq!(rest(Part::Body, "QUJD", "QUJD\r\n"), "{base64 QUJD}$");
    assert_eq!(rest(Part::Body, "a b", "word\r\n"), "word$");
    assert_eq!(rest(Part::Body, "QUJD", "a@b"), "{address a@b}");
    assert_eq!(rest(Part::Listing, "1 ", "245\r\n"), "245$");
}

#[test]
fn the_last_line_of_base64_may_be_short() {
    for (line, may) in [
        ("QUJD\r\n", true),
        ("QUJDRA==\n", true),
        ("QUJ\r\n", false),
        ("QU D\r\n", false),
        ("\r\n", false),
    ] {
        assert_eq!(may_end_base64(line.as_bytes()), may, "{line:?}");
    }
    assert_eq!(
        written(b"QUJD\r\n", &end_of_base64(b"QUJD\r\n")),
        "{base64 QUJD}$"
    );
}

#[test]
fn a_long_line_is_lexed_at_its_beginning_only() {
    let mut line = vec![b'1'; LEXED_MAX - 1];
    line.extend_from_slice("\u{1f600} 2\r\n".as_bytes());
    let tokens = server_line(Part::Header, &line);
    let ends: Vec<_> = tokens
        .iter()
        .map(|token| (token.end as usize, token.kind))
        .collect();
    let content = line.len() - 2;
    let expected = [
        (LEXED_MAX - 1, TokenKind::HeaderValue),
        (content, TokenKind::Text),
        (line.len(), TokenKind::End),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn hostile_lines_take_linear_time() {
    for pattern in [
        "=?",
        "@",
        "<",
        "a@",
        "=?a?",
        "boundary=",
        "1 ",
        "<@",
        "> ",
        "a@ ",
        "content-a:",
    ] {
        let line = pattern.repeat(PART_OF_A_LINE / pattern.len());
        for part in [
            Part::Greeting,
            Part::Status,
            Part::Listing,
            Part::Header,
            Part::Body,
        ] {
            let tokens = server_line(part, line.as_bytes());
            assert!(tokens.len() <= LEXED_MAX + 1);
            let tokens = rest_of_server_line(part, b"x", line.as_bytes());
            assert!(tokens.len() <= LEXED_MAX + 1);
        }
    }
}

const PART_OF_A_LINE: usize = 1 << 20;
