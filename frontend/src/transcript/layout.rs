//! Where records stand on the screen, the line that is still coming in included.

use super::Transcript;
use super::lines::Metrics;

impl Transcript {
    /// Lays the lines out anew.
    pub fn set_metrics(&mut self, metrics: Metrics) {
        self.lines.set_metrics(metrics);
    }

    /// How lines are laid out.
    pub fn metrics(&self) -> Metrics {
        self.lines.metrics()
    }

    /// The height of all in pixels.
    pub fn height(&self) -> f64 {
        self.lines.height() + self.tail_height()
    }

    /// How far below the top a record begins, in pixels.
    pub fn top(&self, record: usize) -> f64 {
        let tail = if record > self.lines.len() {
            self.tail_height()
        } else {
            0.0
        };
        self.lines.top(record) + tail
    }

    /// The record that stands at so many pixels below the top; the last one below all.
    pub fn at(&self, y: f64) -> usize {
        if self.tail.is_some() && !self.hides_tail() && y >= self.lines.height() {
            self.lines.len()
        } else {
            self.lines.at(y)
        }
    }

    /// Takes in how high a record turned out, and gives by how much that differs from what was thought.
    pub fn measured(&mut self, record: usize, height: f64) -> f64 {
        self.lines.measured(record, height)
    }

    /// Whether a gap stands above a record.
    pub fn has_gap(&self, record: usize) -> bool {
        self.lines.has_gap(record)
    }

    /// Whether the line that is still coming in is going into a closed fold.
    pub(super) fn hides_tail(&self) -> bool {
        self.tail
            .as_ref()
            .is_some_and(|tail| self.folds.hides_next(self.lines.len(), tail.run.exchange))
    }

    fn tail_height(&self) -> f64 {
        let metrics = self.lines.metrics();
        let is_shown = !self.hides_tail() && !self.is_swallowed(self.lines.len());
        let shown = self.tail.as_ref().filter(|_| is_shown);
        shown.map_or(0.0, |tail| {
            let columns = self.charset.columns(&tail.octets).max(1);
            columns.div_ceil(metrics.columns.max(1) as usize) as f64 * metrics.row
        })
    }
}
