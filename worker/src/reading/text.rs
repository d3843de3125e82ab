//! The request's words, folded for the rules, and a record of what the rules read of them.

use std::ops::Range;

use domain::brief::Source;

use super::fields::Field;

/// Stands in [`Text::open`] where a rule has read. No rule matches it.
pub(super) const READ: char = '\u{1}';

/// A text in two spellings. All ranges are byte offsets into the folded one.
pub(super) struct Text<'a> {
    original: &'a str,
    folded: String,
    open: String,
    /// For every byte of `folded`, and for its end: where in `original` it comes from.
    origins: Vec<usize>,
    refused: Vec<Range<usize>>,
    /// What rules read, and for which field, in the order of reading.
    reads: Vec<(Range<usize>, Field)>,
}

impl<'a> Text<'a> {
    /// Folds `original`: lower case, no accents, plain quotes and dashes, one space between words, `\n` between lines.
    pub(super) fn new(original: &'a str) -> Self {
        let mut text = Self {
            original,
            folded: String::new(),
            open: String::new(),
            origins: Vec::new(),
            refused: Vec::new(),
            reads: Vec::new(),
        };
        let mut piece = String::new();
        for (offset, character) in original.char_indices() {
            piece.clear();
            if character == '\n' {
                text.push_gap(offset, '\n');
            } else if character.is_whitespace() || character.is_control() {
                text.push_gap(offset, ' ');
            } else {
                fold(character, &mut piece);
                // A line that goes on in lower case was only wrapped.
                if character.is_lowercase() && text.folded.ends_with('\n') {
                    text.folded.pop();
                    text.folded.push(' ');
                }
                text.folded.push_str(&piece);
                text.origins.resize(text.folded.len(), offset);
            }
        }
        text.origins.push(original.len());
        text.open.clone_from(&text.folded);
        text
    }

    /// One gap between two words, however many characters it is made of; a line's end wins over a space.
    fn push_gap(&mut self, offset: usize, gap: char) {
        match self.folded.as_bytes().last() {
            None | Some(b'\n') => {}
            Some(b' ') => {
                if gap == '\n' {
                    self.folded.pop();
                    self.folded.push(gap);
                }
            }
            Some(_) => {
                self.folded.push(gap);
                self.origins.push(offset);
            }
        }
    }

    /// As it was written.
    pub(super) fn original(&self) -> &'a str {
        self.original
    }

    /// Everything, folded.
    pub(super) fn folded(&self) -> &str {
        &self.folded
    }

    /// What no rule has read yet; the rest is blanked, so that offsets agree with [`Self::folded`].
    pub(super) fn open(&self) -> &str {
        &self.open
    }

    /// Marks `range` as read for `field`: later rules do not see it.
    pub(super) fn take(&mut self, range: Range<usize>, field: Field) {
        self.reads.push((range.clone(), field));
        self.pass(range);
    }

    /// Notes `range` for `field` and leaves it to later rules, for which it says something else too.
    pub(super) fn cite(&mut self, range: Range<usize>, field: Field) {
        self.reads.push((range, field));
    }

    /// Marks `range` as read, with nothing for the brief in it.
    pub(super) fn pass(&mut self, range: Range<usize>) {
        self.open.replace_range(range.clone(), &READ.to_string().repeat(range.len()));
    }

    /// Marks `range` as understood but not representable: hidden from later rules, and listed as unread.
    pub(super) fn refuse(&mut self, range: Range<usize>) {
        self.pass(range.clone());
        self.refused.push(range);
    }

    /// Whether a rule has read any of `range`.
    pub(super) fn is_taken(&self, range: Range<usize>) -> bool {
        self.open[range].contains(READ)
    }

    pub(super) fn is_refused(&self, range: &Range<usize>) -> bool {
        self.refused.iter().any(|refused| refused.start < range.end && range.start < refused.end)
    }

    /// The words that each field was read from, in the text's order. Words for one field with nothing but a comma or an
    /// "and" between them are one entry.
    pub(super) fn sources(&self) -> Vec<Source> {
        let mut reads = self.reads.clone();
        reads.sort_by_key(|(range, field)| (range.start, *field));
        let mut merged: Vec<(Range<usize>, Field)> = Vec::new();
        for (range, field) in reads {
            let last = merged.iter_mut().rev().find(|(_, other)| *other == field);
            match last {
                Some((last, _)) if range.start <= last.end || is_joint(&self.folded[last.end..range.start]) => {
                    last.end = last.end.max(range.end);
                }
                _ => merged.push((range, field)),
            }
        }
        let source = |(range, field): &(Range<usize>, Field)| Source {
            field: field.word().to_owned(),
            words: self.original_of(range).to_owned(),
        };
        let mut sources: Vec<Source> = merged.iter().map(source).filter(|source| !source.words.is_empty()).collect();
        let mut known = std::collections::HashSet::new();
        sources.retain(|source| known.insert((source.field.clone(), source.words.clone())));
        sources
    }

    /// The folded range of `start..end` of the original.
    pub(super) fn range_of(&self, start: usize, end: usize) -> Range<usize> {
        let at = |offset: usize| self.origins.partition_point(|origin| *origin < offset).min(self.folded.len());
        at(start)..at(end)
    }

    /// The person's own spelling of `range`, trimmed.
    pub(super) fn original_of(&self, range: &Range<usize>) -> &'a str {
        let original = self.original;
        original[self.origins[range.start]..self.origins[range.end].max(self.origins[range.start])].trim()
    }

    /// Whether the person wrote the first letter of `range` in upper case.
    pub(super) fn is_capital(&self, range: &Range<usize>) -> bool {
        self.original_of(range).chars().next().is_some_and(char::is_uppercase)
    }

    /// Up to 48 bytes of the folded text before `at`.
    pub(super) fn before(&self, at: usize) -> &str {
        &self.folded[self.folded.ceil_char_boundary(at.saturating_sub(48))..at]
    }

    /// Up to 48 bytes of the folded text from `at` on.
    pub(super) fn after(&self, at: usize) -> &str {
        &self.folded[at..self.folded.floor_char_boundary(at.saturating_add(48))]
    }
}

/// Whether `gap` only joins what stands around it.
fn is_joint(gap: &str) -> bool {
    gap.len() <= 6 && ["", ",", "and", ", and", "or", ", or", "&", "/", "-", "+"].contains(&gap.trim_matches(' '))
}

/// `text` on its own, folded as requests are.
pub(super) fn folded(text: &str) -> String {
    Text::new(text).folded.trim().to_owned()
}

/// Appends the plain spelling of `character`; nothing for marks that only change the letter before them.
fn fold(character: char, into: &mut String) {
    // Full-width forms of ASCII, as East Asian keyboards give them.
    let character = match character {
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).expect("the block mirrors printable ASCII")
        }
        other => other,
    };
    for lower in character.to_lowercase() {
        match lower {
            '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}' | '\u{fe0f}' => {}
            'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => into.push('a'),
            'æ' => into.push_str("ae"),
            'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => into.push('c'),
            'ď' | 'đ' | 'ð' => into.push('d'),
            'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => into.push('e'),
            'ĝ' | 'ğ' | 'ġ' | 'ģ' => into.push('g'),
            'ĥ' | 'ħ' => into.push('h'),
            'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ'..='ị' => into.push('i'),
            'ĵ' => into.push('j'),
            'ķ' => into.push('k'),
            'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => into.push('l'),
            'ñ' | 'ń' | 'ņ' | 'ň' => into.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ'..='ợ' => into.push('o'),
            'œ' => into.push_str("oe"),
            'ŕ' | 'ŗ' | 'ř' => into.push('r'),
            'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => into.push('s'),
            'ß' => into.push_str("ss"),
            'ţ' | 'ť' | 'ŧ' | 'ț' => into.push('t'),
            'þ' => into.push_str("th"),
            'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ'..='ự' => into.push('u'),
            'ŵ' => into.push('w'),
            'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => into.push('y'),
            'ź' | 'ż' | 'ž' => into.push('z'),
            '‘' | '’' | 'ʼ' | '`' | '´' => into.push('\''),
            '“' | '”' | '„' | '«' | '»' => into.push('"'),
            '‐'..='―' | '−' => into.push('-'),
            '→' | '⟶' | '➔' => into.push_str("->"),
            '…' => into.push('.'),
            other => into.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_drops_case_accents_and_double_spaces() {
        assert_eq!(folded("  Zürich –  São\u{a0}Paulo,\tKÖLN\n\n Łódź’s  "), "zurich - sao paulo, koln\nlodz's");
    }

    #[test]
    fn ranges_lead_back_to_the_persons_own_spelling() {
        let text = Text::new("A  trip to Straßburg, s'il vous plaît");
        let start = text.folded().find("strassburg").unwrap();
        let range = start..start + "strassburg".len();
        assert_eq!(text.original_of(&range), "Straßburg");
        let from = "A  trip to ".len();
        assert_eq!(text.range_of(from, from + "Straßburg".len()), range);
        assert!(text.is_capital(&range));
    }

    #[test]
    fn what_was_taken_is_blank_for_later_rules() {
        let mut text = Text::new("4 days in Lisbon");
        text.pass(0..6);
        assert!(text.is_taken(0..16) && !text.is_taken(6..16));
        assert_eq!(text.open().len(), text.folded().len());
        assert!(!text.open().contains("days"));
    }

    #[test]
    fn sources_are_the_words_of_each_field_in_the_texts_order() {
        let mut text = Text::new("From BERLIN: Thai, Greek and  Indian food for two");
        for (word, field) in [
            ("for two", Field::Travellers),
            ("indian food", Field::Cuisines),
            ("thai", Field::Cuisines),
            ("greek", Field::Cuisines),
            ("berlin", Field::Origin),
        ] {
            let start = text.folded().find(word).unwrap();
            text.take(start..start + word.len(), field);
        }
        let sources: Vec<String> =
            text.sources().into_iter().map(|source| format!("{}={}", source.field, source.words)).collect();
        assert_eq!(sources, ["origin=BERLIN", "cuisines=Thai, Greek and  Indian food", "travellers=for two"]);
    }
}
