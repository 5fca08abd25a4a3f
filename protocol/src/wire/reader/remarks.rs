//! What the console says, and what was negotiated.

use minicbor::Decoder;

use super::{Read, choices, records, variants};
use crate::remark::{Attempt, End, Failure, FileFormat, Invalid, Marks, Protocol, Remark, Sharing, Step};
use crate::tls::{Certificate, CertificateProblem, TlsReport, Verdict};

records! {
    TlsReport { version cipher name verdict chain took }
    Certificate { subject issuer names not_before not_after fingerprint }
}

choices! {
    Step { Resolve Connect Tls Greeting }
    Protocol { Ssh Smtp Http Imap Redis Other }
    FileFormat { Text Html Ndjson }
    Invalid { Unknown Revoked Expired UsedUp }
    Attempt { Line Connection Hide Hand Own SignIn TakePart }
}

variants! {
    Remark {
        StlsRefused;
        Secured(it) Sharing(it);
        Connected { host resolved resolve_took from to connect_took at by }
        GreetingLate { after port }
        Failed { step why took }
        ContinuedInClear { by }
        KeptAlive { on every by }
        Marked { message marked }
        Unmarked { messages }
        Committed { messages count }
        CommitFailed { marked }
        Locked { holder }
        Stopping { within at }
        Ended { how marks cut_short }
    }
    Sharing {
        RecordedAgain;
        ;
        Joined { participant name role sight link }
        Named { participant name }
        Linked { link name role sight until }
        Revoked { link }
        UsedUp { link participant }
        TriesOver { link participant }
        AskedForControl { participant }
        Handed { participant how by }
        TurnedAway { with }
        NotPermitted { participant what }
        Exported { participant link name format last }
        Kept { keep by }
        NotRecorded { detail }
    }
    Failure {
        NoSuchHost NotAllowed Refused TimedOut TlsSpoken GreetingRefused;
        Certificate(it);
        ResolverFailed { detail }
        Unreachable { detail }
        Closed { detail }
        PlainText { said }
        Tls { detail }
        NotPop3 { looks_like }
        InjectedPlaintext { octets }
        Cancelled { by }
    }
    End {
        AfterQuit ByServer Truncated WriteTimedOut Shutdown BridgeLost Failed;
        ;
        Broken { detail }
        Disconnected { by }
        SessionEnded { by }
        GraceOver { after }
        Idle { after }
        TranscriptFull { cap }
        TranscriptsFull { of_account }
    }
    Marks { None; NotCommitted(it) Unknown(it); }
    Verdict { Verified; NotVerified(it) Refused(it); }
    CertificateProblem {
        Expired NotYetValid WrongName SelfSigned UnknownIssuer Revoked;
        ;
        Outdated { detail }
        Other { detail }
    }
}
