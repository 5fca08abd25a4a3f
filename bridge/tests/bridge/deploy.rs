//! What containers are made of and run by, as far as it can be known without one.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use pop3_console::config::LISTEN;

fn file(name: &str) -> String {
    let file = root().join(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The instructions of the Dockerfile, each as one line, with its first word.
fn instructions() -> Vec<(String, String)> {
    let lines = file("deploy/Dockerfile");
    let lines = lines.lines().filter(|line| !line.trim_start().starts_with('#'));
    let whole = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let whole = whole.lines().filter_map(|line| line.split_once(' '));
    whole
        .map(|(word, rest)| (word.to_owned(), rest.trim().to_owned()))
        .collect()
}

/// What an instruction of the last stage says, where there is one of it.
fn said(word: &str) -> String {
    let all = instructions();
    let last = all.iter().rposition(|(word, _)| word == "FROM").unwrap();
    let mut said = all[last..].iter().filter(|(other, _)| other == word);
    match (said.next(), said.next()) {
        (Some((_, rest)), None) => rest.clone(),
        other => panic!("{word}: {other:?}"),
    }
}

/// What is said of a key in compose.yaml, where there is one of it.
fn composed(key: &str) -> String {
    let lines = file("deploy/compose.yaml");
    let mut values = lines.lines().filter_map(|line| {
        let (name, value) = line.trim().trim_start_matches("- ").split_once(": ")?;
        (name == key).then(|| value.trim_matches('"').to_owned())
    });
    match (values.next(), values.next()) {
        (Some(value), None) => value,
        other => panic!("{key}: {other:?}"),
    }
}

/// The items of compose.yaml's lists.
fn items() -> Vec<String> {
    let lines = file("deploy/compose.yaml");
    let items = lines.lines().filter_map(|line| line.trim().strip_prefix("- "));
    items.map(|item| item.trim_matches('"').to_owned()).collect()
}

/// The environment of the console in a container that compose runs.
fn environment() -> BTreeMap<String, String> {
    let of_image = said("ENV");
    let of_image = of_image
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap());
    let compose = file("deploy/compose.yaml");
    let of_compose = compose.lines().filter_map(|line| line.trim().split_once(": "));
    let of_compose = of_compose.filter(|(name, _)| name.starts_with("POP3_CONSOLE_"));
    of_image
        .chain(of_compose)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The port and address of a variable.
fn address(environment: &BTreeMap<String, String>, name: &str) -> SocketAddr {
    environment[name].parse().unwrap()
}

#[test]
fn the_image_is_made_of_what_is_built_and_runs_it_as_nobody() {
    let all = instructions();
    let bases: Vec<&str> = all
        .iter()
        .filter(|(word, _)| word == "FROM")
        .map(|(_, base)| base.as_str())
        .collect();
    // What is linked in the first has to find the same libraries in the second.
    assert_eq!(
        bases,
        [
            "rust:1-bookworm AS build",
            "gcr.io/distroless/cc-debian12:nonroot"
        ]
    );
    assert!(
        all.iter().all(|(word, _)| word != "USER"),
        "another user: {all:?}"
    );
    let built = format!("--from=build /source/target/release/{} ", env!("CARGO_PKG_NAME"));
    let mut copied = all.iter().filter(|(word, _)| word == "COPY");
    let place = copied.find_map(|(_, what)| what.strip_prefix(&built)).unwrap();
    assert_eq!(said("ENTRYPOINT"), format!("[\"{place}\"]"));
    let health = format!("[\"CMD\", \"{place}\", \"health\"]");
    assert_eq!(composed("test"), health);
    let folder = said("VOLUME");
    let owned = format!("--from=build --chown=nonroot:nonroot {folder} {folder}");
    assert!(all.iter().any(|(word, what)| word == "COPY" && *what == owned));
}

#[test]
fn what_is_left_out_of_the_build_is_no_source() {
    let (left_out, made) = (file("deploy/Dockerfile.dockerignore"), file(".gitignore"));
    let left_out: Vec<&str> = left_out.lines().collect();
    let made: Vec<&str> = made.lines().map(|line| line.trim_matches('/')).collect();
    for name in &left_out {
        assert!(*name == ".git" || made.contains(name), "{name} is a source");
    }
    for name in made.iter().chain([&".git"]) {
        assert!(left_out.contains(name), "{name} goes into the image's build");
    }
}

#[test]
fn the_settings_of_a_container_are_all_right() {
    let mut environment = environment();
    // The container's address is none of the machine's that tests run on.
    let metrics = address(&environment, "POP3_CONSOLE_METRICS_LISTEN");
    let here = format!("127.0.0.1:{}", metrics.port());
    environment.insert("POP3_CONSOLE_METRICS_LISTEN".to_owned(), here);
    let run = |arguments: &[&str]| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_pop3-console"));
        let program = program.args(arguments).env_clear().envs(&environment);
        program.output().unwrap()
    };
    let settings = root().join("deploy/pop3-console.toml");
    let settings = settings.to_str().unwrap();
    // The file is where the image looks for it.
    let place = format!("./pop3-console.toml:{}:ro", environment["POP3_CONSOLE_CONFIG"]);
    assert!(items().contains(&place), "{:?}", items());
    let right = run(&["config", "check", "--config", settings]);
    assert!(right.status.success(), "{right:?}");
    let help = run(&["--help", "--config", settings]);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for (name, value) in &environment {
        assert!(
            help.contains(&format!("[env: {name}={value}]")),
            "{name} is no setting"
        );
    }
}

#[test]
fn a_container_is_reached_and_keeps_things_where_its_settings_say() {
    let environment = environment();
    let listen = address(&environment, "POP3_CONSOLE_LISTEN");
    assert!(listen.ip().is_unspecified());
    assert_eq!(listen.port(), LISTEN.port());
    assert_eq!(said("EXPOSE"), listen.port().to_string());
    let metrics = address(&environment, "POP3_CONSOLE_METRICS_LISTEN");
    assert_eq!(composed("ipv4_address"), metrics.ip().to_string());
    assert_eq!(composed("gateway"), environment["POP3_CONSOLE_PROXY_TRUSTED"]);
    let (subnet, _) = composed("subnet")
        .split_once(".0/")
        .map(|(net, size)| (net.to_owned(), size.to_owned()))
        .unwrap();
    for address in [composed("gateway"), composed("ipv4_address")] {
        assert!(address.starts_with(&format!("{subnet}.")), "{address}");
    }
    for port in [listen.port(), metrics.port()] {
        // On this machine's loopback alone: whatever speaks TLS is there.
        let published = format!("127.0.0.1:{port}:{port}");
        assert!(items().contains(&published), "{published}");
    }
    let folder = said("VOLUME");
    assert!(items().contains(&format!("sessions:{folder}")));
    let journal = Path::new(&environment["POP3_CONSOLE_JOURNAL"]);
    assert_eq!(journal.parent(), Some(Path::new(&folder)));
}

#[test]
fn whoever_stops_the_console_waits_longer_than_it_does() {
    let settings: toml::Table = file("deploy/pop3-console.toml").parse().unwrap();
    let drain = settings["drain"].as_integer().unwrap();
    let compose = composed("stop_grace_period");
    let unit = file("deploy/pop3-console.service");
    let unit = unit
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="))
        .unwrap();
    for patience in [compose.trim_end_matches('s'), unit] {
        // Sessions end meanwhile, and the journal is written.
        assert!(patience.parse::<i64>().unwrap() >= drain + 15, "{patience}");
    }
}
