//! What the engine tells whoever looks after it: once, when something has changed, and never what it told before.

use std::collections::BTreeMap;

use crate::domain::ChannelId;
use crate::store::StoreError;

/// Something that people should know and no message's history says.
#[derive(Debug)]
pub enum Told<'a> {
    /// The workspace cannot be worked on now; the engine tries again.
    Ill(&'a StoreError),
    /// A channel cannot do its work, so what is to leave by it waits, or what comes in by it stays away.
    ChannelFailed {
        /// What it is called.
        channel: &'a str,
        /// Why, without secrets.
        problem: &'a str,
    },
    /// A channel that could not do its work can.
    ChannelMended {
        /// What it is called.
        channel: &'a str,
    },
}

/// How often in a row a gateway must fail to answer before it is a fault: a network may lose one question.
const FAILURES: u32 = 2;

/// What is wrong with channels, and how much of it has been told.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// Questions in vain, in a row, and why the last one was.
    unanswered: BTreeMap<ChannelId, (u32, String)>,
    told: BTreeMap<ChannelId, String>,
}

impl Faults {
    /// A gateway that is asked did not answer.
    pub(super) fn asked_in_vain(&mut self, channel: ChannelId, why: &str) {
        let (times, last) = self.unanswered.entry(channel).or_default();
        *times = times.saturating_add(1);
        why.clone_into(last);
    }

    /// A gateway that is asked answered.
    pub(super) fn answered(&mut self, channel: ChannelId) {
        self.unanswered.remove(&channel);
    }

    /// Tells what is new: of all channels there are, what each is called and why it could not be opened, if it could not.
    pub(super) fn tell<'a>(
        &mut self,
        channels: impl Iterator<Item = (ChannelId, &'a str, Option<&'a str>)>,
        mut tell: impl FnMut(&Told<'_>),
    ) {
        let before = std::mem::take(&mut self.told);
        let unanswered = std::mem::take(&mut self.unanswered);
        for (id, channel, unopened) in channels {
            let in_vain = unanswered.get(&id);
            if let Some(in_vain) = in_vain {
                self.unanswered.insert(id, in_vain.clone());
            }
            let in_vain = in_vain.filter(|(times, _)| *times >= FAILURES).map(|(_, why)| why.as_str());
            match (unopened.or(in_vain), before.get(&id)) {
                (Some(problem), known) => {
                    if known.is_none_or(|known| known != problem) {
                        tell(&Told::ChannelFailed { channel, problem });
                    }
                    self.told.insert(id, problem.to_owned());
                }
                (None, Some(_)) => tell(&Told::ChannelMended { channel }),
                (None, None) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of one channel that cannot be opened for that reason.
    fn told(faults: &mut Faults, unopened: Option<&str>) -> Vec<String> {
        let mut told = Vec::new();
        faults.tell([(ChannelId(1), "Bot", unopened)].into_iter(), |one| {
            told.push(match one {
                Told::ChannelFailed { channel, problem } => format!("{channel}: {problem}"),
                Told::ChannelMended { channel } => format!("{channel} again"),
                Told::Ill(error) => panic!("{error}"),
            });
        });
        told
    }

    const NOTHING: [&str; 0] = [];

    #[test]
    fn a_fault_is_told_once_and_so_is_its_end() {
        let mut faults = Faults::default();
        assert_eq!(told(&mut faults, None), NOTHING);
        assert_eq!(told(&mut faults, Some("no key")), ["Bot: no key"]);
        assert_eq!(told(&mut faults, Some("no key")), NOTHING);
        assert_eq!(told(&mut faults, Some("bad key")), ["Bot: bad key"]);
        assert_eq!(told(&mut faults, None), ["Bot again"]);
        assert_eq!(told(&mut faults, None), NOTHING);
        assert_eq!(told(&mut faults, Some("bad key")), ["Bot: bad key"]);
        // A channel that is gone has nothing more to it.
        faults.tell(std::iter::empty(), |one| panic!("{one:?}"));
        assert_eq!(told(&mut faults, None), NOTHING);
    }

    #[test]
    fn a_question_in_vain_is_a_fault_when_the_next_one_is_too() {
        let mut faults = Faults::default();
        faults.asked_in_vain(ChannelId(1), "no connection");
        assert_eq!(told(&mut faults, None), NOTHING);
        faults.answered(ChannelId(1));
        faults.asked_in_vain(ChannelId(1), "no connection");
        assert_eq!(told(&mut faults, None), NOTHING);
        faults.asked_in_vain(ChannelId(1), "Unauthorized");
        assert_eq!(told(&mut faults, None), ["Bot: Unauthorized"]);
        faults.asked_in_vain(ChannelId(1), "Unauthorized");
        assert_eq!(told(&mut faults, None), NOTHING);
        faults.answered(ChannelId(1));
        assert_eq!(told(&mut faults, None), ["Bot again"]);
    }
}
