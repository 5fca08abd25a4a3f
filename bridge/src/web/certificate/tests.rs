use super::*;

fn issue() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    (made.cert.pem(), made.signing_key.serialize_pem())
}

#[test]
fn what_the_files_hold_is_looked_at_once_and_what_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair {
        certificate: folder.path().join("console.pem"),
        key: folder.path().join("console.key"),
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
