//! Countries and other parts of the world, and the destinations in them.

use super::{
    files::DestinationFile,
    names::NameIndex,
    records::{City, Continent},
};

/// Other names of countries.
const ALIASES: [(&str, &str); 10] = [
    ("UK", "United Kingdom"),
    ("U.K.", "United Kingdom"),
    ("Great Britain", "United Kingdom"),
    ("Britain", "United Kingdom"),
    ("USA", "United States"),
    ("US", "United States"),
    ("U.S.", "United States"),
    ("United States of America", "United States"),
    ("Czechia", "Czech Republic"),
    ("the Netherlands", "Netherlands"),
];
/// Parts of countries that people travel to by name.
const PARTS: [(&str, &[&str]); 9] = [
    ("Andalusia", &["seville"]),
    ("Bavaria", &["munich"]),
    ("California", &["san-francisco", "los-angeles"]),
    ("Catalonia", &["barcelona"]),
    ("England", &["london"]),
    ("Scandinavia", &["copenhagen", "stockholm", "oslo"]),
    ("Scotland", &["edinburgh"]),
    ("Tuscany", &["florence"]),
    ("Veneto", &["venice"]),
];
const CONTINENTS: [(&str, Continent); 6] = [
    ("Africa", Continent::Africa),
    ("Asia", Continent::Asia),
    ("Europe", Continent::Europe),
    ("North America", Continent::NorthAmerica),
    ("Oceania", Continent::Oceania),
    ("South America", Continent::SouthAmerica),
];

/// A part of the world with at least one destination.
#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) name: String,
    /// Ids, those with the most famous sights first.
    pub(crate) cities: Vec<String>,
}

/// The regions and their names.
#[derive(Debug)]
pub(super) struct RegionIndex {
    regions: Vec<Region>,
    names: NameIndex,
}

impl RegionIndex {
    pub(super) fn new(cities: &[City], destinations: &[DestinationFile]) -> Self {
        let city = |file: &DestinationFile| cities.iter().find(|city| city.id == file.id());
        let mut known: Vec<&City> = destinations.iter().filter_map(city).collect();
        known.sort_by_key(|city| (std::cmp::Reverse(rank(&city.id)), &city.id));
        let of = |name: &str, is_in: &dyn Fn(&City) -> bool| Region {
            name: name.to_owned(),
            cities: known.iter().filter(|city| is_in(city)).map(|city| city.id.clone()).collect(),
        };
        let mut countries: Vec<&str> = known.iter().map(|city| city.country.as_str()).collect();
        countries.sort_unstable();
        countries.dedup();
        let countries = countries.iter().map(|name| of(name, &|city| city.country == *name));
        let continents = CONTINENTS.iter().map(|(name, continent)| of(name, &|city| city.continent == *continent));
        let parts = PARTS.iter().map(|(name, ids)| of(name, &|city| ids.contains(&city.id.as_str())));
        let regions: Vec<Region> =
            countries.chain(continents).chain(parts).filter(|region| !region.cities.is_empty()).collect();
        Self { names: names(&regions), regions }
    }

    /// Start, end and region of every name in the text, without overlap.
    pub(super) fn mentions(&self, text: &str) -> Vec<(usize, usize, &Region)> {
        let found = self.names.mentions(text).into_iter();
        found.map(|(start, end, region)| (start, end, &self.regions[region])).collect()
    }
}

fn names(regions: &[Region]) -> NameIndex {
    let own = regions.iter().enumerate().map(|(index, region)| (region.name.as_str(), index));
    let index_of = |name: &str| regions.iter().position(|region| region.name == name);
    let aliases = ALIASES.iter().filter_map(|(alias, name)| Some((*alias, index_of(name)?)));
    NameIndex::new(own.chain(aliases))
}

/// Destinations that first visitors of their country name first, the most visited last; all others are equal.
fn rank(id: &str) -> usize {
    const FIRST: [&str; 11] = [
        "venice",
        "florence",
        "barcelona",
        "kyoto",
        "munich",
        "san-francisco",
        "edinburgh",
        "madrid",
        "berlin",
        "london",
        "rome",
    ];
    FIRST.iter().position(|known| *known == id).map_or(0, |position| position + 1)
}

#[cfg(test)]
mod tests {
    use crate::providers::{Gazetteer, Places};

    fn cities(text: &str) -> Vec<Vec<String>> {
        let mentions = Gazetteer::bundled().region_mentions(text).into_iter();
        mentions.map(|mention| mention.region.cities.into_iter().map(|city| city.id).collect()).collect()
    }

    #[test]
    fn a_country_has_its_destinations_and_a_name_without_any_is_no_region() {
        assert_eq!(cities("two weeks in Portugal, not Bhutan"), [["lisbon", "porto"]]);
        assert_eq!(cities("the UK")[0].len(), 2);
        assert!(cities("somewhere in Europe")[0].len() > 10);
    }

    #[test]
    fn the_most_visited_city_of_a_country_comes_first() {
        assert_eq!(cities("Italy")[0][0], "rome");
    }
}
