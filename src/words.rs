//! What the parts of recado are called, and what their errors mean, in the reader's language.
//!
//! The domain and the store have no words for the screen; this is where they get them.

mod customs;
mod mistake;

use std::io::ErrorKind;
use std::path::Path;

use chrono::{Datelike, NaiveDate};
use unicode_width::UnicodeWidthChar;

use crate::domain::call::Outcome;
use crate::domain::contact::{display_name, service_name};
use crate::domain::deed::Deed;
use crate::domain::folder::Folder;
use crate::domain::label::BadName;
use crate::domain::media::Unbrought;
use crate::domain::message::{Attachment, Cause, FailedReason, Message, Status, StatusChange};
use crate::domain::period::Period;
use crate::domain::query::{QueryError, QueryProblem};
use crate::domain::schedule::{RecipientId, Repeat, Schedule, Timing};
use crate::domain::stats::Step;
use crate::domain::{MessageId, Time};
use crate::i18n::{Dates, Key, Texts};
use crate::import::{Format, ImportError, Problem, Skip, ZipProblem};
use crate::store::{Finding, MissingMedia, StoreError};
pub use customs::texts;
pub use mistake::{mistake, mistaken, mistakes};

/// A key as it is called in a language. Most are called as they are labelled.
pub fn key(texts: &Texts, caption: &str) -> String {
    caption.replace("Space", texts.get(Key::KeySpace))
}

/// A folder's name.
pub fn folder(texts: &Texts, folder: Folder) -> &str {
    texts.get(match folder {
        Folder::Inbox => Key::FolderInbox,
        Folder::Flows => Key::FolderFlows,
        Folder::Archived => Key::FolderArchived,
        Folder::Outbox => Key::FolderOutbox,
        Folder::Sent => Key::FolderSent,
        Folder::Calls => Key::FolderCalls,
        Folder::Schedules => Key::FolderSchedules,
        Folder::Failed => Key::FolderFailed,
    })
}

/// A status, as the history shows it.
pub fn status(texts: &Texts, status: Status) -> &str {
    texts.get(match status {
        Status::Pending => Key::StatusPending,
        Status::Handled => Key::StatusHandled,
        Status::Initializing => Key::StatusInitializing,
        Status::Queued => Key::StatusQueued,
        Status::Errored => Key::StatusErrored,
        Status::Wired => Key::StatusWired,
        Status::Sent => Key::StatusSent,
        Status::Delivered => Key::StatusDelivered,
        Status::Read => Key::StatusRead,
        Status::Failed => Key::StatusFailed,
    })
}

/// A step of a message's life: what it became, and what made it so where the status alone does not tell.
pub fn step(texts: &Texts, change: &StatusChange) -> String {
    let status = status(texts, change.status);
    let cause = match change.cause {
        Cause::Received | Cause::Handling => return status.to_owned(),
        Cause::Written => Key::CauseWritten,
        Cause::Imported => Key::CauseImported,
        Cause::Attempt => Key::CauseAttempt,
        Cause::Report => Key::CauseReport,
        Cause::Resend => Key::CauseResend,
        Cause::Schedule if change.detail.is_empty() => Key::CauseSchedule,
        Cause::Schedule => return texts.fill(Key::CauseScheduleLate, &[("when", &one_line(&change.detail))]),
        Cause::Doubt if change.detail.is_empty() => Key::CauseDoubt,
        Cause::Doubt => {
            return texts.fill(Key::CauseDoubtReason, &[("detail", &one_line(&change.detail))]);
        }
        Cause::LateReport => {
            return texts.fill(Key::CauseLateReport, &[("detail", &one_line(&change.detail))]);
        }
        Cause::Cancel => Key::CauseCancel,
        Cause::Engine => Key::CauseEngine,
        Cause::Edit => Key::CauseEdit,
        Cause::Mended => Key::CauseMended,
    };
    // What the provider said tells more than who said it.
    if change.detail.is_empty() {
        format!("{status} ({})", texts.get(cause))
    } else {
        one_line(&format!("{status} · {}", change.detail))
    }
}

/// Why a message failed.
pub fn failed_reason(texts: &Texts, reason: FailedReason) -> &str {
    texts.get(match reason {
        FailedReason::Suspended => Key::ReasonSuspended,
        FailedReason::ContactInactive => Key::ReasonContactInactive,
        FailedReason::NoChannel => Key::ReasonNoChannel,
        FailedReason::Looping => Key::ReasonLooping,
        FailedReason::RetryLimit => Key::ReasonRetryLimit,
        FailedReason::TooOld => Key::ReasonTooOld,
        FailedReason::ChannelRemoved => Key::ReasonChannelRemoved,
        FailedReason::Refused => Key::ReasonRefused,
        FailedReason::Unsent => Key::ReasonUnsent,
        FailedReason::Cancelled => Key::ReasonCancelled,
    })
}

/// How a call ended.
pub fn outcome(texts: &Texts, outcome: Outcome) -> &str {
    texts.get(match outcome {
        Outcome::Answered => Key::CallAnswered,
        Outcome::Missed => Key::CallMissed,
        Outcome::Busy => Key::CallBusy,
        Outcome::Rejected => Key::CallRejected,
        Outcome::Failed => Key::CallFailed,
        Outcome::Voicemail => Key::CallVoicemail,
        Outcome::Blocked => Key::CallBlocked,
    })
}

/// Who a message, a call or a recipient is: the name, the address, or a word for nobody known.
pub fn contact<'a>(texts: &'a Texts, name: &'a str, national: &'a str) -> &'a str {
    let name = if is_blank(name) { "" } else { name };
    match display_name(name, national) {
        "" => texts.get(Key::NoName),
        shown => shown,
    }
}

/// Who a schedule goes to: contacts by name, a group with `@` before its name, a label with `#`.
pub fn recipients(texts: &Texts, schedule: &Schedule) -> String {
    let names: Vec<String> = schedule
        .recipients
        .iter()
        .map(|one| match one.id {
            RecipientId::Contact(_) => one_line(contact(texts, &one.name, &one.national)),
            RecipientId::Group(_) => format!("@{}", one_line(&one.name)),
            RecipientId::Label(_) => format!("#{}", one_line(&one.name)),
        })
        .collect();
    names.join(", ")
}

/// The channel of a message: its name, or what the address tells of it.
pub fn channel<'a>(texts: &'a Texts, message: &'a Message) -> &'a str {
    match (&message.channel, &message.urn) {
        (Some(channel), _) if !channel.name.is_empty() => &channel.name,
        (_, Some(urn)) => service_name(urn.scheme()),
        _ => texts.get(Key::NoChannelName),
    }
}

/// When a schedule fires, in words: `each day at 10:00`, `each week on Monday, Thursday at 10:00`.
pub fn repeat(texts: &Texts, dates: &Dates<'_>, timing: &Timing) -> String {
    let time = dates.clock(timing.hour, timing.minute);
    let keys = [Key::RepeatDaily, Key::RepeatWeekly, Key::RepeatMonthly, Key::RepeatYearly];
    repeat_in(texts, dates, timing, keys, &time)
}

/// How often, where the time of day is said beside it.
pub fn repeat_without_time(texts: &Texts, dates: &Dates<'_>, timing: &Timing) -> String {
    let keys =
        [Key::RepeatBriefDaily, Key::RepeatBriefWeekly, Key::RepeatBriefMonthly, Key::RepeatBriefYearly];
    repeat_in(texts, dates, timing, keys, "")
}

fn repeat_in(texts: &Texts, dates: &Dates<'_>, timing: &Timing, keys: [Key; 4], time: &str) -> String {
    let [daily, weekly, monthly, yearly] = keys;
    match timing.repeat {
        Repeat::Never => texts.get(Key::RepeatNever).to_owned(),
        Repeat::Daily => texts.fill(daily, &[("time", &time)]),
        Repeat::Weekly(days) => {
            let days: Vec<&str> = days.iter().map(|day| dates.short_weekday(day)).collect();
            texts.fill(weekly, &[("days", &days.join(", ")), ("time", &time)])
        }
        Repeat::Monthly { day } => texts.fill(monthly, &[("day", &day), ("time", &time)]),
        Repeat::Yearly { month, day } => {
            // Any leap year shows February 29.
            let date = chrono::NaiveDate::from_ymd_opt(2024, month, day).map(|day| dates.day_and_month(day));
            texts.fill(yearly, &[("date", &date.unwrap_or_default()), ("time", &time)])
        }
    }
}

/// A span of time in its two largest units: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`. The signs are the same in all
/// languages.
pub fn span(seconds: u32) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |large: String, small: u32, unit: &str| {
        if small == 0 { large } else { format!("{large} {small} {unit}") }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 => two(format!("{hours} h"), minutes % 60, "min"),
        _ => two(format!("{days} d"), hours % 24, "h"),
    }
}

/// A rate: `93.4%`; a dash where there is none.
pub fn rate(texts: &Texts, rate: Option<f64>) -> String {
    rate.map_or_else(|| "—".to_owned(), |rate| texts.percent(rate))
}

/// A period: `Feb 1 – Mar 2 2026`, `since Feb 1 2026`, `all`.
pub fn period(texts: &Texts, dates: &Dates<'_>, period: Period) -> String {
    match (period.since, period.until) {
        (None, None) => texts.get(Key::PeriodAll).to_owned(),
        (Some(since), None) => texts.fill(Key::PeriodSince, &[("day", &dates.day_of_year(since))]),
        (None, Some(until)) => texts.fill(Key::PeriodUntil, &[("day", &dates.day_of_year(until))]),
        (Some(since), Some(until)) if since == until => dates.day_of_year(until),
        (Some(since), Some(until)) if since.year() == until.year() => {
            format!("{} – {}", dates.day_and_month(since), dates.day_of_year(until))
        }
        (Some(since), Some(until)) => {
            format!("{} – {}", dates.day_of_year(since), dates.day_of_year(until))
        }
    }
}

/// The title of a chart whose columns are such steps.
pub fn chart(texts: &Texts, step: Step) -> &str {
    texts.get(match step {
        Step::Day => Key::ChartDay,
        Step::Week => Key::ChartWeek,
        Step::Month => Key::ChartMonth,
        Step::Quarter => Key::ChartQuarter,
        Step::Year => Key::ChartYear,
    })
}

/// What stands below a column of a chart; with the year where days of others are shown too.
pub fn step_start(dates: &Dates<'_>, step: Step, start: NaiveDate, with_year: bool) -> String {
    match step {
        Step::Day | Step::Week if with_year => dates.day_of_year(start),
        Step::Day | Step::Week => dates.day_and_month(start),
        Step::Month | Step::Quarter => dates.month_of_year(start),
        Step::Year => start.year().to_string(),
    }
}

/// The name of a channel among the figures.
pub fn channel_name<'a>(texts: &'a Texts, name: &'a str) -> &'a str {
    if name.is_empty() { texts.get(Key::NoChannelName) } else { name }
}

/// What a deed did: `3 archived`.
pub fn done(texts: &Texts, deed: Deed, changed: u64, label: &str) -> String {
    let key = match deed {
        Deed::Archive => Key::DoneArchive,
        Deed::Restore => Key::DoneRestore,
        Deed::Delete => Key::DoneDelete,
        Deed::MarkRead => Key::DoneRead,
        Deed::MarkUnread => Key::DoneUnread,
        Deed::Label(_) => Key::DoneLabel,
        Deed::Unlabel(_) => Key::DoneUnlabel,
        Deed::Resend => Key::DoneResend,
        Deed::Cancel => Key::DoneCancel,
    };
    texts.count_fill(key, changed, &[("label", &label)])
}

/// What a deed is for, when it does not fit: `only archived messages can be deleted`.
pub fn fits(texts: &Texts, deed: Deed) -> &str {
    texts.get(match deed {
        Deed::Delete => Key::FitsDelete,
        Deed::Resend => Key::FitsResend,
        Deed::Cancel => Key::FitsCancel,
        Deed::Archive
        | Deed::Restore
        | Deed::MarkRead
        | Deed::MarkUnread
        | Deed::Label(_)
        | Deed::Unlabel(_) => Key::FitsIncoming,
    })
}

/// Ids as a person reads them, the first few of many.
pub fn ids(ids: &[MessageId]) -> String {
    let first: Vec<String> = ids.iter().take(5).map(ToString::to_string).collect();
    if ids.len() > 5 { format!("{}, …", first.join(", ")) } else { first.join(", ") }
}

/// What an attachment is, in a word.
pub fn attachment<'a>(texts: &'a Texts, attachment: &'a Attachment) -> &'a str {
    let kind = attachment.content_type.split('/').next().unwrap_or_default();
    match kind {
        "image" => texts.get(Key::AttachmentImage),
        "audio" => texts.get(Key::AttachmentAudio),
        "video" => texts.get(Key::AttachmentVideo),
        "geo" => texts.get(Key::AttachmentPlace),
        "unavailable" => texts.get(Key::AttachmentUnavailable),
        _ => texts.get(Key::AttachmentFile),
    }
}

/// A size: `312 B`, `12 kB`, `3.4 MB`.
pub fn size(texts: &Texts, bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{} B", texts.number(bytes)),
        1000..1_000_000 => format!("{} kB", texts.number(bytes.div_ceil(1000))),
        _ => format!("{} MB", texts.decimal(bytes / 100_000)),
    }
}

/// That what came along with a message is not here, and why.
pub fn missing_media(texts: &Texts, dates: &Dates<'_>, missing: &MissingMedia, now: Time) -> String {
    if missing.is_of_file {
        return texts
            .get(match Unbrought::of(&missing.detail) {
                Unbrought::NotYet => Key::MediaNotYet,
                Unbrought::Damaged => Key::MediaDamaged,
                Unbrought::Encrypted => Key::MediaEncrypted,
                Unbrought::Unpackable => Key::MediaUnpackable,
            })
            .to_owned();
    }
    let note = match missing.next_attempt {
        Some(next) if next > now => texts.fill(Key::MediaLater, &[("when", &dates.moment(next, now))]),
        Some(_) => texts.get(Key::MediaWaits).to_owned(),
        None => texts.get(Key::MediaGivenUp).to_owned(),
    };
    if missing.detail.is_empty() { note } else { format!("{note}: {}", missing.detail) }
}

/// That a channel cannot do its work, and why.
pub fn channel_failed(texts: &Texts, channel: &str, problem: &str) -> String {
    texts.fill(Key::ChannelFailed, &[("name", &one_line(channel)), ("problem", &one_line(problem))])
}

/// That a channel that could not do its work can.
pub fn channel_mended(texts: &Texts, channel: &str) -> String {
    texts.fill(Key::ChannelMended, &[("name", &one_line(channel))])
}

/// What went wrong with a workspace, and what to do.
pub fn store_error(texts: &Texts, error: &StoreError, path: &Path) -> String {
    let file = path.display();
    match error {
        StoreError::Missing => texts.fill(Key::ErrorMissing, &[("file", &file)]),
        StoreError::NotAWorkspace => texts.fill(Key::ErrorNotAWorkspace, &[("file", &file)]),
        StoreError::Newer { found } => texts.fill(Key::ErrorNewer, &[("file", &file), ("found", found)]),
        StoreError::ReadOnly => texts.fill(Key::ErrorReadOnly, &[("file", &file)]),
        StoreError::Damaged(what) => texts.fill(Key::ErrorDamaged, &[("file", &file), ("what", what)]),
        StoreError::Full => texts.fill(Key::ErrorFull, &[("file", &file)]),
        StoreError::NoLocks => texts.fill(Key::ErrorNoLocks, &[("file", &file)]),
        StoreError::Disk(error) => texts.fill(Key::ErrorDisk, &[("file", &file), ("error", error)]),
        StoreError::NotUnicode => texts.fill(Key::ErrorNotUnicode, &[("file", &file)]),
        StoreError::Busy => texts.fill(Key::ErrorBusy, &[("file", &file)]),
        StoreError::Interrupted => texts.get(Key::ErrorInterrupted).to_owned(),
        StoreError::NoMessages(missing) => {
            texts.count_fill(Key::ErrorNoMessages, missing.len() as u64, &[("ids", &ids(missing))])
        }
        StoreError::Unfit(unfit) => texts.fill(Key::ErrorUnfit, &[("ids", &ids(unfit))]),
        StoreError::NoLabel(name) => texts.fill(Key::ErrorNoLabel, &[("name", name)]),
        StoreError::LabelExists(name) => texts.fill(Key::ErrorLabelExists, &[("name", name)]),
        StoreError::LabelGone(_) => texts.get(Key::ErrorLabelGone).to_owned(),
        StoreError::NoChannel(name) => texts.fill(Key::ErrorNoChannel, &[("name", name)]),
        StoreError::ChannelExists(name) => texts.fill(Key::ErrorChannelExists, &[("name", name)]),
        StoreError::NoGroup(name) => texts.fill(Key::ErrorNoGroup, &[("name", name)]),
        StoreError::NoContact(name) => texts.fill(Key::ErrorNoContact, &[("name", name)]),
        StoreError::SeveralContacts(name) => texts.fill(Key::ErrorSeveralContacts, &[("name", name)]),
        StoreError::NoRoute => texts.get(Key::ErrorNoRoute).to_owned(),
        StoreError::NothingToSend => texts.get(Key::ErrorNothingToSend).to_owned(),
        StoreError::NoSchedule(id) => texts.fill(Key::ErrorNoSchedule, &[("id", id)]),
        StoreError::Io(error) => io_error(texts, error, path),
        StoreError::Sql(error) => texts.fill(Key::ErrorSql, &[("file", &file), ("error", error)]),
    }
}

/// Why a file could not be read, in the reader's language where the reason is one that people meet.
pub fn io_error(texts: &Texts, error: &std::io::Error, file: &Path) -> String {
    let known = [
        (ErrorKind::NotFound, Key::ErrorNotFound),
        (ErrorKind::PermissionDenied, Key::ErrorForbidden),
        (ErrorKind::IsADirectory, Key::ErrorIsFolder),
        (ErrorKind::StorageFull, Key::ErrorFull),
        (ErrorKind::QuotaExceeded, Key::ErrorFull),
        (ErrorKind::FileTooLarge, Key::ErrorFull),
    ];
    let file = file.display();
    match known.into_iter().find(|(kind, _)| *kind == error.kind()) {
        Some((_, key)) => texts.fill(key, &[("file", &file)]),
        None => texts.fill(Key::ErrorIo, &[("file", &file), ("error", error)]),
    }
}

/// Why a new file could not be written.
pub fn new_file_error(texts: &Texts, error: &std::io::Error, file: &Path) -> String {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let no_folder = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
    match folder {
        Some(folder) if no_folder => texts.fill(Key::ErrorNoFolder, &[("folder", &folder.display())]),
        _ if error.kind() == ErrorKind::AlreadyExists => {
            texts.fill(Key::ErrorExists, &[("file", &file.display())])
        }
        _ => io_error(texts, error, file),
    }
}

/// What went wrong with a file that was to be imported, and what to do.
pub fn import_error(texts: &Texts, error: &ImportError, file: &Path, workspace: &Path) -> String {
    let shown = file.display();
    match error {
        ImportError::Io(error) => io_error(texts, error, file),
        // The command says it itself: it knows the name of that file.
        ImportError::Rejected(error) => error.to_string(),
        ImportError::Empty => texts.fill(Key::ErrorEmptyFile, &[("file", &shown)]),
        ImportError::OtherFormat(format) => {
            let key = match format {
                Format::SmsBackup => Key::ErrorNotSmsBackup,
                Format::CallsBackup => Key::ErrorNotCallsBackup,
                Format::RapidProArchive => Key::ErrorNotArchive,
                Format::RapidProExport => Key::ErrorNotExport,
                Format::Asterisk => Key::ErrorNotAsterisk,
                Format::FreeSwitch => Key::ErrorNotFreeSwitch,
                Format::Recado => Key::ErrorNotRecado,
                Format::WhatsApp => Key::ErrorNotWhatsApp,
            };
            texts.fill(key, &[("file", &shown)])
        }
        ImportError::UnknownFormat => texts.fill(Key::ErrorUnknownFormat, &[("file", &shown)]),
        ImportError::MissingColumns(columns) => {
            texts.fill(Key::ErrorMissingColumns, &[("file", &shown), ("columns", &columns.join(", "))])
        }
        ImportError::DoubledColumn(column) => {
            texts.fill(Key::ErrorDoubledColumn, &[("file", &shown), ("column", &one_line(column))])
        }
        ImportError::Zip(problem) => {
            let key = match problem {
                ZipProblem::Damaged => Key::ErrorZipDamaged,
                ZipProblem::NoChat => Key::ErrorZipNoChat,
                ZipProblem::SeveralChats => Key::ErrorZipSeveralChats,
                ZipProblem::Encrypted => Key::ErrorZipEncrypted,
                ZipProblem::Method => Key::ErrorZipMethod,
                ZipProblem::Bomb => Key::ErrorZipBomb,
            };
            texts.fill(key, &[("file", &shown)])
        }
        ImportError::UnknownOwner(senders) => {
            let senders = one_line(&senders.join(" · "));
            texts.fill(Key::ErrorUnknownOwner, &[("file", &shown), ("senders", &senders)])
        }
        ImportError::NoSuchSender { named, senders } => {
            let senders = one_line(&senders.join(" · "));
            let named = one_line(named);
            texts.fill(Key::ErrorNoSuchSender, &[("file", &shown), ("name", &named), ("senders", &senders)])
        }
        ImportError::NumberOfGroup => texts.fill(Key::ErrorNumberOfGroup, &[("file", &shown)]),
        ImportError::Store(error) => store_error(texts, error, workspace),
    }
}

/// Why a record of a file is left out.
pub fn skip(texts: &Texts, reason: Skip) -> &str {
    texts.get(match reason {
        Skip::Draft => Key::SkipDraft,
        Skip::MmsNotification => Key::SkipMmsNotification,
        Skip::PrivateNumber => Key::SkipPrivateNumber,
        Skip::Deleted => Key::SkipDeleted,
        Skip::InternalCall => Key::SkipInternalCall,
        Skip::OtherLeg => Key::SkipOtherLeg,
        Skip::System => Key::SkipSystem,
    })
}

/// What is wrong with a record of a file.
pub fn problem(texts: &Texts, problem: Problem) -> &str {
    texts.get(match problem {
        Problem::UnknownType => Key::ProblemUnknownType,
        Problem::BadDate => Key::ProblemBadDate,
        Problem::BadDuration => Key::ProblemBadDuration,
        Problem::MissingAddress => Key::ProblemMissingAddress,
        Problem::BadAddress => Key::ProblemBadAddress,
        Problem::BadJson => Key::ProblemBadJson,
        Problem::NotAnObject => Key::ProblemNotAnObject,
        Problem::BadCreatedOn => Key::ProblemBadCreatedOn,
        Problem::BadDirection => Key::ProblemBadDirection,
        Problem::MissingContact => Key::ProblemMissingContact,
        Problem::BadRecord => Key::ProblemBadRecord,
        Problem::BadRow => Key::ProblemBadRow,
        Problem::BadEncoding => Key::ProblemBadEncoding,
        Problem::TooLarge => Key::ProblemTooLarge,
        Problem::Truncated => Key::ProblemTruncated,
        Problem::BadChecksum => Key::ProblemBadChecksum,
        Problem::TrailingBytes => Key::ProblemTrailingBytes,
    })
}

/// What is wrong within a workspace. SQLite's own words stay as they are.
pub fn finding(texts: &Texts, finding: &Finding) -> String {
    match finding {
        Finding::Integrity(what) => what.clone(),
        Finding::Dangling { table, rows } => {
            texts.count_fill(Key::FindingDangling, *rows, &[("table", table)])
        }
        Finding::FolderCount(Some(there)) => {
            texts.fill(Key::FindingFolderCount, &[("folder", &folder(texts, *there))])
        }
        Finding::FolderCount(None) => texts.get(Key::FindingDeletedCount).to_owned(),
        Finding::Labels(rows) => texts.count(Key::FindingLabels, *rows),
        Finding::History(rows) => texts.count(Key::FindingHistory, *rows),
        Finding::FolderRule(rows) => texts.count(Key::FindingFolderRule, *rows),
        Finding::Missing(name) => texts.fill(Key::FindingMissing, &[("name", name)]),
        Finding::MessageIndex => texts.get(Key::FindingMessageIndex).to_owned(),
        Finding::ContactIndex => texts.get(Key::FindingContactIndex).to_owned(),
    }
}

/// What is wrong with a query.
pub fn query_error(texts: &Texts, error: &QueryError) -> String {
    match &error.problem {
        QueryProblem::NoValue(operator) => texts.fill(Key::QueryNoValue, &[("operator", operator)]),
        QueryProblem::UnknownFolder(folder) => {
            // Those in which something can be found by its text.
            let known = Folder::ALL.into_iter().filter(|folder| folder.holds_messages());
            let known = known.map(Folder::id).collect::<Vec<_>>().join(", ");
            texts.fill(Key::QueryUnknownFolder, &[("folder", folder), ("known", &known)])
        }
        QueryProblem::BadDate(date) => texts.fill(Key::QueryBadDate, &[("date", date)]),
        QueryProblem::UnknownWord(word) => texts.fill(Key::QueryUnknownWord, &[("word", word)]),
    }
}

/// What is wrong with a label's name.
pub fn bad_name(texts: &Texts, problem: BadName) -> &str {
    texts.get(match problem {
        BadName::Empty => Key::NameEmpty,
        BadName::TooLong => Key::NameTooLong,
        BadName::Forbidden => Key::NameForbidden,
    })
}

/// A text from outside as one line that does nothing to a terminal: blanks for line ends and tabs, and neither control
/// characters nor marks that turn the writing direction.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' if !line.ends_with(' ') => {
                line.push(' ');
            }
            c if is_harmless(c) => line.push(c),
            _ => {}
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Whether nothing of a text is seen: a name of such characters says less than a number.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| {
        // Letters and signs that are drawn as nothing, though some of them take a column.
        let is_empty = matches!(
            u32::from(c),
            0x00AD | 0x034F | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x2800 | 0x3164 | 0xFFA0
        );
        is_empty || c.is_whitespace() || !is_harmless(c) || c.width() == Some(0)
    })
}

/// Whether a character only ever shows itself.
pub fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(u32::from(c), 0x200E..=0x200F | 0x202A..=0x202E | 0x2066..=0x2069 | 0x061C | 0x2028..=0x2029 | 0xFEFF | 0xFFF9..=0xFFFB | 0xE0001..=0xE007F)
}
