//! What is asked before a line goes out that looks like a password.

use yew::prelude::*;

/// What the person answers.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Answer {
    AsItIs,
    AsMeant,
    Edit,
}

/// The question: why it is asked, and how what may have been meant begins.
pub(super) fn question(
    (why, meant): (&'static str, Option<&'static str>),
    onanswer: &Callback<Answer>,
) -> Html {
    let button = |name: String, answer: Answer| {
        let onclick = onanswer.reform(move |_: MouseEvent| answer);
        html! { <button type="button" class="button small" {onclick}>{ name }</button> }
    };
    html! {
        <div class="question">
            <span class="question-sign" aria-hidden="true">{ "!" }</span>
            <span class="question-text">{ why }{ " Everyone in this session would see it. Enter sends it as it is." }</span>
            { for meant.map(|begin| button(format!("Send {begin} …"), Answer::AsMeant)) }
            { button("Send it as it is".to_owned(), Answer::AsItIs) }
            { button("Edit".to_owned(), Answer::Edit) }
        </div>
    }
}
