//! The solver's answer as a plan: every item with its time, place, price and source.

use chrono::{Duration, NaiveDate};
use domain::{
    brief::Brief,
    facts::{Facts, LegOption, LodgingOption, MealKind, Point, Provenance},
    money::Money,
    plan::{Day, Item, ItemKind, Plan, Quality, Stay},
    rules,
};
use solver::{Solution, StopKind};

use super::{
    bill,
    problem::{Index, weather},
    timeline::{DAY_MINUTES, MEALS, Timeline},
    wording,
};

/// A breakfast is moved towards this minute (08:30) where nothing waits for it.
const BREAKFAST_MINUTE: u32 = 8 * 60 + 30;

/// The plan that a solution of [`super::to_problem`] stands for. `index` must come with the problem.
#[must_use]
pub fn to_plan(brief: &Brief, facts: &Facts, solution: &Solution, index: &Index) -> Plan {
    let (there, back) = index.journeys[solution.journey];
    let (outbound, back) = (&facts.legs[there], &facts.legs[back]);
    let bed = solution.bed.map(|bed| &facts.lodgings[index.beds[bed]]);
    let timeline = Timeline::new(brief, outbound, back);
    let writer = Writer { brief, facts, index, timeline, bed, days: empty_days(brief, facts) };
    let stay = bed.map(|bed| writer.stay(bed));
    let days = writer.write(outbound, back, solution);
    let costs =
        bill::costs(brief, facts, &bill::Bought { legs: [outbound, back], bed, stay: stay.as_ref(), days: &days });
    let warnings = wording::warnings(brief, facts, &days);
    Plan {
        title: wording::title(brief),
        summary: wording::summary(brief, &days, stay.as_ref(), &costs),
        narrative: wording::narrative(brief, [outbound, back], &days, stay.as_ref(), &costs),
        origin: brief.origin.clone(),
        destination: brief.destination.clone(),
        country: facts.city.country.clone(),
        time_zone: facts.city.time_zone.clone(),
        start_date: brief.start_date,
        end_date: brief.end_date,
        travellers: brief.travellers,
        days,
        stay,
        costs,
        assumptions: brief.assumptions.clone(),
        unread: brief.unread.clone(),
        warnings,
        quality: Quality {
            score: solution.score,
            optimal: solution.optimal,
            ended_by: solution.ended_by.word().to_owned(),
            nodes: solution.nodes,
        },
    }
}

fn empty_days(brief: &Brief, facts: &Facts) -> Vec<Day> {
    let dates = (0..brief.days()).map(|day| brief.start_date + Duration::days(i64::from(day)));
    dates
        .map(|date| Day { date, items: Vec::new(), weather: weather(facts, date).cloned(), distance_km: 0.0 })
        .collect()
}

struct Writer<'a> {
    brief: &'a Brief,
    facts: &'a Facts,
    index: &'a Index,
    timeline: Timeline,
    bed: Option<&'a LodgingOption>,
    days: Vec<Day>,
}

/// A stop with what its fact says. Minutes of its day.
struct Visit<'a> {
    kind: ItemKind,
    name: &'a str,
    at: Point,
    /// One person, in the destination's currency.
    price_cents: i64,
    provenance: &'a Provenance,
    start: u32,
    end: u32,
}

impl<'a> Writer<'a> {
    fn write(mut self, outbound: &LegOption, back: &LegOption, solution: &Solution) -> Vec<Day> {
        self.arrive(outbound);
        let last = self.days.len() - 1;
        for (day, stops) in solution.days.iter().enumerate() {
            let mut visits: Vec<Visit> = stops.iter().map(|stop| self.visit(stop)).collect();
            self.breakfast_later(day, &mut visits);
            if day == last && self.timeline.leaves_by_day() {
                self.check_out(visits.first(), day);
            }
            for visit in visits {
                self.add_visit(day, visit);
            }
        }
        if !self.timeline.leaves_by_day() {
            self.check_out(None, last);
        }
        self.depart(back);
        self.measure();
        self.days
    }

    fn arrive(&mut self, outbound: &LegOption) {
        self.leg(outbound);
        let title = format!("From {} into the city", outbound.to);
        let (arrival, in_city) = (self.timeline.arrival, self.timeline.in_city);
        self.transfer(title, arrival, in_city, outbound);
        if let (Some(bed), Some(start)) = (self.bed, self.timeline.check_in()) {
            let kind = ItemKind::CheckIn { lodging_id: bed.id.clone() };
            let end = start + i64::from(rules::CHECK_IN_MINUTES);
            self.add_at_bed(kind, format!("Check-in at {}", bed.name), start, end, bed);
        }
    }

    fn depart(&mut self, back: &LegOption) {
        let start = self.timeline.departure;
        let end = start + i64::from(back.transfer_minutes);
        self.transfer(format!("To {}", back.from), start, end, back);
        self.leg(back);
    }

    /// Leaves the bed as late as the first visit of the day allows.
    fn check_out(&mut self, first: Option<&Visit>, day: usize) {
        let Some(bed) = self.bed else { return };
        let leave = first.map(|visit| {
            let way = rules::travel_minutes(bed.at, visit.at);
            day_start(day) + i64::from(visit.start) - i64::from(way)
        });
        let Some(start) = self.timeline.check_out(leave) else { return };
        let kind = ItemKind::CheckOut { lodging_id: bed.id.clone() };
        let end = start + i64::from(rules::CHECK_OUT_MINUTES);
        self.add_at_bed(kind, format!("Check-out from {}", bed.name), start, end, bed);
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

    /// Moves a breakfast at the start of the day to a later hour, as far as the next stop allows.
    fn breakfast_later(&self, day: usize, visits: &mut [Visit]) {
        let Some(first) = visits.first() else { return };
        let ItemKind::Meal { meal: meal @ MealKind::Breakfast, .. } = first.kind else { return };
        let length = rules::meal_minutes(meal);
        let (way, due) = match visits.get(1) {
            Some(next) => (rules::travel_minutes(first.at, next.at), next.start),
            None => {
                let home = self.bed.map_or(0, |bed| rules::travel_minutes(first.at, bed.at));
                let frame = self.timeline.frames().into_iter().nth(day).flatten();
                (home, frame.map_or(first.end, |frame| frame.free.until_minute))
            }
        };
        let latest = due.saturating_sub(length + way).min(BREAKFAST_MINUTE);
        let first = &mut visits[0];
        first.start = first.start.max(latest);
        first.end = first.start + length;
    }

    fn add_visit(&mut self, day: usize, visit: Visit) {
        let people = i64::from(self.brief.travellers.count());
        let (start, end) = (day_start(day) + i64::from(visit.start), day_start(day) + i64::from(visit.end));
        let title = match &visit.kind {
            ItemKind::Meal { meal, .. } => format!("{} at {}", wording::capital(meal.word()), visit.name),
            _ => visit.name.to_owned(),
        };
        let cost = self.money(people * visit.price_cents);
        self.add(start, end, |item| Item {
            kind: visit.kind,
            title,
            at: Some(visit.at),
            cost,
            provenance: visit.provenance.clone(),
            ..item
        });
    }

    fn add_at_bed(&mut self, kind: ItemKind, title: String, start: i64, end: i64, bed: &LodgingOption) {
        self.add(start, end, |item| Item { kind, title, at: Some(bed.at), provenance: bed.provenance.clone(), ..item });
    }

    fn transfer(&mut self, title: String, start: i64, end: i64, leg: &LegOption) {
        self.add(start, end, |item| Item { title, provenance: leg.provenance.clone(), ..item });
    }

    fn leg(&mut self, leg: &LegOption) {
        let cost = self.money(i64::from(self.brief.travellers.count()) * leg.price_cents);
        let item = Item {
            kind: ItemKind::Leg { leg_id: leg.id.clone(), direction: leg.direction, mode: leg.mode },
            title: format!("{} from {} to {}", wording::capital(leg.mode.word()), leg.from, leg.to),
            start: leg.depart,
            end: leg.arrive,
            end_day_offset: leg.arrive_day_offset,
            at: None,
            cost,
            note: (leg.co2_kg > 0).then(|| format!("about {} kg CO2e for each traveller", leg.co2_kg)),
            provenance: leg.provenance.clone(),
        };
        self.day(leg.date).items.push(item);
    }

    /// Adds an item between two minutes of the trip; `finish` says what it is, from a free transfer without a place.
    fn add(&mut self, start: i64, end: i64, finish: impl FnOnce(Item) -> Item) {
        let ((date, start), (end_date, end)) = (self.timeline.clock(start), self.timeline.clock(end));
        let days = (end_date - date).num_days();
        let item = Item {
            kind: ItemKind::Transfer,
            title: String::new(),
            start,
            end,
            end_day_offset: i32::try_from(days).expect("a day or two"),
            at: None,
            cost: self.money(0),
            note: None,
            provenance: self.facts.city.provenance.clone(),
        };
        self.day(date).items.push(finish(item));
    }

    /// The day of a date. What happens outside the trip, over the date line, is told on its first or last day.
    fn day(&mut self, date: NaiveDate) -> &mut Day {
        let last = self.days.len() - 1;
        let index = (date - self.brief.start_date).num_days();
        &mut self.days[usize::try_from(index).unwrap_or(0).min(last)]
    }

    fn money(&self, local_cents: i64) -> Money {
        Money::new(self.facts.rate.convert_cents(local_cents), self.brief.budget.currency)
    }

    fn stay(&self, bed: &LodgingOption) -> Stay {
        let (rooms, nights) = (bed.rooms_for(self.brief.travellers.count()), self.timeline.nights);
        Stay {
            lodging_id: bed.id.clone(),
            name: bed.name.clone(),
            area: bed.area.clone(),
            check_in: self.brief.end_date - Duration::days(i64::from(nights)),
            check_out: self.brief.end_date,
            rooms,
            nights,
            cost: self.money(i64::from(rooms * nights) * bed.price_cents),
            provenance: bed.provenance.clone(),
        }
    }

    fn measure(&mut self) {
        for day in &mut self.days {
            let km: f64 = hops(day, self.bed).map(|(from, to)| rules::street_km(from, to)).sum();
            day.distance_km = (km * 10.0).round() / 10.0;
        }
    }
}

/// The hops of a day: from the bed to the first stop, and from stop to stop.
pub(super) fn hops(day: &Day, bed: Option<&LodgingOption>) -> impl Iterator<Item = (Point, Point)> {
    let stops: Vec<Point> = day.items.iter().filter_map(|item| item.at).collect();
    let starts = bed.map(|bed| bed.at).filter(|_| !stops.is_empty());
    let path: Vec<Point> = starts.into_iter().chain(stops).collect();
    (1..path.len()).map(move |at| (path[at - 1], path[at]))
}

fn day_start(day: usize) -> i64 {
    i64::try_from(day).expect("at most 60 days") * DAY_MINUTES
}
