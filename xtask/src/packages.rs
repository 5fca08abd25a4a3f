//! What the tests need from the operating system, a browser and a mail server, and what the bench would like to
//! have: others of the console's kind.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::{self, say};
use crate::program;

/// Something to have, the names of its program, what else must be there, Debian's package, and the services that must
/// not start with it.
struct Need {
    what: &'static str,
    programs: &'static [&'static str],
    file: Option<&'static str>,
    package: &'static str,
    services: &'static [&'static str],
}

const CHROMIUM: Need = Need {
    what: "Chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    file: None,
    package: "chromium",
    services: &[],
};

const CHROMEDRIVER: Need = Need {
    what: "ChromeDriver",
    programs: &["chromedriver"],
    file: None,
    package: "chromium-driver",
    services: &[],
};

const DOVECOT: Need = Need {
    what: "Dovecot with POP3",
    programs: &["dovecot"],
    // The core package alone has the daemon; this is the part that speaks POP3.
    file: Some("/usr/lib/dovecot/pop3"),
    package: "dovecot-pop3d",
    services: &["dovecot.service", "dovecot.socket"],
};

const SYSTEMD: Need = Need {
    what: "systemd-analyze",
    programs: &["systemd-analyze"],
    file: None,
    package: "systemd",
    services: &[],
};

const NGINX: Need = Need {
    what: "nginx",
    programs: &["nginx"],
    file: None,
    package: "nginx",
    services: &["nginx.service"],
};

const CADDY: Need = Need {
    what: "Caddy",
    programs: &["caddy"],
    file: None,
    package: "caddy",
    services: &["caddy.service"],
};

const LOGROTATE: Need = Need {
    what: "logrotate",
    programs: &["logrotate", "/usr/sbin/logrotate"],
    file: None,
    package: "logrotate",
    services: &[],
};

const NPM: Need = Need {
    what: "npm",
    programs: &["npm"],
    file: None,
    package: "npm",
    services: &[],
};

/// Relays of the same kind, to be measured beside the console. websocat is in no release of Debian yet.
const PEERS: [Need; 2] = [
    Need {
        what: "lighttpd",
        programs: &["lighttpd"],
        file: None,
        package: "lighttpd",
        services: &["lighttpd.service"],
    },
    Need {
        what: "websockify",
        programs: &["websockify"],
        file: None,
        package: "websockify",
        services: &[],
    },
];

/// Debian asks this program before it starts a service while installing a package.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Sees to what the tests need.
pub(crate) fn ensure() -> Result<()> {
    ensure_all(
        &[CHROMIUM, CHROMEDRIVER, DOVECOT, NGINX, CADDY, SYSTEMD, LOGROTATE],
        "cargo xtask test",
    )
}

/// Sees to npm, which some of the tests' tools come from.
pub(crate) fn ensure_npm() -> Result<()> {
    ensure_all(&[NPM], "cargo xtask test")
}

/// Sees to what the bench needs, and to others of the console's kind where that is possible: it does without.
pub(crate) fn ensure_for_bench() -> Result<()> {
    ensure_all(&[CHROMIUM, CHROMEDRIVER], "cargo xtask bench")?;
    if let Err(error) = ensure_all(&PEERS, "cargo xtask bench") {
        process::pause(std::time::Duration::ZERO)?;
        say(&format!(
            "measuring without some of the console's kind: {error:#}"
        ));
    }
    Ok(())
}

/// Sees to needs of a command.
fn ensure_all(needs: &[Need], what_for: &str) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let names = missing
        .iter()
        .map(|need| need.what)
        .collect::<Vec<_>>()
        .join(", ");
    let command = format!(
        "apt-get update && apt-get install --no-install-recommends {}",
        packages.join(" ")
    );
    if program::find(&["apt-get"]).is_none() {
        bail!(
            "`{what_for}` needs {names}, and this is not a Debian system, so I cannot install that. Install it with \
             your system's package manager, then run it again (on Debian it would be: `{command}`)"
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "`{what_for}` needs {names}, and only root can install that. Run this, then the command again:\n\n    sudo sh -c '{command}'\n"
        );
    }
    install(&missing)?;
    match missing.iter().find(|need| !need.is_met()) {
        None => Ok(()),
        Some(need) => bail!("{} is still missing after installing {}", need.what, need.package),
    }
}

impl Need {
    fn is_met(&self) -> bool {
        program::find(self.programs).is_some() && self.file.is_none_or(|file| Path::new(file).exists())
    }
}

fn install(needs: &[&Need]) -> Result<()> {
    let packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    say(&format!(
        "installing {} with apt-get, once, about a minute",
        packages.join(", ")
    ));
    let _quiet = NoServices::begin()?;
    process::finish(process::clean("apt-get").arg("update").arg("-qq"))?;
    let mut install = process::clean("apt-get");
    install
        .args(["install", "-qq", "--yes", "--no-install-recommends"])
        .args(&packages);
    // What went wrong is on stderr; the hundred lines of what went well are not worth reading.
    process::finish(
        install
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null()),
    )?;
    // What is started here is started by us alone; the system's must not start at the next boot either.
    let services: Vec<&str> = needs.iter().flat_map(|need| need.services).copied().collect();
    if !services.is_empty() && program::find(&["systemctl"]).is_some() {
        let mut disable = process::clean("systemctl");
        if process::finish(disable.args(["disable", "--quiet"]).args(&services)).is_err() {
            say(&format!(
                "could not keep {} from starting at the next boot; nothing here needs it to",
                services.join(", ")
            ));
        }
    }
    Ok(())
}

/// What forbids packages to start services, and by which a later run knows it for our own.
const NO_SERVICES: &str =
    "#!/bin/sh\n# Written by pop3-console's cargo xtask test while it installs packages.\nexit 101\n";

/// While this lives, installing a package starts no service.
struct NoServices {
    written: bool,
}

impl NoServices {
    fn begin() -> Result<Self> {
        use std::os::unix::fs::PermissionsExt;
        // A run that was killed left its own behind.
        let ours = fs::read_to_string(POLICY).is_ok_and(|policy| policy == NO_SERVICES);
        let written = ours || !Path::new(POLICY).exists();
        if written {
            fs::write(POLICY, NO_SERVICES)?;
            fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Self { written })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.written {
            let _ = fs::remove_file(POLICY);
        }
    }
}
