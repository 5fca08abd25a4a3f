//! The servers that were connected to from this browser, without anything secret.

use protocol::target::{Family, Security, Target};

/// The most servers that are remembered.
pub const RECENT_MAX: usize = 8;

/// A server that was connected to.
#[derive(Clone, Debug, PartialEq)]
pub struct Recent {
    /// Whom.
    pub target: Target,
    /// When it greeted last, in seconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// After how many idle seconds it closed a connection by itself, if it was seen to.
    pub idle: Option<u32>,
}

/// What was kept, the newest first. What cannot be read is left out.
pub fn read(kept: &str) -> Vec<Recent> {
    kept.lines().take(RECENT_MAX).filter_map(Recent::read).collect()
}

/// What is to be kept.
pub fn written(recent: &[Recent]) -> String {
    recent.iter().map(Recent::written).collect()
}

/// A server greeted: it is the newest. What was learned of it stays.
pub fn greeted(recent: &mut Vec<Recent>, target: &Target, at: u64) {
    let idle = forget(recent, target).and_then(|it| it.idle);
    let target = Target {
        // Passing over a certificate is for one connection.
        verify: true,
        ..target.clone()
    };
    recent.insert(0, Recent { target, at, idle });
    recent.truncate(RECENT_MAX);
}

/// Forgets a server; gives what was known of it.
pub fn forget(recent: &mut Vec<Recent>, target: &Target) -> Option<Recent> {
    let at = recent.iter().position(|it| it.is_for(target))?;
    Some(recent.remove(at))
}

impl Recent {
    /// Whether it is that server, reached in that way.
    pub fn is_for(&self, target: &Target) -> bool {
        let key = |it: &Target| (it.host.to_ascii_lowercase(), it.port, it.security, it.family);
        key(&self.target) == key(target) && self.target.name == target.name
    }

    fn written(&self) -> String {
        let Target {
            host,
            port,
            security,
            name,
            family,
            ..
        } = &self.target;
        let security = match security {
            Security::Plain => "plain",
            Security::Stls => "stls",
            Security::Tls => "tls",
        };
        let family = match family {
            Family::Any => "any",
            Family::V4 => "4",
            Family::V6 => "6",
        };
        let name = name.as_deref().unwrap_or("-");
        let idle = self.idle.unwrap_or_default();
        format!("{} {host} {port} {security} {family} {name} {idle}\n", self.at)
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let at = words.next()?.parse().ok()?;
        let target = Target {
            host: words.next()?.to_owned(),
            port: words.next()?.parse().ok()?,
            security: match words.next()? {
                "plain" => Security::Plain,
                "stls" => Security::Stls,
                "tls" => Security::Tls,
                _ => return None,
            },
            verify: true,
            family: match words.next()? {
                "any" => Family::Any,
                "4" => Family::V4,
                "6" => Family::V6,
                _ => return None,
            },
            name: Some(words.next()?.to_owned()).filter(|it| it != "-"),
        };
        target.check().ok()?;
        let idle = words.next()?.parse().ok().filter(|&it| it > 0);
        Some(Self { target, at, idle })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::target;

    #[test]
    fn what_is_kept_is_read_back() {
        let mut recent = Vec::new();
        greeted(&mut recent, &target(), 100);
        let other = Target {
            host: "2001:db8::1".to_owned(),
            port: 995,
            security: Security::Tls,
            name: Some("mail.company.com".to_owned()),
            family: Family::V6,
            ..target()
        };
        greeted(&mut recent, &other, 200);
        recent[0].idle = Some(180);
        let kept = written(&recent);
        assert_eq!(read(&kept), recent);
        assert_eq!(recent[0].target, other);
        assert_eq!(read("nonsense\n\n1 a b\n9 host 0 plain any - 0\n"), []);
    }

    #[test]
    fn a_server_is_there_once_and_what_was_learned_of_it_stays() {
        let mut recent = Vec::new();
        greeted(&mut recent, &target(), 100);
        recent[0].idle = Some(60);
        let again = Target {
            host: "MAIL.company.com".to_owned(),
            verify: false,
            ..target()
        };
        greeted(&mut recent, &again, 300);
        assert_eq!(recent.len(), 1);
        assert_eq!((recent[0].at, recent[0].idle), (300, Some(60)));
        assert!(
            recent[0].target.verify,
            "passing over a certificate is not remembered"
        );
        for port in 1..=20 {
            greeted(&mut recent, &Target { port, ..target() }, 400);
        }
        assert_eq!(recent.len(), RECENT_MAX);
    }
}
