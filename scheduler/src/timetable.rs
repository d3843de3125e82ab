//! Which of the built-in schedules are due. Pure: the present instant is an argument.

use chrono::{DateTime, Utc};
use recurrence::Recurrence;

use crate::{Error, schedules::Schedule};

/// The schedules and when each is due next.
pub(crate) struct Timetable {
    rows: Vec<Row>,
}

struct Row {
    schedule: &'static Schedule,
    recurrence: Recurrence,
    /// None until the first instant is seen.
    next_at: Option<DateTime<Utc>>,
}

impl Timetable {
    pub(crate) fn new(schedules: &'static [Schedule]) -> Result<Self, Error> {
        let rows = schedules
            .iter()
            .map(|schedule| {
                let recurrence = Recurrence::read(schedule.cron, schedule.time_zone)
                    .map_err(|source| Error::Expression { name: schedule.name, source })?;
                Ok(Row { schedule, recurrence, next_at: None })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { rows })
    }

    /// What is due at `now` with its tick, each once however long nobody asked. The tick is the newest one, so that
    /// replicas that slept for different times mean the same one. Nothing is due at the first question.
    pub(crate) fn due(&mut self, now: DateTime<Utc>) -> Vec<(&'static Schedule, DateTime<Utc>)> {
        let mut due = Vec::new();
        for row in &mut self.rows {
            let upcoming = row.recurrence.next_after(now).map(|next| next.at);
            match row.next_at {
                Some(next_at) if next_at <= now => {
                    due.push((row.schedule, row.newest(next_at, now)));
                    row.next_at = upcoming;
                }
                // A clock that was set back brings an earlier one.
                Some(next_at) => row.next_at = Some(upcoming.map_or(next_at, |upcoming| upcoming.min(next_at))),
                None => row.next_at = upcoming,
            }
        }
        due
    }
}

impl Row {
    fn newest(&self, tick_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let mut newest = tick_at;
        while let Some(next) = self.recurrence.next_after(newest).filter(|next| next.at <= now) {
            newest = next.at;
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedules::{Chore, SCHEDULES};

    static MORNING: &[Schedule] =
        &[Schedule { name: "morning", cron: "30 7 * * *", time_zone: "Europe/Lisbon", chore: Chore::Prune }];

    static HOURLY: &[Schedule] =
        &[Schedule { name: "hourly", cron: "17 * * * *", time_zone: "UTC", chore: Chore::Prune }];

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("the test's instant is valid")
    }

    fn due(timetable: &mut Timetable, now: &str) -> usize {
        timetable.due(at(now)).len()
    }

    #[test]
    fn every_built_in_schedule_can_be_read() {
        assert!(Timetable::new(SCHEDULES).is_ok());
    }

    #[test]
    fn a_schedule_fires_once_at_its_time_and_not_at_the_start() {
        let mut timetable = Timetable::new(HOURLY).expect("it reads");
        assert_eq!(due(&mut timetable, "2026-11-21T10:17:00Z"), 0, "the first question only learns the time");
        assert_eq!(due(&mut timetable, "2026-11-21T11:16:59Z"), 0);
        assert_eq!(due(&mut timetable, "2026-11-21T11:17:00Z"), 1);
        assert_eq!(due(&mut timetable, "2026-11-21T11:17:00Z"), 0, "a doubled second fires nothing twice");
        assert_eq!(due(&mut timetable, "2026-11-21T11:17:01Z"), 0);
    }

    #[test]
    fn a_time_that_was_slept_through_fires_once() {
        let mut timetable = Timetable::new(HOURLY).expect("it reads");
        due(&mut timetable, "2026-11-21T10:00:00Z");
        let due_then = timetable.due(at("2026-11-22T03:40:05Z"));
        assert_eq!(due_then, [(&HOURLY[0], at("2026-11-22T03:17:00Z"))], "the newest tick");
        assert_eq!(due(&mut timetable, "2026-11-22T03:40:06Z"), 0);
    }

    #[test]
    fn a_persons_morning_follows_their_clock_through_the_change_to_summer_time() {
        let mut timetable = Timetable::new(MORNING).expect("it reads");
        due(&mut timetable, "2026-03-28T00:00:00Z");
        assert_eq!(due(&mut timetable, "2026-03-28T07:30:00Z"), 1, "winter: Lisbon is on UTC");
        assert_eq!(due(&mut timetable, "2026-03-29T06:30:00Z"), 1, "summer: an hour ahead");
        assert_eq!(due(&mut timetable, "2026-03-29T07:30:00Z"), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_silence_a_schedule() {
        let mut timetable = Timetable::new(HOURLY).expect("it reads");
        due(&mut timetable, "2027-11-21T10:00:00Z");
        assert_eq!(due(&mut timetable, "2026-11-21T10:00:00Z"), 0);
        assert_eq!(due(&mut timetable, "2026-11-21T10:17:00Z"), 1);
    }
}
