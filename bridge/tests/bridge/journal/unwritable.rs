//! The journal takes nothing: sessions go on, say so, and are recorded as a whole once it takes something again.

use protocol::remark::{Remark, Sharing};

use super::all;
use crate::support::{Bridge, Browser, Mail, journal_file, journaled, plain};

fn is_not_recorded(remark: &Remark) -> bool {
    matches!(remark, Remark::Sharing(Sharing::NotRecorded { .. }))
}

fn is_recorded_again(remark: &Remark) -> bool {
    matches!(remark, Remark::Sharing(Sharing::RecordedAgain))
}

#[tokio::test]
async fn a_session_that_could_not_be_recorded_is_once_that_is_possible() {
    let folder = tempfile::tempdir().unwrap();
    // No folder can be made where a file is.
    let inside = folder.path().join("data");
    std::fs::write(&inside, "").unwrap();
    let bridge = Bridge::start_with(journaled(&inside)).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("NOOP").await;
    browser.until_status().await;
    until(&mut browser, is_not_recorded).await;
    browser.line("STAT").await;
    browser.until_status().await;

    std::fs::remove_file(&inside).unwrap();
    until(&mut browser, is_recorded_again).await;
    let said = |browser: &Browser, wanted: fn(&Remark) -> bool| {
        let remarks = browser.entries.iter().filter(|entry| match &entry.event {
            protocol::entry::Event::Remark(remark) => wanted(remark),
            _ => false,
        });
        remarks.count()
    };
    assert_eq!(said(&browser, is_not_recorded), 1);
    // Guests read it too: nothing tells where the file is.
    let place = folder.path().file_name().unwrap().to_str().unwrap();
    for entry in &browser.entries {
        assert!(!format!("{entry:?}").contains(place), "{entry:?}");
    }
    bridge.stop().await;
    assert!(journal_file(&inside).exists());

    let bridge = Bridge::start_with(journaled(&inside)).await;
    let mut back = Browser::join(&bridge, &browser.key).await;
    let kept = all(&mut back).await;
    assert!(kept.len() >= browser.entries.len());
    assert_eq!(kept[..browser.entries.len()], browser.entries);
    bridge.stop().await;
}

/// Waits for a remark, whether it was looked at before or not.
async fn until(browser: &mut Browser, wanted: fn(&Remark) -> bool) {
    let came = browser
        .entries
        .iter()
        .any(|entry| matches!(&entry.event, protocol::entry::Event::Remark(remark) if wanted(remark)));
    if !came {
        browser.until_remark(wanted).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_ends_no_session() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_file(folder.path());
    // No file may grow beyond so many blocks of 512 octets, as if the disk had no room for more.
    let script = "trap '' XFSZ; ulimit -S -f 400; exec \"$@\"";
    let (bridge, process) = Bridge::start_program_in(script, &["--journal", journal.to_str().unwrap()]).await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        while !peer.line().await.is_empty() {
            let line = "x".repeat(70) + "\r\n";
            peer.say(format!("+OK\r\n{}.\r\n", line.repeat(8000))).await;
        }
    })
    .await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    browser.line("RETR 1").await;
    browser.until_terminator().await;
    until(&mut browser, is_not_recorded).await;
    browser.line("RETR 2").await;
    browser.until_terminator().await;

    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    let unlimited = Rlimit {
        current: None,
        maximum: None,
    };
    prlimit(Some(process), Resource::Fsize, unlimited).unwrap();
    until(&mut browser, is_recorded_again).await;
    let lived = browser.entries.clone();
    bridge.kill().await;
    let bridge = Bridge::start_program_with(&["--journal", journal.to_str().unwrap()]).await;
    let mut back = Browser::join(&bridge, &browser.key).await;
    let kept = all(&mut back).await;
    // The last remark may be younger than what is kept for sure.
    assert!(kept[..lived.len() - 1] == lived[..lived.len() - 1]);
    bridge.kill().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_that_can_only_be_read_ends_no_session_and_is_left_as_it_is() {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("data");
    let bridge = Bridge::start_with(journaled(&inside)).await;
    let before = bridge.browser().await.key;
    bridge.stop().await;
    let octets = std::fs::read(journal_file(&inside)).unwrap();
    let set = |file: u32, folder: u32| {
        std::fs::set_permissions(journal_file(&inside), Permissions::from_mode(file)).unwrap();
        std::fs::set_permissions(&inside, Permissions::from_mode(folder)).unwrap();
    };
    set(0o400, 0o500);
    // Root may write to everything, but for this.
    let without = "-dac_override,-dac_read_search";
    let script = match rustix::process::geteuid().is_root() {
        true => format!("exec setpriv --inh-caps={without} --bounding-set={without} \"$@\""),
        false => "exec \"$@\"".to_owned(),
    };
    let journal = journal_file(&inside);
    let (bridge, _) = Bridge::start_program_in(&script, &["--journal", journal.to_str().unwrap()]).await;
    let (mail, _gone) = Mail::until_gone().await;
    let mut browser = bridge.browser().await;
    browser.connected(plain(mail.address)).await;
    until(&mut browser, is_not_recorded).await;
    browser.line("STAT").await;
    browser.until_status().await;
    assert!(std::fs::read(journal_file(&inside)).unwrap() == octets);

    set(0o600, 0o700);
    until(&mut browser, is_recorded_again).await;
    bridge.kill().await;
    let bridge = Bridge::start_with(journaled(&inside)).await;
    for key in [&before, &browser.key] {
        Browser::join(&bridge, key).await;
    }
    bridge.stop().await;
}
