//! A history as a small chart of bars.

use crate::render::Look;

/// Lines of bars.
const ROWS: usize = 8;
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// What is drawn.
pub(super) struct Chart<'a> {
    /// Oldest first; not empty.
    pub(super) values: &'a [i64],
    /// What is waited for.
    pub(super) level: Option<i64>,
    /// A low value is what people wait for, and is not to get lost where several share a bar.
    pub(super) low_is_news: bool,
    pub(super) label: &'a dyn Fn(i64) -> String,
}

impl Chart<'_> {
    /// In lines of at most `look.width` columns: bars, the line of what is waited for, and the ends of the scale.
    pub(super) fn draw(&self, look: Look) -> Vec<String> {
        let ends = self.values.iter().copied().chain(self.level);
        let (low, high) = (ends.clone().min().unwrap_or(0), ends.max().unwrap_or(0));
        // A bar is never empty, and a flat history is drawn in the middle.
        let floor = low - ((high - low) / 8).max(1);
        let span = (high - floor).max(1);
        let row_of = |value: i64| usize::try_from((value - floor) * (ROWS as i64 - 1) / span).unwrap_or(0);
        let labels: Vec<(usize, String)> = [Some(low), self.level, Some(high)]
            .into_iter()
            .flatten()
            .map(|value| (row_of(value), (self.label)(value)))
            .collect();
        let margin = labels.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        let bars = self.bars(look.width.saturating_sub(margin + 3).max(1));
        let level_row = self.level.map(row_of);
        let mut lines = Vec::with_capacity(ROWS);
        for row in (0..ROWS).rev() {
            let label = labels.iter().rev().find(|(at, _)| *at == row).map_or("", |(_, label)| label.as_str());
            let is_level = level_row == Some(row);
            let axis = if is_level { '┼' } else { '│' };
            let cells: String = bars.iter().map(|value| self.cell(look, *value, row, floor, span, is_level)).collect();
            let padding = " ".repeat(margin - label.chars().count());
            lines.push(format!(" {padding}{label} {axis}{cells}").trim_end().to_owned());
        }
        lines
    }

    /// One value for each bar; where several share one, the one that matters most.
    fn bars(&self, most: usize) -> Vec<i64> {
        let per_bar = self.values.len().div_ceil(most).max(1);
        // The newest bar is whole.
        let first = self.values.len() % per_bar;
        let (head, rest) = self.values.split_at(first);
        let news = |values: &[i64]| {
            let values = values.iter().copied();
            if self.low_is_news { values.min() } else { values.max() }
        };
        [head].into_iter().chain(rest.chunks(per_bar)).filter_map(news).collect()
    }

    fn cell(&self, look: Look, value: i64, row: usize, floor: i64, span: i64, is_level: bool) -> String {
        let eighths = usize::try_from((value - floor) * (ROWS as i64 * 8) / span).unwrap_or(0);
        let filled = eighths.saturating_sub(row * 8).min(8);
        let crossed = self.level.is_some_and(|level| if self.low_is_news { value <= level } else { value >= level });
        let text = if filled == 0 && is_level { "─".to_owned() } else { EIGHTHS[filled].to_string() };
        if filled > 0 && crossed { look.green(&text) } else { text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(width: usize) -> Look {
        Look { colour: false, width, is_live: false }
    }

    fn draw(values: &[i64], level: Option<i64>, width: usize) -> Vec<String> {
        let label = |value: i64| format!("{value} EUR");
        Chart { values, level, low_is_news: true, label: &label }.draw(look(width))
    }

    #[test]
    fn a_falling_price_falls_and_crosses_the_line() {
        let lines = draw(&[300, 280, 260, 240, 220, 200], Some(220), 80);
        assert_eq!(lines.len(), ROWS);
        assert!(lines[0].starts_with(" 300 EUR │█"), "{lines:#?}");
        assert!(lines.iter().any(|line| line.contains("220 EUR ┼")), "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.contains('┼')).count(), 1, "{lines:#?}");
        let heights: Vec<usize> = (0..6)
            .map(|bar| {
                lines
                    .iter()
                    .filter(|line| {
                        line.split(['│', '┼'])
                            .nth(1)
                            .and_then(|cells| cells.chars().nth(bar))
                            .is_some_and(|cell| cell != ' ' && cell != '─')
                    })
                    .count()
            })
            .collect();
        assert!(heights.is_sorted_by(|left, right| left >= right) && heights[0] > heights[5], "{heights:?}");
    }

    #[test]
    fn it_fits_eighty_and_forty_columns_and_keeps_the_lowest_price() {
        let mut values: Vec<i64> = (0..500).map(|look| 300 + look % 7).collect();
        values[250] = 100;
        for width in [80, 40] {
            let lines = draw(&values, Some(120), width);
            assert!(lines.iter().all(|line| line.chars().count() <= width), "{lines:#?}");
            let last = lines.last().expect("rows");
            assert!(last.contains("100 EUR"), "{lines:#?}");
            assert!(lines[2].contains("█ █") || lines[2].contains("█  █"), "the drop is seen: {lines:#?}");
        }
    }

    #[test]
    fn one_look_and_a_flat_history_can_be_drawn() {
        assert_eq!(draw(&[200], None, 40).len(), ROWS);
        assert!(draw(&[200; 50], Some(200), 40).iter().any(|line| line.contains('█')));
    }

    #[test]
    fn colour_is_only_where_it_is_wanted() {
        let label = |value: i64| value.to_string();
        let chart = Chart { values: &[300, 100], level: Some(200), low_is_news: true, label: &label };
        assert!(!chart.draw(look(80)).join("").contains('\u{1b}'));
        assert!(chart.draw(Look { colour: true, ..look(80) }).join("").contains('\u{1b}'));
    }
}
