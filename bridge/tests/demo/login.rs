//! The ways to log in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use pop3_console::demo::Demonstration;

use crate::client::{Client, connect};

async fn greeted(demonstration: &Demonstration) -> (Client, String) {
    let mut client = connect(demonstration).await;
    let timestamp = client.greeting().await;
    (client, timestamp)
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_user_is_needed_again() {
    let demonstration = Demonstration::start().await.unwrap();
    let (mut client, _) = greeted(&demonstration).await;
    client
        .dialogue(
            "C: PASS password01
             S: -ERR send USER first
             C: USER user01
             S: +OK Send your password
             C: PASS password02
             S: -ERR [AUTH] wrong name or password
             C: PASS password01
             S: -ERR send USER first
             C: USER nobody
             S: +OK Send your password
             C: PASS password01
             S: -ERR [AUTH] wrong name or password
             C: USER
             S: -ERR USER takes a name
             C: user user01
             S: +OK Send your password
             C: pass password01
             S: +OK Mailbox locked and ready",
        )
        .await;
}

#[tokio::test]
async fn apop_takes_the_digest_of_this_greetings_timestamp() {
    let demonstration = Demonstration::start().await.unwrap();
    let digest = |timestamp: &str| -> String {
        let digest = Md5::digest(format!("{timestamp}password01"));
        digest.iter().map(|octet| format!("{octet:02x}")).collect()
    };
    let (mut client, timestamp) = greeted(&demonstration).await;
    let (mut other, of_the_other) = greeted(&demonstration).await;
    assert_ne!(timestamp, of_the_other);
    let refused = "S: -ERR [AUTH] wrong name or password";
    client
        .dialogue(&format!("C: APOP user01 {}\n{refused}", digest(&of_the_other)))
        .await;
    client
        .dialogue(&format!("C: APOP nobody {}\n{refused}", digest(&timestamp)))
        .await;
    client
        .dialogue("C: APOP user01\nS: -ERR APOP takes a name and a digest")
        .await;
    client
        .dialogue(&format!(
            "C: APOP user01 {}\nS: +OK Mailbox locked and ready",
            digest(&timestamp)
        ))
        .await;
    other.dialogue("C: QUIT\nS: +OK POP3 server signing off").await;
    other.ends().await;
}

#[tokio::test]
async fn auth_plain_takes_its_response_at_once_or_when_asked() {
    let demonstration = Demonstration::start().await.unwrap();
    let good = STANDARD.encode("\0user01\0password01");
    let named = STANDARD.encode("user01\0user01\0password01");
    let wrong = STANDARD.encode("\0user01\0password02");
    let other = STANDARD.encode("nobody\0user01\0password01");

    let (mut client, _) = greeted(&demonstration).await;
    for refused in [&wrong, &other] {
        client
            .dialogue(&format!(
                "C: AUTH PLAIN {refused}\nS: -ERR [AUTH] wrong name or password"
            ))
            .await;
    }
    client
        .dialogue(&format!("C: AUTH PLAIN {good}\nS: +OK Mailbox locked and ready"))
        .await;
    client
        .dialogue("C: QUIT\nS: +OK POP3 server signing off (0 deleted, 4 left)")
        .await;

    let (mut client, _) = greeted(&demonstration).await;
    client
        .dialogue(&format!(
            "C: AUTH
             S: +OK Mechanisms follow
             S: PLAIN
             S: .
             C: AUTH CRAM-MD5
             S: -ERR unknown authentication mechanism
             C: AUTH PLAIN
             S: + 
             C: *
             S: -ERR authentication cancelled
             C: AUTH PLAIN
             S: + 
             C: not base64
             S: -ERR that is no response to PLAIN
             C: STAT
             S: -ERR log in first
             C: auth plain
             S: + 
             C: {named}
             S: +OK Mailbox locked and ready"
        ))
        .await;
}
