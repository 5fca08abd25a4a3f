use super::*;
use crate::target::{Family, Target};

/// Host, port, security and name of what was read, or why nothing was.
fn read(text: &str) -> Result<String, InputError> {
    Input::read(text).map(|input| {
        let port = input.port.map_or("-".to_owned(), |port| port.to_string());
        let security = match input.security {
            None => "-",
            Some(Security::Plain) => "plain",
            Some(Security::Stls) => "stls",
            Some(Security::Tls) => "tls",
        };
        format!(
            "{} {port} {security} {}",
            input.host,
            input.name.as_deref().unwrap_or("-")
        )
    })
}

#[test]
fn a_host_and_a_port_are_read_in_every_spelling() {
    for (text, expected) in [
        ("mail.company.com", "mail.company.com - - -"),
        ("  mail.company.com  ", "mail.company.com - - -"),
        ("mail.company.com.", "mail.company.com. - - -"),
        ("mail.company.com:110", "mail.company.com 110 - -"),
        ("mail.company.com 110", "mail.company.com 110 - -"),
        ("mail.company.com\t110", "mail.company.com 110 - -"),
        ("mail.company.com:995", "mail.company.com 995 tls -"),
        ("mail.company.com 995", "mail.company.com 995 tls -"),
        ("localhost:65535", "localhost 65535 - -"),
        ("192.0.2.14:110", "192.0.2.14 110 - -"),
        ("m\u{fc}ller.example", "m\u{fc}ller.example - - -"),
        ("mail_1.company.com", "mail_1.company.com - - -"),
        ("::1", "::1 - - -"),
        ("::1 110", "::1 110 - -"),
        ("2001:db8::1", "2001:db8::1 - - -"),
        ("[::1]", "::1 - - -"),
        ("[::1]:995", "::1 995 tls -"),
        ("[::1] 110", "::1 110 - -"),
        ("fe80::1%eth0", "fe80::1%eth0 - - -"),
        ("[fe80::1%eth0]:110", "fe80::1%eth0 110 - -"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1 - - -"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn an_address_with_a_scheme_tells_the_security() {
    for (text, expected) in [
        ("pop://mail.company.com", "mail.company.com - plain -"),
        ("POP://mail.company.com:8110/", "mail.company.com 8110 plain -"),
        ("pop://user01@mail.company.com", "mail.company.com - plain -"),
        (
            "pop://user01;auth=*@mail.company.com:110",
            "mail.company.com 110 plain -",
        ),
        ("pop://mail.company.com:995", "mail.company.com 995 tls -"),
        ("pops://mail.company.com", "mail.company.com - tls -"),
        ("pop3s://mail.company.com:8995", "mail.company.com 8995 tls -"),
        ("pops://[2001:db8::1]:995", "2001:db8::1 995 tls -"),
        ("pop://[fe80::1%25eth0]", "fe80::1%eth0 - plain -"),
        ("telnet://mail.company.com:110", "mail.company.com 110 plain -"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn a_pasted_command_line_is_read() {
    for (text, expected) in [
        ("telnet mail.company.com 110", "mail.company.com 110 plain -"),
        ("$ telnet mail.company.com 110", "mail.company.com 110 plain -"),
        ("telnet mail.company.com", "mail.company.com - plain -"),
        ("telnet -6 ::1 110", "::1 110 plain -"),
        ("telnet mail.company.com pop3", "mail.company.com 110 plain -"),
        ("telnet mail.company.com 995", "mail.company.com 995 tls -"),
        ("nc -C -w 5 mail.company.com 110", "mail.company.com 110 plain -"),
        ("ncat --ssl mail.company.com 8995", "mail.company.com 8995 tls -"),
        (
            "openssl s_client -connect mail.company.com:995 -quiet",
            "mail.company.com 995 tls -",
        ),
        ("openssl s_client -crlf -connect '[::1]:8995'", "::1 8995 tls -"),
        (
            "openssl s_client mail.company.com:995",
            "mail.company.com 995 tls -",
        ),
        (
            "openssl s_client -starttls pop3 -connect mail.company.com:110",
            "mail.company.com 110 stls -",
        ),
        (
            "openssl s_client -connect 192.0.2.14:995 -servername mail.company.com </dev/null",
            "192.0.2.14 995 tls mail.company.com",
        ),
        (
            "openssl s_client -host mail.company.com -port 995",
            "mail.company.com 995 tls -",
        ),
        ("gnutls-cli -p 995 mail.company.com", "mail.company.com 995 tls -"),
        (
            "gnutls-cli --port=8995 mail.company.com",
            "mail.company.com 8995 tls -",
        ),
        (
            "gnutls-cli --starttls-proto=pop3 -p 110 mail.company.com",
            "mail.company.com 110 stls -",
        ),
        ("telnet", "telnet - - -"),
    ] {
        assert_eq!(read(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn a_password_in_an_address_is_refused() {
    for text in [
        "pop://user01:password01@mail.company.com",
        "pops://user01:pass/word@mail.company.com:995",
        "pop://user01:p@ss@mail.company.com",
        "user01:password01@mail.company.com",
        "telnet user01:password01@mail.company.com 110",
        "openssl s_client -connect user01:password01@mail.company.com:995",
    ] {
        assert_eq!(read(text), Err(InputError::Password), "{text:?}");
    }
}

#[test]
fn what_names_no_server_is_refused_with_its_reason() {
    use InputError::*;
    for (text, why) in [
        ("", Empty),
        ("   ", Empty),
        ("''", Empty),
        ("mail.company.com:0", Port),
        ("mail.company.com:99999", Port),
        ("mail.company.com:", Port),
        ("mail.company.com:pop3", Port),
        ("mail.company.com:+110", Port),
        ("mail.company.com -1", Port),
        ("[::1]:0", Port),
        (":110", Host),
        ("[::1", Host),
        ("[::1]110", Host),
        ("[mail.company.com]:110", Host),
        ("mail/company", Host),
        ("-connect", Host),
        ("1:2:3", Host),
        ("fe80::1%", Host),
        ("pop://", Host),
        ("alice@company.com", MailAddress),
        ("https://mail.company.com", Scheme),
        ("imap://mail.company.com", Scheme),
        (
            "openssl s_client -starttls smtp -connect mail.company.com:25",
            Scheme,
        ),
        ("mail.company.com 110 tls", Unclear),
        ("mail.company.com:110 110", Unclear),
        ("openssl x509 -in certificate.pem", Unclear),
        ("openssl s_client -connect", Unclear),
        ("telnet a b c", Unclear),
        ("telnet mail.company.com 70000", Port),
        ("gnutls-cli -p x mail.company.com", Port),
    ] {
        assert_eq!(read(text), Err(why), "{text:?}");
    }
    assert_eq!(read(&"a".repeat(254)), Err(Host));
    assert_eq!(read(&"a".repeat(253)).map(|read| read.len()), Ok(253 + 6));
}

#[test]
fn a_target_is_checked_and_displayed() {
    let target = |host: &str, port, name: Option<&str>| Target {
        host: host.to_owned(),
        port,
        security: Security::Plain,
        verify: true,
        name: name.map(str::to_owned),
        family: Family::Any,
    };
    assert_eq!(target("mail.company.com", 110, None).check(), Ok(()));
    assert_eq!(target("", 110, None).check(), Err(InputError::Empty));
    assert_eq!(target("a b", 110, None).check(), Err(InputError::Host));
    assert_eq!(target("a\0", 110, None).check(), Err(InputError::Host));
    for unseen in ['\u{202e}', '\u{200b}', '\u{ad}', '\u{2066}', '\u{e0061}'] {
        assert_eq!(
            target(&format!("a{unseen}b"), 110, None).check(),
            Err(InputError::Host)
        );
        assert_eq!(read(&format!("a{unseen}b:110")), Err(InputError::Host));
    }
    assert_eq!(target("m\u{fc}nchen.example", 110, None).check(), Ok(()));
    assert_eq!(target(&"a".repeat(254), 110, None).check(), Err(InputError::Host));
    assert_eq!(target("a", 0, None).check(), Err(InputError::Port));
    assert_eq!(target("a", 1, Some("")).check(), Err(InputError::Host));
    assert_eq!(
        target("mail.company.com", 110, None).display(),
        "mail.company.com:110"
    );
    assert_eq!(target("::1", 995, None).display(), "[::1]:995");
}
