use super::*;

fn shown(line: &str, expects_secret: bool) -> &str {
    let expects = if expects_secret {
        Expectation::Response
    } else {
        Expectation::Command
    };
    &line[..secret_from(line.as_bytes(), expects).unwrap_or(line.len())]
}

#[test]
fn finds_a_verb_in_any_letter_case() {
    assert_eq!(find(b"uIdL").map(|command| command.name), Some("UIDL"));
    assert_eq!(find(b"UIDLX"), None);
    assert_eq!(find(b""), None);
}

#[test]
fn every_name_is_there_once() {
    let names: Vec<_> = all().iter().map(|command| command.name).collect();
    let expected = "USER PASS APOP AUTH STAT LIST UIDL RETR TOP DELE RSET NOOP CAPA STLS UTF8 LANG QUIT";
    assert_eq!(names.join(" "), expected);
}

#[test]
fn arguments_are_what_stands_between_the_blanks() {
    assert_eq!(arguments(b"LIST"), b"");
    assert_eq!(arguments(b"LIST  \t"), b"");
    assert_eq!(arguments(b"  TOP\t 2  5 "), b"2  5");
    assert_eq!(arguments(b""), b"");
}

#[test]
fn a_password_is_secret_however_it_is_typed() {
    for (line, left) in [
        ("PASS x", "PASS "),
        ("pass x", "pass "),
        ("PASS  a b", "PASS "),
        ("\tPASS x", "\tPASS "),
        ("PASS\tx", "PASS\t"),
        ("PASS\0x", "PASS\0"),
        ("PASS:x", "PASS"),
        ("PASS=x", "PASS"),
        ("PASS\u{a0}x", "PASS"),
        ("\u{feff}PASS x", "\u{feff}PASS "),
        ("> PASS x", "> PASS "),
        ("PASS", "PASS"),
        ("PASS ", "PASS "),
    ] {
        assert_eq!(shown(line, false), left, "{line:?}");
    }
}

#[test]
fn a_digest_is_secret_and_a_name_alone_is_taken_for_one() {
    assert_eq!(
        shown("APOP user01 c4c9334bac560ecc979e58001b3e22fb", false),
        "APOP user01 "
    );
    assert_eq!(shown("apop  user01  c4c9", false), "apop  user01 ");
    assert_eq!(shown("APOP c4c9334bac560ecc979e58001b3e22fb", false), "APOP ");
    assert_eq!(shown("APOP c4c9334b ", false), "APOP ");
    assert_eq!(shown("APOP", false), "APOP");
}

#[test]
fn an_initial_response_is_secret_and_so_is_what_cannot_be_a_mechanism() {
    assert_eq!(shown("AUTH", false), "AUTH");
    assert_eq!(shown("AUTH PLAIN", false), "AUTH PLAIN");
    assert_eq!(shown("auth plain AGEAYg==", false), "auth plain ");
    assert_eq!(shown("AUTH  CRAM-MD5", false), "AUTH  CRAM-MD5");
    assert_eq!(shown("AUTH AGEAYg==", false), "AUTH ");
    assert_eq!(shown("AUTH AHVzZXIwMQBwYXNzd29yZDAx", false), "AUTH ");
}

#[test]
fn a_response_is_secret_but_for_the_star_that_cancels() {
    assert_eq!(shown("STAT", true), "");
    assert_eq!(shown("*", true), "*");
    assert_eq!(shown("* ", true), "");
    assert_eq!(secret_from(b"", Expectation::Response), None);
}

#[test]
fn nothing_else_is_secret() {
    for line in ["USER pass", "PASSx y", "STAT", "", " ", "\u{1f600}", "RETR 1"] {
        assert_eq!(
            secret_from(line.as_bytes(), Expectation::Command),
            None,
            "{line:?}"
        );
    }
}

#[test]
fn a_line_that_may_be_a_late_response_is_secret_unless_it_begins_with_a_known_verb() {
    let late = |line: &str| secret_from(line.as_bytes(), Expectation::LateResponse);
    assert_eq!(late("AHVzZXIwMQBwYXNzd29yZDAx"), Some(0));
    assert_eq!(late("hunter2"), Some(0));
    assert_eq!(late("quit"), None);
    assert_eq!(late("PASS password01"), Some(5));
    assert_eq!(late("*"), None);
    assert_eq!(late(""), None);
}

#[test]
fn a_reply_looks_as_the_very_line_wants_it() {
    for (line, shape) in [
        ("LIST", ReplyShape::Listing),
        ("list 3", ReplyShape::Single),
        ("AUTH", ReplyShape::Listing),
        ("AUTH PLAIN", ReplyShape::Single),
        ("CAPA x", ReplyShape::Listing),
        ("top 1 0", ReplyShape::Message),
        ("XYZZY", ReplyShape::Single),
        ("", ReplyShape::Single),
    ] {
        assert_eq!(reply_to(line.as_bytes()), shape, "{line}");
    }
}

#[test]
fn a_verb_is_told_in_any_letter_case_and_whole() {
    assert!(is(b" pAss x", "PASS") && is(b"PASS\tx", "PASS") && is(b"PASS", "PASS"));
    assert!(!is(b"PASSx", "PASS") && !is(b"", "PASS"));
}
