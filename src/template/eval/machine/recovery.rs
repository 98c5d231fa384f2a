//! Going on after an action that failed: what hangs on it is poisoned, the rest is executed.

use super::{Machine, Stop, Written};
use crate::template::eval::code::Effect;
use crate::template::eval::words::{self, Level};
use crate::template::eval::{Fault, FaultKind};
use crate::template::traced::CallId;
use crate::text::{FileId, Span};

/// Faults of one template that are told.
const MAX_FAULTS: usize = 50;

impl Machine<'_> {
    /// Skips the action of the innermost template, which failed. False where nothing below it can be executed without
    /// guessing.
    pub(super) fn recover(&mut self, stop: Stop) -> bool {
        let goes_on = match stop {
            Stop::Poisoned => true,
            Stop::Failed(kind, message) => self.record(kind, &message, &message),
            Stop::Worded(kind, message, words) => self.record(kind, &message, &words),
        };
        goes_on && self.skip()
    }

    /// False where the template ends with this fault: at a bound, where calls have no end, and where the chart itself says that what follows
    /// does not hold.
    fn record(&mut self, kind: FaultKind, message: &str, words: &str) -> bool {
        // The innermost text that somebody wrote.
        let frames = self.frames.iter().rev();
        let mut spans = frames.filter_map(|frame| Some((words::source(&frame.template, frame.at.range)?, frame.id)));
        let (span, calls) = spans.next().unwrap_or((Span::new(FileId(u32::MAX), 0, 0), CallId(0)));
        if !self.faults.iter().any(|old| old.span == span && old.message == message) {
            let helm = words::execution_error(&self.levels(), kind, words, self.environment.version);
            self.faults.push(Fault { span, message: message.to_owned(), kind, calls, helm });
        }
        matches!(kind, FaultKind::Execution | FaultKind::UndefinedTemplate) && self.faults.len() < MAX_FAULTS
    }

    fn levels(&self) -> Vec<Level<'_>> {
        let levels = self.frames.iter();
        levels.map(|frame| Level { template: &frame.template, at: frame.at, entered: frame.entered }).collect()
    }

    fn skip(&mut self) -> bool {
        let Some(frame) = self.frames.last_mut() else { return false };
        let Some((recovery, heights)) = frame.recovery.take() else { return false };
        let code = frame.template.code.clone();
        let Some(recovery) = code.recoveries.get(recovery as usize) else { return false };
        let (start, end) = recovery.effects;
        let effects = code.effects.get(start as usize..end as usize).unwrap_or_default();
        let mutates = self.environment.mutates;
        let unknown = |effect: &Effect| match effect {
            Effect::Assigns(_) => false,
            Effect::Mutates | Effect::Leaves => true,
            Effect::Calls => mutates,
        };
        if effects.iter().any(unknown) {
            return false;
        }
        frame.next = recovery.resume as usize;
        self.unwind(heights);
        self.missing = None;
        for effect in effects {
            // A variable of the skipped part itself is none of those that are there now.
            if let Effect::Assigns(name) = *effect
                && self.variable(name).is_some()
                && self.assign(name, None).is_err()
            {
                return false;
            }
        }
        self.vars.extend(recovery.declares.iter().map(|name| (*name, None)));
        if recovery.prints
            && let Some(Written { text, poisoned }) = self.outputs.last_mut()
            && poisoned.last() != Some(&(text.len() as u32))
        {
            poisoned.push(text.len() as u32);
        }
        true
    }
}
