//! How alike two names are, for questions that offer the names that were perhaps meant.

use super::text::folded;

/// Names longer than this are cut before they are compared.
const NAME_CHARS_MAX: usize = 64;
/// Shared pairs of letters, of all pairs, in hundredths: less than this is no likeness.
const ALIKE_MIN: u32 = 20;

/// Up to `count_max` of `names` that look most like `folded_name`, in alphabetical order; the first ones of the
/// alphabet if none looks like it.
pub(super) fn closest(folded_name: &str, mut names: Vec<String>, count_max: usize) -> Vec<String> {
    names.sort();
    let mut scored: Vec<(u32, &String)> =
        names.iter().map(|name| (likeness(folded_name, &folded(name)), name)).collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let alike: Vec<String> = scored
        .iter()
        .take_while(|(score, _)| *score >= ALIKE_MIN)
        .take(count_max)
        .map(|(_, name)| (*name).clone())
        .collect();
    let mut options = if alike.is_empty() { names.into_iter().take(count_max).collect() } else { alike };
    options.sort();
    options
}

/// Like [`closest`], and none if no name looks much like it.
pub(super) fn misspelt(folded_name: &str, names: Vec<String>, count_max: usize) -> Vec<String> {
    const MISSPELT_MIN: u32 = 50;
    let alike = names.into_iter().filter(|name| likeness(folded_name, &folded(name)) >= MISSPELT_MIN).collect();
    closest(folded_name, alike, count_max)
}

/// Shared pairs of letters of two folded names, in hundredths: 100 for equal names, 0 for strangers.
pub(super) fn likeness(a: &str, b: &str) -> u32 {
    let (a, b) = (pairs(a), pairs(b));
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let mut rest = b.clone();
    let mut shared: usize = 0;
    for pair in &a {
        if let Some(at) = rest.iter().position(|other| other == pair) {
            rest.swap_remove(at);
            shared += 1;
        }
    }
    u32::try_from(200 * shared / (a.len() + b.len())).unwrap_or(0)
}

fn pairs(name: &str) -> Vec<(char, char)> {
    let letters: Vec<char> =
        std::iter::once(' ').chain(name.chars().take(NAME_CHARS_MAX)).chain(std::iter::once(' ')).collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).filter(|pair| *pair != (' ', ' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_among_the_closest() {
        let names = ["Rome", "Lisbon", "Prague", "Vienna", "Bangkok"].map(str::to_owned).to_vec();
        assert_eq!(closest("lisabon", names.clone(), 2), ["Lisbon"]);
        assert_eq!(closest("qqq", names, 2), ["Bangkok", "Lisbon"]);
    }

    #[test]
    fn likeness_is_full_for_equal_names_only() {
        assert_eq!(likeness("porto", "porto"), 100);
        assert!(likeness("porto", "oporto") > 70);
        assert_eq!(likeness("", "porto"), 0);
    }
}
