//! What people read of a message.

use domain::{alert::AlertRecord, webhook::WebhookEvent};
use serde::Deserialize;
use serde_json::Value;

use super::channel::{Message, SendError};

/// A message as people are told it.
pub(super) struct Told {
    /// None: somebody wants to see whether messages arrive.
    pub(super) alert: Option<AlertRecord>,
}

#[derive(Deserialize)]
struct Payload {
    data: Value,
}

impl Told {
    /// Reads what the outbox holds.
    pub(super) fn read(message: Message<'_>) -> Result<Self, SendError> {
        if message.delivery.event == WebhookEvent::Ping {
            return Ok(Self { alert: None });
        }
        let unreadable = |_| SendError::give_up("this version cannot read the message as an alert");
        let payload: Payload = serde_json::from_str(&message.delivery.payload).map_err(unreadable)?;
        Ok(Self { alert: Some(serde_json::from_value(payload.data).map_err(unreadable)?) })
    }

    /// One line.
    pub(super) fn title(&self) -> String {
        match &self.alert {
            Some(alert) => one_line(&alert.title),
            None => "Portolan can reach you here".to_owned(),
        }
    }

    pub(super) fn body(&self) -> &str {
        match &self.alert {
            Some(alert) => &alert.body,
            None => "Somebody asked for this message, to see whether it arrives. Nothing is to be done.",
        }
    }

    /// What it is, in small print.
    pub(super) fn footer(&self) -> String {
        match &self.alert {
            Some(alert) => format!("{} | {} | alert {}", alert.severity, alert.kind, alert.id),
            None => "ping".to_owned(),
        }
    }

    pub(super) fn text(&self) -> String {
        format!("{}\n\n{}\n\n-- \n{}\n", self.title(), self.body(), self.footer())
    }

    pub(super) fn html(&self) -> String {
        let paragraphs: String =
            self.body().split("\n\n").map(|part| format!("<p>{}</p>", escape(part).replace('\n', "<br>"))).collect();
        format!(
            "<!doctype html><html><body style=\"font-family:sans-serif\"><h2>{}</h2>{paragraphs}<p style=\"color:#666\"><small>{}</small></p></body></html>",
            escape(&self.title()),
            escape(&self.footer())
        )
    }
}

/// A header's or a heading's text: no line ends.
fn one_line(text: &str) -> String {
    text.split(char::is_control).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// At most `max` characters, with a sign where something was cut.
pub(super) fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_becomes_markup_or_a_header() {
        assert_eq!(escape("<b a=\"1\" c='2'>&"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;");
        assert_eq!(one_line("a\r\nBcc: x\tb\u{0}"), "a Bcc: x b");
        assert_eq!((clip("abcd", 3), clip("abc", 3)), ("ab…".to_owned(), "abc".to_owned()));
    }
}
