//! Mail servers that are offered by their names, alone or beside any other.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use anyhow::{Context, Result, ensure};
use e2e::keys::UP;
use e2e::{Bridge, Browser, Console, Scripted, eventually};
use serde_json::json;
use tempfile::TempDir;

/// A bridge that offers this server, and others that no test connects to, and reaches that far.
fn offering(server: SocketAddr, reach: &str) -> Result<(Bridge, TempDir)> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("console.toml");
    std::fs::write(
        &file,
        format!(
            "[targets]\nnetworks = [\"127.0.0.1/32\"]\n\n\
             [[targets.preset]]\nname = \"Archive of the old mail server, until it is switched off\"\nserver = \"archive.company.com\"\n\n\
             [[targets.preset]]\nname = \"Company mail, plain\"\nserver = \"{server}\"\nsecurity = \"plain\"\n\n\
             [[targets.preset]]\nname = \"Lab\"\nserver = \"lab.company.com:2110\"\nsecurity = \"stls\"\nverify = false\n"
        ),
    )?;
    let file = file.to_str().context("a path that is no text")?.to_owned();
    let bridge = Bridge::with(&["--config", &file, "--targets-reach", reach])?;
    Ok((bridge, folder))
}

/// What is chosen as the server.
async fn chosen(console: &Console) -> Result<String> {
    let text = console
        .browser()
        .evaluate(
            "return document.querySelector('select[aria-label=Server]')?.selectedOptions[0]?.text ?? ''",
        )
        .await?;
    Ok(text.as_str().unwrap_or_default().to_owned())
}

/// Notes for each frame from the first on how tall the form is, where it differs from the frame before.
const HEIGHTS: &str = "
    window.heights = [];
    const look = () => {
        const height = document.querySelector('.connect-form')?.offsetHeight ?? 0;
        if (height !== window.heights.at(-1) && document.body) window.heights.push(height);
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look)";

#[tokio::test]
async fn the_form_is_there_in_every_frame_while_its_part_is_loaded() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let (bridge, _folder) = offering(server.address(), "presets")?;
    let browser = Browser::start().await?;
    browser.throttle(Some(100_000)).await?;
    let source = json!({ "source": HEIGHTS });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", source)
        .await?;
    let console = Console::open_in(browser, &bridge, "/").await?;
    eventually("the server to choose", async || {
        Ok((!chosen(&console).await?.is_empty()).then_some(()))
    })
    .await?;
    let heights = console.browser().evaluate("return window.heights").await?;
    let heights: Vec<u32> = serde_json::from_value(heights)?;
    // Neither away nor otherwise in between.
    ensure!(heights.len() == 1 && heights != [0], "{heights:?}");
    console.finish().await
}

#[tokio::test]
async fn where_only_presets_are_reached_one_is_chosen_by_its_name() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let (bridge, _folder) = offering(server.address(), "presets")?;
    let console = Console::open(&bridge).await?;
    let browser = console.browser();
    let field = browser.get("combobox", "Server").await?;
    ensure!(browser.look_for("textbox", "Server").await?.is_none());
    ensure!(browser.look_for("radiogroup", "Security").await?.is_none());
    console.pictures("presets").await?;
    // As the keyboard alone chooses in a list: by the first letters.
    field.type_keys("Lab").await?;
    ensure!(
        console
            .in_sight()
            .await?
            .contains("lab.company.com port 2110, then STLS")
    );
    ensure!(console.in_sight().await?.contains("certificate is not verified"));
    console.pictures("presets-unverified").await?;
    // Or by the arrows.
    field.type_keys(UP).await?;
    ensure!(chosen(&console).await? == "Company mail, plain");
    console.press("Connect").await?;
    console.await_state("AUTHORIZATION").await?;

    // It is what people begin with the next time, and is offered as what was connected to.
    browser.go(bridge.origin()).await?;
    browser.get("combobox", "Server").await?;
    eventually("the preset that greeted last", async || {
        Ok((chosen(&console).await? == "Company mail, plain").then_some(()))
    })
    .await?;
    browser.get("button", "Forget Company mail, plain").await?;
    console.finish().await
}

#[tokio::test]
async fn the_address_names_a_preset() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let (bridge, _folder) = offering(server.address(), "presets")?;
    let console = Console::open(&bridge).await?;
    for (query, named) in [
        ("?preset=Company%20mail%2C%20plain", "Company mail, plain"),
        ("?server=lab.company.com:2110&security=stls", "Lab"),
    ] {
        console
            .browser()
            .go(&format!("{}/{query}", bridge.origin()))
            .await?;
        eventually(&format!("{named} to be chosen"), async || {
            Ok((chosen(&console).await? == named).then_some(()))
        })
        .await?;
    }
    for (query, told) in [
        (
            "?preset=Nothing",
            "no server with the name “Nothing”. Choose one of these.",
        ),
        (
            "?server=mail.example.net",
            "does not connect to mail.example.net:110. Choose one of these.",
        ),
    ] {
        console
            .browser()
            .go(&format!("{}/{query}", bridge.origin()))
            .await?;
        console.alert(told).await?;
    }
    let address = format!("{}/?server=pop://user:hunter2@mail.company.com", bridge.origin());
    console.browser().go(&address).await?;
    console.browser().get("combobox", "Server").await?;
    ensure!(!console.browser().address().await?.contains("hunter2"));
    console.finish().await
}

#[tokio::test]
async fn a_server_that_a_forged_message_names_is_not_connected_to() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let (bridge, _folder) = offering(server.address(), "presets")?;
    let lonely = TcpListener::bind("127.0.0.1:0")?;
    lonely.set_nonblocking(true)?;
    let console = Console::open(&bridge).await?;
    let ([h, l], [other_h, other_l]) = (
        server.address().port().to_be_bytes(),
        lonely.local_addr()?.port().to_be_bytes(),
    );
    // The page's own socket, whose messages name another port than the page did: a number of two octets in CBOR.
    console
        .browser()
        .evaluate(&format!(
            "const send = WebSocket.prototype.send;
             WebSocket.prototype.send = function (data) {{
                 const octets = new Uint8Array(data).slice();
                 for (let at = 0; at + 2 < octets.length; at++) {{
                     if (octets[at] === 0x19 && octets[at + 1] === {h} && octets[at + 2] === {l}) {{
                         octets.set([{other_h}, {other_l}], at + 1);
                         window.forged = true;
                     }}
                 }}
                 return send.call(this, octets);
             }};"
        ))
        .await?;
    console
        .browser()
        .get("combobox", "Server")
        .await?
        .type_keys("Company")
        .await?;
    console.press("Connect").await?;
    console
        .alert("This console does not connect to that server.")
        .await?;
    ensure!(
        console
            .in_sight()
            .await?
            .contains("“Company mail, plain”, “Lab” — or ask whoever runs this console")
    );
    ensure!(
        console
            .browser()
            .evaluate("return window.forged === true")
            .await?
            == true
    );
    console.pictures("not-allowed").await?;
    let came = lonely.accept().map_err(|error| error.kind());
    ensure!(
        came.is_err_and(|kind| kind == ErrorKind::WouldBlock),
        "it was connected to"
    );
    ensure!(server.heard().is_empty());
    console.finish().await
}

#[tokio::test]
async fn beside_any_other_server_presets_are_offered_as_well() -> Result<()> {
    let server = Scripted::start("+OK ready\r\n", |_| None).await?;
    let (bridge, _folder) = offering(server.address(), "named")?;
    let console = Console::open(&bridge).await?;
    console.browser().get("textbox", "Server").await?;
    console.pictures("offered").await?;
    let offered = eventually("the button of the preset", async || {
        for button in console.browser().all("button").await? {
            if button.name().await?.starts_with("Company mail, plain") {
                return Ok(Some(button));
            }
        }
        Ok(None)
    })
    .await?;
    offered.click().await?;
    console.await_state("AUTHORIZATION").await?;

    let address = format!("{}/?preset=Lab", bridge.origin());
    console.browser().go(&address).await?;
    eventually("the form that is filled in", async || {
        let field = console.browser().get("textbox", "Server").await?;
        Ok((field.value().await? == "lab.company.com:2110").then_some(()))
    })
    .await?;
    let verify = console.browser().get("checkbox", "Verify certificate").await?;
    ensure!(!verify.is_checked().await?);
    ensure!(console.browser().get("radio", "STLS").await?.is_checked().await?);
    console.finish().await
}
