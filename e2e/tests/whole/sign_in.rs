//! Signing in with the sheet: every mechanism, against a real server and a scripted one.

use anyhow::{Context, Result, ensure};
use e2e::keys::{CONTROL_I, ENTER, ESCAPE};
use e2e::{Bridge, Console, Dovecot, Mark, Scripted, Security, eventually};

/// A password that is nowhere by accident, and how it looks in base64.
const CANARY: &str = "Zq7-canary-Xw3";
const CANARY_BASE64: &str = "WnE3LWNhbmFyeS1Ydz";

/// Every mechanism that Dovecot knows, and what its first line begins with.
const MECHANISMS: [(&str, &str); 6] = [
    ("SCRAM-SHA-256", "AUTH SCRAM-SHA-256"),
    ("CRAM-MD5", "AUTH CRAM-MD5"),
    ("APOP", "APOP user01"),
    ("PLAIN", "AUTH PLAIN"),
    ("LOGIN", "AUTH LOGIN"),
    ("USER/PASS", "USER user01"),
];

#[tokio::test]
async fn every_mechanism_signs_in_and_is_refused_with_a_wrong_password() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("127.0.0.1:{}", dovecot.port()), Security::Plain)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    for (mechanism, line) in MECHANISMS {
        let signed_in = async {
            open(&console).await?;
            let mark = console.mark().await?;
            submit(&console, mechanism, "user01", CANARY).await?;
            let said = console.alert("The server refused").await?;
            ensure!(said.contains("user name, the password"), "no explanation: {said}");
            let name = console.browser().get("textbox", "User name").await?;
            let password = console.browser().get("textbox", "Password").await?;
            ensure!(name.value().await? == "user01" && password.value().await?.is_empty());
            console.row(mark, "client", "command", line).await?;

            let mark = console.mark().await?;
            submit(&console, mechanism, "user01", "password01").await?;
            console.await_state("TRANSACTION").await?;
            closed(&console).await?;
            let rows = console.rows().await?;
            ensure!(
                rows.iter()
                    .any(|row| row.from == "client" && row.text.starts_with(line))
            );
            console.row(mark, "server", "status", "Logged in").await?;
            // The prompt has the focus again.
            let mark = console.mark().await?;
            console.browser().type_keys(&format!("QUIT{}", ENTER)).await?;
            console.answer(mark, "+OK").await?;
            console.await_state("CLOSED").await?;
            console.press("Connect again").await?;
            console.await_state("AUTHORIZATION").await
        };
        signed_in.await.with_context(|| mechanism.to_owned())?;
    }
    let everything = console.everything().await?;
    for secret in [CANARY, CANARY_BASE64, "password01", "cGFzc3dvcmQwMQ"] {
        ensure!(!everything.contains(secret), "the page has {secret}");
        ensure!(!bridge.log().contains(secret), "the bridge's log has {secret}");
    }
    console.browser().reload().await?;
    console.row(Mark::BEGIN, "server", "greeting", "+OK").await?;
    let everything = console.everything().await?;
    ensure!(!everything.contains(CANARY) && !everything.contains(CANARY_BASE64));
    console.finish().await
}

#[tokio::test]
async fn the_sheet_prefers_what_hides_the_password_best_and_shows_what_is_asked() -> Result<()> {
    let dovecot = Dovecot::start()?;
    let bridge = Bridge::trusting(&dovecot.authority())?;
    let console = Console::open(&bridge).await?;
    console
        .connect(&format!("localhost:{}", dovecot.tls_port()), Security::Tls)
        .await?;
    console.await_state("AUTHORIZATION").await?;
    // The key, and CAPA goes out by itself.
    console.type_at_prompt(CONTROL_I).await?;
    console.dialog().await?;
    console.row(Mark::BEGIN, "client", "command", "CAPA").await?;
    console
        .browser()
        .get("button", "Sign in with SCRAM-SHA-256")
        .await?;
    console.pictures("sign-in").await?;
    submit(&console, "LOGIN", "user01", CANARY).await?;
    console.alert("The server refused").await?;
    let sheet = console.dialog().await?.text().await?;
    ensure!(
        sheet.contains("Username:") && sheet.contains("Password:"),
        "{sheet}"
    );
    console.pictures("sign-in-refused").await?;
    submit(&console, "XOAUTH2", "user01", "token").await?;
    console.alert("The server refused").await?;
    console.browser().type_keys(ESCAPE).await?;
    closed(&console).await?;
    console.finish().await
}

#[tokio::test]
async fn the_demonstration_mailbox_takes_its_three_mechanisms() -> Result<()> {
    let bridge = Bridge::start()?;
    let console = Console::open(&bridge).await?;
    console.open_demonstration().await?;
    for mechanism in ["APOP", "PLAIN", "USER/PASS"] {
        open(&console).await?;
        submit(&console, mechanism, "user01", "password01").await?;
        console.await_state("TRANSACTION").await?;
        closed(&console).await?;
        let mark = console.say("QUIT").await?;
        console.answer(mark, "+OK").await?;
        console.await_state("CLOSED").await?;
        console.press("Connect again").await?;
        console.await_state("AUTHORIZATION").await?;
    }
    console.finish().await
}

#[tokio::test]
async fn an_access_token_is_sent_and_what_is_wrong_with_it_is_shown() -> Result<()> {
    let good = "dXNlcj1zb21lQGNvbXBhbnkuY29tAWF1dGg9QmVhcmVyIHRva2VuMQEB";
    let server = Scripted::start("+OK ready\r\n", move |line| {
        let answer = match line {
            "CAPA" => "+OK\r\nSASL XOAUTH2\r\n.\r\n".to_owned(),
            "" => "-ERR [AUTH] no\r\n".to_owned(),
            _ if line.ends_with(good) => "+OK welcome\r\n".to_owned(),
            // {"status":"400","schemes":"Bearer"}
            _ => "+ eyJzdGF0dXMiOiI0MDAiLCJzY2hlbWVzIjoiQmVhcmVyIn0=\r\n".to_owned(),
        };
        Some(answer.into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    open(&console).await?;
    console.browser().get("textbox", "Access token").await?;
    submit(&console, "XOAUTH2", "some@company.com", CANARY).await?;
    console.alert("The server refused").await?;
    let sheet = console.dialog().await?.text().await?;
    ensure!(sheet.contains("{\"status\":\"400\""), "{sheet}");
    submit(&console, "XOAUTH2", "some@company.com", "token1").await?;
    console.await_state("TRANSACTION").await?;
    ensure!(!console.everything().await?.contains(CANARY));
    console.finish().await
}

#[tokio::test]
async fn a_server_that_cannot_prove_itself_is_told_of() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |line| {
        let answer = match line {
            "CAPA" => "+OK\r\nSASL SCRAM-SHA-256\r\n.\r\n".to_owned(),
            "*" => "-ERR cancelled\r\n".to_owned(),
            _ => match line.strip_prefix("AUTH SCRAM-SHA-256 ") {
                Some(first) => format!("+ {}\r\n", server_first(first)),
                // v=AAAA
                None => "+ dj1BQUFB\r\n".to_owned(),
            },
        };
        Some(answer.into_bytes())
    })
    .await?;
    let bridge = Bridge::start()?;
    let console = Console::connected(&bridge, &server).await?;
    open(&console).await?;
    submit(&console, "SCRAM-SHA-256", "user01", CANARY).await?;
    console
        .alert("could not prove that it knows the password")
        .await?;
    ensure!(
        String::from_utf8_lossy(&server.heard()).contains("*\r\n"),
        "it was not cancelled"
    );
    console.finish().await
}

/// What follows `n,,n=user01,r=` in the client's first message, with more behind it, a salt and rounds; all in
/// base64. The message begins with so many octets that the nonce begins where base64 does.
fn server_first(client: &str) -> String {
    const BEGIN: &str = "n,,n=user01,r=";
    let decoded = decode(client);
    let nonce = &decoded[BEGIN.len()..];
    encode(&format!("r={nonce}more,s=c2FsdA==,i=20000"))
}

const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn decode(text: &str) -> String {
    let mut bits = (0_u32, 0);
    let mut octets = Vec::new();
    for letter in text
        .bytes()
        .filter_map(|it| ALPHABET.iter().position(|letter| *letter == it))
    {
        bits = (bits.0 << 6 | letter as u32, bits.1 + 6);
        if bits.1 >= 8 {
            bits.1 -= 8;
            octets.push((bits.0 >> bits.1) as u8);
        }
    }
    String::from_utf8_lossy(&octets).into_owned()
}

fn encode(text: &str) -> String {
    let letters = text.as_bytes().chunks(3).flat_map(|chunk| {
        let bits = (0..3).fold(0_u32, |bits, at| {
            bits << 8 | u32::from(chunk.get(at).copied().unwrap_or(0))
        });
        (0..4).map(move |at| {
            let letter = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize];
            if at > chunk.len() { '=' } else { char::from(letter) }
        })
    });
    letters.collect()
}

/// Opens the sheet.
async fn open(console: &Console) -> Result<()> {
    console.press("Sign in").await?;
    console.dialog().await.map(drop)
}

/// Waits until the sheet is gone.
async fn closed(console: &Console) -> Result<()> {
    eventually("the end of the sheet", async || {
        Ok(console.browser().all("dialog").await?.is_empty().then_some(()))
    })
    .await
}

/// Fills the sheet in and sends it off.
pub(super) async fn submit(console: &Console, mechanism: &str, user: &str, secret: &str) -> Result<()> {
    let script = format!(
        "const select = document.querySelector('dialog select');
         select.selectedIndex = [...select.options].findIndex(it => it.text.split(' ')[0] === '{mechanism}');
         select.dispatchEvent(new Event('change', {{ bubbles: true }}))"
    );
    console.browser().evaluate(&script).await?;
    console
        .browser()
        .get("textbox", "User name")
        .await?
        .fill(user)
        .await?;
    let name = if mechanism == "XOAUTH2" {
        "Access token"
    } else {
        "Password"
    };
    console.browser().get("textbox", name).await?.fill(secret).await?;
    console.press(&format!("Sign in with {mechanism}")).await
}
