//! The servers that whoever runs the console offers, beside the form where others can be connected to as well.

use protocol::target::{Security, Target};
use yew::prelude::*;

use crate::presets::Preset;

/// The card that offers them; nothing where there are none.
pub fn offered(presets: &[Preset], is_busy: bool, ontarget: &Callback<Target>) -> Html {
    if presets.is_empty() {
        return Html::default();
    }
    let rows = presets.iter().map(|preset| {
        let onclick = {
            let (ontarget, target) = (ontarget.clone(), preset.target.clone());
            move |_: MouseEvent| ontarget.emit(target.clone())
        };
        html! {
            <li>
                <button type="button" class="recent-target" disabled={is_busy} title={preset.target.display()} {onclick}>
                    <span class="recent-name">{ &preset.name }</span>
                    <span class="recent-note">{ security(&preset.target) }</span>
                </button>
            </li>
        }
    });
    html! {
        <section class="card recent offered">
            <h2 id="offered">{ "Servers of this console" }</h2>
            <ul class="recent-list" aria-labelledby="offered">{ for rows }</ul>
        </section>
    }
}

/// How a server is spoken to, in a word.
pub fn security(target: &Target) -> &'static str {
    match target.security {
        Security::Plain => "plain",
        Security::Stls => "STLS",
        Security::Tls => "TLS",
    }
}
