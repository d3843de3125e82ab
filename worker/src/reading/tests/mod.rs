//! Whole requests, as different people write them, and what must come of each.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::{
    brief::Brief,
    request::{BudgetRequest, Constraints, PlanRequest},
};

use super::*;
use crate::providers::Gazetteer;

mod atlas;
mod phrasings;
mod routes;

/// A Friday.
fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap()
}

fn request(query: &str) -> PlanRequest {
    PlanRequest {
        user_id: None,
        query: query.to_owned(),
        constraints: None,
        approval: None,
        approval_timeout_s: None,
        on_timeout: None,
        deadline_s: None,
        workflow: None,
        probe: None,
    }
}

fn with(query: &str, constraints: Constraints) -> PlanRequest {
    PlanRequest { constraints: Some(constraints), ..request(query) }
}

fn reading(request: &PlanRequest, answers: &[(&str, &str)]) -> Reading {
    reading_in(Gazetteer::bundled(), request, answers)
}

fn reading_in(places: &dyn Places, request: &PlanRequest, answers: &[(&str, &str)]) -> Reading {
    let gazetteer = Gazetteer::bundled();
    let answers: Vec<Answer> =
        answers.iter().map(|(field, text)| Answer { field: (*field).into(), text: (*text).into() }).collect();
    read(request, &answers, today(), places, &|from, to| gazetteer.rate(from, to))
}

#[track_caller]
fn brief_of(request: &PlanRequest, answers: &[(&str, &str)]) -> Brief {
    match reading(request, answers) {
        Reading::Brief(brief) => *brief,
        Reading::Question(question) => panic!("{}: asked {question:?}", request.query),
    }
}

#[track_caller]
fn question_of(request: &PlanRequest, answers: &[(&str, &str)]) -> Question {
    match reading(request, answers) {
        Reading::Question(question) => question,
        Reading::Brief(brief) => panic!("{}: read {:?}", request.query, facts(&brief)),
    }
}

/// `louvre` of `paris/louvre`.
fn without_city(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// A brief in short words, by which the table below compares.
fn facts(brief: &Brief) -> BTreeMap<&'static str, String> {
    fn words<T>(list: &[T], word: impl Fn(&T) -> &str) -> String {
        list.iter().map(word).collect::<Vec<_>>().join(",")
    }
    let nights: Vec<String> =
        brief.destination.cities.iter().filter_map(|wish| wish.nights).map(|nights| nights.to_string()).collect();
    BTreeMap::from([
        ("to", brief.destination.places().map(|place| place.id.as_str()).collect::<Vec<_>>().join(",")),
        ("in", brief.destination.name.clone()),
        ("count", brief.destination.count.to_string()),
        ("visit", words(&brief.destination.cities, |wish| &wish.place.id)),
        ("order", brief.destination.in_order.to_string()),
        ("nights", nights.join(",")),
        ("from", brief.origin.id.clone()),
        ("start", brief.start_date.to_string()),
        ("end", brief.end_date.to_string()),
        ("days", brief.days().to_string()),
        ("people", format!("{}+{}", brief.travellers.adults, brief.travellers.children)),
        ("budget", brief.budget.to_string()),
        ("likes", words(&brief.interests, |interest| interest.word())),
        ("not", words(&brief.avoid_interests, |interest| interest.word())),
        ("food", words(&brief.cuisines, String::as_str)),
        ("diet", words(&brief.diet, |diet| diet.word())),
        ("pace", brief.pace.word().to_owned()),
        ("kind", brief.lodging.kind.map_or("", |kind| kind.word()).to_owned()),
        ("room", words(&brief.lodging.room_types, |room| room.word())),
        ("allows", words(&brief.lodging.allows, |rule| rule.word())),
        ("tier", brief.lodging.tier.map_or("", |tier| tier.word()).to_owned()),
        ("avoid", words(&brief.avoid_transport, |mode| mode.word())),
        ("must", words(&brief.must_see, |id| without_city(id))),
        ("skip", words(&brief.avoid_sights, |id| without_city(id))),
        ("assumed", words(&brief.assumptions, |assumption| assumption.field.as_str())),
        ("unread", brief.unread.join(" | ")),
    ])
}

/// Requests and what is read from them: `field=value` parted by `;`. Fields that are not named are not compared.
const REQUESTS: &[(&str, &str)] = &[
    // The README's.
    (
        "4 days in Lisbon for two from Berlin in May, 1800 EUR, art and seafood",
        "to=lisbon; from=berlin; start=2027-05-08; days=4; people=2+0; budget=1,800 EUR; likes=art; food=seafood; assumed=dates,pace; unread=",
    ),
    (
        "four days in Lisbon for two, 1,800 EUR, art and seafood",
        "to=lisbon; from=frankfurt; start=2027-01-09; days=4; people=2+0; budget=1,800 EUR; likes=art; food=seafood; assumed=dates,origin,pace; unread=",
    ),
    // Short, sloppy and in lower case.
    ("lisbon 3 days 2 people 900€", "to=lisbon; days=3; people=2+0; budget=900 EUR; unread="),
    ("LISBON!!! 5 DAYS!!! 2 PEOPLE, $3000", "to=lisbon; days=5; people=2+0; budget=3,000 USD; from=new-york; unread="),
    ("rome next weekend w/ my gf, cheap", "to=rome; start=2026-11-27; days=3; people=2+0; tier=budget"),
    (
        "i wanna go to tokyo for a week in april from sydney, love ramen n temples, budget 4k aud",
        "to=tokyo; from=sydney; days=7; start=2027-04-10; budget=4,000 AUD; food=ramen; likes=religion; people=1+0",
    ),
    (
        "prague   from munich,2 adults,12-16 may,   600 eur total",
        "to=prague; from=munich; start=2027-05-12; days=5; people=2+0; budget=600 EUR; assumed=pace,interests",
    ),
    (
        "Berlin to Lisbon, 12.5.2027 - 16.5.2027, 2 Personen, 1.800 €",
        "from=berlin; to=lisbon; start=2027-05-12; days=5; budget=1,800 EUR; unread=2 Personen",
    ),
    ("weekend in amsterdam solo under 500 quid", "to=amsterdam; days=3; people=1+0; budget=500 GBP; from=london"),
    ("Vienna, 3 nights, couple, opera", "to=vienna; days=4; people=2+0; likes=music; unread="),
    (
        "bangkok 10 days backpacking hostel dorm street food $40 a day",
        "to=bangkok; days=10; kind=hostel; room=shared_room; food=street food; budget=400 USD; people=1+0",
    ),
    (
        "london -> paris by train 3rd to 6th june, me and 3 friends, £1600",
        "from=london; to=paris; avoid=flight,bus,car,taxi; start=2027-06-03; days=4; people=4+0; budget=1,600 GBP",
    ),
    // Whole sentences.
    (
        "Could you plan a relaxed five-day trip to Rome for my wife and me? We live in Vienna and would love good food, ancient ruins and no museums. Our budget is 2,500 euros.",
        "to=rome; from=vienna; days=5; people=2+0; pace=relaxed; likes=food,history; not=art; budget=2,500 EUR; unread=",
    ),
    (
        "Hello! My husband and I are celebrating our anniversary in Paris from 3 to 7 June 2027. We'd leave from Zurich, prefer a boutique hotel and have about CHF 3'000 to spend.",
        "to=paris; from=zurich; start=2027-06-03; days=5; people=2+0; tier=upscale; kind=hotel; budget=3,000 CHF",
    ),
    (
        "We're a family of four from Manchester hoping to spend a week in Barcelona in late August, with beaches, an apartment and around £3,000.",
        "from=manchester; to=barcelona; people=2+2; days=7; start=2027-08-21; likes=beach,family; kind=apartment; budget=3,000 GBP",
    ),
    (
        "I'm flying out of Munich on Saturday 13 March and want to see as much as possible of Istanbul in 4 days, vegetarian food please, 1200 EUR max",
        "from=munich; to=istanbul; days=4; pace=full; diet=vegetarian; budget=1,200 EUR",
    ),
    (
        "I need an itinerary that leaves Denver for New York on March 3rd and is home again on March 5th, 2027: three days, a single traveller, $1,400 altogether.",
        "from=denver; to=new-york; start=2027-03-03; days=3; people=1+0; budget=1,400 USD; unread=",
    ),
    (
        "Seven of us are off to New York from Boston between March 9th and 13th, 2027, with $8,500 to spend. Whole places to sleep in, please, a choice of French, American, Mediterranean and Italian restaurants, and nothing that flies: no planes.",
        "from=boston; to=new-york; start=2027-03-09; days=5; people=7+0; budget=8,500 USD; room=entire_place; food=french,american,mediterranean,italian; avoid=flight",
    ),
    (
        "Mexico City from Chicago, out on March 8th and back on March 14th, 2027; there will be five of us, the budget has grown to $9,400, and nobody wants to sit behind the wheel.",
        "from=chicago; to=mexico-city; start=2027-03-08; days=7; people=5+0; budget=9,400 USD; avoid=car",
    ),
    (
        "Taking my parents to Lisbon over Easter: slow pace, fado, custard tarts, nothing too expensive. We fly from Dublin.",
        "from=dublin; to=lisbon; start=2027-03-26; days=4; people=3+0; pace=relaxed; likes=music; food=bakery",
    ),
    (
        "Solo trip, New York, first week of October, jazz clubs and street photography, I'm based in Toronto. 2.5k CAD.",
        "from=toronto; to=new-york; start=2027-10-02; people=1+0; likes=music,nightlife,neighbourhood,art; budget=2,500 CAD",
    ),
    (
        "Honeymoon in Bangkok, 10 days, luxury everything, leaving from Singapore in February",
        "from=singapore; to=bangkok; days=10; people=2+0; tier=upscale; start=2027-02-13; assumed=dates,budget,pace,interests",
    ),
    (
        "Two adults, two kids (5 and 8), Singapore, 6 days in mid July, aquarium and beaches, 700 SGD per day",
        "to=singapore; from=kuala-lumpur; people=2+2; days=6; start=2027-07-17; likes=family,beach; budget=4,200 SGD",
    ),
    (
        "city break in Prague for a stag do, group of 8, Fri-Sun, beer and clubs, 400 pounds each",
        "to=prague; people=8+0; days=3; likes=nightlife; budget=3,200 GBP; from=london",
    ),
    (
        "my mum and I want to go to Vienna for Christmas markets, 3 days, £900 for both of us, from Edinburgh",
        "from=edinburgh; to=vienna; people=2+0; days=3; start=2026-12-12; likes=market; budget=900 GBP",
    ),
    (
        "Looking for a long weekend in Rome in October from Athens — pasta, churches, no nightlife",
        "from=athens; to=rome; days=4; start=2027-10-08; food=italian; likes=religion; not=nightlife",
    ),
    (
        "Kyoto is full so we chose Tokyo instead, 5 nights, sushi, halal food, from Kuala Lumpur, budget of 250000 yen",
        "from=kuala-lumpur; to=tokyo; days=6; food=sushi; diet=halal; budget=250,000 JPY; people=2+0",
    ),
    (
        "Trip to Cape Town from Johannesburg, 12 to 18 January 2027, two couples, hiking and wine tasting, R is fine but budget 40000 rand",
        "from=johannesburg; to=cape-town; start=2027-01-12; days=7; people=4+0; likes=nature,food; budget=40,000 ZAR",
    ),
    (
        "Sydney in summer for 10 days, $6000, surfing",
        "to=sydney; days=10; start=2027-01-16; budget=6,000 AUD; from=melbourne; likes=beach",
    ),
    (
        "5/12/2027 for 4 days, New York from Los Angeles, $1500",
        "start=2027-05-12; from=los-angeles; to=new-york; assumed=dates,travellers,pace,interests",
    ),
    ("5/12/2027 for 4 days, Lisbon from London, £900", "start=2027-12-05; from=london; to=lisbon"),
    (
        "2027-05-12 to 2027-05-16 Lisbon",
        "start=2027-05-12; days=5; people=1+0; assumed=travellers,origin,budget,pace,interests",
    ),
    (
        "Lisbon trip, gluten-free and lactose intolerant, private room, no buses, 3 days",
        "diet=gluten_free,lactose_free; room=private_room; avoid=bus; days=3",
    ),
    ("Art lovers, not vegetarian, going to Amsterdam for 2 days", "to=amsterdam; likes=art; diet=; days=2"),
    ("Barcelona without flying, from Paris, 4 days", "from=paris; to=barcelona; avoid=flight; days=4"),
    ("take us to Istanbul by bus only from Athens, 5 days", "avoid=flight,train,car,taxi; people=2+0"),
    (
        "Three days in Berlin. We hate flying and don't want to drive. From Prague.",
        "from=prague; to=berlin; avoid=flight,car; people=2+0; days=3",
    ),
    ("Rome, we already saw the Colosseum; must see the Trevi Fountain", "to=rome; must=trevi-fountain; skip=colosseum"),
    (
        "Paris: I definitely want to visit the Louvre Museum, avoid the Eiffel Tower, 3 days",
        "to=paris; must=louvre; skip=eiffel-tower; not=",
    ),
    (
        "Four days in Lisbon, skip churches, but we love viewpoints and tiles",
        "not=religion; likes=viewpoint,art; unread=",
    ),
    (
        "no museums or shopping, just parks, 2 days in London from Leeds",
        "not=art,shopping; likes=park; to=london; from=leeds",
    ),
    (
        "Buenos Aires for tango and steak, 8 days, from Sao Paulo, 12000 reais",
        "to=buenos-aires; from=sao-paulo; likes=music; food=steakhouse; budget=12,000 BRL; days=8",
    ),
    (
        "Mexico City 5 days 20000 pesos from Guadalajara, tacos and murals",
        "budget=20,000 MXN; from=guadalajara; food=tacos; likes=art",
    ),
    (
        "fly from Newcastle to Prague tomorrow for 3 nights, hostel, 350 pounds",
        "from=newcastle; to=prague; start=2026-11-21; days=4; kind=hostel; budget=350 GBP",
    ),
    (
        "next month in Vienna, just me, coffee houses and literature, 150 EUR per day, 4 days",
        "start=2026-12-12; people=1+0; likes=literature; food=coffee house; budget=600 EUR",
    ),
    (
        "My boyfriend & I, Lisbon, 28 Dec - 3 Jan, from Hamburg, 2000-2500 EUR",
        "start=2026-12-28; days=7; people=2+0; budget=2,500 EUR",
    ),
    (
        "Hi there, could you please help me plan a trip to Berlin? Thanks!",
        "to=berlin; unread=; assumed=dates,days,travellers,origin,budget,pace,interests",
    ),
    (
        "3 day trip to Lisbon, I collect vintage typewriters, my ferret comes along",
        "days=3; unread=my ferret comes along",
    ),
    ("Lisbon for 3 days, hotel up to 120 EUR per night", "to=lisbon; kind=hotel; unread=hotel up to 120 EUR per night"),
    ("Lisbon, no hostels, 4 days", "kind=; unread=no hostels"),
    (
        "from Vienna to Rome and back to Vienna, 2 weeks, 2 adults and a baby, 5000 euros",
        "from=vienna; to=rome; days=14; people=2+1; budget=5,000 EUR",
    ),
    ("Wien nach? no: to Praha from Wien for 2 days", "to=prague; from=vienna; days=2"),
    (
        "Four of us, Barcelona, Thursday to Sunday in early June, clubbing and tapas, $2k from Miami",
        "people=4+0; to=barcelona; start=2027-06-03; days=4; likes=nightlife; food=tapas; budget=2,000 USD; from=miami",
    ),
    (
        "A fortnight in Sydney next February, from Auckland, NZ$9000, family of five",
        "days=14; from=auckland; to=sydney; budget=9,000 NZD; people=2+3",
    ),
    (
        "We are 3 friends doing Amsterdam by train from Brussels, 2027-04-23 until 2027-04-26. Airbnb. 750€",
        "people=3+0; avoid=flight,bus,car,taxi; start=2027-04-23; days=4; kind=apartment; budget=750 EUR",
    ),
    (
        "Tokyo\n- 7 days\n- 2 people\n- from Seoul\n- 3,000 USD\n- anime, ramen\n- relaxed",
        "to=tokyo; days=7; people=2+0; from=seoul; budget=3,000 USD; likes=entertainment; food=ramen; pace=relaxed; unread=",
    ),
    (
        "Destination: Paris. Origin: Madrid. Dates: May 12-16. Travellers: 2. Budget: €1,500. Interests: art, history, food.",
        "to=paris; from=madrid; start=2027-05-12; days=5; people=2+0; budget=1,500 EUR; likes=art,history,food; unread=",
    ),
    (
        "One week in New York over New Year's with my teenage daughter, from London, 4-star hotel, Broadway",
        "days=7; start=2026-12-30; people=1+1; tier=upscale; kind=hotel; likes=entertainment,family",
    ),
    (
        "Romantic getaway to Paris this weekend, leaving Brussels, under 600 euro",
        "start=2026-11-20; days=3; people=2+0; from=brussels; budget=600 EUR",
    ),
    (
        "Would like to visit Prague with kids, 4 days in April, budget 1200",
        "to=prague; people=1+2; days=4; start=2027-04-10; budget=1,200 EUR",
    ),
    (
        "Trip for 12 people from Warsaw to Berlin, May 20-23, 300 EUR per person, history of the Cold War",
        "people=12+0; budget=3,600 EUR; likes=history; start=2027-05-20; days=4",
    ),
    ("Istanbul, 5 days, I have 25.000 TL", "to=istanbul; days=5"),
    (
        "plan 4 days in lisboa starting 3 march, leaving from köln, 2 ppl, eur 1.234,50",
        "to=lisbon; from=cologne; start=2027-03-03; budget=1,234.50 EUR",
    ),
    (
        "Rome for 2, max 2000, from Lyon, not too busy, no meat",
        "people=2+0; budget=2,000 EUR; pace=relaxed; diet=vegetarian",
    ),
    ("We loved Paris last year, now we want 3 days in Rome, from Nice", "to=rome; from=nice; days=3"),
    (
        "Is 1000 dollars enough for 6 days in Mexico City out of Houston in November? Two of us, no car.",
        "from=houston; budget=1,000 USD; days=6; people=2+0; avoid=car; start=2026-11-21",
    ),
    ("Long weekend Vienna, fewer museums more cake", "days=4; food=bakery; likes=; unread=fewer museums more cake"),
    (
        "Me, my wife, our 2 kids and my parents to London from Paris by Eurostar, a week in the summer, £6000",
        "people=4+2; start=2027-07-17; days=7; budget=6,000 GBP",
    ),
    (
        "London on Monday 10 May and stay until Friday, from Oslo, 15000 NOK",
        "start=2027-05-10; days=5; budget=15,000 NOK",
    ),
    (
        "Need: Singapore; 3d2n; 2pax; from KL; SGD 1200; hawker food; no shopping",
        "days=3; people=2+0; from=kuala-lumpur; food=street food; not=shopping; unread=",
    ),
    (
        "4 days Lisbon 2 ppl €1800; must see: Belém Tower, Jerónimos Monastery; avoid: Oceanarium, shopping",
        "people=2+0; must=belem-tower,jeronimos-monastery; skip=oceanarium; not=shopping; unread=",
    ),
    (
        "New York, 4 days, Hamilton tickets, the High Line, $2,500 for two, from Boston by bus",
        "must=high-line; people=2+0; avoid=flight,train,car,taxi; unread=Hamilton tickets",
    ),
    (
        "Cape Town in the winter for 2 weeks with 2 mates. We're in Durban. R30,000",
        "from=durban; start=2027-07-17; people=3+0; budget=30,000 ZAR; unread=",
    ),
    ("Paris in 24 hours from London", "to=paris; unread=24 hours"),
    ("Lisbon for 2 800 EUR 4 days", "people=2+0; budget=800 EUR"),
    ("Boston, Massachusetts to New York, 3 days", "from=boston; to=new-york"),
    (
        "Prague from Vienna by train, budget is 500 EUR excluding train tickets",
        "avoid=flight,bus,car,taxi; budget=500 EUR; unread=budget is 500 EUR excluding train tickets",
    ),
    ("New York, 3 days, no museums except MoMA", "must=moma; not=art"),
    ("please book flights to rome and a hotel for me", "likes=; kind=hotel; people=1+0"),
    (
        "see bangkok in 3 days, budget 15000 baht, from chiang mai, night markets, temples, pad thai, thai food",
        "budget=15,000 THB; from=chiang-mai; likes=market,religion; food=thai; days=3",
    ),
];

#[test]
fn requests_read_as_people_mean_them() {
    check(Gazetteer::bundled(), REQUESTS.iter().map(|(query, expected)| ((*query).to_owned(), *expected)));
}

/// Reads every request and compares the facts that are named beside it.
#[track_caller]
fn check<'e>(places: &dyn Places, requests: impl Iterator<Item = (String, &'e str)>) {
    let mut wrong = Vec::new();
    for (query, expected) in requests {
        let facts = match reading_in(places, &request(&query), &[]) {
            Reading::Brief(brief) => facts(&brief),
            Reading::Question(question) => {
                wrong.push(format!("{query}\n    asked {question:?}"));
                continue;
            }
        };
        for pair in expected.split("; ") {
            let (field, value) = pair.trim_end_matches(';').split_once('=').unwrap();
            if facts[field] != value {
                wrong.push(format!("{query}\n    {field}: read {:?}, meant {value:?}", facts[field]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_cannot_be_assumed_is_asked() {
    for (query, field, part) in [
        ("A week in Atlantis for two", "destination", "Atlantis"),
        ("from Berlin to Atlantis, 4 days", "destination", "Atlantis"),
        ("Trip to Paris, Texas for 3 days", "destination", "Paris, Texas"),
        ("trip to atlantis please", "destination", "atlantis"),
        ("4 days in Bremen", "destination", "Bremen"),
        ("plan me something nice in May", "destination", "Which city"),
        ("Lisbon or Rome?", "destination", "Lisbon and Rome"),
        ("a trip to Lisbon from Smallville", "origin", "Smallville"),
        ("lisbon from smallville in may", "origin", "smallville"),
        ("from Lisbon to Lisbon", "origin", "Lisbon"),
        ("Lisbon 12 May 2024", "dates", "past"),
        ("Lisbon last week", "dates", "past"),
        ("Lisbon from 16 May 2027 to 12 May 2027", "dates", "before"),
        ("Lisbon in May 2031", "dates", "too far"),
        ("Lisbon on 31 February", "dates", "calendar"),
        ("4 days in Lisbon, 12 May to 16 May", "dates", "5 days"),
        ("Lisbon for 90 days", "days", "90"),
        ("Lisbon, 4 days and 6 nights", "days", "nights"),
        ("Lisbon for 80 people", "travellers", "80"),
        ("Lisbon for 0 people", "travellers", "one adult"),
        ("Lisbon, 0 EUR", "budget", "above zero"),
        ("Lisbon with a budget of -500 euros", "budget", "above zero"),
        ("Lisbon, 5000 doubloons", "budget", "doubloons"),
        ("Lisbon, 900000000000 EUR", "budget", "beyond"),
    ] {
        let question = question_of(&request(query), &[]);
        assert_eq!(question.field, field, "{query}: {question:?}");
        assert!(question.prompt.contains(part), "{query}: {question:?}");
        assert!(question.options.len() <= 12 && question.options.is_sorted(), "{query}: {question:?}");
    }
}

#[test]
fn an_answer_settles_its_question() {
    for (query, field, answer, expected) in [
        ("A week in Atlantis for two", "destination", "Lisbon", "to=lisbon"),
        ("A week in Atlantis for two", "destination", "let's take Rome then", "to=rome"),
        ("Lisbon or Rome?", "destination", "Rome", "to=rome"),
        ("a trip to Lisbon from Smallville", "origin", "Hamburg", "from=hamburg; to=lisbon"),
        ("Lisbon 12 May 2024", "dates", "12 to 16 May", "start=2027-05-12; days=5"),
        ("4 days in Lisbon, 12 May to 16 May", "dates", "2027-05-12 to 2027-05-15", "start=2027-05-12; days=4"),
        ("Lisbon, 3 days, last week", "dates", "next month", "start=2026-12-12; days=3"),
        ("Lisbon for 90 days", "days", "6", "days=6"),
        ("Lisbon for 90 days", "days", "a week", "days=7"),
        ("Lisbon for 80 people", "travellers", "2 adults and 1 child", "people=2+1"),
        ("Lisbon, 0 EUR", "budget", "1,500", "budget=1,500 EUR"),
        ("Lisbon, 5000 doubloons", "budget", "$900", "budget=900 USD"),
    ] {
        let facts = facts(&brief_of(&request(query), &[(field, answer)]));
        for pair in expected.split("; ") {
            let (name, value) = pair.split_once('=').unwrap();
            assert_eq!(facts[name], value, "{query} / {answer}");
        }
    }
}

#[test]
fn an_unreadable_answer_is_asked_again_with_a_hint() {
    for (query, field, answer) in [
        ("A week in Atlantis for two", "destination", "Narnia"),
        ("a trip to Lisbon from Smallville", "origin", "the moon"),
        ("Lisbon 12 May 2024", "dates", "whenever"),
        ("Lisbon for 90 days", "days", "many"),
        ("Lisbon for 80 people", "travellers", "some"),
        ("Lisbon, 0 EUR", "budget", "not much"),
    ] {
        let question = question_of(&request(query), &[(field, answer)]);
        assert_eq!(question.field, field);
        assert!(question.prompt.contains(answer) && question.prompt.contains("could not be used"), "{question:?}");
    }
}

#[test]
fn fields_win_over_the_text() {
    let day = |of_month| NaiveDate::from_ymd_opt(2027, 6, of_month);
    let constraints = Constraints {
        destination: Some("Rome".into()),
        origin: Some("Vienna".into()),
        start_date: day(1),
        days: Some(3),
        travellers: Some(4),
        budget: Some(BudgetRequest { amount: 999.5, currency: "GBP".into() }),
        interests: Some(vec!["history".into(), "seafood".into(), "quantum knitting".into()]),
        ..Constraints::default()
    };
    let query = "5 days in Lisbon from Berlin from 12 May 2024, 2 adults and 1 child, 0 EUR, art";
    let facts = facts(&brief_of(&with(query, constraints), &[]));
    for (field, value) in [
        ("to", "rome"),
        ("from", "vienna"),
        ("start", "2027-06-01"),
        ("days", "3"),
        ("people", "3+1"),
        ("budget", "999.50 GBP"),
        ("likes", "history,family"),
        ("food", "seafood"),
    ] {
        assert_eq!(facts[field], value, "{field}");
    }
    assert!(facts["unread"].contains("quantum knitting"));
    let days_win = Constraints { days: Some(6), ..Constraints::default() };
    assert_eq!(brief_of(&with("Lisbon 12-16 May", days_win), &[]).days(), 6);
    let end_wins = Constraints { end_date: day(10), ..Constraints::default() };
    assert_eq!(brief_of(&with("5 days in Lisbon", end_wins), &[]).start_date, day(6).unwrap());
}

#[test]
fn sights_of_fields_are_matched_or_asked() {
    let must = |names: &[&str]| Constraints {
        must_see: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Constraints::default()
    };
    let found = brief_of(&with("3 days in Paris", must(&["the louvre", "Eifel Tower"])), &[]);
    assert_eq!(found.must_see, ["paris/louvre", "paris/eiffel-tower"]);
    let unknown = with("3 days in Paris", must(&["the louvre", "Hogwarts"]));
    let question = question_of(&unknown, &[]);
    assert_eq!(question.field, "must_see");
    assert!(question.prompt.contains("Hogwarts") && !question.options.is_empty());
    assert_eq!(brief_of(&unknown, &[("must_see", "none")]).must_see, ["paris/louvre"]);
    assert_eq!(brief_of(&unknown, &[("must_see", "Eiffel Tower")]).must_see, ["paris/louvre", "paris/eiffel-tower"]);
    assert!(question_of(&unknown, &[("must_see", "Mordor")]).prompt.contains("Mordor"));
    let avoid = Constraints { avoid: Some(vec!["Eiffel Tower".into(), "shopping".into()]), ..Constraints::default() };
    let avoided = brief_of(&with("3 days in Paris", avoid), &[]);
    assert_eq!((avoided.avoid_sights, avoided.avoid_interests.len()), (vec!["paris/eiffel-tower".to_owned()], 1));
}

#[test]
fn every_assumption_says_how_to_change_it() {
    for (query, _) in REQUESTS {
        for assumption in brief_of(&request(query), &[]).assumptions {
            assert!(assumption.text.contains("change it"), "{query}: {}", assumption.text);
            assert!(assumption.text.ends_with('.'), "{query}: {}", assumption.text);
        }
    }
}

#[test]
fn an_assumed_budget_grows_with_people_days_and_distance() {
    let budget = |query: &str| brief_of(&request(query), &[]).budget;
    // 180 EUR a day, and the least allowance of 80 EUR.
    assert_eq!(budget("2 days in Prague from Vienna, solo").to_string(), "450 EUR");
    assert_eq!(budget("4 days in Prague from Vienna for two").to_string(), "1,600 EUR");
    assert_eq!(budget("2 days in Paris from London, solo").currency.code(), "GBP");
    assert!(budget("4 days in Tokyo from Vienna").amount_cents > budget("4 days in Paris from Vienna").amount_cents);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Words that the rules look at, so that random texts reach them.
    const WORDS: &[&str] = &[
        "Lisbon",
        "from",
        "to",
        "Berlin",
        "in",
        "May",
        "12",
        "-",
        "16",
        ".",
        ",",
        "5/12",
        "2027",
        "€",
        "$",
        "1,800",
        "k",
        "EUR",
        "days",
        "nights",
        "weekend",
        "next",
        "no",
        "museums",
        "but",
        "and",
        "for",
        "two",
        "people",
        "kids",
        "İ",
        "ß",
        "the",
        "Tower",
        "must see",
        "\u{1}",
        "\n",
        "é",
        "漢字",
        "👩‍👩‍👧",
        "per person",
        "a day",
        "31",
        "February",
        "99999999999",
        "couple",
        "of",
        "until",
        "last week",
        "Christmas",
        "'",
        "(",
        ")",
        ":",
        "Atlantis",
        "29",
        "twenty",
        "five",
        "Rome",
        "Italy",
        "cities",
        "2 cities in",
        "nights in",
        "each",
        "then",
        "or",
        "pets",
        "smoking",
        "party",
        "allowed",
        "not",
        "shared rooms",
        "no preference for",
        "cuisine",
        "Thai",
        "thousand",
        "flights",
        "is not an option",
    ];

    /// A debug build reads some fifty times slower.
    const CASES: u32 = if cfg!(debug_assertions) { 8 } else { 64 };

    /// Reads `query` alone, and with fields that leave nothing to ask, so that every rule runs.
    fn is_quick(query: &str) -> Result<(), TestCaseError> {
        let constraints = Constraints {
            destination: Some("Lisbon".into()),
            origin: Some("Berlin".into()),
            start_date: NaiveDate::from_ymd_opt(2027, 5, 1),
            days: Some(4),
            travellers: Some(2),
            budget_usd: Some(2_000.0),
            ..Constraints::default()
        };
        prop_assert!(matches!(is_quick_request(&with(query, constraints))?, Reading::Brief(_)));
        is_quick_request(&request(query)).map(|_| ())
    }

    fn is_quick_request(request: &PlanRequest) -> Result<Reading, TestCaseError> {
        let started = std::time::Instant::now();
        let result = reading(request, &[]);
        let limit_ms = if cfg!(debug_assertions) { 2_000 } else { 50 };
        prop_assert!(started.elapsed().as_millis() < limit_ms, "{:?}", started.elapsed());
        if let Reading::Brief(brief) = &result {
            prop_assert!(brief.start_date <= brief.end_date && brief.start_date >= today());
            prop_assert!((1..=60).contains(&brief.days()) && (1..=50).contains(&brief.travellers.count()));
            prop_assert!(brief.travellers.adults >= 1 && brief.budget.amount_cents > 0);
            prop_assert!(brief.destination.places().all(|place| *place != brief.origin));
            prop_assert!(
                brief.destination.count >= 1 && brief.destination.places().count() >= brief.destination.count as usize
            );
        }
        Ok(result)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_read_quickly_and_without_panic(query in "\\PC{0,8000}") {
            // The first reading compiles the patterns.
            let _ = reading(&request("Lisbon"), &[]);
            is_quick(&query)?;
            is_quick(&query.chars().take(7_990).chain(" in Lisbon".chars()).collect::<String>())?;
        }

        #[test]
        fn any_order_of_known_words_is_read_quickly_and_without_panic(
            words in proptest::collection::vec((0..WORDS.len(), any::<bool>()), 0..1_200),
        ) {
            let _ = reading(&request("Lisbon"), &[]);
            let query: String = words
                .iter()
                .flat_map(|(word, gap)| [WORDS[*word], if *gap { " " } else { "" }])
                .collect::<String>()
                .chars()
                .take(8_000)
                .collect();
            is_quick(&query)?;
        }

        #[test]
        fn short_orders_of_known_words_hold_what_briefs_promise(
            words in proptest::collection::vec(0..WORDS.len(), 0..14),
        ) {
            let _ = reading(&request("Lisbon"), &[]);
            let query = words.iter().map(|word| WORDS[*word]).collect::<Vec<_>>().join(" ");
            is_quick(&format!("Lisbon, {query}"))?;
        }

        #[test]
        fn any_answer_is_read_without_panic(answer in "\\PC{0,200}") {
            for field in ["destination", "origin", "dates", "days", "travellers", "budget", "must_see"] {
                let _ = reading(&request("4 days in Lisbon"), &[(field, &answer)]);
            }
        }
    }

    #[test]
    fn one_word_repeated_to_the_limit_is_read_quickly() {
        let _ = reading(&request("Lisbon"), &[]);
        for word in WORDS {
            for gap in if cfg!(debug_assertions) { &[" "][..] } else { &["", " ", ", "] } {
                let query: String = format!("{word}{gap}").chars().cycle().take(8_000).collect();
                is_quick(&query).unwrap();
                is_quick(&format!("Lisbon {query}").chars().take(8_000).collect::<String>()).unwrap();
            }
        }
    }
}
