//! What people do to messages, and taking it back.

use std::ops::ControlFlow;

use proptest::prelude::*;
use recado::domain::deed::Deed;
use recado::domain::folder::{Folder, folder_of};
use recado::domain::listing::{Counts, Place, View};
use recado::domain::message::{Cause, Standing, Status, Visibility};
use recado::domain::{LabelId, MessageId};
use recado::store::{StoreError, Target, Which};

use crate::support::{Put, Workspace, fresh, minutes, search};

fn deeds() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::Archive),
        Just(Deed::Restore),
        Just(Deed::Delete),
        Just(Deed::MarkRead),
        Just(Deed::MarkUnread),
        Just(Deed::Label(LabelId(1))),
        Just(Deed::Unlabel(LabelId(1))),
        Just(Deed::Resend),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    (
        prop::sample::select(Status::ALL.to_vec()),
        prop::sample::select(Visibility::ALL.to_vec()),
        any::<(bool, bool)>(),
    )
        .prop_map(|(status, visibility, (in_flow, unread))| {
            let direction = status.direction();
            let incoming = direction == recado::domain::message::Direction::In;
            let visibility =
                if incoming || visibility == Visibility::Deleted { visibility } else { Visibility::Visible };
            Standing { direction, status, visibility, in_flow, unread: unread && incoming }
        })
}

proptest! {
    #[test]
    fn a_deed_and_its_inverse_cancel_out(deed in deeds(), before in standing()) {
        if let (Some(after), Some(inverse)) = (deed.apply(before), deed.inverse()) {
            prop_assert_eq!(inverse.apply(after), Some(before));
            prop_assert_eq!(inverse.inverse(), Some(deed));
        }
    }

    #[test]
    fn a_deed_done_twice_changes_nothing_the_second_time(deed in deeds(), before in standing()) {
        if let Some(after) = deed.apply(before) {
            prop_assert_eq!(deed.apply(after), None);
        }
    }
}

/// One of each kind of message, and a label.
fn mixed() -> (Workspace, Vec<MessageId>) {
    let mut workspace = Workspace::new();
    workspace.store.create_label("ventas", fresh("ventas")).unwrap();
    let mut messages = Vec::new();
    for n in 0..4 {
        messages.push(Put::incoming("hola", n));
        messages.push(Put { flow: Some("Pedidos".to_owned()), ..Put::incoming("pedido", n) });
        messages.push(Put { visibility: Visibility::Archived, unread: false, ..Put::incoming("viejo", n) });
        messages.push(Put::outgoing("va", Status::Delivered, n));
        messages.push(Put::outgoing("no fue", Status::Failed, n));
        messages.push(Put::outgoing("espera", Status::Errored, n));
    }
    let ids = workspace.put_all(messages);
    (workspace, ids)
}

/// Everything that undo must bring back, for every message: its standing and its labels.
fn state(workspace: &Workspace, ids: &[MessageId]) -> Vec<(Standing, usize)> {
    ids.iter()
        .map(|id| {
            let message = workspace.store.load_message(*id).unwrap().message;
            (message.standing, message.labels.len())
        })
        .collect()
}

fn adds_up(counts: &Counts, messages: u64, deleted: u64) {
    assert_eq!(counts.total() + deleted, messages);
}

#[derive(Debug, Clone)]
enum Step {
    Act(Deed, Vec<usize>),
    Undo,
    Redo,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (deeds(), prop::collection::vec(0_usize..24, 1..12)).prop_map(|(deed, which)| Step::Act(deed, which)),
        2 => Just(Step::Undo),
        1 => Just(Step::Redo),
    ];
    prop::collection::vec(step, 1..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn kept_counts_equal_counted_ones_after_any_deeds(steps in steps()) {
        let (mut workspace, ids) = mixed();
        for step in steps {
            match step {
                Step::Act(deed, which) => {
                    let chosen: Vec<MessageId> = which.into_iter().map(|n| ids[n]).collect();
                    workspace.act(deed, &chosen);
                }
                Step::Undo => drop(workspace.store.undo(Which::Undo, None, minutes(90), |_| ControlFlow::Continue(())).unwrap()),
                Step::Redo => drop(workspace.store.undo(Which::Redo, None, minutes(90), |_| ControlFlow::Continue(())).unwrap()),
            }
        }
        workspace.is_sound();
        let states = state(&workspace, &ids);
        let deleted = states.iter().filter(|(s, _)| s.visibility == Visibility::Deleted).count();
        let counts = workspace.store.counts().unwrap();
        adds_up(&counts, ids.len() as u64, deleted as u64);
        for folder in Folder::ALL {
            let there = states.iter().filter(|(s, _)| folder_of(s) == Some(folder)).count();
            prop_assert_eq!(counts.of(folder).total, there as u64);
        }
    }

    #[test]
    fn undoing_all_brings_everything_back_and_redoing_all_does_it_again(
        acts in prop::collection::vec((deeds(), prop::collection::vec(0_usize..24, 1..12)), 1..8)
    ) {
        let (mut workspace, ids) = mixed();
        let before = state(&workspace, &ids);
        for (deed, which) in acts {
            if deed.inverse().is_some() {
                let chosen: Vec<MessageId> = which.into_iter().map(|n| ids[n]).collect();
                workspace.act(deed, &chosen);
            }
        }
        let after = state(&workspace, &ids);
        while workspace.store.undo(Which::Undo, None, minutes(90), |_| ControlFlow::Continue(())).unwrap().is_some() {}
        prop_assert_eq!(&state(&workspace, &ids), &before);
        while workspace.store.undo(Which::Redo, None, minutes(91), |_| ControlFlow::Continue(())).unwrap().is_some() {}
        prop_assert_eq!(&state(&workspace, &ids), &after);
        workspace.is_sound();
    }
}

#[test]
fn undo_works_after_a_restart() {
    let mut workspace = Workspace::new();
    let id = workspace.put(Put::incoming("hola", 0));
    workspace.act(Deed::Archive, &[id]);
    let mut again = workspace.another();
    let undone = again.undo(Which::Undo, None, minutes(5), |_| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!((undone.deed, undone.done.changed), (Deed::Archive, 1));
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Inbox))), [id.0]);
}

#[test]
fn undo_leaves_alone_what_somebody_changed_since() {
    let mut workspace = Workspace::new();
    let ids = workspace.put_all(vec![Put::incoming("one", 0), Put::incoming("two", 1)]);
    workspace.act(Deed::Archive, &ids);
    workspace.act(Deed::Delete, &ids[..1]);
    let undone =
        workspace.store.undo(Which::Undo, None, minutes(9), |_| ControlFlow::Continue(())).unwrap().unwrap();
    assert_eq!((undone.done.changed, undone.done.unchanged), (1, 1));
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Inbox))), [ids[1].0]);
}

#[test]
fn a_new_deed_ends_what_could_be_redone() {
    let mut workspace = Workspace::new();
    let ids = workspace.put_all(vec![Put::incoming("one", 0), Put::incoming("two", 1)]);
    workspace.act(Deed::Archive, &ids[..1]);
    workspace.store.undo(Which::Undo, None, minutes(9), |_| ControlFlow::Continue(())).unwrap();
    workspace.act(Deed::MarkRead, &ids[1..]);
    assert_eq!(
        workspace.store.undo(Which::Redo, None, minutes(9), |_| ControlFlow::Continue(())).unwrap(),
        None
    );
}

#[test]
fn deleting_clears_the_content_from_the_file_for_good() {
    let mut workspace = Workspace::new();
    let secret = workspace.put(Put::incoming("zanahoria secretisima", 0).label("ventas"));
    workspace.put(Put::incoming("otra cosa", 1));
    workspace.act(Deed::Archive, &[secret]);
    assert_eq!(workspace.act(Deed::Delete, &[secret]).changed, 1);
    let message = workspace.store.load_message(secret).unwrap().message;
    assert_eq!((message.text.as_str(), message.labels.len(), message.folder()), ("", 0, None));
    assert_eq!(workspace.ids(&search(Place::Everywhere, "zanahoria")), [0_i64; 0]);
    workspace.is_sound();
    workspace.store.tidy().unwrap();
    let path = workspace.path();
    let raw = std::fs::read(&path).unwrap();
    for word in ["zanahoria", "secretisima"] {
        assert!(
            !raw.windows(word.len()).any(|bytes| bytes == word.as_bytes()),
            "{word} is still in the file"
        );
    }
}

#[test]
fn only_archived_messages_can_be_deleted() {
    let mut workspace = Workspace::new();
    let id = workspace.put(Put::incoming("hola", 0));
    assert_eq!(workspace.act(Deed::Delete, &[id]).changed, 0);
    assert!(
        matches!(workspace.store.check_fit(Deed::Delete, &[id]), Err(StoreError::Unfit(ids)) if ids == [id])
    );
}

#[test]
fn a_failed_message_goes_back_to_the_outbox_with_its_counters_reset_and_says_so_in_its_history() {
    let mut workspace = Workspace::new();
    let id = workspace.put(Put { sent_on: Some(minutes(1)), ..Put::outgoing("no fue", Status::Failed, 0) });
    workspace.act(Deed::Resend, &[id]);
    let message = workspace.store.load_message(id).unwrap().message;
    assert_eq!(message.folder(), Some(Folder::Outbox));
    assert_eq!((message.sent_on, message.error_count, message.failed_reason), (None, 0, None));
    assert_eq!(message.created_on, minutes(0), "it goes back to its old place");
    let last = workspace.store.load_history(id).unwrap().pop().unwrap();
    assert_eq!((last.status, last.cause, last.at), (Status::Queued, Cause::Resend, minutes(60)));
    workspace.is_sound();
}

#[test]
fn labels_count_visible_messages_only() {
    let mut workspace = Workspace::new();
    let ids =
        workspace.put_all(vec![Put::incoming("one", 0).label("VIP"), Put::incoming("two", 1).label("vip")]);
    let total = |workspace: &Workspace| workspace.store.labels().unwrap()[0].total;
    assert_eq!(workspace.store.labels().unwrap().len(), 1, "names are unique regardless of case");
    assert_eq!(total(&workspace), 2);
    workspace.act(Deed::Archive, &ids[..1]);
    assert_eq!(total(&workspace), 1);
    workspace.act(Deed::Restore, &ids[..1]);
    assert_eq!(total(&workspace), 2);
    let label = workspace.store.find_label("ViP").unwrap();
    assert_eq!(workspace.ids(&View::of(Place::Label(label))), [ids[1].0, ids[0].0]);
    workspace.store.delete_label(label).unwrap();
    assert!(matches!(workspace.store.find_label("vip"), Err(StoreError::NoLabel(_))));
    workspace.is_sound();
}

#[test]
fn a_deed_on_a_whole_view_goes_in_slices_can_be_stopped_and_leaves_later_arrivals_alone() {
    let mut workspace = Workspace::new();
    workspace.put_all((0..9000).map(|n| Put::incoming("hola", n)).collect());
    let up_to = workspace.store.counts().unwrap().newest.unwrap();
    let late = workspace.put(Put::incoming("llegué después", 5));
    let inbox = View::of(Place::Folder(Folder::Inbox));
    let target = Target::All { view: inbox.clone(), up_to, except: Vec::new(), as_of: minutes(60) };
    let mut steps = 0;
    let done = workspace
        .store
        .act(Deed::Archive, &target, minutes(60), |_| {
            steps += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!((steps, done.cancelled, done.changed), (1, true, 4000));
    workspace.is_sound();
    let done =
        workspace.store.act(Deed::Archive, &target, minutes(60), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!((done.changed, done.cancelled), (5000, false));
    assert_eq!(workspace.ids(&inbox), [late.0]);
    // Two deeds, two steps back.
    workspace.store.undo(Which::Undo, None, minutes(61), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(workspace.store.counts().unwrap().of(Folder::Inbox).total, 5001);
    workspace.store.undo(Which::Undo, None, minutes(61), |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(workspace.store.counts().unwrap().of(Folder::Inbox).total, 9001);
    workspace.is_sound();
}

#[test]
fn opening_a_message_reads_it_and_is_no_deed_of_the_journal() {
    let mut workspace = Workspace::new();
    let id = workspace.put(Put::incoming("hola", 0));
    assert!(workspace.store.mark_opened(id, minutes(1)).unwrap());
    assert!(!workspace.store.mark_opened(id, minutes(2)).unwrap());
    assert_eq!(workspace.store.counts().unwrap().of(Folder::Inbox).unread, 0);
    assert_eq!(
        workspace.store.undo(Which::Undo, None, minutes(3), |_| ControlFlow::Continue(())).unwrap(),
        None
    );
}

#[test]
fn a_write_that_fails_leaves_nothing() {
    let mut workspace = Workspace::new();
    let failed = workspace.store.write(|tx| {
        Put::incoming("hola", 0).put(tx)?;
        Err::<(), _>(StoreError::Full)
    });
    assert!(matches!(failed, Err(StoreError::Full)));
    assert_eq!(workspace.store.counts().unwrap().total(), 0);
    assert_eq!(workspace.ids(&search(Place::Everywhere, "hola")), [0_i64; 0]);
    workspace.is_sound();
}

#[test]
fn a_wanted_deed_is_taken_back_and_no_other() {
    let mut workspace = Workspace::new();
    let ids = workspace.put_all(vec![Put::incoming("one", 0), Put::incoming("two", 1)]);
    let go = |_| ControlFlow::Continue(());
    let mine = workspace.act(Deed::Archive, &ids[..1]).deed;
    assert!(mine.is_some());
    let mut other = workspace.another();
    other.act(Deed::Archive, &Target::Ids(ids[1..].to_vec()), minutes(61), go).unwrap();
    let undone = workspace.store.undo(Which::Undo, mine, minutes(62), go).unwrap().unwrap();
    assert_eq!((undone.done.changed, undone.done.deed), (1, mine));
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Archived))), [ids[1].0]);
    assert_eq!(workspace.store.undo(Which::Undo, mine, minutes(63), go).unwrap(), None, "only once");
    assert_eq!(workspace.store.undo(Which::Redo, mine, minutes(64), go).unwrap().unwrap().done.changed, 1);
    assert_eq!(workspace.act(Deed::Delete, &ids).deed, None, "nothing brings back what was deleted");
    assert_eq!(workspace.act(Deed::MarkRead, &[]).deed, None);
}

fn go<T>(_: T) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

#[test]
fn a_deed_goes_on_and_can_be_taken_back_when_somebody_undoes_it_meanwhile() {
    // With and without another deed in between, which sweeps what is undone out of the journal.
    for swept in [false, true] {
        let mut workspace = Workspace::new();
        let ids = workspace.put_all((0..9000).map(|n| Put::incoming("hola", n)).collect());
        let late = workspace.put(Put::incoming("otra", 9001));
        let mut other = workspace.another();
        let mut steps = 0;
        let done = workspace
            .store
            .act(Deed::Archive, &Target::Ids(ids), minutes(60), |_| {
                steps += 1;
                if steps == 1 {
                    let undone = other.undo(Which::Undo, None, minutes(61), go).unwrap().unwrap();
                    assert_eq!(undone.done.changed, 4000);
                    if swept {
                        other.act(Deed::MarkRead, &Target::Ids(vec![late]), minutes(61), go).unwrap();
                    }
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(
            (done.changed, workspace.store.counts().unwrap().of(Folder::Archived).total),
            (9000, 5000)
        );
        let undone = workspace.store.undo(Which::Undo, done.deed, minutes(62), go).unwrap().unwrap();
        assert_eq!(undone.done.changed, 5000);
        assert_eq!(workspace.store.counts().unwrap().of(Folder::Inbox).total, 9001);
        workspace.is_sound();
    }
}

#[test]
fn undo_gets_past_a_label_that_is_gone() {
    let mut workspace = Workspace::new();
    let id = workspace.put(Put::incoming("hola", 0));
    workspace.act(Deed::Archive, &[id]);
    let label = workspace.store.create_label("vip", fresh("vip")).unwrap();
    workspace.act(Deed::Label(label), &[id]);
    workspace.act(Deed::Unlabel(label), &[id]);
    workspace.store.delete_label(label).unwrap();
    for (deed, changed) in [(Deed::Unlabel(label), 0), (Deed::Label(label), 0), (Deed::Archive, 1)] {
        let undone = workspace.store.undo(Which::Undo, None, minutes(9), go).unwrap().unwrap();
        assert_eq!((undone.deed, undone.done.changed), (deed, changed));
    }
    for changed in [1, 0, 0] {
        let redone = workspace.store.undo(Which::Redo, None, minutes(9), go).unwrap().unwrap();
        assert_eq!(redone.done.changed, changed);
    }
    workspace.is_sound();
}

#[test]
fn ids_that_are_named_twice_count_once_and_end_nothing_early() {
    let mut workspace = Workspace::new();
    let mut ids = workspace.put_all((0..9000).map(|n| Put::incoming("hola", n)).collect());
    ids.insert(1, ids[0]);
    ids.push(ids[7]);
    let done = workspace.act(Deed::Archive, &ids);
    assert_eq!((done.changed, done.unchanged), (9000, 0));
}

/// What of some words stands in the file or in the log beside it.
fn left_in_the_file(workspace: &Workspace, word: impl Fn(usize) -> String, words: usize) -> Vec<usize> {
    let mut raw = std::fs::read(workspace.path()).unwrap();
    raw.extend(std::fs::read(workspace.folder.path().join("w.db-wal")).unwrap_or_default());
    let text = String::from_utf8_lossy(&raw);
    (0..words).filter(|n| text.contains(&word(*n))).collect()
}

#[test]
fn what_was_deleted_is_not_in_the_file_any_more() {
    // So many that the index is merged afterwards, and so few that they are taken out of it one by one.
    for deleted in [300, 20] {
        let mut workspace = Workspace::new();
        let marker = |n: usize| format!("zq{n:03}borrar");
        let text = |n: usize| format!("{} hola que tal {}", marker(n), "bla ".repeat(n % 40));
        let ids = workspace.put_all(
            (0..900)
                .map(|n| {
                    let minute = i64::try_from(n).unwrap();
                    let other = format!("se queda {n} {}", "bla ".repeat(n % 30));
                    // Both sorts side by side in the pages of the file.
                    if n % 3 == 0 {
                        Put::incoming(&text(n / 3), minute)
                    } else {
                        Put::incoming(&other, minute)
                    }
                })
                .collect(),
        );
        assert_eq!(left_in_the_file(&workspace, marker, 300).len(), 300);
        let wanted: Vec<MessageId> = ids.iter().copied().step_by(3).take(deleted).collect();
        workspace.act(Deed::Archive, &ids);
        assert_eq!(workspace.act(Deed::Delete, &wanted).changed, deleted as u64);
        assert_eq!(left_in_the_file(&workspace, marker, deleted), [0_usize; 0]);
        assert_eq!(workspace.ids(&search(Place::Everywhere, "borrar")), [0_i64; 0]);
        workspace.is_sound();
        // With the file at rest, too.
        let Workspace { folder, store } = workspace;
        drop(store);
        let raw = std::fs::read(folder.path().join("w.db")).unwrap();
        let text = String::from_utf8_lossy(&raw);
        assert!((0..deleted).all(|n| !text.contains(&marker(n))));
    }
}

#[test]
fn a_deletion_of_all_leaves_what_came_there_after_it_was_decided() {
    let mut workspace = Workspace::new();
    let meant = workspace.put_all((0..3).map(|n| Put::incoming("vieja", n)).collect());
    let late = workspace.put(Put::incoming("otra", 4));
    workspace.act(Deed::Archive, &meant);
    let view = View::of(Place::Folder(Folder::Archived));
    let up_to = workspace.store.counts().unwrap().newest.unwrap();
    // The question stands since minute 61; somebody else archives another one meanwhile.
    let target = Target::All { view, up_to, except: Vec::new(), as_of: minutes(61) };
    let archive = Target::Ids(vec![late]);
    workspace.another().act(Deed::Archive, &archive, minutes(62), go).unwrap();
    let done = workspace.store.act(Deed::Delete, &target, minutes(63), go).unwrap();
    assert_eq!((done.changed, done.unchanged), (3, 1));
    assert_eq!(workspace.store.load_message(late).unwrap().message.text, "otra");
    workspace.is_sound();
}
