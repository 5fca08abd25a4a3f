//! Several people in one session: who they are, and who has control.

use protocol::access::{By, Handing, OWNER, Role, Sight};
use protocol::entry::Event;
use protocol::remark::{Attempt, Sharing};
use protocol::wire::{FromBrowser, People, Refusal};
use serde_json::json;
use std::time::Instant;

use crate::support::{Bridge, Browser, Mail, plain};

/// A server that says yes to everything.
async fn agreeable() -> Mail {
    Mail::until_gone().await.0
}

/// The owner's browser, and one that came through a link which allows that.
async fn owner_and(bridge: &Bridge, role: &str, name: &str) -> (Browser, Browser) {
    let owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": role })).await;
    let guest = Browser::join_as(bridge, &key, name).await;
    (owner, guest)
}

async fn hand(browser: &mut Browser, participant: u32, how: Handing) {
    browser.ask(FromBrowser::Hand { participant, how }).await;
}

#[tokio::test]
async fn who_comes_through_a_link_sees_all_that_was_and_everybody_sees_who_is_here() {
    let (bridge, mail) = (Bridge::start().await, agreeable().await);
    let mut owner = bridge.browser().await;
    owner.connected(plain(mail.address)).await;
    owner.line("NOOP").await;
    owner.until_status().await;
    let (link, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    assert_eq!(
        (
            guest.welcome.participant,
            guest.welcome.role,
            guest.welcome.sight,
            guest.welcome.link
        ),
        (2, Role::Watch, Sight::Everything, Some(link))
    );
    let joined = |sharing: &Sharing| matches!(sharing, Sharing::Joined { name, .. } if name == "anna");
    owner.until_sharing(joined).await;
    guest.until_sharing(joined).await;
    assert_eq!(guest.entries, owner.entries);

    let people = owner.until_people(|people| people.people.len() == 2).await.people;
    assert_eq!(
        (people[0].id, people[0].control, people[0].role),
        (OWNER, true, Role::Owner)
    );
    assert_eq!(
        (
            people[1].id,
            &people[1].name[..],
            people[1].control,
            people[1].link
        ),
        (2, "anna", false, Some(link))
    );
    guest.ask(FromBrowser::Typing(true)).await;
    owner
        .until_people(|people| people.people.iter().any(|it| it.id == 2 && it.typing))
        .await;
    drop(guest);
    owner.until_people(|people| people.people.len() == 1).await;

    // Who comes back is who they were, and that is no news.
    let mut back = Browser::join_as(&bridge, &key, "anna").await;
    assert_eq!(back.welcome.participant, 2);
    back.ask(FromBrowser::Name("Anna B".into())).await;
    let named = owner.until_sharing(|sharing| !joined(sharing)).await;
    assert!(matches!(named, Sharing::Named { participant: 2, name } if name == "Anna B"));
}

#[tokio::test]
async fn nobody_takes_the_name_of_somebody_else() {
    let bridge = Bridge::start().await;
    let (mut owner, mut guest) = owner_and(&bridge, "watch", "anna").await;
    // The last begins with a letter that is Cyrillic.
    for (name, why) in [
        ("Anna", Refusal::NameTaken),
        ("the owner", Refusal::NameReserved),
        ("you", Refusal::NameReserved),
        ("Guest 1", Refusal::NameReserved),
        ("a\u{202e}b", Refusal::BadName),
        (" x", Refusal::BadName),
        ("\u{410}nna", Refusal::NameTaken),
    ] {
        owner.ask(FromBrowser::Name(name.into())).await;
        assert_eq!(owner.until_refused().await, (None, why), "{name}");
    }
    let second = Browser::say(&bridge, &guest.key, &guest.key.hello("another", "ANNA")).await;
    assert_eq!(second.welcome.participant, 3);
    let people = guest.until_people(|people| people.people.len() == 3).await;
    assert_eq!(people.people[2].name, "");
}

#[tokio::test]
async fn a_name_goes_along_through_another_link_and_is_free_when_its_links_are_over() {
    let bridge = Bridge::start().await;
    let (mut owner, anna) = owner_and(&bridge, "watch", "anna").await;
    let first = anna.welcome.link.unwrap();
    drop(anna);
    owner.until_people(|people| people.people.len() == 1).await;
    let (second, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    let anna = Browser::join_as(&bridge, &key, "anna").await;
    let who = anna.welcome.participant;
    let again = |sharing: &Sharing| matches!(sharing, Sharing::Joined { participant, name, .. } if *participant == who && name == "anna");
    owner.until_sharing(again).await;
    drop(anna);

    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut other = Browser::say(&bridge, &key, &key.hello("another", "")).await;
    for link in [first, second] {
        other.ask(FromBrowser::Name("anna".into())).await;
        assert_eq!(other.until_refused().await, (None, Refusal::NameTaken));
        bridge.revoke(&owner.key, link).await;
    }
    other.ask(FromBrowser::Name("anna".into())).await;
    let named = |sharing: &Sharing| matches!(sharing, Sharing::Named { participant, name } if *participant != who && *name == format!("anna · {participant}"));
    owner.until_sharing(named).await;
}

#[tokio::test]
async fn control_is_asked_for_granted_taken_back_and_handed_over() {
    let (bridge, mail) = (Bridge::start().await, agreeable().await);
    let (mut owner, mut guest) = owner_and(&bridge, "watch", "anna").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(protocol::state::Phase::Authorization).await;
    guest.ask(FromBrowser::AskForControl).await;
    owner
        .until_people(|people| people.people.iter().any(|it| it.id == 2 && it.asks))
        .await;

    hand(&mut owner, 2, Handing::Declined).await;
    let declined = |sharing: &Sharing| matches!(sharing, Sharing::Handed { participant: 2, how: Handing::Declined, by } if *by == By::Participant(OWNER));
    guest.until_sharing(declined).await;
    guest
        .until_people(|people| people.people.iter().all(|it| !it.asks))
        .await;
    guest.ask(FromBrowser::AskForControl).await;
    owner
        .until_people(|people| people.people.iter().any(|it| it.id == 2 && it.asks))
        .await;
    hand(&mut owner, 2, Handing::Granted).await;
    guest
        .until_people(|people| people.people.iter().any(|it| it.id == 2 && it.control))
        .await;
    guest.line("STAT").await;
    let by = owner
        .until(|event| match event {
            Event::Sent { by, .. } => Some(*by),
            _ => None,
        })
        .await;
    assert_eq!(by, By::Participant(2));

    hand(&mut owner, 2, Handing::HandedOver).await;
    owner
        .until_people(|people| people.people.iter().any(|it| it.id == OWNER && !it.control))
        .await;
    owner.line("NOOP").await;
    assert_eq!(owner.until_refused().await.1, Refusal::NotAllowed);
    hand(&mut owner, 2, Handing::TakenBack).await;
    guest
        .until_people(|people| !people.people.iter().any(|it| it.id == 2 && it.control))
        .await;
    guest.line("QUIT").await;
    assert_eq!(guest.until_refused().await.1, Refusal::NotAllowed);
    owner.line("LIST").await;
    mail.until_received("LIST\r\n").await;
    assert_eq!(mail.received(), b"STAT\r\nLIST\r\n");
}

#[tokio::test]
async fn two_people_type_at_once_and_every_line_is_whole_and_says_who_sent_it() {
    let (bridge, mail) = (Bridge::start().await, agreeable().await);
    let (mut owner, mut guest) = owner_and(&bridge, "control", "anna").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(protocol::state::Phase::Authorization).await;
    let type_all = async |browser: &mut Browser, word: &str| {
        let mut answered = 0;
        for number in 0..50 {
            // Several are under way at a time, and never too many to wait.
            browser
                .line(format!("{word} {number} {}", word.repeat(500)))
                .await;
            if number % 8 == 7 {
                answered += 8;
                let mut left = answered;
                let own = |entry: &&protocol::entry::Entry| matches!(&entry.event, Event::Sent { line, .. } if line.bytes().starts_with(word.as_bytes()));
                while left > 0 {
                    browser.until_status().await;
                    left = answered - browser.entries.iter().filter(own).count().min(answered);
                }
            }
        }
    };
    tokio::join!(type_all(&mut owner, "OWN"), type_all(&mut guest, "GST"));
    let count = |event: &Event| matches!(event, Event::Sent { .. });
    while owner.entries.iter().filter(|entry| count(&entry.event)).count() < 100 {
        owner.until(|event| count(event).then_some(())).await;
    }
    mail.until_received("OWN 49").await;
    mail.until_received("GST 49").await;
    let mut wanted = (0, 0);
    let mut lines = Vec::new();
    for entry in &owner.entries {
        if let Event::Sent { line, by, .. } = &entry.event {
            let (word, next) = match by {
                By::Participant(OWNER) => ("OWN", &mut wanted.0),
                By::Participant(2) => ("GST", &mut wanted.1),
                other => panic!("{other:?}"),
            };
            assert_eq!(line.bytes(), &format!("{word} {next} {}", word.repeat(500)));
            *next += 1;
            lines.extend_from_slice(line.bytes());
            lines.extend_from_slice(b"\r\n");
        }
    }
    assert_eq!(wanted, (50, 50));
    assert_eq!(mail.received().len(), lines.len());
    assert_eq!(mail.received(), lines);
}

#[tokio::test]
async fn nobody_answers_for_somebody_elses_login() {
    let bridge = Bridge::start().await;
    let mail = Mail::play(|mut peer| async move {
        peer.say("+OK\r\n").await;
        loop {
            let line = peer.line().await;
            match line.as_str() {
                "" => return,
                "AUTH LOGIN\r\n" => peer.say("+ \r\n").await,
                "*\r\n" => peer.say("-ERR cancelled\r\n").await,
                _ => peer.say("+OK\r\n").await,
            }
        }
    })
    .await;
    let (mut owner, mut guest) = owner_and(&bridge, "control", "anna").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(protocol::state::Phase::Authorization).await;

    owner.line("USER owner").await;
    guest.until_status().await;
    for line in ["USER anna", "PASS guess", "AUTH LOGIN"] {
        guest.line(line).await;
        assert_eq!(guest.until_refused().await.1, Refusal::SigningIn, "{line}");
    }
    owner.line("AUTH LOGIN").await;
    guest
        .until_state(|state| state.expects == protocol::state::Expectation::Response)
        .await;
    guest.line("NOOP").await;
    assert_eq!(guest.until_refused().await.1, Refusal::SigningIn);
    owner.line("*").await;
    guest
        .until_state(|state| state.expects != protocol::state::Expectation::Response)
        .await;
    guest.line("NOOP").await;
    mail.until_received("NOOP\r\n").await;
    assert_eq!(mail.received(), b"USER owner\r\nAUTH LOGIN\r\n*\r\nNOOP\r\n");
}

#[tokio::test]
async fn a_line_that_waits_does_not_go_out_once_its_link_is_revoked() {
    let bridge = Bridge::start().await;
    let (answer, answers) = tokio::sync::watch::channel(false);
    // So many commands wait for their replies that the next line waits as well.
    let mail = Mail::play(move |mut peer| {
        let mut answers = answers.clone();
        async move {
            peer.say("+OK\r\n").await;
            for _ in 0..256 {
                peer.line().await;
            }
            answers.wait_for(|&answers| answers).await.unwrap();
            peer.say("+OK\r\n".repeat(256)).await;
            peer.until_gone().await;
        }
    })
    .await;
    let mut owner = bridge.browser().await;
    let (link, key) = bridge.link(&owner.key, json!({ "role": "control" })).await;
    let mut guest = Browser::join_as(&bridge, &key, "anna").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(protocol::state::Phase::Authorization).await;
    for number in 0..256 {
        owner.line("NOOP").await;
        // Each finds its place before the next, and none is refused.
        let sent = |event: &Event| matches!(event, Event::Sent { .. });
        while owner.entries.iter().filter(|entry| sent(&entry.event)).count() <= number {
            owner.until(|event| sent(event).then_some(())).await;
        }
    }
    guest.line("DELE 1").await;
    // What comes behind it is answered: it is in the queue by now.
    guest.ask(FromBrowser::Name("the owner".into())).await;
    guest.until_refused().await;
    bridge.revoke(&owner.key, link).await;
    answer.send_replace(true);
    owner.line("STAT").await;
    mail.until_received("STAT\r\n").await;
    assert_eq!(
        mail.received(),
        format!("{}STAT\r\n", "NOOP\r\n".repeat(256)).into_bytes()
    );
}

#[tokio::test]
async fn who_came_to_sign_in_is_shown_nothing_and_takes_no_part() {
    let (bridge, mail) = (Bridge::start().await, agreeable().await);
    let (mut owner, mut guest) = owner_and(&bridge, "sign-in", "anna").await;
    owner.connected(plain(mail.address)).await;
    owner.line("NOOP").await;
    owner.until_status().await;
    for (request, what) in [
        (FromBrowser::Typing(true), Attempt::TakePart),
        (FromBrowser::AskForControl, Attempt::TakePart),
        (
            FromBrowser::Line {
                id: 1,
                connection: 1,
                line: protocol::secret::TypedLine::new(b"STAT".to_vec()),
            },
            Attempt::Line,
        ),
        (FromBrowser::Hide { seq: 1 }, Attempt::Hide),
    ] {
        guest.ask(request).await;
        assert_eq!(guest.until_refused().await.1, Refusal::NotAllowed);
        owner
            .until_sharing(|it| *it == Sharing::NotPermitted { participant: 2, what })
            .await;
    }
    hand(&mut owner, 2, Handing::Granted).await;
    assert_eq!(owner.until_refused().await, (None, Refusal::NobodyThere));
    assert_eq!((guest.welcome.last, guest.welcome.role), (0, Role::SignIn));
    assert!(guest.entries.is_empty() && guest.people.is_empty());
    // The console itself asks what the server offers when somebody comes to sign in.
    let received = String::from_utf8(mail.received()).unwrap();
    let typed: Vec<_> = received.lines().filter(|line| *line != "CAPA").collect();
    assert_eq!(typed, ["NOOP"]);
}

#[tokio::test]
async fn anybody_attaches_a_note_to_a_line_that_is_there() {
    let (bridge, mail) = (Bridge::start().await, agreeable().await);
    let (mut owner, mut guest) = owner_and(&bridge, "watch", "anna").await;
    owner.connected(plain(mail.address)).await;
    guest.until_phase(protocol::state::Phase::Authorization).await;
    owner.line("NOOP").await;
    guest.until_status().await;
    let seq = guest.entries.last().unwrap().seq;
    let note = |seq, line, text: &str| FromBrowser::Note {
        seq,
        line,
        text: text.to_owned(),
    };
    let is_remark = |event: &Event| matches!(event, Event::Remark(_));
    let remark = guest.entries.iter().find(|entry| is_remark(&entry.event));
    let remark = remark.unwrap().seq;
    for bad in [
        note(seq, 1, "x"),
        note(remark, 1, "x"),
        note(0, 0, "x"),
        note(999, 0, "x"),
        note(seq, 0, " "),
    ] {
        guest.ask(bad).await;
        assert_eq!(guest.until_refused().await, (None, Refusal::BadNote));
    }
    guest.ask(note(seq, 0, "look here")).await;
    let noted = owner
        .until(|event| match event {
            Event::Note { seq, line, text, by } => Some((*seq, *line, text.clone(), *by)),
            _ => None,
        })
        .await;
    assert_eq!(noted, (seq, 0, "look here".to_owned(), By::Participant(2)));
}

#[tokio::test]
async fn however_much_is_typed_windows_are_told_a_few_times_who_types_and_at_last_the_truth() {
    let bridge = Bridge::start().await;
    let mut owner = bridge.browser().await;
    let (_, key) = bridge.link(&owner.key, json!({ "role": "watch" })).await;
    let mut guests = Vec::new();
    for number in 0..16 {
        guests.push(Browser::join_as(&bridge, &key, &format!("anna-{number}")).await);
    }
    owner.until_people(|people| people.people.len() == 17).await;
    let (told, begun) = (owner.people.len(), Instant::now());
    for round in 0..40 {
        for guest in &mut guests {
            guest.ask(FromBrowser::Typing(round % 2 == 0)).await;
        }
    }
    for guest in &mut guests {
        // What comes behind it is answered: all that was typed before has been taken in by now.
        guest.ask(FromBrowser::Name("the owner".into())).await;
        guest.until_refused().await;
    }
    guests[0].ask(FromBrowser::Name("anna the last".into())).await;
    let is_last = |people: &People| people.people.iter().any(|it| it.name == "anna the last");
    let people = owner.until_people(is_last).await.people;
    assert!(people.len() == 17 && people.iter().all(|it| !it.typing));
    // The word at the beginning, the one at the end, and ten a second.
    let most = 2 + begun.elapsed().as_millis() / 100;
    let told = (owner.people.len() - told) as u128;
    assert!((1..=most).contains(&told), "{told} words, {most} at most");
}
