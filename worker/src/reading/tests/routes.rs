//! Where from, where to, through how many cities and in which order.

use super::*;
use crate::reading::tests::atlas::Atlas;

/// Requests about places: `visit` are the cities that must be visited, `to` all that may be.
const ROUTES: &[(&str, &str)] = &[
    // Several cities by name.
    (
        "A week in Paris and Rome from Chicago",
        "visit=paris,rome; count=2; order=false; days=7; in=Paris and Rome; unread=",
    ),
    (
        "Paris, Rome and Florence from Boston, ten days",
        "visit=paris,rome,florence; count=3; to=paris,rome,florence; days=10",
    ),
    ("Lisbon then Porto, 5 days, from Chicago", "visit=lisbon,porto; order=true; from=chicago"),
    ("First Lisbon, then on to Porto for 5 days from Chicago", "visit=lisbon,porto; order=true"),
    (
        "From Boston to Paris to Rome to Florence in 9 days",
        "from=boston; visit=paris,rome,florence; order=true; days=9",
    ),
    ("Boston -> Paris -> Rome, 6 days", "from=boston; visit=paris,rome; order=true"),
    ("Chicago to Lisbon, followed by Porto, 5 days", "from=chicago; visit=lisbon,porto; order=true"),
    ("Rome, Venice in this order, 5 days, from Chicago", "visit=rome,venice; order=true"),
    (
        "We want to see Rome as well as Naples in five days, leaving Denver",
        "from=denver; visit=rome,naples; order=false",
    ),
    ("Visit both Dallas and Austin from Denver over 4 days", "visit=dallas,austin; from=denver"),
    ("Rome & Naples & Florence, 7 days, from Paris", "from=paris; visit=rome,naples,florence"),
    ("4 days. We would like to see Rome. Naples would be lovely too. We live in Paris.", "from=paris; visit=rome"),
    ("A trip to Rome in May from Paris. We also want to visit Naples. 5 days.", "visit=rome,naples; from=paris"),
    // Nights in each.
    (
        "3 nights in Paris and 2 in Rome, from Chicago",
        "visit=paris,rome; nights=3,2; days=6; assumed=dates,travellers,budget,pace,interests",
    ),
    ("Paris for 3 nights, then 2 nights in Rome, from Chicago", "nights=3,2; days=6; order=true; unread="),
    ("Paris (3 nights), Rome (2 nights), Venice (1 night) from Chicago", "nights=3,2,1; days=7"),
    ("From Chicago: 2 nights Paris, 3 nights Rome", "nights=2,3; days=6; from=chicago"),
    ("Two nights each in Paris and Rome from Chicago", "nights=2,2; days=5"),
    ("Paris and Rome, three nights in each city, from Chicago", "nights=3,3; days=7"),
    ("3 days in Paris and 2 days in Rome from Chicago", "nights=3,1; days=5"),
    ("A week in Italy from Chicago: 4 nights in Rome and 3 in Florence", "visit=rome,florence; nights=4,3; days=8"),
    ("6 nights in Paris and Rome from Chicago", "nights=; days=7; count=2"),
    ("Paris and Rome for 2 people, 6 days, from Chicago", "nights=; days=6; people=2+0"),
    ("2 nights in each of 3 cities in Italy, from Paris", "count=3; days=7; nights=; visit="),
    // Numbers of cities in a region.
    (
        "2 cities in Texas from Denver, 5 days",
        "in=Texas; count=2; visit=; to=houston,dallas,austin; from=denver; unread=",
    ),
    ("three different cities across Italy, one week, from Paris", "in=Italy; count=3; days=7"),
    ("exploring 2 unique cities in New York from Denver for 5 days", "in=New York; count=2; to=new-york,buffalo"),
    ("5 days to New York from Denver", "in=New York; count=1; to=new-york; visit=new-york"),
    ("Denver to New York, touring two cities there in 5 days", "in=New York; count=2; to=new-york,buffalo"),
    ("From New York to 2 cities in Utah, 5 days", "from=new-york; in=Utah; count=2"),
    ("starting from New York and visiting two cities in Michigan, 5 days", "from=new-york; in=Michigan; count=2"),
    ("From Denver to Texas, visiting 3 cities in a week", "from=denver; in=Texas; count=3; days=7"),
    ("2 cities in Washington state from Denver, 5 days", "in=Washington; count=2; to=seattle,spokane"),
    (
        "A trip to the state of Washington from Denver for 5 days with two stops",
        "in=Washington; count=1; to=seattle,spokane",
    ),
    ("3 days in Washington from Denver", "in=Washington; to=washington; count=1"),
    ("From Washington to Denver for 3 days", "from=washington; to=denver"),
    ("From Washington to 2 cities of Texas, 5 days", "from=washington; in=Texas; count=2"),
    ("A week in Texas from Denver. The trip will cover 3 different cities in Texas.", "count=3; in=Texas; days=7"),
    (
        "We head towards Michigan from Denver for a week. We plan to visit 2 different cities.",
        "in=Michigan; count=2; from=denver",
    ),
    ("Travelling to Italy from Paris, stopping in three cities there, 7 days", "in=Italy; count=3; from=paris"),
    (
        "From Sault Ste. Marie towards Michigan, seeing 2 cities in 5 days",
        "from=sault-ste-marie; in=Michigan; to=detroit,marquette; count=2",
    ),
    ("A two-city tour of Texas from Denver, 5 days", "in=Texas; count=2"),
    ("Two Texas cities in 5 days from Denver", "in=Texas; count=2"),
    ("A couple of cities in Texas from Denver, 5 days", "in=Texas; count=2"),
    (
        "5 days, a few towns in Italy, from Paris",
        "in=Italy; count=3; assumed=dates,travellers,budget,destination,pace,interests",
    ),
    (
        "7 days in several Italian cities: Italy from Paris",
        "in=Italy; count=2; assumed=dates,travellers,budget,destination,pace,interests",
    ),
    ("3 stops in Texas from Denver, 7 days", "in=Texas; count=3"),
    ("venturing into 2 cities of Utah, starting in Denver, 5 days", "in=Utah; count=2; from=denver"),
    ("through Texas, stopping in 2 cities, out of Denver, 5 days", "in=Texas; count=2; from=denver"),
    ("For a party of four to 2 cities in Texas, departing from Denver, 5 days", "people=4+0; count=2; in=Texas"),
    ("one city in Utah for 3 days from Denver", "in=Utah; count=1; to=salt-lake-city,provo"),
    ("A city in Utah for 3 days from Denver", "in=Utah; count=1"),
    ("A city break in Lisbon from Paris for 3 days", "in=Lisbon; count=1; visit=lisbon"),
    ("To Kansas City from Denver for two, three days", "to=kansas-city; people=2+0; days=3"),
    // Regions without a number.
    (
        "Italy for 10 days from Paris",
        "in=Italy; count=3; visit=; assumed=dates,travellers,budget,destination,pace,interests",
    ),
    ("Italy for 7 days from Paris", "count=2"),
    ("Italy for 4 days from Paris", "count=1"),
    ("Two weeks in Portugal from Paris", "in=Portugal; count=2; to=lisbon,porto"),
    ("7 days around Texas from Denver", "in=Texas; count=2"),
    (
        "Rome, Italy, from Denver for 4 days",
        "in=Rome; to=rome; count=1; assumed=dates,travellers,budget,pace,interests",
    ),
    ("Florence in Italy, 4 days from Denver", "in=Florence; to=florence"),
    ("From Houston, Texas to Rome, Italy for 4 days", "from=houston; to=rome"),
    (
        "Portugal: Lisbon and Porto, 5 days from Paris",
        "visit=lisbon,porto; to=lisbon,porto; count=2; in=Lisbon and Porto",
    ),
    // Some cities named, more wanted.
    (
        "two cities in Italy including Rome, 5 days, from Paris",
        "in=Italy; visit=rome; to=rome,venice,florence,naples; count=2",
    ),
    (
        "Italy for 10 days from Paris, including Venice",
        "in=Italy; visit=venice; count=3; to=venice,rome,florence,naples",
    ),
    ("Rome and one more city in Italy, 6 days from Paris", "visit=rome; count=2; in=Italy"),
    (
        "Two of Rome, Venice and Florence in 5 days from Paris. Just 2 cities.",
        "visit=; count=2; to=rome,venice,florence; in=Rome, Venice and Florence",
    ),
    (
        "A week in Italy from Paris, 3 cities; must see the Uffizi Gallery",
        "visit=florence; must=uffizi-gallery; count=3",
    ),
    // Not where the trip goes.
    ("Lisbon from Paris for 4 days with a day trip to Porto", "to=lisbon; from=paris"),
    ("5 days in Rome from Paris, not Naples", "to=rome"),
    ("Lisbon from Boston via Paris, 4 days", "to=lisbon; from=boston"),
    ("We loved Paris; now Rome and Venice from Chicago, 5 days", "visit=rome,venice; from=chicago"),
    // Where it starts.
    ("Fly out of Denver to Dallas for 3 days", "from=denver; to=dallas"),
    ("3 days in Dallas, taking off from Denver", "from=denver; to=dallas"),
    ("3 days in Dallas originating from Kansas City", "from=kansas-city; to=dallas"),
    ("Kick off in Denver and end in Dallas, 3 days", "from=denver; to=dallas"),
    ("A trip that begins in Denver and takes us to Dallas for 3 days", "from=denver; to=dallas"),
    ("We're based in Salt Lake City and want 3 days in Dallas", "from=salt-lake-city; to=dallas"),
    ("Setting off from St. Petersburg, we visit Dallas for 3 days", "from=st-petersburg; to=dallas"),
    ("Setting out from Denver for Dallas, 3 days", "from=denver; to=dallas"),
    ("leaving Denver for Dallas, 3 days", "from=denver; to=dallas"),
    ("3 days in Dallas, leaving from Denver and returning to Denver", "from=denver; to=dallas"),
    ("3 days in Dallas, starting and ending in Denver", "from=denver; to=dallas"),
    ("My home is Denver. I'd like 3 days in Dallas.", "from=denver; to=dallas"),
    ("Denver is our starting point and Dallas our destination, 3 days", "from=denver; to=dallas"),
    ("With Denver as the point of departure, plan 3 days in Dallas", "from=denver; to=dallas"),
    ("We live in Denver and dream of 3 days in Dallas", "from=denver; to=dallas"),
    ("Coming from Denver, we will spend 3 days in Dallas", "from=denver; to=dallas"),
    ("Dallas, 3 days, departure city: Denver", "from=denver; to=dallas"),
    ("Depart Denver, arrive Dallas, 3 days", "from=denver; to=dallas"),
    ("They begin their 5-day journey in Denver and travel through 2 cities in Texas", "from=denver; in=Texas; count=2"),
    ("Denver to 2 cities in Texas, 5 days", "from=denver; in=Texas; count=2"),
    ("A family in Boston who want to visit 2 cities in Texas, 5 days", "from=boston; in=Texas; count=2"),
    ("from St. Petersburg to Denver, 3 days", "from=st-petersburg; to=denver"),
];

#[test]
fn routes_read_as_people_mean_them() {
    check(&Atlas, ROUTES.iter().map(|(query, expected)| ((*query).to_owned(), *expected)));
}

fn asked(query: &str, constraints: Constraints, answers: &[(&str, &str)]) -> Question {
    match reading_in(&Atlas, &with(query, constraints), answers) {
        Reading::Question(question) => question,
        Reading::Brief(brief) => panic!("{query}: read {:?}", facts(&brief)),
    }
}

fn read_as(query: &str, constraints: Constraints, answers: &[(&str, &str)]) -> BTreeMap<&'static str, String> {
    match reading_in(&Atlas, &with(query, constraints), answers) {
        Reading::Brief(brief) => facts(&brief),
        Reading::Question(question) => panic!("{query}: asked {question:?}"),
    }
}

#[test]
fn what_cannot_be_visited_is_asked_with_what_can() {
    for (query, field, part, option) in [
        ("Paris or Rome from Chicago, 4 days", "destination", "Paris and Rome", Some("Rome")),
        ("3 cities in Utah from Denver, 7 days", "destination", "only 2 there", Some("2 cities in Utah")),
        ("two cities in Florida from Tampa, 5 days", "destination", "only 1", Some("St. Petersburg")),
        ("9 cities in Italy from Paris, 14 days", "destination", "at most 6", None),
        (
            "3 cities: Rome and Florence, from Paris, 7 days",
            "destination",
            "names only Rome and Florence",
            Some("Rome"),
        ),
        ("Italy and Texas from Paris, 7 days", "destination", "Italy and Texas", Some("Italy")),
        ("Texas from Houston with 4 cities, 8 days", "destination", "only 2", Some("Austin")),
        ("Lisbon and Boston from Paris, 5 days", "destination", "only as a city to start from", Some("Lisbon")),
        ("3 cities in Italy from Paris, 3 days", "days", "need at least a night each", None),
        ("A week in Rome and Venice from Paris: 2 nights in Rome, 2 in Venice", "days", "also says 7 days", None),
        ("3 days in Dallas from Texas", "origin", "Texas", Some("Houston")),
    ] {
        let question = asked(query, Constraints::default(), &[]);
        assert_eq!(question.field, field, "{query}: {question:?}");
        assert!(question.prompt.contains(part), "{query}: {question:?}");
        assert!(option.is_none_or(|option| question.options.contains(&option.to_owned())), "{query}: {question:?}");
        assert!(question.options.len() <= 12 && question.options.is_sorted(), "{query}: {question:?}");
    }
}

#[test]
fn answers_name_cities_and_regions() {
    for (query, answer, expected) in [
        ("Paris or Rome from Chicago, 4 days", "Rome", "visit=rome; count=1"),
        ("Paris or Rome from Chicago, 4 days", "both Paris and Rome", "visit=paris,rome; count=2"),
        ("3 cities in Utah from Denver, 7 days", "2 cities in Utah", "count=2; in=Utah"),
        ("3 cities in Utah from Denver, 7 days", "Texas", "count=3; in=Texas"),
        ("3 cities in Utah from Denver, 7 days", "Provo", "count=1; visit=provo"),
        ("a week in Atlantis from Denver", "let's do Rome, then Venice", "visit=rome,venice; order=true"),
        ("a week in Atlantis from Denver", "Italy", "in=Italy; count=2"),
    ] {
        let facts = read_as(query, Constraints::default(), &[("destination", answer)]);
        for pair in expected.split("; ") {
            let (field, value) = pair.split_once('=').unwrap();
            assert_eq!(facts[field], value, "{query} / {answer}: {facts:?}");
        }
    }
    let again =
        asked("3 cities in Utah from Denver, 7 days", Constraints::default(), &[("destination", "7 cities in Utah")]);
    assert!(again.prompt.contains("could not be used"), "{again:?}");
}

#[test]
fn fields_say_where_to_go_and_how_many_cities() {
    let query = "5 days in Lisbon from Chicago";
    let text = |words: &str| Some(words.to_owned());
    let several = Constraints { destinations: Some(vec!["Rome".into(), "venice".into()]), ..Constraints::default() };
    let facts = read_as(query, several, &[]);
    assert_eq!(
        (facts["visit"].as_str(), facts["count"].as_str(), facts["order"].as_str()),
        ("rome,venice", "2", "false")
    );
    let region = Constraints { destination: text("Italy"), city_count: Some(2), ..Constraints::default() };
    assert_eq!(read_as(query, region, &[])["to"], "rome,venice,florence,naples");
    let italy = Constraints { destination: text("Italy"), ..Constraints::default() };
    assert_eq!(read_as("3 cities in 8 days from Paris", italy, &[])["count"], "3");
    let both = |count| Constraints { destination: text("New York"), city_count: count, ..Constraints::default() };
    assert_eq!(read_as(query, both(None), &[])["to"], "new-york");
    assert_eq!(read_as(query, both(Some(2)), &[])["to"], "new-york,buffalo");
    let count = Constraints { city_count: Some(2), ..Constraints::default() };
    assert_eq!(read_as("3 cities in Italy, 9 days, from Paris", count.clone(), &[])["count"], "2");
    assert_eq!(asked("5 days in Rome from Paris", count, &[]).field, "destination");
    let unknown = Constraints { destinations: Some(vec!["Rome".into(), "Atlantis".into()]), ..Constraints::default() };
    assert!(asked(query, unknown, &[]).prompt.contains("Atlantis"));
}

#[test]
fn nights_in_each_city_give_way_to_fields() {
    let constraints = Constraints { days: Some(9), ..Constraints::default() };
    let facts = read_as("3 nights in Paris and 2 in Rome, from Chicago", constraints, &[]);
    assert_eq!((facts["nights"].as_str(), facts["days"].as_str()), ("", "9"));
    assert!(facts["assumed"].contains("destination"));
}
