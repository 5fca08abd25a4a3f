use std::fs;

use protocol::target::Security;

use super::*;
use crate::upstream::policy::Reach;
use crate::upstream::policy::rule::Preset;

/// What comes of a file with that in it, and these flags, where only they are looked at.
fn load(file: &str, flags: &[&str]) -> Result<Config, String> {
    looked_at(file, flags, |config| config.check().map(|()| config))
}

/// The same where it is looked at like that.
fn looked_at<T>(
    file: &str,
    flags: &[&str],
    look: impl FnOnce(Config) -> Result<T, ConfigError>,
) -> Result<T, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("console.toml");
    fs::write(&path, file).unwrap();
    let path = path.to_str().unwrap();
    let arguments = ["pop3-console", "--config", path];
    let arguments = arguments.iter().chain(flags);
    let matches = command().try_get_matches_from(arguments).unwrap();
    let looked = Config::load(&matches).and_then(look);
    looked.map_err(|error| error.to_string().replace(path, "console.toml"))
}

/// What a console with such a file warns of when it starts.
fn doubts(file: &str) -> Vec<String> {
    let examined = looked_at(file, &[], |config| config.examine());
    let doubts = examined.unwrap().into_iter().map(|it| it.to_string());
    // The file is somewhere else each time.
    doubts
        .map(|it| {
            it.split_once("console.toml")
                .map_or(it.clone(), |(_, line)| format!("console.toml{line}"))
        })
        .collect()
}

#[test]
fn what_nobody_sets_is_the_default() {
    let matches = command().try_get_matches_from(["pop3-console"]).unwrap();
    let loaded = Config::load(&matches).unwrap();
    assert_eq!(format!("{loaded:?}"), format!("{:?}", Config::default()));
}

#[test]
fn a_flag_counts_before_the_file() {
    let file = "grace = 20\nkeep-days = \"7\"\nno-journal = true\nca-file = [\"a.pem\", \"b.pem\"]\n\
                [limits]\nsessions = 2000\ntranscript = \"1 GiB\"\n";
    let config = load(
        file,
        &["--grace", "30", "--no-demonstration", "--ca-file", "c.pem"],
    )
    .unwrap();
    assert_eq!(config.grace, Duration::from_secs(30));
    assert_eq!(config.keep_days, 7);
    assert!(config.no_journal && config.no_demonstration);
    assert_eq!(config.ca_files, [PathBuf::from("c.pem")]);
    assert_eq!(
        (config.limits.sessions, config.limits.transcript),
        (2000, 1 << 30)
    );
    let config = load(file, &["--no-journal=false"]).unwrap();
    assert!(!config.no_journal);
    assert_eq!(config.ca_files, [PathBuf::from("a.pem"), PathBuf::from("b.pem")]);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_line_and_the_remedy() {
    let file = "grace = 0\n\n[limits]\nsessons = 1\nsessions = [1]\n\n[limts]\nwindows = 2\n";
    let told = load(file, &["--keep-days", "0"]).unwrap_err();
    let mut lines: Vec<&str> = told.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "--keep-days: a whole number of days from 1 to 3660 is wanted, such as --keep-days 30",
            "console.toml:1: grace: a whole number of seconds from 1 to 86400 is wanted, such as grace = 300",
            "console.toml:4: there is no setting limits.sessons; limits.sessions may be meant",
            "console.toml:5: limits.sessions: one value is wanted",
            "console.toml:7: there is no section limts; limits may be meant",
        ]
    );
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let told = load("grace = 5\nlisten = \n", &[]).unwrap_err();
    assert!(told.starts_with("console.toml:2: this is no TOML: "), "{told}");
}

#[test]
fn what_stands_in_the_wrong_section_is_told_where_it_belongs() {
    let told = load("[access]\nkeep-days = 7\n", &[]).unwrap_err();
    assert_eq!(
        told,
        "console.toml:2: keep-days is in no section: put it above the first line with a [section]"
    );
    let told = load(
        "[[targets.preset]]\nname = \"one\"\nserver = \"localhost\"\nkeep = \"nothing\"\n",
        &[],
    );
    assert_eq!(
        told.unwrap_err(),
        "console.toml:4: keep is in no section: put it above the first line with a [section]"
    );
}

#[test]
fn a_word_without_its_quotes_is_told_of() {
    let told = load("[access]\nmode = accounts\n", &[]).unwrap_err();
    assert!(told.starts_with("console.toml:2: this is no TOML: "), "{told}");
    assert!(
        told.ends_with("; text is wanted in quotes, such as mode = \"…\""),
        "{told}"
    );
    let told = load("grace = 20 seconds\n", &[]).unwrap_err();
    assert!(!told.contains("quotes"), "{told}");
}

#[test]
fn a_number_with_a_unit_or_text_is_told_what_is_wanted_as_it_would_be_written_there() {
    let seconds = "a whole number of seconds from";
    for (file, flags, told) in [
        (
            "drain = \"60s\"\n",
            &[][..],
            format!("console.toml:1: drain: {seconds} 0 to 86400 is wanted; drain = 60 may be meant"),
        ),
        (
            "[limits]\nidle = \"1 hour\"\n",
            &[],
            format!("console.toml:2: limits.idle: {seconds} 0 to 86400 is wanted; idle = 3600 may be meant"),
        ),
        (
            "limits.idle = \"5m\"\n",
            &[],
            format!("console.toml:1: limits.idle: {seconds} 0 to 86400 is wanted; limits.idle = 300 may be meant"),
        ),
        (
            "grace = \"soon\"\n",
            &[],
            format!("console.toml:1: grace: {seconds} 1 to 86400 is wanted, such as grace = 300"),
        ),
        (
            "grace = 1.5\n",
            &[],
            format!("console.toml:1: grace: {seconds} 1 to 86400 is wanted, such as grace = 300"),
        ),
        // No more than may be said is meant by anybody.
        (
            "grace = \"2 days\"\n",
            &[],
            format!("console.toml:1: grace: {seconds} 1 to 86400 is wanted, such as grace = 300"),
        ),
        (
            "",
            &["--access-hours", "2d"],
            "--access-hours: a whole number of hours from 1 to 720 is wanted; --access-hours 48 may be meant".to_owned(),
        ),
        (
            "[limits]\ntranscript = 268435456\n",
            &[],
            "console.toml:2: limits.transcript: a size such as 256 MiB or 4 GiB is wanted, of 1024 GiB at most; \
             transcript = \"256 MiB\" may be meant"
                .to_owned(),
        ),
        (
            "[limits]\nsessions = \"many\"\n",
            &[],
            "console.toml:2: limits.sessions: a whole number from 1 to 100000 is wanted, such as sessions = 64".to_owned(),
        ),
    ] {
        assert_eq!(load(file, flags).unwrap_err(), told);
    }
    for (line, advice) in [
        (
            "drain = 60s",
            "; a number is wanted without a unit, such as drain = 60",
        ),
        (
            "grace = 20 seconds",
            "; a number is wanted without a unit, such as grace = 20",
        ),
        (
            "limits.transcript = 256 MiB",
            "; text is wanted in quotes, such as limits.transcript = \"256 MiB\"",
        ),
    ] {
        let told = load(&format!("{line}\n"), &[]).unwrap_err();
        assert!(
            told.starts_with("console.toml:1: this is no TOML: ") && told.ends_with(advice),
            "{told}"
        );
    }
    let told = load("access.secret = 1234 canary\n", &[]).unwrap_err();
    assert!(!told.contains("1234") && !told.contains("canary"), "{told}");
}

#[test]
fn a_connection_on_which_nobody_types_may_be_left_open_where_that_is_said() {
    let hosted = "access.mode = \"accounts\"\n";
    for (file, is_hosted, idle) in [
        ("", false, None),
        (hosted, true, Some(1800)),
        ("access.mode = \"accounts\"\nlimits.idle = 0\n", true, None),
        ("limits.idle = 60\n", false, Some(60)),
    ] {
        let config = load(file, &[]).unwrap();
        assert_eq!(config.hosted(), is_hosted);
        assert_eq!(
            config.limits.idle(is_hosted),
            idle.map(Duration::from_secs),
            "{file}"
        );
    }
    assert_eq!(
        load("limits.idle = 0\n", &[]).unwrap().limits.idle_as_said(true),
        Some(Duration::ZERO)
    );
}

#[test]
fn browsers_and_whoever_counts_are_not_listened_for_at_one_address() {
    let hosted = "access.mode = \"accounts\"\npublic = [\"https://pop3.company.com\"]\nproxy.trusted = [\"10.0.0.1\"]\n";
    for (listen, metrics, meets) in [
        ("127.0.0.1:8110", "127.0.0.1:8110", true),
        ("127.0.0.1:8110", "[::ffff:127.0.0.1]:8110", true),
        ("127.0.0.1:8110", "0.0.0.0:8110", true),
        ("0.0.0.0:8110", "127.0.0.1:8110", true),
        ("[::]:8110", "127.0.0.1:8110", true),
        ("[::1]:8110", "0.0.0.0:8110", false),
        ("127.0.0.1:8110", "127.0.0.2:8110", false),
        ("127.0.0.1:8110", "127.0.0.1:9110", false),
        ("127.0.0.1:0", "127.0.0.1:0", false),
    ] {
        let file = format!("{hosted}listen = {listen:?}\nmetrics.listen = {metrics:?}\n");
        let told = load(&file, &[]).err().unwrap_or_default();
        assert_eq!(
            told.starts_with("console.toml:5: the console itself listens on"),
            meets,
            "{file}: {told}"
        );
        assert_eq!(told.is_empty(), !meets, "{told}");
    }
}

#[test]
fn what_was_said_and_counts_for_nothing_or_not_as_somebody_may_think_is_told_with_its_line() {
    let counts_for_nothing = "counts for nothing while";
    for (file, told) in [
        (
            "no-journal = true\n[access]\nmode = \"none\"\nadministrators = [\"ops\"]\n",
            format!(
                "console.toml:4: access.administrators {counts_for_nothing} access.mode is none: groups are for those"
            ),
        ),
        (
            "no-journal = true\naccess.issuer = \"https://login.company.com\"\n",
            format!(
                "console.toml:2: access.issuer {counts_for_nothing} access.mode is none: set that to openid"
            ),
        ),
        (
            "no-journal = true\naccess.hours = 8\n",
            format!(
                "console.toml:2: access.hours {counts_for_nothing} access.mode is none: nobody signs in."
            ),
        ),
        (
            "no-journal = true\nkeep-days = 7\n",
            format!("console.toml:2: keep-days {counts_for_nothing} no-journal is true: nothing is kept."),
        ),
        (
            "no-journal = true\nmetrics.listen = \"0.0.0.0:9110\"\n",
            "console.toml:2: whoever reaches 0.0.0.0:9110 can read there what was counted, in clear text"
                .to_owned(),
        ),
        (
            "no-journal = true\nlog = \"hyper=debug\"\n",
            "console.toml:2: nothing that is logged comes from hyper".to_owned(),
        ),
    ] {
        let doubts = doubts(file);
        assert!(
            doubts.len() == 1 && doubts[0].starts_with(&told),
            "{file}: {doubts:?}"
        );
    }
    let openid = "no-journal = true\n[access]\nmode = \"openid\"\nissuer = \"https://login.company.com\"\nclient = \"console\"\n";
    let told = "console.toml:3: whoever has an account at login.company.com may use this console";
    assert!(matches!(&doubts(openid)[..], [one] if one.starts_with(told)));
    assert_eq!(doubts(&format!("{openid}agents = [\"staff\"]\n")), [""; 0]);
    let header = "no-journal = true\npublic = \"https://pop3.company.com\"\nproxy.trusted = \"127.0.0.1\"\n\
                  [access]\nmode = \"header\"\nagents = [\"staff\"]\nheader = \"X-User\"\nhours = 8\n";
    assert_eq!(doubts(header), [""; 0]);
    // Who names people is a few addresses; who passes requests on may be anywhere in one's own network.
    for (mode, network, doubt) in [
        ("header", "10.0.0.0/8", "is whoever they say they are"),
        ("accounts", "10.0.0.0/8", ""),
        ("accounts", "fd00::/8", ""),
        // Not all of it is private.
        (
            "accounts",
            "172.16.0.0/8",
            "can say that a request is from anywhere",
        ),
        ("accounts", "203.0.113.0/24", ""),
        (
            "accounts",
            "203.0.112.0/20",
            "can say that a request is from anywhere",
        ),
        ("accounts", "0.0.0.0/0", "can say that a request is from anywhere"),
    ] {
        let file = format!(
            "no-journal = true\npublic = \"https://pop3.company.com\"\nproxy.trusted = \"{network}\"\n[access]\n\
             mode = \"{mode}\"\naccounts = \"/nowhere/accounts.toml\"\n"
        );
        let doubts = doubts(&file);
        let told = format!("console.toml:3: whoever reaches this console from {network} {doubt}");
        let count = doubts.iter().filter(|it| it.starts_with(&told)).count();
        assert_eq!(count, usize::from(!doubt.is_empty()), "{doubts:?}");
    }
    for metrics in ["127.0.0.1:9110", "[::1]:9110"] {
        assert_eq!(
            doubts(&format!("no-journal = true\nmetrics.listen = {metrics:?}\n")),
            [""; 0]
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let arguments = ["pop3-console", "--config", "/nowhere/console.toml"];
    let matches = command().try_get_matches_from(arguments).unwrap();
    let told = Config::load(&matches).unwrap_err().to_string();
    assert!(
        told.starts_with("/nowhere/console.toml: the file of settings cannot be read: "),
        "{told}"
    );
}

#[test]
fn only_this_machine_is_listened_on() {
    for listen in ["127.0.0.1:8110", "127.0.0.2:0", "[::1]:0", "[::ffff:127.0.0.1]:1"] {
        let config = Config {
            listen: listen.parse().unwrap(),
            ..Config::default()
        };
        assert!(config.check().is_ok(), "{listen}");
    }
    for listen in [
        "0.0.0.0:8110",
        "[::]:8110",
        "192.0.2.1:8110",
        "10.0.0.1:1",
        "[fe80::1]:8110",
    ] {
        let config = Config {
            listen: listen.parse().unwrap(),
            ..Config::default()
        };
        let sentence = config.check().unwrap_err().to_string();
        assert!(sentence.contains("--listen 127.0.0.1:8110"), "{sentence}");
    }
    let told = load("\nlisten = \"0.0.0.0:80\"\n", &[]).unwrap_err();
    assert!(
        told.starts_with("console.toml:2: pop3-console does not listen on"),
        "{told}"
    );
}

#[test]
fn others_reach_it_only_where_it_asks_who_they_are_by_tls_and_by_a_name() {
    let told = |file: &str| load(file, &[]).err().unwrap_or_default();
    let access = "access.mode = \"accounts\"\n";
    let open = "listen = \"192.0.2.1:443\"\n";
    let public = "public = \"https://pop3.company.com\"\n";
    let proxy = "proxy.trusted = [\"10.0.0.0/8\"]\n";
    assert_eq!(told(&[access, open, public, proxy].concat()), "");
    assert_eq!(told(&[access, public, proxy].concat()), "");
    for (file, expected) in [
        (
            [open, public, proxy].concat(),
            "console.toml:1: pop3-console does not listen on 192.0.2.1:443: others could",
        ),
        (
            [open, access, public].concat(),
            "console.toml:1: pop3-console does not listen on 192.0.2.1:443: what people type",
        ),
        (
            [open, access, proxy].concat(),
            "console.toml:1: pop3-console does not listen on 192.0.2.1:443: it does not know",
        ),
        (
            [public, proxy].concat(),
            "console.toml:1: others could reach pop3-console at https://pop3.company.com",
        ),
        (
            [public, access].concat(),
            "console.toml:1: nobody could reach pop3-console at https://pop3.company.com",
        ),
        (
            [access, proxy].concat(),
            "console.toml:2: behind a proxy pop3-console answers to the names alone",
        ),
        (
            "public = \"pop3.company.com\"".to_owned(),
            "console.toml:1: public: an address such as",
        ),
        (
            "public = \"http://pop3.company.com\"".to_owned(),
            "console.toml:1: public: an address such as",
        ),
        (
            "proxy.trusted = \"proxy\"".to_owned(),
            "console.toml:1: proxy.trusted: a network or an address such as",
        ),
    ] {
        let told = told(&file);
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    // What only this machine's own browsers reach needs none of that, by whatever name and port.
    assert_eq!(
        told("public = \"http://localhost:9000/pop3\"\nproxy.trusted = \"127.0.0.1\""),
        ""
    );
}

#[test]
fn a_header_says_who_somebody_is_only_where_a_proxy_is_trusted() {
    let told = |file: &str| load(file, &[]).err().unwrap_or_default();
    let mode = "access.mode = \"header\"\n";
    let proxy = "public = \"https://pop3.company.com\"\nproxy.trusted = \"127.0.0.1\"\n";
    assert_eq!(told(&[mode, proxy].concat()), "");
    assert_eq!(
        told(mode),
        "console.toml:1: nobody may say in a header who somebody is, since no proxy is trusted: name those that do, with \
         proxy.trusted."
    );
    for (setting, expected) in [
        (
            "access.header = \"a b\"",
            "access.header: the name of a header, such as X-Remote-User, is wanted",
        ),
        (
            "access.groups-header = \"X-Remote-User\"",
            "who somebody is and to which groups they belong cannot be said in one header: name another",
        ),
        (
            "access.supervisors = [\"leads\", \"CN=helpdesk,OU=groups\"]",
            "nobody belongs to a group with a comma in its name, where a header says the groups, separated by commas: have \
             the proxy say shorter names, such as helpdesk",
        ),
        (
            "access.agents = [\"\"]",
            "access.agents: the name of a group is wanted, of 256 octets at most and without blanks around it",
        ),
    ] {
        let told = told(&[mode, proxy, setting].concat());
        assert_eq!(told, format!("console.toml:4: {expected}"));
    }
    let all = proxy.replace("\"127.0.0.1\"", "[\"10.0.3.1\", \"::/0\"]");
    assert_eq!(
        told(&[mode, &all].concat()),
        "console.toml:3: whoever reaches this console would be whoever they say they are, where a header says that and all \
         the world is a trusted proxy: name the addresses of your proxies"
    );
}

#[test]
fn people_sign_in_at_a_provider_that_is_named_and_knows_the_console() {
    let told = |file: &str| load(file, &[]).err().unwrap_or_default();
    let mode = "access.mode = \"openid\"\n";
    let named = "access.issuer = \"https://login.company.com\"\naccess.client = \"console\"\n";
    assert_eq!(told(&[mode, named].concat()), "");
    let missing = told(mode);
    let missing: Vec<_> = missing.lines().collect();
    assert!(
        missing[0].starts_with(
            "console.toml:1: nobody can sign in at a provider that is not named: name its issuer"
        ),
        "{missing:?}"
    );
    assert!(
        missing[1]
            .starts_with("console.toml:1: no provider signs anybody in for a console that it does not know")
    );
    for (setting, expected) in [
        (
            "access.issuer = \"http://login.company.com\"",
            "access.issuer: an address with https, such as https://login.company.com, is wanted",
        ),
        (
            "access.client = \"\"",
            "access.client: a name of 1 to 256 letters, digits and signs is wanted, without blanks",
        ),
        (
            "access.secret = \"\"",
            "access.secret: a secret of 4096 octets at most, in one line, is wanted",
        ),
        (
            "access.scopes = \"profile\"",
            "access.scopes: words separated by spaces are wanted, openid among them, such as openid profile groups",
        ),
        (
            "access.groups-claim = \"a b\"",
            "access.groups-claim: a name of 1 to 256 letters, digits and signs is wanted, without blanks",
        ),
    ] {
        assert_eq!(
            told(&[mode, setting].concat()),
            format!("console.toml:2: {expected}")
        );
    }
    let secret = "access.secret = \"canary\"\naccess.secret-file = \"/nowhere/secret\"\n";
    assert_eq!(
        told(&[mode, named, secret].concat()),
        "console.toml:5: the secret is said twice: leave out access.secret, or this"
    );
    let file = "access.secret-file = \"/nowhere/secret\"\n";
    let unreadable = told(&[mode, named, file].concat());
    assert!(
        unreadable.starts_with(
            "console.toml:4: the file with the client's secret, /nowhere/secret, cannot be read: "
        ),
        "{unreadable}"
    );
}

#[test]
fn the_secret_of_a_client_is_never_shown() {
    let file = "access.secret = \"canary\"\n";
    let config = load(file, &[]).unwrap();
    assert!(!format!("{config:?}").contains("canary"));
    let broken = load("access.secret = \"canary\"\naccess.secret = \"canary\"\n", &[]).unwrap_err();
    assert!(!broken.contains("canary"), "{broken}");
    let listed = load("access.secret = [\"canary\"]\n", &[]).unwrap_err();
    assert!(!listed.contains("canary"), "{listed}");
}

#[test]
fn a_log_filter_that_means_nothing_is_refused() {
    assert!(
        load("log = \"pop3_console=loud\"", &[])
            .unwrap_err()
            .contains("console.toml:1: the log has no such filter")
    );
    assert_eq!(
        load("log = \"debgu\"", &[]).unwrap_err(),
        "console.toml:1: the log has no such filter: debgu is no level; debug may be meant, or pop3_console=debug"
    );
}

#[test]
fn mail_servers_are_named_in_the_file() {
    let file = "[targets]\nreach = \"named\"\nallow = [\"192.0.2.0/24:110,995\", \"*.company.com:995\"]\n\
                networks = [\"10.0.0.0/8\", \"::1\"]\n\n\
                [[targets.preset]]\nname = \"Company mail, TLS\"\nserver = \"mail.company.com\"\n\n\
                [[targets.preset]]\nname = \"Lab\"\nserver = \"10.1.2.3:2110\"\nsecurity = \"stls\"\nverify = false\n";
    let config = load(file, &[]).unwrap();
    assert_eq!(config.reach(), Reach::Named);
    let targets = config.targets;
    assert_eq!(
        targets.allow,
        ["192.0.2.0/24:110,995", "*.company.com:995"].map(|rule| rule.parse().unwrap())
    );
    let preset = |name: &str, host: &str, port, security, verify| Preset {
        name: name.to_owned(),
        host: host.to_owned(),
        port,
        security,
        verify,
    };
    assert_eq!(
        targets.presets,
        [
            preset("Company mail, TLS", "mail.company.com", 995, Security::Tls, true),
            preset("Lab", "10.1.2.3", 2110, Security::Stls, false),
        ]
    );
    // A flag is cut at its commas, and means the same.
    let flags = ["--targets-allow", "192.0.2.0/24:110,995,*.company.com:995"];
    assert_eq!(load(file, &flags).unwrap().targets.allow, targets.allow);
}

#[test]
fn what_is_wrong_with_mail_servers_is_told_with_its_line_and_the_remedy() {
    for (file, flags, told) in [
        (
            "[targets]\n\nreach = \"all\"\n",
            &[][..],
            "console.toml:3: targets.reach: any, public, named or presets is wanted",
        ),
        (
            "[targets]\nallow = [\"mail.company.com\"]\n",
            &[],
            "console.toml:2: targets.allow keeps nobody from any other server while targets.reach is \"any\"; \
             set targets.reach to \"named\", or to \"public\"",
        ),
        (
            "[targets]\nreach = \"named\"\nnetworks = [\"10.0.0.1/8\"]\n",
            &[],
            "console.toml:3: targets.networks: 10.0.0.1/8 is no network, since it has bits behind its length: \
             10.0.0.0/8 may be meant",
        ),
        (
            "[targets]\nreach = \"presets\"\n",
            &["--no-demonstration"],
            "console.toml:2: no server may be reached, since there are no presets: begin a table with \
             [[targets.preset]] in the file of settings, or set targets.reach to another",
        ),
        (
            "[[targets.preset]]\nname = \"One\"\nserver = \"one.example\"\n\n[[targets.preset]]\nname = \"One\"\nserver = \"b.example\"\n",
            &[],
            "console.toml:5: targets.preset: there is another preset with the name \"One\"",
        ),
        (
            "[[targets.preset]]\nname = \"One\"\nserver = \"one.example\"\nport = 110\n",
            &[],
            "console.toml:4: targets.preset: there is no port in it, but name, server, security, verify",
        ),
        (
            "[[targets.preset]]\nname = \"One\"\nserver = \"pop://u:hunter2@one.example\"\n",
            &[],
            "console.toml:1: targets.preset: the server is none: Take the password out: an address is kept and shown. \
             The console asks for it when it is connected.",
        ),
        (
            "[targets]\nreach = \"presets\"\n[[targets.preset]]\nname = \"One\"\nserver = \"127.0.0.1:2110\"\n",
            &[],
            "console.toml:3: \"One\" leads to 127.0.0.1, which is loopback: name it in targets.networks, such as \
             networks = [\"127.0.0.1/32\"]",
        ),
        (
            "access.mode = \"accounts\"\n[[targets.preset]]\nname = \"One\"\nserver = \"one.example\"\n\n[[targets.preset]]\n\
             name = \"Two\"\nserver = \"localhost:2110\"\n",
            &[],
            "console.toml:6: \"Two\" leads to 127.0.0.1, which is loopback: name it in targets.networks, such as \
             networks = [\"127.0.0.1/32\"]",
        ),
        (
            "[[targets.preset]]\nname = \"One\"\nserver = \"169.254.169.254:110\"\n",
            &[],
            "console.toml:1: \"One\" leads to 169.254.169.254, where clouds keep credentials, which is refused whatever is \
             named: name a mail server",
        ),
        (
            "[targets]\npreset = 1\n",
            &[],
            "console.toml:2: targets.preset: tables are wanted, each begun with [[targets.preset]]",
        ),
    ] {
        assert_eq!(load(file, flags).unwrap_err(), told);
    }
}

#[test]
fn hosted_no_content_is_kept_unless_it_is_said() {
    let hosted = "access.mode = \"accounts\"\n";
    for (file, flags, most) in [
        ("", &[][..], Keep::Everything),
        (hosted, &[], Keep::NoContent),
        ("keep = \"nothing\"\n", &[], Keep::Nothing),
        (hosted, &["--keep", "everything"], Keep::Everything),
    ] {
        assert_eq!(
            load(file, flags).unwrap().keeps_at_most(),
            most,
            "{file} {flags:?}"
        );
    }
    let told = load("keep = \"some\"\n", &[]).unwrap_err();
    assert_eq!(
        told,
        "console.toml:1: keep: everything, no-content or nothing is wanted"
    );
}
