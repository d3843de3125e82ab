use super::*;

fn look(width: usize, colour: bool) -> Look {
    Look { colour, width, is_live: false }
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
        {"kind": "leg", "leg_id": "l", "direction": "outbound", "mode": "flight", "title": "Flight Berlin (BER) to Lisbon (LIS)",
         "start": "09:15:00", "end": "11:45:00", "cost": eur(31_200), "provenance": provenance,
         "note": "typical fare for two, one bag each"},
        {"kind": "sight", "sight_id": "s", "title": "Miradouro da Senhora do Monte with its view over the whole of the old town",
         "start": "15:00:00", "end": "15:45:00", "cost": eur(0), "provenance": dataset},
        {"kind": "meal", "meal_id": "m", "meal": "dinner", "title": "Dinner: \u{1b}[31mseafood, Alfama, mid-range",
         "start": "19:30:00", "end": "21:00:00", "cost": eur(6_400), "provenance": dataset},
    ]);
    serde_json::from_value(serde_json::json!({
        "title": "4 days in Lisbon", "summary": "s", "country": "Portugal", "time_zone": "Europe/Lisbon",
        "origin": {"id": "berlin", "name": "Berlin"}, "destination": {"id": "lisbon", "name": "Lisbon"},
        "start_date": "2027-05-03", "end_date": "2027-05-06", "travellers": {"adults": 2, "children": 1},
        "days": [{"date": "2027-05-03", "items": items, "distance_km": 6.5,
                  "weather": {"date": "2027-05-03", "high_c": 22, "low_c": 14, "rain_percent": 23, "provenance": dataset}}],
        "stay": null,
        "costs": {
            "lines": [], "by_category": [{"category": "transport", "cost": eur(31_200)}, {"category": "local_transport", "cost": eur(1_000)}],
            "total": eur(38_600), "budget": eur(180_000), "left": eur(141_400), "local_currency": "EUR",
            "rate": {"from": "EUR", "to": "EUR", "rate_nanos": 1_000_000_000, "as_of": "2025", "source": "gazetteer"},
        },
        "assumptions": [{"field": "pace", "text": "Moderate pace, because the request names none"}],
        "unread": ["with a unicorn"], "warnings": ["Museums close on Mondays"],
        "narrative": "Four days between the river and the hills.",
        "quality": {"score": 1, "optimal": true, "ended_by": "proven", "nodes": 3},
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
