//! What to do about the ticks of a schedule that are due: mostly one, after a gap many. Pure.

use std::collections::VecDeque;

use chrono::{DateTime, Duration, Utc};
use domain::schedule::CatchUp;
use recurrence::{Due, Timing};

/// Ticks of one gap that are caught up with, and as many that are written down as skipped. The newest win.
pub(crate) const TICKS_MAX: usize = 1_000;
/// Ticks from before the window that are counted; behind them the count ends, and the window begins.
const COUNTED_MAX: u64 = 10_000;

/// A schedule, as far as its due ticks are concerned.
pub(crate) struct Gap<'a> {
    pub(crate) timing: &'a Timing,
    pub(crate) catch_up: CatchUp,
    /// A missed tick that is older is let be.
    pub(crate) window: Duration,
    /// A tick that is found this long after it was due was missed.
    pub(crate) late_after: Duration,
    /// The first tick that nobody has dealt with.
    pub(crate) from: DateTime<Utc>,
    pub(crate) now: DateTime<Utc>,
}

/// What happens to the due ticks: first some are skipped, then the rest fire.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// All that are skipped.
    pub(crate) skipped: u64,
    /// The newest of them, oldest first.
    pub(crate) written: VecDeque<DateTime<Utc>>,
    /// Oldest first.
    pub(crate) fired: VecDeque<Tick>,
    /// The first tick that is not due.
    pub(crate) upcoming: Option<Due>,
}

/// A tick that fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    pub(crate) due: Due,
    /// It was missed, and is caught up with.
    pub(crate) is_late: bool,
}

impl Gap<'_> {
    pub(crate) fn verdict(&self) -> Verdict {
        let mut verdict = Verdict::default();
        let mut next = Some(self.timing.due(self.from));
        while let Some(due) = next.filter(|due| due.due_at <= self.now) {
            let is_late = self.now - due.due_at > self.late_after;
            let is_lost = is_late && (self.catch_up == CatchUp::Skip || self.now - due.tick_at > self.window);
            if is_lost {
                verdict.skip(due.tick_at);
            } else {
                verdict.fired.push_back(Tick { due, is_late });
                self.drop_superseded(&mut verdict);
            }
            let is_beyond = self.now - due.tick_at > self.window && verdict.skipped >= COUNTED_MAX;
            let after = if is_beyond { self.now - self.window } else { due.tick_at };
            next = self.timing.next_after(after);
        }
        verdict.upcoming = next;
        verdict
    }

    /// Of those that were to fire, the oldest give way to what the policy asks for.
    fn drop_superseded(&self, verdict: &mut Verdict) {
        let most = if self.catch_up == CatchUp::Last { 1 } else { TICKS_MAX };
        while verdict.fired.len() > most
            && let Some(oldest) = verdict.fired.front().filter(|tick| tick.is_late)
        {
            let tick_at = oldest.due.tick_at;
            verdict.fired.pop_front();
            verdict.skip(tick_at);
        }
    }
}

impl Verdict {
    fn skip(&mut self, tick_at: DateTime<Utc>) {
        self.skipped += 1;
        self.written.push_back(tick_at);
        if self.written.len() > TICKS_MAX {
            self.written.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("the test's instant is valid")
    }

    struct Case {
        timing: Timing,
        catch_up: CatchUp,
        window: Duration,
        late_after: Duration,
        from: &'static str,
        now: &'static str,
    }

    impl Case {
        /// Every ten minutes, down from 07:00 to 10:00.
        fn three_hours(catch_up: CatchUp) -> Self {
            Self {
                timing: Timing::read("*/10 * * * *", "Europe/Paris").expect("it reads"),
                catch_up,
                window: Duration::days(1),
                late_after: Duration::seconds(60),
                from: "2026-11-21T07:05:00Z",
                now: "2026-11-21T10:05:00Z",
            }
        }

        fn verdict(&self) -> Verdict {
            let from = self.timing.next_after(at(self.from)).expect("there are ticks").tick_at;
            let Self { timing, catch_up, window, late_after, .. } = self;
            let (catch_up, window, late_after) = (*catch_up, *window, *late_after);
            Gap { timing, catch_up, window, late_after, from, now: at(self.now) }.verdict()
        }

        /// Fired and skipped.
        fn counts(&self) -> (usize, u64) {
            let verdict = self.verdict();
            assert!(
                verdict.written.iter().is_sorted() && verdict.fired.iter().is_sorted_by_key(|tick| tick.due.tick_at)
            );
            if let (Some(skipped), Some(fired)) = (verdict.written.back(), verdict.fired.front()) {
                assert!(*skipped < fired.due.tick_at, "skips come first");
            }
            (verdict.fired.len(), verdict.skipped)
        }
    }

    #[test]
    fn a_gap_of_three_hours_is_none_one_or_all() {
        assert_eq!(Case::three_hours(CatchUp::Skip).counts(), (0, 18));
        assert_eq!(Case::three_hours(CatchUp::Last).counts(), (1, 17));
        assert_eq!(Case::three_hours(CatchUp::All).counts(), (18, 0));
        let last = Case::three_hours(CatchUp::Last).verdict();
        assert_eq!(last.fired[0].due.tick_at, at("2026-11-21T10:00:00Z"));
        assert!(last.fired[0].is_late);
        assert_eq!(last.upcoming.map(|due| due.tick_at), Some(at("2026-11-21T10:10:00Z")));
    }

    #[test]
    fn control_without_a_notion_of_late_every_policy_is_all() {
        for catch_up in [CatchUp::Skip, CatchUp::All] {
            let case = Case { late_after: Duration::days(1), ..Case::three_hours(catch_up) };
            assert_eq!(case.counts(), (18, 0), "{catch_up}");
        }
    }

    #[test]
    fn what_is_older_than_the_window_is_let_be() {
        for (catch_up, fired) in [(CatchUp::Skip, 0), (CatchUp::Last, 1), (CatchUp::All, 6)] {
            let case = Case { window: Duration::hours(1), ..Case::three_hours(catch_up) };
            assert_eq!(case.counts(), (fired, 18 - fired as u64), "{catch_up}");
        }
        let none = Case { window: Duration::zero(), ..Case::three_hours(CatchUp::All) };
        assert_eq!(none.counts(), (0, 18));
    }

    #[test]
    fn a_tick_in_time_fires_under_every_policy() {
        for (catch_up, counts) in [(CatchUp::Skip, (1, 18)), (CatchUp::Last, (1, 18)), (CatchUp::All, (19, 0))] {
            let case = Case { now: "2026-11-21T10:10:30Z", ..Case::three_hours(catch_up) };
            assert_eq!(case.counts(), counts, "{catch_up}");
            let verdict = case.verdict();
            assert!(!verdict.fired.back().expect("one").is_late);
        }
        let alone =
            Case { from: "2026-11-21T10:05:00Z", now: "2026-11-21T10:10:00Z", ..Case::three_hours(CatchUp::Skip) };
        assert_eq!(alone.counts(), (1, 0));
        let early = Case { from: "2026-11-21T10:05:00Z", ..Case::three_hours(CatchUp::All) };
        assert_eq!(early.counts(), (0, 0));
    }

    #[test]
    fn a_very_long_gap_is_bounded() {
        let year = |catch_up| Case {
            timing: Timing::read("* * * * *", "UTC").expect("it reads"),
            window: Duration::days(7),
            from: "2024-11-21T10:00:00Z",
            // The tick of this minute is in time, the one before it is not.
            now: "2026-11-21T10:05:30Z",
            ..Case::three_hours(catch_up)
        };
        let all = year(CatchUp::All).verdict();
        assert_eq!((all.fired.len(), all.written.len()), (TICKS_MAX, TICKS_MAX));
        // What lies before the window is counted up to a bound; the window is seven days of minutes.
        assert_eq!(all.skipped, COUNTED_MAX + 7 * 1440 - TICKS_MAX as u64);
        assert_eq!(all.fired.back().map(|tick| tick.due.tick_at), Some(at("2026-11-21T10:05:00Z")));
        assert_eq!(year(CatchUp::Last).counts().0, 1);
        let none = year(CatchUp::Skip).verdict();
        assert_eq!((none.fired.len(), none.written.len()), (1, TICKS_MAX), "the one of this minute is in time");
    }

    #[test]
    fn jitter_makes_a_tick_due_later_and_not_late() {
        let timing = Timing {
            jitter_most: Duration::seconds(590),
            seed: 42,
            ..Timing::read("*/10 * * * *", "UTC").expect("it reads")
        };
        let tick = timing.next_after(at("2026-11-21T10:05:00Z")).expect("a tick");
        let gap = |now| {
            let (window, late_after) = (Duration::days(1), Duration::seconds(60));
            Gap { timing: &timing, catch_up: CatchUp::Skip, window, late_after, from: tick.tick_at, now }.verdict()
        };
        assert!(tick.due_at > tick.tick_at);
        assert_eq!(gap(tick.due_at - Duration::milliseconds(1)).upcoming, Some(tick));
        let fired = gap(tick.due_at).fired;
        assert_eq!(fired, [Tick { due: tick, is_late: false }]);
    }

    #[test]
    fn the_end_is_the_end() {
        let mut case = Case::three_hours(CatchUp::All);
        case.timing.ends_at = Some(at("2026-11-21T08:00:00Z"));
        let verdict = case.verdict();
        assert_eq!((verdict.fired.len(), verdict.upcoming), (6, None));
    }
}
