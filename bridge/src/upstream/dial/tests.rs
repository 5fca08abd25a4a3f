use super::*;
use protocol::target::Security;
use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

fn target(host: &str, family: Family) -> Target {
    Target {
        host: host.to_owned(),
        port: 110,
        security: Security::Plain,
        verify: true,
        name: None,
        family,
    }
}

#[tokio::test]
async fn an_address_needs_no_looking_up() {
    let addresses = resolve(&target("127.0.0.1", Family::Any)).await;
    assert_eq!(addresses, Ok(vec!["127.0.0.1:110".parse().unwrap()]));
    let addresses = resolve(&target("::1", Family::V6)).await;
    assert_eq!(addresses, Ok(vec!["[::1]:110".parse().unwrap()]));
}

#[tokio::test]
async fn a_host_without_an_address_of_the_family_does_not_exist() {
    assert_eq!(
        resolve(&target("127.0.0.1", Family::V6)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolve(&target("::1", Family::V4)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolve(&target("mail.invalid", Family::Any)).await,
        Err(Failure::NoSuchHost)
    );
    assert_eq!(
        resolve(&target("mail.Invalid.", Family::Any)).await,
        Err(Failure::NoSuchHost)
    );
}

#[test]
fn one_forbidden_address_refuses_them_all() {
    let mixed = |addresses: &[&str]| addresses.iter().map(|a| a.parse().unwrap()).collect::<Vec<_>>();
    let forbidden = mixed(&["192.0.2.1:110", "[fd00:ec2::254]:110"]);
    for family in [Family::Any, Family::V4, Family::V6] {
        assert_eq!(
            choose(forbidden.clone(), family),
            Err(Failure::NotAllowed.into()),
            "{family:?}"
        );
    }
    let allowed = mixed(&["192.0.2.1:110", "[2001:db8::1]:110"]);
    assert_eq!(choose(allowed.clone(), Family::Any), Ok(allowed.clone()));
    assert_eq!(choose(allowed.clone(), Family::V4), Ok(allowed[..1].to_vec()));
    assert_eq!(choose(allowed.clone(), Family::V6), Ok(allowed[1..].to_vec()));
    assert_eq!(choose(Vec::new(), Family::Any), Err(Failure::NoSuchHost.into()));
}

#[tokio::test]
async fn spellings_that_the_resolver_understands_are_checked_after_it() {
    for host in [
        "169.254.169.254",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "169.254.43518",
    ] {
        let failure = resolve(&target(host, Family::Any)).await.unwrap_err();
        // A resolver that does not know such a spelling is fine, too: nothing is dialled.
        assert!(!matches!(failure, Failure::TimedOut), "{host}: {failure:?}");
    }
    assert_eq!(
        resolve(&target("169.254.169.254", Family::Any)).await,
        Err(Failure::NotAllowed)
    );
    // With a zone it is the system's resolver that reads it; zone 1 is the loopback interface.
    for host in [
        "::ffff:a9fe:a9fe",
        "fe80::a9fe:a9fe",
        "fe80::a9fe:a9fe%1",
        "FE80:0::A9FE:A9FE%1",
    ] {
        assert_eq!(
            resolve(&target(host, Family::Any)).await,
            Err(Failure::NotAllowed),
            "{host}"
        );
    }
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_refuses() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let open = listener.local_addr().unwrap();
    let within = Duration::from_secs(5);
    let stream = connect(&[closed, open], within).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), open);
    assert!(stream.nodelay().unwrap());
    assert_eq!(connect(&[closed], within).await.unwrap_err(), Failure::Refused);
}

/// A loopback address that takes no connections in time, and what keeps it so: its queue is full.
async fn silent() -> (SocketAddr, (Socket, Vec<TcpStream>)) {
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    listener.bind(&any.into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let mut queued = Vec::new();
    while let Ok(stream) = timeout(Duration::from_millis(500), TcpStream::connect(address)).await {
        queued.push(stream.unwrap());
    }
    (address, (listener, queued))
}

#[tokio::test]
async fn the_failure_that_tells_most_is_told_whatever_the_order() {
    let refusing = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let (silent, _queue) = silent().await;
    let within = Duration::from_millis(500);
    for (addresses, failure) in [
        (vec![silent], Failure::TimedOut),
        (vec![refusing, silent], Failure::Refused),
        (vec![silent, refusing], Failure::Refused),
    ] {
        assert_eq!(connect(&addresses, within).await.unwrap_err(), failure);
    }
}

#[test]
fn no_route_hides_nothing_that_another_address_said() {
    let detail = || "no route".to_owned();
    let unreachable = || Failure::Unreachable { detail: detail() };
    let closed = || Failure::Closed { detail: None };
    for said in [Failure::Refused, Failure::TimedOut, closed()] {
        assert_eq!(more_telling(unreachable(), said.clone()), said);
        assert_eq!(more_telling(said.clone(), unreachable()), said);
    }
    assert_eq!(more_telling(Failure::NoSuchHost, unreachable()), unreachable());
    assert_eq!(more_telling(Failure::Refused, closed()), closed());
}
