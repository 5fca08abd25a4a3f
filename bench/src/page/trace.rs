//! What a page did, frame by frame.

use serde_json::Value;

/// Work that runs scripts.
const SCRIPT: [&str; 7] = [
    "EventDispatch",
    "FireAnimationFrame",
    "FunctionCall",
    "EvaluateScript",
    "RunMicrotasks",
    "TimerFire",
    "v8.callFunction",
];

/// Work that finds out where things are.
const LAYOUT: [&str; 4] = [
    "Layout",
    "UpdateLayoutTree",
    "ScheduleStyleRecalculation",
    "UpdateLayerTree",
];

/// What begins a frame: the scroller's own turn.
const FRAME: &str = "FireAnimationFrame";

/// The events of a trace.
#[derive(Default)]
pub(super) struct Trace {
    /// When a frame began, in microseconds.
    frames: Vec<f64>,
    /// When script or layout ran: from and to.
    work: Vec<(f64, f64)>,
}

impl Trace {
    /// Adds events as the browser reports them.
    pub(super) fn add(&mut self, events: Value) {
        for event in events.as_array().into_iter().flatten() {
            let (Some(name), Some(at)) = (event["name"].as_str(), event["ts"].as_f64()) else {
                continue;
            };
            if name == FRAME {
                self.frames.push(at);
            }
            if (SCRIPT.contains(&name) || LAYOUT.contains(&name))
                && let Some(took) = event["dur"].as_f64()
            {
                self.work.push((at, at + took));
            }
        }
    }

    /// Milliseconds of script and layout in each frame, the fewest first. What runs within something else is
    /// counted once.
    pub(super) fn work_per_frame(mut self) -> Vec<f64> {
        self.frames.sort_by(f64::total_cmp);
        self.work.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut apart: Vec<(f64, f64)> = Vec::new();
        for (from, to) in self.work {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => apart.push((from, to)),
            }
        }
        let mut work: Vec<f64> = self
            .frames
            .windows(2)
            .map(|frame| match *frame {
                [begin, end] => {
                    let within = apart.iter().filter(|(from, _)| (begin..end).contains(from));
                    within.map(|(from, to)| (to - from) / 1e3).sum()
                }
                _ => 0.0,
            })
            .collect();
        work.sort_by(f64::total_cmp);
        work
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn work_within_work_is_counted_once_and_belongs_to_the_frame_that_it_began_in() {
        let mut trace = Trace::default();
        trace.add(json!([
            { "name": "FireAnimationFrame", "ts": 0, "dur": 3000 },
            { "name": "FunctionCall", "ts": 100, "dur": 2000 },
            { "name": "Layout", "ts": 2500, "dur": 1500 },
            { "name": "Paint", "ts": 5000, "dur": 9000 },
            { "name": "FireAnimationFrame", "ts": 16000, "dur": 1000 },
            { "name": "UpdateLayoutTree", "ts": 18000, "dur": 500 },
            { "name": "FireAnimationFrame", "ts": 32000, "dur": 1000 },
        ]));
        assert_eq!(trace.work_per_frame(), [1.5, 4.0]);
    }
}
