use bytes::Bytes;
use protocol::access::{By, Keep, Sight};
use protocol::dialogue::{Dialogue, Output};
use protocol::entry::{Entry, Event};
use protocol::remark::{FileFormat, Remark, Sharing};
use protocol::sight::View;
use protocol::target::Security;

use super::{About, of};

const ME: By = By::Participant(1);

/// What is sent, then what the server says to it.
const DIALOGUE: [(&str, &[u8]); 6] = [
    ("", b"+OK ready <1896.697170952@mail.company.com>\r\n"),
    ("USER user01", b"+OK\r\n"),
    ("PASS Kanarienvogel#7", b"+OK welcome\r\n"),
    ("LIST", b"+OK 1 messages\r\n1 245\r\n.\r\n"),
    (
        "RETR 1",
        b"+OK 245 octets\r\nSubject: <script>alert(1)</script>\r\n\r\n..dot \xff\xe2\x80\xae\x1b[2J\r\n<img src=x>\r\n.\r\n",
    ),
    ("QUIT", b"+OK bye\r\n"),
];

/// The conversation as the bridge records it, payload cut into pieces of that many octets.
fn recorded(size: usize) -> Vec<Entry> {
    said(&DIALOGUE, size)
}

fn said(conversation: &[(&str, &[u8])], size: usize) -> Vec<Entry> {
    let (mut dialogue, mut out) = (Dialogue::new(Security::Plain), Vec::new());
    for (sent, answer) in conversation {
        if !sent.is_empty() {
            dialogue.submit(sent.as_bytes(), Some(1), ME, &mut out).unwrap();
        }
        answer
            .chunks(size)
            .for_each(|piece| dialogue.receive(piece, &mut out));
    }
    let events = out.into_iter().filter_map(|output| match output {
        Output::Event(event) => Some(event),
        _ => None,
    });
    let named = Event::Remark(Remark::Sharing(Sharing::Named {
        participant: 1,
        name: "anna <b>".to_owned(),
    }));
    (1..)
        .zip([named].into_iter().chain(events))
        .map(|(seq, event)| Entry {
            seq,
            at: 1_795_461_601_123_456 + seq,
            connection: 1,
            event,
        })
        .collect()
}

fn exported(format: FileFormat, entries: &[Entry], sight: Sight) -> Vec<u8> {
    exported_of(Keep::Everything, format, entries, sight)
}

fn exported_of(keep: Keep, format: FileFormat, entries: &[Entry], sight: Sight) -> Vec<u8> {
    let about = About {
        server: Some("mail.company.com:110".to_owned()),
        sight,
        keep,
        at: 1_795_461_601_000_000,
    };
    let (mut export, mut out) = (of(format, about), Vec::new());
    export.begin(&mut out);
    entries.iter().for_each(|entry| export.entry(entry, &mut out));
    export.end(&mut out);
    out
}

fn at(sight: Sight, entries: &[Entry]) -> Vec<Entry> {
    let mut view = View::new(sight);
    let each = entries
        .iter()
        .map(|entry| view.next(entry, |_| false).unwrap_or_else(|| entry.clone()));
    each.collect()
}

#[test]
fn the_text_is_what_went_over_the_wire_octet_for_octet_but_for_the_password() {
    let mut wanted = Vec::new();
    for (sent, answer) in DIALOGUE {
        if !sent.is_empty() {
            let sent = sent.replace("Kanarienvogel#7", "••••••••");
            wanted.extend_from_slice(format!("{sent}\r\n").as_bytes());
        }
        wanted.extend_from_slice(answer);
    }
    for size in [1, 7, 4096] {
        let text = exported(FileFormat::Text, &recorded(size), Sight::Everything);
        assert_eq!(
            String::from_utf8_lossy(&text),
            String::from_utf8_lossy(&wanted),
            "{size}"
        );
        assert!(text == wanted);
    }
}

#[test]
fn a_line_that_goes_out_while_one_comes_in_does_not_tear_it() {
    let received = |seq, bytes: &'static [u8]| Entry {
        seq,
        at: 0,
        connection: 1,
        event: Event::Received {
            exchange: 1,
            part: protocol::entry::Part::Body,
            bytes: Bytes::from_static(bytes),
        },
    };
    let mut sent = recorded(4096)
        .into_iter()
        .find(|it| matches!(it.event, Event::Sent { .. }))
        .unwrap();
    sent.seq = 2;
    let entries = [received(1, b"one\r\ntw"), sent, received(3, b"o\r\nthree\r\n")];
    let text = exported(FileFormat::Text, &entries, Sight::Everything);
    assert_eq!(
        String::from_utf8(text).unwrap(),
        "one\r\ntwo\r\nUSER user01\r\nthree\r\n"
    );
}

#[test]
fn every_format_says_what_a_lower_sight_withholds_and_holds_nothing_of_it() {
    let entries = recorded(4096);
    for format in [FileFormat::Text, FileFormat::Html, FileFormat::Ndjson] {
        for (sight, kept) in [(Sight::Headers, true), (Sight::Commands, false)] {
            let file = exported(format, &at(sight, &entries), sight);
            let text = String::from_utf8_lossy(&file);
            assert!(!text.contains("img src"), "{format:?} {sight:?}: {text}");
            assert_eq!(text.contains("alert(1)"), kept, "{format:?} {sight:?}");
            assert!(text.contains("withheld"), "{format:?} {sight:?}");
        }
    }
    let file = exported(FileFormat::Text, &at(Sight::Commands, &entries), Sight::Commands);
    let text = String::from_utf8(file).unwrap();
    assert!(
        text.contains("\r\n[4 lines, 67 octets withheld]\r\n.\r\nQUIT"),
        "{text}"
    );
}

#[test]
fn bullets_in_what_a_lower_sight_withholds_are_not_said_to_be_a_secret() {
    let entries = said(
        &[
            ("", b"+OK\r\n"),
            ("RETR 1", b"+OK\r\nA: b\r\n\r\nx\r\n.\r\nthe rest\r\n"),
        ],
        4096,
    );
    let html = String::from_utf8(exported(
        FileFormat::Html,
        &at(Sight::Headers, &entries),
        Sight::Headers,
    ))
    .unwrap();
    assert!(!html.contains("the rest"));
    assert!(html.contains("title=\"withheld: ") && !html.contains("a secret stood here"));
    let html = String::from_utf8(exported(FileFormat::Html, &recorded(4096), Sight::Everything)).unwrap();
    assert!(html.contains("a secret stood here"));
}

#[test]
fn what_was_not_kept_is_neither_said_to_be_withheld_nor_to_be_a_secret() {
    let entries = said(
        &[
            ("", b"+OK\r\n"),
            ("RETR 1", b"+OK\r\nA: b\r\n\r\nx\r\n.\r\nthe rest\r\n"),
        ],
        4096,
    );
    let kept = at(Sight::Commands, &entries);
    for format in [FileFormat::Html, FileFormat::Text] {
        let file = exported_of(Keep::NoContent, format, &kept, Sight::Everything);
        let text = String::from_utf8(file).unwrap();
        assert!(text.contains("3 lines, 11 octets not kept"), "{format:?}: {text}");
        assert!(!text.contains("withheld<"), "{format:?}: {text}");
        assert!(!text.contains("a secret stood here"), "{format:?}: {text}");
        let is_page = format == FileFormat::Html;
        assert_eq!(text.contains("title=\"not kept: "), is_page, "{format:?}: {text}");
    }
    // Whom the link shows no more is told so, whatever is kept.
    let file = exported_of(Keep::NoContent, FileFormat::Text, &kept, Sight::Commands);
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains("[3 lines, 11 octets withheld]"), "{text}");
}

#[test]
fn no_format_holds_the_password() {
    for format in [FileFormat::Text, FileFormat::Html, FileFormat::Ndjson] {
        for size in [1, 4096] {
            let file = exported(format, &recorded(size), Sight::Everything);
            assert!(!String::from_utf8_lossy(&file).contains("Kanarienvogel"));
        }
    }
}

#[test]
fn in_the_page_nothing_that_anybody_said_is_markup() {
    let html = String::from_utf8(exported(FileFormat::Html, &recorded(7), Sight::Everything)).unwrap();
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("anna <b>"));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(html.contains("anna &lt;b&gt;"));
    assert!(!html.contains(['\u{202e}', '\u{1b}', '\r']));
    assert!(
        html.contains(">U+202E</span>") && html.contains(">ESC</span>") && html.contains(">\\xFF</span>")
    );
    assert!(html.contains("<span class=\"tok-command\">RETR</span>"));
    assert!(html.contains("default-src 'none'; style-src 'sha256-"));
    let numbers: Vec<_> = html.matches("<div class=\"row ").collect();
    assert_eq!(
        numbers.len(),
        19,
        "a row for each line, and for the remark: {html}"
    );
}

#[test]
fn a_note_stands_where_it_was_made_and_links_to_its_line() {
    let mut entries = recorded(4096);
    let body = entries
        .iter()
        .find(|it| matches!(&it.event, Event::Received { part, .. } if *part == protocol::entry::Part::Body))
        .unwrap();
    let note = Event::Note {
        seq: body.seq,
        line: 1,
        text: "look\n<here>".to_owned(),
        by: ME,
    };
    let seq = entries.len() as u64 + 1;
    entries.push(Entry {
        seq,
        at: 5,
        connection: 1,
        event: note,
    });
    let html = String::from_utf8(exported(FileFormat::Html, &entries, Sight::Everything)).unwrap();
    let target = html
        .split("on <a href=\"#")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let row = html.split(&format!("id=\"{target}\"")).nth(1).unwrap();
    assert!(row.split("</div>").next().unwrap().contains("&lt;img src=x&gt;"));
    assert!(html.contains("&lt;here&gt;"));
}

#[test]
fn whoever_is_called_otherwise_is_called_as_they_were_at_what_they_did_before() {
    let mut entries = said(&[("", b"+OK\r\n"), ("STAT", b"+OK 0 0\r\n")], 4096);
    let mut otherwise = said(&[("", b"+OK\r\n"), ("NOOP", b"+OK\r\n")], 4096);
    if let Event::Remark(Remark::Sharing(Sharing::Named { name, .. })) = &mut otherwise[0].event {
        "Sue, supervisor".clone_into(name);
    }
    entries.append(&mut otherwise);
    (1..).zip(&mut entries).for_each(|(seq, entry)| entry.seq = seq);
    let file = |format| String::from_utf8(exported(format, &entries, Sight::Everything)).unwrap();
    let json = file(FileFormat::Ndjson);
    let json = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let whose: Vec<_> = json
        .filter(|line| line["event"] == "sent")
        .map(|line| line["who"].clone())
        .collect();
    assert_eq!(whose, ["anna <b>", "Sue, supervisor"]);
    let html = file(FileFormat::Html);
    let (before, after) = html.split_once("is called “Sue, supervisor”").unwrap();
    assert!(
        before.contains(">anna &lt;b&gt;<") && !before.contains("Sue"),
        "{before}"
    );
    assert!(after.contains(">Sue, supervisor<"), "{after}");
}

#[test]
fn each_entry_is_a_line_of_json_that_gives_its_octets_back() {
    let entries = recorded(4096);
    let file = String::from_utf8(exported(FileFormat::Ndjson, &entries, Sight::Everything)).unwrap();
    assert_eq!(file.lines().count(), entries.len());
    let mut came = Vec::new();
    for (line, entry) in file.lines().zip(&entries) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["seq"], entry.seq);
        assert_eq!(line["at"], entry.at);
        let kind = line["event"].as_str().unwrap();
        if kind == "sent" {
            assert_eq!((&line["by"], &line["who"]), (&1.into(), &"anna <b>".into()));
        }
        if matches!(kind, "answered" | "received") {
            match line["text"].as_str() {
                Some(text) => came.extend_from_slice(text.as_bytes()),
                None => {
                    let octets = protocol::base64::decode(line["base64"].as_str().unwrap().as_bytes());
                    came.extend(octets.unwrap());
                }
            }
        }
    }
    let said: Vec<u8> = DIALOGUE.iter().flat_map(|(_, answer)| answer.to_vec()).collect();
    assert!(came == said);
}
