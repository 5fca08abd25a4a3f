//! A connection that cannot be made: what failed, why, and what to try.

use std::net::TcpListener;

use anyhow::{Result, ensure};
use e2e::{Authority, Bridge, Console, Dovecot, Mark, Scripted, Security, eventually};

#[tokio::test]
async fn a_refused_connection_says_so() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    console
        .connect(&format!("127.0.0.1:{port}"), Security::Plain)
        .await?;
    console.alert("refused").await?;
    console.await_state("CLOSED").await?;

    // What a colleague needs to know of it is one click away, and for the clipboard.
    let browser = console.browser();
    browser.allow_clipboard().await?;
    browser
        .evaluate("document.querySelector('.connecting summary').click()")
        .await?;
    console.pictures("refused").await?;
    console.press("Copy technical detail").await?;
    let server = format!("Server: 127.0.0.1:{port}, plain");
    eventually("the detail in the clipboard", async || {
        let held = browser.evaluate("return navigator.clipboard.readText()").await?;
        let held = held.as_str().unwrap_or_default();
        Ok((held.starts_with(&server) && held.contains("Connect failed after")).then_some(()))
    })
    .await?;
    console.finish().await
}

#[tokio::test]
async fn the_server_can_be_changed_where_it_failed() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let wrong = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    console
        .connect(&format!("127.0.0.1:{wrong}"), Security::Tls)
        .await?;
    console.alert("refused").await?;
    console.press("Change the server").await?;
    let field = console.browser().get("textbox", "Server").await?;
    ensure!(
        field.value().await? == format!("127.0.0.1:{wrong}"),
        "what was entered is gone"
    );
    let radio = console.browser().get("radio", "TLS").await?;
    ensure!(radio.is_checked().await?, "what was chosen is gone");
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    // A new session begins with nothing.
    console
        .browser()
        .get("link", "New session")
        .await?
        .click()
        .await?;
    let field = console.browser().get("textbox", "Server").await?;
    ensure!(field.value().await?.is_empty(), "it is filled in");
    console.finish().await
}

#[tokio::test]
async fn servers_that_do_not_speak_pop3_are_named_and_nothing_typed_reaches_them() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    for (greeting, name) in [
        ("SSH-2.0-OpenSSH_9.2\r\n", "SSH"),
        ("220 mail.company.com ESMTP ready\r\n", "SMTP"),
        ("HTTP/1.1 400 Bad Request\r\n", "HTTP"),
    ] {
        let server = Scripted::start(greeting, |_| None).await?;
        console.browser().go(&format!("{}/", bridge.origin())).await?;
        console
            .connect(&server.address().to_string(), Security::Plain)
            .await?;
        console.alert(name).await?;
        ensure!(server.heard().is_empty(), "{name} was sent something");
    }
    console.finish().await
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_shown_and_can_be_passed_over_deliberately() -> Result<()> {
    let dovecot = Dovecot::start()?;
    // Nobody told this bridge of the authority.
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("localhost:{}", dovecot.tls_port()), Security::Tls)
        .await?;
    console.alert("certificate").await?;
    ensure!(
        console.in_sight().await?.contains("mail server of the tests"),
        "whose certificate is it?"
    );
    let mark = console.mark().await?;
    console.press("Connect without verifying").await?;
    console.await_state("AUTHORIZATION").await?;
    console
        .await_status("Connection security", "not verified")
        .await?;
    console.row(mark, "console", "", "not verified").await?;
    console.finish().await
}

#[tokio::test]
async fn a_certificate_for_another_name_says_which() -> Result<()> {
    let authority = Authority::new()?;
    let pair = authority.vouch_for(&["mail.company.com"])?;
    let dovecot = Dovecot::with(&authority, &pair)?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("localhost:{}", dovecot.tls_port()), Security::Tls)
        .await?;
    console.alert("not for localhost").await?;
    ensure!(
        console.in_sight().await?.contains("mail.company.com"),
        "for which name is it?"
    );
    console.finish().await
}

#[tokio::test]
async fn plain_on_a_tls_port_and_tls_on_a_plain_port_say_what_to_try() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::with(&[
        "--ca-file",
        &dovecot.authority().display().to_string(),
        "--greeting-within",
        "3",
    ])?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("127.0.0.1:{}", dovecot.tls_port()), Security::Plain)
        .await?;
    console.alert("TLS").await?;
    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console
        .connect(&format!("127.0.0.1:{}", dovecot.port()), Security::Tls)
        .await?;
    let said = console.alert("plain").await?;
    ensure!(said.contains("STLS"), "what to try? {said}");
    console.finish().await
}

#[tokio::test]
async fn a_server_that_wants_no_more_to_do_with_us_is_quoted() -> Result<()> {
    let server = Scripted::start("-ERR [IN-USE] too many connections from you\r\n", |_| None).await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console
        .row(Mark::BEGIN, "server", "greeting", "too many connections from you")
        .await?;
    ensure!(server.heard().is_empty());
    console.finish().await
}

#[tokio::test]
async fn refused_stls_stops_and_asks() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(if line == "STLS" {
            b"-ERR not today\r\n".to_vec()
        } else {
            b"+OK\r\n".to_vec()
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&server.address().to_string(), Security::Stls)
        .await?;
    console
        .row(Mark::BEGIN, "server", "status", "-ERR not today")
        .await?;
    console.press("Continue in clear text").await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("NOOP").await?;
    console.answer(mark, "+OK").await?;
    ensure!(server.heard() == b"STLS\r\nNOOP\r\n");
    console.finish().await
}

#[tokio::test]
async fn connecting_can_be_cancelled() -> Result<()> {
    let server = Scripted::silent().await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.press("Cancel").await?;
    console.await_state("CLOSED").await?;
    console.finish().await
}
