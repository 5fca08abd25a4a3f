//! A row of the transcript.

use protocol::remark::Tone;
use yew::prelude::*;

use super::holder::Holder;
use crate::transcript::exchanges::Outcome;
use crate::transcript::explanations::Explanation;
use crate::transcript::hex::Hex;
use crate::transcript::margin::Aside;
use crate::transcript::notes::Noted;
use crate::transcript::rows::{Body, Chip, Row, Span};

/// The row.
#[derive(Properties, PartialEq)]
pub struct RowViewProps {
    /// What it shows.
    pub row: Row,
    /// Whether it belongs to the current line.
    #[prop_or_default]
    pub is_current: bool,
    /// Whether it is in the page only because a selection begins or ends in it.
    #[prop_or_default]
    pub is_held: bool,
    /// What the address of a line begins with.
    #[prop_or(AttrValue::Static("#"))]
    pub anchor: AttrValue,
    /// Whether the person may hide things.
    #[prop_or_default]
    pub may_hide: bool,
    /// What can be done with it, if it is the current one.
    #[prop_or_default]
    pub children: Html,
}

/// A row: drawn anew only when what it shows has changed.
#[function_component]
pub fn RowView(props: &RowViewProps) -> Html {
    let row = &props.row;
    let is_folded = row.fold.as_ref().is_some_and(|it| !it.is_open);
    let class = classes!(
        "row",
        format!("from-{}", row.from),
        format!("part-{}", row.part),
        row.outcome.map(edge),
        row.gap.then_some("gap"),
        props.is_current.then_some("current"),
        props.is_held.then_some("held"),
        row.fold.is_some().then_some("has-fold"),
        matches!(row.body, Body::Callout(..) | Body::Unknown(..)).then_some("has-callout"),
    );
    let line = row.number.map(|number| number.to_string());
    let number = line.clone().filter(|_| !row.continues);
    html! {
        <div {class} data-line={line} data-record={row.record.to_string()} data-seq={row.seq.to_string()}
            data-from={row.from} data-part={row.part}>
            if let Some(number) = number {
                <a class="number" href={format!("{}L{number}", props.anchor)} aria-label={format!("Line {number}")} tabindex="-1" data-wish="here">{ number }</a>
            } else {
                <span class="number"></span>
            }
            <span class="since" title={row.moment.clone()} aria-hidden="true">{ &row.since }</span>
            <span class="sign" aria-hidden="true">{ row.sign }</span>
            if let Some(fold) = &row.fold { { chip(fold) } }
            if !is_folded { { body(&row.body) } }
            <span class="margin">{ for row.margin.iter().map(aside) }</span>
            if let Some((holder, at)) = row.holder { <Holder {holder} {at} /> }
            if let Some(explains) = &row.explains { { explanation(explains) } }
            if !row.notes.is_empty() {
                <div class="notes">{ for row.notes.iter().map(|it| note(it, props.may_hide)) }</div>
            }
            if let Some(hex) = &row.hex { { octets(hex, row.number) } }
            { props.children.clone() }
        </div>
    }
}

/// What somebody noted to the line.
fn note(note: &Noted, may_hide: bool) -> Html {
    let label = format!("Note by {}", note.by);
    let hide = format!("Hide the note by {}", note.by);
    html! {
        <div class="note" role="note" aria-label={label} title={note.moment.clone()}>
            <span class="note-by">{ &note.by }</span>
            <span class="note-time">{ note.moment.get(11..16).unwrap_or_default().to_owned() }</span>
            <span class="note-text" dir="auto">{ spans(&note.text) }</span>
            if may_hide && note.has_text {
                <button type="button" class="tool note-hide" data-wish="hide" data-note={note.seq.to_string()} aria-label={hide}>{ "Hide" }</button>
            }
        </div>
    }
}

/// What a line means, below it.
fn explanation(explains: &Explanation) -> Html {
    html! {
        <p class={if explains.is_warning { "explains warning" } else { "explains" }}>
            { &explains.text }
            if !explains.rfc.is_empty() { <span class="explains-rfc">{ " " }{ explains.rfc }</span> }
        </p>
    }
}

/// The class that colours and shapes the edge of an exchange.
fn edge(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pending => "edge-pending",
        Outcome::Ok => "edge-ok",
        Outcome::Err => "edge-err",
        Outcome::Cut => "edge-cut",
    }
}

/// What opens and closes a fold.
fn chip(chip: &Chip) -> Html {
    html! {
        <button type="button" class="fold" data-wish="fold" aria-expanded={chip.is_open.to_string()}>
            <span class="fold-sign" aria-hidden="true">{ if chip.is_open { "▾" } else { "▸" } }</span>{ chip.told() }
        </button>
    }
}

/// Octets, which scroll sideways where there is no room for sixteen.
fn octets(hex: &Hex, number: Option<usize>) -> Html {
    let label = format!("Octets of line {}", number.unwrap_or_default());
    html! {
        <div class="hex">
            <pre class="hex-dump" role="group" aria-label={label} tabindex="0">{ &hex.dump }</pre>
            if !hex.note.is_empty() { <p class="hex-note">{ hex.note }</p> }
        </div>
    }
}

fn body(body: &Body) -> Html {
    match body {
        Body::Line(text) => html! { <div class="text" dir="ltr">{ spans(text) }</div> },
        Body::Aside(text, detail) if detail.is_empty() => {
            html! { <div class="text aside-text">{ spans(text) }</div> }
        }
        Body::Aside(text, detail) => html! {
            <details class="text aside-text"><summary>{ spans(text) }</summary>{ " " }{ spans(detail) }</details>
        },
        Body::Callout(tone, sentences, detail) => {
            let (headline, rest) = sentences
                .split_first()
                .map_or((&[][..], &[][..]), |(first, rest)| (&first[..], rest));
            html! {
                <div class={classes!("text", "callout", tone_class(*tone))}>
                    <b>{ spans(headline) }</b>
                    { for rest.iter().map(|sentence| html! { <>{ " " }{ spans(sentence) }</> }) }
                    if !detail.is_empty() { <details><summary>{ "The certificate" }</summary>{ spans(detail) }</details> }
                </div>
            }
        }
        Body::Unknown(line, is_settled) => html! {
            <div class={classes!("text", "callout", if *is_settled { "tone-info" } else { "tone-warning" })} data-unknown="">
                <b>{ if *is_settled { "It went out after all." } else { "Outcome unknown." } }</b>{ " " }
                <code>{ spans(line) }</code>
                if !*is_settled { { " was on its way when the connection to the console was lost. It may or may not have reached the server." } }
            </div>
        },
    }
}

fn spans(spans: &[Span]) -> Html {
    spans.iter().map(span).collect()
}

/// A stretch of a line, as a text node in a span of its token's class.
pub fn span(span: &Span) -> Html {
    let title = (!span.title.is_empty()).then(|| span.title.clone());
    let mut class = format!("tok-{}", span.class);
    if !span.found.is_empty() {
        class.push(' ');
        class.push_str(span.found);
    }
    html! { <span {class} {title}>{ &span.text }</span> }
}

fn aside(aside: &Aside) -> Html {
    let class = classes!("aside", aside.is_bad.then_some("bad"));
    if aside.text == aside.brief {
        return html! { <span {class}>{ &aside.text }</span> };
    }
    html! {
        <span {class}><span class="aside-full">{ &aside.text }</span><span class="aside-brief">{ &aside.brief }</span></span>
    }
}

fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Info => "tone-info",
        Tone::Good => "tone-good",
        Tone::Warning => "tone-warning",
        Tone::Bad => "tone-bad",
    }
}
