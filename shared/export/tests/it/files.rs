//! What holds for every format.

use domain::plan::Plan;
use export::{Format, Meta, render};

use crate::support::{meta, over_the_date_line, two_cities, written};

#[test]
fn a_file_is_named_after_its_cities_and_first_day() {
    let names: Vec<String> =
        Format::ALL.into_iter().map(|format| render(&two_cities(), format, meta()).unwrap().file_name).collect();
    let stem = "paris-rome-2027-05-03";
    assert_eq!(names, ["json", "md", "ics", "geojson"].map(|extension| format!("{stem}.{extension}")));
    let mut plan = two_cities();
    plan.cities[0].place.id = "../São \"Paulo\"\r\n".to_owned();
    plan.cities.truncate(1);
    assert_eq!(render(&plan, Format::Json, meta()).unwrap().file_name, "s-o-paulo-2027-05-03.json");
    plan.cities.clear();
    assert_eq!(render(&plan, Format::Json, meta()).unwrap().file_name, "trip-2027-05-03.json");
}

#[test]
fn the_same_plan_gives_the_same_bytes_and_another_job_other_ids() {
    let other = Meta { job_id: domain::JobId::new(), ..meta() };
    for format in Format::ALL {
        assert_eq!(written(&two_cities(), format), written(&two_cities(), format));
        let differs = render(&two_cities(), format, other).unwrap().body != written(&two_cities(), format);
        assert_eq!(differs, matches!(format, Format::Calendar | Format::Geojson), "{format:?}");
    }
}

#[test]
fn the_json_is_the_plan() {
    for plan in [two_cities(), over_the_date_line()] {
        assert_eq!(serde_json::from_str::<Plan>(&written(&plan, Format::Json)).unwrap(), plan);
    }
}

#[test]
fn a_zone_that_is_none_is_named() {
    let mut plan = two_cities();
    plan.days[0].items[0].end_zone = "Europe/Atlantis".to_owned();
    let error = render(&plan, Format::Calendar, meta()).unwrap_err();
    assert_eq!(error.to_string(), "the plan names \"Europe/Atlantis\", which is no time zone");
    assert!(render(&plan, Format::Geojson, meta()).is_ok());
}
