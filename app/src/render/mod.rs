//! How things look to people: as wide as their terminal, in colour only where colour is seen and wanted.

mod itinerary;
mod jobs;
mod progress;
mod storage;

use std::io::IsTerminal;

use console::{Style, Term};

use crate::environment;

pub(crate) use itinerary::itinerary;
pub(crate) use jobs::{job_table, status};
pub(crate) use progress::Progress;
pub(crate) use storage::storage;

/// Tables narrower than this cannot be read, and lines longer than [`WIDTH_MAX`] neither.
const WIDTH_MIN: usize = 40;
const WIDTH_MAX: usize = 120;
/// For files and pipes, which have no width.
const WIDTH_PIPED: usize = 100;

/// What the place where something is printed can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) colour: bool,
    pub(crate) width: usize,
    /// Lines may be drawn over.
    pub(crate) is_live: bool,
}

impl Look {
    pub(crate) fn stdout() -> Self {
        Self::of(std::io::stdout().is_terminal(), &Term::stdout())
    }

    pub(crate) fn stderr() -> Self {
        Self::of(std::io::stderr().is_terminal(), &Term::stderr())
    }

    fn of(is_terminal: bool, term: &Term) -> Self {
        let is_live = is_terminal && !environment::dumb_terminal();
        let measured = is_terminal.then(|| term.size_checked()).flatten().map(|(_, columns)| usize::from(columns));
        let width = measured.unwrap_or(WIDTH_PIPED).clamp(WIDTH_MIN, WIDTH_MAX);
        Self { colour: is_live && !environment::no_colour(), width, is_live }
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(Style::new().dim(), text)
    }

    pub(crate) fn green(self, text: &str) -> String {
        self.paint(Style::new().green(), text)
    }

    pub(crate) fn red(self, text: &str) -> String {
        self.paint(Style::new().red(), text)
    }

    pub(crate) fn yellow(self, text: &str) -> String {
        self.paint(Style::new().yellow(), text)
    }

    fn paint(self, style: Style, text: &str) -> String {
        if self.colour { style.force_styling(true).apply_to(text).to_string() } else { text.to_owned() }
    }
}

/// `text` in lines of at most `width` columns, each after `indent`.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let room = width.saturating_sub(console::measure_text_width(indent)).max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        let mut used = 0;
        for word in paragraph.split_whitespace() {
            let length = console::measure_text_width(word);
            if used > 0 && used + 1 + length > room {
                lines.push(format!("{indent}{line}"));
                line.clear();
                used = 0;
            }
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
        lines.push(format!("{indent}{line}"));
    }
    lines.join("\n")
}

/// Text of others, such as a model or a place's name, without what could steer a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three four", 10, "  "), "  one two\n  three\n  four");
        assert_eq!(wrap("", 10, "- "), "");
    }

    #[test]
    fn nothing_that_is_printed_steers_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{7}\nc"), "a[31mb\nc");
    }
}
