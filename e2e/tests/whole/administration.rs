//! Administrators decide who may use the console, in the browser, and see what holds.

use anyhow::{Result, ensure};
use e2e::keys::{ENTER, ESCAPE};
use e2e::{Bridge, Browser, Console, eventually};

use super::access::{PASSWORD, menu, signed_on, submit};

/// The password that an administrator gives somebody; nowhere by accident.
const GIVEN: &str = "Hw8-canary-Jc5-given";

/// The page of administrators, to whoever is signed in as that.
async fn administration(console: &Console, name: &str) -> Result<()> {
    menu(console, name).await?;
    console
        .browser()
        .get("link", "Administration")
        .await?
        .click()
        .await?;
    console.browser().get("heading", "Accounts").await.map(drop)
}

/// How the account of that name stands, as its row says.
async fn state_of(console: &Console, name: &str) -> Result<String> {
    let cell = |class: &str| format!("row.querySelector('.accounts-{class}')?.textContent");
    let script = format!(
        "const row = [...document.querySelectorAll('.accounts-table tr')].find(row => {} === '{name}'); return row && {};",
        cell("name"),
        cell("state"),
    );
    let state = console.browser().evaluate(&script).await?;
    Ok(state.as_str().unwrap_or_default().to_owned())
}

async fn fill(console: &Console, field: &str, text: &str) -> Result<()> {
    console.browser().get("textbox", field).await?.fill(text).await
}

#[tokio::test]
async fn an_administrator_lets_somebody_in_and_shuts_them_out_again() -> Result<()> {
    let bridge = Bridge::hosted(
        &[
            ("anna", "agent"),
            ("Sue Ellis", "supervisor"),
            ("root", "administrator"),
        ],
        PASSWORD,
    )?;
    let console = signed_on(&bridge, "root").await?;
    menu(&console, "root").await?;
    console.pictures("administrators-menu").await?;
    menu(&console, "root").await?;
    administration(&console, "root").await?;
    console
        .says("People connect to presets and to 127.0.0.0/8:*, [::1]:*, localhost:* alone.")
        .await?;
    console.pictures("administration").await?;

    console.press("Add an account").await?;
    fill(&console, "Name", "ANNA").await?;
    console.pictures("administration-add").await?;
    // What is missing is said where it belongs, and nothing is lost by that.
    console.browser().type_keys(ENTER).await?;
    console.alert("A password has at least 12 characters.").await?;
    let focused = console.browser().focused().await?;
    ensure!(
        focused.name().await?.starts_with("Password"),
        "the keys go elsewhere"
    );
    focused.fill(GIVEN).await?;
    fill(&console, "Your own password", "not the password").await?;
    console.press("Add account").await?;
    console.alert("That is not your password.").await?;
    console.pictures("administration-add-refused").await?;
    let focused = console.browser().focused().await?;
    ensure!(
        focused.name().await? == "Your own password",
        "the keys go elsewhere"
    );
    // A refusal is what a browser complains about.
    console
        .browser()
        .complains_only_of("/api/confirmation", &[403])
        .await?;
    focused.fill(PASSWORD).await?;
    console.browser().type_keys(ENTER).await?;
    console.alert("There is an account of that name").await?;
    console
        .browser()
        .complains_only_of("/api/accounts", &[409])
        .await?;
    // It is not asked for again.
    console.browser().gone("textbox", "Your own password").await?;
    fill(&console, "Name", "ben").await?;
    console.press("Add account").await?;
    console.says("ben can sign in now.").await?;
    let everything = console.everything().await?;
    for secret in [PASSWORD, GIVEN] {
        ensure!(!everything.contains(secret), "the page has {secret}");
        ensure!(!bridge.log().contains(secret), "the log has {secret}");
    }

    let ben = Console::open(&bridge).await?;
    submit(&ben, "ben", GIVEN).await?;
    ben.open_demonstration().await?;
    eventually("ben to be signed in", async || {
        Ok((state_of(&console, "ben").await? == "signed in").then_some(()))
    })
    .await?;
    ensure!(state_of(&console, "anna").await? == "not signed in");
    let search = console.browser().get("searchbox", "Search accounts").await?;
    search.fill("BEN").await?;
    console.browser().gone("button", "Disable anna").await?;
    console.press("Disable ben").await?;
    console.says("signed out at once").await?;
    let own = console.browser().look_for("textbox", "Your own password").await?;
    ensure!(own.is_none(), "it is asked for once more");
    console.pictures("administration-disable").await?;
    console.press("Disable account").await?;
    console.says("ben is signed out and cannot sign in.").await?;
    ben.browser().get("form", "Sign in to the console").await?;
    ben.alert("Your account was disabled by an administrator").await?;
    ben.pictures("signed-off-disabled").await?;
    ben.browser().reload().await?;
    ben.alert("Your account was disabled by an administrator").await?;
    // Who only knows the name is not told whether there is such an account.
    let stranger = Console::open(&bridge).await?;
    submit(&stranger, "ben", GIVEN).await?;
    stranger.alert("The name or the password is wrong.").await?;
    ensure!(!stranger.in_sight().await?.contains("disabled"));
    stranger.browser().complaints().await?;
    stranger.finish().await?;
    submit(&ben, "ben", GIVEN).await?;
    ben.alert("The name or the password is wrong.").await?;
    ben.browser().complains_only_of("/api/", &[401]).await?;
    console.browser().get("button", "Enable ben").await?;
    for console in [console, ben] {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_role_is_chosen_asked_about_and_takes_effect() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent"), ("root", "administrator")], PASSWORD)?;
    let anna = signed_on(&bridge, "anna").await?;
    let console = signed_on(&bridge, "root").await?;
    administration(&console, "root").await?;
    let role = console.browser().get("combobox", "Role of anna").await?;
    ensure!(role.value().await? == "agent");
    role.type_keys("s").await?;
    console.says("Make anna a supervisor?").await?;
    // Until it is done the role that she has stands there.
    ensure!(role.value().await? == "agent");
    console.pictures("administration-role").await?;
    console.browser().type_keys(ESCAPE).await?;
    console.browser().gone("radio", "supervisor").await?;
    ensure!(console.browser().focused().await?.name().await? == "Role of anna");

    role.type_keys("s").await?;
    fill(&console, "Your own password", PASSWORD).await?;
    console.press("Change role").await?;
    console.says("anna is a supervisor now.").await?;
    eventually("the role", async || {
        Ok((role.value().await? == "supervisor").then_some(()))
    })
    .await?;
    // She signs in anew, and may what she may now.
    anna.browser().reload().await?;
    submit(&anna, "anna", PASSWORD).await?;
    anna.browser().get("form", "Connect").await?;
    // That she was signed out is what her browser complains about.
    anna.browser().complains_only_of("/api/", &[401]).await?;
    menu(&anna, "anna").await?;
    anna.says("supervisor").await?;

    // The last administrator stays one.
    console.press("Disable root").await?;
    console.press("Disable account").await?;
    console.alert("You are the last administrator").await?;
    console.press("Cancel").await?;

    // Who is signed out by what they do is asked to sign in.
    console.press("New password for root").await?;
    fill(&console, "New password — at least 12 characters", GIVEN).await?;
    console.press("Change password").await?;
    submit(&console, "root", GIVEN).await?;
    console.browser().get("heading", "Accounts").await?;
    console
        .browser()
        .complains_only_of("/api/accounts", &[401, 409])
        .await?;
    for console in [anna, console] {
        console.finish().await?;
    }
    Ok(())
}

#[tokio::test]
async fn who_administrates_nothing_sees_nothing_of_it() -> Result<()> {
    let bridge = Bridge::hosted(&[("Sue", "supervisor")], PASSWORD)?;
    let console = Console::open_in(Browser::start().await?, &bridge, "/administration").await?;
    submit(&console, "Sue", PASSWORD).await?;
    console.says("This page is for administrators.").await?;
    console.pictures("administration-not").await?;
    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console.browser().get("form", "Connect").await?;
    menu(&console, "Sue").await?;
    ensure!(
        console
            .browser()
            .look_for("link", "Administration")
            .await?
            .is_none(),
        "a supervisor is led there"
    );
    console.finish().await?;

    let bridge = Bridge::start()?;
    let console = Console::open_in(Browser::start().await?, &bridge, "/administration").await?;
    console.says("This console asks nobody who they are").await?;
    console.finish().await
}

#[tokio::test]
async fn what_holds_is_found_by_its_name_and_its_value() -> Result<()> {
    let bridge = Bridge::hosted(&[("root", "administrator")], PASSWORD)?;
    let console = signed_on(&bridge, "root").await?;
    administration(&console, "root").await?;
    let search = console.browser().get("searchbox", "Search settings").await?;
    search.fill("targets.reach").await?;
    console.says("POP3_CONSOLE_TARGETS_REACH").await?;
    let shown =
        "return [...document.querySelectorAll('.held-setting dt > code')].map(it => it.innerText).join()";
    eventually("the one setting", async || {
        let shown = console.browser().evaluate(shown).await?;
        Ok((shown == "targets.reach").then_some(()))
    })
    .await?;
    search.fill("--access-mode").await?;
    console.says("access.mode").await?;
    search.fill("nothing of that").await?;
    console.says("None of them matches.").await?;
    console.finish().await
}
