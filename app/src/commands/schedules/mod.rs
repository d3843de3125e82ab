//! `portolan schedules`.

mod told;

use std::path::Path;

use crate::{
    cli::{ScheduleShowArgs, SchedulesAction, SchedulesArgs, ServerArgs},
    exit::Exit,
    output,
    render::Look,
    session::{Need, Session},
};

use super::following;

/// Ticks that `show` looks back on.
const TICKS_SHOWN: u32 = 5;

pub(super) async fn run(args: SchedulesArgs, config: Option<&Path>) -> anyhow::Result<Exit> {
    let session = Session::open(server(&args.action), config, Need::Answers).await?;
    let done = act(&session, &args.action).await;
    session.close().await?;
    done
}

fn server(action: &SchedulesAction) -> &ServerArgs {
    match action {
        SchedulesAction::Ls(args) => &args.server,
        SchedulesAction::Create(args) => &args.server,
        SchedulesAction::Show(args) => &args.schedule.server,
        SchedulesAction::Pause(args)
        | SchedulesAction::Resume(args)
        | SchedulesAction::Run(args)
        | SchedulesAction::Rm(args) => &args.server,
    }
}

async fn act(session: &Session, action: &SchedulesAction) -> anyhow::Result<Exit> {
    let client = &session.client;
    match action {
        SchedulesAction::Ls(args) if args.json => {
            output::data(client.raw("v1/schedules", &args.query([])).await?.to_string());
        }
        SchedulesAction::Ls(args) => {
            output::data(told::table(&client.schedules(&args.query([])).await?, Look::stdout()));
        }
        SchedulesAction::Create(args) => {
            let made = client.create_schedule(&args.request()).await?;
            output::data(made.schedule_id.to_string());
            output::note(told::schedule(&made, None, Look::stderr()));
            note_who_runs_it(session);
        }
        SchedulesAction::Show(args) => show(session, args).await?,
        SchedulesAction::Pause(args) => {
            let paused = client.pause_schedule(args.schedule_id).await?;
            output::note(format!("Schedule {} is paused.", paused.schedule_id));
        }
        SchedulesAction::Resume(args) => {
            let resumed = client.resume_schedule(args.schedule_id).await?;
            output::note(format!("Schedule {} goes on: next {}.", resumed.schedule_id, told::next(&resumed)));
            note_who_runs_it(session);
        }
        SchedulesAction::Run(args) => {
            let accepted = client.run_schedule(args.schedule_id).await?;
            output::data(accepted.job_id.to_string());
            let again = following::again(&args.server);
            output::note(format!("Follow it: portolan follow {}{again}", accepted.job_id));
            note_who_runs_it(session);
        }
        SchedulesAction::Rm(args) => {
            client.delete_schedule(args.schedule_id).await?;
            output::note(format!("Schedule {} is gone. Jobs that it started are kept.", args.schedule_id));
        }
    }
    Ok(Exit::Ok)
}

async fn show(session: &Session, args: &ScheduleShowArgs) -> anyhow::Result<()> {
    let (client, id) = (&session.client, args.schedule.schedule_id);
    if args.json {
        output::data(client.raw(&format!("v1/schedules/{id}"), &[]).await?.to_string());
        return Ok(());
    }
    let (schedule, ticks) = (client.schedule(id).await?, client.ticks(id, TICKS_SHOWN).await?);
    output::data(told::schedule(&schedule, Some(&ticks), Look::stdout()));
    Ok(())
}

/// A schedule is a row; somebody has to look at it.
fn note_who_runs_it(session: &Session) {
    if session.is_own() {
        output::note("No Portolan runs here, so nothing happens until one does: portolan dev");
    }
}
