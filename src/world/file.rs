//! A file, and the cells in which it remembers what its text alone says.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::allow::{self, Allow};
use crate::config;
use crate::helm::outline::Outline;
use crate::model::config_template;
use crate::model::value_reads::ValueReads;
use crate::model::written::{self, Written};
use crate::reads::{self, Mark, Marked};
use crate::template::mentions::Mentions;
use crate::template::{self, Syntax};
use crate::text::Splice;
use crate::vfs::Source;

/// A file and, once somebody asked, its template syntax, its outline, and what its comments allow.
pub struct File {
    pub source: Arc<Source>,
    pub(super) mark: Mark,
    syntax: OnceLock<Syntax>,
    outline: OnceLock<Box<Outline>>,
    allows: OnceLock<Vec<Allow>>,
    config: OnceLock<Box<config::Read>>,
    mentions: OnceLock<Mentioned>,
    /// Those of the former state of the file.
    mentions_before: OnceLock<Mentioned>,
    written: OnceLock<WrittenHere>,
    written_before: OnceLock<WrittenHere>,
    variables: OnceLock<BTreeSet<String>>,
    sets_values: OnceLock<bool>,
    value_reads: OnceLock<Box<ValueReads>>,
}

/// What a file mentions: after most edits it is the same.
type Mentioned = (Arc<Mentions>, Mark);

/// The objects that a file writes: as [`Mentioned`].
type WrittenHere = (Arc<[Written]>, Mark);

impl File {
    pub fn new(source: Arc<Source>) -> Self {
        Self {
            source,
            mark: Mark::fresh(),
            syntax: OnceLock::new(),
            outline: OnceLock::new(),
            allows: OnceLock::new(),
            config: OnceLock::new(),
            mentions: OnceLock::new(),
            mentions_before: OnceLock::new(),
            written: OnceLock::new(),
            written_before: OnceLock::new(),
            variables: OnceLock::new(),
            sets_values: OnceLock::new(),
            value_reads: OnceLock::new(),
        }
    }

    /// A file of settings that cannot be read.
    pub fn closed(nothing: Arc<Source>, words: String) -> Self {
        let config = OnceLock::from(Box::new(config::Read::closed(&nothing, words)));
        Self { config, ..Self::new(nothing) }
    }

    pub fn text(&self) -> &str {
        reads::note(self.mark);
        &self.source.text
    }

    /// The comments that allow findings.
    pub fn allows(&self) -> &[Allow] {
        reads::note(self.mark);
        self.allows.get_or_init(|| allow::read(self.source.id, &self.source.text))
    }

    /// The file read as a template.
    pub fn syntax(&self) -> &Syntax {
        reads::note(self.mark);
        self.parsed()
    }

    fn parsed(&self) -> &Syntax {
        self.syntax.get_or_init(|| template::parse(self.source.id, &self.source.text))
    }

    /// The names of its helpers. (States that differ in these are not compared, so nobody need hear of it.)
    pub(super) fn defines(&self) -> impl Iterator<Item = &str> {
        self.parsed().defines.iter().map(|define| define.name.text.as_str())
    }

    /// The template gives values to those behind it. (As [`File::defines`].)
    pub fn sets_values(&self) -> bool {
        let sets = || ["set .Values", "set $.Values"].iter().any(|words| self.source.text.contains(words));
        *self.sets_values.get_or_init(sets)
    }

    /// What the file reads of the values.
    pub fn value_reads(&self) -> &ValueReads {
        reads::note(self.mark);
        self.value_reads.get_or_init(|| Box::new(ValueReads::of(self.parsed())))
    }

    /// The file's YAML as it is typed.
    pub fn outline(&self) -> &Outline {
        reads::note(self.mark);
        self.outline.get_or_init(|| Box::new(Outline::of(&self.source.text, self.syntax())))
    }

    /// What in the file may be the name of a template.
    pub fn mentions(&self) -> &Mentions {
        let (mentions, mark) = self.mentioned();
        reads::note(*mark);
        mentions
    }

    pub(super) fn mentioned(&self) -> &Mentioned {
        let make = || {
            let mentions = Mentions::of(self.syntax());
            let before = self.mentions_before.get().filter(|(before, _)| **before == mentions);
            before.cloned().unwrap_or_else(|| (Arc::new(mentions), Mark::fresh()))
        };
        self.mentions.get_or_init(|| reads::unheard(make))
    }

    /// The objects of any kind that the file writes, whether it renders them or not. After most edits they are the same, at
    /// other places.
    pub fn written(&self) -> &[Written] {
        let make = || {
            let written: Arc<[Written]> = written::objects(&self.source.text).into();
            let before = self.written_before.get().filter(|(before, _)| Written::are_alike(before, &written));
            let mark = before.map_or_else(Mark::fresh, |(_, mark)| *mark);
            (written, mark)
        };
        let (written, mark) = self.written.get_or_init(make);
        reads::note(*mark);
        written
    }

    /// The mark of what the file wrote, where somebody asked for that and it writes something else in its later state.
    pub(super) fn written_until(&self, later: &Self) -> Option<Mark> {
        let (_, mark) = self.written.get()?;
        reads::unheard(|| later.written());
        later.written.get().is_none_or(|(_, now)| now != mark).then_some(*mark)
    }

    /// How the text was changed.
    pub(super) fn splice_since(&self, old: &Self) -> Splice {
        Splice::between(self.source.id, &old.source.text, &self.source.text)
    }

    /// The file comes in the place of one that was edited.
    pub(super) fn follow(&self, old: &Self) {
        if let Some(mentioned) = old.mentions.get().or_else(|| old.mentions_before.get()) {
            self.mentions_before.get_or_init(|| mentioned.clone());
        }
        if let Some(written) = old.written.get().or_else(|| old.written_before.get()) {
            self.written_before.get_or_init(|| written.clone());
        }
    }

    /// The names that the file, if it is a template of Clusters, gives to templates of KubeBlocks.
    pub fn variables(&self) -> &BTreeSet<String> {
        reads::note(self.mark);
        self.variables.get_or_init(|| config_template::written_variables(&self.source.text))
    }

    /// The file read as one of settings.
    pub fn config(&self) -> &config::Read {
        reads::note(self.mark);
        self.config.get_or_init(|| Box::new(config::read(&self.source)))
    }
}

impl Marked for &Arc<File> {
    fn mark(&self) -> Mark {
        self.mark
    }
}
