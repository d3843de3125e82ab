//! What is to be solved, in whole numbers: cents of one currency, minutes of the day, points of the objective.

/// Meals of one day, in the order in which they are eaten.
pub const MEALS_PER_DAY: usize = 3;
/// Sights beyond this many are not considered; the answer is then never called optimal.
pub const SIGHTS_MAX: usize = 128;

/// Minutes of one day: from the first, until the last (a visit may end exactly there).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub from_minute: u32,
    pub until_minute: u32,
}

/// Minutes of travel between the places of the city, and which hops are too far to walk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Travel {
    places: usize,
    minutes: Vec<u32>,
    far: Vec<bool>,
}

impl Travel {
    /// The matrix over `places` places. `hop` gives the minutes of one hop and whether it needs a ticket.
    pub fn new(places: usize, mut hop: impl FnMut(usize, usize) -> (u32, bool)) -> Self {
        let pairs = (0..places).flat_map(|from| (0..places).map(move |to| (from, to)));
        let (minutes, far) = pairs.map(|(from, to)| if from == to { (0, false) } else { hop(from, to) }).unzip();
        Self { places, minutes, far }
    }

    #[must_use]
    pub fn places(&self) -> usize {
        self.places
    }

    /// Minutes from one place to another. Both must be below [`Travel::places`].
    #[must_use]
    pub fn minutes(&self, from: usize, to: usize) -> u32 {
        self.minutes[from * self.places + to]
    }

    /// Whether the hop is by public transport, so that the day needs a ticket.
    #[must_use]
    pub fn is_far(&self, from: usize, to: usize) -> bool {
        self.far[from * self.places + to]
    }
}

/// Whether a meal belongs into a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The travellers cannot eat this meal in the city.
    Absent,
    /// It may be eaten.
    Optional,
    /// No plan without it.
    Required,
}

/// One day in the city under one journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayFrame {
    /// From being ready at the bed until having to be back there.
    pub free: Span,
    pub meals: [Need; MEALS_PER_DAY],
}

/// A way there and back, for everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Journey {
    pub cost_cents: i64,
    pub score: i64,
    /// Nights in the city; without any, no bed is booked and a day starts and ends anywhere.
    pub nights: usize,
    /// One entry for each day of the trip; `None` while the travellers are not in the city.
    pub days: Vec<Option<DayFrame>>,
}

/// A bed for the whole stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bed {
    /// Index into [`Travel`].
    pub place: usize,
    pub score: i64,
    /// What everyone's stay costs, by the number of nights; a number beyond the list cannot be booked.
    pub cost_cents: Vec<i64>,
}

/// When one of the day's meals is eaten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MealTime {
    /// First and last minute at which it may start.
    pub start: Span,
    pub minutes: u32,
    /// Not after the first sight of the day. Such meals come first in [`Problem::meal_times`].
    pub before_sights: bool,
}

/// A place to eat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meal {
    /// Index into [`Travel`].
    pub place: usize,
    /// For everyone, one meal.
    pub cost_cents: i64,
    /// Points by meal of the day; `None` where it is not served.
    pub scores: [Option<i64>; MEALS_PER_DAY],
}

/// A sight on one day of the trip.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SightDay {
    /// When it is open; empty when closed.
    pub open: Vec<Span>,
    pub score: i64,
}

/// A sight. It is seen at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Index into [`Travel`].
    pub place: usize,
    /// For everyone.
    pub cost_cents: i64,
    pub visit_minutes: u32,
    /// No plan without it.
    pub must_see: bool,
    /// One entry for each day of the trip.
    pub days: Vec<SightDay>,
}

/// One city, one trip. Each bed, meal and sight has a place of its own in the matrix. Scores and penalties stay below a million points, costs below 10^15 cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub budget_cents: i64,
    pub travel: Travel,
    /// Each with the same number of days.
    pub journeys: Vec<Journey>,
    pub beds: Vec<Bed>,
    /// In the order of the day, not overlapping.
    pub meal_times: [MealTime; MEALS_PER_DAY],
    pub meals: Vec<Meal>,
    pub sights: Vec<Sight>,
    pub sights_per_day_max: usize,
    /// No sight starts before this minute of the day.
    pub first_sight_minute: u32,
    /// What everyone's tickets cost for 0, 1, 2 ... days with a far hop. Not decreasing, one entry more than days.
    pub transit_cents: Vec<i64>,
    /// Points for each minute between the stops of a day, the ways from and to the bed included. Not negative.
    pub minute_penalty: i64,
    /// Points for each meal at a place where the travellers have eaten on another day. Not negative.
    pub repeat_penalty: i64,
}

impl Problem {
    pub(crate) fn days(&self) -> usize {
        self.journeys.first().map_or(0, |journey| journey.days.len())
    }

    /// Tickets for `days` days; the last entry holds for all beyond it.
    pub(crate) fn tickets(&self, days: usize) -> i64 {
        self.transit_cents.get(days).or(self.transit_cents.last()).copied().unwrap_or(0)
    }

    /// The least that one more day of tickets can cost.
    pub(crate) fn ticket_min(&self) -> i64 {
        self.transit_cents.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(0).max(0)
    }

    pub(crate) fn must_sees(&self) -> impl Iterator<Item = usize> {
        self.sights.iter().enumerate().filter(|(_, sight)| sight.must_see).map(|(index, _)| index)
    }

    /// Minutes and ticket of a hop; a day without a bed starts anywhere.
    pub(crate) fn hop(&self, from: Option<usize>, to: Option<usize>) -> (u32, bool) {
        match (from, to) {
            (Some(from), Some(to)) => (self.travel.minutes(from, to), self.travel.is_far(from, to)),
            _ => (0, false),
        }
    }
}

impl Sight {
    /// The first minute from `minute` on at which a visit may start and still end by `until_minute`.
    pub(crate) fn start(&self, day: usize, minute: u32, until_minute: u32) -> Option<u32> {
        let opening = self.days.get(day)?.open.iter();
        let starts = opening.filter_map(|span| {
            let start = minute.max(span.from_minute);
            (start + self.visit_minutes <= span.until_minute.min(until_minute)).then_some(start)
        });
        starts.min()
    }

    /// The last minute at which a visit may start, whatever came before.
    pub(crate) fn start_latest(&self, day: usize, until_minute: u32) -> Option<u32> {
        let opening = self.days.get(day)?.open.iter();
        opening.filter_map(|span| span.until_minute.min(until_minute).checked_sub(self.visit_minutes)).max()
    }
}
