//! How high lines stand: a sum for every block of lines, so that a million lines are found by their place on the
//! screen in microseconds.

use std::ops::Range;

use super::{BLOCK, Block, Lines, Metrics};

impl Lines {
    /// Lays the lines out anew.
    pub fn set_metrics(&mut self, metrics: Metrics) {
        if metrics == self.metrics {
            return;
        }
        self.metrics = metrics;
        self.lay_out_anew();
    }

    /// Lays the lines out as if nothing had been measured.
    pub(in super::super) fn lay_out_anew(&mut self) {
        self.heights.clear();
        for (block, records) in self.blocks.iter_mut().zip(self.records.chunks(BLOCK)) {
            block.rows = records.iter().map(|it| it.rows(self.metrics.columns)).sum();
            block.measured = 0.0;
        }
    }

    /// Counts anew how high the blocks of those records are.
    pub(super) fn recount(&mut self, records: Range<usize>) {
        let last = records.end.div_ceil(BLOCK).min(self.blocks.len());
        for number in records.start / BLOCK..last {
            let within = number * BLOCK..((number + 1) * BLOCK).min(self.records.len());
            let rows = within
                .clone()
                .map(|at| self.records[at].rows(self.metrics.columns));
            self.blocks[number].rows = rows.sum();
            self.blocks[number].measured = if self.heights.is_empty() {
                0.0
            } else {
                within.map(|at| self.record_height(at) - self.estimate(at)).sum()
            };
        }
    }

    /// How lines are laid out.
    pub fn metrics(&self) -> Metrics {
        self.metrics
    }

    /// The height of all in pixels.
    pub fn height(&self) -> f64 {
        self.blocks.iter().map(|block| self.block_height(block)).sum()
    }

    /// How far below the top a record begins, in pixels.
    pub fn top(&self, record: usize) -> f64 {
        let before = record / BLOCK;
        let blocks: f64 = self
            .blocks
            .iter()
            .take(before)
            .map(|block| self.block_height(block))
            .sum();
        let first = before * BLOCK;
        blocks
            + (first..record.min(self.records.len()))
                .map(|at| self.record_height(at))
                .sum::<f64>()
    }

    /// The record that stands at so many pixels below the top; the last one below all.
    pub fn at(&self, mut y: f64) -> usize {
        for (number, block) in self.blocks.iter().enumerate() {
            let height = self.block_height(block);
            if y >= height && number + 1 < self.blocks.len() {
                y -= height;
                continue;
            }
            let first = number * BLOCK;
            let end = (first + BLOCK).min(self.records.len());
            let mut last = end.saturating_sub(1);
            for record in first..end {
                let height = self.record_height(record);
                y -= height;
                if y < 0.0 {
                    return record;
                }
                if height > 0.0 {
                    last = record;
                }
            }
            return last;
        }
        0
    }

    /// The height of a record in pixels, its gap included.
    pub fn record_height(&self, record: usize) -> f64 {
        if self.heights.is_empty() {
            return self.estimate(record);
        }
        self.heights
            .get(&(record as u32))
            .copied()
            .unwrap_or_else(|| self.estimate(record))
    }

    /// The height that its columns come to.
    fn estimate(&self, record: usize) -> f64 {
        self.records.get(record).map_or(0.0, |it| {
            let gap = if it.has_gap() { self.metrics.gap } else { 0.0 };
            f64::from(it.rows(self.metrics.columns)) * self.metrics.row + gap
        })
    }

    /// Takes in how high a record turned out, and gives by how much that differs from what was thought.
    pub fn measured(&mut self, record: usize, height: f64) -> f64 {
        let differs = height - self.record_height(record);
        if differs.abs() < 0.5 || record >= self.records.len() {
            return 0.0;
        }
        self.heights.insert(record as u32, height);
        if let Some(block) = self.blocks.get_mut(record / BLOCK) {
            block.measured += differs;
        }
        differs
    }

    fn block_height(&self, block: &Block) -> f64 {
        f64::from(block.rows) * self.metrics.row + f64::from(block.gaps) * self.metrics.gap + block.measured
    }
}
