//! What a console is run by: containers, as far as it can be known without one, a unit, and what turns its files over.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pop3_console::config::LISTEN;
use yaml_rust2::{Yaml, YamlLoader};

use crate::support::{Bridge, patient};

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

/// What compose.yaml says, as YAML.
fn compose() -> Yaml {
    let mut documents = YamlLoader::load_from_str(&file("deploy/compose.yaml")).unwrap();
    assert_eq!(documents.len(), 1);
    documents.remove(0)
}

/// What it says there, where keys are between the dots.
fn at(path: &str) -> Yaml {
    let found = path.split('.').fold(compose(), |found, key| found[key].clone());
    assert!(!found.is_badvalue(), "compose.yaml has no {path}");
    found
}

/// What it says there of the console.
fn of_console(path: &str) -> Yaml {
    at(&format!("services.pop3-console.{path}"))
}

fn text(yaml: &Yaml) -> String {
    let text = yaml.as_str().unwrap_or_else(|| panic!("{yaml:?} is no text"));
    text.to_owned()
}

fn list(yaml: &Yaml) -> Vec<String> {
    let items = yaml.as_vec().unwrap_or_else(|| panic!("{yaml:?} is no list"));
    items.iter().map(text).collect()
}

fn map(yaml: &Yaml) -> BTreeMap<String, Yaml> {
    let map = yaml.as_hash().unwrap_or_else(|| panic!("{yaml:?} is no map"));
    map.iter()
        .map(|(key, value)| (text(key), value.clone()))
        .collect()
}

/// The environment of the console in a container that compose runs.
fn environment() -> BTreeMap<String, String> {
    let of_image = said("ENV");
    let of_image = of_image
        .split_whitespace()
        .map(|pair| pair.split_once('=').unwrap());
    let of_image = of_image.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let of_compose = map(&of_console("environment"));
    let of_compose = of_compose.into_iter().map(|(name, value)| (name, text(&value)));
    of_image.chain(of_compose).collect()
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
    assert_eq!(list(&of_console("healthcheck.test")), ["CMD", place, "health"]);
    let folder = said("VOLUME");
    let owned = format!("--from=build --chown=nonroot:nonroot {folder} {folder}");
    assert!(all.iter().any(|(word, what)| word == "COPY" && *what == owned));
}

#[test]
fn each_stage_of_the_image_copies_what_is_there() {
    let (mut stages, mut folder, mut made) = (Vec::new(), String::new(), String::new());
    for (word, rest) in instructions() {
        let words: Vec<&str> = rest.split_whitespace().collect();
        match &*word {
            "FROM" => stages.extend(
                words
                    .iter()
                    .skip_while(|it| **it != "AS")
                    .nth(1)
                    .map(|it| (*it).to_owned()),
            ),
            "WORKDIR" => folder = rest,
            "RUN" => made = rest,
            "COPY" => {
                let (flags, paths): (Vec<&str>, Vec<&str>) =
                    words.iter().copied().partition(|it| it.starts_with("--"));
                let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
                let [source, _] = paths[..] else {
                    panic!("{rest}");
                };
                match from {
                    // The repository, which compose names as well.
                    None => {
                        assert_eq!(source, ".");
                        let context = root().join("deploy").join(text(&of_console("build.context")));
                        assert!(context.join("Cargo.toml").exists());
                        assert!(context.join(text(&of_console("build.dockerfile"))).exists());
                    }
                    Some(stage) => {
                        assert!(stages.iter().any(|it| it == stage), "there is no stage {stage}");
                        let built = format!("{folder}/target/release/{}", env!("CARGO_PKG_NAME"));
                        let makes = |what: &str| made.split("&&").any(|it| it.trim() == what);
                        let is_there = match source == built {
                            true => makes("cargo xtask build"),
                            false => makes(&format!("mkdir {source}")),
                        };
                        assert!(is_there, "nothing makes {source}");
                    }
                }
            }
            _ => {}
        }
    }
}

/// Fails where a map of compose.yaml has a key that means nothing there, as one of another map has that stands wrong.
fn has_keys(path: &str, known: &[&str]) {
    for key in map(&at(path)).keys() {
        assert!(known.contains(&&**key), "compose knows no {path}.{key}");
    }
}

#[test]
fn compose_is_told_nothing_that_it_does_not_know() {
    let top: Vec<_> = map(&compose()).into_keys().collect();
    assert_eq!(top, ["networks", "services", "volumes"]);
    has_keys("services", &["pop3-console"]);
    // Of the Compose Specification, what is used here.
    has_keys(
        "services.pop3-console",
        &[
            "build",
            "cap_drop",
            "environment",
            "healthcheck",
            "image",
            "logging",
            "networks",
            "ports",
            "read_only",
            "restart",
            "security_opt",
            "stop_grace_period",
            "ulimits",
            "volumes",
        ],
    );
    has_keys("services.pop3-console.build", &["context", "dockerfile"]);
    has_keys(
        "services.pop3-console.healthcheck",
        &["test", "interval", "timeout", "start_period"],
    );
    has_keys("services.pop3-console.logging", &["driver", "options"]);
    has_keys("services.pop3-console.logging.options", &["max-size", "max-file"]);
    has_keys("services.pop3-console.networks", &["default"]);
    has_keys("services.pop3-console.networks.default", &["ipv4_address"]);
    has_keys("services.pop3-console.ulimits", &["core", "nofile"]);
    has_keys("networks", &["default"]);
    has_keys("networks.default", &["ipam"]);
    has_keys("networks.default.ipam", &["config"]);
    has_keys("volumes", &["sessions"]);
    // It may do nothing that it does not need.
    assert_eq!(of_console("read_only"), Yaml::Boolean(true));
    assert_eq!(list(&of_console("cap_drop")), ["ALL"]);
    assert_eq!(list(&of_console("security_opt")), ["no-new-privileges:true"]);
    assert_eq!(of_console("ulimits.core"), Yaml::Integer(0));
    for time in ["interval", "timeout", "start_period"] {
        seconds(&of_console(&format!("healthcheck.{time}")));
    }
}

/// A time of compose's, where it is in seconds alone.
fn seconds(yaml: &Yaml) -> i64 {
    let time = text(yaml);
    let seconds = time.strip_suffix('s').and_then(|time| time.parse().ok());
    seconds.unwrap_or_else(|| panic!("{time} is no time in seconds"))
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
    let mounted = list(&of_console("volumes"));
    assert!(mounted.contains(&place), "{mounted:?}");
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
    let network = at("networks.default.ipam.config");
    let [network] = &network.as_vec().unwrap()[..] else {
        panic!("{network:?}");
    };
    let (subnet, gateway) = (text(&network["subnet"]), text(&network["gateway"]));
    let own = text(&of_console("networks.default.ipv4_address"));
    assert_eq!(map(network).len(), 2);
    assert_eq!(own, metrics.ip().to_string());
    assert_eq!(gateway, environment["POP3_CONSOLE_PROXY_TRUSTED"]);
    let (subnet, _) = subnet.split_once(".0/").unwrap();
    for address in [gateway, own] {
        assert!(address.starts_with(&format!("{subnet}.")), "{address}");
    }
    let published = list(&of_console("ports"));
    for port in [listen.port(), metrics.port()] {
        // On this machine's loopback alone: whatever speaks TLS is there.
        let here = format!("127.0.0.1:{port}:{port}");
        assert!(published.contains(&here), "{published:?}");
    }
    assert_eq!(published.len(), 2);
    let folder = said("VOLUME");
    assert!(list(&of_console("volumes")).contains(&format!("sessions:{folder}")));
    // It is one that there is.
    at("volumes.sessions");
    let journal = Path::new(&environment["POP3_CONSOLE_JOURNAL"]);
    assert_eq!(journal.parent(), Some(Path::new(&folder)));
}

#[test]
fn whoever_stops_the_console_waits_longer_than_it_does() {
    let settings: toml::Table = file("deploy/pop3-console.toml").parse().unwrap();
    let drain = settings["drain"].as_integer().unwrap();
    let compose = seconds(&of_console("stop_grace_period"));
    let unit = file("deploy/pop3-console.service");
    let unit = unit
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="))
        .unwrap();
    for patience in [compose, unit.parse().unwrap()] {
        // Sessions end meanwhile, then the audit, whatever takes it, and the journal is written.
        assert!(patience >= drain + 5 + 10 + 10, "{patience}");
    }
}

#[test]
fn what_the_unit_looks_for_is_put_there_by_the_steps_that_people_follow() {
    let readme = file("README.md");
    let (_, steps) = readme.split_once("\n## Host it for a helpdesk\n").unwrap();
    let (steps, _) = steps.split_once("\nFor containers ").unwrap();
    let (unit, more) = (
        file("deploy/pop3-console.service"),
        file("deploy/own-certificate.conf"),
    );
    let named = |setting: &str| {
        let value = unit.lines().find_map(|line| line.strip_prefix(setting));
        value.unwrap_or_else(|| panic!("the unit has no {setting}"))
    };
    let folder = |place: &str| format!("{}/", Path::new(place).parent().unwrap().display());
    let user = named("User=");
    for wanted in [
        format!(
            "sudo install target/release/pop3-console {}\n",
            folder(named("ExecStart="))
        ),
        format!("README.md {}\n", named("Documentation=file://")),
        format!("sudo useradd --system --shell /usr/sbin/nologin {user}\n"),
        format!("-o {user} -g {user} /var/lib/{}\n", named("StateDirectory=")),
        format!("-o {user} -g {user} /var/log/{}\n", named("LogsDirectory=")),
        format!("sudo -u {user} pop3-console account add anna --role administrator --config "),
        "`https://pop3.company.com/administration`".to_owned(),
        format!("sudo -u {user} pop3-console config check"),
        format!("--config {}\n", named("Environment=POP3_CONSOLE_CONFIG=")),
        // Both say in their first line where they belong.
        format!(
            "`{}`",
            folder(unit.lines().next().unwrap().trim_start_matches("# "))
        ),
        format!(
            "`{}`",
            folder(more.lines().next().unwrap().trim_start_matches("# "))
        ),
    ] {
        assert!(steps.contains(&wanted), "no step says {wanted}");
    }
}

/// The audit's file that deploy/ turns over.
const AUDIT_FILE: &str = "/var/log/pop3-console/audit.jsonl";

#[tokio::test]
async fn the_audit_is_turned_over_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (audit, rules) = (folder.path().join("audit.jsonl"), folder.path().join("rules"));
    let text = file("deploy/logrotate.conf");
    let who = std::fs::metadata(folder.path()).unwrap();
    let placed = text
        .replace(&format!("{AUDIT_FILE} {{"), &format!("{} {{", audit.display()))
        .replace(
            "su pop3-console pop3-console",
            &format!("su {} {}", who.uid(), who.gid()),
        );
    assert!(
        placed.contains(&*audit.to_string_lossy()) && !placed.contains("su pop3-console"),
        "{placed}"
    );
    std::fs::write(&rules, placed).unwrap();
    let bridge = Bridge::start_program_with(&["--no-journal", "--audit-file", audit.to_str().unwrap()]).await;
    bridge.open_session().await;
    let has_record = async |file: &Path| {
        patient(async {
            while !std::fs::read_to_string(file).is_ok_and(|it| it.ends_with("}\n")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
    };
    has_record(&audit).await;
    let turned = Command::new("logrotate")
        .args(["--force", "--state"])
        .arg(folder.path().join("state"))
        .arg(&rules)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .expect("there is no logrotate; `cargo xtask test` installs it");
    assert!(turned.status.success() && turned.stderr.is_empty(), "{turned:?}");
    has_record(&folder.path().join("audit.jsonl.1")).await;
    assert!(!audit.exists());
    bridge.open_session().await;
    has_record(&audit).await;
    bridge.kill().await;
}
