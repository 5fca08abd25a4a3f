//! What a LIST comes to.

use super::*;

#[test]
fn the_sum_of_a_list_is_checked_against_what_was_said_of_it() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "LIST");
    recorded.server("+OK\r\n1 200\r\n2 1").server("00\r\n.\r\n");
    recorded.client(2, "STAT").server("+OK 2 300\r\n");
    recorded
        .client(3, "LIST")
        .server("+OK 2 messages:\r\n1 200\r\n2 101\r\n.\r\n");
    recorded
        .client(4, "LIST")
        .server("+OK 2 messages (300 octets)\r\n1 200\r\n2 100\r\n.\r\n");
    recorded.client(5, "DELE 1").server("+OK\r\n");
    recorded.client(6, "LIST").server("+OK\r\n2 100\r\n.\r\n");
    recorded.client(7, "UIDL").server("+OK\r\n2 100\r\n.\r\n");
    recorded
        .client(8, "LIST")
        .server("+OK\r\n2 100\r\n3 many\r\n.\r\n");
    let transcript = transcript(&recorded.take());
    let notes: Vec<_> = rows(&transcript)
        .into_iter()
        .filter(|row| row.part == "terminator")
        .map(|row| (row.margin[0].text.clone(), row.margin[0].is_bad))
        .collect();
    let told: Vec<_> = notes
        .iter()
        .map(|(text, is_bad)| (text.as_str(), *is_bad))
        .collect();
    assert_eq!(
        told[..4],
        [
            ("sum 300", false),
            ("sum 301, 300 announced ✗", true),
            ("sum 300 ✓ matches", false),
            ("sum 100", false),
        ]
    );
    assert!(
        told[4..].iter().all(|it| it.0.starts_with("whole in ")),
        "{told:?}"
    );
}
