//! Tokens that take more than their line to be known.

use super::*;

#[test]
fn base64_goes_on_in_long_lines_and_ends_in_a_short_one() {
    let long = "QUJD".repeat(SEGMENT_MAX);
    let usual = "QUJD".repeat(19);
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "RETR 1").server(format!(
        "+OK\r\n\r\n{usual}\r\nQUJD\r\nQUJD\r\nword\r\n{long}\r\n.\r\n"
    ));
    let mut transcript = transcript(&recorded.take());
    transcript.toggle_folds();
    let classes: Vec<_> = rows(&transcript)
        .iter()
        .filter(|row| row.part == "body")
        .map(|row| match &row.body {
            Body::Line(spans) => spans[0].class,
            _ => "",
        })
        .collect();
    assert_eq!(classes[..4], ["base64", "base64", "text", "text"]);
    assert!(
        classes.len() > 7 && classes[4..].iter().all(|it| *it == "base64"),
        "{classes:?}"
    );
}

#[test]
fn a_challenge_says_what_it_means() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "AUTH LOGIN")
        .server("+ VXNlcm5hbWU6\r\n");
    let rows = rows(&transcript(&recorded.take()));
    let Some(Body::Line(spans)) = rows.last().map(|row| &row.body) else {
        panic!()
    };
    assert_eq!(spans.last().map(|it| it.title.as_str()), Some("Username:"));
}
