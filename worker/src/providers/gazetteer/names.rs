//! Finding cities by name, in a field and in free text, whatever the case, the diacritics and the punctuation.

use std::collections::HashMap;

use super::records::City;

/// Names that are English words as well, normalised: in free text they need their capital letter, so that "a nice
/// walk" is not a trip to Nice. Not every one of them is in the gazetteer today.
const COMMON_WORDS: [&str; 10] =
    ["bath", "cork", "hull", "male", "mobile", "nice", "orange", "reading", "split", "tours"];
/// Names up to this many letters (LA, SF, DC) need all their letters in capitals.
const SHORT_NAME_LETTERS_MAX: usize = 2;

/// How a name must be written in free text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    Any,
    Capitalised,
    AllCapitals,
}

impl Spelling {
    fn of(normalised: &str) -> Self {
        if normalised.chars().count() <= SHORT_NAME_LETTERS_MAX && normalised.is_ascii() {
            Self::AllCapitals
        } else if COMMON_WORDS.contains(&normalised) {
            Self::Capitalised
        } else {
            Self::Any
        }
    }

    fn allows(self, written: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Capitalised => written.starts_with(char::is_uppercase),
            Self::AllCapitals => written.chars().filter(|letter| letter.is_alphabetic()).all(char::is_uppercase),
        }
    }
}

/// Names of numbered things, as normalised words joined by one space.
#[derive(Debug)]
pub(crate) struct NameIndex {
    by_name: HashMap<String, Named>,
    /// Of the name with the most words.
    words_max: usize,
}

#[derive(Debug, Clone, Copy)]
struct Named {
    thing: usize,
    spelling: Spelling,
}

impl NameIndex {
    /// Names and aliases of cities; names go before aliases.
    pub(super) fn of_cities(cities: &[City]) -> Self {
        let names = cities.iter().enumerate().map(|(city, record)| (record.name.as_str(), city));
        let aliases = cities.iter().enumerate();
        let aliases = aliases.flat_map(|(city, record)| record.aliases.iter().map(move |alias| (alias.as_str(), city)));
        Self::new(names.chain(aliases))
    }

    /// Where two things share a name, the first one has it.
    pub(super) fn new<'a>(names: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let mut index = Self { by_name: HashMap::new(), words_max: 1 };
        names.for_each(|(name, thing)| index.insert(name, thing));
        index
    }

    fn insert(&mut self, name: &str, thing: usize) {
        let words: Vec<String> = words(name).into_iter().map(|word| word.normalised).collect();
        if words.is_empty() {
            return;
        }
        self.words_max = self.words_max.max(words.len());
        // "NewYork" and "Hongkong" are found as well.
        for spaced in [words.join(" "), words.concat()] {
            let spelling = Spelling::of(&spaced);
            self.by_name.entry(spaced).or_insert(Named { thing, spelling });
        }
    }

    /// The number of the thing with exactly this name; here the case never matters.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(&normalise(name)).map(|named| named.thing)
    }

    /// Start, end and thing of every name in the text, the longest first at each word, without overlap. One pass: at
    /// each word at most `words_max` look-ups.
    pub(super) fn mentions(&self, text: &str) -> Vec<(usize, usize, usize)> {
        let words = words(text);
        let mut found = Vec::new();
        let mut next = 0;
        while next < words.len() {
            match self.longest_at(text, &words[next..]) {
                Some((length, thing)) => {
                    found.push((words[next].start, words[next + length - 1].end, thing));
                    next += length;
                }
                None => next += 1,
            }
        }
        found
    }

    /// How many words the longest name at the start of `words` has, and its thing.
    fn longest_at(&self, text: &str, words: &[Word]) -> Option<(usize, usize)> {
        let mut phrase = String::new();
        let mut longest = None;
        for (position, word) in words.iter().take(self.words_max).enumerate() {
            if position > 0 {
                phrase.push(' ');
            }
            phrase.push_str(&word.normalised);
            if let Some(named) = self.by_name.get(&phrase)
                && named.spelling.allows(&text[words[0].start..word.end])
            {
                longest = Some((position + 1, named.thing));
            }
        }
        longest
    }
}

/// The text in lower case, without diacritics, its words joined by one space: `São Paulo` becomes `sao paulo`.
pub(crate) fn normalise(text: &str) -> String {
    words(text).into_iter().map(|word| word.normalised).collect::<Vec<_>>().join(" ")
}

struct Word {
    /// Byte offsets in the original text.
    start: usize,
    end: usize,
    normalised: String,
}

/// Splits at everything that is neither letter nor digit. An apostrophe inside a word is dropped (`Xi'an`), with a
/// following `s` it ends the word (`Lisbon's`); full stops after single letters join them (`D.C.`). Characters of
/// scripts that put no space between words are a word each.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, first)) = rest.next() {
        if !first.is_alphanumeric() {
            continue;
        }
        let mut word = Word { start, end: start + first.len_utf8(), normalised: String::new() };
        fold_into(first, &mut word.normalised);
        while !is_unspaced(first)
            && let Some((at, letter)) = rest.peek().copied()
        {
            if is_part_of_word(letter) {
                word.end = at + letter.len_utf8();
                fold_into(letter, &mut word.normalised);
            } else if !joins(&text[word.start..word.end], &text[at..]) {
                break;
            }
            rest.next();
        }
        words.push(word);
    }
    words
}

fn is_part_of_word(letter: char) -> bool {
    (letter.is_alphanumeric() && !is_unspaced(letter)) || is_combining(letter)
}

/// Whether the mark at the start of `rest` is inside the word that was read so far.
fn joins(so_far: &str, rest: &str) -> bool {
    let mut following = rest.chars();
    let mark = following.next();
    let letter = following.next().is_some_and(|next| next.is_alphanumeric() && !is_unspaced(next));
    match mark {
        Some('\'' | '’' | 'ʼ') => {
            let tail = &rest[mark.map_or(0, char::len_utf8)..];
            let possessive = tail.starts_with(['s', 'S']) && !tail[1..].starts_with(char::is_alphanumeric);
            letter && !possessive
        }
        Some('.') => {
            let initial = so_far.rsplit('.').next().is_some_and(|part| part.chars().count() == 1);
            letter && initial
        }
        _ => false,
    }
}

/// Combining diacritical marks: what decomposed text puts after a base letter.
fn is_combining(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Thai, Lao and Khmer; Kana, Han and Hangul, whose particles stick to the noun.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{eff}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}')
        || matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Appends the letter in lower case and without diacritics; covers the Latin blocks of Unicode up to Extended
/// Additional as far as city names use them.
fn fold_into(letter: char, out: &mut String) {
    for lower in letter.to_lowercase() {
        match lower {
            'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => out.push('a'),
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => out.push('c'),
            'ď' | 'đ' | 'ð' => out.push('d'),
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => out.push('e'),
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => out.push('g'),
            'ĥ' | 'ħ' => out.push('h'),
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ǐ' | 'ỉ'..='ị' => out.push('i'),
            'ķ' => out.push('k'),
            'ĺ' | 'ļ' | 'ľ' | 'ł' => out.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => out.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ǒ' | 'ọ'..='ợ' => out.push('o'),
            'ŕ' | 'ŗ' | 'ř' => out.push('r'),
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => out.push('s'),
            'ţ' | 'ť' | 'ț' => out.push('t'),
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ǔ' | 'ụ'..='ự' => out.push('u'),
            'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            combining if is_combining(combining) => {}
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_case_diacritics_and_punctuation() {
        for (written, normalised) in [
            ("São Paulo", "sao paulo"),
            ("Sa\u{303}o  PAULO", "sao paulo"),
            ("Xi'an", "xian"),
            ("Washington, D.C.", "washington dc"),
            ("St. Louis", "st louis"),
            ("St.Louis", "st louis"),
            ("İstanbul", "istanbul"),
            ("Straßburg", "strassburg"),
            ("Thành phố Hồ Chí Minh", "thanh pho ho chi minh"),
            ("Tel Aviv-Yafo", "tel aviv yafo"),
            ("Lisbon's", "lisbon s"),
            ("東京", "東 京"),
        ] {
            assert_eq!(normalise(written), normalised, "{written}");
        }
    }
}
