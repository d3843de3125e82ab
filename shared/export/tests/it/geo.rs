//! The map, read back and held against RFC 7946.

use domain::plan::Plan;
use export::Format;
use geojson::{Feature, FeatureCollection, GeoJson, GeometryValue, Position};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{any_plan, over_the_date_line, two_cities, written};

/// Reads a file in full and holds it against the RFC.
fn check(plan: &Plan) -> FeatureCollection {
    let file = written(plan, Format::Geojson);
    let Ok(GeoJson::FeatureCollection(collection)) = file.parse::<GeoJson>() else { panic!("{file}") };
    // Section 7.1: the members of one kind of object must not be in another.
    let json: Value = serde_json::from_str(&file).unwrap();
    for member in ["coordinates", "geometries", "geometry", "properties", "crs"] {
        assert!(json.get(member).is_none(), "{member}");
    }
    for feature in &collection.features {
        assert!(feature.properties.is_some());
        match &feature.geometry.as_ref().expect("only what has a place is shown").value {
            GeometryValue::Point { coordinates } => check_position(coordinates),
            GeometryValue::LineString { coordinates } => check_line(coordinates),
            GeometryValue::MultiLineString { coordinates } => coordinates.iter().for_each(|line| check_line(line)),
            other => panic!("{other:?}"),
        }
    }
    collection
}

/// Sections 3.1.1 and 4: longitude, latitude, in degrees.
fn check_position(position: &Position) {
    assert_eq!(position.as_slice().len(), 2);
    assert!(position[0].abs() <= 180.0 && position[1].abs() <= 90.0, "{position:?}");
}

/// Sections 3.1.4 and 3.1.9: two positions or more, and none of the ways over the antimeridian.
fn check_line(line: &[Position]) {
    assert!(line.len() >= 2, "{line:?}");
    line.iter().for_each(check_position);
    assert!(line.windows(2).all(|pair| (pair[0][0] - pair[1][0]).abs() <= 180.0), "{line:?}");
}

fn property<'a>(feature: &'a Feature, name: &str) -> &'a Value {
    feature.property(name).unwrap_or(&Value::Null)
}

#[test]
fn every_place_is_a_point_and_every_leg_a_line_in_the_plans_order() {
    let collection = check(&two_cities());
    let kinds: Vec<String> = collection
        .features
        .iter()
        .map(|feature| {
            let geometry = feature.geometry.as_ref().unwrap().value.type_name();
            format!("{} {} {geometry}", property(feature, "day"), property(feature, "kind").as_str().unwrap())
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "1 leg LineString",
            "1 check_in Point",
            "1 sight Point",
            "1 meal Point",
            "1 day_path LineString",
            "2 meal Point",
            "2 check_out Point",
            "2 leg LineString",
            "2 day_path LineString",
            "3 leg LineString",
        ]
    );
    assert_eq!(collection.foreign_members.unwrap()["name"], "3 days in Paris and Rome");
}

#[test]
fn a_feature_says_when_what_and_how_sure() {
    let collection = check(&two_cities());
    let (leg, sight, path) = (&collection.features[0], &collection.features[2], &collection.features[4]);
    for (name, expected) in [
        ("date", "2027-05-03"),
        ("start", "09:15"),
        ("end", "11:00"),
        ("zone", "Europe/Berlin"),
        ("end_zone", "Europe/Paris"),
        ("mode", "flight"),
        ("cost", "About 312 EUR (estimate)"),
        ("note", "1 stop, about 150 kg CO2e for each traveller"),
        ("source", "fare-model"),
        ("source_kind", "estimate"),
        ("currency", "EUR"),
    ] {
        assert_eq!(property(leg, name), expected, "{name}");
    }
    assert_eq!((property(leg, "index"), property(leg, "cost_cents")), (&1.into(), &31_200.into()));
    assert_eq!((property(sight, "city"), property(sight, "cost")), (&"Paris".into(), &"Free entry".into()));
    assert!(sight.id.is_some() && property(leg, "city").is_null());
    // From where one lands, through the places in their order.
    let GeometryValue::LineString { coordinates } = &path.geometry.as_ref().unwrap().value else { panic!() };
    let points: Vec<[f64; 2]> = coordinates.iter().map(|position| [position[0], position[1]]).collect();
    assert_eq!(points, [[2.5479, 49.0097], [2.35, 48.85], [2.3376, 48.860_611], [2.35, 48.85]]);
}

#[test]
fn a_leg_over_the_antimeridian_is_cut_there() {
    let collection = check(&over_the_date_line());
    let GeometryValue::MultiLineString { coordinates } = &collection.features[0].geometry.as_ref().unwrap().value
    else {
        panic!("{:?}", collection.features[0])
    };
    let ends: Vec<(f64, f64)> = coordinates.iter().map(|line| (line[0][0], line[1][0])).collect();
    assert_eq!(ends, [(174.785, 180.0), (-180.0, -157.9225)]);
    assert_eq!(coordinates[0][1][1], coordinates[1][0][1]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_is_a_map_that_can_be_read(plan in any_plan()) {
        let places = plan.days.iter().flat_map(|day| &day.items).filter(|item| item.at.is_some()).count();
        prop_assert!(check(&plan).features.len() <= places + plan.days.len());
    }
}
