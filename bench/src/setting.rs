//! How our bridge is set up for a measurement.

use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use rcgen::CertifiedKey;
use rustls::pki_types::CertificateDer;

use crate::client::Host;
use crate::cores::Cores;
use crate::process::Running;
use crate::relay;

/// Of the one account.
const NAME: &str = "bench";
const PASSWORD: &str = "a password of the bench's";

/// How our bridge is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// For whoever runs it on their own machine. Sessions are kept in a file.
    Own,
    /// The same, but that it has its sessions in memory alone.
    InMemory,
    /// For people with accounts, behind a proxy that speaks TLS: sessions are kept in a file.
    Hosted,
    /// The same, but that it speaks TLS itself.
    HostedSealed,
}

/// The file that our bridge keeps its sessions in.
pub(crate) fn journal(place: &Path) -> PathBuf {
    place.join("journal.sqlite")
}

impl Setting {
    /// Starts our bridge in that place, and gives how it is reached: where it is hosted, by somebody who is signed in.
    ///
    /// # Errors
    /// When it does not start.
    pub(crate) fn start(self, place: &Path, cores: Cores) -> Result<(Running, Host)> {
        let mut flags: Vec<OsString> = match self {
            Setting::InMemory => vec!["--no-journal".into()],
            _ => vec!["--journal".into(), journal(place).into()],
        };
        let is_hosted = matches!(self, Setting::Hosted | Setting::HostedSealed);
        if is_hosted {
            flags.extend(accounts(place)?);
            // The mail server is nobody's preset.
            flags.push("--targets-reach=named".into());
            flags.push("--targets-allow=127.0.0.1:*".into());
        }
        let mut certificate = None;
        if self == Setting::HostedSealed {
            let (pair, issued) = pair(place)?;
            flags.extend(pair);
            certificate = Some(issued);
        }
        let (running, address) = relay::bridge(place, cores, &flags)?;
        Ok((running, host(address, certificate, is_hosted)?))
    }
}

fn host(address: SocketAddr, certificate: Option<CertificateDer<'static>>, is_hosted: bool) -> Result<Host> {
    let mut host = Host::at(address);
    if let Some(certificate) = certificate {
        host = host.with_certificate(certificate)?;
    }
    if is_hosted {
        host = host.signed_on(NAME, PASSWORD)?;
    }
    Ok(host)
}

/// Makes the account, as an operator does, and gives the flags with which the bridge goes by it.
fn accounts(place: &Path) -> Result<[OsString; 3]> {
    let file = place.join("accounts.toml");
    let add = ["account", "add", NAME, "--access-accounts"];
    let mut flags: Vec<OsString> = add.map(OsString::from).into();
    flags.push(file.clone().into());
    let mut adding = relay::own_bridge(&flags)?
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut given = adding
        .stdin
        .take()
        .context("there is no way to say the password")?;
    writeln!(given, "{PASSWORD}")?;
    drop(given);
    ensure!(adding.wait()?.success(), "no account could be made");
    Ok([
        "--access-mode=accounts".into(),
        "--access-accounts".into(),
        file.into(),
    ])
}

/// Makes a certificate and its key, and gives the flags that name them.
fn pair(place: &Path) -> Result<([OsString; 4], CertificateDer<'static>)> {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
    let (certificate, key) = (place.join("console.pem"), place.join("console.key"));
    fs::write(&certificate, cert.pem())?;
    fs::write(&key, signing_key.serialize_pem())?;
    let flags = [
        "--tls-certificate".into(),
        certificate.into(),
        "--tls-key".into(),
        key.into(),
    ];
    Ok((flags, cert.der().clone()))
}
