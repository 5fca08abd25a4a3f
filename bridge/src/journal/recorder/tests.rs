use bytes::Bytes;
use protocol::access::{By, Keep, OWNER, Role, Sight};
use protocol::entry::Event;
use protocol::remark::{Remark, Sharing};
use protocol::wire::decode;

use super::*;
use crate::journal::sqlite::Sqlite;
use crate::journal::{Lasts, Order, Row};
use crate::session::link::Wanted;
use crate::session::transcript::{Offered, Outlet, Viewer};

/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

fn session() -> Arc<Session> {
    Arc::new(Session::of_tests(Keep::Everything))
}

/// Changes something of who may do what, and says so.
fn alter(session: &Session, keep: Keep) {
    session.keep(keep, By::Console).unwrap();
}

fn said(session: &Session, wanted: fn(&Sharing) -> bool) -> usize {
    let entries = (1..=session.transcript.last()).filter_map(|seq| session.transcript.entry(seq));
    let is_it = |event: &Event| matches!(event, Event::Remark(Remark::Sharing(it)) if wanted(it));
    entries.filter(|entry| is_it(&entry.event)).count()
}

#[tokio::test]
async fn a_file_that_becomes_read_only_ends_no_session_and_has_all_once_it_can_be_written_to() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
    let recorder = Recorder::start(
        engine.clone(),
        Days {
            sessions: 30,
            audit: 30,
        },
    )
    .unwrap();
    let session = session();
    let recording = recorder.record("one", session.clone(), false);
    assert_eq!(session.lasts().await, Lasts::Yes);
    alter(&session, Keep::NoContent);
    assert_eq!(session.lasts().await, Lasts::Yes);

    engine.read_only(true).unwrap();
    let altered = session.transcript.last();
    alter(&session, Keep::Everything);
    assert_eq!(session.lasts().await, Lasts::NotYet);
    assert_eq!(said(&session, |it| matches!(it, Sharing::NotRecorded { .. })), 1);
    assert!(session.transcript.last() > altered);
    // Whoever asks then is told at once.
    let asked = Instant::now();
    alter(&session, Keep::NoContent);
    assert_eq!(session.lasts().await, Lasts::NotYet);
    assert!(asked.elapsed() < Duration::from_millis(500));

    engine.read_only(false).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while session.lasts().await != Lasts::Yes {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(GATHER).await;
    }
    while said(&session, |it| matches!(it, Sharing::RecordedAgain)) == 0 {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(GATHER).await;
    }
    recording.leave();
    spawn_blocking(move || recorder.close()).await.unwrap();
    let kept = Sqlite::new(&folder.path().join("journal.sqlite"));
    let mut last = 0;
    kept.read("one", Order::Forwards, &mut |row| {
        assert_eq!(row.first, last + 1);
        last = row.last;
        true
    })
    .unwrap();
    assert_eq!(last, session.transcript.last());
}

/// A window in which there is no room.
struct Full;

impl Outlet for Full {
    fn offer(&self, _: &Bytes) -> Offered {
        Offered::Declined
    }
}

/// Waits until that is said, as somebody does who watches.
async fn is_told(session: &Session, viewer: &Viewer, wanted: fn(&Sharing) -> bool) {
    let told = async {
        loop {
            let news = session.transcript.news_for(Some(viewer));
            if said(session, wanted) > 0 {
                return;
            }
            news.await;
        }
    };
    assert!(timeout(PATIENCE, told).await.is_ok());
}

#[tokio::test]
async fn who_watches_is_told_that_a_session_is_not_recorded_and_when_it_is_again() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
    let recorder = Recorder::start(
        engine.clone(),
        Days {
            sessions: 30,
            audit: 30,
        },
    )
    .unwrap();
    let session = session();
    let _recording = recorder.record("one", session.clone(), false);
    let viewer = session.transcript.view(Sight::Everything, Arc::new(Full));
    assert_eq!(session.lasts().await, Lasts::Yes);

    engine.read_only(true).unwrap();
    alter(&session, Keep::NoContent);
    is_told(&session, &viewer, |it| matches!(it, Sharing::NotRecorded { .. })).await;
    engine.read_only(false).unwrap();
    is_told(&session, &viewer, |it| matches!(it, Sharing::RecordedAgain)).await;
    assert_eq!(session.lasts().await, Lasts::Yes);
    spawn_blocking(move || recorder.close()).await.unwrap();
}

#[tokio::test]
async fn what_somebody_still_reads_when_it_is_kept_no_longer_comes_not_back_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
    let before = session();
    alter(&before, Keep::NoContent);
    alter(&before, Keep::Everything);
    let recorder = Recorder::start(
        engine.clone(),
        Days {
            sessions: 30,
            audit: 30,
        },
    )
    .unwrap();
    let recording = recorder.record("old", before.clone(), false);
    recording.end(7);
    assert!(recorder.settled("old").await);
    let access = engine.head("old").unwrap().unwrap().access;
    let mut read = Session::of_tests_with(decode(&access).unwrap());
    let reader = &mut |row: Row<'_>| read.transcript.restore(row.first, row.last, row.octets).is_ok();
    engine.read("old", Order::Forwards, reader).unwrap();
    read.ended = Some(7);
    let read = Arc::new(read);
    let _reading = recorder.record("old", read.clone(), true);
    assert!(recorder.is_clean().await);
    assert_eq!(engine.head("old").unwrap(), None);

    // A link more, and less to be kept: head and rows would have to be written anew.
    let wanted = Wanted {
        name: String::new(),
        role: Role::Watch,
        sight: Sight::Everything,
        lasts: None,
    };
    read.link(wanted, By::Participant(OWNER)).unwrap();
    read.lasts().await;
    assert_eq!(engine.head("old").unwrap(), None);
    read.keep(Keep::NoContent, By::Participant(OWNER)).unwrap();
    let other = session();
    let _recording = recorder.record("other", other.clone(), false);
    assert_eq!(other.lasts().await, Lasts::Yes);
    assert_eq!(engine.head("old").unwrap(), None);
    spawn_blocking(move || recorder.close()).await.unwrap();
}

#[tokio::test]
async fn what_is_not_to_be_kept_and_cannot_be_deleted_is_not_said_to_be_gone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
    let recorder = Recorder::start(
        engine.clone(),
        Days {
            sessions: 30,
            audit: 30,
        },
    )
    .unwrap();
    let session = session();
    recorder.record("one", session.clone(), false);
    assert!(session.keeps().await);

    engine.read_only(true).unwrap();
    alter(&session, Keep::Nothing);
    assert!(!session.keeps().await);
    // The head in the file lets in whoever was to be let in before.
    assert_eq!(session.lasts().await, Lasts::NotYet);
    assert_eq!(said(&session, |it| matches!(it, Sharing::NotRecorded { .. })), 1);

    engine.read_only(false).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !session.keeps().await {
        assert!(Instant::now() < deadline);
    }
    assert_eq!(session.lasts().await, Lasts::NotKept);
    assert!(engine.head("one").unwrap().is_none());
    assert_eq!(said(&session, |it| matches!(it, Sharing::RecordedAgain)), 0);
    spawn_blocking(move || recorder.close()).await.unwrap();
}

/// How many sessions have news at once, and for how long.
const BURSTING: (u64, Duration) = (8, Duration::from_millis(1500));

/// The bursts of one session are up to so long: somewhat more than it takes until they are looked at.
const BURST: Duration = GATHER.saturating_add(Duration::from_millis(4));

#[test]
fn the_last_news_of_a_session_is_written_whenever_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Sqlite::new(&folder.path().join("journal.sqlite")));
    let days = Days {
        sessions: 30,
        audit: 30,
    };
    let recorder = Recorder::start(engine.clone(), days).unwrap();
    let began = Instant::now();
    let burst_again = |number: u64| {
        let (session, mut chance) = (session(), number);
        let recording = recorder.record(&number.to_string(), session.clone(), false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        while began.elapsed() < BURSTING.1 {
            // None comes behind the last of a burst that would have it looked at.
            chance = (chance * 37 + 11) % 101;
            let over = Instant::now() + BURST.mul_f64(chance as f64 / 101.0);
            loop {
                session.remark(Remark::StlsRefused);
                if Instant::now() > over {
                    break;
                }
                sleep(Duration::from_micros(50));
            }
            let deadline = Instant::now() + PATIENCE;
            while recording.waiting() > 0 {
                assert!(Instant::now() < deadline, "entries were forgotten");
                sleep(Duration::from_micros(50));
            }
            // No entry tells of that.
            session.tried(1, 1);
            while runtime.block_on(session.lasts()) != Lasts::Yes {
                assert!(Instant::now() < deadline, "who may do what was forgotten");
            }
        }
        recording.leave();
        session.transcript.last()
    };
    let lasts: Vec<u64> = std::thread::scope(|scope| {
        let bursting = |number| {
            let burst_again = &burst_again;
            scope.spawn(move || burst_again(number))
        };
        let threads: Vec<_> = (1..=BURSTING.0).map(bursting).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    recorder.close();
    let kept = Sqlite::new(&folder.path().join("journal.sqlite"));
    for (number, last) in (1_u64..).zip(lasts) {
        let mut kept_to = 0;
        kept.read(&number.to_string(), Order::Forwards, &mut |row| {
            assert_eq!(row.first, kept_to + 1);
            kept_to = row.last;
            true
        })
        .unwrap();
        assert_eq!(kept_to, last);
    }
}
