//! A transcript as a file: what a telnet user would have, a page with the console's colours, or its entries.
//!
//! A file is made from the entries that somebody is shown, one after the other, so that none is in memory as a whole;
//! what may not be shown never comes here.

mod html;
mod lines;
mod ndjson;
mod text;

use protocol::access::{Roll, Sight};
use protocol::entry::{Entry, Event};
use protocol::remark::{FileFormat, Remark, Sharing};

use html::Html;
use ndjson::Ndjson;
use text::Text;

/// What stands where a secret was taken out.
const SECRET: &str = "••••••••";

/// What a file says of itself.
#[derive(Clone, Debug)]
pub(crate) struct About {
    /// The server, if one was ever asked for.
    pub(crate) server: Option<String>,
    /// How much is shown.
    pub(crate) sight: Sight,
    /// When the file is made, in microseconds since 1970-01-01T00:00:00Z.
    pub(crate) at: u64,
}

/// Makes a file from entries, in their order.
pub(crate) trait Export: Send {
    /// What stands before everything.
    fn begin(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }

    /// What an entry comes to.
    fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>);

    /// What stands behind everything.
    fn end(&mut self, out: &mut Vec<u8>) {
        let _ = out;
    }
}

/// The media type of such a file. Plain text is octets in any charset.
pub(crate) fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Text => "text/plain",
        FileFormat::Html => "text/html; charset=utf-8",
        FileFormat::Ndjson => "application/x-ndjson",
    }
}

/// What makes such a file.
pub(crate) fn of(format: FileFormat, about: About) -> Box<dyn Export> {
    match format {
        FileFormat::Text => Box::new(Text::default()),
        FileFormat::Html => Box::new(Html::new(about)),
        FileFormat::Ndjson => Box::new(Ndjson::default()),
    }
}

/// Learns from an entry what somebody is called.
fn learn(roll: &mut Roll, event: &Event) {
    if let Event::Remark(Remark::Sharing(
        Sharing::Joined {
            participant, name, ..
        }
        | Sharing::Named { participant, name },
    )) = event
    {
        roll.name(*participant, name);
    }
}

/// So many of something withheld: `12 lines, 4,310 octets withheld`.
fn withheld(lines: u64, octets: u64) -> String {
    let noun = |count: u64, one: &str| {
        if count == 1 {
            one.to_owned()
        } else {
            format!("{one}s")
        }
    };
    format!(
        "{} {}, {} {} withheld",
        grouped(lines),
        noun(lines, "line"),
        grouped(octets),
        noun(octets, "octet")
    )
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests;
