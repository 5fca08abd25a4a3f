//! Command lines of the programs with which people talk to a POP3 server by hand.

use super::Security;
use super::input::{Input, InputError, port};

/// Whether a pasted line that begins with this word is one of a program's, not a host and a port.
pub(super) fn is_program(word: &str) -> bool {
    matches!(
        word,
        "telnet" | "nc" | "ncat" | "netcat" | "openssl" | "gnutls-cli"
    )
}

/// Reads the arguments of a program.
pub(super) fn read(program: &str, arguments: &[&str]) -> Result<Input, InputError> {
    match program {
        "openssl" => match arguments {
            ["s_client", arguments @ ..] => Line::read(arguments, &OPENSSL)?.input(Some(Security::Tls)),
            _ => Err(InputError::Unclear),
        },
        "gnutls-cli" => Line::read(arguments, &GNUTLS)?.input(Some(Security::Tls)),
        "telnet" => Line::read(arguments, &TELNET)?.input(Some(Security::Plain)),
        _ => Line::read(arguments, &NETCAT)?.input(Some(Security::Plain)),
    }
}

/// The options of a program that matter here.
struct Options {
    /// Those whose value is host and port.
    connect: &'static [&'static str],
    host: &'static [&'static str],
    port: &'static [&'static str],
    name: &'static [&'static str],
    /// Those whose value is the protocol that begins in clear text.
    starttls: &'static [&'static str],
    /// Those without a value that say the same.
    upgrade: &'static [&'static str],
    /// Those without a value that ask for TLS.
    tls: &'static [&'static str],
    /// Others that have a value.
    valued: &'static [&'static str],
}

const OPENSSL: Options = Options {
    connect: &["-connect"],
    host: &["-host"],
    port: &["-port"],
    name: &["-servername"],
    starttls: &["-starttls"],
    upgrade: &[],
    tls: &[],
    valued: &[
        "-CAfile",
        "-CApath",
        "-CAstore",
        "-cert",
        "-key",
        "-pass",
        "-verify",
        "-verify_hostname",
        "-verify_ip",
        "-cipher",
        "-ciphersuites",
        "-curves",
        "-groups",
        "-sigalgs",
        "-alpn",
        "-proxy",
        "-bind",
        "-xmpphost",
        "-name",
        "-servername_type",
        "-min_protocol",
        "-max_protocol",
        "-keylogfile",
        "-sess_in",
        "-sess_out",
        "-verify_depth",
        "-purpose",
        "-certform",
        "-keyform",
        "-cert_chain",
        "-nameopt",
        "-timeout",
    ],
};

const GNUTLS: Options = Options {
    connect: &[],
    host: &[],
    port: &["-p", "--port"],
    name: &["--sni-hostname"],
    starttls: &["--starttls-proto"],
    upgrade: &["-s", "--starttls"],
    tls: &[],
    valued: &[
        "--x509cafile",
        "--x509certfile",
        "--x509keyfile",
        "--priority",
        "--verify-hostname",
        "--logfile",
        "--alpn",
        "-d",
        "--debug",
    ],
};

const TELNET: Options = Options {
    connect: &[],
    host: &[],
    port: &[],
    name: &[],
    starttls: &[],
    upgrade: &[],
    tls: &["-z"],
    valued: &["-l", "-e", "-b", "-n", "-S", "-X"],
};

const NETCAT: Options = Options {
    connect: &[],
    host: &[],
    port: &[],
    name: &["--ssl-servername"],
    starttls: &[],
    upgrade: &[],
    tls: &["--ssl"],
    valued: &[
        "-w", "-i", "-q", "-s", "-p", "-x", "-X", "-e", "-c", "-I", "-O", "-T", "--wait", "--source",
        "--delay",
    ],
};

/// What a program's line says.
#[derive(Default)]
struct Line<'a> {
    /// What is no option: a host, a port.
    words: Vec<&'a str>,
    connect: Option<&'a str>,
    host: Option<&'a str>,
    port: Option<&'a str>,
    name: Option<&'a str>,
    security: Option<Security>,
}

impl<'a> Line<'a> {
    fn read(arguments: &[&'a str], options: &Options) -> Result<Self, InputError> {
        let mut line = Self::default();
        let mut rest = arguments.iter().copied();
        while let Some(word) = rest.next() {
            // What follows is for a shell.
            if word.starts_with(['|', '<', '>', '&', ';']) || word.starts_with("2>") {
                break;
            }
            if !word.starts_with('-') {
                line.words.push(word);
                continue;
            }
            let (option, joined) = word
                .split_once('=')
                .map_or((word, None), |(option, value)| (option, Some(value)));
            let is = |names: &[&str]| names.contains(&option);
            let mut value = || joined.or_else(|| rest.next()).ok_or(InputError::Unclear);
            if is(options.connect) {
                line.connect = Some(value()?);
            } else if is(options.host) {
                line.host = Some(value()?);
            } else if is(options.port) {
                line.port = Some(value()?);
            } else if is(options.name) {
                line.name = Some(value()?);
            } else if is(options.starttls) {
                if !value()?.eq_ignore_ascii_case("pop3") {
                    return Err(InputError::Scheme);
                }
                line.security = Some(Security::Stls);
            } else if is(options.upgrade) {
                line.security = Some(Security::Stls);
            } else if is(options.tls) {
                line.security = Some(Security::Tls);
            } else if is(options.valued) {
                value()?;
            }
        }
        Ok(line)
    }

    fn input(self, security: Option<Security>) -> Result<Input, InputError> {
        let (host, apart) = match (self.connect.or(self.host), self.words.as_slice()) {
            (Some(host), []) => (host, self.port),
            (None, [host]) => (*host, self.port),
            (None, [host, port]) if self.port.is_none() => (*host, Some(*port)),
            _ => return Err(InputError::Unclear),
        };
        let input = match apart {
            Some(port) => Input::apart(host, named_port(port))?,
            None => Input::address(host)?,
        };
        let name = self.name.map(Input::address).transpose()?;
        if name.as_ref().is_some_and(|name| name.port.is_some()) {
            return Err(InputError::Host);
        }
        let port = input.port.map(Ok).or_else(|| self.port.map(port)).transpose()?;
        Ok(Input {
            port,
            security: self.security.or(input.security).or(security),
            name: name.map(|name| name.host),
            ..input
        })
    }
}

/// A service's name stands for its registered port.
fn named_port(port: &str) -> &str {
    match port {
        "pop3" | "pop-3" => "110",
        "pop3s" => "995",
        number => number,
    }
}
