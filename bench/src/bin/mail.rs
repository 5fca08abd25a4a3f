//! The mail server behind every relay: see [`bench::mail`].

fn main() -> anyhow::Result<()> {
    bench::mail::serve()
}
