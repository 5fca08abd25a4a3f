//! The built-in mailbox, through the console: what the page is told about it, and that its certificate is
//! trusted there and nowhere else.

use pop3_console::config::Config;
use protocol::remark::{End, Marks, Remark};
use protocol::state::{Phase, Protection};
use protocol::target::Security;
use protocol::wire::VERSION;

use crate::support::{Bridge, config, target};

async fn ports(bridge: &Bridge) -> (u16, u16) {
    let head = format!("GET /api/console HTTP/1.1\r\nHost: {}", bridge.address);
    let (status, _, body) = bridge.http(&head).await;
    assert_eq!(status, 200);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (body["version"].as_str(), body["wire"].as_u64()),
        (Some("0.1.0"), Some(u64::from(VERSION)))
    );
    let demonstration = &body["demonstration"];
    assert_eq!(demonstration["host"], "127.0.0.1");
    let port = |name: &str| u16::try_from(demonstration[name].as_u64().unwrap()).unwrap();
    (port("port"), port("tls_port"))
}

#[tokio::test]
async fn the_page_is_told_where_it_is_and_it_is_verified_under_tls() {
    let bridge = Bridge::start_with(Config {
        no_demonstration: false,
        ..config()
    })
    .await;
    let (port, tls_port) = ports(&bridge).await;
    let mut browser = bridge.browser().await;
    for (port, security, protection) in [
        (port, Security::Plain, Protection::None),
        (port, Security::Stls, Protection::Verified),
        (tls_port, Security::Tls, Protection::Verified),
    ] {
        browser
            .connect(target(([127, 0, 0, 1], port).into(), security))
            .await;
        browser
            .until_state(|state| state.phase == Phase::Authorization && state.protection == protection)
            .await;
        for line in ["USER user01", "PASS password01", "QUIT"] {
            browser.line(line).await;
        }
        assert_eq!(browser.until_ended().await, (End::AfterQuit, Marks::None, false));
    }
    let secured = browser
        .entries
        .iter()
        .filter(|entry| matches!(entry.event, protocol::entry::Event::Remark(Remark::Secured(_))));
    assert_eq!(secured.count(), 2);
}

#[tokio::test]
async fn there_need_not_be_one() {
    let bridge = Bridge::start().await;
    let head = format!("GET /api/console HTTP/1.1\r\nHost: {}", bridge.address);
    let (_, _, body) = bridge.http(&head).await;
    assert!(body.contains("\"demonstration\":null"), "{body}");
}
