//! What everyday words mean. One line a meaning; phrases are parted by `|`, plurals come by themselves.

mod food;
mod travel;

use std::{collections::HashMap, sync::LazyLock};

use domain::brief::{
    Diet, Interest,
    Interest::{
        Architecture, Art, Beach, Entertainment, Family, Food, History, Literature, Market, Music, Nature,
        Neighbourhood, Nightlife, Park, Religion, Science, Shopping, Sport, Viewpoint,
    },
    LodgingKind, Pace, RoomType, Tier, TransportMode,
};

use self::{
    food::{HABITS, KITCHENS, MEALS},
    travel::{STAYS, WAYS},
};
use super::tokens::stem;

/// What a phrase asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Likes(&'static [Interest]),
    /// A kitchen, whatever stands beside it.
    Kitchen(&'static str),
    /// A people's name, which is a kitchen beside words for eating: "Italian food", not "Italian architecture".
    Nation(&'static str),
    /// A word for eating: makes a kitchen of a nation.
    Eating,
    Diet(Diet),
    Pace(Pace),
    House(LodgingKind),
    /// Any of these will do.
    Rooms(&'static [RoomType]),
    /// Sharing a room, which matters when it is denied.
    Sharing,
    /// The price level of the bed.
    Bed(Tier),
    /// The price level of everything.
    Level(Tier),
    /// A means of transport, named: matters when it is denied.
    Mode(TransportMode),
    /// The means of transport that is wanted, and no other.
    Only(TransportMode),
    /// "overland": without this means of transport.
    Without(TransportMode),
    /// A rented car: denied it is a car, wanted it is nothing that a brief can hold.
    Rental,
    /// What may not be eaten; what it is follows.
    Allergy,
    /// Eating twice at one place.
    Repeats,
    /// Museums: liked as art and history, denied as what they are.
    Museums,
    /// Understood, and nothing follows from it.
    Nothing,
    /// Understood, and a brief cannot hold it.
    Unheld,
}
use Meaning::{Likes, Museums, Nothing};

/// A phrase found in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) meaning: Meaning,
    /// How many words long it is.
    pub(super) words: usize,
}

type Phrases = Vec<(Vec<String>, Meaning)>;

static INDEX: LazyLock<HashMap<String, Phrases>> = LazyLock::new(|| {
    let mut index: HashMap<String, Phrases> = HashMap::new();
    for (phrases, meaning) in INTERESTS.iter().chain(KITCHENS).chain(MEALS).chain(HABITS).chain(STAYS).chain(WAYS) {
        for phrase in phrases.split('|') {
            let words: Vec<String> = phrase.split_whitespace().map(stem).collect();
            index.entry(words[0].clone()).or_default().push((words, *meaning));
        }
    }
    for phrases in index.values_mut() {
        phrases.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
    }
    index
});

/// The longest phrase that the words from the first of `stems` on spell.
pub(super) fn find<'t>(stems: impl Iterator<Item = &'t str> + Clone) -> Option<Entry> {
    let phrases = INDEX.get(stems.clone().next()?)?;
    phrases
        .iter()
        .find(|(words, _)| {
            let mut spoken = stems.clone();
            words.iter().all(|word| spoken.next() == Some(word))
        })
        .map(|(words, meaning)| Entry { meaning: *meaning, words: words.len() })
}

/// Whether `word` alone means something here.
pub(super) fn knows(word: &str) -> bool {
    find(std::iter::once(stem(word).as_str())).is_some()
}

const INTERESTS: &[(&str, Meaning)] = &[
    ("museum|musuem|museem|museum hopping", Museums),
    (
        "art|artsy|arty|gallery|art gallery|art museum|painting|painter|sculpture|modern art|contemporary art|fine art|exhibition|exhibit|street art|graffiti|mural|design|photography|impressionist|renaissance art|tile|azulejo|ceramic",
        Likes(&[Art]),
    ),
    ("street photography|photo walk", Likes(&[Neighbourhood, Art])),
    ("culture|cultural", Likes(&[Art, History])),
    (
        "history|historic|historical|historic site|history buff|ruin|ancient|archaeology|archeology|archaeological|castle|fortress|palace|monument|medieval|roman ruin|heritage|ww2|wwii|world war|old town|royal|battlefield|museum of history|history museum|historical museum|memorial|dynasty",
        Likes(&[History]),
    ),
    (
        "architecture|architectural|building|skyscraper|art nouveau|art deco|brutalist|brutalism|bridge|gaudi|bauhaus|modernism|facade|landmark|skyline",
        Likes(&[Architecture]),
    ),
    (
        "church|cathedral|temple|mosque|synagogue|shrine|monastery|basilica|religion|religious|religious site|spiritual|abbey|pilgrimage|chapel|buddhist|pagoda",
        Likes(&[Religion]),
    ),
    (
        "nature|hike|hiking|outdoor|outdoorsy|wildlife|forest|mountain|waterfall|botanical garden|botanic garden|scenery|scenic|landscape|countryside|national park|birdwatching|bird watching|bird|trail|lake|river|great outdoor|animal|trekking|trek|camping|flower|green space",
        Likes(&[Nature]),
    ),
    ("park|garden|picnic|people watching|stroll in the park", Likes(&[Park])),
    (
        "viewpoint|view|panorama|panoramic|lookout|rooftop|rooftop bar|observation deck|sunset|sunrise|skyline view|great view|city view|photo spot|instagram|instagrammable|instagram spot",
        Likes(&[Viewpoint]),
    ),
    (
        "market|flea market|bazaar|souk|night market|food market|farmer market|street market|antique market|christmas market|antique|vintage market",
        Likes(&[Market]),
    ),
    (
        "neighbourhood|neighborhood|strolling|stroll|wandering|wander|walking around|local life|off the beaten path|off the beaten track|hidden gem|quarter|backstreet|old quarter|like a local|back street|authentic|walkable|flaneur|walking tour|street life|alley|canal",
        Likes(&[Neighbourhood]),
    ),
    (
        "science|scientific|planetarium|technology|tech|outer space|space museum|science museum|natural history|dinosaur|engineering|astronomy|observatory|interactive museum|robot",
        Likes(&[Science]),
    ),
    (
        "aquarium|zoo|family|family friendly|kid friendly|child friendly|playground|for kid|for the kid|for child|for the child|for children|for the children|kid activity|activity for kid|theme park|children museum|stuff for kid|thing for kid",
        Likes(&[Family]),
    ),
    (
        "beach|swim|swimming|seaside|surf|surfing|sunbathing|sunbathe|snorkel|snorkeling|snorkelling|sea|ocean|coast|sand|by the sea|tan|snorkling",
        Likes(&[Beach]),
    ),
    (
        "entertainment|see a show|catch a show|watch a show|live show|amusement park|amusement|cinema|movie|film|circus|musical|comedy|stand up comedy|magic show|escape room|theatre show|theater show|broadway|theatre|theater|roller coaster|cabaret|disney|disneyland|spa|thermal bath|casino|gaming|anime|manga",
        Likes(&[Entertainment]),
    ),
    (
        "music|concert|live music|opera|classical music|fado|flamenco|orchestra|philharmonic|symphony|gig|tango|samba|ballet|musician|rock music|folk music",
        Likes(&[Music]),
    ),
    ("jazz|jazz club|jazz bar|blues|live jazz|techno|electronic music|dj", Likes(&[Music, Nightlife])),
    (
        "bookshop|bookstore|book shop|book store|book lover|love book|rare book|old book|bookworm|literature|literary|library|reading|writer|author|poetry|poet|novel|bookish|kafka|shakespeare",
        Likes(&[Literature]),
    ),
    (
        "food|foodie|gastronomy|gastronomic|culinary|eating|eat well|love to eat|good restaurant|great restaurant|nice restaurant|best restaurant|wine|wine tasting|tasting|cooking class|good food|local food|food tour|local cuisine|local dish|local kitchen|delicacy|cook|dining out|great food|food scene|michelin|food lover|eating out|winery|vineyard|gourmet|food hall|tasty food|delicious food|chocolate|whisky|whiskey|restaurant hopping|specialty|local speciality",
        Likes(&[Food]),
    ),
    (
        "nightlife|night life|bar|club|clubbing|pub|party|partying|dancing|dance|cocktail|night out|bar hopping|pub crawl|beer|brewery|craft beer|nightclub|drinking|beer garden|bar crawl|drag show|speakeasy",
        Likes(&[Nightlife]),
    ),
    (
        "shopping|shop|boutique shop|mall|outlet|fashion|souvenir|thrift|vintage|vintage shop|vintage store|window shopping|department store|thrifting|thrift store",
        Likes(&[Shopping]),
    ),
    (
        "sport|sporty|football|soccer|stadium|basketball|baseball|cycling|bike ride|biking|bike|climbing|running|tennis|golf|football match|kayak|kayaking|skiing|rugby|f1|cricket|boxing|muay thai|hockey|jog|jogging|bouldering",
        Likes(&[Sport]),
    ),
    (
        "sightseeing|sight|sight seeing|attraction|main attraction|main sight|highlight|must see|classic|tourist attraction|famous|first time|first timer",
        Nothing,
    ),
];

#[cfg(test)]
mod tests {
    use Meaning::{Bed, House, Kitchen, Rooms};

    use super::*;

    fn meaning(phrase: &str) -> Option<Meaning> {
        let stems: Vec<String> = phrase.split_whitespace().map(stem).collect();
        find(stems.iter().map(String::as_str)).map(|entry| entry.meaning)
    }

    #[test]
    fn every_interest_diet_pace_and_house_has_a_word() {
        for interest in Interest::ALL {
            assert!(matches!(meaning(interest.word()), Some(Likes(list)) if list.contains(interest)), "{interest}");
        }
        for diet in Diet::ALL {
            assert_eq!(meaning(&diet.word().replace('_', " ")), Some(Meaning::Diet(*diet)));
        }
        for kind in LodgingKind::ALL {
            assert_eq!(meaning(kind.word()), Some(House(*kind)));
        }
        for room in RoomType::ALL {
            assert_eq!(meaning(&room.word().replace('_', " ")), Some(Rooms(std::slice::from_ref(room))));
        }
        for (phrase, pace) in [("relaxed", Pace::Relaxed), ("moderate", Pace::Moderate), ("packed", Pace::Full)] {
            assert_eq!(meaning(phrase), Some(Meaning::Pace(pace)));
        }
    }

    #[test]
    fn the_longest_phrase_wins() {
        assert_eq!(meaning("street food"), Some(Kitchen("street food")));
        assert_eq!(meaning("street photography"), Some(Likes(&[Neighbourhood, Art])));
        assert_eq!(meaning("boutique hotels"), Some(Bed(Tier::Upscale)));
        assert_eq!(meaning("jazz clubs"), Some(Likes(&[Music, Nightlife])));
    }

    #[test]
    fn no_phrase_is_written_twice() {
        let mut seen = std::collections::HashSet::new();
        for (phrases, _) in INTERESTS.iter().chain(KITCHENS).chain(MEALS).chain(HABITS).chain(STAYS).chain(WAYS) {
            for phrase in phrases.split('|') {
                let stems: Vec<String> = phrase.split_whitespace().map(stem).collect();
                assert!(seen.insert(stems.clone()), "{phrase}");
            }
        }
    }
}
