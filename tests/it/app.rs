//! The whole screen without a terminal or a thread: keys go into the core, its effects are answered by a real workspace at
//! once, and the model is drawn into a buffer.

use std::ops::ControlFlow;

use chrono::{TimeZone, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use recado::clock::Dice;
use recado::demo::{Tongue, open_shop};
use recado::domain::Time;
use recado::i18n::{Lang, Texts};
use recado::store::{Settings, Store};
use recado::tui::event::{Effect, Event, Exporting, Read, Task, Write};
use recado::tui::keymap::Keymap;
use recado::tui::model::{Model, Size, Wording};
use recado::tui::theme::{Theme, Themes};
use recado::tui::update;
use recado::tui::view::{Look, view};
use recado::tui::worker;
use tempfile::TempDir;
use uuid::Uuid;

use crate::support::ZONE;

/// What an editor makes of a text; a sentence when it cannot be run.
pub type Editing = fn(&str) -> Result<String, String>;

pub struct App {
    pub model: Model,
    pub look: Look,
    pub store: Store,
    pub copied: Vec<String>,
    pub opened: Vec<String>,
    /// What was told of new messages.
    pub told: Vec<(u64, String, String)>,
    /// Changes wait here while `hold` is on.
    pub held: Vec<(Task, Write)>,
    pub hold: bool,
    /// Questions wait here while `slow` is on.
    pub asked: Vec<Read>,
    pub slow: bool,
    /// What the person's own editor makes of a text.
    pub editor: Option<Editing>,
    dice: Dice,
    own: worker::Own,
    _folder: TempDir,
}

/// A Monday at noon in Bogotá.
pub fn noon() -> Time {
    Utc.with_ymd_and_hms(2026, 3, 2, 17, 0, 0).unwrap()
}

fn empty_store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let settings = Settings { uuid: Uuid::from_u128(1), country: None, zone: ZONE };
    let store = Store::create(&folder.path().join("w.db"), settings).unwrap();
    (folder, store)
}

impl App {
    /// The sample shop in a language.
    pub fn shop(lang: Lang, width: u16, height: u16) -> Self {
        let (folder, mut store) = empty_store();
        let tongue = match lang {
            Lang::En => Tongue::En,
            Lang::Es => Tongue::Es,
            Lang::Pt => Tongue::Pt,
        };
        open_shop(&mut store, tongue, noon(), Dice::seeded(7)).unwrap();
        Self::with(folder, store, lang, width, height, true)
    }

    /// A workspace without anything.
    pub fn empty(lang: Lang, width: u16, height: u16) -> Self {
        let (folder, store) = empty_store();
        Self::with(folder, store, lang, width, height, false)
    }

    fn with(folder: TempDir, store: Store, lang: Lang, width: u16, height: u16, sample: bool) -> Self {
        let look = Look { theme: Theme::dark(), texts: Texts::new(lang), keymap: Keymap::standard() };
        let mut model = Model::new(noon(), Size { width, height }, ZONE, sample);
        model.wording = Wording::new(&look.texts, &Themes::built_in().names());
        let mut app = Self {
            model,
            look,
            store,
            copied: Vec::new(),
            opened: Vec::new(),
            told: Vec::new(),
            held: Vec::new(),
            hold: false,
            asked: Vec::new(),
            slow: false,
            editor: None,
            dice: Dice::seeded(1),
            own: worker::Own::default(),
            _folder: folder,
        };
        let effects = update::start(&mut app.model, &app.look.keymap);
        app.run(effects);
        app
    }

    fn run(&mut self, effects: Vec<Effect>) {
        let mut waiting: std::collections::VecDeque<Effect> = effects.into();
        while let Some(effect) = waiting.pop_front() {
            let event = match effect {
                Effect::Read(read) if self.slow => {
                    self.asked.push(read);
                    None
                }
                Effect::Read(read) => Some(worker::answer(&self.store, &read, self.model.now).unwrap()),
                Effect::Write(task, write) if self.hold => {
                    self.held.push((task, write));
                    None
                }
                Effect::Write(task, write) => {
                    let (now, store) = (self.model.now, &mut self.store);
                    let go_on = |_| ControlFlow::Continue(());
                    worker::change(store, (task, write), now, &mut self.dice, &mut self.own, go_on)
                        .unwrap_or_else(|error| {
                            let sentence = recado::words::store_error(
                                &self.look.texts,
                                &error,
                                std::path::Path::new("w.db"),
                            );
                            Some(Event::WriteFailed { task, sentence })
                        })
                }
                Effect::Copy(text) => {
                    self.copied.push(text);
                    None
                }
                Effect::EditOutside(text) => self.editor.map(|edit| Event::EditedOutside(edit(&text))),
                Effect::Speak(lang) => {
                    self.look.texts = Texts::new(lang);
                    self.model.wording = Wording::new(&self.look.texts, &Themes::built_in().names());
                    None
                }
                Effect::Paint(theme) => {
                    self.look.theme = Themes::built_in().find(&theme).cloned().unwrap();
                    None
                }
                Effect::Import(file) => {
                    self.opened.push(file);
                    None
                }
                Effect::Export(exporting) => {
                    let Exporting { file, arguments, ids } = *exporting;
                    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                    let call = format!("{} -o {file} {}", arguments.join(" "), ids.join(" "));
                    self.opened.push(call.trim_end().to_owned());
                    Some(if file.contains("/nowhere/") {
                        Event::ExportFailed(format!("there is no {file}"))
                    } else {
                        Event::Exported(format!("written to {file}"))
                    })
                }
                Effect::OpenOutside(link) => {
                    self.opened.push(link);
                    None
                }
                Effect::Adopt(choices) => {
                    self.look.keymap = choices.keymap.clone();
                    None
                }
                Effect::Notify { count, name, text } => {
                    self.told.push((count, name, text));
                    None
                }
                Effect::CancelDeed(_)
                | Effect::Suspend
                | Effect::UseMouse(_)
                | Effect::AskBackground
                | Effect::Background(_) => None,
            };
            if let Some(event) = event {
                waiting.extend(update::update(&mut self.model, &self.look.keymap, event));
            }
        }
    }

    pub fn send(&mut self, event: Event) {
        let effects = update::update(&mut self.model, &self.look.keymap, event);
        self.run(effects);
    }

    /// Answers the questions that wait, and from now on every question at once.
    pub fn answer(&mut self) {
        self.slow = false;
        let waiting = std::mem::take(&mut self.asked).into_iter().map(Effect::Read).collect();
        self.run(waiting);
    }

    /// Makes the changes that wait, and from now on every change at once.
    pub fn go_on(&mut self) {
        self.hold = false;
        let waiting = std::mem::take(&mut self.held);
        self.run(waiting.into_iter().map(|(task, write)| Effect::Write(task, write)).collect());
    }

    /// Keys: letters as they are, others in angle brackets.
    pub fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (name, after) = match (first, rest.split_once('>')) {
                ('<', Some((name, after))) => (&name[1..], after),
                _ => (&rest[..first.len_utf8()], &rest[first.len_utf8()..]),
            };
            rest = after;
            let (code, modifiers) = match name {
                "Enter" => (KeyCode::Enter, KeyModifiers::NONE),
                "Esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "Tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "BackTab" => (KeyCode::BackTab, KeyModifiers::SHIFT),
                "Up" => (KeyCode::Up, KeyModifiers::NONE),
                "Down" => (KeyCode::Down, KeyModifiers::NONE),
                "Left" => (KeyCode::Left, KeyModifiers::NONE),
                "Right" => (KeyCode::Right, KeyModifiers::NONE),
                "Home" => (KeyCode::Home, KeyModifiers::NONE),
                "C-o" => (KeyCode::Char('o'), KeyModifiers::CONTROL),
                "PgDn" => (KeyCode::PageDown, KeyModifiers::NONE),
                "PgUp" => (KeyCode::PageUp, KeyModifiers::NONE),
                "BS" => (KeyCode::Backspace, KeyModifiers::NONE),
                "C-u" => (KeyCode::Char('u'), KeyModifiers::CONTROL),
                "C-w" => (KeyCode::Char('w'), KeyModifiers::CONTROL),
                "C-s" => (KeyCode::Char('s'), KeyModifiers::CONTROL),
                "C-t" => (KeyCode::Char('t'), KeyModifiers::CONTROL),
                "C-x" => (KeyCode::Char('x'), KeyModifiers::CONTROL),
                "C-z" => (KeyCode::Char('z'), KeyModifiers::CONTROL),
                letter => (KeyCode::Char(letter.chars().next().unwrap()), KeyModifiers::NONE),
            };
            self.send(Event::Key(KeyEvent::new(code, modifiers)));
        }
    }

    pub fn key(&mut self, letter: char, modifiers: KeyModifiers) {
        self.send(Event::Key(KeyEvent::new(KeyCode::Char(letter), modifiers)));
    }

    pub fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        self.send(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
    }

    pub fn click(&mut self, column: u16, row: u16) {
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
        self.mouse(MouseEventKind::Up(MouseButton::Left), column, row);
    }

    pub fn draw(&self) -> Terminal<TestBackend> {
        let size = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
        terminal.draw(|frame| view(&self.model, &self.look, frame)).unwrap();
        terminal
    }

    /// The screen as text, without blanks at the ends of lines.
    pub fn screen(&self) -> String {
        let terminal = self.draw();
        let buffer = terminal.backend().buffer();
        let mut lines = Vec::new();
        for y in 0..buffer.area.height {
            let line: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
            lines.push(line.trim_end().to_owned());
        }
        lines.join("\n")
    }

    pub fn shows(&self, text: &str) -> bool {
        self.screen().contains(text)
    }

    /// Where a text stands first on the screen.
    pub fn find(&self, text: &str) -> (u16, u16) {
        let screen = self.screen();
        let line = screen.lines().enumerate().find(|(_, line)| line.contains(text));
        let (y, line) = line.unwrap_or_else(|| panic!("no {text} on\n{screen}"));
        let before = recado::tui::text::width(&line[..line.find(text).unwrap()]);
        (u16::try_from(before).unwrap(), u16::try_from(y).unwrap())
    }

    /// Clicks where a text stands.
    pub fn click_on(&mut self, text: &str) {
        let (x, y) = self.find(text);
        self.click(x, y);
    }

    /// The id of the selected message.
    pub fn selected(&self) -> i64 {
        self.model.row().unwrap().cursor().id
    }
}
