//! A supervisor's start page, while agents work.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Mark};

use super::access::{PASSWORD, press_beginning, signed_on};

/// The page has not come anew since it was told to stay.
async fn has_stayed(console: &Console) -> Result<()> {
    let stayed = console.browser().evaluate("return window.stays").await?;
    ensure!(stayed == true, "the page came anew");
    Ok(())
}

#[tokio::test]
async fn a_page_that_stands_open_shows_what_agents_do_and_leads_to_it() -> Result<()> {
    const STAY: &str = "window.stays = true";
    let bridge = Bridge::hosted(&[("anna", "agent"), ("Sue", "supervisor")], PASSWORD)?;
    let supervisor = signed_on(&bridge, "Sue").await?;
    supervisor.says("None is live.").await?;
    supervisor.browser().evaluate(STAY).await?;
    let agent = signed_on(&bridge, "anna").await?;
    agent.open_demonstration().await?;
    supervisor.says("1 live").await?;
    supervisor.says("AUTHORIZATION").await?;
    agent.sign_in("user01", "password01").await?;
    supervisor.says("user01 at ").await?;
    let mark = agent.say("DELE 2").await?;
    agent.answer(mark, "+OK").await?;
    supervisor.says("TRANSACTION · 1 not committed").await?;
    has_stayed(&supervisor).await?;
    press_beginning(&supervisor, "Watch: user01 at ").await?;
    supervisor.await_state("TRANSACTION").await?;
    agent
        .row(
            Mark::BEGIN,
            "console",
            "remark",
            "Sue is here, as a supervisor, to watch",
        )
        .await?;

    supervisor.browser().go(&format!("{}/", bridge.origin())).await?;
    supervisor.press("All").await?;
    supervisor.says("1 not committed").await?;
    supervisor.browser().evaluate(STAY).await?;
    agent.say("QUIT").await?;
    agent.await_state("CLOSED").await?;
    agent.press("End session").await?;
    supervisor.says("0 live").await?;
    supervisor.says("ended · QUIT, 1 deleted").await?;
    has_stayed(&supervisor).await?;
    press_beginning(&supervisor, "Replay: ").await?;
    supervisor.row(Mark::BEGIN, "client", "", "DELE 2").await?;
    for console in [agent, supervisor] {
        console.finish().await?;
    }
    Ok(())
}
