//! Signing in for somebody else's session: the owner's browser, and a guest's that came through a sign-in link.

use anyhow::{Context, Result, ensure};
use e2e::keys::{ENTER, TAB};
use e2e::{Bridge, Browser, Console, Dovecot, Mark, Scripted, Security, Theme, ViewPort, eventually};

/// A password that is nowhere by accident.
const CANARY: &str = "Zq7-canary-Xw4";

/// Forms that the passwords of these tests take on their way: as they are, and within PLAIN's message.
const SECRETS: [&str; 4] = [CANARY, "password01", "cGFzc3dvcmQwMQ", "AHVzZXIwMQBwYXNzd29yZDAx"];

/// Makes a sign-in link, and opens it in a browser of somebody else's.
async fn invite(owner: &Console, bridge: &Bridge) -> Result<(Console, String)> {
    let made = owner.browser().evaluate(
        "const session = location.pathname.split('/')[2];
         const token = localStorage.getItem('pop3-console:session:' + session);
         return fetch(`/api/sessions/${session}/links`, {
             method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
             body: JSON.stringify({ role: 'sign-in', name: 'for ben' }),
         }).then(answer => answer.json()).then(link => `/s/${session}#${link.token}`)",
    );
    let path = made.await?.as_str().context("no link was made")?.to_owned();
    let guest = Console::open_in(Browser::start().await?, bridge, &path).await?;
    Ok((guest, path))
}

async fn connected(bridge: &Bridge, server: &str, security: Security) -> Result<Console> {
    let owner = Console::open(bridge).await?;
    owner.connect(server, security).await?;
    owner.await_state("AUTHORIZATION").await?;
    Ok(owner)
}

async fn submit(guest: &Console, user: &str, password: &str) -> Result<()> {
    let browser = guest.browser();
    browser.get("textbox", "User name").await?.fill(user).await?;
    browser.get("textbox", "Password").await?.fill(password).await?;
    guest.press("Sign in").await
}

async fn until_seen(console: &Console, text: &str) -> Result<String> {
    eventually(&format!("`{text}` in sight"), async || {
        let seen = console.in_sight().await?;
        Ok(seen.contains(text).then_some(seen))
    })
    .await
    .with_context(|| text.to_owned())
}

/// Nothing that either of them holds or keeps, nor the log, nor what can be exported, has one of the passwords.
async fn nobody_has_them(owner: &Console, guest: &Console, bridge: &Bridge) -> Result<()> {
    for console in [owner, guest] {
        let everything = console.everything().await?;
        for secret in SECRETS {
            ensure!(!everything.contains(secret), "the page has {secret}");
        }
    }
    let exported = owner.browser().evaluate(
        "const session = location.pathname.split('/')[2];
         const token = localStorage.getItem('pop3-console:session:' + session);
         return Promise.all(['text', 'html', 'ndjson'].map(kind =>
             fetch(`/api/sessions/${session}/export/${kind}`, { headers: { authorization: `Bearer ${token}` } })
                 .then(answer => answer.ok ? answer.text() : Promise.reject(answer.status)))).then(all => all.join('\\n'))",
    );
    let exported = exported.await?.as_str().unwrap_or_default().to_owned();
    ensure!(exported.contains("+OK"), "nothing was exported");
    let kept = eventually("the sign-in in the journal", async || {
        let kept = bridge.kept()?;
        Ok(has(&kept, "UsedUp").then_some(kept))
    })
    .await?;
    for secret in SECRETS {
        ensure!(!has(&kept, secret), "the journal has {secret}");
        ensure!(!exported.contains(secret), "an export has {secret}");
        ensure!(!bridge.log().contains(secret), "the bridge's log has {secret}");
    }
    Ok(())
}

fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|it| it == text.as_bytes())
}

#[tokio::test]
async fn a_guest_signs_in_over_tls_and_nobody_else_sees_the_password() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let owner = connected(
        &bridge,
        &format!("localhost:{}", dovecot.tls_port()),
        Security::Tls,
    )
    .await?;
    let (guest, path) = invite(&owner, &bridge).await?;
    let browser = guest.browser();
    browser.get("form", "Sign in").await?;
    let seen = until_seen(&guest, "the certificate is trusted and is for localhost").await?;
    for told in [
        "The owner of this session asks you to sign in",
        "Sign in to localhost",
        &format!("port {}", dovecot.tls_port()),
        "Nobody in the session sees it, not even its owner",
        "read and delete the mail",
    ] {
        ensure!(seen.contains(told), "`{told}` is not said: {seen}");
    }
    // What the server offers was asked by the console itself, and what hides the password goes before all others.
    owner.row(Mark::BEGIN, "client", "command", "CAPA").await?;
    // On a phone what it leads to is read before the button, and both are in sight; how it is done is behind a fold.
    ensure!(browser.look_for("combobox", "Mechanism").await?.is_none());
    guest.appear(ViewPort::PHONE, Theme::Dark).await?;
    guest.settle().await?;
    let order = browser.evaluate(
        "const below = it => it.getBoundingClientRect().bottom;
         const told = [...document.querySelectorAll('.guest p')].find(it => it.textContent.includes('can read and delete'));
         const button = document.querySelector('.guest [type=submit]');
         return [below(told), below(button), innerHeight].map(Math.round).join(' ')",
    );
    let order = order.await?.as_str().unwrap_or_default().to_owned();
    let places: Vec<i32> = order.split(' ').filter_map(|it| it.parse().ok()).collect();
    ensure!(places.len() == 3 && places.is_sorted(), "{order}");
    guest.pictures("guest").await?;
    browser
        .evaluate("document.querySelector('.guest-form details').open = true")
        .await?;
    let mechanism = browser.get("combobox", "Mechanism").await?;
    ensure!(mechanism.value().await? == "SCRAM-SHA-256");
    guest.pictures("guest-mechanism").await?;

    submit(&guest, "user01", CANARY).await?;
    let told = guest.alert("The server refused").await?;
    ensure!(told.contains("You can try 4 more times."), "{told}");
    let password = browser.get("textbox", "Password").await?;
    ensure!(password.value().await?.is_empty(), "the password stayed");
    guest.pictures("guest-refused").await?;

    submit(&guest, "user01", "password01").await?;
    guest.alert("You are signed in").await?;
    owner.await_state("TRANSACTION").await?;
    let row = owner
        .row(Mark::BEGIN, "client", "command", "AUTH SCRAM-SHA-256")
        .await?;
    ensure!(!row.text.contains("bj11c2VyMDE"), "{}", row.text);
    owner.row(Mark::BEGIN, "console", "", "used up").await?;
    nobody_has_them(&owner, &guest, &bridge).await?;
    guest.pictures("guest-signed-in").await?;
    // The result stays when the console has closed the link behind it, and the link lets nobody in again.
    browser.go(&format!("{}/", bridge.origin())).await?;
    browser.go(&format!("{}{path}", bridge.origin())).await?;
    guest.alert("This link does not let you in").await?;
    ensure!(browser.look_for("form", "Sign in").await?.is_none());
    owner
        .row(Mark::BEGIN, "console", "", "a sign-in link that was used already")
        .await?;
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn nobody_is_led_to_type_a_password_for_a_server_that_nobody_verified() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::start()?;
    let owner = Console::open(&bridge).await?;
    owner
        .connect(&format!("localhost:{}", dovecot.tls_port()), Security::Tls)
        .await?;
    owner.press("Connect without verifying").await?;
    owner.await_state("AUTHORIZATION").await?;
    let (guest, _) = invite(&owner, &bridge).await?;
    until_seen(&guest, "Nobody verified the server's certificate").await?;
    for field in ["User name", "Password"] {
        ensure!(
            guest.browser().look_for("textbox", field).await?.is_none(),
            "{field}"
        );
    }
    guest.pictures("guest-not-verified").await?;
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn the_guests_page_works_from_the_keyboard_and_follows_the_connection() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        let answer = match line {
            "CAPA" => "+OK\r\nUSER\r\nSASL PLAIN LOGIN\r\n.\r\n",
            "PASS password01" => "+OK welcome\r\n",
            _ if line.starts_with("PASS") => "-ERR [AUTH] <b>no</b>\r\n",
            _ => "+OK\r\n",
        };
        Some(answer.into())
    })
    .await?;
    let bridge = Bridge::start()?;
    let owner = connected(&bridge, &server.address().to_string(), Security::Plain).await?;
    let (guest, _) = invite(&owner, &bridge).await?;
    let browser = guest.browser();
    until_seen(&guest, "it does not leave the machine that the console runs on").await?;
    let focused = browser.focused().await?;
    ensure!(focused.name().await? == "User name");
    browser.type_keys(&format!("user01{TAB}{CANARY}{ENTER}")).await?;
    let told = guest.alert("The server refused").await?;
    ensure!(told.contains("<b>no</b>"), "{told}");
    // Another password can be typed at once.
    eventually("the focus on the password", async || {
        Ok((browser.focused().await?.name().await? == "Password").then_some(()))
    })
    .await?;

    owner.press("Disconnect").await?;
    owner.await_state("CLOSED").await?;
    until_seen(&guest, "not connected to the server now").await?;
    let field = browser.get("textbox", "User name").await?;
    ensure!(field.attribute("readonly").await?.is_some());
    guest.pictures("guest-not-connected").await?;
    // The owner is told that somebody waits, and beforehand that this comes to pass.
    owner
        .says("is here to sign in, and can once there is a connection")
        .await?;
    owner.pictures("guest-waits").await?;
    owner.press("Share").await?;
    let choice = owner.browser().get("radio", "Sign in only").await?;
    choice.type_keys(" ").await?;
    owner
        .says("The server closes a connection on which nobody signs in")
        .await?;
    owner.pictures("share-sign-in").await?;
    owner.press("Close").await?;
    owner.press("Connect again").await?;
    owner.await_state("AUTHORIZATION").await?;
    eventually("a form that can be filled in", async || {
        let field = browser.get("textbox", "User name").await?;
        let is_open = field.attribute("readonly").await?.is_none();
        Ok((is_open && field.value().await? == "user01").then_some(()))
    })
    .await?;
    submit(&guest, "user01", "password01").await?;
    guest.alert("You are signed in").await?;
    let heard = String::from_utf8_lossy(&server.heard()).into_owned();
    ensure!(
        heard.ends_with("CAPA\r\nUSER user01\r\nPASS password01\r\n"),
        "{heard}"
    );
    nobody_has_them(&owner, &guest, &bridge).await?;
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn what_somebody_types_while_a_guest_signs_in_does_not_end_up_in_the_middle_of_it() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        // PASS is answered when the test says so.
        Some(if line.starts_with("PASS") {
            Vec::new()
        } else {
            b"+OK\r\n.\r\n".to_vec()
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let owner = connected(&bridge, &server.address().to_string(), Security::Plain).await?;
    let (guest, _) = invite(&owner, &bridge).await?;
    submit(&guest, "user01", CANARY).await?;
    owner.row(Mark::BEGIN, "client", "command", "PASS").await?;
    owner.say("NOOP").await?;
    until_seen(&owner, "somebody is signing in").await?;
    server.speak("+OK welcome\r\n")?;
    guest.alert("You are signed in").await?;
    owner.await_state("TRANSACTION").await?;
    let heard = String::from_utf8_lossy(&server.heard()).into_owned();
    ensure!(heard.ends_with(&format!("PASS {CANARY}\r\n")), "{heard}");
    nobody_has_them(&owner, &guest, &bridge).await?;
    guest.finish().await?;
    owner.finish().await
}
