//! Everything that a person can do with a key. The names are those of the key table, `assets/keys.toml`.

use crate::domain::folder::Folder;
use crate::i18n::{Key, Texts};

/// Something that a person can do, in the order of the help page.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::EnumIter,
)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Open what is selected.
    Open,
    /// One step back.
    Back,
    /// Archive.
    Archive,
    /// Bring back to where it came from.
    Restore,
    /// Delete for good.
    Delete,
    /// Read or unread.
    ToggleRead,
    /// Labels.
    Label,
    /// Send again.
    Resend,
    /// Take out of the queue.
    Cancel,
    /// Change what failed, waits or is scheduled.
    Edit,
    /// Hold a schedule back, or let it go on.
    Pause,
    /// Answer.
    Reply,
    /// Write a new message.
    Compose,
    /// What was begun and not sent.
    Drafts,
    /// Send what was written.
    Send,
    /// Send what was written later.
    SendLater,
    /// To the next field.
    NextField,
    /// To the previous field.
    PreviousField,
    /// Write in another program.
    EditOutside,
    /// Throw what was written away.
    DropDraft,
    /// Copy the text.
    Copy,
    /// Mark or unmark a message.
    Mark,
    /// Begin a range of marks, or end it.
    MarkRange,
    /// Mark everything here, or nothing.
    MarkAll,
    /// Take the last deed back.
    Undo,
    /// Do it again.
    Redo,
    /// Search.
    Search,
    /// Search here or everywhere.
    ToggleScope,
    /// The latest searches, one after the other.
    Recent,
    /// Save the search, or no longer.
    Save,
    /// To the next match.
    NextMatch,
    /// To the previous match.
    PreviousMatch,
    /// Order and filter.
    Order,
    /// Totals with their breakdown.
    Totals,
    /// To the period before, among those to choose from.
    PreviousPeriod,
    /// To the next period.
    NextPeriod,
    /// Type a period.
    ChoosePeriod,
    /// To the folder Inbox.
    GoInbox,
    /// To the folder Flows.
    GoFlows,
    /// To the folder Archived.
    GoArchived,
    /// To the folder Outbox.
    GoOutbox,
    /// To the folder Sent.
    GoSent,
    /// To the folder Calls.
    GoCalls,
    /// To the folder Schedules.
    GoSchedules,
    /// To the folder Failed.
    GoFailed,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the next pane, round and round.
    NextPane,
    /// To the previous pane, round and round.
    PreviousPane,
    /// To the pane on the left.
    Left,
    /// To the pane on the right.
    Right,
    /// Everything that is known of the contact.
    Contact,
    /// Open what came along with a message, or a link in it.
    View,
    /// To a day.
    JumpToDate,
    /// Bring messages in from a file.
    Import,
    /// Write what is shown into a file.
    Export,
    /// What was done last.
    Deeds,
    /// What can be done here, by name.
    Palette,
    /// To a folder, a label or a contact, by name.
    GoTo,
    /// Help for where one is.
    Help,
    /// Leave the mouse to the terminal, or take it back.
    ToggleMouse,
    /// Draw conversations in bubbles, or in lines.
    ToggleBubbles,
    /// Suspend the program.
    Suspend,
    /// Quit.
    Quit,
    /// Yes, in a question.
    Yes,
    /// No, in a question.
    No,
}

impl Action {
    /// The folder that it goes to.
    pub fn folder(self) -> Option<Folder> {
        Folder::ALL.into_iter().find(|folder| Self::go_to(*folder) == self)
    }

    /// The action that goes to a folder.
    pub fn go_to(folder: Folder) -> Self {
        match folder {
            Folder::Inbox => Self::GoInbox,
            Folder::Flows => Self::GoFlows,
            Folder::Archived => Self::GoArchived,
            Folder::Outbox => Self::GoOutbox,
            Folder::Sent => Self::GoSent,
            Folder::Calls => Self::GoCalls,
            Folder::Schedules => Self::GoSchedules,
            Folder::Failed => Self::GoFailed,
        }
    }

    /// Whether it goes by what is marked.
    pub fn is_about_marks(self) -> bool {
        matches!(
            self,
            Self::Archive
                | Self::Restore
                | Self::Delete
                | Self::ToggleRead
                | Self::Label
                | Self::Resend
                | Self::Copy
                | Self::Export
                | Self::Mark
                | Self::MarkRange
        )
    }

    /// Whether something else has the keyboard afterwards.
    pub fn opens_something(self) -> bool {
        matches!(
            self,
            Self::Search
                | Self::Reply
                | Self::Compose
                | Self::Edit
                | Self::Drafts
                | Self::Label
                | Self::Delete
                | Self::Order
                | Self::Totals
                | Self::Contact
                | Self::JumpToDate
                | Self::Import
                | Self::Export
                | Self::Deeds
                | Self::Palette
                | Self::GoTo
                | Self::Help
        )
    }

    /// What it does, for the help page.
    pub fn caption(self, texts: &Texts) -> &str {
        texts.get(match self {
            Self::Up => Key::ActionUp,
            Self::Down => Key::ActionDown,
            Self::PageUp => Key::ActionPageUp,
            Self::PageDown => Key::ActionPageDown,
            Self::First => Key::ActionFirst,
            Self::Last => Key::ActionLast,
            Self::NextPane => Key::ActionNextPane,
            Self::PreviousPane => Key::ActionPreviousPane,
            Self::Left => Key::ActionLeft,
            Self::Right => Key::ActionRight,
            Self::GoInbox
            | Self::GoFlows
            | Self::GoArchived
            | Self::GoOutbox
            | Self::GoSent
            | Self::GoCalls
            | Self::GoSchedules
            | Self::GoFailed => Key::ActionGo,
            Self::Open => Key::ActionOpen,
            Self::Back => Key::ActionBack,
            Self::Mark => Key::ActionMark,
            Self::MarkRange => Key::ActionMarkRange,
            Self::MarkAll => Key::ActionMarkAll,
            Self::Archive => Key::ActionArchive,
            Self::Restore => Key::ActionRestore,
            Self::Delete => Key::ActionDelete,
            Self::ToggleRead => Key::ActionToggleRead,
            Self::Label => Key::ActionLabel,
            Self::Resend => Key::ActionResend,
            Self::Cancel => Key::ActionCancel,
            Self::Edit => Key::ActionEdit,
            Self::Pause => Key::ActionPause,
            Self::Drafts => Key::ActionDrafts,
            Self::PreviousField => Key::ActionPreviousField,
            Self::EditOutside => Key::ActionEditOutside,
            Self::Reply => Key::ActionReply,
            Self::Compose => Key::ActionCompose,
            Self::Send => Key::ActionSend,
            Self::SendLater => Key::ActionSendLater,
            Self::NextField => Key::ActionNextField,
            Self::DropDraft => Key::ActionDropDraft,
            Self::Undo => Key::ActionUndo,
            Self::Redo => Key::ActionRedo,
            Self::Search => Key::ActionSearch,
            Self::NextMatch => Key::ActionNextMatch,
            Self::PreviousMatch => Key::ActionPreviousMatch,
            Self::Order => Key::ActionOrder,
            Self::Totals => Key::ActionTotals,
            Self::Contact => Key::ActionContact,
            Self::View => Key::ActionView,
            Self::JumpToDate => Key::ActionJumpToDate,
            Self::Import => Key::ActionImport,
            Self::Export => Key::ActionExport,
            Self::Deeds => Key::ActionDeeds,
            Self::PreviousPeriod => Key::ActionPreviousPeriod,
            Self::NextPeriod => Key::ActionNextPeriod,
            Self::ChoosePeriod => Key::ActionChoosePeriod,
            Self::Palette => Key::ActionPalette,
            Self::GoTo => Key::ActionGoTo,
            Self::Help => Key::ActionHelp,
            Self::Copy => Key::ActionCopy,
            Self::ToggleMouse => Key::ActionToggleMouse,
            Self::ToggleBubbles => Key::ActionToggleBubbles,
            Self::Suspend => Key::ActionSuspend,
            Self::Quit => Key::ActionQuit,
            Self::Yes => Key::ActionYes,
            Self::No => Key::ActionNo,
            Self::ToggleScope => Key::ActionToggleScope,
            Self::Recent => Key::ActionRecent,
            Self::Save => Key::ActionSave,
        })
    }

    /// What it does in a word, for the hints.
    #[expect(clippy::wildcard_enum_match_arm, reason = "most have no shorter word")]
    pub fn brief(self, texts: &Texts) -> &str {
        texts.get(match self {
            Self::Up => Key::BriefUp,
            Self::Down => Key::BriefDown,
            Self::Open => Key::BriefOpen,
            Self::Back => Key::BriefBack,
            Self::Mark => Key::BriefMark,
            Self::Archive => Key::BriefArchive,
            Self::Restore => Key::BriefRestore,
            Self::Delete => Key::BriefDelete,
            Self::ToggleRead => Key::BriefToggleRead,
            Self::Label => Key::BriefLabel,
            Self::Resend => Key::BriefResend,
            Self::Cancel => Key::BriefCancel,
            Self::Edit => Key::BriefEdit,
            Self::Pause => Key::BriefPause,
            Self::Drafts => Key::BriefDrafts,
            Self::EditOutside => Key::BriefEditOutside,
            Self::Reply => Key::BriefReply,
            Self::Compose => Key::BriefCompose,
            Self::Send => Key::BriefSend,
            Self::SendLater => Key::BriefSendLater,
            Self::NextField => Key::BriefNextField,
            Self::DropDraft => Key::BriefDropDraft,
            Self::Search => Key::BriefSearch,
            Self::NextMatch => Key::BriefNextMatch,
            Self::Order => Key::BriefOrder,
            Self::Totals => Key::BriefTotals,
            Self::Contact => Key::BriefContact,
            Self::View => Key::BriefView,
            Self::NextPeriod => Key::BriefNextPeriod,
            Self::ChoosePeriod => Key::BriefChoosePeriod,
            Self::Palette => Key::BriefPalette,
            Self::GoTo => Key::BriefGoTo,
            Self::Help => Key::BriefHelp,
            Self::Copy => Key::BriefCopy,
            Self::ToggleMouse => Key::BriefToggleMouse,
            Self::Quit => Key::BriefQuit,
            Self::Yes => Key::BriefYes,
            Self::No => Key::BriefNo,
            Self::ToggleScope => Key::BriefToggleScope,
            Self::Recent => Key::BriefRecent,
            Self::Save => Key::BriefSave,
            other => return other.caption(texts),
        })
    }
}
