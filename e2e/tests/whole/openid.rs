//! A hosted console whose people sign in at a provider of OpenID Connect.

use anyhow::{Result, ensure};
use e2e::{Bridge, Browser, Console, Provider, eventually};

use super::access::sign_out;
use super::sharing::{WATCH, share};

/// A console whose people sign in at that provider.
fn hosted(provider: &Provider, flags: &[&str]) -> Result<Bridge> {
    let mut all = vec![
        "--access-mode=openid".to_owned(),
        "--access-client=console".to_owned(),
        "--access-scopes=openid profile groups".to_owned(),
        "--access-agents=helpdesk".to_owned(),
        "--access-supervisors=leads".to_owned(),
        format!("--access-issuer={}", provider.issuer()),
    ];
    all.extend(flags.iter().map(|&flag| flag.to_owned()));
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    Bridge::with_secret(&all, provider.secret())
}

/// Goes to the provider, and does that there as somebody of that name.
async fn at_provider(console: &Console, provider: &Provider, name: &str, what: &str) -> Result<()> {
    let browser = console.browser();
    let leave = format!("Sign in at {}", provider.host());
    browser.get("link", &leave).await?.click().await?;
    browser.get("heading", "Company login").await?;
    ensure!(browser.address().await?.starts_with(provider.issuer()));
    browser.get("textbox", "Name").await?.fill(name).await?;
    browser.get("button", what).await?.click().await
}

/// The address that the browser is at, once it is one of the console's.
async fn back_at(console: &Console, bridge: &Bridge) -> Result<String> {
    eventually("the browser to be back", async || {
        let address = console.browser().address().await?;
        Ok(address.starts_with(bridge.origin()).then_some(address))
    })
    .await
}

#[tokio::test]
async fn who_signs_in_at_the_provider_is_back_with_their_name_and_out_when_they_sign_out() -> Result<()> {
    let provider = Provider::start()?;
    let bridge = hosted(&provider, &[])?;
    let console = Console::open(&bridge).await?;
    console
        .says(&format!(
            "You sign in at {}, and come back here.",
            provider.host()
        ))
        .await?;
    console.check_accessibility("sign-on-provider").await?;
    console.pictures("sign-on-provider").await?;
    at_provider(&console, &provider, "anna", "Sign in").await?;
    console.open_demonstration().await?;
    let session = console.browser().address().await?;

    // Its socket ends with the sign-on, in whichever tab that ends.
    let tab = console.browser().tab().await?;
    console.browser().open_tab().await?;
    console.browser().go(&format!("{}/", bridge.origin())).await?;
    console.browser().get("form", "Connect").await?;
    sign_out(&console, "anna").await?;
    let leave = format!("Sign in at {}", provider.host());
    console.browser().get("link", &leave).await?;
    console.browser().go_to_tab(&tab).await?;
    // The provider knows her still, and leads back to where the session goes on.
    console.browser().get("link", &leave).await?.click().await?;
    console.await_state("AUTHORIZATION").await?;
    ensure!(console.browser().address().await? == session);
    for secret in [provider.secret(), "pop3-console=", "pop3-console-away="] {
        ensure!(!bridge.log().contains(secret), "the log has {secret}");
        ensure!(
            !console.everything().await?.contains(secret),
            "the page has {secret}"
        );
    }
    console.finish().await
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why_and_can_try_again() -> Result<()> {
    let provider = Provider::start()?;
    let bridge = hosted(&provider, &[])?;
    let console = Console::open(&bridge).await?;
    at_provider(&console, &provider, "", "Cancel").await?;
    console
        .alert("You were not let in where you sign in, or broke it off there.")
        .await?;
    console.pictures("sign-on-provider-denied").await?;
    at_provider(&console, &provider, "mallory", "Sign in").await?;
    console.alert("none of your groups may use this console").await?;
    // The provider's own words are not to be seen.
    let seen = console.everything().await?;
    ensure!(!seen.contains("aborted"), "{seen}");
    // There she is known still, and somebody else could not come by otherwise.
    console
        .browser()
        .get("link", "As somebody else")
        .await?
        .click()
        .await?;
    console.browser().get("heading", "Company login").await?;
    console.finish().await
}

#[tokio::test]
async fn who_came_by_a_link_that_takes_an_account_is_let_in_by_it_afterwards() -> Result<()> {
    let provider = Provider::start()?;
    let bridge = hosted(&provider, &["--access-guests=accounts"])?;
    let console = Console::open(&bridge).await?;
    at_provider(&console, &provider, "anna", "Sign in").await?;
    console.open_demonstration().await?;
    let link = share(&console, &WATCH).await?;
    let (path, token) = link
        .strip_prefix(bridge.origin())
        .and_then(|it| it.split_once('#'))
        .unwrap_or_default();
    ensure!(!token.is_empty(), "{link}");

    let guest = Console::open_in(Browser::start().await?, &bridge, &format!("{path}#{token}")).await?;
    at_provider(&guest, &provider, "sue", "Sign in").await?;
    guest.await_state("AUTHORIZATION").await?;
    ensure!(back_at(&guest, &bridge).await? == link);
    // It travelled to nobody meanwhile, and the tab has forgotten it.
    eventually("the provider to tell what both asked", async || {
        Ok((provider.log().matches("/auth?").count() == 2).then_some(()))
    })
    .await?;
    ensure!(!provider.log().contains(token) && !bridge.log().contains(token));
    // That somebody is signed in is all that it may remember.
    let left = "return Object.entries(sessionStorage).filter(([key]) => key !== 'pop3-console:signed-on').flat().join()";
    let left = guest.browser().evaluate(left).await?;
    ensure!(left == "", "the tab remembers {left}");
    // By her group she leads the others, and sees their sessions.
    guest.browser().go(&format!("{}/", bridge.origin())).await?;
    guest.says("anna · opened").await?;
    for console in [console, guest] {
        console.finish().await?;
    }
    Ok(())
}
