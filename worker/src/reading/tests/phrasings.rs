//! The many ways to say one thing, each beside a sentence that says the rest.

use super::*;
use crate::reading::tests::atlas::Atlas;

/// Reads every phrase after `base` and compares what is named beside it.
#[track_caller]
fn check_after(base: &str, phrases: &[(&str, &str)]) {
    check(&Atlas, phrases.iter().map(|(phrase, expected)| (format!("{base} {phrase}"), *expected)));
}

const BASE: &str = "A trip from Denver to Dallas, 3 to 5 March 2027, 1500 USD.";

#[test]
fn houses_must_not_forbid_what_is_asked_for() {
    check_after(
        BASE,
        &[
            ("Our terrier travels with us, so dogs have to be welcome.", "allows=pets"),
            ("Any place will do as long as it takes pets.", "allows="),
            ("Any place will do as long as it accepts pets.", "allows=pets; unread="),
            ("We are taking our cat along.", "allows=pets; unread="),
            ("The hotel has to be dog-friendly.", "allows=pets; kind=hotel"),
            ("Only houses where animals are permitted, please.", "allows=pets"),
            ("Our two dogs will join us.", "allows=pets; people=2+0"),
            ("Lodging without restrictions on pets is needed.", "allows=pets"),
            ("We don't have any pets.", "allows="),
            ("No need for pet-friendly rooms.", "allows="),
            ("I am a smoker and want to smoke in the room.", "allows=smoking; people=1+0"),
            ("Smoking has to be allowed where we sleep.", "allows=smoking"),
            ("A smoking room would be ideal.", "allows=smoking"),
            ("We'd be glad of a flat in which smoking isn't forbidden.", "kind=apartment; allows=smoking"),
            ("Accommodation should be lenient about smoking.", "allows=smoking"),
            ("A non-smoking room, please.", "allows=; unread=A non-smoking room"),
            ("We are non-smokers.", "allows="),
            ("Please, no smoking.", "allows="),
            ("It's my birthday and I will throw a party at the house.", "allows=parties; not="),
            ("We need a house that is good for parties.", "allows=parties"),
            ("The rental must let us host a small get-together.", "allows=parties"),
            ("Parties should be permissible.", "allows=parties; likes="),
            ("We'd like to celebrate with a party where we stay, so parties must be permitted.", "allows=parties"),
            ("We won't be hosting any parties.", "allows="),
            ("There is no need to allow parties.", "allows=; not="),
            ("We need entire rooms where we can party.", "allows=parties; room=entire_place"),
            ("The rental should be one where parties can be held.", "allows=parties"),
            ("5 people + pets.", "allows=pets"),
            ("Pets are coming.", "allows=pets"),
            ("For 4 people. We have a toddler.", "allows=children; people=3+1"),
            ("Some visitors may come by our place, so that should be fine.", "allows=visitors"),
            ("We are a party of six.", "allows=; people=6+0"),
            ("We love parties and nightlife.", "allows=; likes=nightlife"),
            ("Friends might come over, so guests must be allowed.", "allows=visitors"),
            ("We want to have visitors in the evenings.", "allows=visitors"),
            ("The place should be visitor-friendly.", "allows=visitors"),
            ("It is essential that our lodgings permit us to have guests over.", "allows=visitors"),
            ("We will be seeing relatives and hope to invite a few people over.", "allows=visitors"),
            ("We don't expect any visitors.", "allows="),
            ("The rooms have to be fine for kids under 10.", "allows=children"),
            ("Children below the age of ten must be accepted.", "allows=children; people=1+0"),
            ("Our lodging has to cater to young children.", "allows=children"),
            ("We are 4 people, among them our baby.", "allows=children; people=3+1"),
            ("We are a group of 3 with our toddler.", "allows=children; people=2+1"),
            ("We travel with our kids, aged 4 and 7.", "allows=children"),
            ("We travel with our sons, aged 12 and 15.", "allows="),
            ("For 2 people who bring small children: the apartment must welcome them.", "allows=children; people=1+1"),
            ("It must accept both pets and young children.", "allows=pets,children"),
            ("Smoking and parties need to be allowed.", "allows=smoking,parties"),
            ("No smoking restrictions, please.", "allows=smoking"),
            ("The landlord should let kids under 10 stay.", "allows=children"),
            ("House rules: pets.", "allows=pets; unread="),
            ("We look for activities suitable for kids.", "allows="),
            ("No particular house rules are needed.", "allows="),
        ],
    );
}

#[test]
fn rooms_are_entire_private_or_shared() {
    check_after(
        BASE,
        &[
            ("We want the house to ourselves.", "room=entire_place"),
            ("Could we rent entire homes?", "room=entire_place; unread="),
            ("We'd stay in an entire apartment.", "room=entire_place; kind=apartment"),
            ("The whole place should be ours alone: an entire unit.", "room=entire_place"),
            ("Entire rooms would suit us best.", "room=entire_place"),
            ("Private rooms, if you can.", "room=private_room"),
            ("I'd want a room of my own.", "room=private_room"),
            ("Each of us needs a private room.", "room=private_room"),
            ("A bed in a shared room is enough.", "room=shared_room"),
            ("Shared rooms suit our purse.", "room=shared_room"),
            ("Dorms are okay.", "room=shared_room"),
            ("Rooms must not be shared.", "room=entire_place,private_room; unread="),
            ("We'd rather not share a room.", "room=entire_place,private_room"),
            ("Anything except shared rooms.", "room=entire_place,private_room"),
            ("I wouldn't share with strangers.", "room=entire_place,private_room"),
            ("We avoid shared rooms.", "room=entire_place,private_room"),
            ("Sharing rooms is out of the question.", "room=entire_place,private_room"),
            ("Non-shared rooms only.", "room=entire_place,private_room"),
            ("We would prefer accommodations that aren't shared.", "room=entire_place,private_room"),
            ("Entire rooms, not shared rooms.", "room=entire_place"),
            ("Private or entire rooms are both fine.", "room=entire_place,private_room"),
            ("An entire place or a private room.", "room=entire_place,private_room"),
            ("Rooms should be private.", "room=private_room; unread="),
            ("Room type: entire.", "room=entire_place"),
            ("Rooms that are shared won't do.", "room=entire_place,private_room"),
            ("No preference about rooms.", "room=; unread="),
        ],
    );
}

#[test]
fn kitchens_are_eaten_when_liked_and_only_then() {
    check_after(
        BASE,
        &[
            ("We'd love to try Thai, Korean, and Greek cuisines.", "food=thai,korean,greek; unread="),
            ("Dining preferences: Mexican and Indian.", "food=mexican,indian"),
            ("We are fond of French food.", "food=french"),
            ("For dinner, something Italian.", "food=italian"),
            ("A blend of Chinese and American dishes, please.", "food=chinese,american"),
            (
                "Food should include local favourites such as Mediterranean and Lebanese.",
                "food=mediterranean,lebanese; likes=",
            ),
            ("Interested in tasting Vietnamese, Japanese and Spanish.", "food=vietnamese,japanese,spanish"),
            ("What about food? French and Italian, please.", "food=french,italian"),
            ("Our taste buds crave Ethiopian.", "food=ethiopian"),
            ("As far as meals go, we like Indian, Thai or Chinese.", "food=indian,thai,chinese"),
            ("We enjoy seafood and Peruvian restaurants.", "food=seafood,peruvian"),
            ("We would relish Cajun flavors.", "food=creole"),
            ("No Indian food.", "food="),
            ("We don't like Indian, Thai or Mexican food.", "food="),
            ("Any cuisine but no Chinese.", "food="),
            ("Avoid Mexican, Greek and Turkish restaurants.", "food="),
            ("We don't like Indian food, but we love Greek food.", "food=greek"),
            ("No preference for cuisine.", "food=; unread="),
            ("We'd like Mexican food; no French food.", "food=mexican"),
            ("Smoking is fine. American, Chinese, Mexican and French.", "food=american,chinese,mexican,french"),
            ("Foodwise, Indian and Thai are our favourites.", "food=indian,thai"),
            ("We fancy Chinese.", "food=chinese"),
            ("Thai and Italian cuisine, and self-driving is not wanted.", "food=thai,italian; avoid=car"),
            ("We are French and live by American time.", "food="),
            ("We love French architecture and American history.", "food="),
            ("I'm allergic to fish and shellfish.", "food=; unread=I'm allergic to fish | shellfish"),
            ("Vegetarian food, Indian if possible.", "food=indian; diet=vegetarian"),
        ],
    );
}

#[test]
fn means_of_transport_are_left_out_when_denied() {
    check_after(
        BASE,
        &[
            ("No flights.", "avoid=flight"),
            ("We travel without flying.", "avoid=flight"),
            ("The journey must not involve any flights.", "avoid=flight; unread="),
            ("We'd prefer not to take flights.", "avoid=flight"),
            ("We don't fly.", "avoid=flight"),
            ("We would rather stay off planes.", "avoid="),
            ("Planes are out of the question.", "avoid=flight; unread="),
            ("Flying isn't an option.", "avoid=flight"),
            ("Transportation free of flights, please.", "avoid=flight"),
            ("My wife is afraid of flying.", "avoid=flight"),
            ("We would like to go overland.", "avoid=flight"),
            ("Please rule out air travel.", "avoid=flight"),
            ("We do not plan on self-driving.", "avoid=car; unread="),
            ("Non-self-driving transport only, and Thai food.", "avoid=car; food=thai"),
            ("No driving.", "avoid=car"),
            ("We won't drive ourselves.", "avoid=car"),
            ("I would rather not rent a car.", "avoid=car; unread="),
            ("We have no driving licence.", "avoid=car"),
            ("None of us drives.", "avoid=car"),
            ("Self-driving is not in our plans.", "avoid=car"),
            ("We are not planning on driving ourselves around.", "avoid=car"),
            ("Driving should be avoided.", "avoid=car"),
            ("Planes: no.", "avoid=flight"),
            ("Driving on our own is something we want to avoid.", "avoid=car"),
            ("Neither of us wants to take the wheel.", "avoid=car"),
            ("Flights make us nervous.", "avoid=flight"),
            ("No taxis, please.", "avoid=taxi"),
            ("Neither planes nor taxis.", "avoid=flight,taxi"),
            ("No flights, buses or taxis.", "avoid=flight,bus,taxi"),
            ("We want to avoid flights, buses and taxis.", "avoid=flight,bus,taxi"),
            ("By train only.", "avoid=flight,bus,car,taxi"),
            ("We will fly.", "avoid="),
            ("A taxi from the station is fine.", "avoid="),
            ("We don't mind flying.", "avoid="),
            ("Instead of driving we would like to take the train.", "avoid=flight,bus,car,taxi"),
            ("No preference regarding transportation.", "avoid=; unread="),
        ],
    );
}

#[test]
fn people_are_counted_as_stated() {
    check_after(
        "A trip from Denver to Dallas, 3 to 5 March 2027, 1500 USD,",
        &[
            ("for a group of 7.", "people=7+0"),
            ("for a party of five.", "people=5+0"),
            ("for a pair.", "people=2+0"),
            ("for a pair of travellers.", "people=2+0"),
            ("for two individuals.", "people=2+0"),
            ("just for myself.", "people=1+0"),
            ("a single-person trip.", "people=1+0"),
            ("for a lone traveller.", "people=1+0"),
            ("travelling unaccompanied.", "people=1+0"),
            ("family of 4.", "people=2+2"),
            ("my wife and I and our two kids.", "people=2+2"),
            ("three friends and me.", "people=4+0"),
            ("me and three friends.", "people=4+0"),
            ("2 people; we bring our kids.", "people=1+1"),
            ("2 adults and 2 children.", "people=2+2"),
            ("a couple with 2 kids.", "people=2+2"),
            ("a 5-person group.", "people=5+0"),
            ("our party has eight members.", "people=8+0"),
            ("there are six of us.", "people=6+0"),
            ("for a trio.", "people=3+0"),
            ("we number three: three travelers.", "people=3+0"),
            ("a group of six friends.", "people=6+0"),
            ("for the two of us.", "people=2+0"),
            ("number of people: 4.", "people=4+0"),
            ("for 12 persons.", "people=12+0"),
            ("our group is 4 strong.", "people=4+0"),
            ("for a couple with kids.", "people=1+1"),
            ("solo, and nobody else.", "people=1+0"),
        ],
    );
}

#[test]
fn budgets_are_read_in_any_spelling() {
    check_after(
        "A trip from Denver to Dallas for 2 people, 3 to 5 March 2027.",
        &[
            ("The budget is $1,700.", "budget=1,700 USD"),
            ("1,700 dollars is what we have.", "budget=1,700 USD"),
            ("USD 1700 at most.", "budget=1,700 USD"),
            ("Spending is capped at $1,700.", "budget=1,700 USD"),
            ("Keep it within 1700 US dollars.", "budget=1,700 USD"),
            ("Our budget is set at around $1.7k.", "budget=1,700 USD"),
            ("We can spend two thousand dollars.", "budget=2,000 USD"),
            ("We can spend two thousand five hundred dollars.", "budget=2,500 USD"),
            ("The budget is fifteen hundred dollars.", "budget=1,500 USD"),
            ("Costs must not exceed $1,700.", "budget=1,700 USD"),
            ("The budget: twelve thousand USD.", "budget=12,000 USD"),
            ("We have set aside $1,700.00 in total.", "budget=1,700 USD"),
            ("$500 each.", "budget=1,000 USD"),
            ("We can afford 200 dollars a day per person.", "budget=1,200 USD"),
            ("No more than 1700 bucks altogether.", "budget=1,700 USD"),
            ("The revised budget now stands at $1,700.", "budget=1,700 USD"),
            ("Our budget ranges from $1,500 to $1,700.", "budget=1,700 USD"),
            ("A budget of a thousand dollars.", "budget=1,000 USD"),
            ("Three hundred and fifty euros should do.", "budget=350 EUR"),
        ],
    );
}

#[test]
fn spans_of_days_are_read_in_any_form() {
    let week = "start=2027-03-16; end=2027-03-18; unread=";
    let forms = [
        "from March 16th to March 18th, 2027",
        "between March 16th and 18th, 2027",
        "from the 16th of March to the 18th of March, 2027",
        "from the 16th to the 18th of March, 2027",
        "the 16th to the 18th of March",
        "March 16-18, 2027",
        "16-18 March",
        "2027-03-16 to 2027-03-18",
        "03/16/2027 - 03/18/2027",
        "starting March 16th, 2027 for 3 days",
        "beginning on March 16th and concluding on March 18th, 2027",
        "March 16 through March 18, 2027",
        "from Mar 16 until Mar 18, 2027",
        "leaving on 16 March 2027 and coming back on 18 March",
        "three days from March 16th, 2027",
        "between the 16th and the 18th of March 2027",
        "with travel dates of March 16 to 18",
        "from March 16th, 2027 through March 18th, 2027",
        "16/03/2027 to 18/03/2027",
        "in March 2027, from the 16th to the 18th",
        "on March 16th, 17th and 18th, 2027",
        "over the dates 16 March – 18 March 2027",
        "spanning 3 days from March 16 to March 18",
        "set for March 16th to March 18th of 2027",
        "arriving on March 16th and departing on March 18th, 2027",
        "scheduled from Tuesday, March 16th to Thursday, March 18th, 2027",
    ];
    check(&Atlas, forms.iter().map(|form| (format!("A trip from Denver to Dallas {form}, for two."), week)));
    for (form, expected) in [
        ("from 30 March to 2 April 2027", "start=2027-03-30; end=2027-04-02"),
        ("from March 30th to April 2nd, 2027 (4 days)", "days=4"),
        ("a week from March 1st to March 7th, 2027", "days=7"),
        ("for one week from March 1st to March 8th, 2027", "days=8"),
        ("a week-long trip from 1 to 7 March 2027", "days=7"),
        ("for 7 days between the 1st and 7th of March 2027", "days=7"),
        ("from December 30th, 2026 to January 2nd, 2027", "start=2026-12-30; days=4"),
    ] {
        check(&Atlas, std::iter::once((format!("A trip from Denver to Dallas {form}, for two."), expected)));
    }
}

#[test]
fn every_field_names_the_words_it_was_read_from() {
    let query = "From Denver to 2 cities in Texas, 3 to 7 March 2027, for two people, $2,500; pets allowed, private rooms, \
                 Thai and Greek food, no flights, vegan, relaxed, art. See the Alamo!";
    let Reading::Brief(brief) = reading_in(&Atlas, &request(query), &[]) else { panic!("asked") };
    let sources: Vec<String> =
        brief.sources.iter().map(|source| format!("{}={}", source.field, source.words)).collect();
    assert_eq!(
        sources,
        [
            "origin=Denver",
            "destination=2 cities in Texas",
            "start_date=3 to 7 March 2027",
            "end_date=3 to 7 March 2027",
            "travellers=two people",
            "budget=$2,500",
            "lodging=pets allowed, private rooms",
            "cuisines=Thai and Greek food",
            "avoid_transport=flights",
            "diet=vegan",
            "pace=relaxed",
            "interests=art",
        ]
    );
    assert_eq!(brief.unread, ["See the Alamo"]);
    let fields = Constraints { days: Some(5), travellers: Some(3), ..Constraints::default() };
    let Reading::Brief(brief) = reading_in(&Atlas, &with(query, fields), &[]) else { panic!("asked") };
    assert!(brief.sources.iter().all(|source| source.field != "travellers" && source.field != "end_date"));
}

#[test]
fn polite_words_are_not_listed_and_unknown_ones_are() {
    check_after(
        BASE,
        &[
            ("Could you help us with this plan? Thank you so much in advance!", "unread="),
            (
                "Please note that we have no specific preferences about house rules, cuisine, accommodations, or transportation.",
                "unread=",
            ),
            ("I don't have any particular requirements for lodging or food.", "unread="),
            ("We look forward to your suggestions.", "unread="),
            ("There are no dietary restrictions.", "unread="),
            ("We collect old typewriters.", "unread=We collect old typewriters"),
            ("A balcony would be great.", "unread=A balcony would be great"),
            ("My ferret comes along.", "unread=My ferret comes along"),
        ],
    );
}
