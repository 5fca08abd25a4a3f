use protocol::target::{Family, Security};

use super::rule::Preset;
use super::*;

fn policy(reach: Reach, allow: &[&str], networks: &[&str]) -> Policy {
    let targets = Targets {
        reach: Some(reach),
        presets: vec![Preset {
            name: "Company mail, TLS".to_owned(),
            host: "mail.company.com".to_owned(),
            port: 995,
            security: Security::Tls,
            verify: true,
        }],
        allow: allow.iter().map(|rule| rule.parse().unwrap()).collect(),
        networks: networks.iter().map(|it| rule::network(it).unwrap()).collect(),
    };
    Policy {
        reach,
        targets,
        demonstration: vec!["127.0.0.1:40110".parse().unwrap()],
    }
}

fn target(host: &str, port: u16, security: Security) -> Target {
    Target {
        host: host.to_owned(),
        port,
        security,
        verify: true,
        name: None,
        family: Family::Any,
    }
}

/// What comes of a plain target that leads to these.
fn reached(policy: &Policy, host: &str, port: u16, leads_to: &[&str]) -> Result<Vec<SocketAddr>, Forbidden> {
    let found = leads_to
        .iter()
        .map(|it| SocketAddr::new(it.parse().unwrap(), port));
    let target = target(host, port, Security::Plain);
    let checked = policy.admit(&target)?.check(found.collect())?;
    Ok(checked.addresses().to_vec())
}

#[test]
fn addresses_that_are_not_public_are_refused_in_every_spelling() {
    let public = policy(Reach::Public, &[], &["10.0.0.0/8", "127.0.0.1", "::1"]);
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        // Mapped, compatible and translated.
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:0:127.0.0.1",
        // NAT64, of which the local one is a network's own.
        "64:ff9b::127.0.0.1",
        "64:ff9b::192.168.0.1",
        "64:ff9b:1::8.8.8.8",
        // 6to4, Teredo and ISATAP.
        "2002:7f00:1::1",
        "2002:a00:1::1",
        "2001:0:808:808::1",
        "2001:0:7f00:1::1",
        "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:127.0.0.1",
        "fe80::5efe:8.8.8.8",
        "100::1",
        "2001:2::1",
        "2001:db8::1",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        let refused = reached(&public, "pop.example.net", 110, &[address]).unwrap_err();
        let Forbidden::NotPublic(told, _) = refused else {
            panic!("{address}: {refused}");
        };
        assert_eq!(told, address.parse::<IpAddr>().unwrap());
        // And as the target itself, which nobody looks up.
        assert_eq!(reached(&public, address, 110, &[address]), Err(refused));
    }
}

#[test]
fn public_addresses_are_reached_at_the_ports_of_mail() {
    let public = policy(Reach::Public, &[], &[]);
    for address in [
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "198.20.0.1",
        "223.255.255.255",
        "2a00:1450:4001::1",
        "2001:4860:4860::8888",
        "64:ff9b::8.8.8.8",
        "2002:808:808::1",
        "::ffff:8.8.8.8",
    ] {
        for port in [110, 995] {
            let found = reached(&public, "pop.example.net", port, &[address]).unwrap();
            assert_eq!(found, [SocketAddr::new(address.parse().unwrap(), port)]);
        }
        for port in [22, 25, 80, 143, 6379] {
            assert_eq!(
                reached(&public, address, port, &[address]),
                Err(Forbidden::Port),
                "{address}:{port}"
            );
        }
    }
}

#[test]
fn one_forbidden_address_refuses_them_all() {
    let public = policy(Reach::Public, &[], &[]);
    for leads_to in [
        ["8.8.8.8", "127.0.0.1"],
        ["8.8.8.8", "::1"],
        ["fd00::1", "8.8.8.8"],
        ["2a00:1450::1", "::ffff:10.0.0.1"],
    ] {
        let refused = reached(&public, "pop.example.net", 110, &leads_to).unwrap_err();
        assert!(matches!(refused, Forbidden::NotPublic(..)), "{leads_to:?}");
    }
}

#[test]
fn names_that_are_allowed_lead_to_networks_that_are_named() {
    let networks = ["10.0.0.0/8", "127.0.0.1/32", "::1", "fd00::/8", "fe80::/10"];
    let named = policy(
        Reach::Named,
        &["mail.company.com", "*.lab.example:2110"],
        &networks,
    );
    for address in [
        "8.8.8.8",
        "10.200.0.1",
        "::ffff:10.200.0.1",
        "64:ff9b::10.0.0.1",
        "127.0.0.1",
        "::1",
        "fd12::1",
        "fe80::5efe:a00:1",
    ] {
        assert!(
            reached(&named, "mail.company.com", 110, &[address]).is_ok(),
            "{address}"
        );
        assert!(
            reached(&named, "a.lab.example", 2110, &[address]).is_ok(),
            "{address}"
        );
    }
    for address in ["127.0.0.2", "192.168.0.1", "::", "fc00::1", "64:ff9b::127.0.0.2"] {
        assert!(
            reached(&named, "mail.company.com", 110, &[address]).is_err(),
            "{address}"
        );
    }
    // No network names cloud metadata.
    let named = policy(
        Reach::Named,
        &["mail.company.com", "169.254.0.0/16"],
        &["169.254.0.0/16"],
    );
    assert!(reached(&named, "mail.company.com", 110, &["169.254.1.1"]).is_ok());
    for (host, address) in [
        ("mail.company.com", "169.254.169.254"),
        ("mail.company.com", "::ffff:169.254.169.254"),
        ("169.254.169.254", "169.254.169.254"),
    ] {
        let refused = reached(&named, host, 110, &[address]).unwrap_err();
        assert!(matches!(refused, Forbidden::Metadata(_)), "{address}");
    }
}

#[test]
fn what_is_not_named_is_not_even_looked_up() {
    let named = policy(
        Reach::Named,
        &["mail.company.com", "192.0.2.0/24"],
        &["10.0.0.0/8"],
    );
    let presets = policy(Reach::Presets, &[], &["127.0.0.0/8"]);
    for (host, port) in [
        ("mail.example.net", 110),
        ("mail.company.com", 25),
        ("company.com", 110),
        ("10.0.0.1", 110),
        ("192.0.3.1", 110),
        ("127.0.0.1", 110),
        ("127.0.0.1", 40111),
        ("localhost", 110),
        ("2130706433", 110),
        ("0x7f000001", 110),
        ("0177.0.0.1", 110),
        ("0", 110),
        ("fe80::1%1", 110),
        ("::1%1", 110),
    ] {
        let target = target(host, port, Security::Plain);
        assert_eq!(named.admit(&target).unwrap_err(), Forbidden::NotNamed, "{host}");
        assert_eq!(presets.admit(&target).unwrap_err(), Forbidden::NoPreset, "{host}");
    }
    assert!(reached(&named, "192.0.2.7", 110, &["192.0.2.7"]).is_ok());
    let preset = |security| target("Mail.Company.com.", 995, security);
    assert!(presets.admit(&preset(Security::Tls)).is_ok());
    assert_eq!(
        presets.admit(&preset(Security::Plain)).unwrap_err(),
        Forbidden::NoPreset
    );
}

#[test]
fn the_demonstration_mailbox_may_be_reached_at_its_own_address() {
    for reach in [Reach::Public, Reach::Named, Reach::Presets] {
        let policy = policy(reach, &[], &[]);
        assert!(reached(&policy, "127.0.0.1", 40110, &["127.0.0.1"]).is_ok());
        assert!(reached(&policy, "localhost", 40110, &["127.0.0.1"]).is_err());
        assert!(reached(&policy, "127.0.0.1", 110, &["127.0.0.1"]).is_err());
    }
}

#[test]
fn anything_is_reached_where_nothing_is_said_but_cloud_metadata() {
    let any = policy(Reach::Any, &[], &[]);
    for address in [
        "127.0.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "fe80::1",
        "2001:db8::1",
        "8.8.8.8",
    ] {
        assert!(reached(&any, address, 6379, &[address]).is_ok(), "{address}");
    }
    let refused = reached(&any, "pop.example.net", 110, &["8.8.8.8", "fd00:ec2::254"]).unwrap_err();
    assert!(matches!(refused, Forbidden::Metadata(_)));
}
