//! `portolan alerts`.

use std::path::Path;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};
use domain::alert::{AlertRecord, Severity};

use crate::{
    cli::{AlertFollowArgs, AlertLsArgs, AlertsAction, AlertsArgs, ServerArgs},
    client::AlertPage,
    exit::Exit,
    output,
    render::{Look, plain, wrap},
    session::{Need, Session},
    shutdown::Signals,
};

pub(super) async fn run(args: AlertsArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(server(&args.action), config, Need::Answers).await?;
    let done = act(&session, &args.action).await;
    session.close().await?;
    done
}

fn server(action: &AlertsAction) -> &ServerArgs {
    match action {
        AlertsAction::Ls(args) => &args.list.server,
        AlertsAction::Show(args) => &args.alert.server,
        AlertsAction::Ack(args) => &args.alert.server,
        AlertsAction::Snooze(args) => &args.alert.server,
        AlertsAction::Resolve(args) => &args.server,
        AlertsAction::Follow(args) => &args.server,
    }
}

async fn act(session: &Session, action: &AlertsAction) -> anyhow::Result<Exit> {
    let client = &session.client;
    match action {
        AlertsAction::Ls(args) if args.list.json => {
            output::data(client.raw("v1/alerts", &query(args)).await?.to_string());
        }
        AlertsAction::Ls(args) => output::data(table(&client.alerts(&query(args)).await?, Look::stdout())),
        AlertsAction::Show(args) if args.json => {
            output::data(client.raw(&format!("v1/alerts/{}", args.alert.alert_id), &[]).await?.to_string());
        }
        AlertsAction::Show(args) => {
            output::data(told(&client.alert(args.alert.alert_id).await?, Look::stdout()));
        }
        AlertsAction::Ack(args) => {
            let alert = client.acknowledge(args.alert.alert_id, args.user.as_deref()).await?;
            output::note(format!("Alert {} is {}.", alert.id, alert.status));
        }
        AlertsAction::Snooze(args) => {
            let alert = client.snooze(args.alert.alert_id, args.for_s, args.user.as_deref()).await?;
            let until = alert.snoozed_until.map(|at| format!(" until {}", at.format("%Y-%m-%d %H:%M:%S UTC")));
            output::note(format!("Alert {} is {}{}.", alert.id, alert.status, until.unwrap_or_default()));
        }
        AlertsAction::Resolve(args) => {
            let alert = client.resolve(args.alert_id).await?;
            output::note(format!("Alert {} is {}.", alert.id, alert.status));
        }
        AlertsAction::Follow(args) => return follow(session, args).await,
    }
    Ok(Exit::Ok)
}

async fn follow(session: &Session, args: &AlertFollowArgs) -> anyhow::Result<Exit> {
    if session.is_own() {
        output::note("No Portolan runs here, so nothing happens until one does: portolan dev");
    }
    let since = match args.since {
        Some(since) => since,
        None => session.client.alerts(&[("limit", "1".to_owned())]).await?.last_seq,
    };
    let mut signals = Signals::catch()?;
    let mut alerts = session.client.alert_stream(args.user.as_deref(), since);
    let look = Look::stdout();
    let mut printed = 0;
    while args.count.is_none_or(|count| printed < count) {
        let next = tokio::select! {
            next = alerts.next() => next?,
            _ = signals.next() => break,
        };
        let Some(envelope) = next else { break };
        match serde_json::from_str::<AlertRecord>(&envelope.json) {
            Ok(alert) if !args.json => output::data(line(&alert, look)),
            _ => output::data(envelope.json),
        }
        printed += 1;
    }
    Ok(Exit::Ok)
}

fn query(args: &AlertLsArgs) -> Vec<(&'static str, String)> {
    let filters =
        [("status", &args.status), ("kind", &args.kind), ("severity", &args.severity), ("user_id", &args.user)];
    args.list.query(filters)
}

fn table(page: &AlertPage, look: Look) -> String {
    if page.alerts.is_empty() {
        return "No alerts.".to_owned();
    }
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(look.width).unwrap_or(u16::MAX))
        .set_header(vec!["alert", "severity", "kind", "state", "seen", "what"]);
    for alert in &page.alerts {
        table.add_row(vec![
            alert.id.to_string(),
            alert.severity.to_string(),
            alert.kind.to_string(),
            alert.status.to_string(),
            alert.occurrences.to_string(),
            plain(&alert.title),
        ]);
    }
    // An id must stay in one piece, or it cannot be copied.
    if let Some(ids) = table.column_mut(0) {
        ids.set_constraint(ColumnConstraint::ContentWidth);
    }
    table.trim_fmt()
}

/// One line.
fn line(alert: &AlertRecord, look: Look) -> String {
    let severity = coloured(alert.severity, look);
    let (when, title) = (alert.updated_at.format("%Y-%m-%d %H:%M:%S"), plain(&alert.title).replace('\n', " "));
    format!("{when}  {severity}  {}  {}  {}  {title}", alert.kind, alert.status, alert.id)
}

fn told(alert: &AlertRecord, look: Look) -> String {
    let mut lines = vec![
        format!("{} {}", look.bold(&plain(&alert.title)), alert.id),
        format!(
            "{}, {}, {}, seen {} times",
            coloured(alert.severity, look),
            alert.kind,
            alert.status,
            alert.occurrences
        ),
    ];
    lines.extend(alert.user_id.as_deref().map(|user| format!("for {}", plain(user))));
    lines.extend(alert.acknowledged_by.as_deref().map(|by| format!("answered by {}", plain(by))));
    lines.extend(alert.snoozed_until.map(|at| format!("back at {}", at.format("%Y-%m-%d %H:%M:%S UTC"))));
    if !alert.body.trim().is_empty() {
        lines.push(format!("\n{}", wrap(&plain(&alert.body), look.width, "  ")));
    }
    lines.join("\n")
}

fn coloured(severity: Severity, look: Look) -> String {
    match severity {
        Severity::Info => severity.to_string(),
        Severity::Warning => look.yellow(severity.word()),
        Severity::Critical => look.red(severity.word()),
    }
}
