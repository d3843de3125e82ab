//! What everyday words mean. One line a meaning; phrases are parted by `|`, plurals come by themselves.

use std::{collections::HashMap, sync::LazyLock};

use domain::brief::{
    Diet, Interest,
    Interest::{
        Architecture, Art, Beach, Entertainment, Family, Food, History, Literature, Market, Music, Nature,
        Neighbourhood, Nightlife, Park, Religion, Science, Shopping, Sport, Viewpoint,
    },
    LodgingKind, Pace, RoomType, Tier, TransportMode,
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
    Room(RoomType),
    /// The price level of the bed.
    Bed(Tier),
    /// The price level of everything.
    Level(Tier),
    /// A means of transport, named: matters when it is denied.
    Mode(TransportMode),
    /// The means of transport that is wanted, and no other.
    Only(TransportMode),
    /// Museums: liked as art and history, denied as what they are.
    Museums,
    /// Understood, and nothing follows from it.
    Nothing,
    /// Understood, and a brief cannot hold it.
    Unheld,
}
use Meaning::{Bed, Eating, House, Kitchen, Level, Likes, Mode, Museums, Nation, Nothing, Only, Room, Unheld};

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
    for (phrases, meaning) in INTERESTS.iter().chain(KITCHENS).chain(MEALS).chain(STAYS).chain(WAYS) {
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

const KITCHENS: &[(&str, Meaning)] = &[
    (
        "seafood|sea food|fish restaurant|fresh fish|fish|grilled fish|shellfish|oyster|octopus|sardine|lobster",
        Kitchen("seafood"),
    ),
    ("street food|streetfood|food stall|street eat|hawker food", Kitchen("street food")),
    ("hawker|hawker centre|hawker center", Kitchen("hawker")),
    ("ramen", Kitchen("ramen")),
    ("sushi|sashimi|omakase", Kitchen("sushi")),
    ("noodle|pho|noodle soup", Kitchen("noodles")),
    ("dim sum|dimsum|dumpling", Kitchen("dim sum")),
    ("hot pot|hotpot", Kitchen("hot pot")),
    ("tapas|pintxos", Kitchen("tapas")),
    ("pizza|pizzeria", Kitchen("pizza")),
    ("pasta|gelato|trattoria|risotto", Kitchen("italian")),
    ("croissant|pastry|bakery|patisserie|cake|pastel de nata|pastei de nata|custard tart|dessert", Kitchen("bakery")),
    ("coffee|cafe|coffee shop|espresso|coffeehouse|specialty coffee", Kitchen("cafe")),
    ("coffee house|viennese coffee house|kaffeehaus", Kitchen("coffee house")),
    ("tea house|teahouse|afternoon tea|high tea", Kitchen("tea house")),
    ("steak|steakhouse|asado|parrilla", Kitchen("steakhouse")),
    ("barbecue|bbq|barbeque", Kitchen("barbecue")),
    ("burger", Kitchen("burgers")),
    ("brunch", Kitchen("brunch")),
    ("taco|taqueria", Kitchen("tacos")),
    ("kebab|doner|kebap", Kitchen("kebab")),
    ("curry|tandoori", Kitchen("indian")),
    ("tagine|couscous", Kitchen("moroccan")),
    ("bistro|brasserie", Kitchen("bistro")),
    ("wine bar|natural wine", Kitchen("wine bar")),
    ("schnitzel", Kitchen("austrian")),
    ("fish and chip|fish n chip|gastropub|pub food|pub grub", Kitchen("pub")),
    ("hummus|falafel|mezze|meze", Kitchen("middle eastern")),
    ("izakaya", Kitchen("izakaya")),
    ("tasting menu|fine dining|michelin star", Kitchen("fine dining")),
    ("italian", Nation("italian")),
    ("french", Nation("french")),
    ("spanish", Nation("spanish")),
    ("portuguese", Nation("portuguese")),
    ("greek", Nation("greek")),
    ("turkish", Nation("turkish")),
    ("german|bavarian", Nation("german")),
    ("austrian|viennese", Nation("austrian")),
    ("british|english", Nation("british")),
    ("american", Nation("american")),
    ("mexican|tex mex", Nation("mexican")),
    ("argentine|argentinian", Nation("argentine")),
    ("peruvian|ceviche", Nation("peruvian")),
    ("brazilian", Nation("brazilian")),
    ("chinese", Nation("chinese")),
    ("cantonese", Nation("cantonese")),
    ("sichuan|szechuan", Nation("sichuan")),
    ("japanese", Nation("japanese")),
    ("korean", Nation("korean")),
    ("thai", Nation("thai")),
    ("vietnamese", Nation("vietnamese")),
    ("indian", Nation("indian")),
    ("indonesian", Nation("indonesian")),
    ("malay|malaysian", Nation("malaysian")),
    ("singaporean", Nation("singaporean")),
    ("peranakan|nyonya", Nation("peranakan")),
    ("lebanese", Nation("lebanese")),
    ("moroccan", Nation("moroccan")),
    ("ethiopian", Nation("ethiopian")),
    ("african", Nation("african")),
    ("israeli", Nation("israeli")),
    ("persian|iranian", Nation("persian")),
    ("georgian", Nation("georgian")),
    ("russian", Nation("russian")),
    ("polish", Nation("polish")),
    ("czech", Nation("czech")),
    ("hungarian", Nation("hungarian")),
    ("dutch", Nation("dutch")),
    ("danish|nordic|scandinavian", Nation("nordic")),
    ("mediterranean", Nation("mediterranean")),
    ("middle eastern", Nation("middle eastern")),
    ("asian", Nation("asian")),
    ("roman", Nation("roman")),
    ("cajun|creole", Nation("creole")),
    ("caribbean|jamaican", Nation("caribbean")),
    ("cuban", Nation("cuban")),
    ("hawaiian", Nation("hawaiian")),
];

const MEALS: &[(&str, Meaning)] = &[
    ("cuisine|restaurant|meal|dish|breakfast|lunch|dinner|cooking|bite|kitchen|dining|eatery|menu", Eating),
    (
        "vegetarian|vegetarian food|veggie|no meat|meat free|meatless|without meat|dont eat meat|do not eat meat|doesnt eat meat|dont eat any meat|not eat meat|vegetarianism|never eat meat|no meat or fish|no fish or meat|no meat no fish",
        Meaning::Diet(Diet::Vegetarian),
    ),
    ("vegan|plant based|no animal product|plantbased", Meaning::Diet(Diet::Vegan)),
    ("pescatarian|pescetarian|fish but no meat|no meat but fish|no meat except fish", Meaning::Diet(Diet::Pescatarian)),
    ("halal|hallal", Meaning::Diet(Diet::Halal)),
    ("kosher", Meaning::Diet(Diet::Kosher)),
    (
        "gluten free|glutenfree|no gluten|coeliac|celiac|coeliac disease|celiac disease|without gluten|gluten intolerant|gluten intolerance|gluten allergy|cant eat gluten|cannot eat gluten|dont eat gluten|wheat free|allergic to gluten|allergic to wheat",
        Meaning::Diet(Diet::GlutenFree),
    ),
    (
        "lactose free|lactose intolerant|lactose intolerance|no lactose|dairy free|no dairy|without dairy|without lactose|lactose|cant have dairy|dont eat dairy|no milk|allergic to dairy|allergic to milk",
        Meaning::Diet(Diet::LactoseFree),
    ),
    (
        "allergic to|allergic|allergy|nut free|no nut|no pork|no beef|no alcohol|keto|low carb|paleo|raw food|jain|no spicy food|not spicy",
        Unheld,
    ),
];

const STAYS: &[(&str, Meaning)] = &[
    ("hotel|hotel room", House(LodgingKind::Hotel)),
    ("hostel|backpacker hostel|youth hostel", House(LodgingKind::Hostel)),
    (
        "apartment|flat|airbnb|air bnb|appartment|apartement|holiday apartment|holiday flat|self catering|vacation rental|holiday let|studio|condo|serviced apartment",
        House(LodgingKind::Apartment),
    ),
    (
        "guesthouse|guest house|b&b|bnb|b and b|bed and breakfast|pension|homestay|riad|ryokan|pousada",
        House(LodgingKind::Guesthouse),
    ),
    (
        "private room|own room|single room|double room|twin room|room to ourselves|room to myself|private double|en suite|ensuite",
        Room(RoomType::PrivateRoom),
    ),
    (
        "shared room|dorm|dormitory|dorm bed|dorm room|hostel dorm|bed in a dorm|shared dorm|bunk bed",
        Room(RoomType::SharedRoom),
    ),
    (
        "entire place|whole place|entire apartment|whole apartment|entire home|entire flat|whole flat|place to ourselves|place to myself|entire room|whole house|entire house|entire room to ourselves|private apartment|whole place to ourselves|entire unit",
        Room(RoomType::EntirePlace),
    ),
    (
        "cheap hotel|budget hotel|cheap place to stay|cheap accommodation|budget accommodation|basic hotel|simple hotel|inexpensive hotel|affordable hotel|cheap room|cheap bed|2 star|two star|2 star hotel|two star hotel|1 star|cheap stay|cheap hostel|budget stay|cheap lodging|cheapest hotel",
        Bed(Tier::Budget),
    ),
    (
        "3 star|three star|3 star hotel|three star hotel|mid range|midrange|mid priced|moderate hotel|mid range hotel|midrange hotel|decent hotel|comfortable hotel",
        Bed(Tier::Mid),
    ),
    (
        "5 star|five star|4 star|four star|5 star hotel|five star hotel|4 star hotel|four star hotel|boutique|boutique hotel|luxury hotel|luxurious hotel|fancy hotel|upscale hotel|high end hotel|nice hotel|posh hotel|design hotel|grand hotel|luxury accommodation|luxury stay|luxury resort",
        Bed(Tier::Upscale),
    ),
    (
        "cheap|cheaply|cheapest|on a budget|tight budget|low budget|small budget|shoestring|budget trip|budget travel|low cost|affordable|inexpensive|budget friendly|budget conscious|backpacking|backpacker|as cheap as possible|not too expensive|not expensive|frugal|economical|save money|student budget|cheapish|budget holiday|budget vacation|budget weekend|budget getaway|nothing expensive|nothing fancy",
        Level(Tier::Budget),
    ),
    (
        "luxury|luxurious|upscale|high end|splurge|fancy|posh|first class|deluxe|lavish|money is no object|no expense spared|spare no expense|premium|treat ourselves|opulent|glamorous",
        Level(Tier::Upscale),
    ),
    (
        "pet friendly|pet|dog|cat|wheelchair|accessible|wheelchair accessible|pool|swimming pool|air con|air conditioning|sea view room|smoking|direct flight|nonstop flight|non stop flight|direct flight only|business class|rental car|rent a car|hire a car|car rental|car hire|visa|insurance",
        Unheld,
    ),
];

const WAYS: &[(&str, Meaning)] = &[
    (
        "relaxed|relaxing|relax|slow|slowly|slow paced|slow travel|laid back|laidback|chill|chilled|chilling|easy going|easygoing|leisurely|leisure|no rush|not rushed|without rushing|not rushing|dont want to rush|not too busy|not too packed|not too much|not too full|not packed|not too hectic|unhurried|take it easy|gentle pace|lazy|time to breathe|easy pace|relaxed pace|slow pace|take our time|sleep in|lie in|low key|not too stressful|unwind|no stress|restful",
        Meaning::Pace(Pace::Relaxed),
    ),
    ("moderate pace|normal pace|balanced|moderate|medium pace|average pace", Meaning::Pace(Pace::Moderate)),
    (
        "packed|full day of|busy day|busy schedule|full day|full pace|fast paced|fast pace|action packed|see as much as possible|as much as possible|as many sight as possible|see everything|see it all|jam packed|jampacked|full on|energetic|cram|make the most of|maximise|maximize|non stop|nonstop|from dawn to dusk|full schedule|tight schedule|packed itinerary|do it all|do everything|hit all the|as much as we can|as much as i can|full program|full programme|ambitious schedule",
        Meaning::Pace(Pace::Full),
    ),
    ("flight|fly|flying|plane|airplane|aeroplane|air travel|airline|by plane|by air", Mode(TransportMode::Flight)),
    ("bus|buses|coach|long distance bus|overnight bus|bus ride", Mode(TransportMode::Bus)),
    (
        "drive|driving|car|self driving|self drive|drive ourselves|drive myself|driving ourselves|road trip by car",
        Mode(TransportMode::Car),
    ),
    ("train|rail|railway|train ride|rail travel", Mode(TransportMode::Train)),
    (
        "by train|by rail|train only|only train|only by train|by train only|only by rail|by rail only|take the train|taking the train|take a train|go by train|travel by train|overnight train|night train|sleeper train|only take train|interrail",
        Only(TransportMode::Train),
    ),
    (
        "by bus|by coach|by bus only|only by bus|bus only|go by bus|travel by bus|by coach only|take the bus there",
        Only(TransportMode::Bus),
    ),
    (
        "by car|road trip|roadtrip|by car only|drive there|driving there|only by car|take our own car|with our own car|with our car|with my car|in our own car|self drive trip|go by car",
        Only(TransportMode::Car),
    ),
    ("flight only|fly only|only flight|only fly|by plane only|only by plane", Only(TransportMode::Flight)),
    (
        "public transport|public transportation|public transit|metro|tram|subway|on foot|walking|walk|taxi|uber|tube",
        Nothing,
    ),
    (
        "no preference|no specific preference|no particular preference|flexible|open to anything|anything goes|surprise us|surprise me|up to you|no other preference|no restriction|no dietary restriction|eat anything|we eat everything|eat everything|no diet",
        Nothing,
    ),
];

#[cfg(test)]
mod tests {
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
            assert_eq!(meaning(&room.word().replace('_', " ")), Some(Room(*room)));
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
        for (phrases, _) in INTERESTS.iter().chain(KITCHENS).chain(MEALS).chain(STAYS).chain(WAYS) {
            for phrase in phrases.split('|') {
                let stems: Vec<String> = phrase.split_whitespace().map(stem).collect();
                assert!(seen.insert(stems.clone()), "{phrase}");
            }
        }
    }
}
