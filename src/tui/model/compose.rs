//! A message or a schedule that is being written, as data.

use chrono_tz::Tz;

use super::Input;
use crate::domain::channel::ChannelWay;
use crate::domain::draft::{Draft, DraftKey};
use crate::domain::plan::Plan;
use crate::domain::recipient::{Suggestion, pieces};
use crate::domain::{ChannelId, MessageId, Time};
use crate::tui::editor::Editor;
use crate::tui::event::{Ask, Task};

/// Which field is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ComposeField {
    /// To whom.
    To,
    /// By which channel.
    Channel,
    /// When it leaves, as a text.
    When,
    /// The day, on the calendar.
    Day,
    /// The time of that day.
    Time,
    /// How often.
    Repeat,
    /// The text.
    #[default]
    Text,
}

impl ComposeField {
    /// Whether the calendar is shown for it.
    pub fn is_plan(self) -> bool {
        match self {
            Self::When | Self::Day | Self::Time | Self::Repeat => true,
            Self::To | Self::Channel | Self::Text => false,
        }
    }
}

/// Why a message cannot be sent as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComposeProblem {
    /// Nobody is named.
    Nobody,
    /// There is no text.
    NoText,
    /// The text has so many characters, which is too long.
    TooLong(usize),
    /// It is not a moment that is to come.
    NoMoment,
    /// A sentence says why.
    Said(String),
}

/// When it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// What was chosen.
    pub plan: Plan,
    /// What was typed for it; a calendar has no need of it.
    pub typed: Input,
}

impl When {
    /// A plan, with nothing typed.
    pub fn new(plan: Plan) -> Self {
        Self { plan, typed: Input::default() }
    }

    /// Goes by what was typed, where that is a moment.
    pub fn read_typed(&mut self, now: Time, zone: Tz) {
        if let Some(plan) = Plan::parse(&self.typed.text, now, zone) {
            self.plan = plan;
        }
    }

    /// Whether what was typed is no moment.
    pub fn is_unclear(&self, now: Time, zone: Tz) -> bool {
        !self.typed.text.trim().is_empty() && Plan::parse(&self.typed.text, now, zone).is_none()
    }
}

/// Whom the name that is being typed may mean.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Picker {
    /// The last question.
    pub ask: Ask,
    /// Whether its answer is still to come.
    pub is_asked: bool,
    /// The piece that was asked about.
    pub typed: String,
    /// Whom it may mean.
    pub found: Vec<Suggestion>,
    /// The chosen line.
    pub selected: usize,
}

/// A message or a schedule that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compose {
    /// What it is of.
    pub key: DraftKey,
    /// What the contact is called whom it goes to, where recipients are not written.
    pub name: String,
    /// Whether what it begins with is here. Until then keys wait.
    pub is_loaded: bool,
    /// The question for that.
    pub ask: Ask,
    /// The recipients, where they are written.
    pub to: Input,
    /// Whom the one that is being typed may mean.
    pub picker: Picker,
    /// By which channel; the one that reaches each contact when it was not chosen.
    pub channel: Option<ChannelId>,
    /// The channels to choose from.
    pub ways: Vec<ChannelWay>,
    /// When it leaves, if that is not now.
    pub when: Option<When>,
    /// The message or schedule that is edited, as it stands.
    pub before: Option<Draft>,
    /// The text.
    pub editor: Editor,
    /// Which field letters go to.
    pub field: ComposeField,
    /// Why it could not be sent.
    pub problem: Option<ComposeProblem>,
    /// The write that puts it into the queue, while that is under way.
    pub sending: Option<Task>,
}

impl Compose {
    /// Nothing yet.
    pub fn new(key: DraftKey, name: String, ask: Ask) -> Self {
        let field = match key {
            DraftKey::New(_) => ComposeField::To,
            DraftKey::Reply(_) | DraftKey::Edit(_) | DraftKey::Schedule(_) => ComposeField::Text,
        };
        Self {
            key,
            name,
            is_loaded: false,
            ask,
            to: Input::default(),
            picker: Picker::default(),
            channel: None,
            ways: Vec::new(),
            when: None,
            before: None,
            editor: Editor::default(),
            field,
            problem: None,
            sending: None,
        }
    }

    /// It as a draft.
    pub fn draft(&self) -> Draft {
        Draft {
            key: self.key,
            recipients: self.to.text.clone(),
            channel: self.channel,
            plan: self.when.as_ref().map(|when| when.plan),
            text: self.editor.text().to_owned(),
        }
    }

    /// It as it is kept: empty when it says nothing else than what it is to change.
    pub fn kept(&self) -> Draft {
        let draft = self.draft();
        if self.before.as_ref() == Some(&draft) { Draft::new(self.key) } else { draft }
    }

    /// The fields that can be reached, in the order in which they are written: from the recipients straight on to the text.
    pub fn fields(&self) -> Vec<ComposeField> {
        let mut fields = Vec::new();
        fields.extend(self.key.has_recipients().then_some(ComposeField::To));
        fields.push(ComposeField::Text);
        fields.extend((self.ways.len() > 1).then_some(ComposeField::Channel));
        if self.when.is_some() {
            fields.extend([ComposeField::When, ComposeField::Day, ComposeField::Time, ComposeField::Repeat]);
        }
        fields
    }

    /// The recipient in whom the cursor stands: a range of bytes, and its text without blanks around it.
    pub fn piece(&self) -> (std::ops::Range<usize>, &str) {
        let pieces = pieces(&self.to.text);
        let here = pieces.into_iter().find(|range| self.to.cursor <= range.end);
        let range = here.unwrap_or(self.to.text.len()..self.to.text.len());
        let text = self.to.text.get(range.clone()).unwrap_or_default().trim();
        (range, text)
    }

    /// Whether somebody can be picked: what was found is about what is typed now.
    pub fn picks(&self) -> &[Suggestion] {
        let is_open = self.field == ComposeField::To && self.picker.typed == self.piece().1;
        if is_open { &self.picker.found } else { &[] }
    }
}

/// A draft as this screen saved it last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnDraft {
    /// What was written; none when it was sent or thrown away.
    pub draft: Option<Draft>,
    /// Whether it is in the file.
    pub saving: Saving,
}

/// How far the saving of a draft is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// On its way.
    UnderWay(Task),
    /// In the file: from now on others may change it.
    Done,
    /// It could not be saved; it is here and nowhere else.
    Failed,
}

/// Messages that were written here and have not left: until then they can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Which ones.
    pub messages: Vec<MessageId>,
    /// When they leave.
    pub leaves_on: Time,
    /// What was written.
    pub draft: Draft,
}
