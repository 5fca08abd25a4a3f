//! Other relays of the same kind, as they are installed on this machine.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

/// Descriptors that lighttpd may have: two a session.
const DESCRIPTORS: u32 = 16_384;

/// A relay that others made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Peer {
    /// lighttpd with mod_wstunnel.
    Lighttpd,
    /// websocat.
    Websocat,
    /// websockify, the one in Python.
    Websockify,
}

impl Peer {
    /// All.
    pub(crate) const ALL: [Peer; 3] = [Peer::Lighttpd, Peer::Websocat, Peer::Websockify];

    /// What it is called, also as a program.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Peer::Lighttpd => "lighttpd",
            Peer::Websocat => "websocat",
            Peer::Websockify => "websockify",
        }
    }

    /// Its program, if it is installed.
    pub(crate) fn program(self) -> Option<PathBuf> {
        program(self.name())
    }

    /// Its version: what it tells, or what Debian's package has.
    pub(crate) fn version(self) -> Option<String> {
        let program = self.program()?;
        let told = match self {
            Peer::Lighttpd => answer(Command::new(program).arg("-v")),
            Peer::Websocat => answer(Command::new(program).arg("--version")),
            Peer::Websockify => {
                answer(Command::new("dpkg-query").args(["-W", "-f", "${Version}", self.name()]))
            }
        };
        version_in(&told?)
    }

    /// The most sessions that it takes at a time. websockify waits with `select`, which knows 1,024 descriptors.
    pub(crate) fn sessions_max(self) -> usize {
        match self {
            Peer::Websockify => 300,
            Peer::Lighttpd | Peer::Websocat => usize::MAX,
        }
    }

    /// The subprotocol that its WebSocket wants.
    pub(crate) fn subprotocol(self) -> Option<&'static str> {
        (self == Peer::Lighttpd).then_some("binary")
    }

    /// The command that relays from a port to a mail server. What it needs is put into `directory`.
    pub(crate) fn command(
        self,
        program: &Path,
        port: u16,
        mail: SocketAddr,
        directory: &Path,
    ) -> Result<Command> {
        let mut command = Command::new(program);
        match self {
            Peer::Lighttpd => {
                let configuration = directory.join("lighttpd.conf");
                fs::write(&configuration, lighttpd(port, mail, directory))?;
                command.arg("-D").arg("-f").arg(configuration);
            }
            Peer::Websocat => {
                command.args([
                    "--binary",
                    &format!("ws-l:127.0.0.1:{port}"),
                    &format!("tcp:{mail}"),
                ]);
            }
            Peer::Websockify => {
                command.args([format!("127.0.0.1:{port}"), mail.to_string()]);
            }
        }
        Ok(command)
    }
}

fn lighttpd(port: u16, mail: SocketAddr, directory: &Path) -> String {
    format!(
        "server.modules = (\"mod_wstunnel\")\n\
         server.document-root = \"{}\"\n\
         server.bind = \"127.0.0.1\"\n\
         server.port = {port}\n\
         server.max-fds = {DESCRIPTORS}\n\
         server.max-connections = {}\n\
         wstunnel.frame-type = \"binary\"\n\
         wstunnel.server = (\"\" => ((\"host\" => \"{}\", \"port\" => {})))\n",
        directory.display(),
        DESCRIPTORS / 2,
        mail.ip(),
        mail.port()
    )
}

/// The version of the browser that the page is measured in.
pub(crate) fn chromium_version() -> Option<String> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let program = names.into_iter().find_map(program)?;
    version_in(&answer(Command::new(program).arg("--version"))?)
}

fn answer(command: &mut Command) -> Option<String> {
    let answer = command.output().ok()?;
    Some(String::from_utf8_lossy(&answer.stdout).into_owned())
}

/// The first word that begins with a digit, as in `lighttpd/1.4.69 (ssl)`.
fn version_in(answer: &str) -> Option<String> {
    let mut words = answer.split(|c: char| c.is_whitespace() || c == '/');
    words
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
}

/// A program of this machine.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps daemons in /usr/sbin, which an ordinary user's PATH leaves out.
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    places.map(|place| place.join(name)).find(|file| file.is_file())
}

/// A port that was free a moment ago: these programs cannot be asked which one they took.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_wherever_it_stands() {
        let version = |answer| version_in(answer).unwrap_or_default();
        assert_eq!(
            version("lighttpd/1.4.69 (ssl) - a light and fast webserver\n"),
            "1.4.69"
        );
        assert_eq!(version("websocat 1.14.0\n"), "1.14.0");
        assert_eq!(version("0.10.0+dfsg1-4+b1"), "0.10.0+dfsg1-4+b1");
        assert_eq!(version_in("usage: websockify"), None);
    }
}
