//! Finding names in free text: whole words, whatever the case and the punctuation between them, the longest first.

/// What may stand between the words of one name: `St. Louis`, `Winston-Salem`, `Coeur d'Alene`.
const JOINTS: [char; 5] = [' ', '.', '-', '\'', '’'];

/// Names of numbered things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NameIndex {
    /// Each as its words in lower case; those with the most words first.
    names: Vec<(Vec<String>, usize)>,
}

/// A name that a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Byte offsets of the first letter, and after the last one.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Its number.
    pub(super) thing: usize,
}

struct Word {
    start: usize,
    end: usize,
    lower: String,
}

impl NameIndex {
    /// Things are numbered from 0 in the order of their names.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let split = |name| words(name).into_iter().map(|word| word.lower).collect::<Vec<_>>();
        let mut names: Vec<_> = names.map(split).zip(0..).filter(|(words, _)| !words.is_empty()).collect();
        names.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        Self { names }
    }

    /// The thing with exactly this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        let wanted = words(name);
        let is_it = |own: &[String]| own.len() == wanted.len() && own.iter().zip(&wanted).all(|(a, b)| *a == b.lower);
        self.names.iter().find(|(own, _)| is_it(own)).map(|(_, thing)| *thing)
    }

    /// Every name in the text, from left to right, without overlap.
    pub(super) fn mentions(&self, text: &str) -> Vec<Found> {
        let words = words(text);
        let mut found = Vec::new();
        let mut next = 0;
        while next < words.len() {
            let here = self.names.iter().find(|(name, _)| starts_with(text, &words[next..], name));
            if let Some((name, thing)) = here {
                let end = words[next + name.len() - 1].end;
                found.push(Found { start: words[next].start, end, thing: *thing });
            }
            next += here.map_or(1, |(name, _)| name.len());
        }
        found
    }
}

fn starts_with(text: &str, words: &[Word], name: &[String]) -> bool {
    let are_equal = words.len() >= name.len() && name.iter().zip(words).all(|(own, word)| *own == word.lower);
    are_equal
        && words[..name.len()]
            .windows(2)
            .all(|pair| text[pair[0].end..pair[1].start].chars().all(|c| JOINTS.contains(&c)))
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (start, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
        let end = start + letter.len_utf8();
        match words.last_mut().filter(|word| word.end == start) {
            Some(word) => {
                word.end = end;
                word.lower.extend(letter.to_lowercase());
            }
            None => words.push(Word { start, end, lower: letter.to_lowercase().collect() }),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<'a>(names: &[&str], text: &'a str) -> Vec<&'a str> {
        let index = NameIndex::new(names.iter().copied());
        index.mentions(text).iter().map(|found| &text[found.start..found.end]).collect()
    }

    #[test]
    fn names_with_dots_are_found_in_any_case_without_the_full_stop_behind_them() {
        let names = ["St. Petersburg", "Sault Ste. Marie", "Washington"];
        let text = "from ST. PETERSBURG via sault ste marie to Washington.";
        assert_eq!(written(&names, text), ["ST. PETERSBURG", "sault ste marie", "Washington"]);
    }

    #[test]
    fn the_longest_name_wins_and_parts_of_words_are_none() {
        let names = ["York", "New York", "New York City", "Kansas"];
        assert_eq!(written(&names, "New York City, new york; Yorkshire and Arkansas"), ["New York City", "new york"]);
        assert_eq!(written(&["Salt Lake"], "salt, lake"), [""; 0], "a comma separates");
    }

    #[test]
    fn a_field_is_a_whole_name() {
        let index = NameIndex::new(["St. Louis", "Moab"].into_iter());
        assert_eq!((index.find("st louis"), index.find("Moab "), index.find("Moab, Utah")), (Some(0), Some(1), None));
    }
}
