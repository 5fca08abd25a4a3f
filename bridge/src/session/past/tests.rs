use super::*;
use crate::journal;

fn reader(id: &str) -> Identity {
    Identity {
        id: id.to_owned(),
        name: "anna".to_owned(),
    }
}

#[tokio::test]
async fn whoever_looks_through_what_is_kept_over_and_over_keeps_no_other_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal::open(&folder.path().join("journal.sqlite")).unwrap();
    let past = Arc::new(Past::new(journal, Duration::ZERO).0);
    let held = past.looking.place("anna".to_owned()).await;
    let again = past.clone();
    let again = tokio::spawn(async move {
        again
            .newest(&reader("anna"), true, 1, |_| true, Search::default())
            .await
    });
    tokio::task::yield_now().await;
    assert!(
        past.newest(&reader("ben"), true, 1, |_| true, Search::default())
            .await
            .is_ok()
    );
    assert!(!again.is_finished());
    drop(held);
    assert!(again.await.unwrap().is_ok());
}
