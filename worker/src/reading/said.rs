//! What one text says about where to go: which of its names are meant, in which order, and for how many nights.

use std::{ops::Range, sync::LazyLock};

use domain::brief::{CityWish, Place};
use regex::Regex;

use super::{
    cities::{self, Counted, Number, Stay},
    numbers::pattern,
    roles::{self, Named, Role},
    text::Text,
    unknown,
};
use crate::providers::Region;

/// What one text says about where to go.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) cities: Vec<CityWish>,
    pub(super) regions: Vec<Region>,
    pub(super) number: Option<Number>,
    pub(super) number_words: String,
    pub(super) in_order: bool,
    /// "Paris or Rome".
    pub(super) is_either: bool,
    /// "Italy including Rome": more cities than those that are named.
    pub(super) is_more: bool,
    pub(super) nights: Option<u32>,
    pub(super) read: Vec<Range<usize>>,
}

/// Letters between two cities within which a "then" orders them.
const GAP_MAX: usize = 96;

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:,? ?\(?(?:for )?{count}(?: ?(?:nights?|days?|n|d))?\)?)? ?(?:,|/|&|\+|;|or|and|vs\.?|versus|and then|then|and/or|as well as|plus|along with|together with|followed by|before|finally|(?:before )?(?:heading|going|moving|continuing|travel(?:l)?ing) on|, ?(?:and then|and finally|and|or|then|finally|maybe|followed by|plus))?,? ?(?:maybe |perhaps |even |also |both |finally |on |onwards? |either )?(?:{count} (?:nights? |days? )?)?(?:to |in |the )*$",
    )
});
static EITHER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:or|versus|vs|and/or)\b|/"));
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:then|followed by|after (?:that|which)|afterwards?|next|finally|lastly|before (?:heading|going|moving|continuing|travell?ing|flying)|onwards?|(?:moving|heading|going|continuing|travell?ing|carry) on)\b|->",
    )
});
static IN_ORDER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bin (?:this|that|the given|exactly this) order\b"));
/// Before a city of a region: it is one of several.
static INCLUDING_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:including|incl\.?|includes?|among them|one of (?:them|which)(?: being| is| must be| should be)?|especially|notably|with (?:a|one) (?:stop|stay|night|visit)(?: over)? (?:in|at|to)|must (?:include|visit|see)) $",
    )
});

impl Said {
    pub(super) fn of(city: Place) -> Self {
        Self { cities: vec![CityWish { place: city, nights: None }], ..Self::default() }
    }

    /// Whether a number of cities that was said elsewhere fits: for a region that has as many.
    pub(super) fn can_have(&self, number: Number) -> bool {
        let has = |value: u32| self.regions.iter().any(|region| region.cities.len() >= value as usize);
        self.cities.is_empty() && matches!(number, Number::Exactly(value) if has(value))
    }

    pub(super) fn add(&mut self, place: Place) {
        if !self.cities.iter().any(|wish| wish.place == place) {
            self.cities.push(CityWish { place, nights: None });
        }
    }
}

/// What the names of `text` and its numbers of cities say together.
pub(super) fn of_text(
    text: &Text<'_>,
    named: &[Named],
    counted: &[Counted],
    lengths: &[Range<usize>],
    origin: Option<&Place>,
) -> Said {
    let chosen = chosen(text, named);
    let mut said = Said::default();
    let count = counted.first();
    said.number = count.map(|count| count.number);
    said.number_words = count.map_or(String::new(), |count| text.original_of(&count.range).to_owned());
    let several = matches!(said.number, Some(Number::Exactly(2..) | Number::About(_) | Number::Several));
    // "to New York, visiting 3 cities": what can be either is the region when several of its cities are asked for.
    let is_region = |name: &&Named| {
        name.region.is_some() && (name.city.is_none() || (several && chosen.len() == 1 && name.role != Role::Origin))
    };
    for name in chosen.iter().filter(|name| is_region(name)) {
        let region = name.region.clone().expect("filtered");
        if !said.regions.contains(&region) {
            said.regions.push(region);
        }
        said.read.push(name.range.clone());
    }
    let mut cities: Vec<&Named> = chosen.iter().filter(|name| !is_region(name)).copied().collect();
    // "Portugal: Lisbon and Porto": names in a chosen region are chosen.
    for name in named.iter().filter(|name| name.role == Role::Bare) {
        let is_in = |city: &Place| said.regions.iter().any(|region| region.cities.contains(city));
        if name.city.as_ref().is_some_and(is_in) && !cities.iter().any(|known| known.range == name.range) {
            cities.push(name);
        }
    }
    cities.sort_by_key(|name| name.range.start);
    // "Italy for ten days, including Venice": the region around a chosen city is where the trip goes.
    for name in named.iter().filter(|name| name.role == Role::Bare && name.city.is_none() && said.regions.is_empty()) {
        let holds = |region: &Region| {
            cities.iter().any(|city| city.city.as_ref().is_some_and(|city| region.cities.contains(city)))
        };
        if let Some(region) = name.region.clone().filter(holds) {
            said.regions.push(region);
            said.read.push(name.range.clone());
            break;
        }
    }
    let ends_at_start = cities.len() > 1 || !said.regions.is_empty();
    cities.retain(|name| !ends_at_start || name.city.as_ref() != origin);
    said.read_cities(text, &cities, lengths);
    for count in counted.iter().filter(|_| !said.cities.is_empty() || !said.regions.is_empty()) {
        let end = count.of.as_ref().map_or(count.range.end, |of| of.end.max(count.range.end));
        said.read.push(count.range.start..end);
    }
    said
}

impl Said {
    fn read_cities(&mut self, text: &Text<'_>, names: &[&Named], lengths: &[Range<usize>]) {
        let mut first: Vec<&Named> = Vec::new();
        // Where each of them is named last: "Rome and Venice: 2 nights in Rome, 3 in Venice".
        let mut last: Vec<Range<usize>> = Vec::new();
        for name in names {
            match first.iter().position(|known| known.city == name.city) {
                Some(at) => last[at] = name.range.clone(),
                None => {
                    first.push(name);
                    last.push(name.range.clone());
                }
            }
            self.read.push(name.range.clone());
        }
        let ranges: Vec<Range<usize>> = first.iter().map(|name| name.range.clone()).collect();
        for name in &first {
            self.cities.extend(name.city.clone().map(|place| CityWish { place, nights: None }));
        }
        let gaps = || ranges.windows(2).map(|pair| &text.folded()[pair[0].end..pair[1].start]);
        self.is_either = gaps().any(|gap| gap.len() <= 24 && EITHER.is_match(gap));
        self.in_order = self.cities.len() > 1
            && (gaps().any(|gap| gap.len() <= GAP_MAX && (ORDER.is_match(gap) || roles::is_connector(gap)))
                || IN_ORDER.is_match(text.folded()));
        self.is_more = ranges.iter().any(|range| INCLUDING_BEFORE.is_match(text.before(range.start)));
        let mut stays = cities::stays(text, &ranges, lengths);
        if stays.is_empty() && last.is_sorted_by_key(|range| range.start) {
            stays = cities::stays(text, &last, lengths);
        }
        self.read_stays(text, stays);
    }

    fn read_stays(&mut self, text: &Text<'_>, mut stays: Vec<Option<Stay>>) {
        if stays.is_empty()
            && let Some(each) = cities::each(text)
        {
            stays = vec![Some(each); self.cities.len().max(1)];
        }
        self.read.extend(stays.iter().flatten().map(|stay| stay.range.clone()));
        let is_whole = stays.iter().all(Option::is_some);
        let is_days = stays.iter().flatten().any(|stay| stay.is_days);
        // Days of one city end where those of the next begin; the last of them holds the way home.
        let last = stays.len().saturating_sub(1);
        let nights = |(index, stay): (usize, &Option<Stay>)| {
            stay.as_ref().map(|stay| stay.value.saturating_sub(u32::from(is_days && index == last)))
        };
        let nights: Vec<Option<u32>> = stays.iter().enumerate().map(nights).collect();
        if nights.contains(&Some(0)) {
            return;
        }
        for (wish, nights) in self.cities.iter_mut().zip(&nights) {
            wish.nights = *nights;
        }
        let places = match self.number {
            Some(Number::Exactly(value)) if self.cities.is_empty() => value,
            _ => 0,
        };
        self.nights = match nights.as_slice() {
            [Some(each)] if places > 0 => {
                Some(each.saturating_add(u32::from(is_days)).saturating_mul(places) - u32::from(is_days))
            }
            _ if is_whole && !nights.is_empty() && !self.cities.is_empty() => {
                Some(nights.iter().flatten().fold(0, |sum: u32, nights| sum.saturating_add(*nights)))
            }
            _ => None,
        };
    }
}

/// The names that say where the trip goes, in the text's order.
fn chosen<'n>(text: &Text<'_>, named: &'n [Named]) -> Vec<&'n Named> {
    let mut chosen: Vec<bool> = named.iter().map(|name| name.role == Role::Destination).collect();
    let linked = |index: usize| LINK.is_match(&text.folded()[named[index - 1].range.end..named[index].range.start]);
    // "Paris and Rome", "Lisbon or Porto": a name beside a destination is one too.
    for index in 1..named.len() {
        if chosen[index - 1] && named[index].role == Role::Bare && linked(index) {
            chosen[index] = true;
        }
    }
    for index in (1..named.len()).rev() {
        if chosen[index] && named[index - 1].role == Role::Bare && linked(index) {
            chosen[index - 1] = true;
        }
    }
    let with = |wanted: &dyn Fn(usize) -> bool| -> Vec<&Named> {
        (0..named.len()).filter(|index| wanted(*index)).map(|index| &named[index]).collect()
    };
    [
        with(&|index| chosen[index]),
        with(&|index| named[index].role == Role::Bare),
        with(&|index| named[index].role == Role::Return),
    ]
    .into_iter()
    .find(|names| !names.is_empty())
    // "a day trip to Porto" is the trip where it is the only one.
    .unwrap_or_else(|| with(&|index| unknown::is_day_trip(text.before(named[index].range.start))))
}
