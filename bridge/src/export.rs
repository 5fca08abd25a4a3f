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
use protocol::remark::{Remark, Sharing};

use html::Html;
use ndjson::Ndjson;
use text::Text;

/// What stands where a secret was taken out.
const SECRET: &str = "••••••••";

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// What went over the wire.
    Text,
    /// A page.
    Html,
    /// An entry a line.
    Ndjson,
}

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

impl Format {
    /// The one that an address names.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "html" => Some(Self::Html),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }

    /// Its media type. Plain text is octets in any charset.
    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Html => "text/html; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }

    /// How the name of such a file ends.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Html => "html",
            Self::Ndjson => "ndjson",
        }
    }

    /// What makes it.
    pub(crate) fn export(self, about: About) -> Box<dyn Export> {
        match self {
            Self::Text => Box::new(Text::default()),
            Self::Html => Box::new(Html::new(about)),
            Self::Ndjson => Box::new(Ndjson::default()),
        }
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
