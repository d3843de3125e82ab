//! Which cities a train, a bus or a car can link without a ferry or a border that nobody crosses.
//!
//! Cautious: a link that exists may be missing here (Toronto to New York), one that does not must not be here.

use crate::providers::gazetteer::City;

/// Cities on islands that no road reaches, and the island. Great Britain is the rest of the United Kingdom.
const ISLANDS: [(&str, &str); 18] = [
    ("auckland", "North Island"),
    ("belfast", "Ireland"),
    ("catania", "Sicily"),
    ("cebu", "Cebu"),
    ("christchurch", "South Island"),
    ("cork", "Ireland"),
    ("denpasar", "Bali"),
    ("dublin", "Ireland"),
    ("heraklion", "Crete"),
    ("honolulu", "Oahu"),
    ("jeju", "Jeju"),
    ("manila", "Luzon"),
    ("naha", "Okinawa"),
    ("palermo", "Sicily"),
    ("palma", "Majorca"),
    ("queenstown", "South Island"),
    ("sapporo", "Hokkaido"),
    ("wellington", "North Island"),
];

/// Countries of the European mainland between which people travel by land.
const MAINLAND: [&str; 25] = [
    "Austria",
    "Belgium",
    "Bulgaria",
    "Croatia",
    "Czech Republic",
    "Denmark",
    "Estonia",
    "France",
    "Germany",
    "Greece",
    "Hungary",
    "Italy",
    "Latvia",
    "Lithuania",
    "Luxembourg",
    "Netherlands",
    "Norway",
    "Poland",
    "Portugal",
    "Romania",
    "Slovakia",
    "Slovenia",
    "Spain",
    "Sweden",
    "Switzerland",
];
/// Also of the mainland: the straight line to any other country but these crosses a sea that the way by land avoids.
const ONLY_WITH: [(&str, &[&str]); 4] = [
    ("Norway", &["Denmark", "Sweden"]),
    ("Sweden", &["Denmark", "Germany", "Norway"]),
    (
        "Denmark",
        &[
            "Austria",
            "Belgium",
            "Czech Republic",
            "Germany",
            "Luxembourg",
            "Netherlands",
            "Norway",
            "Sweden",
            "Switzerland",
        ],
    ),
    (
        "Italy",
        &[
            "Austria",
            "Belgium",
            "Czech Republic",
            "France",
            "Germany",
            "Hungary",
            "Luxembourg",
            "Netherlands",
            "Slovakia",
            "Slovenia",
            "Switzerland",
        ],
    ),
];

/// Neighbours elsewhere between which trains and buses run.
const NEIGHBOURS: [(&str, &str); 2] = [("China", "Hong Kong"), ("Malaysia", "Singapore")];

/// Where the trains through the Channel Tunnel stop on the mainland.
const TUNNEL_CITIES: [&str; 4] = ["amsterdam", "brussels", "lille", "paris"];
const UNITED_KINGDOM: &str = "United Kingdom";

/// How two cities are linked by land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// On the same landmass.
    Land,
    /// Between Great Britain and the mainland.
    ChannelTunnel,
}

/// How these two cities are linked by land, if they are.
pub(super) fn link(a: &City, b: &City) -> Option<Link> {
    match (island(a), island(b)) {
        (Some(first), Some(second)) => (first == second).then_some(Link::Land),
        (None, None) if a.country == b.country || linked_on_the_mainland(a, b) || are_neighbours(a, b) => {
            Some(Link::Land)
        }
        (None, None) if through_the_tunnel(a, b) || through_the_tunnel(b, a) => Some(Link::ChannelTunnel),
        _ => None,
    }
}

fn island(city: &City) -> Option<&'static str> {
    ISLANDS.iter().find(|(id, _)| *id == city.id).map(|(_, island)| *island)
}

/// Whether the city is on the European mainland.
pub(super) fn is_on_the_mainland(city: &City) -> bool {
    MAINLAND.contains(&city.country.as_str())
}

fn linked_on_the_mainland(a: &City, b: &City) -> bool {
    let reaches = |from: &City, to: &City| {
        let only = ONLY_WITH.iter().find(|(country, _)| *country == from.country);
        only.is_none_or(|(_, countries)| countries.contains(&to.country.as_str()))
    };
    is_on_the_mainland(a) && is_on_the_mainland(b) && reaches(a, b) && reaches(b, a)
}

fn are_neighbours(a: &City, b: &City) -> bool {
    let (a, b) = (a.country.as_str(), b.country.as_str());
    NEIGHBOURS.contains(&(a, b)) || NEIGHBOURS.contains(&(b, a))
}

fn through_the_tunnel(british: &City, mainland: &City) -> bool {
    british.country == UNITED_KINGDOM && TUNNEL_CITIES.contains(&mainland.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::Gazetteer;

    fn between(a: &str, b: &str) -> Option<Link> {
        let city = |id| Gazetteer::bundled().city(id).unwrap();
        assert_eq!(link(city(a), city(b)), link(city(b), city(a)), "{a} {b}");
        link(city(a), city(b))
    }

    #[test]
    fn seas_are_not_crossed() {
        for (a, b) in [
            ("berlin", "prague"),
            ("geneva", "milan"),
            ("tokyo", "osaka"),
            ("oslo", "copenhagen"),
            ("belfast", "dublin"),
            ("auckland", "wellington"),
            ("boston", "new-york"),
            ("guangzhou", "hong-kong"),
        ] {
            assert_eq!(between(a, b), Some(Link::Land), "{a} {b}");
        }
        assert_eq!(between("edinburgh", "paris"), Some(Link::ChannelTunnel));
        for (a, b) in [
            ("london", "dublin"),
            ("belfast", "london"),
            ("stockholm", "riga"),
            ("rome", "barcelona"),
            ("barcelona", "palma"),
            ("wellington", "christchurch"),
            ("london", "berlin"),
            ("rome", "split"),
            ("malaga", "casablanca"),
        ] {
            assert_eq!(between(a, b), None, "{a} {b}");
        }
    }

    #[test]
    fn every_city_of_the_tables_is_in_the_gazetteer() {
        for id in ISLANDS.iter().map(|(id, _)| id).chain(&TUNNEL_CITIES) {
            assert!(Gazetteer::bundled().city(id).is_some(), "{id}");
        }
    }
}
