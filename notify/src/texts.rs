//! What Muster itself writes to people, in both languages.

use crate::model::{Content, Lang};

pub(crate) fn activation_subject(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "Confirm that alarms may reach you here",
        Lang::ZhCn => "请确认用此地址接收告警通知",
    }
}

pub(crate) fn activation_text(lang: Lang, contact: &str, link: &str) -> String {
    match lang {
        Lang::En => format!(
            "Somebody has entered this address for the alert contact \"{contact}\".\n\n\
             If alarms may be sent here, open this link within 24 hours and confirm:\n\n{link}\n\n\
             If you do not know what this is about, ignore it: nothing else will be sent."
        ),
        Lang::ZhCn => {
            format!(
                "有人将此地址登记为告警联系人“{contact}”的联系方式。\n\n如果同意在此接收告警，请在 24 小时内打开下面的链接并确认：\n\n{link}\n\n如果您不了解此事，请忽略，之后不会再收到任何消息。"
            )
        }
    }
}

/// As short as it can be: a text message is paid for by parts.
pub(crate) fn activation_sms(lang: Lang, contact: &str, link: &str) -> String {
    match lang {
        Lang::En => format!("Confirm that alarms for {contact} may reach you here: {link}"),
        Lang::ZhCn => format!("请确认在此接收“{contact}”的告警：{link}"),
    }
}

pub(crate) fn test(lang: Lang, contact: &str) -> Content {
    let (subject, text) = match lang {
        Lang::En => (
            "Test message",
            format!("This is a test message for the contact \"{contact}\". Nothing has happened."),
        ),
        Lang::ZhCn => ("测试消息", format!("这是发给联系人“{contact}”的测试消息，没有发生任何告警。")),
    };
    Content { subject: subject.to_owned(), text, ..Content::default() }
}
