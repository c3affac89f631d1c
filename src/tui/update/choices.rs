//! What a changed configuration does, what a person chooses while the screen runs, and what is told of new messages.

use super::Core;
use crate::config::{ConversationKind, Notify, NotifyWhen};
use crate::tui::choices::Choices;
use crate::tui::event::{Arrivals, Effect, Read};
use crate::tui::layout::has_bubbles;
use crate::tui::model::{Attention, Model, Notice, Settings};

impl Core<'_> {
    /// Changes how the screen is laid out, and keeps the place in the conversation.
    pub(super) fn reshape(&mut self, change: impl FnOnce(&mut Model)) {
        let place = self.reading_place();
        change(self.model);
        self.settle();
        self.return_to_place(place);
        self.fit_editor();
    }

    /// Goes by another configuration from now on.
    pub(super) fn adopt(&mut self, choices: Choices) {
        let settings = Settings::of(&choices.config);
        self.reshape(|model| model.settings = settings);
        // Keys that were pressed by the table that was.
        self.model.begun = None;
        self.model.say(Notice::ConfigRead);
        self.effects.push(Effect::Adopt(Box::new(choices)));
        if self.model.newest.is_none() {
            self.ask_for_arrivals();
        }
    }

    /// Leaves the mouse to the terminal, or takes it back.
    pub(super) fn toggle_mouse(&mut self) {
        let is_used = !self.model.has_mouse;
        self.model.has_mouse = is_used;
        self.model.dragging = None;
        self.effects.push(Effect::UseMouse(is_used));
        self.model.say(Notice::Mouse { is_used });
    }

    /// Draws conversations in bubbles instead of lines, or the other way round.
    pub(super) fn toggle_bubbles(&mut self) {
        let are_used = !has_bubbles(self.model);
        let kind = if are_used { ConversationKind::Bubbles } else { ConversationKind::Lines };
        self.reshape(|model| model.settings.conversation = kind);
        self.model.say(Notice::Bubbles { are_used });
    }

    /// Asks what came in, when that is to be told.
    pub(super) fn ask_for_arrivals(&mut self) {
        if self.model.settings.notifications.how != Notify::None {
            // Whether somebody looks counts when it came in, not when the reader has the answer.
            self.model.attention_then = self.model.attention;
            self.read(Read::Arrivals(self.model.newest));
        }
    }

    /// Tells what came in. What came in together is told once, and what had come in before the screen began is not.
    pub(super) fn arrived(&mut self, arrivals: Arrivals) {
        let before = self.model.newest.replace(arrivals.newest);
        let notifications = &self.model.settings.notifications;
        let is_wanted = notifications.how != Notify::None
            && (self.model.attention_then == Attention::Away || notifications.when == NotifyWhen::Always);
        // A late answer to an older question has been told.
        let is_new = before.is_some_and(|before| before < arrivals.newest);
        if let Some((name, text)) = arrivals.last
            && is_wanted
            && is_new
        {
            let text = if notifications.text { text } else { String::new() };
            self.effects.push(Effect::Notify { count: arrivals.count, name, text });
        }
    }
}
