//! Webhooks and messages for people.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

use crate::{
    client::{DeliveryPage, WebhookPage},
    render::{Look, plain},
};

pub(super) fn table(page: &WebhookPage, look: Look) -> String {
    if page.webhooks.is_empty() {
        return "No webhooks.".to_owned();
    }
    let mut table = head(look, vec!["webhook", "state", "secret", "failures", "events", "where"]);
    for webhook in &page.webhooks {
        let events: Vec<&str> = webhook.events.iter().map(|event| event.word()).collect();
        table.add_row(vec![
            webhook.id.to_string(),
            if webhook.enabled { "enabled" } else { "disabled" }.to_owned(),
            format!("...{}", plain(&webhook.secret_last4)),
            webhook.failures.to_string(),
            if events.is_empty() { "all".to_owned() } else { events.join(", ") },
            plain(&webhook.url),
        ]);
    }
    finish(table)
}

pub(super) fn deliveries(page: &DeliveryPage, look: Look) -> String {
    if page.deliveries.is_empty() {
        return "No deliveries.".to_owned();
    }
    let mut table = head(look, vec!["delivery", "event", "state", "attempts", "made", "last error"]);
    for delivery in &page.deliveries {
        table.add_row(vec![
            delivery.id.to_string(),
            plain(&delivery.event),
            plain(&delivery.status),
            delivery.attempts.to_string(),
            delivery.created_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            delivery.last_error.as_deref().map(plain).unwrap_or_default(),
        ]);
    }
    finish(table)
}

fn head(look: Look, titles: Vec<&str>) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(titles);
    table
}

fn finish(mut table: Table) -> String {
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}
