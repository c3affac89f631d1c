//! The decisions of the screen: an event comes in, the model changes, effects go out. No IO, no clock, no thread.

mod choices;
mod compose;
mod deeds;
mod dialogs;
mod drafts;
mod fields;
mod held;
mod input;
mod list;
mod looking;
mod mouse;
mod palette;
mod panes;
mod pointing;
mod reading;
mod schedules;
mod scrolling;
mod search;
mod totals;

pub(in crate::tui) use dialogs::{LabelLine, help_height, help_lines, label_lines, question_text, yes_word};
pub(in crate::tui) use fields::first_row;
pub(in crate::tui) use palette::{GoToLine, go_to_lines};

use super::action::Action;
use super::event::{Effect, Event, Read, Typed};
use super::keymap::{Found, Keymap, Press, Surface, caption};
use super::layout::compose::taken;
use super::model::{Attention, Begun, Dialog, Load, Model, Notice, Size};
use super::view::status_rows;
use crate::domain::listing::{Counts, Place};

/// How long a notice stands, in seconds.
const NOTICE_SECONDS: i64 = 8;

/// How long it takes to see that something was said.
const READ_SECONDS: i64 = 2;

/// What happens at the start: the figures and the first page.
pub fn start(model: &mut Model, keymap: &Keymap) -> Vec<Effect> {
    let mut core = Core { model, keymap, effects: Vec::new() };
    core.model.counts = Load::Asked;
    core.read(Read::Counts);
    core.read(Read::Searches);
    core.show_from_the_start();
    core.ask_for_arrivals();
    core.effects
}

/// What an event does.
pub fn update(model: &mut Model, keymap: &Keymap, event: Event) -> Vec<Effect> {
    let mut core = Core { model, keymap, effects: Vec::new() };
    core.handle(event);
    core.effects
}

/// The model at work, and what it asks for meanwhile.
struct Core<'a> {
    model: &'a mut Model,
    keymap: &'a Keymap,
    effects: Vec<Effect>,
}

impl Core<'_> {
    fn handle(&mut self, event: Event) {
        if let Event::Tick(now) = event {
            self.model.now = now;
        }
        self.let_go_of_the_notice();
        let taken = taken(self.model);
        match event {
            Event::Key(key) => {
                self.uncover_keys();
                self.typed(Typed::Key(key));
            }
            Event::Paste(text) => self.typed(Typed::Paste(text)),
            Event::Mouse(mouse) => self.mouse(mouse),
            Event::Resize(width, height) => {
                let size = Size { width, height };
                self.reshape(|model| model.size = size);
            }
            Event::FocusGained => {
                self.model.attention = Attention::Here;
                // It may have become evening meanwhile.
                self.effects.push(Effect::AskBackground);
            }
            Event::Background(background) => self.effects.push(Effect::Background(background)),
            Event::FocusLost => self.model.attention = Attention::Away,
            Event::ConfigRead(choices) => self.adopt(*choices),
            Event::ConfigRefused(mistakes) => self.model.say(Notice::ConfigRefused(mistakes)),
            Event::Arrived(arrivals) => self.arrived(arrivals),
            Event::OutsideFailed(sentence) => self.model.say(Notice::Error(sentence)),
            Event::Exported(sentence) => self.exported(sentence),
            Event::ExportFailed(sentence) => self.export_failed(sentence),
            // A disk that is full says so again and again, but not all the time.
            Event::Tick(_) if self.model.notice.is_none() => self.save_again(),
            Event::Tick(_) => {}
            Event::EndAsked => self.quit(),
            Event::Moved => {
                self.refresh();
                self.ask_for_arrivals();
            }
            Event::ChannelFailed { channel, problem } => {
                self.model.say(Notice::ChannelFailed { channel, problem });
            }
            Event::ChannelMended(channel) => self.model.say(Notice::ChannelMended(channel)),
            Event::Counted(counts) => self.counted(counts),
            Event::PageLoaded { ask, page } => self.page_loaded(ask, page),
            Event::PositionCounted { ask, cursor, before } => self.position_counted(ask, cursor, before),
            Event::MatchesCounted { ask, matches } => self.matches_counted(ask, matches),
            Event::IdsFound { ask, ids } => self.ids_found(ask, ids.as_deref()),
            Event::TextFound { ask, text } => self.text_found(ask, text),
            Event::ConversationLoaded { ask, part } => self.conversation_loaded(ask, *part),
            Event::HistoryLoaded { message, history } => self.history_loaded(message, history),
            Event::Progress { task, seen } => {
                if let Some(job) = self.model.jobs.iter_mut().find(|job| job.task == task) {
                    job.seen = seen;
                }
                self.goes_on(task, seen);
            }
            Event::Acted { task, acted } => self.acted(task, acted),
            Event::Undone { task, again, of, acted } => self.undone(task, of, again, acted),
            Event::Dropped { task } => self.dropped(task),
            Event::Opened => self.refresh(),
            Event::WritingOpened { ask, writing } => self.writing_opened(ask, *writing),
            Event::Suggested { ask, found } => self.suggested(ask, found),
            Event::Completed { ask, found } => self.completed(ask, found),
            Event::SearchesFound { recent, saved } => self.searches_found(recent, saved),
            Event::SavedCounted(counted) => self.saved_counted(&counted),
            Event::FiguresCounted { ask, stats } => self.figures_counted(ask, stats),
            Event::DraftSaved { task } => self.draft_saved(task),
            Event::DraftsListed(lines) => self.drafts_listed(lines),
            Event::ContactFound(card) => self.contact_found(*card),
            Event::DeedsListed(lines) => self.deeds_listed(lines),
            Event::Queued { task, messages, leaves_on, draft } => {
                self.queued(task, messages, leaves_on, *draft);
            }
            Event::Scheduled { task, key, first } => self.scheduled(task, key, first),
            Event::ScheduleDone { task, deed, messages } => self.schedule_done(task, deed, messages),
            Event::CameBack(draft) => self.came_back(draft.map(|draft| *draft)),
            Event::EditedOutside(text) => self.edited_outside(text),
            Event::WriteFailed { task, sentence } => self.write_failed(task, sentence),
            Event::ReadFailed { ask, sentence } => self.read_failed(ask, sentence),
        }
        self.freshen_totals();
        self.release();
        self.share_room(taken);
        self.keep_line_in_view();
    }

    /// What is written below the conversation leaves it less room, or gives it back: what it is about stays in sight.
    fn share_room(&mut self, before: u16) {
        if taken(self.model) != before {
            self.fit_editor();
            self.settle();
            self.keep_chosen_in_view();
        }
    }

    /// A notice stands for a while, whatever else happens.
    fn let_go_of_the_notice(&mut self) {
        let now = self.model.now;
        self.model.notice.take_if(|(_, at)| (now - *at).num_seconds() >= NOTICE_SECONDS);
    }

    /// What a key or a pasted text does.
    fn take(&mut self, typed: Typed) {
        match typed {
            Typed::Key(key) => self.key(key),
            Typed::Paste(text) => {
                self.model.begun = None;
                self.paste(&text);
            }
        }
    }

    fn key(&mut self, key: crossterm::event::KeyEvent) {
        let surface = self.model.surface();
        let mut keys = self.model.begun().to_vec();
        self.model.begun = None;
        keys.push(Press::of(key));
        let action = match self.keymap.find(surface, &keys) {
            Found::Action(action) => Some(action),
            Found::Begun => {
                self.model.begun = Some(Begun { surface, keys });
                return;
            }
            Found::Nothing if keys.len() > 1 => {
                return self.model.say(Notice::NoSuchKeys(caption(&keys)));
            }
            Found::Nothing => None,
        };
        // What is done to an open range is done when its messages are known. Marking it is done with that.
        let is_about_range = surface == Surface::List && action.is_some_and(Action::is_about_marks);
        if is_about_range && self.close_range() {
            if !matches!(action, Some(Action::Mark | Action::MarkRange)) {
                self.model.held.push_front(Typed::Key(key));
                // The last key of a sequence waits with those before it.
                keys.pop();
                self.model.begun = (!keys.is_empty()).then_some(Begun { surface, keys });
            }
            return;
        }
        match action {
            Some(action) => self.act(surface, action),
            None if surface.takes_text() => self.type_key(key),
            None => {}
        }
    }

    /// What was said last goes when it hides the keys, and was read or is no longer about what one does.
    fn uncover_keys(&mut self) {
        let now = self.model.now;
        let is_read = self
            .model
            .notice
            .as_ref()
            .is_some_and(|(notice, at)| notice.is_local() || (now - *at).num_seconds() >= READ_SECONDS);
        if is_read && status_rows(self.model, self.keymap) > 1 {
            self.model.notice = None;
        }
    }

    fn act(&mut self, surface: Surface, action: Action) {
        match surface {
            Surface::Panes | Surface::Sidebar | Surface::List | Surface::Reading => self.act_in_panes(action),
            Surface::Search => self.act_in_search(action),
            Surface::Compose => self.act_in_compose(action),
            Surface::Drafts => self.act_in_drafts(action),
            Surface::Palette => self.act_in_palette(action),
            Surface::GoTo => self.act_in_go_to(action),
            Surface::Links => self.act_in_links(action),
            Surface::Date => self.act_in_date(action),
            Surface::Import => self.act_in_import(action),
            Surface::Export => self.act_in_export(action),
            Surface::Deeds => self.act_in_deeds(action),
            Surface::Totals | Surface::Period => self.act_in_totals(action),
            Surface::Labels | Surface::Order | Surface::Help | Surface::Contact | Surface::Confirm => {
                self.act_in_dialog(action);
            }
        }
    }

    /// The program ends, once the writer has done what was wanted.
    fn quit(&mut self) {
        self.save_again();
        self.model.quit = true;
    }

    fn read(&mut self, read: Read) {
        self.effects.push(Effect::Read(read));
    }

    /// Asks for everything on the screen again, because something changed.
    fn refresh(&mut self) {
        if self.totals_moved() {
            return;
        }
        self.read(Read::Counts);
        self.reload_list();
        self.reload_conversation();
        match self.model.dialog {
            Some(Dialog::Drafts { .. }) => self.ask_for_drafts(),
            Some(Dialog::Deeds { .. }) => self.read(Read::Deeds),
            _ => {}
        }
    }

    fn counted(&mut self, counts: Counts) {
        self.model.counts = Load::Ready(counts);
        let places = self.model.places();
        if !places.contains(&self.model.view.place) && matches!(self.model.view.place, Place::Label(_)) {
            // The label that was shown is gone.
            self.go_to(Place::Folder(crate::domain::folder::Folder::Inbox));
        }
        let at = self.model.places().iter().position(|place| *place == self.model.view.place);
        let last = self.model.side_lines().saturating_sub(1);
        self.model.side_selected = at.unwrap_or(self.model.side_selected).min(last);
        self.count_saved();
        self.keep_side_in_view();
    }
}
