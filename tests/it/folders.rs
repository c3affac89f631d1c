//! Every message is in exactly one folder, and the figures of the folders are exact.

use proptest::prelude::*;
use recado::domain::deed::Deed;
use recado::domain::folder::{Folder, folder_of};
use recado::domain::listing::{At, Cursor, Order, Place, View};
use recado::domain::message::{Direction, Standing, Status, Visibility};

use crate::support::{Put, Workspace, minutes};

/// Every standing that a message can have.
fn standings() -> Vec<Standing> {
    let mut all = Vec::new();
    for status in Status::ALL {
        for visibility in Visibility::ALL {
            for in_flow in [false, true] {
                for unread in [false, true] {
                    let direction = status.direction();
                    let possible =
                        direction == Direction::In || (visibility != Visibility::Archived && !unread);
                    if possible {
                        all.push(Standing { direction, status, visibility, in_flow, unread });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn the_folder_of_rust_and_that_of_sql_agree_for_every_standing() {
    for (n, standing) in standings().into_iter().enumerate() {
        let mut workspace = Workspace::new();
        let mut put = Put::outgoing("x", standing.status, 0);
        put.unread = standing.unread;
        put.visibility = standing.visibility;
        put.flow = standing.in_flow.then(|| "Pedidos".to_owned());
        // The CHECK of the table refuses a folder that is not the one of the rule.
        workspace.put(put);
        let folder = folder_of(&standing);
        let counts = workspace.store.counts().unwrap();
        for other in Folder::ALL {
            assert_eq!(
                counts.of(other).total,
                u64::from(folder == Some(other)),
                "{n}: {standing:?} in {other:?}"
            );
        }
        workspace.is_sound();
    }
}

#[test]
fn a_message_that_is_not_deleted_is_in_exactly_one_folder() {
    for standing in standings() {
        let folder = folder_of(&standing);
        assert_eq!(folder.is_none(), standing.visibility == Visibility::Deleted, "{standing:?}");
        assert!(folder.is_none_or(Folder::holds_messages), "{standing:?}");
    }
}

#[test]
fn a_pending_message_is_in_the_inbox_a_read_one_in_sent_an_errored_one_in_the_outbox() {
    let standing = |status: Status| Standing {
        direction: status.direction(),
        status,
        visibility: Visibility::Visible,
        in_flow: false,
        unread: false,
    };
    assert_eq!(folder_of(&standing(Status::Pending)), Some(Folder::Inbox));
    assert_eq!(folder_of(&standing(Status::Read)), Some(Folder::Sent));
    assert_eq!(folder_of(&standing(Status::Errored)), Some(Folder::Outbox));
}

#[test]
fn restored_messages_return_to_where_they_came_from() {
    let mut workspace = Workspace::new();
    let inbox = workspace.put(Put::incoming("one", 0));
    let flows = workspace.put(Put { flow: Some("Pedidos".to_owned()), ..Put::incoming("two", 1) });
    workspace.act(Deed::Archive, &[inbox, flows]);
    assert_eq!(workspace.store.counts().unwrap().of(Folder::Archived).total, 2);
    workspace.act(Deed::Restore, &[inbox, flows]);
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Inbox))), [inbox.0]);
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Flows))), [flows.0]);
    workspace.is_sound();
}

#[test]
fn sent_is_sorted_by_the_time_of_sending() {
    let mut workspace = Workspace::new();
    let late =
        workspace.put(Put { sent_on: Some(minutes(50)), ..Put::outgoing("written first", Status::Sent, 0) });
    let soon = workspace
        .put(Put { sent_on: Some(minutes(11)), ..Put::outgoing("written second", Status::Sent, 10) });
    assert_eq!(workspace.ids(&View::of(Place::Folder(Folder::Sent))), [late.0, soon.0]);
}

fn page_through(workspace: &Workspace, view: &View, size: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut at = At::First;
    loop {
        let page = workspace.page(view, at, size);
        ids.extend(page.rows.iter().map(|row| row.cursor().id));
        match page.rows.last() {
            Some(last) if page.more_after => at = At::After(last.cursor()),
            _ => return ids,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Times repeat often here, so that pages break within equal keys.
    #[test]
    fn pages_by_key_give_every_row_once_in_order(times in prop::collection::vec(0_i64..6, 1..60), size in 1_usize..9) {
        let mut workspace = Workspace::new();
        let ids = workspace.put_all(times.iter().map(|at| Put::incoming("hola", *at)).collect());
        let mut expected: Vec<(i64, i64)> = times.iter().copied().zip(ids.iter().map(|id| id.0)).collect();
        expected.sort_unstable();
        expected.reverse();
        let newest: Vec<i64> = expected.iter().map(|(_, id)| *id).collect();
        for place in [Place::Folder(Folder::Inbox), Place::Everywhere] {
            let view = View::of(place);
            prop_assert_eq!(&page_through(&workspace, &view, size), &newest);
            let oldest = View { order: Order::OldestFirst, ..view };
            let mut reversed = newest.clone();
            reversed.reverse();
            prop_assert_eq!(&page_through(&workspace, &oldest, size), &reversed);
        }
    }

    #[test]
    fn the_rows_around_a_row_are_its_neighbours(times in prop::collection::vec(0_i64..6, 1..40), pick in 0_usize..40) {
        let mut workspace = Workspace::new();
        workspace.put_all(times.iter().map(|at| Put::incoming("hola", *at)).collect());
        let view = View::of(Place::Folder(Folder::Inbox));
        let rows = workspace.rows(&view);
        let cursors: Vec<Cursor> = rows.iter().map(recado::domain::listing::Row::cursor).collect();
        let pick = pick % cursors.len();
        let page = workspace.page(&view, At::Around(cursors[pick]), 6);
        let expected = &cursors[pick.saturating_sub(3)..(pick + 3).min(cursors.len())];
        let got: Vec<Cursor> = page.rows.iter().map(recado::domain::listing::Row::cursor).collect();
        prop_assert_eq!(&got, expected);
        prop_assert_eq!(page.more_before, pick > 3);
        prop_assert_eq!(page.more_after, pick + 3 < cursors.len());
        prop_assert_eq!(workspace.store.position(&view, cursors[pick]).unwrap(), pick as u64);
    }
}
