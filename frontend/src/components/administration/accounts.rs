//! The accounts: who they are, what they may do, and what can be done about it.

use protocol::standing::Rank;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Desk;
use crate::administration::{Account, Action, Deed};

/// What the card is told.
#[derive(Properties, PartialEq)]
pub(super) struct AccountsProps {
    pub(super) desk: Desk,
}

/// The card.
#[function_component]
pub(super) fn Accounts(props: &AccountsProps) -> Html {
    let desk = &props.desk;
    let oninput = {
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlInputElement>();
            desk.dispatch(Action::Want(field.value()));
        })
    };
    let (shown, more) = desk.shown();
    let listed = match &desk.accounts {
        None => html! { <p class="loading">{ "Loading…" }</p> },
        Some(Err(why)) => html! { <p>{ why }</p> },
        Some(Ok(_)) => html! {
            <>
                <div class="accounts-find">
                    <input class="field" type="search" aria-label="Search accounts" placeholder="Name or role" autocomplete="off" spellcheck="false" {oninput} />
                    <button type="button" class="button primary" onclick={open(desk, Deed::Add)}>{ "Add an account" }</button>
                </div>
                { table(&shown, desk) }
                if shown.is_empty() { <p>{ "None of them matches." }</p> }
                if more > 0 { <p>{ format!("{more} more match: search for them.") }</p> }
            </>
        },
    };
    html! {
        <section class="card accounts" aria-labelledby="accounts-headline">
            <div class="accounts-head">
                <h2 id="accounts-headline">{ "Accounts" }</h2>
                <p class="accounts-done" role="status">{ &desk.done }</p>
            </div>
            <div role="alert">
                if !desk.problem.is_empty() { <p class="problem">{ &desk.problem }</p> }
            </div>
            { listed }
        </section>
    }
}

/// The table. Its rows are stacked where there is no room, and are a table's all the same to those who listen.
fn table(shown: &[&Account], desk: &Desk) -> Html {
    html! {
        <table class="accounts-table" role="table" aria-labelledby="accounts-headline">
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{ "Name" }</th>
                    <th role="columnheader" scope="col">{ "Role" }</th>
                    <th role="columnheader" scope="col">{ "State" }</th>
                    <th role="columnheader" scope="col"><span class="unseen">{ "What can be done" }</span></th>
                </tr>
            </thead>
            <tbody role="rowgroup">{ for shown.iter().map(|account| row(account, desk)) }</tbody>
        </table>
    }
}

fn row(account: &Account, desk: &Desk) -> Html {
    let name = &account.name;
    let (does, deed) = if account.is_disabled {
        ("Enable", Deed::Enable(name.clone()))
    } else {
        ("Disable", Deed::Disable(name.clone()))
    };
    let onrole = {
        let (desk, name) = (desk.clone(), name.clone());
        Callback::from(move |role| desk.dispatch(Action::OpenRole(name.clone(), role)))
    };
    let (state, class) = match account.signed_on {
        _ if account.is_disabled => ("disabled".to_owned(), "over"),
        0 => ("not signed in".to_owned(), "idle"),
        1 => ("signed in".to_owned(), "live"),
        several => (format!("signed in · {several} browsers"), "live"),
    };
    html! {
        <tr key={name.as_str()} role="row">
            <td role="cell" class="accounts-name">{ name }if account.is_own { <span class="accounts-own">{ " · you" }</span> }</td>
            <td role="cell"><RoleSelect name={name.clone()} role={account.role} {onrole} /></td>
            <td role="cell" class={classes!("accounts-state", class)}>{ state }</td>
            <td role="cell" class="accounts-do">
                <button type="button" class="button small" aria-label={format!("New password for {name}")}
                    onclick={open(desk, Deed::Password(name.clone()))}>{ "New password" }</button>
                <button type="button" class="button quiet small" aria-label={format!("{does} {name}")} onclick={open(desk, deed)}>{ does }</button>
            </td>
        </tr>
    }
}

fn open(desk: &Desk, deed: Deed) -> Callback<MouseEvent> {
    let desk = desk.clone();
    Callback::from(move |_: MouseEvent| desk.dispatch(Action::Open(deed.clone())))
}

#[derive(Properties, PartialEq)]
struct RoleSelectProps {
    name: String,
    role: Rank,
    onrole: Callback<Rank>,
}

/// What an account may do. Another role that is chosen is asked about first: until then the one that it has stands there.
#[function_component]
fn RoleSelect(props: &RoleSelectProps) -> Html {
    let node = use_node_ref();
    {
        let node = node.clone();
        use_effect_with(props.role, move |role| {
            if let Some(select) = node.cast::<HtmlSelectElement>() {
                select.set_value(role.name());
            }
        });
    }
    let onchange = {
        let (role, onrole) = (props.role, props.onrole.clone());
        Callback::from(move |event: Event| {
            let select = event.target_unchecked_into::<HtmlSelectElement>();
            let chosen = select.value().parse();
            select.set_value(role.name());
            if let Ok(chosen) = chosen {
                onrole.emit(chosen);
            }
        })
    };
    let options = Rank::ALL
        .iter()
        .map(|role| html! { <option value={role.name()}>{ role.name() }</option> });
    html! {
        <select ref={node} class="field small" aria-label={format!("Role of {}", props.name)} {onchange}>{ for options }</select>
    }
}
