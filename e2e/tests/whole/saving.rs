//! What is saved is what went over the wire, octet for octet.

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Console, Dovecot, Mailbox, Mark, Scripted, Security};

/// Goes to the line with the terminator of a reply, and saves the message by its key.
async fn save_message(console: &Console, mark: Mark) -> Result<()> {
    let end = console.row(mark, "server", "terminator", ".").await?;
    let number = format!("Line {}", end.line);
    console.browser().get("link", &number).await?.click().await?;
    console.browser().type_keys("s").await
}

#[tokio::test]
async fn messages_of_dovecot_are_saved_as_they_are_in_its_maildir() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console.browser().take_downloads().await?;
    let address = format!("127.0.0.1:{}", dovecot.port());
    console.connect(&address, Security::Plain).await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user02", "password02").await?;
    // The large one comes last.
    for number in [2, 3, 4, 1] {
        let mark = console.say(&format!("RETR {number}")).await?;
        save_message(&console, mark).await?;
        let saved = console
            .browser()
            .downloaded(&format!("message-{number}.eml"))
            .await?;
        let mailbox = Mailbox::difficult();
        ensure!(
            saved == mailbox.messages()[number - 1],
            "message {number} differs"
        );
    }
    console.finish().await
}

/// Dots, bare LF, NUL, octets that are not UTF-8, a line of a megabyte, no CRLF at the end.
fn hostile() -> Vec<u8> {
    let mut message = b"Subject: \xff\x1b[31m\r\nX:".to_vec();
    message.extend_from_slice(&vec![b'x'; 1 << 20]);
    message.extend_from_slice(b"\r\n\r\n.\r\n..\r\n.dot\r\nbare\n.bare dot\n\n\0\xfe\r\r\nend\n");
    message
}

fn stuffed(message: &[u8]) -> Vec<u8> {
    let lines = message.split_inclusive(|&octet| octet == b'\n');
    lines
        .flat_map(|line| {
            let dot: &[u8] = if line.starts_with(b".") { b"." } else { b"" };
            [dot, line].concat()
        })
        .collect()
}

#[tokio::test]
async fn a_hostile_message_and_its_transcript_are_saved_as_they_came() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "UIDL" => b"+OK\r\n1 a/../b:c\r\n.\r\n".to_vec(),
            // It announces other octets than it sends.
            "RETR 1" => [b"+OK 7 octets\r\n", &stuffed(&hostile())[..], b".\r\n"].concat(),
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let browser = console.browser();
    browser.take_downloads().await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user01", "canary-of-saving").await?;
    let mark = console.say("UIDL").await?;
    console.row(mark, "server", "terminator", ".").await?;
    let mark = console.say("RETR 1").await?;
    save_message(&console, mark).await?;
    let saved = browser.downloaded("message-1-a_.._b_c.eml").await?;
    ensure!(saved == hostile(), "it differs");
    console.pictures("saving").await?;

    console.press("Save transcript").await?;
    let name = browser.saved_text().await?;
    ensure!(
        name.starts_with("pop3-127.0.0.1-") && name.ends_with("Z.txt"),
        "{name}"
    );
    let text = browser.downloaded(&name).await?;
    let reply = [b"+OK 7 octets\r\n", &stuffed(&hostile())[..], b".\r\n"].concat();
    let lines = reply.split_inclusive(|&it| it == b'\n');
    let wire: Vec<u8> = lines.flat_map(|line| [b"S: ", line].concat()).collect();
    let wire = [b"C: RETR 1\r\n", &wire[..]].concat();
    ensure!(text.ends_with(&wire), "the reply to RETR is not as it came");
    let begin = String::from_utf8(text[..text.len() - wire.len()].to_vec()).context("the rest is text")?;
    ensure!(!begin.contains("canary-of-saving"), "{begin}");
    for line in [
        "S: +OK ready\r\n",
        "C: USER user01\r\n",
        "C: PASS \u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\u{2022}\r\n",
        "C: UIDL\r\nS: +OK\r\nS: 1 a/../b:c\r\nS: .\r\n",
    ] {
        ensure!(begin.contains(line), "`{line}` is not in it: {begin}");
    }
    let remarks = begin.lines().filter(|line| line.starts_with("# ")).count();
    ensure!(remarks > 0, "{begin}");
    console.finish().await
}
