//! The keys that a person's file gives, laid over the defaults.
//!
//! What somebody has written goes before what nobody asked for: a key that is given to an action is taken from whatever had
//! it by default. Two things that a file itself says and that cannot both hold are a clash: the first one stays, and the
//! other is told. The last way out of something cannot be taken away.

use strum::IntoEnumIterator;

use super::{Action, Binding, Keymap, Keys, Surface, parse_keys, written};
use crate::config::{Given, GivenKeys, Matters, Mistake, Problem, nearest};

/// The defaults with what a file gives, and what is wrong with that.
pub fn merged(given: &[GivenKeys], file: Option<&std::path::Path>) -> (Keymap, Vec<Mistake>) {
    let mut merge = Merge { keymap: Keymap::standard(), given: Vec::new(), mistakes: Vec::new(), file };
    for entry in given {
        merge.take(entry);
    }
    merge.lay_over();
    (merge.keymap, merge.mistakes)
}

/// Keys of a file that are understood.
struct Own {
    surface: Surface,
    action: Action,
    keys: Vec<Keys>,
}

struct Merge<'a> {
    keymap: Keymap,
    given: Vec<Own>,
    mistakes: Vec<Mistake>,
    file: Option<&'a std::path::Path>,
}

impl Merge<'_> {
    fn wrong<T>(&mut self, at: &Given<T>, problem: Problem) {
        let file = self.file.map(std::path::Path::to_owned);
        self.mistakes.push(Mistake { file, at: at.at, problem, matters: Matters::OnScreen });
    }

    fn take(&mut self, entry: &GivenKeys) {
        let name = &entry.surface.value;
        let Ok(surface) = name.parse::<Surface>() else {
            let near = nearest(name, Surface::iter().map(Into::into));
            return self.wrong(&entry.surface, Problem::Surface(name.clone(), near));
        };
        let Some(action) = self.action(surface, &entry.action.value) else {
            let there = self.keymap.bindings.iter().filter(|binding| binding.surface == surface);
            let near = nearest(&entry.action.value, there.map(|binding| binding.action.into()));
            let (surface, name) = (name.clone(), entry.action.value.clone());
            return self.wrong(&entry.action, Problem::Action { surface, name, nearest: near });
        };
        let mut keys = Vec::new();
        for text in &entry.keys {
            match self.keys(surface, action, text) {
                Ok(read) => keys.push(read),
                Err(problem) => self.wrong(text, problem),
            }
        }
        if keys.is_empty() && is_way_out(surface, action) {
            let problem = Problem::NoWayOut { surface: name.clone(), action: entry.action.value.clone() };
            return self.wrong(&entry.action, problem);
        }
        // A line of mistakes alone takes nothing away.
        if keys.is_empty() && !entry.keys.is_empty() {
            return;
        }
        self.given.push(Own { surface, action, keys });
    }

    /// An action of that name, when it can be done there.
    fn action(&self, surface: Surface, name: &str) -> Option<Action> {
        let action = name.parse().ok()?;
        let is_there = |binding: &Binding| binding.surface == surface && binding.action == action;
        self.keymap.bindings.iter().any(is_there).then_some(action)
    }

    /// Keys that can lead to an action there.
    fn keys(&self, surface: Surface, action: Action, text: &Given<String>) -> Result<Keys, Problem> {
        let keys = parse_keys(&text.value).ok_or_else(|| Problem::Key(text.value.clone()))?;
        if keys.len() > 1 && keys.iter().any(|key| key.is_esc()) {
            return Err(Problem::EscInSequence(text.value.clone()));
        }
        let by_default = |binding: &Binding| {
            binding.surface == surface && binding.action == action && binding.keys.contains(&keys)
        };
        if surface.takes_text()
            && keys.first().is_some_and(|key| key.is_letter())
            && !self.keymap.bindings.iter().any(by_default)
        {
            let surface: &'static str = surface.into();
            return Err(Problem::Letter { surface: surface.to_owned(), keys: text.value.clone() });
        }
        for own in &self.given {
            let is_same = own.surface == surface && own.action == action;
            if !is_same
                && share_keys(own.surface, surface)
                && own.keys.iter().any(|there| clash(there, &keys))
            {
                let name = |action: Action| <&'static str>::from(action).to_owned();
                return Err(Problem::Clash {
                    keys: written(&keys),
                    action: name(action),
                    other: name(own.action),
                });
            }
        }
        Ok(keys)
    }

    /// Takes the keys that were given from the defaults, and gives them to their actions.
    fn lay_over(&mut self) {
        let given = std::mem::take(&mut self.given);
        for binding in &mut self.keymap.bindings {
            let own = |own: &&Own| own.surface == binding.surface && own.action == binding.action;
            if let Some(own) = given.iter().rev().find(own) {
                binding.keys.clone_from(&own.keys);
                continue;
            }
            // What a pane has of its own does not take the key from the other panes: it goes before theirs there.
            let takes =
                |own: &&Own| own.surface == binding.surface || takes_from(own.surface, binding.surface);
            let given_away: Vec<&Keys> = given.iter().filter(takes).flat_map(|own| &own.keys).collect();
            let left: Vec<Keys> = binding
                .keys
                .iter()
                .filter(|keys| !given_away.iter().any(|there| clash(there, keys)))
                .cloned()
                .collect();
            if !(left.is_empty() && is_way_out(binding.surface, binding.action)) {
                binding.keys = left;
            }
        }
    }
}

/// Whether keys of one surface are keys of the other.
fn share_keys(one: Surface, other: Surface) -> bool {
    one == other || takes_from(one, other) || takes_from(other, one)
}

/// Whether what all panes are given is taken from the defaults of a pane.
fn takes_from(from: Surface, pane: Surface) -> bool {
    from == Surface::Panes && pane.is_pane()
}

/// Whether keys cannot both lead somewhere: they are the same, or one is the beginning of the other.
fn clash(one: &[super::Press], other: &[super::Press]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Whether one could not leave without it.
fn is_way_out(surface: Surface, action: Action) -> bool {
    match surface {
        Surface::Panes => action == Action::Quit,
        Surface::Confirm => action == Action::No,
        Surface::Sidebar | Surface::List | Surface::Reading => false,
        Surface::Search
        | Surface::Labels
        | Surface::Order
        | Surface::Totals
        | Surface::Help
        | Surface::Compose
        | Surface::Drafts
        | Surface::Palette
        | Surface::Contact
        | Surface::Links
        | Surface::Date
        | Surface::Import
        | Surface::Export
        | Surface::Deeds
        | Surface::Period
        | Surface::GoTo => action == Action::Back,
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::*;
    use crate::config::{Config, Flags, Place};

    fn merge(text: &str) -> (Keymap, Vec<(Place, Problem)>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        let flags = Flags { config: Some(path), ..Flags::default() };
        let config = Config::load(flags, |name| (name == "HOME").then(|| "/home/ana".to_owned())).unwrap();
        assert_eq!(config.mistakes, Vec::new());
        let (keymap, mistakes) = merged(&config.keys, config.file.as_deref());
        (keymap, mistakes.into_iter().map(|there| (there.at.unwrap(), there.problem)).collect())
    }

    fn does(keymap: &Keymap, surface: Surface, keys: &str) -> super::super::Found {
        keymap.find(surface, &parse_keys(keys).unwrap())
    }

    use super::super::Found::{Action as Does, Begun, Nothing};

    #[test]
    fn the_documented_keys_are_exactly_the_defaults() {
        let (keymap, mistakes) = merge(&Keymap::documented());
        assert_eq!(mistakes, Vec::new());
        assert_eq!(keymap, Keymap::standard());
    }

    #[test]
    fn keys_of_a_file_go_before_the_defaults() {
        let (keymap, mistakes) = merge("[keys.list]\narchive = [\"e\", \"x a\"]\nmark = []\n");
        assert_eq!(mistakes, Vec::new());
        assert_eq!(does(&keymap, Surface::List, "e"), Does(Action::Archive));
        assert_eq!(does(&keymap, Surface::List, "x"), Begun);
        assert_eq!(does(&keymap, Surface::List, "x a"), Does(Action::Archive));
        assert_eq!(does(&keymap, Surface::List, "x b"), Nothing);
        // What had them is without a key now, and still has its name in the palette.
        assert_eq!(keymap.captions(Surface::List, Action::Edit), Vec::<String>::new());
        assert_eq!(keymap.captions(Surface::List, Action::Cancel), Vec::<String>::new());
        assert!(keymap.actions(Surface::List).contains(&Action::Edit));
        assert_eq!(does(&keymap, Surface::List, "a"), Nothing);
        assert_eq!(does(&keymap, Surface::List, "space"), Nothing);
        assert_eq!(keymap.captions(Surface::List, Action::Archive), ["e", "x a"]);
        // The conversation keeps its own.
        assert_eq!(does(&keymap, Surface::Reading, "a"), Does(Action::Archive));
        let key = KeyEvent::new(KeyCode::Char('x'), KeyModifiers::NONE);
        assert_eq!(keymap.action(Surface::List, key), None);
    }

    #[test]
    fn a_pane_goes_before_all_panes_and_all_panes_before_its_defaults() {
        let (keymap, mistakes) = merge("[keys.list]\narchive = [\"t\"]\n[keys.panes]\nhelp = [\"m\"]\n");
        assert_eq!(mistakes, Vec::new());
        assert_eq!(does(&keymap, Surface::List, "t"), Does(Action::Archive));
        assert_eq!(keymap.captions(Surface::List, Action::Totals), Vec::<String>::new());
        assert_eq!(does(&keymap, Surface::Sidebar, "t"), Does(Action::Totals));
        assert_eq!(does(&keymap, Surface::List, "m"), Does(Action::Help));
        assert_eq!(does(&keymap, Surface::Reading, "m"), Does(Action::Help));
        assert_eq!(does(&keymap, Surface::List, "?"), Nothing);
    }

    #[test]
    fn what_may_follow_a_key_is_known() {
        let (keymap, _) = merge(
            "[keys.list]\narchive = [\"x a\"]\nlabel = [\"x l l\"]\n[keys.panes]\ntotals = [\"x t\"]\n",
        );
        let next = keymap.continuations(Surface::List, &parse_keys("x").unwrap());
        let expected = [("a", Some(Action::Archive)), ("l", None), ("t", Some(Action::Totals))]
            .map(|(key, action)| (key.to_owned(), action));
        assert_eq!(next, expected);
        assert_eq!(does(&keymap, Surface::List, "x t"), Does(Action::Totals));
    }

    #[test]
    fn what_is_wrong_has_its_place_and_the_default_stays() {
        let check = |text: &str, line: usize, column: usize, problem: Problem| {
            let (_, mistakes) = merge(text);
            assert_eq!(mistakes, vec![(Place { line, column }, problem)], "{text}");
        };
        let own = str::to_owned;
        check("[keys.lists]\nopen = [\"o\"]", 1, 7, Problem::Surface(own("lists"), Some(own("list"))));
        let action = |name: &str, near: Option<&str>| Problem::Action {
            surface: own("list"),
            name: own(name),
            nearest: near.map(own),
        };
        check("[keys.list]\narchiv = [\"o\"]", 2, 1, action("archiv", Some("archive")));
        check("[keys.list]\nquit = [\"o\"]", 2, 1, action("quit", None));
        check("[keys.list]\nmark = [\"hyper-x\"]", 2, 9, Problem::Key(own("hyper-x")));
        check("[keys.list]\nmark = [\"x esc\"]", 2, 9, Problem::EscInSequence(own("x esc")));
        let letter = Problem::Letter { surface: own("compose"), keys: own("s") };
        check("[keys.compose]\nsend = [\"s\", \"ctrl-s\"]", 2, 9, letter);
        let clash = |keys: &str, action: &str, other: &str| Problem::Clash {
            keys: own(keys),
            action: own(action),
            other: own(other),
        };
        check("[keys.list]\nmark = [\"w\"]\ncopy = [\"w\"]", 3, 9, clash("w", "copy", "mark"));
        check("[keys.list]\nmark = [\"w\"]\ncopy = [\"w c\"]", 3, 9, clash("w c", "copy", "mark"));
        check("[keys.panes]\nhelp = [\"w\"]\n[keys.list]\ncopy = [\"w\"]", 4, 9, clash("w", "copy", "help"));
        let stay =
            |surface: &str, action: &str| Problem::NoWayOut { surface: own(surface), action: own(action) };
        check("[keys.panes]\nquit = []", 2, 1, stay("panes", "quit"));
        check("[keys.compose]\nback = []", 2, 1, stay("compose", "back"));
        check("[keys.confirm]\nno = []", 2, 1, stay("confirm", "no"));
        let (keymap, _) = merge("[keys.list]\nmark = [\"hyper-x\"]");
        assert_eq!(does(&keymap, Surface::List, "space"), Does(Action::Mark));
        // The key that leaves cannot be given to something else either.
        let (keymap, _) = merge("[keys.confirm]\nyes = [\"n\", \"esc\", \"q\", \"ctrl-c\"]");
        assert_eq!(keymap.captions(Surface::Confirm, Action::No), ["n", "Esc", "q", "Ctrl-c"]);
    }
}
