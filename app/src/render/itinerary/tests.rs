use super::*;

fn look(width: usize, colour: bool) -> Look {
    Look { colour, width, is_live: false }
}

/// A weekend in Lisbon, and two days in Porto behind it.
fn two_cities() -> Plan {
    let mut plan = plan();
    let mut porto = plan.cities[0].clone();
    (porto.place.id, porto.place.name) = ("porto".to_owned(), "Porto".to_owned());
    (porto.arrive, porto.nights) = (porto.leave, 1);
    plan.cities.push(porto);
    let mut change = plan.days[0].clone();
    change.date = plan.days[0].date.succ_opt().expect("there is another day");
    change.items[2].city_id = Some("porto".to_owned());
    let mut last = change.clone();
    last.date = change.date.succ_opt().expect("there is another day");
    last.items.drain(..2);
    plan.days.extend([change, last]);
    plan.destination = "Lisbon and Porto".to_owned();
    plan
}

fn plan() -> Plan {
    let provenance = serde_json::json!({
        "kind": "estimate", "source": "fare-model", "as_of": "2025", "fetched_at": "2026-11-21T00:00:00Z",
    });
    let dataset = serde_json::json!({
        "kind": "dataset", "source": "gazetteer", "as_of": "2025", "fetched_at": "2026-11-21T00:00:00Z",
    });
    let eur = |cents: i64| serde_json::json!({"amount_cents": cents, "currency": "EUR"});
    let items = serde_json::json!([
        {"kind": "leg", "leg_id": "l", "mode": "flight", "title": "Flight Berlin (BER) to Lisbon (LIS)",
         "start": "09:15:00", "end": "11:45:00", "start_zone": "Europe/Berlin", "end_zone": "Europe/Lisbon", "cost": eur(31_200), "provenance": provenance,
         "note": "typical fare for two, one bag each"},
        {"kind": "sight", "sight_id": "s", "title": "Miradouro da Senhora do Monte with its view over the whole of the old town",
         "start": "15:00:00", "end": "15:45:00", "start_zone": "Europe/Lisbon", "end_zone": "Europe/Lisbon", "city_id": "lisbon", "cost": eur(0), "provenance": dataset},
        {"kind": "meal", "meal_id": "m", "meal": "dinner", "title": "Dinner: \u{1b}[31mseafood, Alfama, mid-range",
         "start": "19:30:00", "end": "21:00:00", "start_zone": "Europe/Lisbon", "end_zone": "Europe/Lisbon", "city_id": "lisbon", "cost": eur(6_400), "provenance": dataset},
    ]);
    serde_json::from_value(serde_json::json!({
        "title": "4 days in Lisbon", "summary": "s",
        "origin": {"id": "berlin", "name": "Berlin"}, "destination": "Lisbon",
        "cities": [{"place": {"id": "lisbon", "name": "Lisbon"}, "country": "Portugal", "time_zone": "Europe/Lisbon",
                    "arrive": "2027-05-03", "leave": "2027-05-06", "nights": 3}],
        "start_date": "2027-05-03", "end_date": "2027-05-06", "travellers": {"adults": 2, "children": 1},
        "days": [{"date": "2027-05-03", "items": items, "distance_km": 6.5,
                  "weather": {"city_id": "lisbon", "date": "2027-05-03", "high_c": 22, "low_c": 14, "rain_percent": 23, "provenance": dataset}}],
        "stays": [{"city_id": "lisbon", "lodging_id": "b", "name": "Casa Azul", "area": "Alfama", "check_in": "2027-05-03",
                   "check_out": "2027-05-06", "rooms": 1, "nights": 3, "cost": eur(24_000), "provenance": dataset}],
        "costs": {
            "lines": [], "by_category": [{"category": "transport", "cost": eur(31_200)}, {"category": "local_transport", "cost": eur(1_000)}],
            "total": eur(38_600), "budget": eur(180_000), "left": eur(141_400),
            "rates": [{"from": "EUR", "to": "EUR", "rate_nanos": 1_000_000_000, "as_of": "2025", "source": "gazetteer"},
                      {"from": "IDR", "to": "EUR", "rate_nanos": 57_123, "as_of": "2025", "source": "gazetteer"}],
        },
        "assumptions": [{"field": "pace", "text": "Moderate pace, because the request names none"}],
        "unread": ["with a unicorn"], "warnings": ["Museums close on Mondays"],
        "narrative": "Four days between the river and the hills.",
        "quality": {"score": 1, "parts": [], "optimal": true, "bound": 1, "ended_by": "proven", "nodes": 3},
    }))
    .expect("the fixture is a plan")
}

#[test]
fn a_plan_fits_its_terminal_at_every_width_and_leaves_nothing_out() {
    for width in [40, 60, 71, 72, 80, 120] {
        let text = itinerary(&plan(), look(width, false));
        for line in text.lines() {
            assert!(console::measure_text_width(line) <= width, "{width}: {line}");
        }
        let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for needle in [
            "4 days in Lisbon",
            "2 adults and 1 child",
            "Day 1",
            "Monday, 3 May 2027",
            "09:15–11:45",
            "~312 EUR",
            "free",
            "rain on 23 %",
            "local transport",
            "1,800 EUR",
            "1,414 EUR",
            "1 IDR = 0.0000571 EUR",
            "Moderate pace",
            "with a unicorn",
            "Museums close on",
            "fare-model (estimates, 2025)",
            "gazetteer (typical values, 2025)",
        ] {
            assert!(words.contains(needle), "{width}: \"{needle}\" is not in\n{text}");
        }
    }
}

#[test]
fn colours_are_there_when_asked_for_and_only_ours() {
    assert!(!itinerary(&plan(), look(80, false)).contains('\u{1b}'));
    let painted = itinerary(&plan(), look(80, true));
    assert!(painted.contains('\u{1b}') && !painted.contains("\u{1b}[31mseafood"));
}

#[test]
fn a_city_has_a_heading_before_the_day_that_reaches_it() {
    for width in [40, 60, 80, 120] {
        let text = itinerary(&two_cities(), look(width, false));
        assert!(text.lines().all(|line| console::measure_text_width(line) <= width), "{width}: {text}");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut rest = words.as_str();
        for needle in [
            "Lisbon, Portugal 3 May to 6 May · 3 nights at Casa Azul, Alfama (1 room, ~240 EUR)",
            "Day 1",
            "Porto, Portugal 6 May to 6 May · 1 night",
            "Day 2 · Tuesday, 4 May 2027 · Lisbon to Porto",
            "Day 3 · Wednesday, 5 May 2027",
        ] {
            let Some((_, after)) = rest.split_once(needle) else { panic!("{width}: \"{needle}\" is not in\n{rest}") };
            rest = after;
        }
        assert_eq!(words.matches("Porto, Portugal").count(), 1);
    }
    assert!(!itinerary(&plan(), look(80, false)).contains("Lisbon, Portugal"), "one city needs no heading");
}
