//! What the tests need from the operating system: a browser and a mail server.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Result, bail};

use crate::process::{self, say};
use crate::program;

/// Something to have, the names of its program, and Debian's package.
struct Need {
    what: &'static str,
    programs: &'static [&'static str],
    package: &'static str,
}

const NEEDS: [Need; 3] = [
    Need {
        what: "Chromium",
        programs: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
    },
    Need {
        what: "ChromeDriver",
        programs: &["chromedriver"],
        package: "chromium-driver",
    },
    Need {
        what: "Dovecot with POP3",
        programs: &["dovecot"],
        package: "dovecot-pop3d",
    },
];

/// Where Dovecot's package puts the part that speaks POP3; the core package alone has the daemon.
const DOVECOT_POP3: &str = "/usr/lib/dovecot/pop3";

/// Debian asks this program before it starts a service while installing a package.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Sees to them.
pub(crate) fn ensure() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met()).collect();
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
            "the tests need {names}, and this is not a Debian system, so I cannot install that. Install it with your \
             system's package manager, then run `cargo xtask test` again (on Debian it would be: `{command}`)"
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "the tests need {names}, and only root can install that. Run this, then `cargo xtask test` again:\n\n    sudo sh -c '{command}'\n"
        );
    }
    install(&packages)?;
    match missing.iter().find(|need| !need.is_met()) {
        None => Ok(()),
        Some(need) => bail!("{} is still missing after installing {}", need.what, need.package),
    }
}

impl Need {
    fn is_met(&self) -> bool {
        let whole = self.package != "dovecot-pop3d" || Path::new(DOVECOT_POP3).exists();
        program::find(self.programs).is_some() && whole
    }
}

fn install(packages: &[&str]) -> Result<()> {
    say(&format!(
        "installing {} with apt-get, once, about a minute",
        packages.join(", ")
    ));
    let _quiet = NoServices::begin()?;
    process::finish(process::clean("apt-get").arg("update").arg("-qq"))?;
    let mut install = process::clean("apt-get");
    install
        .args(["install", "-qq", "--yes", "--no-install-recommends"])
        .args(packages);
    // What went wrong is on stderr; the hundred lines of what went well are not worth reading.
    process::finish(
        install
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdout(Stdio::null()),
    )?;
    // The tests run their own Dovecot; the system's must not start at the next boot either.
    if packages.contains(&"dovecot-pop3d") && program::find(&["systemctl"]).is_some() {
        let disabled = process::finish(process::clean("systemctl").args([
            "disable",
            "--quiet",
            "dovecot.service",
            "dovecot.socket",
        ]));
        if disabled.is_err() {
            say("could not keep the system's Dovecot from starting at the next boot; the tests do without");
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
