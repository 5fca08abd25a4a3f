//! Pages of another site, in a browser whose person is signed in to a hosted console.

use anyhow::{Result, ensure};
use e2e::keys::ESCAPE;
use e2e::{Bridge, Browser, Console, Scripted, eventually};
use serde_json::{Value, json};

use super::access::{PASSWORD, signed_on, submit};
use super::sharing::{WATCH, share};

/// What frames the console, and says so once something is in the frame.
const FRAME: &str = "
    const frame = document.createElement('iframe');
    return new Promise((done) => {
        frame.onload = () => done('loaded');
        frame.src = CONSOLE + '/';
        document.body.append(frame);
    })";

/// What opens a WebSocket, and says what became of it.
const SOCKET: &str = "
    return new Promise((done) => {
        const socket = new WebSocket(CONSOLE.replace('http', 'ws') + '/api/socket', ['pop3-console']);
        socket.onopen = () => done('open');
        socket.onclose = (event) => done('closed ' + event.code);
    })";

/// What asks for things with the person's cookie, in every way that a page can, and says what it could do or read.
const REQUESTS: &str = "
    const asks = [
        ['/api/sessions', { method: 'POST', mode: 'no-cors', body: '{}' }],
        ['/api/sessions', { method: 'POST' }],
        ['/api/sign-on', { method: 'DELETE' }],
        ['/api/sign-on', { method: 'POST', mode: 'no-cors', body: '{\"name\":\"anna\",\"password\":\"\"}' }],
        ['/api/sign-on', {}],
        ['/api/sign-on', { mode: 'no-cors' }],
        ['/api/sessions', {}],
        ['/', { mode: 'no-cors' }],
    ];
    return Promise.all(asks.map(async ([path, how]) => {
        try {
            const answer = await fetch(CONSOLE + path, { credentials: 'include', ...how });
            return path + ' ' + answer.status + ' ' + await answer.text();
        } catch { return 'refused' }
    }))";

/// What loads the console's files as if they were its own, and says which of them came.
const FILES: &str = "
    const load = (name, what) => new Promise((done) => {
        const element = Object.assign(document.createElement(name), what);
        element.onload = () => done('loaded');
        element.onerror = () => done('refused');
        document.head.append(element);
    });
    return Promise.all([
        load('script', { src: CONSOLE + '/api/console' }),
        load('link', { rel: 'stylesheet', href: CONSOLE + '/' }),
        load('img', { src: CONSOLE + '/icons/icon.svg' }),
    ])";

/// What opens the console in a window of its own, and says whether it can still reach into that.
const WINDOW: &str = "
    const opened = window.open(CONSOLE + '/');
    const cut = () => { try { return opened.closed } catch { return true } };
    return new Promise((done) => {
        const looking = setInterval(() => { if (cut()) { clearInterval(looking); done('cut off') } }, 20);
    })";

/// What has a form sent to the console.
const FORM: &str = "
    const form = document.createElement('form');
    Object.assign(form, { method: 'post', action: CONSOLE + '/api/sessions', enctype: 'text/plain' });
    document.body.append(form);
    form.submit()";

/// What listens for every violation of the content security policy from before the page's first script on.
const LISTEN: &str = "
    window.violations = [];
    addEventListener('securitypolicyviolation', (event) => {
        window.violations.push(event.violatedDirective + ' ' + event.blockedURI);
    })";

/// A site whose pages are empty.
async fn site() -> Result<Scripted> {
    Scripted::start("", |line| {
        let page = "<!doctype html><title>Another site</title><body>";
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
            page.len()
        );
        Some(match line.starts_with("GET ") {
            true => answer.into_bytes(),
            // The rest of the request.
            false => Vec::new(),
        })
    })
    .await
}

/// Runs that in the page of another site.
async fn run(browser: &Browser, bridge: &Bridge, script: &str) -> Result<Value> {
    let console = json!(bridge.origin());
    browser
        .evaluate(&format!("const CONSOLE = {console};{script}"))
        .await
}

#[tokio::test]
async fn another_sites_page_sees_nothing_of_the_console_and_changes_nothing() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let console = signed_on(&bridge, "anna").await?;
    let browser = console.browser();
    let tab = browser.tab().await?;
    let site = site().await?;
    // The one is another site, to which no cookie goes along. To the other, a neighbour on the same host, it does.
    for host in ["localhost", "127.0.0.1"] {
        browser
            .go(&format!("http://{host}:{}/", site.address().port()))
            .await?;
        browser.complaints().await?;

        run(browser, &bridge, FRAME).await?;
        let (framed, text) = browser.framed().await?;
        ensure!(framed == "chrome-error://chromewebdata/", "{host}: {framed}");
        ensure!(!text.contains("POP3"), "{host}: {text}");
        let complaints = browser.complaints().await?.join("\n");
        ensure!(
            complaints.contains("frame-ancestors 'none'"),
            "{host}: {complaints}"
        );

        let socket = run(browser, &bridge, SOCKET).await?;
        ensure!(socket == "closed 1006", "{host}: {socket}");
        let requests = run(browser, &bridge, REQUESTS).await?;
        let all = requests.as_array().map(Vec::as_slice).unwrap_or_default();
        ensure!(
            all.len() == 8 && all.iter().all(|it| it == "refused"),
            "{host}: {requests}"
        );
        let files = run(browser, &bridge, FILES).await?;
        ensure!(
            files == json!(["refused", "refused", "refused"]),
            "{host}: {files}"
        );
        let window = run(browser, &bridge, WINDOW).await?;
        ensure!(window == "cut off", "{host}: {window}");
        browser.go_to_tab(&tab).await?;

        run(browser, &bridge, FORM).await?;
        console.says("Only the console's own page may do this.").await?;
        browser.complaints().await?;
    }
    // Nobody was signed out, and no session is there that nobody opened.
    browser.go(&format!("{}/", bridge.origin())).await?;
    browser.get("form", "Connect").await?;
    let told = "return Promise.all(['/api/sign-on', '/api/sessions'].map((it) => fetch(it).then((it) => it.json())))";
    let told = browser.evaluate(told).await?;
    ensure!(told[0]["signed_on"]["name"] == "anna", "{told}");
    ensure!(told[1]["sessions"] == json!([]), "{told}");
    console.finish().await
}

#[tokio::test]
async fn whoever_goes_through_the_console_violates_no_policy() -> Result<()> {
    let bridge = Bridge::hosted(&[("anna", "agent")], PASSWORD)?;
    let browser = Browser::start().await?;
    let source = json!({ "source": LISTEN });
    browser
        .devtools("Page.addScriptToEvaluateOnNewDocument", source)
        .await?;
    let console = Console::open_in(browser, &bridge, "/").await?;
    let browser = console.browser();
    submit(&console, "anna", PASSWORD).await?;
    console.open_demonstration().await?;
    console.sign_in("user01", "password01").await?;
    for line in ["CAPA", "LIST", "RETR 1"] {
        let mark = console.say(line).await?;
        console.row(mark, "server", "terminator", ".").await?;
    }
    share(&console, &WATCH).await?;
    for sheet in ["Export transcript", "Keys and settings"] {
        console.press(sheet).await?;
        console.dialog().await?;
        browser.type_keys(ESCAPE).await?;
    }
    console.say("QUIT").await?;
    console.await_state("CLOSED").await?;
    // That it would be heard of.
    let violations = "return window.violations";
    ensure!(browser.evaluate(violations).await? == json!([]));
    browser
        .evaluate("document.body.append(Object.assign(new Image(), { src: 'http://evil.example/' }))")
        .await?;
    eventually("a violation that was made", async || {
        let heard = browser.evaluate(violations).await?;
        Ok((heard == json!(["img-src http://evil.example/"])).then_some(()))
    })
    .await?;
    browser.complaints().await?;
    console.finish().await
}
