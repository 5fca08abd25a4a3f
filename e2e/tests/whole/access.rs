//! A hosted console: who has an account signs in, and everybody else is asked to.

use anyhow::{Context, Result, ensure};
use e2e::keys::{ENTER, ESCAPE, TAB, UP};
use e2e::{Bridge, Browser, Console, Mark, Theme, ViewPort, eventually};

use super::sharing::{WATCH, open, share};

/// The password of everybody here; nowhere by accident.
pub(super) const PASSWORD: &str = "Zq7-canary-Xw4-console";

pub(super) async fn submit(console: &Console, name: &str, password: &str) -> Result<()> {
    let browser = console.browser();
    browser.get("form", "Sign in to the console").await?;
    browser.get("textbox", "Name").await?.fill(name).await?;
    browser.get("textbox", "Password").await?.fill(password).await?;
    console.press("Sign in").await
}

/// A console where somebody has signed in.
pub(super) async fn signed_on(bridge: &Bridge, name: &str) -> Result<Console> {
    let console = Console::open(bridge).await?;
    submit(&console, name, PASSWORD).await?;
    console.browser().get("form", "Connect").await?;
    Ok(console)
}

pub(super) async fn sign_out(console: &Console, name: &str) -> Result<()> {
    menu(console, name).await?;
    console.press("Sign out").await
}

/// Presses what has a name that begins so.
pub(super) async fn press_beginning(console: &Console, name: &str) -> Result<()> {
    let press =
        format!("const it = document.querySelector('[aria-label^=\"{name}\"]'); it?.click(); return !!it");
    eventually(&format!("`{name}…` to press"), async || {
        let pressed = console.browser().evaluate(&press).await?;
        Ok((pressed == true).then_some(()))
    })
    .await
}

/// Opens the menu of whoever is signed in.
pub(super) async fn menu(console: &Console, name: &str) -> Result<()> {
    let script = format!(
        "const menu = document.querySelector('summary[aria-label=\"Signed in as {name}\"]'); menu?.click(); return !!menu"
    );
    eventually(&format!("the menu of {name}"), async || {
        let opened = console.browser().evaluate(&script).await?;
        Ok((opened == true).then_some(()))
    })
    .await
}

#[tokio::test]
async fn who_signs_in_opens_a_session_and_is_named_in_it() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = Console::open(&bridge).await?;
    console.browser().get("form", "Sign in to the console").await?;
    console.pictures("sign-on").await?;
    submit(&console, "anna", "not the password").await?;
    console.alert("The name or the password is wrong.").await?;
    let password = console.browser().get("textbox", "Password").await?;
    ensure!(password.value().await?.is_empty(), "the password stayed");
    console.pictures("sign-on-wrong").await?;
    // A refused sign-in is what a browser complains about.
    console
        .browser()
        .complains_only_of("/api/sign-on", &[401])
        .await?;

    submit(&console, "anna", PASSWORD).await?;
    console.open_demonstration().await?;
    let people = console.browser().get("list", "Participants").await?;
    let person = people.all("button").await?.pop().context("nobody is here")?;
    ensure!(person.name().await?.contains("anna"), "{}", person.name().await?);
    menu(&console, "anna").await?;
    let seen = console.in_sight().await?;
    ensure!(seen.contains("agent"), "the role is not said: {seen}");
    console.pictures("signed-on").await?;
    for secret in [PASSWORD, "pop3-console="] {
        ensure!(
            !console.everything().await?.contains(secret),
            "the page has {secret}"
        );
        ensure!(!bridge.log().contains(secret), "the log has {secret}");
    }
    console.finish().await
}

#[tokio::test]
async fn the_menu_is_shut_by_escape_by_going_on_and_by_a_click_elsewhere() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    let stands = async || {
        let script = "const menu = document.querySelector('.signed-on');
             return [menu.open ? 'open' : 'shut', document.activeElement.getAttribute('aria-label')].join(' ')";
        Ok::<_, anyhow::Error>(
            browser
                .evaluate(script)
                .await?
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let until = async |wanted: &str| {
        eventually(&format!("the menu to be {wanted}"), async || {
            let stands = stands().await?;
            Ok(stands.starts_with(wanted).then_some(stands))
        })
        .await
    };
    for does in ["escape", "elsewhere", "field"] {
        browser
            .evaluate("document.querySelector('.signed-on summary').focus()")
            .await?;
        browser.type_keys(ENTER).await?;
        until("open").await?;
        match does {
            "escape" => {
                // From within as well.
                browser.type_keys(TAB).await?;
                ensure!(stands().await?.starts_with("open"), "it is left");
                browser.type_keys(ESCAPE).await?;
                ensure!(until("shut").await? == "shut Signed in as anna");
            }
            "elsewhere" => {
                browser
                    .get("heading", "Connect to a POP3 server")
                    .await?
                    .click()
                    .await?;
                ensure!(until("shut").await? == "shut Signed in as anna");
            }
            _ => {
                browser.get("textbox", "Server").await?.click().await?;
                ensure!(until("shut").await? == "shut Server", "the focus is taken");
            }
        }
    }
    // By its own button as before, and by the keys that go on behind it.
    menu(&console, "anna").await?;
    until("open").await?;
    menu(&console, "anna").await?;
    until("shut").await?;
    browser
        .evaluate("document.querySelector('.signed-on summary').focus()")
        .await?;
    browser.type_keys(&format!("{ENTER}{TAB}{TAB}")).await?;
    until("shut").await?;
    console.finish().await
}

#[tokio::test]
async fn no_form_is_shown_to_connect_with_before_somebody_has_signed_in() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let browser = Browser::start().await?;
    // Every headline that can be seen in any frame that has its styles: none is painted before.
    let source = "window.headlines = [];
         const look = () => {
             const isStyled = getComputedStyle(document.documentElement).getPropertyValue('--text-soft') !== '';
             for (const it of document.querySelectorAll('h1'))
                 if (isStyled && it.checkVisibility() && !headlines.includes(it.textContent)) headlines.push(it.textContent);
             requestAnimationFrame(look);
         };
         requestAnimationFrame(look);";
    browser
        .devtools(
            "Page.addScriptToEvaluateOnNewDocument",
            serde_json::json!({ "source": source }),
        )
        .await?;
    let console = Console::open_in(browser, &bridge, "/").await?;
    let headlines = async || console.browser().evaluate("return headlines.join()").await;
    console.browser().get("form", "Sign in to the console").await?;
    let seen = eventually("a frame", async || {
        Ok(Some(headlines().await?).filter(|it| it != ""))
    })
    .await?;
    ensure!(seen == "Sign in to the console", "{seen}");
    submit(&console, "anna", PASSWORD).await?;
    console.browser().get("form", "Connect").await?;
    // Nor the other way round.
    console.browser().reload().await?;
    console.browser().get("form", "Connect").await?;
    let seen = headlines().await?;
    ensure!(!seen.as_str().unwrap_or_default().contains("Sign in"), "{seen}");
    console.finish().await
}

#[tokio::test]
async fn signing_out_in_one_tab_closes_the_session_in_the_other() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    console.open_demonstration().await?;
    let session = browser.tab().await?;
    browser.open_tab().await?;
    browser.go(&format!("{}/", bridge.origin())).await?;
    browser.get("form", "Connect").await?;
    sign_out(&console, "anna").await?;
    browser.get("form", "Sign in to the console").await?;
    // The page may have been asking how its sessions stand when it was signed out.
    browser.complains_only_of("/api/sessions", &[401]).await?;
    browser.go_to_tab(&session).await?;
    browser.get("form", "Sign in to the console").await?;
    ensure!(
        browser.look_for("log", "Transcript").await?.is_none(),
        "the transcript is still shown"
    );
    // Signing in leads back to where the session goes on.
    submit(&console, "anna", PASSWORD).await?;
    console.await_state("AUTHORIZATION").await?;
    console.finish().await
}

#[tokio::test]
async fn a_start_page_that_is_open_asks_to_sign_in_once_somebody_is_signed_out() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    console.open_demonstration().await?;
    browser.go(&format!("{}/", bridge.origin())).await?;
    console.says("1 live").await?;
    let start = browser.tab().await?;
    browser.open_tab().await?;
    browser.go(&format!("{}/", bridge.origin())).await?;
    browser.get("form", "Connect").await?;
    sign_out(&console, "anna").await?;
    browser.get("form", "Sign in to the console").await?;
    browser.go_to_tab(&start).await?;
    submit(&console, "anna", PASSWORD).await?;
    console.says("1 live").await?;
    // That whoever is signed out is refused is what a browser complains about.
    browser.complains_only_of("/api/sessions", &[401]).await?;
    console.finish().await
}

/// What the browser keeps, each by what it is called.
async fn kept(console: &Console) -> Result<String> {
    let script = "return Object.keys(localStorage).join(' ')";
    let kept = console.browser().evaluate(script).await?;
    Ok(kept.as_str().unwrap_or_default().to_owned())
}

/// What tells of somebody.
fn tells(kept: &str) -> bool {
    ["history", "recent", "session"]
        .iter()
        .any(|it| kept.contains(it))
}

/// Opens a session, in which the prompt offers nothing of before, and sends a line.
async fn work(console: &Console) -> Result<()> {
    console.open_demonstration().await?;
    console.type_at_prompt(UP).await?;
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    let offered = prompt.value().await?;
    ensure!(offered.is_empty(), "{offered}");
    let sent = console.say("CAPA").await?;
    console.answer(sent, "+OK").await?;
    let left = kept(console).await?;
    ensure!(tells(&left), "{left}");
    Ok(())
}

#[tokio::test]
async fn whoever_signs_in_next_is_shown_nothing_of_who_was_here_before() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent"), ("ben", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    let start = format!("{}/", bridge.origin());
    work(&console).await?;
    browser.go(&start).await?;
    sign_out(&console, "anna").await?;
    browser.get("form", "Sign in to the console").await?;
    let left = kept(&console).await?;
    ensure!(!tells(&left) && !left.contains("account"), "{left}");
    submit(&console, "ben", PASSWORD).await?;
    browser.get("form", "Connect").await?;
    work(&console).await?;
    // He is signed out, and has not asked for it.
    let sign_off = "return fetch('/api/sign-on', { method: 'DELETE' }).then(it => it.status)";
    ensure!(browser.evaluate(sign_off).await? == 204);
    browser.go(&start).await?;
    submit(&console, "anna", PASSWORD).await?;
    browser.get("form", "Connect").await?;
    let left = kept(&console).await?;
    ensure!(!tells(&left), "{left}");
    work(&console).await?;
    console.finish().await
}

#[tokio::test]
async fn who_was_signed_in_is_told_so_where_the_console_knows_nothing_of_it() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    console.open_demonstration().await?;
    let session = browser
        .evaluate("return location.pathname")
        .await?
        .as_str()
        .context("a session has an address")?
        .to_owned();
    browser.go(&format!("{}/", bridge.origin())).await?;
    console.says("1 live").await?;
    // To the page it is the same: its cookie is nobody's.
    let forget = async || {
        browser
            .devtools("Network.clearBrowserCookies", serde_json::json!({}))
            .await
    };
    forget().await?;
    console.says("You are signed out").await?;
    console.says("The console does not know you any more").await?;
    console.pictures("signed-out").await?;
    submit(&console, "anna", PASSWORD).await?;
    console.says("1 live").await?;
    browser.complains_only_of("/api/sessions", &[401]).await?;

    // Nor is it a stranger who was in a session.
    browser.go(&format!("{}{session}", bridge.origin())).await?;
    console.await_state("AUTHORIZATION").await?;
    forget().await?;
    browser.reload().await?;
    console.says("You are signed out").await?;
    submit(&console, "anna", PASSWORD).await?;
    console.await_state("AUTHORIZATION").await?;

    // Whoever asked for it needs not be told.
    sign_out(&console, "anna").await?;
    browser.get("form", "Sign in to the console").await?;
    let seen = console.in_sight().await?;
    ensure!(!seen.contains("You are signed out"), "{seen}");
    browser.reload().await?;
    console.says("Whoever runs it makes one.").await?;
    console.finish().await
}

#[tokio::test]
async fn on_a_phone_the_header_of_a_session_takes_two_rows() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.open_demonstration().await?;
    let link = share(&console, &WATCH).await?;
    let mut guests = Vec::new();
    for _ in 0..3 {
        guests.push(open(&bridge, &link).await?);
    }
    let mark = console.say("STLS").await?;
    console.answer(mark, "+OK").await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    console.says("1 marked").await?;
    for guest in &guests {
        guest.await_state("TRANSACTION").await?;
    }
    console.pictures("header-full").await?;
    console.appear(ViewPort::PHONE, Theme::Dark).await?;
    console.settle().await?;
    let rows = console
        .browser()
        .evaluate(
            "const places = [...document.querySelectorAll('.header .pill, .header .phase, .header .button, .header .avatar')]
                 .filter(it => it.checkVisibility()).map(it => it.getBoundingClientRect());
             return places.map(it => it.top + it.height / 2).sort((one, other) => one - other)
                 .filter((it, at, all) => at === 0 || it - all[at - 1] > 12).length",
        )
        .await?;
    ensure!(rows == 2, "{rows} rows");
    guests.push(console);
    for console in guests {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn signing_out_with_marks_asks_first() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    sign_out(&console, "anna").await?;
    let asked = console.dialog().await?;
    ensure!(asked.text().await?.contains("Sign out without QUIT?"));
    console.press("Cancel").await?;
    console.await_state("TRANSACTION").await?;
    sign_out(&console, "anna").await?;
    for button in console.dialog().await?.all("button").await? {
        if button.name().await? == "Sign out" {
            button.click().await?;
            break;
        }
    }
    console.browser().get("form", "Sign in to the console").await?;
    console.finish().await
}

#[tokio::test]
async fn a_guest_with_a_link_needs_no_account_and_a_supervisor_no_link() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent"), ("Sue", "supervisor")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.open_demonstration().await?;
    let link = share(&console, &WATCH).await?;
    let guest = open(&bridge, &link).await?;
    guest.await_state("AUTHORIZATION").await?;

    let supervisor = signed_on(&bridge, "Sue").await?;
    let (address, _) = link.split_once('#').context("a link has a token")?;
    supervisor.browser().go(address).await?;
    supervisor.await_state("AUTHORIZATION").await?;
    for told in [&console, &guest] {
        told.row(
            Mark::BEGIN,
            "console",
            "remark",
            "Sue is here, as a supervisor, to watch",
        )
        .await?;
    }
    supervisor.pictures("supervisor").await?;

    // Whoever has neither is asked to sign in, and not told whether there is a session.
    let nobody = Console::open_in(Browser::start().await?, &bridge, "/s/nowhere#a-token").await?;
    nobody.browser().get("form", "Sign in to the console").await?;
    let seen = nobody.in_sight().await?;
    ensure!(seen.contains("This link does not let you in"), "{seen}");
    nobody.pictures("sign-on-link").await?;
    for console in [console, guest, supervisor, nobody] {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_supervisor_finds_a_session_on_the_board_joins_it_and_ends_it() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent"), ("Sue", "supervisor")], PASSWORD)?;
    let agent = signed_on(&bridge, "anna").await?;
    agent.open_demonstration().await?;
    agent.sign_in("user01", "password01").await?;
    let mark = agent.say("DELE 2").await?;
    agent.answer(mark, "+OK").await?;

    let supervisor = signed_on(&bridge, "Sue").await?;
    supervisor.says("user01 at ").await?;
    supervisor.says("here: anna").await?;
    supervisor.says("TRANSACTION · 1 not committed").await?;
    supervisor.pictures("board").await?;
    let search = supervisor.browser().get("searchbox", "Search sessions").await?;
    search.fill("nobody's").await?;
    supervisor.says("None of them matches.").await?;
    search.fill("ANNA").await?;
    press_beginning(&supervisor, "Join: user01 at ").await?;
    supervisor.await_state("TRANSACTION").await?;
    agent.row(Mark::BEGIN, "console", "remark", "Sue is here").await?;
    let mark = supervisor.say("NOOP").await?;
    supervisor.answer(mark, "+OK").await?;

    supervisor.browser().go(&format!("{}/", bridge.origin())).await?;
    press_beginning(&supervisor, "End user01 at ").await?;
    supervisor
        .says("One message is marked and will not be deleted.")
        .await?;
    supervisor.pictures("board-ending").await?;
    supervisor.press("End session").await?;
    agent
        .row(Mark::BEGIN, "console", "remark", "Sue ended the session")
        .await?;
    supervisor.says("None is live.").await?;
    for console in [agent, supervisor] {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_message_is_kept_and_the_page_says_who_decided_that() -> Result<()> {
    const DECIDED: &str = "Whoever runs this console decided that no content of messages is kept.";
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    console.says(DECIDED).await?;
    let offered = "return [...document.querySelectorAll('.keep-choice option')].map(it => it.value).join()";
    let offered = console.browser().evaluate(offered).await?;
    ensure!(offered == "no-content,nothing", "{offered} is offered");
    console.check_accessibility("keep-hosted").await?;
    console.pictures("keep-hosted").await?;

    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.press("Keys and settings").await?;
    console.says("Commands and status are kept").await?;
    console.says(DECIDED).await?;
    ensure!(
        console
            .browser()
            .look_for("button", "Keep everything")
            .await?
            .is_none()
    );
    console.pictures("keep-hosted-later").await?;
    console.press("Close").await?;
    console.press("End session").await?;
    console
        .await_status("Session ended", "This session has ended")
        .await?;
    eventually("the journal to have what was typed", async || {
        let kept = bridge.kept()?;
        Ok(has(&kept, "RETR 1").then_some(()))
    })
    .await?;
    let kept = bridge.kept()?;
    for content in ["Subject: Test", "<00001@company.com>"] {
        ensure!(!has(&kept, content), "the journal has {content}");
    }
    console.finish().await
}

fn has(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}
