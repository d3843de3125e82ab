//! The files of `worker/data`, compiled in. The list of destinations is here and nowhere else.

use std::sync::OnceLock;

use serde::Deserialize;

use super::{
    rates::{RateFile, RateTable, RateTableError},
    records::{City, Destination},
};

const CITIES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cities.toml"));
const RATES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/rates.toml"));

macro_rules! destination_files {
    ($($id:literal),+ $(,)?) => {
        /// Id and text of every destination, in alphabetical order.
        const DESTINATIONS: &[(&str, &str)] = &[
            $(($id, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/gazetteer/", $id, ".toml")))),+
        ];
    };
}

destination_files!(
    "amsterdam",
    "athens",
    "bangkok",
    "barcelona",
    "berlin",
    "budapest",
    "buenos-aires",
    "cape-town",
    "copenhagen",
    "dubai",
    "dublin",
    "edinburgh",
    "florence",
    "hong-kong",
    "istanbul",
    "kyoto",
    "lisbon",
    "london",
    "madrid",
    "marrakesh",
    "mexico-city",
    "munich",
    "new-york",
    "paris",
    "porto",
    "prague",
    "rio-de-janeiro",
    "rome",
    "san-francisco",
    "seoul",
    "singapore",
    "sydney",
    "tokyo",
    "venice",
    "vienna",
);

/// One destination: its text, and what it says once somebody asked.
#[derive(Debug)]
pub(super) struct DestinationFile {
    id: &'static str,
    text: &'static str,
    parsed: OnceLock<Box<Destination>>,
}

impl DestinationFile {
    pub(super) fn id(&self) -> &'static str {
        self.id
    }

    pub(super) fn parsed(&self) -> &Destination {
        self.parsed.get_or_init(|| Box::new(self.parse().expect("the tests of this module parse the same text")))
    }

    pub(super) fn parse(&self) -> Result<Destination, toml::de::Error> {
        toml::from_str(self.text)
    }
}

/// Every destination, none of them parsed yet.
pub(super) fn destinations() -> Vec<DestinationFile> {
    DESTINATIONS.iter().map(|(id, text)| DestinationFile { id, text, parsed: OnceLock::new() }).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CityFile {
    #[serde(rename = "as_of")]
    _as_of: String,
    cities: Vec<City>,
}

pub(super) fn cities() -> Result<Vec<City>, toml::de::Error> {
    toml::from_str::<CityFile>(CITIES).map(|file| file.cities)
}

/// Why `rates.toml` cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum RatesError {
    #[error("rates.toml is not in its format")]
    Format(#[from] toml::de::Error),
    #[error("rates.toml is not complete")]
    Content(#[from] RateTableError),
}

pub(super) fn rates() -> Result<RateTable, RatesError> {
    Ok(RateTable::new(toml::from_str::<RateFile>(RATES)?)?)
}
