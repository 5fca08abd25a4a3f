//! What can be done with the current line, at its right.

use yew::prelude::*;

use crate::transcript::current::Tools;

/// The buttons. What is clicked says in `data-wish` what it is for.
pub(super) fn toolbar(tools: Tools) -> Html {
    let (label, of_line) = match tools.line {
        Some(line) => (format!("Line {line}"), format!(" line {line}")),
        None => ("This line".to_owned(), " this line".to_owned()),
    };
    let hide = format!("Hide{of_line}");
    html! {
        <span class="row-tools" role="toolbar" aria-label={label}>
            { tool("copy", "Copy", format!("Copy{of_line}"), "C") }
            if tools.line.is_some() { { tool("link", "Link", format!("Link to{of_line}"), "L") } }
            if let Some(is_on) = tools.hex {
                <button type="button" class="tool" data-wish="hex" aria-label={format!("Hex of{of_line}")} aria-pressed={is_on.to_string()}
                    title="Octets of the line (X)">{ "Hex" }</button>
            }
            if tools.note { { tool("note", "Note", format!("Note to{of_line}"), "N") } }
            if tools.message { { tool("message", "Save .eml", "Save .eml of this message".to_owned(), "S") } }
            if tools.hide { { tool("hide", "Hide", hide, "H") } }
        </span>
    }
}

fn tool(wish: &'static str, text: &'static str, name: String, key: &'static str) -> Html {
    let title = format!("{name} ({key})");
    html! {
        <button type="button" class="tool" data-wish={wish} aria-label={name} {title}>{ text }</button>
    }
}
