//! A certificate as people compare it.

use protocol::calendar;
use protocol::tls::TlsReport;
use yew::prelude::*;

/// The certificates of a report, the server's own first.
pub fn certificate_details(report: &TlsReport) -> Html {
    let certificates = report.chain.iter().enumerate().map(|(place, certificate)| {
        let caption = if place == 0 {
            "The server's certificate".to_owned()
        } else {
            format!("Sent along, {place}")
        };
        let days = format!(
            "{} to {}",
            calendar::day(certificate.not_before),
            calendar::day(certificate.not_after)
        );
        html! {
            <dl class="certificate" aria-label={caption}>
                <dt>{ "Subject" }</dt><dd>{ or_dash(&certificate.subject) }</dd>
                <dt>{ "Names" }</dt><dd>{ or_dash(&certificate.names.join(", ")) }</dd>
                <dt>{ "Issuer" }</dt><dd>{ or_dash(&certificate.issuer) }</dd>
                <dt>{ "Valid" }</dt><dd>{ days }</dd>
                <dt>{ "SHA-256" }</dt><dd class="fingerprint">{ &certificate.fingerprint }</dd>
            </dl>
        }
    });
    html! { <div class="certificates">{ for certificates }</div> }
}

fn or_dash(text: &str) -> String {
    if text.is_empty() {
        "—".to_owned()
    } else {
        text.to_owned()
    }
}
