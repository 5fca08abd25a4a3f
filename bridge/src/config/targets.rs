//! Which mail servers may be reached, as it is set.

use ipnet::IpNet;
use protocol::access::NAME_MAX;
use protocol::target::{Input, Security, endpoint};

use super::setting::{InRow, Row};
use super::{Config, Wrong, kinds};
use crate::upstream::policy::rule::{Preset, Rule, SECURITIES, network};
use crate::upstream::policy::{Reach, of_credentials, unnamed};

/// The most presets, networks, and rules with the ports of all.
const ENTRIES_MAX: usize = 256;

/// The keys of a preset's table.
pub(super) const PRESET: &[&str] = &["name", "server", "security", "verify"];

/// Which mail servers may be reached.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// How far the console reaches, if it is said.
    pub reach: Option<Reach>,
    /// What is named beside presets.
    pub allow: Vec<Rule>,
    /// What presets and names that are allowed may lead to though it is not public.
    pub networks: Vec<IpNet>,
    /// Servers that people choose by their name.
    pub presets: Vec<Preset>,
}

pub(super) fn reach(config: &mut Config, text: &str) -> Result<(), String> {
    let all = [Reach::Any, Reach::Public, Reach::Named, Reach::Presets];
    let reach = all.into_iter().find(|reach| reach.name() == text);
    config.targets.reach = Some(reach.ok_or("any, public, named or presets is wanted")?);
    Ok(())
}

pub(super) fn allow(config: &mut Config, given: &[String]) -> Result<(), String> {
    bounded(given.len())?;
    let mut rules: Vec<Rule> = Vec::new();
    for text in given {
        // Flags and variables are cut at each comma, those between two ports too.
        let is_port = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
        match rules.last_mut() {
            Some(rule) if is_port => rule.and_port(text)?,
            _ => rules.push(text.parse()?),
        }
    }
    config.targets.allow = rules;
    Ok(())
}

pub(super) fn networks(config: &mut Config, given: &[String]) -> Result<(), String> {
    bounded(given.len())?;
    config.targets.networks = given.iter().map(|text| network(text)).collect::<Result<_, _>>()?;
    Ok(())
}

pub(super) fn presets(config: &mut Config, rows: &[Row]) -> Result<(), InRow> {
    let mut presets: Vec<Preset> = Vec::new();
    for (row, table) in rows.iter().enumerate() {
        let preset = preset(table).and_then(|preset| {
            bounded(rows.len())?;
            match presets.iter().any(|other| other.name == preset.name) {
                true => Err(format!("there is another preset with the name {:?}", preset.name)),
                false => Ok(preset),
            }
        });
        presets.push(preset.map_err(|what| InRow { row, what })?);
    }
    config.targets.presets = presets;
    Ok(())
}

fn preset(table: &Row) -> Result<Preset, String> {
    let of = |key: &str| table.get(key).map(String::as_str);
    let name = of("name").ok_or("it has no name, by which people choose it")?;
    if name.trim() != name || !(1..=NAME_MAX).contains(&name.len()) || name.contains(char::is_control) {
        return Err(format!(
            "a name of 1 to {NAME_MAX} octets is wanted, without blanks around it"
        ));
    }
    let server = of("server").ok_or("it has no server, such as \"mail.company.com\"")?;
    let input = Input::read(server).map_err(|error| format!("the server is none: {error}"))?;
    let security = match of("security") {
        Some(text) => SECURITIES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, security)| *security)
            .ok_or("plain, stls or tls is wanted as security")?,
        None => input.security.unwrap_or(Security::Tls),
    };
    let verify = of("verify").map_or(Ok(true), kinds::switch);
    Ok(Preset {
        name: name.to_owned(),
        host: input.host,
        port: input.port.unwrap_or_else(|| security.port()),
        security,
        verify: verify.map_err(|wanted| format!("{wanted} for verify"))?,
    })
}

/// A preset, as its table would be written in a line.
pub(super) fn told(preset: &Preset) -> String {
    let Preset { name, verify, .. } = preset;
    let server = endpoint(&preset.host, preset.port);
    let security = preset.security_name();
    format!("name = {name:?}, server = {server:?}, security = {security:?}, verify = {verify}")
}

fn bounded(count: usize) -> Result<(), String> {
    if count > ENTRIES_MAX {
        return Err(format!("there are more than {ENTRIES_MAX}"));
    }
    Ok(())
}

/// Why nobody could be connected to that preset, as far as its host tells without being looked up, and what to do instead.
fn unreachable(preset: &Preset, reach: Reach, networks: &[IpNet]) -> Option<String> {
    let name = &preset.name;
    if let Some(address) = of_credentials(&preset.host) {
        return Some(format!(
            "{name:?} leads to {address}, where clouds keep credentials, which is refused whatever is named: name a mail \
             server"
        ));
    }
    let (address, kind) = unnamed(&preset.host, networks).filter(|_| reach != Reach::Any)?;
    let network = IpNet::from(address);
    Some(format!(
        "{name:?} leads to {address}, which is {kind}: name it in targets.networks, such as networks = [\"{network}\"]"
    ))
}

impl Targets {
    /// What is wrong with them where the console reaches that far.
    pub(super) fn wrongs(&self, reach: Reach, hosted: bool, no_demonstration: bool) -> Vec<Wrong> {
        let mut wrongs = Vec::new();
        for (row, preset) in self.presets.iter().enumerate() {
            wrongs.extend(unreachable(preset, reach, &self.networks).map(|what| Wrong {
                row: Some(row),
                ..Wrong::new("targets.preset", what)
            }));
        }
        let mut wrong = |key, what: &str| wrongs.push(Wrong::new(key, what));
        // What is not public is reached where it is named alone; for oneself on one's own machine, everything is.
        if hosted && reach == Reach::Any {
            wrong(
                "targets.reach",
                "\"any\" lets whoever signs in reach this machine itself and the network behind it, so it is for a console \
                 that is not hosted; set targets.reach to \"public\", and name what else may be reached in targets.allow, such \
                 as \"10.0.0.0/8:*\"",
            );
        }
        // Whoever names servers means that others are not reached: so it is not passed over where it counts for nothing.
        if !self.allow.is_empty() && matches!(reach, Reach::Any | Reach::Presets) {
            wrong(
                "targets.allow",
                match reach {
                    Reach::Any => {
                        "targets.allow keeps nobody from any other server while targets.reach is \"any\"; \
                     set targets.reach to \"named\", or to \"public\""
                    }
                    _ => {
                        "targets.allow lets nobody in while targets.reach is \"presets\"; set targets.reach to \"named\", \
                     or make them presets"
                    }
                },
            );
        }
        if !self.networks.is_empty() && reach == Reach::Any {
            wrong(
                "targets.networks",
                "targets.networks keeps nobody from any other network while targets.reach is \"any\"; set targets.reach \
                 to \"presets\", \"named\" or \"public\"",
            );
        }
        if no_demonstration && self.presets.is_empty() && self.allow.is_empty() {
            match reach {
                Reach::Any | Reach::Public => {}
                Reach::Named => wrong(
                    "targets.reach",
                    "no server may be reached: name some in targets.allow, or begin a table with [[targets.preset]] in the \
                     file of settings",
                ),
                Reach::Presets => wrong(
                    "targets.reach",
                    "no server may be reached, since there are no presets: begin a table with [[targets.preset]] in the file \
                     of settings, or set targets.reach to another",
                ),
            }
        }
        wrongs
    }
}
