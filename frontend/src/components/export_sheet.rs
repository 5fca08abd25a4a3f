//! The sheet that offers the transcript as a file of each kind.

use protocol::access::Sight;
use protocol::calendar;
use protocol::remark::FileFormat;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::modal::Modal;
use super::sheet::SheetProps;
use crate::services::api::export::export;
use crate::services::{clock, download};
use crate::store::use_session;
use crate::transcript::save::exported_name;

const FORMATS: [(FileFormat, &str, &str); 3] = [
    (
        FileFormat::Text,
        "Plain text",
        "What went over the wire, octet for octet, as telnet would have shown it.",
    ),
    (
        FileFormat::Html,
        "Page",
        "One HTML file with the colours, notes and times. It needs nothing else, and nothing in it runs.",
    ),
    (
        FileFormat::Ndjson,
        "NDJSON",
        "Every entry as a line of JSON, for programs.",
    ),
];

/// Draws it.
pub(super) fn draw(props: &SheetProps) -> Html {
    html! { <ExportSheet ..props.clone() /> }
}

#[function_component]
fn ExportSheet(props: &SheetProps) -> Html {
    let session = use_session();
    let told = use_state_eq(|| "");
    let problem = use_state_eq(String::new);
    let rows = FORMATS.iter().map(|&(format, name, about)| {
        let (session, told, problem) = (session.clone(), told.clone(), problem.clone());
        let onclick = move |_: MouseEvent| {
            let (id, token, browser, host) = session.read(|state| {
                let host = state.target().map(|it| it.host.clone());
                (state.id.clone(), state.token().to_owned(), state.browser.clone(), host)
            });
            let moment = calendar::moment(clock::since_epoch() * 1000);
            let file = exported_name(host.as_deref(), &moment, format.extension());
            let (told, problem) = (told.clone(), problem.clone());
            told.set("Saving…");
            problem.set(String::new());
            spawn_local(async move {
                let saved = match export(&id, &token, &browser, format).await {
                    Ok(content) => download::hand_over(&content, &file)
                        .map_err(|_| "The browser does not take the file.".to_owned()),
                    Err(why) => Err(why),
                };
                told.set(if saved.is_ok() { "Saved" } else { "" });
                problem.set(saved.err().unwrap_or_default());
            });
        };
        html! {
            <li>
                <div><h3>{ name }</h3><p>{ about }</p></div>
                <button type="button" class="button" {onclick}>{ format!("Save .{}", format.extension()) }</button>
            </li>
        }
    });
    let withheld = session.read(|state| state.sight.and_then(Sight::withholds));
    let withheld = withheld.map_or(String::new(), |what| {
        format!(" Withheld from you, and from the files: {what}.")
    });
    html! {
        <Modal class="export" labelled_by="export-headline" onclose={props.onclose.clone()}>
            <div class="export-head">
                <h2 id="export-headline">{ "Export" }</h2>
                <button type="button" class="button" onclick={props.onclose.reform(|_: MouseEvent| ())}>{ "Close" }</button>
            </div>
            <p class="export-note">{ "Passwords and what was hidden are in none of them." }{ withheld }</p>
            <ul class="export-list">{ for rows }</ul>
            <p class="export-note">
                { "A retrieved message: choose a line of it and press " }<kbd>{ "S" }</kbd>
                { ". It is saved as .eml, octet for octet. " }<b>{ "Save" }</b>{ " above the transcript gives text that tells who said what." }
            </p>
            <p class="export-told" role="status">{ *told }</p>
            <div role="alert">
                if !problem.is_empty() { <p class="problem">{ (*problem).clone() }</p> }
            </div>
        </Modal>
    }
}
