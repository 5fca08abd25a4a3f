//! The mailbox over TLS, from the start and after STLS.

use pop3_console::demo::Demonstration;

use crate::FOUR;
use crate::client::{connect, connect_tls};

#[tokio::test]
async fn stls_begins_tls_once_and_forgets_what_was_said() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = connect(&demonstration).await;
    client.greeting().await;
    client
        .dialogue(
            "C: CAPA
             S: +OK Capability list follows
             S: USER
             S: SASL PLAIN
             S: TOP
             S: UIDL
             S: RESP-CODES
             S: AUTH-RESP-CODE
             S: PIPELINING
             S: STLS
             S: EXPIRE NEVER
             S: IMPLEMENTATION pop3-console-demonstration
             S: .
             C: USER user01
             S: +OK Send your password
             C: STLS
             S: +OK Begin TLS negotiation now",
        )
        .await;
    let mut client = client.secured(&demonstration).await;
    client
        .dialogue(
            "C: CAPA
             S: +OK Capability list follows
             S: USER
             S: SASL PLAIN
             S: TOP
             S: UIDL
             S: RESP-CODES
             S: AUTH-RESP-CODE
             S: PIPELINING
             S: EXPIRE NEVER
             S: IMPLEMENTATION pop3-console-demonstration
             S: .
             C: STLS
             S: -ERR TLS is active already
             C: PASS password01
             S: -ERR send USER first
             C: USER user01
             S: +OK Send your password
             C: PASS password01
             S: +OK Mailbox locked and ready",
        )
        .await;
    client.dialogue(FOUR).await;
    client
        .dialogue("C: QUIT\nS: +OK POP3 server signing off (0 deleted, 4 left)")
        .await;
    client.ends().await;
}

#[tokio::test]
async fn plaintext_behind_stls_is_thrown_away() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = connect(&demonstration).await;
    client.greeting().await;
    client.send(b"STLS\r\nUSER user01\r\n").await;
    client.dialogue("S: +OK Begin TLS negotiation now").await;
    let mut client = client.secured(&demonstration).await;
    client
        .dialogue("C: PASS password01\nS: -ERR send USER first")
        .await;
}

#[tokio::test]
async fn the_tls_port_speaks_the_same() {
    let demonstration = Demonstration::start().await.unwrap();
    let mut client = connect_tls(&demonstration).await;
    client.greeting().await;
    client
        .dialogue(
            "C: STLS
             S: -ERR TLS is active already
             C: USER user01
             S: +OK Send your password
             C: PASS password01
             S: +OK Mailbox locked and ready",
        )
        .await;
    client.dialogue(FOUR).await;
    assert_eq!(client.retrieve(4).await.len(), 299);
    client
        .dialogue("C: QUIT\nS: +OK POP3 server signing off (0 deleted, 4 left)")
        .await;
    client.ends().await;
}
