//! Lines that are not UTF-8, in a charset that the person chooses.

use anyhow::{Result, ensure};
use e2e::keys::{CONTROL_C, CONTROL_F, ENTER, ESCAPE};
use e2e::{Bridge, Console, Mark, Scripted, Security, eventually};

const CHOICE: &str = "Charset of lines that are not UTF-8";

/// What is typed to choose a charset, what it is stored as, a text in it, and that text.
const GREETINGS: &[(&str, &str, &[u8], &str)] = &[
    (
        "GB18030",
        "gb18030",
        b"\xb7\xfe\xce\xf1\xc6\xf7 \x819\xee9",
        "服务器 㐀",
    ),
    (
        "EUC-KR",
        "euc-kr",
        b"\xbc\xad\xb9\xf6 \xc1\xd8\xba\xf1",
        "서버 준비",
    ),
    // The second octets of these are ASCII's.
    ("Big5", "big5", b"\xa5@\xac\xc9\xb3\\\xa5\\", "世界許功"),
    (
        "ISO-2022-JP",
        "iso-2022-jp",
        b"\x1b$B%5!<%P!<=`Hw\x1b(B",
        "サーバー準備",
    ),
    (
        "ISO 8859-2",
        "iso-8859-2",
        b"Za\xbf\xf3\xb3\xe6 g\xea\xb6l\xb1",
        "Zażółć gęślą",
    ),
];

async fn choose(console: &Console, name: &str) -> Result<()> {
    console
        .browser()
        .get("combobox", CHOICE)
        .await?
        .type_keys(name)
        .await
}

#[tokio::test]
async fn a_greeting_is_read_in_the_charset_that_was_chosen() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    let browser = console.browser();
    for (name, stored, octets, text) in GREETINGS {
        let greeting = [&b"+OK ["[..], octets, b"] <1.2@a.example>\r\n"].concat();
        let server = Scripted::start(greeting, |_| Some(b"+OK\r\n".to_vec())).await?;
        browser.go(&format!("{}/", bridge.origin())).await?;
        console
            .connect(&server.address().to_string(), Security::Plain)
            .await?;
        console.await_state("AUTHORIZATION").await?;
        choose(&console, name).await?;
        let shown = console.row(Mark::BEGIN, "server", "greeting", text).await?;
        ensure!(shown.text == format!("+OK [{text}] <1.2@a.example>"), "{shown:?}");
        let tokens = "return document.querySelector('[data-part=greeting] .tok-apop')?.textContent";
        ensure!(browser.evaluate(tokens).await? == "<1.2@a.example>");
        let kept = browser
            .evaluate("return localStorage['pop3-console:charset']")
            .await?;
        ensure!(kept == *stored, "{kept}");
        // The next page has it at once.
        browser.reload().await?;
        console.row(Mark::BEGIN, "server", "greeting", text).await?;
        let chosen = browser.get("combobox", CHOICE).await?.value().await?;
        ensure!(chosen == *stored, "{chosen}");
    }
    console.finish().await
}

/// «Тема» and «привет» in windows-1251, a line of UTF-8, and an encoded word in KOI8-R.
fn message() -> Vec<u8> {
    let mut message = b"Subject: \xd2\xe5\xec\xe0 =?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=\r\n\r\n".to_vec();
    message.extend_from_slice("Grüße\r\n".as_bytes());
    message.extend_from_slice(b"\xef\xf0\xe8\xe2\xe5\xf2, a@b.example\r\n\xef\xf0\xe8\xe2\xe5\xf2\n");
    message.extend_from_slice(b".\xef\r\n");
    message
}

async fn session(bridge: &Bridge) -> Result<(Scripted, Console)> {
    let server = Scripted::start(b"+OK \xd1\xe5\xf0\xe2\xe5\xf0\r\n", |line| {
        Some(match line {
            // The last line begins with a dot, and on the wire with two.
            "RETR 1" => {
                let message = message();
                let (before, last) = message.split_at(message.len() - 4);
                [b"+OK\r\n", before, b".", last, b".\r\n"].concat()
            }
            "PASS canary-of-charsets" => {
                b"-ERR \xcd\xe5\xf2: canary-of-charsets \xe8 canary-of-charsets!\r\n".to_vec()
            }
            _ => b"+OK\r\n".to_vec(),
        })
    })
    .await?;
    let console = Console::open(bridge).await?;
    console.browser().allow_clipboard().await?;
    console.browser().take_downloads().await?;
    console
        .connect(&server.address().to_string(), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    Ok((server, console))
}

#[tokio::test]
async fn what_is_found_copied_and_saved_as_text_is_in_the_charset_and_octets_stay_octets() -> Result<()> {
    let bridge = Bridge::start()?;
    let (_server, console) = session(&bridge).await?;
    let browser = console.browser();
    let greeting = console.row(Mark::BEGIN, "server", "greeting", "+OK").await?;
    ensure!(
        greeting.text == "+OK \\xD1\\xE5\\xF0\\xE2\\xE5\\xF0",
        "{greeting:?}"
    );
    let mark = console.say("USER user01").await?;
    console.answer(mark, "+OK").await?;
    let pass = console.say("PASS canary-of-charsets").await?;
    console.answer(pass, "-ERR").await?;
    let mark = console.say("RETR 1").await?;
    console.row(mark, "server", "terminator", ".").await?;
    console.pictures("octets").await?;
    choose(&console, "Windows-1251").await?;
    console.row(Mark::BEGIN, "server", "greeting", "Сервер").await?;
    console.pictures("charset").await?;

    // Secrets stay out, each where it was.
    let refused = console.answer(pass, "Нет").await?;
    ensure!(refused.text == "-ERR Нет: •••••••• и ••••••••!", "{refused:?}");
    let rows = console.payload(mark).await?;
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let wanted = [
        "Subject: Тема =?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=",
        "",
        "Grüße",
        "привет, a@b.example",
        "приветLF",
        "..п",
    ];
    ensure!(texts == wanted, "{texts:?}");
    let said = "return [...document.querySelectorAll('.tok-encoded-word')].map(it => it.title)";
    ensure!(browser.evaluate(said).await? == serde_json::json!(["Привет"]));

    browser.type_keys(CONTROL_F).await?;
    let field = browser.get("searchbox", "Search transcript").await?;
    field.fill("ПРИВЕТ").await?;
    eventually("two matches", async || {
        let told = browser
            .evaluate("return document.querySelector('#search-told')?.textContent")
            .await?;
        Ok((told == "1 of 2").then_some(()))
    })
    .await?;
    browser.type_keys(&format!("{ENTER}{ESCAPE}")).await?;

    let body = &rows[3];
    browser
        .get("link", &format!("Line {}", body.line))
        .await?
        .click()
        .await?;
    browser.type_keys(CONTROL_C).await?;
    eventually("the line in the clipboard", async || {
        let held = browser.evaluate("return navigator.clipboard.readText()").await?;
        Ok((held == "привет, a@b.example").then_some(()))
    })
    .await?;
    browser.type_keys("x").await?;
    let octets = browser
        .get("group", &format!("Octets of line {}", body.line))
        .await?;
    let dump = octets.text().await?;
    ensure!(dump.starts_with("000000  ef f0 e8 e2 e5 f2 2c 20 "), "{dump}");
    browser.type_keys("s").await?;
    ensure!(browser.downloaded("message-1.eml").await? == message());

    console.press("Save transcript").await?;
    let text = browser.downloaded(&browser.saved_text().await?).await?;
    let text = String::from_utf8(text)?;
    for line in [
        "S: +OK Сервер\r\n",
        "S: -ERR Нет: •••••••• и ••••••••!\r\n",
        "S: Subject: Тема =?koi8-r?Q?=F0=D2=C9=D7=C5=D4?=\r\n",
        "S: Grüße\r\nS: привет, a@b.example\r\nS: привет\nS: ..п\r\nS: .\r\n",
    ] {
        ensure!(text.contains(line), "`{line}` is not in it: {text}");
    }
    ensure!(!text.contains("canary"), "{text}");

    // And back.
    choose(&console, "UTF-8").await?;
    console
        .row(Mark::BEGIN, "server", "greeting", "\\xD1\\xE5")
        .await?;
    console.finish().await
}
