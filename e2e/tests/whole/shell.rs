//! What surrounds a session: themes, keys, remembered servers, what the server's silence and its words mean.

use anyhow::{Result, ensure};
use e2e::keys::{ENTER, ESCAPE};
use e2e::{Bridge, Browser, Console, Mark, Scripted, Security, Theme, ViewPort, eventually};

/// The colour behind the page.
async fn ground(console: &Console) -> Result<String> {
    let colour = console
        .browser()
        .evaluate("return getComputedStyle(document.body).backgroundColor")
        .await?;
    Ok(colour.as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_theme_follows_the_system_until_one_is_chosen_and_that_is_remembered() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let dark = ground(&console).await?;
    console.press("Keys and settings").await?;
    console
        .browser()
        .get("radio", "Light")
        .await?
        .type_keys(" ")
        .await?;
    let light = ground(&console).await?;
    ensure!(light != dark, "{light} in both themes");
    console.browser().reload().await?;
    console.browser().get("form", "Connect").await?;
    ensure!(ground(&console).await? == light, "it is forgotten");
    console.press("Keys and settings").await?;
    console
        .browser()
        .get("radio", "System")
        .await?
        .type_keys(" ")
        .await?;
    ensure!(ground(&console).await? == dark, "the system is not followed");
    console.finish().await
}

#[tokio::test]
async fn a_question_mark_shows_the_keys_and_a_second_one_is_typed() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    let prompt = console.browser().get("combobox", "POP3 command").await?;
    console.browser().type_keys("?").await?;
    console.browser().get("dialog", "Keys and settings").await?;
    ensure!(prompt.value().await?.is_empty(), "it is typed as well");
    console.pictures("keys").await?;
    console.browser().type_keys("?").await?;
    console.browser().gone("dialog", "Keys and settings").await?;
    ensure!(prompt.value().await? == "?", "it cannot be typed");
    console.browser().type_keys("x?").await?;
    ensure!(
        prompt.value().await? == "?x?",
        "within a line it is a character like any other"
    );
    prompt.fill("").await?;
    console.press("Keys and settings").await?;
    console.browser().get("dialog", "Keys and settings").await?;
    console.browser().type_keys(ESCAPE).await?;
    console.browser().gone("dialog", "Keys and settings").await?;
    console.finish().await
}

#[tokio::test]
async fn people_type_at_once_wherever_they_begin() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.browser().get("form", "Connect").await?;
    console.browser().type_keys("mail.company.com").await?;
    let server = console.browser().get("textbox", "Server").await?;
    ensure!(
        server.value().await? == "mail.company.com",
        "the focus is elsewhere"
    );
    server.fill("").await?;
    console.browser().type_keys("?").await?;
    console.browser().get("dialog", "Keys and settings").await?;
    console.browser().type_keys(ESCAPE).await?;

    console.open_demonstration().await?;
    console
        .browser()
        .get("link", "New session")
        .await?
        .click()
        .await?;
    console.browser().get("form", "Connect").await?;
    console.browser().type_keys("pop.example.net").await?;
    let server = console.browser().get("textbox", "Server").await?.value().await?;
    ensure!(
        server == "pop.example.net",
        "`{server}` in the form of a new session"
    );
    console.finish().await
}

#[tokio::test]
async fn a_session_has_a_way_to_the_start_page_on_a_phone() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.appear(ViewPort::PHONE, Theme::Light).await?;
    console.open_demonstration().await?;
    let home = console.browser().get("link", "pop3·console, start page").await?;
    let size = "const it = document.querySelector('.session .brand').getBoundingClientRect();
        return [it.left >= 0, it.right <= innerWidth, it.width >= 24, it.height >= 24].join()";
    let size = console.browser().evaluate(size).await?;
    ensure!(size == "true,true,true,true", "{size}");
    console.pictures("way-home").await?;
    console.appear(ViewPort::PHONE, Theme::Light).await?;
    home.click().await?;
    console.browser().get("form", "Connect").await?;
    console.browser().evaluate("history.back()").await?;
    console.await_state("AUTHORIZATION").await?;
    // And from the keyboard.
    console
        .browser()
        .evaluate("document.querySelector('.session .brand').focus()")
        .await?;
    console.browser().type_keys(ENTER).await?;
    console.browser().get("form", "Connect").await?;
    console.finish().await
}

#[tokio::test]
async fn the_page_is_of_use_before_its_module_has_run() -> Result<()> {
    let bridge = Bridge::start()?;
    let browser = Browser::start().await?;
    // So slow that the module takes longer than this test looks; then as quick as it is.
    browser.throttle(Some(3_000)).await?;
    let console = Console::open_in(browser, &bridge, "/").await?;
    let early = console.browser().get("textbox", "Server").await?;
    let places = "return [...document.querySelectorAll('h1, .connect-form .field.mono:not(.small)')]
        .map(it => it.getBoundingClientRect()).map(it => [it.left, it.top, it.width, it.height].map(Math.round).join())";
    let before = console.browser().evaluate(places).await?;
    console.pictures("early").await?;
    early.fill("mail.compa").await?;
    ensure!(
        console.browser().look_for("form", "Connect").await?.is_none(),
        "the module was quicker than this test"
    );
    console.browser().throttle(None).await?;
    console.browser().get("form", "Connect").await?;
    let after = console.browser().evaluate(places).await?;
    ensure!(after == before, "the page jumps from {before} to {after}");
    console.browser().type_keys("ny.com").await?;
    let server = console.browser().get("textbox", "Server").await?.value().await?;
    ensure!(
        server == "mail.company.com",
        "`{server}` is left of what was typed"
    );
    console.finish().await
}

#[tokio::test]
async fn the_page_of_a_session_says_so_before_its_module_has_run() -> Result<()> {
    let bridge = Bridge::start()?;
    let browser = Browser::start().await?;
    // So slow that the module comes some seconds after the styles.
    browser.throttle(Some(12_000)).await?;
    let console = Console::open_in(browser, &bridge, "/s/k3v9q2").await?;
    eventually("the styles, and the page of a session alone", async || {
        let seen = console.in_sight().await?;
        let is_it = seen.contains("Loading the session") && !seen.contains("Connect to a POP3 server");
        Ok(is_it.then_some(()))
    })
    .await?;
    console.pictures("early-session").await?;
    console.browser().throttle(None).await?;
    console.alert("This session is not here").await?;
    console.finish().await
}

#[tokio::test]
async fn servers_that_greeted_are_offered_again_and_can_be_forgotten() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| Some(b"+OK\r\n".to_vec())).await?;
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let address = server.address().to_string();
    console.connect(&address, Security::Plain).await?;
    console.await_state("AUTHORIZATION").await?;
    let mark = console.say("PASS Zq7-canary-Xw3").await?;
    console.answer(mark, "+OK").await?;
    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console.browser().get("form", "Connect").await?;
    ensure!(
        !console.everything().await?.contains("Zq7-canary-Xw3"),
        "a password is kept"
    );
    console.pictures("recent").await?;

    let named = eventually("the server among the recent ones", async || {
        for button in console.browser().all("button").await? {
            if button.name().await?.starts_with(&address) {
                return Ok(Some(button));
            }
        }
        Ok(None)
    })
    .await?;
    named.click().await?;
    console.await_state("AUTHORIZATION").await?;

    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console.press(&format!("Forget {address}")).await?;
    console
        .browser()
        .gone("button", &format!("Forget {address}"))
        .await?;
    console.browser().reload().await?;
    console.browser().get("form", "Connect").await?;
    ensure!(
        console
            .browser()
            .look_for("button", &format!("Forget {address}"))
            .await?
            .is_none(),
        "it is remembered all the same"
    );
    console.finish().await
}

#[tokio::test]
async fn what_codes_and_capabilities_mean_is_said_where_they_appear() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        Some(match line {
            "CAPA" => b"+OK\r\nTOP\r\nEXPIRE 0\r\nLOGIN-DELAY 60\r\nX-OWN\r\n.\r\n".to_vec(),
            "USER a" => b"-ERR [LOGIN-DELAY] too soon\r\n".to_vec(),
            "USER b" => b"-ERR [IN-USE] locked\r\n".to_vec(),
            "USER c" => b"-ERR [SYS/TEMP] disk\r\n".to_vec(),
            "USER d" => b"-ERR [AUTH] no\r\n".to_vec(),
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    for (line, meaning) in [
        ("CAPA", "keeps no mail"),
        ("CAPA", "The same as before"),
        ("USER a", "wait before the next login"),
        ("USER b", "maildrop is in use"),
        ("USER c", "will probably pass"),
        ("USER d", "credential is at fault"),
    ] {
        console.say(line).await?;
        console.says(meaning).await?;
    }
    console.pictures("explained").await?;

    console.sign_in("e", "Zq7-canary-Xw3").await?;
    console.type_at_prompt("RETR 1").await?;
    eventually("a warning before a message is retrieved", async || {
        Ok(console
            .in_sight()
            .await?
            .contains("may delete what was retrieved")
            .then_some(()))
    })
    .await?;
    console
        .browser()
        .get("combobox", "POP3 command")
        .await?
        .fill("")
        .await?;
    console.press("Disconnect").await?;
    console.await_state("CLOSED").await?;
    let wait = console
        .browser()
        .get("timer", "Login delay")
        .await?
        .text()
        .await?;
    ensure!(
        wait.contains("00:5") || wait.contains("01:00"),
        "how long? {wait}"
    );
    console.finish().await
}

#[tokio::test]
async fn a_connection_is_kept_alive_when_somebody_asks_for_it() -> Result<()> {
    let bridge = Bridge::with(&["--keep-alive-every", "1"])?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    console.await_state("AUTHORIZATION").await?;
    // Before sign-in servers wait for less than the ten minutes, and how long nobody knows.
    let clock = console.browser().look_for("timer", "Server idle limit").await?;
    ensure!(clock.is_none(), "a limit is promised");
    console.sign_in("user01", "password01").await?;
    console.browser().get("timer", "Server idle limit").await?;
    console.press("Keys and settings").await?;
    console
        .browser()
        .get("checkbox", "Keep alive with NOOP")
        .await?
        .type_keys(" ")
        .await?;
    console.browser().type_keys(ESCAPE).await?;
    let mark = console.row(Mark::BEGIN, "console", "", "NOOP").await?;
    ensure!(mark.from == "console");
    eventually("a NOOP of the console's own", async || {
        let rows = console.rows().await?;
        Ok(rows
            .iter()
            .any(|row| row.from == "client" && row.text == "NOOP")
            .then_some(()))
    })
    .await?;
    console.says("kept alive").await?;
    console.finish().await
}
