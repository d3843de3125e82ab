//! A drawn trip as a request: a sentence as people write it, and fields for what the sentence leaves out.

use chrono::NaiveDate;
use domain::{
    brief::{HouseRule, LodgingKind, Pace, RoomType, Tier, TransportMode},
    request::{BudgetRequest, Constraints, LodgingRequest, PlanRequest, TransportRequest},
};
use rand::{RngExt, rngs::StdRng, seq::IndexedRandom};

use super::draw::Trip;

/// How likely a value stands in a field and not in the text.
const IN_FIELD: f64 = 0.25;

/// The request of a trip. What stands in a field does not stand in the text.
pub(super) fn request(rng: &mut StdRng, trip: &Trip) -> PlanRequest {
    let mut writer = Writer { rng, trip, fields: Constraints::default(), sentences: Vec::new() };
    let opening = writer.opening();
    writer.wishes();
    let Writer { fields, sentences, .. } = writer;
    PlanRequest {
        user_id: None,
        query: [vec![opening], sentences].concat().join(" "),
        constraints: (fields != Constraints::default()).then_some(fields),
        approval: None,
        approval_timeout_s: None,
        on_timeout: None,
        deadline_s: None,
        workflow: None,
        probe: None,
    }
}

struct Writer<'a> {
    rng: &'a mut StdRng,
    trip: &'a Trip,
    fields: Constraints,
    sentences: Vec<String>,
}

impl Writer<'_> {
    fn is_field(&mut self) -> bool {
        self.rng.random_bool(IN_FIELD)
    }

    fn say(&mut self, templates: &[&str], value: &str) {
        let template = templates.choose(self.rng).expect("there are templates");
        self.sentences.push(template.replace("{}", value));
    }

    /// Where, when, who and for how much.
    fn opening(&mut self) -> String {
        let parts = [self.destination(), self.origin(), self.dates(), self.people(), self.budget()];
        let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let starts = ["Plan", "Please plan", "We would like", "I am looking for", "Can you plan"];
        let (start, ends) = (starts.choose(self.rng).expect("there are starts"), said.join(" "));
        let mark = if start.starts_with("Can") { '?' } else { '.' };
        format!("{start} a trip {ends}{mark}")
    }

    fn destination(&mut self) -> String {
        let names: Vec<String> = self.trip.cities.iter().map(|city| city.name.clone()).collect();
        match (self.is_field(), names.as_slice()) {
            (true, [only]) => {
                self.fields.destination = Some(only.clone());
                String::new()
            }
            (true, _) => {
                self.fields.destinations = Some(names);
                String::new()
            }
            (false, _) => format!("to {}", listed(&names)),
        }
    }

    fn origin(&mut self) -> String {
        let Some(origin) = self.trip.origin else { return String::new() };
        if self.is_field() {
            self.fields.origin = Some(origin.name.clone());
            return String::new();
        }
        format!("from {}", origin.name)
    }

    fn dates(&mut self) -> String {
        let (start, end, days) = (self.trip.start, self.trip.end(), self.trip.days);
        if self.is_field() {
            self.fields.start_date = Some(start);
            self.fields.days = Some(days);
            return String::new();
        }
        let length = if days == 1 { "for one day".to_owned() } else { format!("for {days} days") };
        match self.rng.random_range(0..3) {
            0 => format!("{length} from {start}"),
            1 => format!("{length} starting on {}", spoken(start)),
            _ if days == 1 => format!("{length} on {}", spoken(start)),
            _ => format!("from {} to {}", spoken(start), spoken(end)),
        }
    }

    fn people(&mut self) -> String {
        let (adults, children) = (self.trip.adults, self.trip.children);
        // A field has no place for children.
        if children == 0 && self.is_field() {
            self.fields.travellers = Some(adults);
            return String::new();
        }
        match (adults, children) {
            (1, 0) => "for one person".to_owned(),
            (2, 0) => "for two".to_owned(),
            (adults, 0) => format!("for a group of {adults}"),
            (adults, children) => {
                format!("for {} and {}", counted(adults, "adult", "adults"), counted(children, "child", "children"))
            }
        }
    }

    fn budget(&mut self) -> String {
        let Some((amount, currency)) = self.trip.budget else { return String::new() };
        if self.is_field() {
            #[expect(clippy::cast_precision_loss, reason = "two digits and zeros")]
            let amount = (amount as f64).min(100_000_000.0);
            self.fields.budget = Some(BudgetRequest { amount, currency: currency.code().to_owned() });
            return String::new();
        }
        match (currency.code(), self.rng.random_bool(0.5)) {
            ("EUR", true) => format!("with a budget of €{amount}"),
            ("GBP", true) => format!("with a budget of £{amount}"),
            ("USD", true) => format!("with a budget of ${amount}"),
            (code, _) => format!("with a budget of {amount} {code}"),
        }
    }

    fn wishes(&mut self) {
        self.likes();
        self.table();
        self.pace();
        self.bed();
        self.transport();
        self.sights();
    }

    fn likes(&mut self) {
        let words: Vec<String> = self.trip.interests.iter().map(|interest| interest.word().to_owned()).collect();
        if words.is_empty() {
        } else if self.is_field() {
            self.fields.interests = Some(words);
        } else {
            self.say(
                &["We love {}.", "We are interested in {}.", "Something with {} would be great."],
                &listed(&words),
            );
        }
    }

    fn table(&mut self) {
        let cuisines = self.trip.cuisines.clone();
        if cuisines.is_empty() {
        } else if self.is_field() {
            self.fields.cuisines = Some(cuisines);
        } else {
            self.say(&["We want to try {} food.", "We would like to eat {} cuisine."], &listed(&cuisines));
        }
        let Some(diet) = self.trip.diet else { return };
        if self.is_field() {
            self.fields.diet = Some(vec![diet]);
        } else {
            self.say(&["Everything must be {}.", "We eat {} only."], &diet.word().replace('_', "-"));
        }
    }

    fn pace(&mut self) {
        let Some(pace) = self.trip.pace else { return };
        if self.is_field() {
            self.fields.pace = Some(pace);
            return;
        }
        let word = match pace {
            Pace::Relaxed => "relaxed",
            Pace::Moderate => "moderate",
            Pace::Full => "packed",
        };
        self.say(&["The pace should be {}.", "Keep a {} pace, please."], word);
    }

    fn bed(&mut self) {
        let bed = self.trip.bed;
        if self.is_field() {
            let allows = bed.allows.map(|rule| vec![rule]);
            let wish = LodgingRequest { kind: bed.kind, room_type: bed.room_type, tier: bed.tier, allows };
            self.fields.lodging = (wish != LodgingRequest::default()).then_some(wish);
            return;
        }
        if let Some(kind) = bed.kind {
            self.say(&["We want to stay in {}.", "We would like to sleep in {}."], kind_words(kind));
        }
        if let Some(room) = bed.room_type {
            self.say(&["We need {}.", "We want {} for our stay."], room_words(room));
        }
        if let Some(tier) = bed.tier {
            self.say(&["The lodging should be {}.", "We prefer {} accommodation."], tier_words(tier));
        }
        if let Some(rule) = bed.allows {
            self.say(&["The accommodation must allow {}."], rule_words(rule));
        }
    }

    fn transport(&mut self) {
        let Some(mode) = self.trip.avoid_transport else { return };
        if self.is_field() {
            self.fields.transport = Some(TransportRequest { avoid: Some(vec![mode]) });
            return;
        }
        let word = match mode {
            TransportMode::Flight => "flights",
            TransportMode::Train => "trains",
            TransportMode::Bus => "buses",
            TransportMode::Car => "driving ourselves",
            TransportMode::Taxi => "taxis",
        };
        self.say(&["No {}, please.", "We want to avoid {}."], word);
    }

    fn sights(&mut self) {
        let must_see = self.trip.must_see.clone();
        if must_see.is_empty() {
        } else if self.is_field() {
            self.fields.must_see = Some(must_see);
        } else {
            self.say(&["We must see {}.", "{} is a must."], &listed(&must_see));
        }
        let Some(avoid) = self.trip.avoid.clone() else { return };
        if self.is_field() {
            self.fields.avoid = Some(vec![avoid]);
        } else {
            self.say(&["We do not want to see {}.", "No {}, please."], &avoid);
        }
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `3 May 2027`.
fn spoken(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

const fn kind_words(kind: LodgingKind) -> &'static str {
    match kind {
        LodgingKind::Hotel => "a hotel",
        LodgingKind::Guesthouse => "a guesthouse",
        LodgingKind::Apartment => "an apartment",
        LodgingKind::Hostel => "a hostel",
    }
}

const fn room_words(room: RoomType) -> &'static str {
    match room {
        RoomType::EntirePlace => "an entire place",
        RoomType::PrivateRoom => "private rooms",
        RoomType::SharedRoom => "shared rooms",
    }
}

const fn tier_words(tier: Tier) -> &'static str {
    match tier {
        Tier::Budget => "cheap",
        Tier::Mid => "mid-range",
        Tier::Upscale => "upscale",
    }
}

const fn rule_words(rule: HouseRule) -> &'static str {
    match rule {
        HouseRule::Smoking => "smoking",
        HouseRule::Parties => "parties",
        HouseRule::Pets => "pets",
        HouseRule::Visitors => "visitors",
        HouseRule::Children => "children under 10",
    }
}
