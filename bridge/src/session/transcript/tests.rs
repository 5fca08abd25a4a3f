use super::*;
use protocol::remark::Remark;
use protocol::wire::decode_sequence;

fn event() -> Event {
    Event::Remark(Remark::StlsRefused)
}

fn all(transcript: &Transcript, after: Seq) -> Option<Frame> {
    transcript.after(Sight::Everything, after).unwrap()
}

fn seqs(frame: &Frame) -> Vec<Seq> {
    decode_sequence(&frame.octets)
        .map(|item| match item.unwrap() {
            ToBrowser::Entry(entry) => entry.seq,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn every_cursor_reads_the_same_entries_without_a_gap() {
    let transcript = Transcript::new(1 << 20, Budget::new(1 << 20));
    assert!(all(&transcript, 0).is_none());
    for _ in 0..3 {
        transcript.append(1, event()).unwrap();
    }
    let whole = all(&transcript, 0).unwrap();
    assert_eq!(seqs(&whole), [1, 2, 3]);
    assert_eq!(whole.last, 3);
    let rest = all(&transcript, 2).unwrap();
    assert_eq!(seqs(&rest), [3]);
    assert!(whole.octets.ends_with(&rest.octets));
    assert!(all(&transcript, 3).is_none());
    assert!(all(&transcript, 99).is_none());
    assert!(
        Sight::ALL
            .into_iter()
            .all(|sight| transcript.after(sight, Seq::MAX).unwrap().is_none())
    );
}

#[test]
fn a_frame_stays_within_its_bound() {
    let transcript = Transcript::new(1 << 20, Budget::new(1 << 20));
    let payload = |length| Event::Received {
        exchange: 1,
        part: protocol::entry::Part::Body,
        bytes: vec![b'x'; length].into(),
    };
    for _ in 0..4 {
        transcript.append(1, payload(30_000)).unwrap();
    }
    let mut after = 0;
    while let Some(frame) = all(&transcript, after) {
        assert!(frame.octets.len() <= FRAME_MAX);
        assert_eq!(seqs(&frame), [after + 1, after + 2]);
        after = frame.last;
    }
    assert_eq!(after, 4);
}

#[test]
fn a_full_transcript_still_takes_how_it_ended() {
    let transcript = Transcript::new(1000, Budget::new(1 << 20));
    let mut count = 0;
    while transcript.append(1, event()).is_ok() {
        count += 1;
    }
    assert!((2..20).contains(&count));
    assert_eq!(transcript.append(1, event()), Err(Full::Itself { cap: 1000 }));
    transcript.append_last(1, event());
    assert_eq!(seqs(&all(&transcript, count).unwrap()), [count + 1]);
}

#[test]
fn all_transcripts_share_a_budget_and_give_back_what_they_took() {
    let budget = Budget::new(1000);
    let one = Transcript::new(1 << 20, budget.clone());
    while one.append(1, event()).is_ok() {}
    let other = Transcript::new(1 << 20, budget.clone());
    let full = Err(Full::Together { of_account: false });
    assert_eq!(other.append(1, event()), full);
    drop(one);
    assert_eq!(other.append(1, event()), Ok(()));
    drop(other);
    assert_eq!(budget.used(), 0);
}
