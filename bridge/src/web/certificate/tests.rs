use std::io::Write;
use std::sync::Mutex;

use tracing::subscriber::set_default;

use super::*;

fn issue() -> (String, String) {
    issue_for("localhost")
}

fn issue_for(name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn what_the_files_hold_is_looked_at_once_and_what_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        certificate: folder.path().join("console.pem"),
        key: folder.path().join("console.key"),
        hosts: Vec::new(),
    };
    let write = |path: &Path, text: &str| std::fs::write(path, text).unwrap();
    let ((one, one_key), (other, other_key)) = (issue(), issue());
    write(&pair.certificate, &one);
    write(&pair.key, &one_key);
    let mut known = pair.load(&provider()).unwrap().digest;
    let mut looked = |expected: &str| {
        let Found { certified, digest } = look(&pair, known).unwrap();
        let told = certified.map_or_else(|error| error.what, |_| String::new());
        assert!(
            told.starts_with(expected) && told.is_empty() == expected.is_empty(),
            "{told}"
        );
        known = digest;
        assert!(look(&pair, known).is_none());
    };
    write(&pair.certificate, &other);
    looked("this key is another certificate's than that in");
    write(&pair.key, &other_key);
    looked("");
    write(&pair.key, &other);
    looked("there is no private key in it");
    write(&pair.certificate, &other_key);
    looked("there is no certificate in it");
    write(
        &pair.certificate,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    );
    write(&pair.key, &other_key);
    looked("this certificate cannot be used");
    std::fs::remove_file(&pair.certificate).unwrap();
    looked("the file cannot be read");
    write(&pair.certificate, &other);
    looked("");
}

/// What is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(octets)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_browsers_object_to_is_said_of_each_certificate_that_is_loaded_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        certificate: folder.path().join("console.pem"),
        key: folder.path().join("console.key"),
        hosts: vec!["pop3.company.com".to_owned()],
    };
    let put = |(certificate, key): (String, String)| {
        std::fs::write(&pair.key, key).unwrap();
        std::fs::write(&pair.certificate, certificate).unwrap();
    };
    put(issue_for("localhost"));
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(move || writer.clone());
    let _logging = set_default(subscriber.finish());
    let how_often = |what: &str| {
        let logged = log.0.lock().unwrap();
        String::from_utf8_lossy(&logged).matches(what).count()
    };
    let terminator = Terminator::new(pair.clone()).unwrap();
    let renewing = tokio::spawn(terminator.renew(Duration::from_millis(1)));
    let is_shown = "new connections are shown the certificate";
    let objection = "this certificate is for localhost, not for pop3.company.com";
    let is_held_back = "the new certificate is not shown";
    for (name, does, times) in [
        ("localhost", is_shown, 1),
        ("pop3.company.com", is_shown, 1),
        // Browsers accept the one before.
        ("localhost", is_held_back, 2),
        ("pop3.company.com", is_shown, 2),
    ] {
        let done = how_often(does);
        put(issue_for(name));
        tokio::time::timeout(Duration::from_secs(20), async {
            while how_often(does) == done {
                sleep(Duration::from_millis(1)).await;
            }
        })
        .await
        .unwrap();
        assert_eq!(how_often(objection), times);
    }
    renewing.abort();
}

#[test]
fn a_certificate_that_expires_while_it_is_shown_is_objected_to_once() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        certificate: folder.path().join("console.pem"),
        key: folder.path().join("console.key"),
        hosts: Vec::new(),
    };
    let (certificate, key) = issue();
    std::fs::write(&pair.certificate, certificate).unwrap();
    std::fs::write(&pair.key, key).unwrap();
    let mut terminator = Terminator::new(pair).unwrap();
    assert_eq!(terminator.unsaid(UnixTime::now()), [""; 0]);
    // After what rcgen issues is over.
    let late = UnixTime::since_unix_epoch(Duration::from_secs(100_000_000_000));
    assert_eq!(terminator.unsaid(late).len(), 1);
    assert_eq!(terminator.unsaid(late), [""; 0]);
}
