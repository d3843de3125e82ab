//! What is to be solved, in whole numbers: cents of one currency, minutes of the day, points of the objective.

/// Meals of one day, in the order in which they are eaten.
pub const MEALS_PER_DAY: usize = 3;
/// Sights beyond this many are not considered; the answer is then never called optimal.
pub const SIGHTS_MAX: usize = 128;
/// The most kinds of food that may be asked for.
pub const FLAVOURS_MAX: usize = 32;

/// Minutes of one day: from the first, until the last (a visit may end exactly there).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub from_minute: u32,
    pub until_minute: u32,
}

/// Minutes of travel between the places of a city, and which hops are too far to walk.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The travellers cannot eat this meal in the city.
    Absent,
    /// It may be eaten.
    Optional,
    /// No plan without it.
    Required,
}

/// One day in one city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DayFrame {
    /// From being ready at the bed until having to be back there.
    pub free: Span,
    pub meals: [Need; MEALS_PER_DAY],
    /// The most sights of this day in this city.
    pub sights_max: usize,
    /// Without any sight, the day costs [`Problem::empty_day_penalty`]; the other two penalties of a day count as well.
    pub wants_sight: bool,
}

/// A way from one city to another, or from or to home, for everyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The city that it leaves; `None` is home.
    pub from: Option<usize>,
    /// The city that it reaches; `None` is home.
    pub to: Option<usize>,
    pub cost_cents: i64,
    pub score: i64,
    /// One's own car: all legs of a trip are by it, or none.
    pub is_own_car: bool,
}

/// Being in one city between two legs: an edge of the graph in which a trip is a path from home to home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    pub city: usize,
    /// The leg that arrives, and the one that leaves: indices into [`Problem::legs`], with `to` and `from` this city.
    pub leg_in: usize,
    pub leg_out: usize,
    /// Nights in the city; without any, no bed is booked and a day starts and ends anywhere.
    pub nights: usize,
    /// The days in the city, in order: the number of the day in the trip, and its frame. A day on which the travellers
    /// go from one city to another may be in both stays.
    pub days: Vec<(usize, DayFrame)>,
}

/// What a bed costs and is worth for some number of nights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    pub cost_cents: i64,
    pub score: i64,
}

/// A bed for a whole stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bed {
    /// Index into [`Travel`].
    pub place: usize,
    /// By the number of nights; `None`, or a number beyond the list, cannot be booked.
    pub bookings: Vec<Option<Booking>>,
}

/// One city that a trip may visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct City {
    /// No trip without it.
    pub is_required: bool,
    pub beds: Vec<Bed>,
    /// What everyone's tickets cost for 0, 1, 2 ... days with a far hop. Not decreasing, starting with 0; the last
    /// entry holds for all beyond it.
    pub transit_cents: Vec<i64>,
    /// By meal of the day: from so many nights on there are too few places for all days, and places may be eaten at
    /// again on later days for [`Problem::repeat_penalty`]. With fewer nights, this meal is never at a place of an
    /// earlier day of the stay; a later meal of another kind may still come back to its place, if that one allows it.
    pub repeat_from_nights: [usize; MEALS_PER_DAY],
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
    pub city: usize,
    /// Index into [`Travel`].
    pub place: usize,
    /// For everyone, one meal.
    pub cost_cents: i64,
    /// Points by meal of the day; `None` where it is not served.
    pub scores: [Option<i64>; MEALS_PER_DAY],
    /// The kinds of food asked for that it serves, a bit each, below [`Problem::flavours`].
    pub flavours: u32,
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
    pub city: usize,
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

/// One trip: from home through [`Problem::city_count`] different cities and back. Each bed, meal and sight has a place
/// of its own in the matrix; hops between cities are never asked for. Scores and penalties stay below a million
/// points, costs below 10^12 cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub budget_cents: i64,
    /// Days of the trip, both ends counted.
    pub days: usize,
    /// How many different cities the trip visits; at least one. All required ones are among them.
    pub city_count: usize,
    pub cities: Vec<City>,
    pub legs: Vec<Leg>,
    pub stays: Vec<Stay>,
    pub travel: Travel,
    /// In the order of the day, not overlapping.
    pub meal_times: [MealTime; MEALS_PER_DAY],
    pub meals: Vec<Meal>,
    /// Kinds of food, at most [`FLAVOURS_MAX`], each of which is eaten at least once on the trip.
    pub flavours: usize,
    pub sights: Vec<Sight>,
    /// No sight starts before this minute of the day.
    pub first_sight_minute: u32,
    /// Points for each minute between the stops of a day, the ways from and to the bed included. Not negative.
    pub minute_penalty: i64,
    /// Points for each meal at a place where the travellers have eaten before, where that is allowed. Not negative.
    pub repeat_penalty: i64,
    /// Points for a day that wants a sight and has none. Not negative.
    pub empty_day_penalty: i64,
    /// Points for a day that wants a sight, may have several and has one. Not more than [`Problem::empty_day_penalty`],
    /// not negative.
    pub thin_day_penalty: i64,
    /// Points for a day that wants a sight, where none comes before the first meal that may follow one: an idle morning.
    /// Not negative.
    pub idle_morning_penalty: i64,
}

/// What needs no search.
impl Problem {
    /// Minutes of the hop and whether it needs a ticket. From or to nowhere in particular it is free.
    pub(crate) fn hop(&self, from: Option<usize>, to: Option<usize>) -> (u32, bool) {
        match (from, to) {
            (Some(from), Some(to)) => (self.travel.minutes(from, to), self.travel.is_far(from, to)),
            _ => (0, false),
        }
    }

    /// What a day with so many sights takes away for their number.
    pub(crate) fn sparse_penalty(&self, frame: &DayFrame, sights: usize) -> i64 {
        match sights {
            _ if !frame.wants_sight => 0,
            0 => self.empty_day_penalty,
            1 if frame.sights_max > 1 => self.thin_day_penalty,
            _ => 0,
        }
    }

    /// What a meal takes away when so many sights came before it.
    pub(crate) fn morning_penalty(&self, frame: &DayFrame, slot: usize, sights: usize) -> i64 {
        let is_first = self.meal_times.iter().position(|time| !time.before_sights) == Some(slot);
        if frame.wants_sight && is_first && sights == 0 { self.idle_morning_penalty } else { 0 }
    }

    /// The most that an idle morning takes away.
    pub(crate) fn morning_penalty_max(&self, frame: &DayFrame) -> i64 {
        if frame.wants_sight { self.idle_morning_penalty } else { 0 }
    }

    pub(crate) fn must_sees(&self) -> impl Iterator<Item = usize> {
        self.sights.iter().enumerate().filter(|(_, sight)| sight.must_see).map(|(index, _)| index)
    }

    /// All kinds of food, a bit each.
    pub(crate) fn flavour_mask(&self) -> u32 {
        let count = u32::try_from(self.flavours.min(FLAVOURS_MAX)).expect("at most 32");
        u32::MAX.checked_shr(32 - count).unwrap_or(0)
    }

    /// By meal of the day: whether the stay is so long that places may be eaten at again.
    pub(crate) fn repeats(&self, stay: usize) -> [bool; MEALS_PER_DAY] {
        let stay = &self.stays[stay];
        self.cities[stay.city].repeat_from_nights.map(|from| stay.nights >= from)
    }
}

impl City {
    /// What so many ticket days of one stay cost.
    pub(crate) fn tickets(&self, days: usize) -> i64 {
        self.transit_cents.get(days).or(self.transit_cents.last()).copied().unwrap_or(0)
    }
}

impl Bed {
    pub(crate) fn booking(&self, nights: usize) -> Option<Booking> {
        self.bookings.get(nights).copied().flatten()
    }
}

impl Sight {
    /// The earliest start of a visit on the day, not before `from` and over by `until`.
    pub(crate) fn start(&self, day: usize, from: u32, until: u32) -> Option<u32> {
        let starts = self.days.get(day)?.open.iter().filter_map(|open| {
            let start = from.max(open.from_minute);
            (start.saturating_add(self.visit_minutes) <= open.until_minute.min(until)).then_some(start)
        });
        starts.min()
    }

    /// The latest start of a visit on the day that is over by `until`.
    pub(crate) fn start_latest(&self, day: usize, until: u32) -> Option<u32> {
        let starts = self.days.get(day)?.open.iter().filter_map(|open| {
            let start = open.until_minute.min(until).checked_sub(self.visit_minutes)?;
            (start >= open.from_minute).then_some(start)
        });
        starts.max()
    }
}
