//! Places from the bundled gazetteer.

use chrono_tz::Tz;
use domain::{brief::Place, money::Currency};

use super::{Mention, Places, Region, RegionMention, SightName};
use crate::providers::gazetteer::{City, Destination, Gazetteer, Sight, regions};

impl Places for Gazetteer {
    fn find(&self, name: &str) -> Option<Place> {
        self.find_city(name).map(City::place)
    }

    fn mentions(&self, text: &str) -> Vec<Mention> {
        self.cities_in(text).map(|(start, end, city)| Mention { start, end, place: city.place() }).collect()
    }

    fn region_mentions(&self, text: &str) -> Vec<RegionMention> {
        let mention = |(start, end, region): (usize, usize, &regions::Region)| {
            let places = region.cities.iter().filter_map(|id| self.city(id)).map(City::place);
            RegionMention { start, end, region: Region { name: region.name.clone(), cities: places.collect() } }
        };
        self.regions_in(text).map(mention).collect()
    }

    fn is_destination(&self, id: &str) -> bool {
        self.destination_ids().any(|known| known == id)
    }

    fn sights(&self, city_id: &str) -> Vec<SightName> {
        let name = |destination: &Destination, sight: &Sight| SightName {
            id: destination.unique_id(&sight.id),
            name: sight.name.clone(),
            category: sight.category,
            interests: sight.interests.clone(),
        };
        let names =
            |destination: &Destination| destination.sights.iter().map(|sight| name(destination, sight)).collect();
        self.destination(city_id).map(names).unwrap_or_default()
    }

    fn currency(&self, city_id: &str) -> Option<Currency> {
        self.city(city_id).map(|city| city.currency)
    }

    fn time_zone(&self, city_id: &str) -> Option<Tz> {
        self.city(city_id).map(|city| city.time_zone)
    }

    fn distance_km(&self, a_id: &str, b_id: &str) -> Option<f64> {
        Some(self.city(a_id)?.at.km_to(self.city(b_id)?.at))
    }

    fn destination_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.destination_ids().filter_map(|id| self.city(id)).map(|city| city.name.clone()).collect();
        names.sort();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        Gazetteer::bundled().mentions(text).into_iter().map(|mention| mention.place.id).collect()
    }

    #[test]
    fn text_names_cities_at_word_boundaries_in_any_case() {
        assert_eq!(ids("5 days in lisbon from BERLIN"), ["lisbon", "berlin"]);
        assert_eq!(ids("romeo and the parisian"), [""; 0]);
        assert_eq!(
            ids("New-York, São Paulo; Sao paulo and newyork"),
            ["new-york", "sao-paulo", "sao-paulo", "new-york"]
        );
        assert_eq!(ids("Lisbon's trams, Xi’an's walls"), ["lisbon", "xian"]);
        assert_eq!(ids("Washington, D.C. to Prague/Vienna"), ["washington", "prague", "vienna"]);
    }

    #[test]
    fn the_longest_name_wins() {
        let mentions = Gazetteer::bundled().mentions("from Mexico City to New York City!");
        let text = "from Mexico City to New York City!";
        let written: Vec<&str> = mentions.iter().map(|mention| &text[mention.start..mention.end]).collect();
        assert_eq!(written, ["Mexico City", "New York City"]);
    }

    #[test]
    fn offsets_are_of_the_original_bytes() {
        let text = "Ein Wochenende für zwei: Málaga → Zürich";
        let mentions = Gazetteer::bundled().mentions(text);
        let written: Vec<&str> = mentions.iter().map(|mention| &text[mention.start..mention.end]).collect();
        assert_eq!(written, ["Málaga", "Zürich"]);
    }

    #[test]
    fn names_that_are_common_words_need_their_capitals() {
        assert_eq!(ids("a nice walk, split the bill, la vida"), [""; 0]);
        assert_eq!(ids("from Nice to Split and LA, or L.A."), ["nice", "split", "los-angeles", "los-angeles"]);
        assert_eq!(ids("La Boqueria in Barcelona"), ["barcelona"]);
    }

    #[test]
    fn a_field_finds_its_city_in_any_spelling() {
        let places = Gazetteer::bundled();
        for (written, id) in [
            ("Lisboa", "lisbon"),
            ("new-york", "new-york"),
            ("  NICE ", "nice"),
            ("la", "los-angeles"),
            ("Paris, France", "paris"),
            ("Ciudad de México", "mexico-city"),
        ] {
            assert_eq!(places.find(written).map(|place| place.id).as_deref(), Some(id), "{written}");
        }
        assert_eq!(places.find("Paris, Texas"), None);
        assert_eq!(places.find("Atlantis"), None);
        assert_eq!(places.find(""), None);
    }

    #[test]
    fn unknown_cities_have_no_facts() {
        let places = Gazetteer::bundled();
        assert!(places.is_destination("tokyo") && !places.is_destination("warsaw"));
        assert!(places.sights("warsaw").is_empty() && !places.sights("tokyo").is_empty());
        assert_eq!(places.currency("nowhere"), None);
        assert_eq!(places.distance_km("berlin", "nowhere"), None);
        let km = places.distance_km("berlin", "lisbon").unwrap();
        assert!((2_280.0..2_340.0).contains(&km), "{km}");
    }
}
