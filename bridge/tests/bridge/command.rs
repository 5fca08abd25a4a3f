//! The program itself.

#[cfg(target_os = "linux")]
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

#[cfg(target_os = "linux")]
use rustix::process::geteuid;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::Command;

#[cfg(target_os = "linux")]
use crate::support::Bridge;
use crate::support::patient;

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_pop3-console"));
    program
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    program
}

#[tokio::test]
async fn it_says_where_it_is_in_one_line_and_stops_on_a_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut program = program();
        // The one that whoever runs the tests has in their home is not for tests.
        program.args(["--listen", "127.0.0.1:0", "--no-journal"]);
        let mut child = program.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = patient(lines.next_line()).await.unwrap().unwrap();
        let address = line.strip_prefix("pop3-console is at http://").unwrap();

        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut status = [0; 12];
        patient(stream.read_exact(&mut status)).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 200");

        let id = Pid::from_raw(child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(id, signal).unwrap();
        assert!(patient(child.wait()).await.unwrap().success());
        assert_eq!(lines.next_line().await.unwrap(), None);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn it_leaves_no_core_dump_in_which_passwords_might_be() {
    let (bridge, process) = Bridge::start_program().await;
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let limit = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max core file size"));
    let limit: Vec<_> = limit.unwrap().split_ascii_whitespace().take(2).collect();
    assert_eq!(limit, ["0", "0"], "{limits}");
    // Where a program takes dumps that is no bound; who may not be dumped is root's, whoever started them.
    let user = geteuid();
    let owner = std::fs::metadata(format!("/proc/{process}/limits"))
        .unwrap()
        .uid();
    assert!(user.is_root() || owner != user.as_raw());
    bridge.kill().await;
}

#[tokio::test]
async fn it_refuses_to_listen_where_others_could_reach_it() {
    let output = patient(program().args(["--listen", "0.0.0.0:0"]).output())
        .await
        .unwrap();
    assert!(!output.status.success());
    assert!(output.stdout.is_empty());
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(sentence.starts_with("--listen: "), "{sentence}");
    assert!(sentence.contains("use `--listen 127.0.0.1:8110`"), "{sentence}");
}
