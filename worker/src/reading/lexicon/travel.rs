//! Beds, prices, pace and means of transport.

use domain::brief::{
    LodgingKind, Pace,
    RoomType::{EntirePlace, PrivateRoom, SharedRoom},
    Tier, TransportMode,
};

use super::Meaning::{self, Bed, House, Level, Mode, Nothing, Only, Rental, Rooms, Sharing, Unheld, Without};

pub(super) const STAYS: &[(&str, Meaning)] = &[
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
        "private room|own room|single room|double room|twin room|room to ourselves|room to myself|private double|en suite|ensuite|room of our own|room of my own|private bedroom|private type|private room type|separate room|individual room|private single room|room are private|room be private|room is private|room to be private|room private",
        Rooms(&[PrivateRoom]),
    ),
    (
        "shared room|dorm|dormitory|dorm bed|dorm room|hostel dorm|bed in a dorm|shared dorm|bunk bed|shared accommodation|shared lodging|shared bedroom|communal room|shared room type|bed in a shared room",
        Rooms(&[SharedRoom]),
    ),
    (
        "entire place|whole place|entire apartment|whole apartment|entire home|whole home|entire flat|whole flat|place to ourselves|place to myself|entire room|whole room|whole house|entire house|entire room to ourselves|entire room to myself|private apartment|whole place to ourselves|entire place to ourselves|whole apartment to ourselves|entire unit|whole unit|entire space|whole space|entire property|whole property|entire accommodation|whole accommodation|entire lodging|full apartment|full room|full house|complete apartment|complete room|exclusive use|house to ourselves|apartment to ourselves|accommodation to ourselves|home to ourselves|space to ourselves|place all to ourselves|place entirely to ourselves|entire rental|entire room type|entire suite|entire bedroom|entire villa|entire place to myself|private house|private home|all to ourselves|entirely to ourselves|room be entire|room are entire",
        Rooms(&[EntirePlace]),
    ),
    (
        "private or entire room|entire or private room|private or entire place|private or whole room|private room or entire place|entire room or private room|private room or entire room|entire place or private room|entire home or private room|private accommodation|private lodging|private place|private space|unshared room|unshared accommodation|unshared",
        Rooms(&[EntirePlace, PrivateRoom]),
    ),
    (
        "share|sharing|shared|share a room|share room|share our room|sharing a room|sharing room|sharing our room|room sharing|share with stranger|sharing with stranger|share with other|sharing with other|share with anyone|share accommodation|share our accommodation|sharing accommodation|share a room with stranger|shared with stranger|shared with other|shared space|share our space|share living space|share a space",
        Sharing,
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
        "pet friendly|pet|dog|cat|wheelchair|accessible|wheelchair accessible|pool|swimming pool|air con|air conditioning|sea view room|smoking|direct flight|nonstop flight|non stop flight|direct flight only|business class|visa|insurance",
        Unheld,
    ),
];

pub(super) const WAYS: &[(&str, Meaning)] = &[
    (
        "relaxed|relaxing|relax|slow|slowly|slow paced|slow travel|laid back|laidback|chill|chilled|chilling|easy going|easygoing|leisurely|leisure|no rush|not rushed|without rushing|not rushing|dont want to rush|not too busy|not too packed|not too much|not too full|not packed|not too hectic|unhurried|take it easy|gentle pace|lazy|time to breathe|easy pace|relaxed pace|slow pace|take our time|sleep in|lie in|low key|not too stressful|unwind|no stress|restful",
        Meaning::Pace(Pace::Relaxed),
    ),
    ("moderate pace|normal pace|balanced|moderate|medium pace|average pace", Meaning::Pace(Pace::Moderate)),
    (
        "packed|full day of|busy day|busy schedule|full day|full pace|fast paced|fast pace|action packed|see as much as possible|as much as possible|as many sight as possible|see everything|see it all|jam packed|jampacked|full on|energetic|cram|make the most of|maximise|maximize|non stop|nonstop|from dawn to dusk|full schedule|tight schedule|packed itinerary|do it all|do everything|hit all the|as much as we can|as much as i can|full program|full programme|ambitious schedule",
        Meaning::Pace(Pace::Full),
    ),
    (
        "flight|fly|flying|plane|airplane|aeroplane|air travel|airline|by plane|by air|aircraft|airfare|air transport|air transportation|airplane travel|plane travel|plane ride|flight travel|board a plane",
        Mode(TransportMode::Flight),
    ),
    (
        "overland|by land|over land|by land only|ground transport|ground transportation|ground travel|surface travel|flight free|fly free|stay on the ground",
        Without(TransportMode::Flight),
    ),
    ("bus|buses|coach|long distance bus|overnight bus|bus ride", Mode(TransportMode::Bus)),
    (
        "drive|driving|driver|car|self driving|self drive|self driven|drive ourselves|drive myself|driving ourselves|driving myself|road trip by car|behind the wheel|take the wheel|taking the wheel|get behind the wheel|be behind the wheel|sit behind the wheel|driving license|driving licence|driver license|driver licence|own car|personal car|private car|own vehicle|vehicle of our own|car of our own",
        Mode(TransportMode::Car),
    ),
    ("car free|carfree|drive free", Without(TransportMode::Car)),
    (
        "rental car|rent a car|renting a car|hire a car|hiring a car|car rental|car hire|hire car|rented car|rent car|renting car|rent any car|rental vehicle|rent a vehicle|renting a vehicle",
        Rental,
    ),
    (
        "taxi|taxis|cab|taxicab|uber|rideshare|ride share|ride sharing|ride hailing|lyft|taxi ride|cab ride",
        Mode(TransportMode::Taxi),
    ),
    ("by taxi only|only by taxi|taxi only|only taxi|by cab only", Only(TransportMode::Taxi)),
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
    ("public transport|public transportation|public transit|metro|tram|subway|on foot|walking|walk|tube", Nothing),
    (
        "no preference|no specific preference|no particular preference|flexible|open to anything|anything goes|surprise us|surprise me|up to you|no other preference|no restriction|no dietary restriction|eat anything|we eat everything|eat everything|no diet",
        Nothing,
    ),
];
