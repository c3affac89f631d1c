//! The rules of recado, and nothing else: no file, no terminal, no clock.
//!
//! - A message is in exactly one folder, and the folder follows from what the message is ([`folder`]).
//! - What happens to a message on its way out is decided in [`delivery`]; a status never moves backwards.
//! - A deed is what a person does to messages; most have an inverse ([`deed`]).
//! - A contact is known by its URNs, which are compared after normalising ([`contact`]).
//! - A schedule's next fire is computed on the wall clock of the workspace's time zone ([`schedule`]);
//!   moments are also read as people write them ([`moment`]), and chosen step by step ([`plan`]).
//! - A text may hold words that stand for the contact ([`expression`]), and goes out in parts ([`parts`]).
//! - What the figures of a period mean is said in [`stats`], and a period is read in [`period`].
//! - The search language is read here and decides here what matches ([`query`], [`fold`]).
//!
//! The present moment is always an argument. This module knows the standard library, chrono with the time zone data,
//! the phone number metadata and Unicode tables; it must not know that a database or a terminal exists.

pub mod call;
pub mod channel;
pub mod contact;
pub mod deed;
pub mod delivery;
pub mod draft;
pub mod expression;
pub mod fold;
pub mod folder;
pub mod format;
pub mod formula;
pub mod label;
pub mod listing;
pub mod media;
pub mod message;
pub mod moment;
pub mod parts;
pub mod period;
pub mod plan;
pub mod query;
pub mod recipient;
pub mod schedule;
pub mod stats;

/// A moment in UTC. The store keeps microseconds; finer digits are cut there.
pub type Time = chrono::DateTime<chrono::Utc>;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub i64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A message's number: given in the order of arrival, never given again.
    MessageId,
    /// A contact's number.
    ContactId,
    /// The number of one URN of a contact.
    UrnId,
    /// A channel's number.
    ChannelId,
    /// A flow's number.
    FlowId,
    /// A label's number.
    LabelId,
    /// A call's number.
    CallId,
    /// A schedule's number.
    ScheduleId,
    /// A group's number.
    GroupId,
    /// The number of a deed in the journal.
    DeedId,
}

/// Something that other records point at by name: a channel, a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named<Id> {
    /// Its number here.
    pub id: Id,
    /// Its public key, the same in every copy of the workspace.
    pub uuid: uuid::Uuid,
    /// What people call it; empty when the source did not say.
    pub name: String,
}
