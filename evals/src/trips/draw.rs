//! What one generated trip is to be.

use chrono::{Duration, NaiveDate};
use domain::{
    brief::{Diet, HouseRule, Interest, LodgingKind, Pace, RoomType, Tier, TransportMode},
    money::Currency,
};
use rand::{
    RngExt,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};
use worker::providers::{
    Gazetteer,
    gazetteer::{City, Destination},
};

const DAYS_MAX: u32 = 14;
const PEOPLE_MAX: u32 = 8;
/// How many days ahead trips begin.
const AHEAD_DAYS: std::ops::RangeInclusive<i64> = 3..=600;
/// Further cities of a trip are among so many that are nearest to the first one.
const NEAR_CITIES: usize = 6;
/// Where most trips start from: within so many kilometres.
const NEAR_ORIGIN_KM: f64 = 2_500.0;
/// What one person may spend in a day without getting there, in euros: from less than the least to more than enough.
const DAILY_EUR: [f64; 6] = [35.0, 60.0, 100.0, 170.0, 300.0, 700.0];
/// What getting there and back may cost one person, in euros: a fixed part, and one for every kilometre of the way.
const WAY_EUR: f64 = 80.0;
const WAY_EUR_PER_KM: f64 = 0.2;
/// Besides the currency of the destination.
const CURRENCIES: [&str; 6] = ["EUR", "USD", "GBP", "CHF", "JPY", "AUD"];

/// A trip before it is put into words.
#[derive(Debug, Clone)]
pub(super) struct Trip {
    pub(super) cities: Vec<&'static Destination>,
    pub(super) origin: Option<&'static City>,
    pub(super) start: NaiveDate,
    pub(super) days: u32,
    pub(super) adults: u32,
    pub(super) children: u32,
    /// In main units.
    pub(super) budget: Option<(u64, Currency)>,
    pub(super) interests: Vec<Interest>,
    pub(super) cuisines: Vec<String>,
    pub(super) diet: Option<Diet>,
    pub(super) pace: Option<Pace>,
    pub(super) bed: Bed,
    pub(super) avoid_transport: Option<TransportMode>,
    /// Names of sights.
    pub(super) must_see: Vec<String>,
    /// A sight or an interest.
    pub(super) avoid: Option<String>,
}

/// Wishes for the bed, each of which some bed of every city has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bed {
    pub(super) kind: Option<LodgingKind>,
    pub(super) room_type: Option<RoomType>,
    pub(super) tier: Option<Tier>,
    pub(super) allows: Option<HouseRule>,
}

impl Trip {
    pub(super) fn draw(rng: &mut StdRng, today: NaiveDate) -> Self {
        let cities = cities(rng);
        let count = u32::try_from(cities.len()).expect("one to three");
        let least = if count == 1 { 1 } else { count + 1 };
        let days = rng.random_range(least..=DAYS_MAX);
        let people = rng.random_range(1..=PEOPLE_MAX);
        let children = if rng.random_bool(0.3) { rng.random_range(0..people) } else { 0 };
        let origin = origin(rng, &cities);
        let sights: Vec<&str> = cities.iter().flat_map(|city| &city.sights).map(|sight| sight.name.as_str()).collect();
        let liked = [0, 1, 1, 2, 3][rng.random_range(0..5)];
        let must_see = if rng.random_bool(0.25) { rng.random_range(1..=2) } else { 0 };
        Self {
            budget: rng.random_bool(0.9).then(|| budget(rng, &cities, origin, days, people)),
            start: today + Duration::days(rng.random_range(AHEAD_DAYS)),
            interests: Interest::ALL.sample(rng, liked).copied().collect(),
            cuisines: cuisines(rng, &cities),
            diet: rng.random_bool(0.2).then(|| *Diet::ALL.choose(rng).expect("there are diets")),
            pace: rng.random_bool(0.4).then(|| *Pace::ALL.choose(rng).expect("there are paces")),
            bed: Bed::draw(rng, cities[0]),
            avoid_transport: rng.random_bool(0.1).then(|| mode(rng)),
            must_see: sights.sample(rng, must_see).map(|name| (*name).to_owned()).collect(),
            avoid: rng.random_bool(0.15).then(|| avoided(rng, &sights)),
            adults: people - children,
            children,
            origin,
            days,
            cities,
        }
    }

    pub(super) fn end(&self) -> NaiveDate {
        self.start + Duration::days(i64::from(self.days) - 1)
    }
}

/// One city, or two or three that are not far from each other.
fn cities(rng: &mut StdRng) -> Vec<&'static Destination> {
    let gazetteer = Gazetteer::bundled();
    let mut all: Vec<&Destination> = gazetteer.destination_ids().filter_map(|id| gazetteer.destination(id)).collect();
    let first = *all.choose(rng).expect("the gazetteer has destinations");
    let further = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2][rng.random_range(0..10)];
    all.retain(|city| city.id != first.id);
    all.sort_by(|a, b| first.at.km_to(a.at).total_cmp(&first.at.km_to(b.at)));
    all.truncate(NEAR_CITIES);
    all.shuffle(rng);
    std::iter::once(first).chain(all.into_iter().take(further)).collect()
}

/// Somewhere else; now and then nothing is said about it.
fn origin(rng: &mut StdRng, cities: &[&Destination]) -> Option<&'static City> {
    let is_near = rng.random_bool(0.7);
    let fits = |city: &&City| {
        let is_visited = cities.iter().any(|visited| visited.id == city.id);
        !is_visited && (!is_near || city.at.km_to(cities[0].at) < NEAR_ORIGIN_KM)
    };
    let all: Vec<&City> = Gazetteer::bundled().cities().iter().filter(fits).collect();
    rng.random_bool(0.9).then(|| all.choose(rng).copied()).flatten()
}

/// Two significant digits, as people say it.
fn budget(rng: &mut StdRng, cities: &[&Destination], origin: Option<&City>, days: u32, people: u32) -> (u64, Currency) {
    let km = origin.map_or(1_000.0, |origin| origin.at.km_to(cities[0].at));
    let hops: f64 = cities.windows(2).map(|pair| pair[0].at.km_to(pair[1].at)).sum();
    let daily = DAILY_EUR.choose(rng).expect("there are levels") * rng.random_range(0.8..1.3);
    let ways = WAY_EUR * f64::from(u32::try_from(cities.len()).expect("one to three")) + WAY_EUR_PER_KM * (km + hops);
    let euros = f64::from(people) * (daily * f64::from(days) + ways);
    let own = cities[0].currency;
    let currency = if rng.random_bool(0.2) { own } else { currency(CURRENCIES.choose(rng).expect("there are some")) };
    #[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52 billionths")]
    let rate = Gazetteer::bundled().rate(Currency::EUR, currency).rate_nanos as f64 / 1e9;
    (two_digits(euros * rate), currency)
}

fn currency(code: &str) -> Currency {
    code.parse().expect("the codes of this file are known")
}

fn two_digits(amount: f64) -> u64 {
    let step = 10_f64.powf((amount.log10().floor() - 1.0).max(0.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "above zero, and saturates")]
    let amount = ((amount / step).round() * step) as u64;
    amount
}

/// Kitchens that the cities have.
fn cuisines(rng: &mut StdRng, cities: &[&Destination]) -> Vec<String> {
    let mut known: Vec<&str> = cities.iter().flat_map(|city| &city.meals).map(|meal| meal.cuisine.as_str()).collect();
    known.sort_unstable();
    known.dedup();
    let count = [0, 0, 0, 1, 1, 2][rng.random_range(0..6)];
    known.sample(rng, count).map(|cuisine| (*cuisine).to_owned()).collect()
}

fn mode(rng: &mut StdRng) -> TransportMode {
    *[TransportMode::Flight, TransportMode::Bus, TransportMode::Train].choose(rng).expect("there are modes")
}

fn avoided(rng: &mut StdRng, sights: &[&str]) -> String {
    match rng.random_bool(0.5) {
        true => (*sights.choose(rng).expect("a destination has sights")).to_owned(),
        false => Interest::ALL.choose(rng).expect("there are interests").word().to_owned(),
    }
}

impl Bed {
    fn draw(rng: &mut StdRng, city: &Destination) -> Self {
        let bed = city.beds.choose(rng).expect("a destination has beds");
        Self {
            kind: rng.random_bool(0.15).then_some(bed.kind),
            room_type: rng.random_bool(0.1).then_some(bed.room_type),
            tier: rng.random_bool(0.15).then_some(bed.tier),
            allows: rng.random_bool(0.1).then(|| *HouseRule::ALL.choose(rng).expect("there are rules")),
        }
    }
}
