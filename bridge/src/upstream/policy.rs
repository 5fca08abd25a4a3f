//! Which mail servers may be reached: given a target and the addresses that it leads to, yes or no.
//!
//! Nothing here asks anybody anything. A target is let in by what it is called (`Policy::admit`), before its name is looked
//! up, and then by every address that was found (`Admission::check`). What comes of that is `Checked`, the only thing
//! that is dialled.

pub(crate) mod host;
mod metadata;
pub mod rule;
mod special;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use protocol::target::{Security, Target};

use crate::config::Targets;
use host::Host;
use rule::{Match, PORTS};

/// How far the console reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// Any address and port but cloud metadata.
    #[default]
    Any,
    /// Ports 110 and 995 of public addresses, and what is named.
    Public,
    /// What is named: presets and rules.
    Named,
    /// Presets alone.
    Presets,
}

impl Reach {
    /// How it is called in settings, and in what the page is told.
    pub fn name(self) -> &'static str {
        match self {
            Reach::Any => "any",
            Reach::Public => "public",
            Reach::Named => "named",
            Reach::Presets => "presets",
        }
    }
}

/// Which mail servers may be reached.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    pub(crate) reach: Reach,
    pub(crate) targets: Targets,
    /// Where the demonstration mailbox listens, which may always be reached as that address.
    pub(crate) demonstration: Vec<SocketAddr>,
}

/// That a target may be reached, if it leads to nothing that may not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Admission<'a> {
    /// To any address.
    Any,
    /// To its own address, which an operator named.
    Itself,
    /// To public addresses, and to those that these networks name.
    Public(&'a [IpNet]),
}

/// Addresses that may be dialled, in the order of trying.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked(Vec<SocketAddr>);

/// Why a target may not be reached. For the operator's log alone: people get one same answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Forbidden {
    #[error("it is no preset, and only presets may be reached")]
    NoPreset,
    #[error("neither a preset nor targets.allow names it")]
    NotNamed,
    #[error("its port is neither 110 nor 995, and neither a preset nor targets.allow names it")]
    Port,
    #[error("{0} is where a cloud keeps credentials")]
    Metadata(IpAddr),
    #[error("it leads to {0}, which is {1}, and targets.networks does not name that for it")]
    NotPublic(IpAddr, &'static str),
}

impl Policy {
    pub(crate) fn new(reach: Reach, targets: Targets) -> Self {
        Self {
            reach,
            targets,
            demonstration: Vec::new(),
        }
    }

    /// Lets a target in by what it is called; nothing is to be looked up of one that is not let in.
    pub(crate) fn admit(&self, target: &Target) -> Result<Admission<'_>, Forbidden> {
        let Targets {
            allow,
            networks,
            presets,
            ..
        } = &self.targets;
        if self.reach == Reach::Any {
            return Ok(Admission::Any);
        }
        if self.is_demonstration(target) {
            return Ok(Admission::Itself);
        }
        if presets.iter().any(|preset| preset.is(target)) {
            return Ok(Admission::Public(networks));
        }
        if self.reach == Reach::Presets {
            return Err(Forbidden::NoPreset);
        }
        match allow.iter().find_map(|rule| rule.matches(target)) {
            Some(Match::Name) => Ok(Admission::Public(networks)),
            Some(Match::Address) => Ok(Admission::Itself),
            None if self.reach == Reach::Named => Err(Forbidden::NotNamed),
            None if !PORTS.contains(&target.port) => Err(Forbidden::Port),
            None => Ok(Admission::Public(&[])),
        }
    }

    /// Whether a target may also be spoken to in clear text, as where it refuses STLS.
    pub(crate) fn admits_in_clear(&self, target: &Target) -> bool {
        let in_clear = Target {
            security: Security::Plain,
            ..target.clone()
        };
        self.admit(&in_clear).is_ok()
    }

    /// Whether that is where the demonstration mailbox listens.
    pub(crate) fn is_demonstration(&self, target: &Target) -> bool {
        self.demonstration.iter().any(|address| {
            Host::read(&target.host) == Some(Host::Address(address.ip())) && target.port == address.port()
        })
    }
}

impl Admission<'_> {
    /// Checks everything that a target leads to. One forbidden address among them refuses them all: whoever answers so is
    /// not to be trusted with the others.
    pub(crate) fn check(self, addresses: Vec<SocketAddr>) -> Result<Checked, Forbidden> {
        for address in &addresses {
            self.check_address(address.ip())?;
        }
        Ok(Checked(addresses))
    }

    fn check_address(self, address: IpAddr) -> Result<(), Forbidden> {
        if metadata::is_metadata(address) {
            return Err(Forbidden::Metadata(address));
        }
        let networks = match self {
            Admission::Any | Admission::Itself => return Ok(()),
            Admission::Public(networks) => networks,
        };
        match special::unnamed(address, networks) {
            Some(kind) => Err(Forbidden::NotPublic(address, kind)),
            None => Ok(()),
        }
    }
}

impl Checked {
    /// They, in the order of trying.
    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }

    /// Leaves those out that are not wanted, and what is beyond so many.
    pub(crate) fn keep(&mut self, max: usize, wanted: impl Fn(&SocketAddr) -> bool) {
        self.0.retain(wanted);
        self.0.truncate(max);
    }
}

/// What a host is of which it is known without looking it up that it is not public, and is named by none of these networks.
pub(crate) fn unnamed(host: &str, networks: &[IpNet]) -> Option<(IpAddr, &'static str)> {
    // Whatever one of its addresses is named, the other one is as good.
    let addresses = known(host);
    let first = *addresses.first()?;
    let is_named = |address: &IpAddr| special::unnamed(*address, networks).is_none();
    if addresses.iter().any(is_named) {
        return None;
    }
    Some((first, special::unnamed(first, networks)?))
}

/// The address of a host of which it is known without looking it up that clouds keep credentials there.
pub(crate) fn of_credentials(host: &str) -> Option<IpAddr> {
    known(host)
        .into_iter()
        .find(|address| metadata::is_metadata(*address))
}

/// The addresses of a host of which it is known without looking it up where it is: those of localhost are the loopback's
/// everywhere (RFC 6761 §6.3), of which a system may have one alone.
fn known(host: &str) -> Vec<IpAddr> {
    match Host::read(host) {
        Some(Host::Address(address)) => vec![address],
        Some(Host::Name(name)) if name == "localhost" || name.ends_with(".localhost") => {
            vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
