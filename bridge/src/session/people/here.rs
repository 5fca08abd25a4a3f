//! Who of those who take part is here, and what everybody is told of them.

use protocol::access::{LinkNo, OWNER, ParticipantId, called};
use protocol::wire::{PEOPLE_MAX, People, Person};

use super::Roster;
use super::member::Member;

impl Roster {
    /// Whether somebody is here.
    pub(crate) fn is_here(&self, id: ParticipantId) -> bool {
        self.get(id).is_some_and(|member| member.windows > 0)
    }

    /// How many people are here.
    pub(crate) fn here(&self) -> usize {
        self.all.iter().filter(|member| member.windows > 0).count()
    }

    /// What those are called who are here.
    pub(crate) fn names_here(&self) -> Vec<String> {
        let here = self.all.iter().filter(|member| member.windows > 0);
        here.map(|member| called(member.id, &member.name)).collect()
    }

    /// What those are called who are here and came through that link.
    pub(crate) fn here_through(&self, link: LinkNo) -> Vec<String> {
        let through = |member: &&Member| member.windows > 0 && member.link == Some(link);
        let through = self.all.iter().filter(through);
        through.map(|member| called(member.id, &member.name)).collect()
    }

    /// Who is here.
    pub(crate) fn people(&self) -> People {
        let here = self.all.iter().filter(|member| member.windows > 0);
        let mut people: Vec<Person> = here.map(Member::person).collect();
        people.sort_by_key(|person| {
            let stands_out = person.control || person.asks || person.typing;
            (person.id != OWNER, !stands_out, person.id)
        });
        let more = people.len().saturating_sub(PEOPLE_MAX);
        people.truncate(PEOPLE_MAX);
        People {
            people,
            more: u32::try_from(more).unwrap_or(u32::MAX),
        }
    }
}
