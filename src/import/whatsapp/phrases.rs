//! The words that WhatsApp itself writes into a chat, as data: names of files, notices, and what stands for media.
//!
//! One list for all languages, since a phone's language is nowhere said in the file. Words are in lower case where they are
//! compared so; `{}` stands for a name.

/// Words that may stand between date and time.
pub(super) const WORDS_BETWEEN: &[&str] = &[
    "klo", "kl", "um", "at", "às", "as", "à", "a las", "alle", "ore", "o", "об", "в", "om", "pukul", "saat",
];

/// What stands for the first half of the day, without dots and blanks.
pub(super) const FORENOON: &[&str] = &[
    "am",
    "ص",
    "上午",
    "午前",
    "오전",
    "凌晨",
    "清晨",
    "早上",
    "पूर्वाह्न",
    "öö",
    "πμ",
    "de",
    "sa",
    "fm",
    "fh",
    "dop",
    "قظ",
];

/// What stands for the second.
pub(super) const AFTERNOON: &[&str] =
    &["pm", "م", "下午", "午後", "오후", "晚上", "अपराह्न", "ös", "μμ", "du", "ch", "em", "eh", "odp", "بظ"];

/// What stands for the hours about noon.
pub(super) const NOON: &[&str] = &["中午"];

/// How exports are named, as phones in many languages name them: `{}` is the other one or the group.
pub(super) const TITLES: &[&str] = &[
    "WhatsApp Chat with {}",
    "WhatsApp Chat - {}",
    "WhatsApp chat with {}",
    "Chat de WhatsApp con {}",
    "Chat de WhatsApp - {}",
    "Conversa do WhatsApp com {}",
    "Conversa do WhatsApp - {}",
    "WhatsApp Chat mit {}",
    "WhatsApp-Chat mit {}",
    "Discussion WhatsApp avec {}",
    "Chat WhatsApp con {}",
    "WhatsApp-chat met {}",
    "Чат WhatsApp с контактом {}",
    "Чат WhatsApp с {}",
    "Chat WhatsApp dengan {}",
    "{} ile WhatsApp Sohbeti",
    "{} ile WhatsApp sohbeti",
    "WhatsApp Sohbeti - {}",
    "محادثة واتساب مع {}",
    "دردشة واتساب مع {}",
    "محادثة WhatsApp مع {}",
    "{} के साथ WhatsApp चैट",
    "Czat WhatsApp z {}",
    "Rozmowa WhatsApp z {}",
    "Xat de WhatsApp amb {}",
];

/// Names of the chat's own file within an export of iOS.
pub(super) const CHAT_FILE: &str = "_chat.txt";

/// Notices may quote a name, and the name may hold `: `: what stands before it then ends with one of these or holds it, and
/// is no sender.
pub(super) const NOTICES_WITH_A_NAME: &[&str] = &[
    "created group \"",
    "created group “",
    "changed the subject ",
    "changed the group name ",
    "changed the group description",
    "creó el grupo \"",
    "creó el grupo “",
    "creaste el grupo \"",
    "creaste el grupo “",
    "cambió el asunto ",
    "cambió el nombre del grupo ",
    "cambiaste el nombre del grupo ",
    "criou o grupo \"",
    "criou o grupo “",
    "mudou o nome do grupo ",
    "mudou o nome de ",
    "alterou o nome do grupo ",
    "hat die gruppe \"",
    "hat die gruppe „",
    "hast die gruppe \"",
    "hast die gruppe „",
    "a créé le groupe \"",
    "a créé le groupe «",
    "avez créé le groupe \"",
    "avez créé le groupe «",
    "ha creato il gruppo \"",
    "ha creato il gruppo “",
    "hai creato il gruppo \"",
    "heeft de groep \"",
    "создал(а) группу \"",
    "создал(-а) группу «",
    "membuat grup \"",
    "grubunu oluşturdu",
    "أنشأ المجموعة \"",
];

/// What notices say; where a line has no sender they tell a group from a chat of two.
pub(super) const GROUP_NOTICES: &[&str] = &[
    "created group",
    "created this group",
    " added ",
    "added you",
    " removed ",
    "joined using",
    "joined from the community",
    " left",
    "changed the subject",
    "changed the group",
    "changed this group",
    "'s icon",
    "now an admin",
    "creó el grupo",
    "creaste el grupo",
    "creó este grupo",
    "añadió a",
    "te añadió",
    "eliminó a",
    "se unió usando",
    "salió del grupo",
    "el asunto",
    "del grupo",
    "criou o grupo",
    "criou este grupo",
    "adicionou",
    "removeu",
    "entrou usando",
    "do grupo",
    " saiu",
    "gruppe",
    "le groupe",
    "du groupe",
    "il gruppo",
    "del gruppo",
    "de groep",
    "группу",
    "группы",
    "grup ",
    "grubu",
    "المجموعة",
    "समूह",
    "ग्रुप",
];

/// Notices as iOS writes them behind a sender, when their mark was lost on the way: the first sentence says that the chat is
/// encrypted.
pub(super) const ENCRYPTION: &[&str] = &[
    "end-to-end encrypted",
    "cifrados de extremo a extremo",
    "cifradas de extremo a extremo",
    "criptografia de ponta a ponta",
    "encriptação ponta a ponta",
    "ende-zu-ende-verschlüsselt",
    "chiffrés de bout en bout",
    "crittografia end-to-end",
    "end-to-end versleuteld",
    "сквозным шифрованием",
    "terenkripsi secara end-to-end",
    "uçtan uca şifrelidir",
    "مشفرة تمامًا بين الطرفين",
    "مشفرة تماماً بين الطرفين",
    "एंड-टू-एंड एन्क्रिप्टेड",
];

/// Texts that stand for a message that was deleted. A full stop at the end is not compared.
pub(super) const DELETED: &[&str] = &[
    "this message was deleted",
    "you deleted this message",
    "this message was deleted by admin {}",
    "se eliminó este mensaje",
    "eliminaste este mensaje",
    "este mensaje fue eliminado",
    "este mensaje se eliminó",
    "se eliminó este mensaje por el admin. {}",
    "el admin. {} eliminó este mensaje",
    "mensagem apagada",
    "você apagou esta mensagem",
    "esta mensagem foi apagada",
    "esta mensagem foi eliminada",
    "eliminou esta mensagem",
    "mensagem apagada pelo admin {}",
    "essa mensagem foi apagada pelo admin {}",
    "diese nachricht wurde gelöscht",
    "du hast diese nachricht gelöscht",
    "ce message a été supprimé",
    "vous avez supprimé ce message",
    "ce message a été effacé",
    "questo messaggio è stato eliminato",
    "hai eliminato questo messaggio",
    "dit bericht is verwijderd",
    "u hebt dit bericht verwijderd",
    "je hebt dit bericht verwijderd",
    "данное сообщение удалено",
    "вы удалили данное сообщение",
    "это сообщение удалено",
    "تم حذف هذه الرسالة",
    "لقد حذفت هذه الرسالة",
    "حذفت هذه الرسالة",
    "यह मैसेज डिलीट किया गया",
    "यह संदेश मिटा दिया गया था",
    "आपने यह मैसेज डिलीट किया",
    "आपने यह संदेश मिटाया",
    "pesan ini telah dihapus",
    "pesan ini dihapus",
    "anda telah menghapus pesan ini",
    "anda menghapus pesan ini",
    "bu mesaj silindi",
    "bu mesajı sildiniz",
];

/// What is put behind the text of a message that was edited.
pub(super) const EDITED: &[&str] = &[
    "<this message was edited>",
    "<se editó este mensaje.>",
    "<se editó este mensaje>",
    "<mensagem editada>",
    "<esta mensagem foi editada>",
    "<diese nachricht wurde bearbeitet.>",
    "<diese nachricht wurde bearbeitet>",
    "<ce message a été modifié>",
    "<questo messaggio è stato modificato>",
    "<dit bericht is bewerkt>",
    "<сообщение изменено>",
    "<данное сообщение изменено>",
    "<تم تعديل هذه الرسالة>",
    "<pesan ini diedit>",
    "<bu mesaj düzenlendi>",
    "<यह मैसेज एडिट किया गया>",
];

/// What Android writes in place of media that were left out.
pub(super) const OMITTED: &[&str] = &[
    "<media omitted>",
    "<multimedia omitido>",
    "<archivo omitido>",
    "<mídia oculta>",
    "<arquivo de mídia oculto>",
    "<ficheiro não revelado>",
    "<medien ausgeschlossen>",
    "<médias omis>",
    "<fichier omis>",
    "<media omessi>",
    "<media weggelaten>",
    "<без медиафайлов>",
    "<медиафайл пропущен>",
    "<файл пропущен>",
    "<تم استبعاد الوسائط>",
    "<الوسائط غير مدرجة>",
    "<मीडिया छोड़ा गया>",
    "<media tidak disertakan>",
    "<medya dahil edilmedi>",
    "<media dihilangkan>",
    "<pominięto multimedia>",
    "<mèdia omès>",
];

/// With what iOS ends the words that stand in place of a picture, video or document: `image omitted`, `imagem ocultada`.
pub(super) const OMITTED_ENDINGS: &[&str] = &[
    "omitted",
    "omitido",
    "omitida",
    "ocultado",
    "ocultada",
    "oculto",
    "oculta",
    "weggelassen",
    "ausgelassen",
    "absent",
    "absente",
    "omis",
    "omise",
    "manquant",
    "manquante",
    "retiré",
    "retirée",
    "omesso",
    "omessa",
    "escluso",
    "esclusa",
    "non incluso",
    "non inclusa",
    "weggelaten",
    "отсутствует",
    "пропущено",
    "пропущен",
    "пропущена",
    "dahil edilmedi",
    "tidak disertakan",
    "dihilangkan",
    "غير مدرج",
    "غير مدرجة",
    "छोड़ा गया",
    "छोड़ी गई",
];

/// ... of how many words they are at most.
pub(super) const OMITTED_WORDS: usize = 5;

/// What Android puts behind the name of a file that is there.
pub(super) const ATTACHED: &[&str] = &[
    "(file attached)",
    "(archivo adjunto)",
    "(arquivo anexado)",
    "(ficheiro anexado)",
    "(datei angehängt)",
    "(fichier joint)",
    "(file allegato)",
    "(bestand bijgevoegd)",
    "(файл добавлен)",
    "(файл прикреплён)",
    "(dosya ekli)",
    "(file terlampir)",
    "(الملف مرفق)",
    "(ملف مرفق)",
    "(फ़ाइल अटैच की गई है)",
    "(फ़ाइल संलग्न)",
    "(fitxer adjunt)",
];

/// Before the name of one that iOS encloses in `<>`.
pub(super) const ATTACHED_BEFORE: &[&str] = &[
    "attached",
    "adjunto",
    "anexado",
    "anexo",
    "anhang",
    "pièce jointe",
    "allegato",
    "bijlage",
    "прикреплено",
    "приложение",
    "eklenen",
    "ekli",
    "terlampir",
    "lampiran",
    "مرفق",
    "المرفق",
    "संलग्न",
    "अटैच",
    "adjunt",
];

/// With what iOS begins notes that a person did make, although they bear its mark.
pub(super) const OWN_NOTES: &[&str] = &[
    "poll:",
    "encuesta:",
    "enquete:",
    "umfrage:",
    "sondage:",
    "sondaggio:",
    "опрос:",
    "jajak pendapat:",
    "anket:",
    "location:",
    "ubicación:",
    "localização:",
    "standort:",
    "lieu:",
    "posizione:",
    "местоположение:",
    "konum:",
    "lokasi:",
];

/// What a file is, by how its name ends.
pub(super) const TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("heic", "image/heic"),
    ("mp4", "video/mp4"),
    ("mov", "video/quicktime"),
    ("3gp", "video/3gpp"),
    ("opus", "audio/ogg"),
    ("ogg", "audio/ogg"),
    ("m4a", "audio/mp4"),
    ("mp3", "audio/mpeg"),
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("wav", "audio/wav"),
    ("pdf", "application/pdf"),
    ("vcf", "text/vcard"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("zip", "application/zip"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compared_in_lower_case_is_written_so() {
        let lists = [
            WORDS_BETWEEN,
            FORENOON,
            AFTERNOON,
            NOON,
            NOTICES_WITH_A_NAME,
            GROUP_NOTICES,
            ENCRYPTION,
            DELETED,
            EDITED,
            OMITTED,
            OMITTED_ENDINGS,
            ATTACHED,
            ATTACHED_BEFORE,
            OWN_NOTES,
        ];
        for phrase in lists.into_iter().flatten() {
            assert_eq!(*phrase, phrase.to_lowercase());
        }
        assert!(TITLES.iter().all(|title| title.matches("{}").count() == 1));
        assert!(EDITED.iter().chain(OMITTED).all(|phrase| phrase.starts_with('<') && phrase.ends_with('>')));
    }
}
