use super::*;
use crate::recorded::Recorded;

fn learned(recorded: &mut Recorded) -> Learned {
    let mut learned = Learned::default();
    for entry in recorded.take() {
        learned.apply(&entry);
    }
    learned
}

fn signed_in() -> Recorded {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK ready <1.2@mail.company.com>\r\n")
        .client(1, "USER a")
        .server("+OK\r\n");
    recorded.client(2, "PASS b").server("+OK\r\n");
    recorded
}

#[test]
fn sizes_and_unique_ids_are_learned_from_listings_that_are_cut_anywhere() {
    let mut recorded = signed_in();
    recorded.client(3, "LIST").client(4, "UIDL");
    for octet in b"+OK 2 517\r\n1 245\r\n2 272\r\n.\r\n+OK\r\n1 abc\r\n2 d\r\n.\r\n" {
        recorded.server([*octet]);
    }
    let learned = learned(&mut recorded);
    assert_eq!(learned.timestamp.as_deref(), Some(&b"<1.2@mail.company.com>"[..]));
    let known: Vec<_> = (1..=3)
        .map(|it| learned.maildrop.get(it).map(|it| (it.octets, it.unique_id)))
        .collect();
    assert_eq!(
        known,
        [Some((Some(245), Some("abc"))), Some((Some(272), Some("d"))), None]
    );
    assert!(learned.open.is_empty());
}

#[test]
fn a_message_is_learned_of_from_every_reply_about_it() {
    let mut recorded = signed_in();
    recorded.client(3, "STAT").server("+OK 3 800\r\n");
    recorded.client(4, "LIST 1").server("+OK 1 245\r\n");
    recorded.client(5, "UIDL 1").server("+OK 1 abc\r\n");
    recorded
        .client(6, "TOP 1 0")
        .server("+OK 99 octets\r\nsubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n\r\n.\r\n");
    recorded
        .client(7, "RETR 2")
        .server("+OK 272 octets\r\nSubject: a\r\n b\r\nX: y\r\n\r\nSubject: no\r\n.\r\n");
    recorded
        .client(8, "DELE 2")
        .server("+OK\r\n")
        .client(9, "RETR 9")
        .server("-ERR no\r\n");
    let maildrop = learned(&mut recorded).maildrop;
    let first = maildrop.get(1).unwrap();
    assert_eq!(
        (first.octets, first.unique_id, first.subject),
        (Some(245), Some("abc"), Some("Grüße"))
    );
    let second = maildrop.get(2).unwrap();
    assert_eq!(
        (second.octets, second.subject, second.is_marked),
        (Some(272), Some("a b"), true)
    );
    assert_eq!(maildrop.last(), 3);
}

#[test]
fn marks_are_taken_back_by_rset() {
    let mut recorded = signed_in();
    recorded
        .client(3, "DELE 1")
        .server("+OK\r\n")
        .client(4, "RSET")
        .server("+OK\r\n");
    assert!(!learned(&mut recorded).maildrop.get(1).unwrap().is_marked);
}

#[test]
fn a_password_is_due_after_a_name_was_taken_and_until_something_else_is_sent() {
    let mut recorded = Recorded::new();
    recorded.server("+OK\r\n").client(1, "user a").server("+OK\r\n");
    let mut learned = learned(&mut recorded);
    assert!(learned.password_is_due);
    recorded.client(2, "hunter2");
    recorded.take().iter().for_each(|it| learned.apply(it));
    assert!(!learned.password_is_due);
    recorded
        .server("-ERR\r\n")
        .client(3, "USER a")
        .server("-ERR no\r\n");
    recorded.take().iter().for_each(|it| learned.apply(it));
    assert!(!learned.password_is_due);
}

#[test]
fn languages_and_mechanisms_are_learned_from_their_listings() {
    let mut recorded = Recorded::new();
    recorded
        .server("+OK\r\n")
        .client(1, "LANG")
        .server("+OK\r\nen English\r\nde\r\n.\r\n");
    recorded
        .client(2, "AUTH")
        .server("+OK\r\nplain\r\nCRAM-MD5\r\n.\r\n");
    recorded.client(3, "CAPA").server("+OK\r\nTOP\r\n.\r\n");
    let learned = learned(&mut recorded);
    let pair = |tag: &str, name: &str| (tag.to_owned(), name.to_owned());
    assert_eq!(learned.languages, [pair("en", "English"), pair("de", "")]);
    assert_eq!(learned.mechanisms, ["PLAIN", "CRAM-MD5"]);
}

#[test]
fn names_are_remembered_newest_first_and_once() {
    let (mut names, mut recorded) = (Names::default(), signed_in());
    recorded
        .client(3, "USER b")
        .server("-ERR\r\n")
        .client(4, "USER a")
        .server("-ERR\r\n");
    recorded.take().iter().for_each(|it| names.apply(it));
    assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "b"]);
}
