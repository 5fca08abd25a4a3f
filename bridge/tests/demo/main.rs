//! The demonstration mailbox, as dialogues with it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod client;
mod login;
mod security;

use client::{Client, connect};
use pop3_console::demo::Demonstration;

const FOUR: &str = "C: LIST
    S: +OK 4 messages (1061 octets)
    S: 1 245
    S: 2 245
    S: 3 272
    S: 4 299
    S: .";

#[tokio::test]
async fn the_announced_sizes_are_true() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = Client::logged_in(&demonstration).await;
    client.dialogue("C: STAT\nS: +OK 4 1061").await;
    client.dialogue(FOUR).await;
    for (number, octets) in [(1, 245), (2, 245), (3, 272), (4, 299)] {
        client
            .dialogue(&format!("C: LIST {number}\nS: +OK {number} {octets}"))
            .await;
        assert_eq!(client.retrieve(number).await.len(), octets);
    }
}

#[tokio::test]
async fn a_walk_through_the_mailbox_marks_and_takes_back() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = Client::logged_in(&demonstration).await;
    client
        .dialogue(
            "C: LIST 3
             S: +OK 3 272
             C: UIDL
             S: +OK Unique-ids follow
             S: 1 532854cf00000001
             S: 2 5328569900000002
             S: 3 532857b700000003
             S: 4 5328597600000004
             S: .
             C: UIDL 2
             S: +OK 2 5328569900000002
             C: retr 3
             S: +OK 272 octets
             S: Return-Path: user01@company.com
             S: Received: from ws01.company.com (ws01.company.com [192.168.2.14])
             S: From: user01@company.com
             S: To: user01@company.com
             S: Subject: Test
             S: Date: Tue, 18 Mar 2014 16:14:31 +0100
             S: Message-ID: <00003@company.com>
             S: X-Mailer: Company Mail 1.0
             S: 
             S: aaa
             S: .
             C: NOOP
             S: +OK
             C: DELE 2
             S: +OK msg deleted
             C: LIST
             S: +OK 3 messages (816 octets)
             S: 1 245
             S: 3 272
             S: 4 299
             S: .
             C: STAT
             S: +OK 3 816
             C: RETR 2
             S: -ERR [SYS/PERM] message 2 already deleted
             C: TOP 2 5
             S: -ERR [SYS/PERM] message 2 already deleted
             C: DELE 2
             S: -ERR [SYS/PERM] message 2 already deleted
             C: UIDL 2
             S: -ERR [SYS/PERM] message 2 already deleted
             C: RSET
             S: +OK 4 messages (1061 octets)",
        )
        .await;
    client.dialogue(FOUR).await;
}

#[tokio::test]
async fn a_line_that_begins_with_a_dot_is_stuffed_by_retr_and_top() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = Client::logged_in(&demonstration).await;
    assert!(
        client
            .retrieve(4)
            .await
            .ends_with("a dot.\r\n.hidden\r\nThat was all.\r\n")
    );
    let header = "S: Return-Path: user01@company.com
        S: Received: from ws01.company.com (ws01.company.com [192.168.2.14])
        S: From: user01@company.com
        S: To: user01@company.com
        S: Subject: Test 2
        S: Date: Tue, 18 Mar 2014 16:21:58 +0100
        S: Message-ID: <00004@company.com>
        S: ";
    let first = "S: The next line begins with a dot.\nS: ..hidden";
    let top = "S: +OK Top of the message follows";
    client
        .dialogue(&format!("C: TOP 4 0\n{top}\n{header}\nS: ."))
        .await;
    client
        .dialogue(&format!("C: TOP 4 2\n{top}\n{header}\n{first}\nS: ."))
        .await;
    let all = format!("{top}\n{header}\n{first}\nS: That was all.\nS: .");
    client.dialogue(&format!("C: TOP 4 3\n{all}")).await;
    client
        .dialogue(&format!("C: TOP 4 18446744073709551615\n{all}"))
        .await;
}

#[tokio::test]
async fn quit_alone_commits() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = Client::logged_in(&demonstration).await;
    client.dialogue("C: DELE 2\nS: +OK msg deleted").await;
    drop(client);

    let mut client = Client::logged_in(&demonstration).await;
    client.dialogue(FOUR).await;
    client
        .dialogue(
            "C: DELE 2
             S: +OK msg deleted
             C: QUIT
             S: +OK POP3 server signing off (1 deleted, 3 left)",
        )
        .await;
    client.ends().await;

    let mut client = Client::logged_in(&demonstration).await;
    client
        .dialogue(
            "C: UIDL
             S: +OK Unique-ids follow
             S: 1 532854cf00000001
             S: 2 532857b700000003
             S: 3 5328597600000004
             S: .
             C: QUIT
             S: +OK POP3 server signing off (0 deleted, 3 left)",
        )
        .await;
    client.ends().await;

    let another_start = Demonstration::start().await.unwrap();
    let mut another = Client::logged_in(&another_start).await;
    another
        .dialogue("C: QUIT\nS: +OK POP3 server signing off (0 deleted, 4 left)")
        .await;
}

#[tokio::test]
async fn one_connection_at_a_time_holds_the_mailbox() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut first = Client::logged_in(&demonstration).await;
    let mut second = connect(&demonstration).await;
    second.greeting().await;
    let try_again = "C: USER user01\nS: +OK Send your password\nC: PASS password01\nS: ";
    second
        .dialogue(&format!(
            "{try_again}-ERR [IN-USE] another connection holds the mailbox"
        ))
        .await;
    first
        .dialogue("C: QUIT\nS: +OK POP3 server signing off (0 deleted, 4 left)")
        .await;
    second
        .dialogue(&format!("{try_again}+OK Mailbox locked and ready"))
        .await;
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_their_order() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = connect(&demonstration).await;
    client.greeting().await;
    client
        .send(b"USER user01\r\nPASS password01\r\nSTAT\r\nDELE 1\r\nSTAT\nQUIT\r\nNOOP\r\n")
        .await;
    client
        .dialogue(
            "S: +OK Send your password
             S: +OK Mailbox locked and ready
             S: +OK 4 1061
             S: +OK msg deleted
             S: +OK 3 816
             S: +OK POP3 server signing off (1 deleted, 3 left)",
        )
        .await;
    client.ends().await;
}

#[tokio::test]
async fn commands_that_cannot_be_done_are_refused_and_change_nothing() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = connect(&demonstration).await;
    client.greeting().await;
    client
        .dialogue(
            "C: LAST
             S: -ERR unknown command
             C: STAT
             S: -ERR log in first
             C: 
             S: -ERR unknown command",
        )
        .await;
    let mut client = Client::logged_in(&demonstration).await;
    client
        .dialogue(
            "C: LAST
             S: -ERR unknown command
             C: USER user01
             S: -ERR you are logged in already
             C: STLS
             S: -ERR you are logged in already
             C: RETR
             S: -ERR RETR takes one message number
             C: RETR 0
             S: -ERR no such message
             C: RETR 5
             S: -ERR no such message
             C: DELE 99999999999999999999999
             S: -ERR that is no message number
             C: LIST -1
             S: -ERR that is no message number
             C: TOP 1
             S: -ERR TOP takes a message number and a number of lines
             C: TOP 1 x
             S: -ERR that is no number of lines
             C: STAT 1
             S: -ERR STAT takes no argument",
        )
        .await;
    client.send(b"\xff\xfe\0\r\n").await;
    client.dialogue("S: -ERR unknown command").await;
    client.dialogue(FOUR).await;
}

#[tokio::test]
async fn a_line_that_is_too_long_is_passed_over() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = Client::logged_in(&demonstration).await;
    for length in [8 * 1024 + 1, 100_000] {
        client
            .send(format!("{}\r\nNOOP\r\n", "x".repeat(length)).as_bytes())
            .await;
        client.dialogue("S: -ERR line too long\nS: +OK").await;
    }
}

#[tokio::test]
async fn more_connections_than_there_are_places_are_told_so() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut clients = Vec::new();
    for _ in 0..64 {
        let mut client = connect(&demonstration).await;
        client.greeting().await;
        clients.push(client);
    }
    let mut late = connect(&demonstration).await;
    late.dialogue("S: -ERR [SYS/TEMP] too many connections, try again later")
        .await;
    late.ends().await;
}

#[tokio::test]
async fn dropping_it_ends_its_connections() {
    let demonstration = Demonstration::start().await.unwrap();
    let address = demonstration.address();
    let mut client = Client::logged_in(&demonstration).await;
    drop(demonstration);
    client.ends().await;
    let refused = tokio::net::TcpStream::connect(address)
        .await
        .expect_err("nobody listens any more");
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}
