//! The page, as a parser of CommonMark reads it.

use domain::plan::Plan;
use export::Format;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::support::{any_plan, two_cities, written};

/// The text of each heading, paragraph, entry and cell. Anything that the plan's texts must not become fails.
fn blocks(page: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for event in Parser::new_ext(page, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Text(text) => blocks.last_mut().unwrap().push_str(&text),
            Event::Start(Tag::Heading { .. } | Tag::Paragraph | Tag::Item | Tag::TableCell) => {
                blocks.push(String::new());
            }
            Event::Start(Tag::List(_) | Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::Strong)
            | Event::End(_) => {}
            other => panic!("{other:?} in\n{page}"),
        }
    }
    blocks
}

fn plain(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_page_has_every_part_of_a_plan() {
    let page = written(&two_cities(), Format::Markdown);
    let blocks = blocks(&page);
    for needle in [
        "3 days in Paris and Rome",
        "From Berlin to Paris and Rome, 3 May 2027 to 5 May 2027, 2 adults.",
        "Cities",
        "Italy",
        "Beds",
        "Hôtel du Nord, Canal",
        "3 May to 5 May",
        "Day 1: Monday, 3 May 2027, Paris",
        "Day 3: Wednesday, 5 May 2027, Rome",
        "23:10–01:05 (+1 d)",
        "2 × 156 EUR",
        "total",
        "1,800 EUR",
        "Converted at 1 USD = 0.9214 EUR (rates, 2025-06-30).",
        "Moderate pace",
        "with a unicorn",
        "Museums close on Mondays",
        "120 points. No plan scores more.",
        "sights",
    ] {
        assert!(blocks.iter().any(|block| block == needle), "\"{needle}\" is not in\n{page}");
    }
}

#[test]
fn each_source_stands_once_and_is_cited_by_its_number() {
    let page = written(&two_cities(), Format::Markdown);
    let blocks = blocks(&page);
    let sources = blocks.iter().filter(|block| block.contains("fetched 21 November 2026")).collect::<Vec<_>>();
    assert_eq!(
        sources,
        [
            "gazetteer, dataset, as of 2025, fetched 21 November 2026",
            "fare-model, estimate, as of 2025, fetched 21 November 2026"
        ]
    );
    let count = |number: &str| blocks.iter().filter(|block| *block == number).count();
    // A bed and seven items; three legs and a line of the bill.
    assert_eq!((count("[1]"), count("[2]")), (8, 4));
}

#[test]
fn a_trip_to_one_city_does_not_name_it_every_day() {
    let mut plan = two_cities();
    plan.cities.truncate(1);
    let page = written(&plan, Format::Markdown);
    assert!(page.contains("## Day 1: Monday, 3 May 2027\n") && !page.contains("## Cities"));
}

/// Where the texts of a plan stand.
fn texts(plan: &Plan) -> Vec<String> {
    let items = plan.days.iter().flat_map(|day| &day.items);
    let titles = items.map(|item| match &item.note {
        Some(note) => plain(&format!("{} ({note})", item.title)),
        None => plain(&item.title),
    });
    titles.chain([plain(&plan.title)]).filter(|text| !text.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_shows_as_it_is_and_becomes_nothing_else(plan in any_plan()) {
        let page = written(&plan, Format::Markdown);
        let found: Vec<String> = blocks(&page).iter().map(|block| plain(block)).collect();
        for text in texts(&plan) {
            prop_assert!(found.contains(&text), "{text:?} is not in\n{page}");
        }
    }
}

#[test]
fn the_parser_of_these_tests_sees_what_is_not_escaped() {
    for bad in ["<b>", "![x](y)", "[x](y)", "`x`", "*x*", "    code"] {
        assert!(std::panic::catch_unwind(|| blocks(bad)).is_err(), "{bad}");
    }
}
