//! What can be entered for a server.

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Browser, Console, Dovecot, Security};

#[tokio::test]
async fn a_server_is_understood_as_people_write_it() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let (port, tls_port) = (dovecot.port(), dovecot.tls_port());
    let plain = [
        format!("127.0.0.1 {port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("pop://127.0.0.1:{port}"),
        format!("telnet 127.0.0.1 {port}"),
    ];
    let tls = [
        format!("openssl s_client -connect localhost:{tls_port}"),
        format!("pops://localhost:{tls_port}"),
    ];
    let stls = [format!(
        "openssl s_client -starttls pop3 -connect localhost:{port}"
    )];

    let console = Console::open(&bridge).await?;
    for (written, security) in [
        (&plain[..], "clear text"),
        (&tls[..], "TLS 1."),
        (&stls[..], "TLS 1."),
    ] {
        for server in written {
            connect_as_written(&console, &bridge, server, security)
                .await
                .with_context(|| server.clone())?;
        }
    }
    console.finish().await
}

/// Enters it and connects, without choosing anything else.
async fn connect_as_written(console: &Console, bridge: &Bridge, server: &str, security: &str) -> Result<()> {
    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console
        .browser()
        .get("textbox", "Server")
        .await?
        .fill(server)
        .await?;
    console.press("Connect").await?;
    console.await_state("AUTHORIZATION").await?;
    console.await_status("Connection security", security).await
}

#[tokio::test]
async fn a_pasted_line_chooses_the_security() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let server = console.browser().get("textbox", "Server").await?;
    for (written, security) in [
        ("pops://mail.company.com", Security::Tls),
        ("telnet mail.company.com 110", Security::Plain),
        (
            "openssl s_client -connect mail.company.com:110 -starttls pop3",
            Security::Stls,
        ),
        ("openssl s_client -connect mail.company.com:995", Security::Tls),
    ] {
        server.fill(written).await?;
        let radio = console.browser().get("radio", security.name()).await?;
        e2e::eventually(&format!("{written} to choose {}", security.name()), async || {
            Ok(radio.is_checked().await?.then_some(()))
        })
        .await?;
    }
    console.finish().await
}

#[tokio::test]
async fn a_password_in_an_address_is_refused() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console
        .browser()
        .get("textbox", "Server")
        .await?
        .fill("pop://user01:password01@127.0.0.1:110")
        .await?;
    let said = console.alert("password").await?;
    ensure!(!said.contains("password01"), "{said}");
    console.finish().await
}

#[tokio::test]
async fn the_form_is_prefilled_from_the_address_bar() -> Result<()> {
    let bridge = Bridge::start()?;
    let browser = Browser::start().await?;
    let console = Console::open_in(browser, &bridge, "/?server=mail.company.com:995&security=tls").await?;
    let server = console.browser().get("textbox", "Server").await?;
    ensure!(server.value().await? == "mail.company.com:995");
    ensure!(console.browser().get("radio", "TLS").await?.is_checked().await?);
    console.finish().await
}
