//! What the console says, and what was negotiated.

use minicbor::Decoder;

use super::{Read, choices, records, variants};
use crate::remark::{End, Failure, Marks, Protocol, Remark, Step};
use crate::tls::{Certificate, CertificateProblem, TlsReport, Verdict};

records! {
    TlsReport { version cipher name verdict chain took }
    Certificate { subject issuer names not_before not_after fingerprint }
}

choices! {
    Step { Resolve Connect Tls Greeting }
    Protocol { Ssh Smtp Http Imap Redis Other }
}

variants! {
    Remark {
        StlsRefused;
        Secured(it);
        Connected { host resolved resolve_took from to connect_took at by }
        GreetingLate { after port }
        Failed { step why took }
        ContinuedInClear { by }
        KeptAlive { on every by }
        Marked { message marked }
        Unmarked { messages }
        Committed { messages count }
        CommitFailed { marked }
        Ended { how marks cut_short }
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
        AfterQuit ByServer Truncated WriteTimedOut Shutdown Failed;
        ;
        Broken { detail }
        Disconnected { by }
        SessionEnded { by }
        GraceOver { after }
        TranscriptFull { cap }
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
