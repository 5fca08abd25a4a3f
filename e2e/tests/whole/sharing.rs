//! A session that is shared by a link, in two and three browsers.

use anyhow::{Context, Result, ensure};
use e2e::{Bridge, Browser, Console, Mark, Scripted, Security, eventually};

/// A server that answers everything, and RETR with a message.
async fn server() -> Result<Scripted> {
    Scripted::start("+OK ready\r\n", |line| {
        Some(if line.starts_with("RETR") {
            b"+OK 60 octets\r\nSubject: canary-header\r\n\r\ncanary-body one\r\ncanary-body two\r\n.\r\n"
                .to_vec()
        } else {
            b"+OK\r\n".to_vec()
        })
    })
    .await
}

/// What the sheet for sharing is asked for.
pub(super) struct Asked<'a> {
    pub(super) allows: &'a str,
    pub(super) shows: &'a str,
}

pub(super) const WATCH: Asked = Asked {
    allows: "Watch",
    shows: "Everything",
};

/// Makes a link with the sheet, from the keyboard, and gives its address.
pub(super) async fn share(console: &Console, asked: &Asked<'_>) -> Result<String> {
    console.press("Share").await?;
    for choice in [asked.allows, asked.shows] {
        let radio = console.browser().get("radio", choice).await?;
        if !radio.is_checked().await? {
            radio.type_keys(" ").await?;
        }
    }
    console.press("Create link").await?;
    let link = eventually("a link", async || {
        let link = console.browser().get("textbox", "Link").await?.value().await?;
        Ok(Some(link).filter(|it| it.contains('#')))
    })
    .await?;
    console.press("Close").await?;
    Ok(link)
}

/// Opens a link in a browser of its own.
pub(super) async fn open(bridge: &Bridge, link: &str) -> Result<Console> {
    let path = link
        .strip_prefix(bridge.origin())
        .context("a link to elsewhere")?;
    Console::open_in(Browser::start().await?, bridge, path).await
}

async fn is_silent(console: &Console, text: &str) -> Result<()> {
    eventually(&format!("`{text}` gone"), async || {
        Ok((!console.in_sight().await?.contains(text)).then_some(()))
    })
    .await
}

/// The names in the list of participants.
async fn participants(console: &Console) -> Result<Vec<String>> {
    let list = console.browser().get("list", "Participants").await?;
    let mut names = Vec::new();
    for button in list.all("button").await? {
        names.push(button.name().await?);
    }
    Ok(names)
}

async fn call_me(console: &Console, name: &str) -> Result<()> {
    console
        .browser()
        .get("textbox", "Your name")
        .await?
        .fill(name)
        .await?;
    console.press("Save name").await
}

#[tokio::test]
async fn the_link_that_was_copied_opens_the_session() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let mark = owner.say("NOOP before").await?;
    owner.answer(mark, "+OK").await?;
    owner.browser().allow_clipboard().await?;
    owner.press("Share").await?;
    owner.press("Copy link").await?;
    owner.says("Copied").await?;
    let copied = owner
        .browser()
        .evaluate("return navigator.clipboard.readText()")
        .await?;
    let link = copied.as_str().context("the clipboard holds text")?;
    ensure!(link == owner.browser().get("textbox", "Link").await?.value().await?);
    let guest = open(&bridge, link).await?;
    guest.row(Mark::BEGIN, "client", "", "NOOP before").await?;
    guest.says("You are watching.").await?;
    guest.finish().await?;
    owner.press("Close").await?;
    owner.finish().await
}

#[tokio::test]
async fn a_guest_watches_live_asks_for_control_and_is_granted_it() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let mark = owner.say("NOOP before").await?;
    owner.answer(mark, "+OK").await?;
    owner.press("Share").await?;
    owner.pictures("share-new").await?;
    owner.press("Close").await?;
    let link = share(&owner, &WATCH).await?;
    let guest = open(&bridge, &link).await?;
    guest.row(Mark::BEGIN, "client", "", "NOOP before").await?;
    guest.says("You are watching.").await?;
    ensure!(
        guest
            .browser()
            .look_for("combobox", "POP3 command")
            .await?
            .is_none()
    );
    ensure!(guest.browser().look_for("button", "Share").await?.is_none());
    ensure!(guest.browser().look_for("button", "Disconnect").await?.is_none());
    guest.pictures("share-watching").await?;
    call_me(&guest, "Anna B.").await?;
    eventually("the owner to see who is here", async || {
        Ok(participants(&owner)
            .await?
            .iter()
            .any(|it| it.starts_with("Anna B., guest, watches"))
            .then_some(()))
    })
    .await?;

    guest.press("Request control").await?;
    owner.says("Anna B., a guest, asks for control.").await?;
    guest.says("the owner decides").await?;
    owner.press("Not now").await?;
    guest.says("The owner said not now.").await?;
    guest.pictures("share-declined").await?;
    guest.press("Request control").await?;
    owner.browser().get("button", "Not now").await?;
    guest.press("Withdraw request").await?;
    owner.browser().gone("button", "Not now").await?;
    guest.press("Request control").await?;
    owner.browser().get("button", "Not now").await?;
    owner.pictures("share-asked").await?;
    owner.press("Grant").await?;
    let mark = guest.say("NOOP by anna").await?;
    guest.answer(mark, "+OK").await?;
    owner.row(Mark::BEGIN, "client", "", "NOOP by anna").await?;
    owner.says("Anna B.").await?;

    // Who types is seen, and seen to stop.
    guest.type_at_prompt("ST").await?;
    eventually("the owner to see that somebody types", async || {
        Ok(participants(&owner)
            .await?
            .iter()
            .any(|it| it.ends_with("typing"))
            .then_some(()))
    })
    .await?;
    owner.pictures("share-typing").await?;
    owner.press("Share").await?;
    owner.pictures("share-links").await?;
    owner.press("Close").await?;
    eventually("the owner to see that nobody types any more", async || {
        let participants = participants(&owner).await?;
        Ok((!participants.iter().any(|it| it.ends_with("typing"))).then_some(()))
    })
    .await?;

    // Handed over, the owner watches until they take it back.
    let anna = participants(&owner)
        .await?
        .into_iter()
        .find(|it| it.starts_with("Anna B."))
        .context("Anna is here")?;
    owner.press(&anna).await?;
    owner.pictures("share-people").await?;
    owner.press("Hand over: Anna B.").await?;
    owner.press("Close").await?;
    owner.says("You handed control over.").await?;
    // Taking it back from her is having it again.
    owner.press(&anna).await?;
    owner.press("Take back: Anna B.").await?;
    owner.press("Close").await?;
    guest.says("took control back from you").await?;
    let mark = owner.say("NOOP by owner").await?;
    owner.answer(mark, "+OK").await?;
    ensure!(server.heard() == b"NOOP before\r\nNOOP by anna\r\nNOOP by owner\r\n");
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn what_is_said_is_seen_by_a_guest_at_once() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let guest = open(&bridge, &share(&owner, &WATCH).await?).await?;
    guest.row(Mark::BEGIN, "server", "greeting", "").await?;
    // Both pages are on one machine and go by one clock: when each has drawn a line is noted where it is drawn.
    let watch = "window.seen = {}; new MutationObserver(() => { for (const row of document.querySelectorAll('[data-part=unexpected]'))
        window.seen[row.dataset.line] ??= performance.timeOrigin + performance.now(); })
        .observe(document.querySelector('[role=log]'), { childList: true, subtree: true, characterData: true })";
    owner.browser().evaluate(watch).await?;
    guest.browser().evaluate(watch).await?;
    for number in 0..10 {
        server.speak(&format!("+OK live {number}\r\n"))?;
        guest
            .row(Mark::BEGIN, "server", "", &format!("live {number}"))
            .await?;
        owner
            .row(Mark::BEGIN, "server", "", &format!("live {number}"))
            .await?;
    }
    let (near, far) = (
        owner
            .browser()
            .evaluate("return Object.values(window.seen)")
            .await?,
        guest
            .browser()
            .evaluate("return Object.values(window.seen)")
            .await?,
    );
    let times = |it: &serde_json::Value| -> Vec<f64> {
        it.as_array()
            .into_iter()
            .flatten()
            .filter_map(|it| it.as_f64())
            .collect()
    };
    let mut behind: Vec<f64> = times(&near)
        .iter()
        .zip(times(&far))
        .map(|(near, far)| far - near)
        .collect();
    ensure!(behind.len() == 10, "{near} {far}");
    behind.sort_by(f64::total_cmp);
    println!("behind the owner's page, in ms: {behind:.1?}");
    ensure!(behind[5] < 100.0, "a guest is behind by {behind:?} ms");
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn a_revoked_link_is_over_at_once_and_for_good() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let link = share(&owner, &WATCH).await?;
    let guest = open(&bridge, &link).await?;
    guest.says("You are watching.").await?;
    owner.press("Share").await?;
    owner.says("guest 2 · 8 h left").await?;
    // The pages themselves say when: finding the button and looking for the words takes longer than what is measured.
    let press =
        "document.addEventListener('click', () => { window.pressed = Date.now(); }, true); return null;";
    owner.browser().evaluate(press).await?;
    let tell = "window.told = new Promise(told => new MutationObserver(() => {
                    if (document.body.textContent.includes('This link does not let you in')) told(Date.now());
                }).observe(document.body, { childList: true, subtree: true, characterData: true }));
                return null;";
    guest.browser().evaluate(tell).await?;
    owner.press("Revoke").await?;
    guest.alert("This link does not let you in").await?;
    let moment = async |console: &Console, script: &str| {
        let at = console.browser().evaluate(script).await?;
        at.as_f64().context("no time was taken")
    };
    let told = moment(&guest, "return window.told;").await?;
    let took = told - moment(&owner, "return window.pressed;").await?;
    println!("the guest was told after {took} ms");
    ensure!((0.0..300.0).contains(&took), "it took {took} ms");
    guest.pictures("share-not-let-in").await?;
    owner.says("revoked").await?;
    owner.pictures("share-revoked").await?;
    guest.browser().reload().await?;
    guest.alert("This link does not let you in").await?;
    // What never was a link looks the same.
    let (address, _) = link.split_once('#').context("a link has a token")?;
    let unknown = open(&bridge, &format!("{address}#{}", "A".repeat(43))).await?;
    unknown.alert("This link does not let you in").await?;
    let said = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    ensure!(said(unknown.in_sight().await?) == said(guest.in_sight().await?));
    Ok(())
}

#[tokio::test]
async fn two_type_at_once_and_no_line_is_mixed_up() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let control = Asked {
        allows: "Type commands",
        shows: "Everything",
    };
    let link = share(&owner, &control).await?;
    let one = open(&bridge, &link).await?;
    let field = one.browser().get("textbox", "Your name").await?;
    field.fill("one").await?;
    let other = open(&bridge, &link).await?;
    eventually("three in the list", async || {
        Ok((participants(&one).await?.len() == 3).then_some(()))
    })
    .await?;
    ensure!(
        field.value().await? == "one",
        "what is typed goes when somebody comes"
    );
    for (guest, name) in [(&one, "one"), (&other, "other")] {
        eventually("a prompt", async || {
            guest.browser().look_for("combobox", "POP3 command").await
        })
        .await?;
        call_me(guest, name).await?;
    }
    let type_all = async |console: &Console, who: &str| -> Result<()> {
        for number in 0..8 {
            console.say(&format!("NOOP {who} {number}")).await?;
        }
        Ok(())
    };
    let (a, b, c) = tokio::join!(
        type_all(&owner, "owner"),
        type_all(&one, "one"),
        type_all(&other, "other")
    );
    a.and(b).and(c)?;
    eventually("every line", async || {
        Ok((server.heard().iter().filter(|it| **it == b'\n').count() == 24).then_some(()))
    })
    .await?;
    let heard = String::from_utf8(server.heard())?;
    for who in ["owner", "one", "other"] {
        let lines: Vec<&str> = heard
            .lines()
            .filter(|it| it.starts_with(&format!("NOOP {who} ")))
            .collect();
        ensure!(lines.len() == 8, "{heard}");
        ensure!(lines.is_sorted(), "{heard}");
    }
    // Everyone sees the same, and who sent what.
    let last = heard.lines().last().context("something was said")?.to_owned();
    for console in [&owner, &one, &other] {
        console.row(Mark::BEGIN, "client", "", &last).await?;
    }
    let senders = "return [...document.querySelectorAll('[data-from=client]')].map(row =>
        [row.querySelector('.text').textContent, row.querySelector('.margin').textContent].join('|'))";
    let seen = owner.browser().evaluate(senders).await?.to_string();
    for (line, sender) in [
        ("NOOP owner 7", "you"),
        ("NOOP one 7", "one"),
        ("NOOP other 7", "other"),
    ] {
        ensure!(
            seen.contains(&format!("{line}|{sender}")),
            "{line} by {sender}: {seen}"
        );
    }
    owner.pictures("share-three").await?;
    one.finish().await?;
    other.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn a_lower_sight_is_told_how_much_is_withheld_and_never_what() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let mark = owner.say("RETR 1").await?;
    owner.payload(mark).await?;
    for (shows, withheld, secrets) in [
        ("Headers", "2 lines, 34 octets withheld", &["canary-body"][..]),
        (
            "Commands and status",
            "2 lines, 26 octets withheld",
            &["canary-header", "canary-body"],
        ),
    ] {
        let asked = Asked {
            allows: "Watch",
            shows,
        };
        let guest = open(&bridge, &share(&owner, &asked).await?).await?;
        guest.says(withheld).await?;
        guest.row(Mark::BEGIN, "server", "terminator", ".").await?;
        let everything = guest.everything().await?;
        for secret in secrets {
            ensure!(!everything.contains(secret), "{shows} shows {secret}");
        }
        let lines = |rows: Vec<e2e::Row>| rows.last().map(|it| it.line);
        let mark = owner.say("NOOP").await?;
        owner.answer(mark, "+OK").await?;
        eventually("the same numbers", async || {
            Ok((lines(owner.rows().await?) == lines(guest.rows().await?)).then_some(()))
        })
        .await?;
        guest
            .pictures(&format!(
                "share-sight-{}",
                shows.split(' ').next().unwrap_or_default()
            ))
            .await?;
        guest.finish().await?;
    }
    owner.finish().await
}

#[tokio::test]
async fn a_note_is_seen_by_everyone_below_its_line() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let mark = owner.say("NOOP look").await?;
    owner.answer(mark, "+OK").await?;
    let link = share(&owner, &WATCH).await?;
    let line = owner.row(mark, "client", "", "NOOP look").await?.line;
    // The link to a line stands beside the token.
    let guest = open(&bridge, &format!("{link}&L{line}")).await?;
    eventually("the line that the link leads to", async || {
        let script = "return document.querySelector('.row.current')?.dataset.line";
        Ok((guest.browser().evaluate(script).await?.as_str() == Some(&line.to_string())).then_some(()))
    })
    .await?;
    guest
        .browser()
        .evaluate("document.querySelector('[role=log]').focus()")
        .await?;
    guest.browser().type_keys("n").await?;
    guest
        .browser()
        .get("textbox", "Note")
        .await?
        .type_keys("Is this <b>right</b>?")
        .await?;
    guest.pictures("share-note-sheet").await?;
    guest.press("Attach note").await?;
    for console in [&owner, &guest] {
        console.says("Is this <b>right</b>?").await?;
        console.says("1 note").await?;
    }
    let below = format!("return document.querySelector('[data-line=\"{line}\"] [role=note]')?.textContent");
    let told = owner.browser().evaluate(&below).await?.to_string();
    ensure!(told.contains("guest 2") && told.contains("right"), "{told}");
    owner.pictures("share-note").await?;
    // The link stays in the address, and works when the page is loaded again.
    let address = guest.browser().address().await?;
    ensure!(address.starts_with(&link), "{address}");
    guest.browser().reload().await?;
    guest.says("Is this <b>right</b>?").await?;
    owner.press("Hide the note by guest 2").await?;
    owner.press("Hide").await?;
    is_silent(&guest, "Is this").await?;
    guest.says("hidden by the owner").await?;
    guest.finish().await?;
    owner.finish().await
}

#[tokio::test]
async fn a_guest_comes_back_as_who_they_were_when_the_network_was_away() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::connected(&bridge, &server).await?;
    let link = share(&owner, &WATCH).await?;
    let path = link
        .strip_prefix(bridge.origin())
        .context("a link to elsewhere")?;
    let (network, guest) = Console::behind_network(&bridge, path).await?;
    call_me(&guest, "anna").await?;
    let is_here = async |is_here: bool| {
        eventually("who is here", async || {
            let found = participants(&owner)
                .await?
                .iter()
                .any(|it| it.starts_with("anna"));
            Ok((found == is_here).then_some(()))
        })
        .await
    };
    is_here(true).await?;
    network.cut();
    guest.says("Reconnecting").await?;
    is_here(false).await?;
    let mark = owner.say("NOOP meanwhile").await?;
    owner.answer(mark, "+OK").await?;
    network.mend();
    guest.row(Mark::BEGIN, "client", "", "NOOP meanwhile").await?;
    is_here(true).await?;
    let rows = guest.rows().await?;
    let times = rows
        .iter()
        .filter(|it| it.text.contains("NOOP meanwhile"))
        .count();
    ensure!(times == 1, "{rows:#?}");
    owner.finish().await
}

#[tokio::test]
async fn a_token_is_in_no_log() -> Result<()> {
    let (server, bridge) = (server().await?, Bridge::start()?);
    let owner = Console::open(&bridge).await?;
    owner
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    owner.await_state("AUTHORIZATION").await?;
    let link = share(&owner, &WATCH).await?;
    let guest = open(&bridge, &link).await?;
    guest.says("You are watching.").await?;
    let (_, token) = link.split_once('#').context("a link has a token")?;
    ensure!(token.len() == 43, "{token}");
    ensure!(!bridge.log().contains(token));
    Ok(())
}
