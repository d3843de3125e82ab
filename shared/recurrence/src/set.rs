/// Numbers below 64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Set(u64);

impl Set {
    pub(crate) fn insert(&mut self, number: u32) {
        debug_assert!(number < 64, "fields of an expression are small");
        self.0 |= 1 << number;
    }

    /// The remainders by `divisor`.
    pub(crate) fn modulo(self, divisor: u32) -> Self {
        let mut remainders = Self::default();
        self.iter().for_each(|number| remainders.insert(number % divisor));
        remainders
    }

    pub(crate) fn contains(self, number: u32) -> bool {
        number < 64 && self.0 & (1 << number) != 0
    }

    /// The least of them that is not below `from`.
    pub(crate) fn next_from(self, from: u32) -> Option<u32> {
        let rest = if from < 64 { self.0 >> from } else { 0 };
        (rest != 0).then(|| from + rest.trailing_zeros())
    }

    pub(crate) fn len(self) -> u32 {
        self.0.count_ones()
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |number| self.contains(*number))
    }

    /// The only one.
    pub(crate) fn single(self) -> Option<u32> {
        (self.len() == 1).then(|| self.0.trailing_zeros())
    }

    /// The step, when they are all multiples of it below `end`.
    pub(crate) fn step(self, end: u32) -> Option<u32> {
        (1..end).find(|step| (0..end).all(|number| self.contains(number) == (number % step == 0)))
    }
}
