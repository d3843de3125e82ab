//! Which rows of a table a plan can name.
//!
//! In the plan file a name is the only key of a restaurant, a bed or a sight, and it is looked up as the *first* row of
//! the city whose name contains it. A row behind another one that contains its name would be taken for that one, with
//! its price and its rules; it cannot be named, and therefore cannot be offered.

/// The positions of `names`, the names of one city's table in its order, that a plan can name.
pub(super) fn nameable(names: &[&str]) -> Vec<usize> {
    let is_first = |at: usize| {
        let name = names[at].trim();
        is_writable(name) && !names[..at].iter().any(|earlier| earlier.contains(name))
    };
    (0..names.len()).filter(|&at| is_first(at)).collect()
}

/// A list of sights is separated by semicolons, and of a name with a line break only the last line is read.
fn is_writable(name: &str) -> bool {
    !name.is_empty() && !name.contains(['\n', '\r', ';'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_an_earlier_row_contains_cannot_be_told_from_it() {
        let names = ["Pizza Hut Delivery", "Pizza Hut", "Subway", "Subway", "Sub", "The Subway Grill"];
        assert_eq!(nameable(&names), [0, 2, 5]);
    }

    #[test]
    fn a_longer_name_behind_a_shorter_one_is_its_own_key() {
        assert_eq!(nameable(&["Cafe", "Cafe Noir"]), [0, 1]);
    }

    #[test]
    fn names_that_the_file_cannot_hold_are_left_out() {
        assert_eq!(nameable(&["A\nB", "", "  ", "Rock; Roll", "Salt, Lake (old) "]), [4]);
    }
}
