//! Wishes of the text and of the fields put together: fields win, answers win over both.

use domain::brief::{Assumption, Diet, Interest, LodgingWish, Pace, Tier, TransportMode, Travellers};

use super::{
    Inputs, Question,
    asking::OPTIONS_MAX,
    assumption,
    lexicon::Meaning,
    names::closest,
    sights::{Index, Named},
    text::folded,
    wishes::{Wishes, meanings},
};

/// What the plan should be like.
pub(super) struct Preferences {
    pub(super) interests: Vec<Interest>,
    pub(super) cuisines: Vec<String>,
    pub(super) meals_repeat: bool,
    pub(super) diet: Vec<Diet>,
    pub(super) pace: Pace,
    pub(super) lodging: LodgingWish,
    /// The price level of everything, for an assumed budget.
    pub(super) level: Option<Tier>,
    pub(super) avoid_transport: Vec<TransportMode>,
    pub(super) must_see: Vec<String>,
    pub(super) avoid_sights: Vec<String>,
    pub(super) avoid_interests: Vec<Interest>,
    pub(super) assumptions: Vec<Assumption>,
    /// Entries of fields that mean nothing here.
    pub(super) unread: Vec<String>,
}

impl Preferences {
    /// # Errors
    /// The question, if the field `must_see` names what the destination does not have.
    pub(super) fn of(
        inputs: &Inputs<'_>,
        index: &Index<'_>,
        named: Named,
        wishes: Wishes,
        travellers: Travellers,
        has_amount: bool,
    ) -> Result<Self, Question> {
        let fields = &inputs.constraints;
        // Beside an amount, "cheap" and "luxury" say nothing that the amount does not.
        let level = wishes.level.filter(|_| !has_amount);
        let lodging = fields.lodging.clone().unwrap_or_default();
        let mut preferences = Self {
            interests: wishes.interests,
            cuisines: wishes.cuisines,
            meals_repeat: wishes.meals_repeat,
            diet: fields.diet.clone().unwrap_or(wishes.diet),
            pace: fields.pace.or(wishes.pace).unwrap_or(Pace::Moderate),
            lodging: LodgingWish {
                kind: lodging.kind.or(wishes.lodging.kind),
                room_types: lodging.room_type.map_or(wishes.lodging.room_types, |room| vec![room]),
                tier: lodging.tier.or(wishes.lodging.tier).or(level),
                allows: lodging.allows.unwrap_or(wishes.lodging.allows),
            },
            level,
            avoid_transport: wishes.avoid_transport,
            must_see: named.must_see,
            avoid_sights: named.avoid,
            avoid_interests: wishes.avoid_interests,
            assumptions: Vec::new(),
            unread: Vec::new(),
        };
        preferences.note_transport(&wishes.only_transport);
        if let Some(avoid) = fields.transport.as_ref().and_then(|transport| transport.avoid.clone()) {
            preferences.avoid_transport = avoid;
            preferences.assumptions.clear();
        }
        if wishes.avoids_museums {
            preferences.avoid_museums(index);
        }
        preferences.add_interests(fields.interests.as_deref());
        if let Some(cuisines) = &fields.cuisines {
            preferences.cuisines = kitchens(cuisines);
        }
        preferences.add_avoided(index, fields.avoid.as_deref());
        preferences.add_must_see(inputs, index)?;
        preferences.settle(travellers, fields.pace.or(wishes.pace).is_none());
        Ok(preferences)
    }

    fn note_transport(&mut self, only: &[TransportMode]) {
        if only.is_empty() {
            return;
        }
        let words: Vec<&str> = only.iter().map(|mode| mode.word()).collect();
        let text = format!(
            "The way there and back is only by {}, because the request asks for it; set constraints.transport.avoid to \
             change it.",
            words.join(" or ")
        );
        self.assumptions.push(assumption("avoid_transport", text));
    }

    /// "no museums": everything that calls itself one, whatever it is about.
    fn avoid_museums(&mut self, index: &Index<'_>) {
        const MUSEUM: [&str; 7] = ["museum", "museo", "museu", "musee", "gallery", "galerie", "galleria"];
        for (id, name) in index.ids_and_names() {
            let name = folded(name);
            if MUSEUM.iter().any(|word| name.contains(word)) && !self.avoid_sights.iter().any(|known| known == id) {
                self.avoid_sights.push(id.to_owned());
            }
        }
        self.avoid_sights.retain(|id| !self.must_see.contains(id));
        let text = "\"No museums\" was taken for no sights about art and none called a museum or gallery; name single \
                    sights in constraints.avoid to change it.";
        self.assumptions.push(assumption("avoid_interests", text));
    }

    /// The field `interests` replaces what the text likes.
    fn add_interests(&mut self, field: Option<&[String]>) {
        let Some(entries) = field else { return };
        self.interests.clear();
        self.cuisines.clear();
        for entry in entries {
            let before = (self.interests.len(), self.cuisines.len());
            let mut is_known = false;
            for meaning in meanings(entry) {
                match meaning {
                    Meaning::Likes(list) => list.iter().for_each(|interest| push(&mut self.interests, *interest)),
                    Meaning::Museums => {
                        push(&mut self.interests, Interest::Art);
                        push(&mut self.interests, Interest::History);
                    }
                    Meaning::Kitchen(kitchen) | Meaning::Nation(kitchen) => {
                        push(&mut self.cuisines, kitchen.to_owned());
                    }
                    _ => continue,
                }
                is_known = true;
            }
            if !is_known && before == (self.interests.len(), self.cuisines.len()) {
                self.unread.push(entry.clone());
            }
        }
        self.avoid_interests.retain(|denied| !self.interests.contains(denied));
    }

    /// The field `avoid` adds to what the text denies.
    fn add_avoided(&mut self, index: &Index<'_>, field: Option<&[String]>) {
        for entry in field.unwrap_or_default() {
            if let Some(sight) = index.find(entry) {
                push(&mut self.avoid_sights, sight.id.clone());
                continue;
            }
            let mut is_known = false;
            for meaning in meanings(entry) {
                match meaning {
                    Meaning::Likes(list) => push(&mut self.avoid_interests, list[0]),
                    Meaning::Museums => {
                        push(&mut self.avoid_interests, Interest::Art);
                        self.avoid_museums(index);
                    }
                    _ => continue,
                }
                is_known = true;
            }
            if !is_known {
                self.unread.push(entry.clone());
            }
        }
        let (avoid_interests, avoid_sights) = (&self.avoid_interests, &self.avoid_sights);
        self.interests.retain(|interest| !avoid_interests.contains(interest));
        self.must_see.retain(|id| !avoid_sights.contains(id));
    }

    /// The field `must_see` and the answer about it add to what the text names.
    fn add_must_see(&mut self, inputs: &Inputs<'_>, index: &Index<'_>) -> Result<(), Question> {
        let answer = inputs.answer("must_see");
        let mut missing: Vec<&str> = Vec::new();
        for entry in inputs.constraints.must_see.as_deref().unwrap_or_default() {
            match index.find(entry) {
                Some(sight) => self.must(sight.id.clone()),
                None => missing.push(entry),
            }
        }
        let Some(answer) = answer else {
            return if missing.is_empty() { Ok(()) } else { Err(must_see_question(index, &missing)) };
        };
        if is_none(answer) {
            return Ok(());
        }
        let mut unknown: Vec<&str> = Vec::new();
        let whole = index.find(answer);
        for name in if whole.is_some() { vec![answer] } else { answer.split([',', ';']).collect() } {
            match index.find(name) {
                Some(sight) => self.must(sight.id.clone()),
                None => unknown.push(name.trim()),
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(must_see_question(index, &unknown).again(answer)) }
    }

    fn must(&mut self, id: String) {
        self.avoid_sights.retain(|denied| *denied != id);
        push(&mut self.must_see, id);
    }

    /// Families are taken to family places; what was not said is listed.
    fn settle(&mut self, travellers: Travellers, is_pace_assumed: bool) {
        if travellers.children > 0 && !self.avoid_interests.contains(&Interest::Family) {
            push(&mut self.interests, Interest::Family);
        }
        if is_pace_assumed {
            let text = "No pace was given, so a moderate one was assumed, with at most four sights a day; say \"relaxed\" \
                        or \"packed\", or set constraints.pace to change it.";
            self.assumptions.push(assumption("pace", text));
        }
        if self.interests.is_empty() {
            let text = "No interests were given, so the best-known sights come first; name some, such as \"art and \
                        markets\", or set constraints.interests to change it.";
            self.assumptions.push(assumption("interests", text));
        }
    }
}

/// The kitchens of the field `cuisines`, in the lexicon's words where it knows them.
fn kitchens(field: &[String]) -> Vec<String> {
    let mut kitchens = Vec::new();
    for entry in field {
        let known = meanings(entry).into_iter().find_map(|meaning| match meaning {
            Meaning::Kitchen(kitchen) | Meaning::Nation(kitchen) => Some(kitchen.to_owned()),
            _ => None,
        });
        let kitchen = known.unwrap_or_else(|| folded(entry));
        if !kitchen.is_empty() {
            push(&mut kitchens, kitchen);
        }
    }
    kitchens
}

fn must_see_question(index: &Index<'_>, missing: &[&str]) -> Question {
    let quoted: Vec<String> =
        missing.iter().map(|name| format!("\"{}\"", name.chars().take(100).collect::<String>())).collect();
    let mut options: Vec<String> = Vec::new();
    let each = (OPTIONS_MAX / missing.len().max(1)).max(1);
    for name in missing {
        for option in closest(&folded(name), index.names(), each) {
            push(&mut options, option);
        }
    }
    options.sort();
    options.truncate(OPTIONS_MAX);
    let prompt = format!(
        "Portolan knows no sight called {} at the destination. Which of its sights do you mean? Name one or more, or \
         say \"none\".",
        quoted.join(" or ")
    );
    Question::new("must_see", prompt, options)
}

fn is_none(answer: &str) -> bool {
    const NONE: [&str; 9] =
        ["none", "no", "nothing", "skip", "skip it", "leave it out", "leave them out", "none of them", "neither"];
    NONE.contains(&folded(answer).trim_end_matches(['.', '!']))
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}
