//! Who has control, who asks for it, and whose it is to give.

use protocol::access::{By, Handing};

use super::*;

fn handed(participant: ParticipantId, how: Handing, by: ParticipantId) -> Result<Option<Sharing>, Refusal> {
    Ok(Some(Sharing::Handed {
        participant,
        how,
        by: By::Participant(by),
    }))
}

#[test]
fn control_is_granted_taken_back_and_handed_over_by_the_owner() {
    let mut roster = three();
    assert!(roster.has_control(OWNER) && roster.has_control(2) && !roster.has_control(3));
    assert_eq!(
        roster.ask(3),
        Ok(Some(Sharing::AskedForControl { participant: 3 }))
    );
    assert_eq!(roster.ask(3), Ok(None));
    assert!(roster.people().people.iter().any(|it| it.id == 3 && it.asks));
    assert_eq!(
        roster.hand(OWNER, 3, Handing::Granted),
        handed(3, Handing::Granted, OWNER)
    );
    assert_eq!(roster.hand(OWNER, 3, Handing::Granted), Ok(None));
    assert!(roster.has_control(3) && !roster.people().people.iter().any(|it| it.asks));

    assert_eq!(
        roster.hand(OWNER, 2, Handing::HandedOver),
        handed(2, Handing::HandedOver, OWNER)
    );
    assert!(roster.has_control(2) && !roster.has_control(OWNER) && !roster.has_control(3));
    assert_eq!(
        roster.hand(OWNER, OWNER, Handing::TakenBack),
        handed(OWNER, Handing::TakenBack, OWNER)
    );
    assert_eq!(
        roster.hand(OWNER, 2, Handing::TakenBack),
        handed(2, Handing::TakenBack, OWNER)
    );
    assert!(roster.has_control(OWNER) && !roster.has_control(2));
}

#[test]
fn control_that_is_taken_back_from_whom_it_was_handed_over_to_is_the_owners_again() {
    let mut roster = three();
    assert!(roster.hand(OWNER, 3, Handing::HandedOver).is_ok());
    assert_eq!(
        roster.ask(2),
        Ok(Some(Sharing::AskedForControl { participant: 2 }))
    );
    assert_eq!(
        roster.hand(OWNER, 2, Handing::TakenBack),
        handed(2, Handing::Declined, OWNER)
    );
    assert_eq!(roster.hand(OWNER, 2, Handing::TakenBack), Ok(None));
    assert!(!roster.has_control(OWNER), "there was nothing to take back");
    assert_eq!(
        roster.hand(OWNER, 3, Handing::TakenBack),
        handed(3, Handing::TakenBack, OWNER)
    );
    assert!(roster.has_control(OWNER) && !roster.has_control(3));
    // What somebody lays down is nobody's before the owner takes it.
    assert!(roster.hand(OWNER, 3, Handing::HandedOver).is_ok());
    assert!(roster.hand(3, 3, Handing::TakenBack).is_ok());
    assert!(!roster.has_control(OWNER));
}

#[test]
fn a_guest_can_lay_down_their_own_control_and_touch_nobody_elses() {
    let mut roster = three();
    for (participant, how) in [
        (3, Handing::Granted),
        (2, Handing::Granted),
        (2, Handing::HandedOver),
        (OWNER, Handing::TakenBack),
        (3, Handing::TakenBack),
    ] {
        assert_eq!(roster.hand(2, participant, how), Err(Refusal::NotAllowed));
    }
    assert_eq!(
        roster.hand(2, 2, Handing::TakenBack),
        handed(2, Handing::TakenBack, 2)
    );
    assert!(!roster.has_control(2));
    for participant in [0, 4, u32::MAX] {
        assert_eq!(
            roster.hand(OWNER, participant, Handing::Granted),
            Err(Refusal::NobodyThere)
        );
    }
    assert_eq!(
        roster.hand(OWNER, OWNER, Handing::HandedOver),
        Err(Refusal::NobodyThere)
    );
}

#[test]
fn somebody_who_came_to_sign_in_is_given_no_control() {
    let mut roster = three();
    let sign_in = Pass {
        role: Role::SignIn,
        ..WATCH
    };
    let id = come(&mut roster, sign_in, 9, "");
    assert_eq!(
        roster.hand(OWNER, id, Handing::Granted),
        Err(Refusal::NobodyThere)
    );
    assert!(!roster.has_control(id));
}

#[test]
fn who_came_through_a_revoked_link_has_no_control() {
    let mut roster = three();
    roster.expel(1);
    assert!(!roster.has_control(2) && roster.has_control(OWNER));
}

#[test]
fn who_asks_is_told_not_now_or_asks_no_longer_and_can_ask_again() {
    let mut roster = three();
    for by in [OWNER, 3] {
        assert!(roster.ask(3).unwrap().is_some());
        assert_eq!(
            roster.hand(2, 3, Handing::Declined),
            Err(Refusal::NotAllowed),
            "it is not theirs to say"
        );
        assert_eq!(
            roster.hand(by, 3, Handing::Declined),
            handed(3, Handing::Declined, by)
        );
        assert!(
            !roster
                .people()
                .people
                .iter()
                .any(|it| it.asks || (it.id == 3 && it.control))
        );
        assert_eq!(roster.hand(by, 3, Handing::Declined), Ok(None));
    }
}
