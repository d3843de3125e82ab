//! The solver's answer as a plan: every item with its time, place, price and source.

use chrono::{Duration, NaiveDate};
use domain::{
    brief::Brief,
    facts::{CityFacts, Facts, LegOption, LodgingOption, MealKind, Point, Provenance},
    money::{Currency, Money},
    plan::{CityVisit, Day, Item, ItemKind, Plan, Stay},
    rules,
};
use solver::{Problem, Solution, StopKind};

use super::{
    bill,
    problem::{Index, weather},
    quality,
    timeline::{DAY_MINUTES, MEALS, Timeline},
    wording,
};

/// A breakfast is moved towards this minute (08:30) where nothing waits for it.
const BREAKFAST_MINUTE: u32 = 8 * 60 + 30;

/// One city of the solution, in facts.
pub(super) struct Visited<'a> {
    pub(super) city: &'a CityFacts,
    pub(super) leg_in: &'a LegOption,
    pub(super) leg_out: &'a LegOption,
    pub(super) bed: Option<&'a LodgingOption>,
    pub(super) timeline: Timeline<'a>,
}

/// The plan that a solution of [`super::to_problem`] stands for. `problem` and `index` must come from it.
#[must_use]
pub fn to_plan(brief: &Brief, facts: &Facts, problem: &Problem, index: &Index, solution: &Solution) -> Plan {
    let visited = visited(brief, facts, problem, index, solution);
    let mut writer = Writer { brief, facts, index, days: empty_days(brief, facts, &visited) };
    for (city, visit) in visited.iter().zip(&solution.visits) {
        writer.write(city, &problem.stays[visit.stay].days, &visit.days);
    }
    if let Some(last) = visited.last() {
        writer.leg(last.leg_out);
    }
    let days = writer.measured(&visited);
    let stays: Vec<Stay> = visited.iter().filter_map(|city| stay(brief, facts, city)).collect();
    let costs = bill::costs(brief, facts, &visited, &stays, &days);
    Plan {
        title: wording::title(brief),
        summary: wording::summary(brief, &days, &stays, &costs),
        narrative: wording::narrative(brief, &visited, &days, &stays, &costs),
        origin: brief.origin.clone(),
        destination: brief.destination.name.clone(),
        cities: visited.iter().map(city_visit).collect(),
        start_date: brief.start_date,
        end_date: brief.end_date,
        travellers: brief.travellers,
        warnings: wording::warnings(brief, facts, &visited, &days),
        quality: quality::quality(brief, facts, problem, index, solution),
        days,
        stays,
        costs,
        assumptions: brief.assumptions.clone(),
        unread: brief.unread.clone(),
    }
}

fn visited<'a>(
    brief: &'a Brief,
    facts: &'a Facts,
    problem: &Problem,
    index: &Index,
    solution: &Solution,
) -> Vec<Visited<'a>> {
    let of = |visit: &solver::Visit| {
        let stay = &problem.stays[visit.stay];
        let leg = |leg: usize| &facts.legs[index.legs[leg]];
        let (leg_in, leg_out) = (leg(stay.leg_in), leg(stay.leg_out));
        Visited {
            city: &facts.cities[index.cities[stay.city]],
            leg_in,
            leg_out,
            bed: visit.bed.map(|bed| &facts.lodgings[index.beds[stay.city][bed]]),
            timeline: Timeline::new(brief, leg_in, leg_out),
        }
    };
    solution.visits.iter().map(of).collect()
}

fn city_visit(visited: &Visited) -> CityVisit {
    CityVisit {
        place: visited.city.place.clone(),
        country: visited.city.country.clone(),
        time_zone: visited.city.time_zone.clone(),
        arrive: rules::arrival_date(visited.leg_in),
        leave: visited.leg_out.date,
        nights: visited.timeline.nights,
    }
}

fn stay(brief: &Brief, facts: &Facts, visited: &Visited) -> Option<Stay> {
    let bed = visited.bed?;
    let (rooms, nights) = (bed.rooms_for(brief.travellers.count()), visited.timeline.nights);
    Some(Stay {
        city_id: bed.city_id.clone(),
        lodging_id: bed.id.clone(),
        name: bed.name.clone(),
        area: bed.area.clone(),
        check_in: rules::first_night(visited.leg_in),
        check_out: visited.leg_out.date,
        rooms,
        nights,
        cost: money(brief, facts, visited.city.currency, rooms * nights, bed.price_cents),
        provenance: bed.provenance.clone(),
    })
}

/// What `quantity` of something costs, in the currency of the budget.
pub(super) fn money(brief: &Brief, facts: &Facts, currency: Currency, quantity: u32, unit_cents: i64) -> Money {
    let rate = facts.rate(currency).expect("planning refuses facts without a rate");
    Money::new(rate.convert_cents(i64::from(quantity) * unit_cents), brief.budget.currency)
}

fn empty_days(brief: &Brief, facts: &Facts, visited: &[Visited]) -> Vec<Day> {
    let dates = (0..brief.days()).map(|day| brief.start_date + Duration::days(i64::from(day)));
    let weather_of = |date: NaiveDate| {
        let there = visited.iter().rev().find(|city| rules::arrival_date(city.leg_in) <= date);
        weather(facts, &there.or(visited.first())?.city.place.id, date).cloned()
    };
    dates.map(|date| Day { date, items: Vec::new(), weather: weather_of(date), distance_km: 0.0 }).collect()
}

struct Writer<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
    index: &'a Index,
    days: Vec<Day>,
}

/// A stop with what its fact says. Minutes of its day.
struct Visit<'a> {
    kind: ItemKind,
    name: &'a str,
    at: Point,
    /// One person, in the city's currency.
    price_cents: i64,
    provenance: &'a Provenance,
    start: u32,
    end: u32,
}

impl<'a> Writer<'a> {
    /// Everything from the leg that arrives in a city to the transfer to the one that leaves it.
    fn write(&mut self, city: &Visited<'a>, frames: &[(usize, solver::DayFrame)], days: &[Vec<solver::Stop>]) {
        self.arrive(city);
        let leaves_by_day = city.timeline.leaves_by_day();
        let mut is_out = false;
        for ((day, frame), stops) in frames.iter().zip(days) {
            let mut visits: Vec<Visit> = stops.iter().map(|stop| self.visit(stop)).collect();
            breakfast_later(city.bed, frame.free.until_minute, &mut visits);
            if i64::try_from(*day) == Ok(city.timeline.last_day) && leaves_by_day {
                self.check_out(city, visits.first(), *day);
                is_out = true;
            }
            for visit in visits {
                self.add_visit(city, *day, visit);
            }
        }
        if !is_out {
            self.check_out(city, None, 0);
        }
        let start = city.timeline.departure;
        let end = start + i64::from(city.leg_out.from.transfer_minutes);
        self.transfer(city, format!("To {}", city.leg_out.from.name), start, end, city.leg_out);
    }

    fn arrive(&mut self, city: &Visited<'a>) {
        self.leg(city.leg_in);
        let title = format!("From {} into the city", city.leg_in.to.name);
        let (arrival, in_city) = (city.timeline.arrival, city.timeline.in_city);
        self.transfer(city, title, arrival, in_city, city.leg_in);
        if let (Some(bed), Some(start)) = (city.bed, city.timeline.check_in()) {
            let kind = ItemKind::CheckIn { lodging_id: bed.id.clone() };
            let end = start + i64::from(rules::CHECK_IN_MINUTES);
            self.add_at_bed(city, kind, format!("Check-in at {}", bed.name), (start, end), bed);
        }
    }

    /// Leaves the bed as late as the first visit of the day allows.
    fn check_out(&mut self, city: &Visited<'a>, first: Option<&Visit>, day: usize) {
        let Some(bed) = city.bed else { return };
        let leave = first.map(|visit| {
            let way = rules::travel_minutes(bed.at, visit.at);
            day_start(day) + i64::from(visit.start) - i64::from(way)
        });
        let Some(start) = city.timeline.check_out(leave) else { return };
        let kind = ItemKind::CheckOut { lodging_id: bed.id.clone() };
        let end = start + i64::from(rules::CHECK_OUT_MINUTES);
        self.add_at_bed(city, kind, format!("Check-out from {}", bed.name), (start, end), bed);
    }

    fn visit(&self, stop: &solver::Stop) -> Visit<'a> {
        let (start, end) = (stop.start_minute, stop.end_minute);
        match stop.kind {
            StopKind::Sight(sight) => {
                let sight = &self.facts.sights[self.index.sights[sight]];
                Visit {
                    kind: ItemKind::Sight { sight_id: sight.id.clone() },
                    name: &sight.name,
                    at: sight.at,
                    price_cents: sight.price_cents,
                    provenance: &sight.provenance,
                    start,
                    end,
                }
            }
            StopKind::Meal { slot, meal } => {
                let option = &self.facts.meals[self.index.meals[meal]];
                Visit {
                    kind: ItemKind::Meal { meal_id: option.id.clone(), meal: MEALS[slot] },
                    name: &option.name,
                    at: option.at,
                    price_cents: option.price_cents,
                    provenance: &option.provenance,
                    start,
                    end,
                }
            }
        }
    }

    fn add_visit(&mut self, city: &Visited, day: usize, visit: Visit) {
        let (start, end) = (day_start(day) + i64::from(visit.start), day_start(day) + i64::from(visit.end));
        let title = match &visit.kind {
            ItemKind::Meal { meal, .. } => format!("{} at {}", wording::capital(meal.word()), visit.name),
            _ => visit.name.to_owned(),
        };
        let people = self.brief.travellers.count();
        let cost = money(self.brief, self.facts, city.city.currency, people, visit.price_cents);
        self.add(city, (start, end), |item| Item {
            kind: visit.kind,
            title,
            at: Some(visit.at),
            cost,
            provenance: visit.provenance.clone(),
            ..item
        });
    }

    fn add_at_bed(&mut self, city: &Visited, kind: ItemKind, title: String, when: (i64, i64), bed: &LodgingOption) {
        let provenance = bed.provenance.clone();
        self.add(city, when, |item| Item { kind, title, at: Some(bed.at), provenance, ..item });
    }

    fn transfer(&mut self, city: &Visited, title: String, start: i64, end: i64, leg: &LegOption) {
        self.add(city, (start, end), |item| Item { title, provenance: leg.provenance.clone(), ..item });
    }

    fn leg(&mut self, leg: &LegOption) {
        let units = leg.units_for(self.brief.travellers.count());
        let mut notes = Vec::new();
        if leg.stops > 0 {
            notes.push(wording::counted(leg.stops, "stop"));
        }
        if leg.co2_kg > 0 {
            notes.push(format!("about {} kg CO2e for each traveller", leg.co2_kg));
        }
        let item = Item {
            kind: ItemKind::Leg { leg_id: leg.id.clone(), mode: leg.mode },
            title: format!("{} from {} to {}", wording::capital(leg.mode.word()), leg.from.name, leg.to.name),
            city_id: None,
            start: leg.depart,
            end: leg.arrive,
            start_zone: leg.from.time_zone.clone(),
            end_zone: leg.to.time_zone.clone(),
            end_day_offset: leg.arrive_day_offset,
            at: Some(leg.from.at),
            to: Some(leg.to.at),
            cost: money(self.brief, self.facts, leg.currency, units, leg.price_cents),
            note: (!notes.is_empty()).then(|| notes.join(", ")),
            provenance: leg.provenance.clone(),
        };
        self.day(leg.date).items.push(item);
    }

    /// Adds an item between two minutes of the trip; `finish` says what it is, from a free transfer without a place.
    fn add(&mut self, city: &Visited, (start, end): (i64, i64), finish: impl FnOnce(Item) -> Item) {
        let ((date, start), (end_date, end)) = (city.timeline.clock(start), city.timeline.clock(end));
        let days = (end_date - date).num_days();
        let item = Item {
            kind: ItemKind::Transfer,
            title: String::new(),
            city_id: Some(city.city.place.id.clone()),
            start,
            end,
            start_zone: city.city.time_zone.clone(),
            end_zone: city.city.time_zone.clone(),
            end_day_offset: i32::try_from(days).expect("a day or two"),
            at: None,
            to: None,
            cost: Money::new(0, self.brief.budget.currency),
            note: None,
            provenance: city.city.provenance.clone(),
        };
        self.day(date).items.push(finish(item));
    }

    /// The day of a date. What happens outside the trip, over the date line, is told on its first or last day.
    fn day(&mut self, date: NaiveDate) -> &mut Day {
        let last = self.days.len() - 1;
        let index = (date - self.brief.start_date).num_days();
        &mut self.days[usize::try_from(index).unwrap_or(0).min(last)]
    }

    /// The days, with their distances.
    fn measured(mut self, visited: &[Visited]) -> Vec<Day> {
        for day in &mut self.days {
            let km: f64 =
                visited.iter().flat_map(|city| hops(day, city)).map(|(from, to)| rules::street_km(from, to)).sum();
            day.distance_km = (km * 10.0).round() / 10.0;
        }
        self.days
    }
}

/// Moves a breakfast at the start of the day to a later hour, as far as the next stop or the end of the day allows.
fn breakfast_later(bed: Option<&LodgingOption>, until_minute: u32, visits: &mut [Visit]) {
    let Some(first) = visits.first() else { return };
    let ItemKind::Meal { meal: meal @ MealKind::Breakfast, .. } = first.kind else { return };
    let length = rules::meal_minutes(meal);
    let (way, due) = match visits.get(1) {
        Some(next) => (rules::travel_minutes(first.at, next.at), next.start),
        None => (bed.map_or(0, |bed| rules::travel_minutes(first.at, bed.at)), until_minute),
    };
    let latest = due.saturating_sub(length + way).min(BREAKFAST_MINUTE);
    let first = &mut visits[0];
    first.start = first.start.max(latest);
    first.end = first.start + length;
}

/// The hops of a day in one city: from the bed to the first stop, and from stop to stop.
pub(super) fn hops(day: &Day, city: &Visited) -> impl Iterator<Item = (Point, Point)> + use<> {
    let is_here = |item: &&Item| item.city_id.as_deref() == Some(city.city.place.id.as_str());
    let stops: Vec<Point> = day.items.iter().filter(is_here).filter_map(|item| item.at).collect();
    let starts = city.bed.map(|bed| bed.at).filter(|_| !stops.is_empty());
    let path: Vec<Point> = starts.into_iter().chain(stops).collect();
    (1..path.len()).map(move |at| (path[at - 1], path[at]))
}

fn day_start(day: usize) -> i64 {
    i64::try_from(day).expect("at most 60 days") * DAY_MINUTES
}
