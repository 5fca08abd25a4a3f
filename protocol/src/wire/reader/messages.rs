//! Messages, entries, and where a connection stands.

use bytes::Bytes;
use minicbor::Decoder;

use super::{Read, choices, key, records, variants};
use crate::access::{By, Handing, Keep, Role, Sight};
use crate::entry::{Entry, Event, Part};
use crate::sasl::Mechanism;
use crate::secret::Redacted;
use crate::state::{Expectation, Phase, Protection, State};
use crate::target::{Family, Security, Target};
use crate::wire::{Bar, Desk, Outcome, People, Person, Refusal, ToBrowser, Welcome};

records! {
    Welcome { version epoch after last now participant role sight link keep ended }
    People { people more }
    Person { id name role sight link account control asks typing }
    Desk { host port connection asker protection loopback certificate mechanisms bar outcome tries }
    Entry { seq at connection event }
    State { phase marked protection expects loopback keep_alive target }
    Target { host port security verify name family }
}

choices! {
    Role { Owner Control Watch SignIn }
    Sight { Everything Headers Commands }
    Handing { Granted TakenBack HandedOver Declined }
    Keep { Everything NoContent Nothing }
    Mechanism { ScramSha256 CramMd5 Apop Plain Login UserPass XOauth2 }
    Bar { NotConnected ClearText NotVerified SignedIn Busy OtherName }
    Part { Greeting Status Continuation Listing Header Body Terminator Unexpected }
    Phase {
        NotConnected Resolving Connecting Securing Greeting StartingTls TlsRefused Authorization Transaction Update
        Closed
    }
    Expectation { Command LateResponse Response }
    Protection { None Verified Unverified }
    Security { Plain Stls Tls }
    Family { Any V4 V6 }
    Refusal {
        LineTooLong LineBreak NotConnected NotGreeted OtherConnection TlsRefused AlreadyConnected Busy NotAllowed
        BadTarget TranscriptFull TranscriptsFull NothingToHide Ended BadName NameTaken NameReserved BadNote NobodyThere SigningIn
        TooOften TooSoon NamedByAccount TooManyConnections TooManySignIns Stopping KeepsLess
        OnlyWithTls TooManyMessages
    }
}

variants! {
    ToBrowser { Beat; Welcome(it) Entry(it) People(it) Desk(it); Refused { id why } }
    Outcome { Waiting Underway Done Unproven; ; Refused { said } Failed { why } }
    By { Console; Participant(it); }
    Event {
        ;
        Remark(it) State(it);
        Sent { exchange line id by }
        Answered { exchange part line }
        Received { exchange part bytes }
        Withheld { exchange part lines octets stuffed is_open }
        Note { seq line text by }
        Hidden { entries by }
    }
}

impl Read for Redacted {
    fn read(from: &mut Decoder<'_>) -> Option<Self> {
        // Where nothing was struck out, that is not written.
        let entries = from.map().ok()??;
        key(from, "bytes")?;
        let bytes = Bytes::read(from)?;
        let struck: Vec<u32> = if entries > 1 {
            key(from, "struck")?;
            Read::read(from)?
        } else {
            Vec::new()
        };
        let is_right = struck.is_sorted() && struck.last().is_none_or(|&at| at as usize <= bytes.len());
        is_right.then(|| Redacted::new(bytes, struck))
    }
}
