//! What there is room for on a phone.

use anyhow::{Result, ensure};
use e2e::{Bridge, Console, Scripted, Security, Theme, ViewPort};
use serde_json::{Value, json};

use super::access::{PASSWORD, signed_on};

/// A small one.
const SMALL: ViewPort = ViewPort {
    width: 360,
    height: 740,
};

#[tokio::test]
async fn marks_and_a_certificate_that_is_not_verified_stand_in_the_first_of_two_rows() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    let port = "return fetch('/api/console').then(it => it.json()).then(it => it.demonstration.port)";
    let port = browser.evaluate(port).await?;
    let verify = browser.get("checkbox", "Verify certificate").await?;
    verify.type_keys(" ").await?;
    console
        .connect(&format!("localhost:{port}"), Security::Stls)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    console.sign_in("user01", "password01").await?;
    let mark = console.say("DELE 2").await?;
    console.answer(mark, "+OK").await?;
    console.await_status("Marked for deletion", "1 marked").await?;
    console.pictures("marked-not-verified").await?;
    // A desk has room for it in one.
    let height = "return document.querySelector('.header').offsetHeight";
    let height = browser.evaluate(height).await?;
    ensure!(height.as_u64().is_some_and(|it| it < 60), "{height} px");
    let first_row = "const seen = it => { const box = it.getBoundingClientRect(); return box.width > 40 && box.bottom < 40 };
        const header = document.querySelector('.header');
        return [header.offsetHeight < 80, ...['.target', '.security .pill', '.marked'].map(it => seen(header.querySelector(it)))]";
    for view in [ViewPort::PHONE, SMALL] {
        console.appear(view, Theme::Light).await?;
        console.settle().await?;
        let stands = browser.evaluate(first_row).await?;
        ensure!(stands == json!([true, true, true, true]), "{view:?}: {stands}");
        // In words.
        let told = browser
            .evaluate("return document.querySelector('.security').innerText")
            .await?;
        ensure!(
            told.as_str().is_some_and(|it| it.contains("not verified")),
            "{told}"
        );
    }
    console.finish().await
}

#[tokio::test]
async fn lines_break_between_words_and_what_is_longer_than_a_line_within() -> Result<()> {
    let words = "It was the best of times, it was the worst of times, it was the age of wisdom";
    let long = "TG9yZW0gaXBzdW0gZG9sb3Igc2l0/GFtZXQs".repeat(12);
    let message = format!("+OK\r\nSubject: {words}\r\n\r\n{words}\r\n{words}   {words} \r\n{long}\r\n.\r\n");
    let server = Scripted::start("+OK ready\r\n", move |line| {
        Some(match line {
            "RETR 1" => message.clone().into_bytes(),
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    console.appear(ViewPort::PHONE, Theme::Dark).await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.settle().await?;
    // Each line with how many rows it takes, and the words that stand in several.
    let broken = "return [...document.querySelectorAll('[data-part=header] .text, [data-part=body] .text')].map(text => {
        const walk = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        const broken = [];
        for (let node = walk.nextNode(); node; node = walk.nextNode()) {
            for (const word of node.data.matchAll(/\\S+/g)) {
                const range = document.createRange();
                range.setStart(node, word.index);
                range.setEnd(node, word.index + word[0].length);
                if (range.getClientRects().length > 1) broken.push(word[0]);
            }
        }
        return [text.textContent, text.scrollWidth <= text.clientWidth + 3, broken];
    })";
    let lines = console.browser().evaluate(broken).await?;
    // What stands there is what came, blanks and all.
    ensure!(
        lines
            == json!([
                [format!("Subject: {words}"), true, Vec::<Value>::new()],
                ["", true, Vec::<Value>::new()],
                [words, true, Vec::<Value>::new()],
                [format!("{words}   {words} "), true, Vec::<Value>::new()],
                [long, true, [long]],
            ]),
        "{lines:#}"
    );
    let wide = "return document.documentElement.scrollWidth - innerWidth";
    let wide = console.browser().evaluate(wide).await?;
    ensure!(wide == 0, "the page is {wide} px too wide");
    console.finish().await
}
