//! What is searched for, and how many matches there are.

use web_sys::{HtmlInputElement, KeyboardEvent};
use yew::prelude::*;

use super::finder::{Finder, Progress, Query};
use crate::figures::grouped;

/// The field and its buttons, while it is open.
pub(super) fn search(finder: &Finder) -> Html {
    if !*finder.is_open {
        return Html::default();
    }
    let query = &*finder.query;
    let oninput = {
        let (finder, query) = (finder.clone(), query.clone());
        move |event: InputEvent| {
            finder.ask(Query {
                text: event.target_unchecked_into::<HtmlInputElement>().value(),
                ..query.clone()
            });
        }
    };
    let onkeydown = {
        let finder = finder.clone();
        move |event: KeyboardEvent| {
            match event.key().as_str() {
                _ if event.is_composing() => return,
                "Enter" => finder.go(!event.shift_key()),
                "Escape" => finder.close(),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let toggle = |text: &'static str, name: &'static str, is_on: bool, other: Query| {
        let finder = finder.clone();
        let onclick = move |_: MouseEvent| finder.ask(other.clone());
        html! {
            <button type="button" class="bar-button toggle" aria-label={name} title={name} aria-pressed={is_on.to_string()} {onclick}>{ text }</button>
        }
    };
    let button = |text: &'static str, name: &'static str, does: fn(&Finder)| {
        let finder = finder.clone();
        let onclick = move |_: MouseEvent| does(&finder);
        html! { <button type="button" class="bar-button" aria-label={name} title={name} {onclick}>{ text }</button> }
    };
    let case = Query {
        minds_case: !query.minds_case,
        ..query.clone()
    };
    let pattern = Query {
        is_pattern: !query.is_pattern,
        ..query.clone()
    };
    let problem = &*finder.problem;
    let is_wrong = !problem.is_empty();
    let progress = finder.progress();
    let told = if query.text.is_empty() {
        String::new()
    } else if is_wrong {
        problem.clone()
    } else {
        told(progress)
    };
    // A count that grows is not read out before it stands still.
    let said = if progress.has_more {
        String::new()
    } else {
        told.clone()
    };
    html! {
        <div class="search" role="search" {onkeydown}>
            <input ref={finder.field.clone()} type="search" class="field small search-field" aria-label="Search transcript"
                aria-invalid={is_wrong.to_string()} aria-describedby="search-told" placeholder="Search transcript" value={query.text.clone()} {oninput}
                autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" enterkeyhint="search" />
            { toggle("Aa", "Match case", query.minds_case, case) }
            { toggle(".*", "Regular expression", query.is_pattern, pattern) }
            { button("↑", "Previous match", |finder| finder.go(false)) }
            { button("↓", "Next match", |finder| finder.go(true)) }
            <span id="search-told" class={if is_wrong { "search-told problem" } else { "search-told" }}>{ told }</span>
            <span class="unseen" role="status">{ said }</span>
            { button("×", "Close search", Finder::close) }
        </div>
    }
}

/// How far a search has come: `3 of 1,204`.
fn told(progress: Progress) -> String {
    let Progress {
        count,
        chosen,
        has_more,
        is_full,
        is_partial,
    } = progress;
    let more = if has_more { "…" } else { "" };
    let count = grouped(count as u64);
    let told = match chosen {
        None if progress.count == 0 && has_more => "searching…".to_owned(),
        None if progress.count == 0 => "no match".to_owned(),
        None if progress.count == 1 => format!("1 match{more}"),
        None => format!("{count} matches{more}"),
        Some(at) => {
            let first = if is_full { "the first " } else { "" };
            format!("{} of {first}{count}{more}", grouped(at as u64 + 1))
        }
    };
    if is_partial && !has_more {
        format!("{told} in what your link shows")
    } else {
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_tells_how_far_it_has_come() {
        let told = |count, chosen, has_more, is_full| {
            told(Progress {
                count,
                chosen,
                has_more,
                is_full,
                is_partial: false,
            })
        };
        assert_eq!(told(1204, Some(2), false, false), "3 of 1,204");
        assert_eq!(told(1204, Some(2), true, false), "3 of 1,204…");
        assert_eq!(told(100_000, Some(2), false, true), "3 of the first 100,000");
        assert_eq!(told(0, None, true, false), "searching…");
        assert_eq!(told(0, None, false, false), "no match");
        assert_eq!(told(7, None, true, false), "7 matches…");
        let partial = Progress {
            is_partial: true,
            ..Progress::default()
        };
        assert_eq!(super::told(partial), "no match in what your link shows");
    }
}
