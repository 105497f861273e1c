//! What is wrong, or doubtful, in a scenario: each finding with its file, line, the text concerned and what to do.
//! Reading collects all of them before it gives up. Colour is the caller's decision; printing is the command line's.

use super::names::{picture, visible};
use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A place in the scenario's text, or in an override's: bytes counted through all [`Sources`].
pub type Span = Range<usize>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can, but something in it has no effect or hardly means what it says.
    Warning,
}

/// One thing that is wrong or doubtful.
#[derive(Debug, Clone)]
pub struct Finding {
    pub severity: Severity,
    /// What is wrong, in one clause.
    pub message: String,
    /// Where: the offending text first, then what it clashes with. Empty when no text is concerned.
    pub places: Vec<(Span, String)>,
    /// What to do.
    pub help: String,
}

impl Finding {
    pub fn error(message: impl Into<String>) -> Finding {
        Finding {
            severity: Severity::Error,
            message: message.into(),
            places: Vec::new(),
            help: String::new(),
        }
    }

    pub fn warning(message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(message) }
    }

    /// The offending text, without a word beside the caret.
    pub fn at(self, span: &Span) -> Finding {
        self.marked(span, "")
    }

    /// The offending text, or what it clashes with, and a few words beside the caret.
    pub fn marked(mut self, span: &Span, label: impl Into<String>) -> Finding {
        self.places.push((span.clone(), visible(&label.into()).into_owned()));
        self
    }

    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = help.into();
        self
    }
}

/// All that was found in one scenario, with the texts that it was found in. Of a file full of mistakes the first of each
/// severity are kept and the others counted.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    sources: Arc<Sources>,
    list: Vec<Finding>,
    errors: Tally,
    warnings: Tally,
}

/// Findings of one severity.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    kept: usize,
    more: usize,
}

/// As many errors, and as many warnings, are kept.
pub const MOST: usize = 100;

impl std::error::Error for Findings {}

impl Findings {
    pub fn new(sources: Arc<Sources>) -> Findings {
        Findings { sources, ..Findings::default() }
    }

    /// The texts that the findings point into.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    pub fn push(&mut self, finding: Finding) {
        let tally = match finding.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        if tally.kept < MOST {
            tally.kept += 1;
            self.list.push(finding);
        } else {
            tally.more += 1;
        }
    }

    pub fn extend(&mut self, others: Findings) {
        others.list.into_iter().for_each(|finding| self.push(finding));
        self.errors.more += others.errors.more;
        self.warnings.more += others.warnings.more;
    }

    /// No further error is kept.
    pub fn is_full(&self) -> bool {
        self.errors.kept == MOST
    }

    /// In the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    pub fn count(&self, severity: Severity) -> usize {
        let tally = match severity {
            Severity::Error => self.errors,
            Severity::Warning => self.warnings,
        };
        tally.kept + tally.more
    }

    /// Puts the findings in the order of the text; those without a place come first.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|finding| finding.places.first().map_or(0, |(span, _)| span.start + 1));
    }

    /// All findings as a person reads them, with a count at the end; with terminal colours if asked.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for finding in &self.list {
            text.push_str(&self.render_one(finding, &renderer));
            text.push_str("\n\n");
        }
        let more = self.errors.more + self.warnings.more;
        if more > 0 {
            text.push_str(&format!("{more} more of the kind, not shown: mend these and check again\n\n"));
        }
        text.push_str(&visible(&self.summary()));
        text
    }

    fn render_one(&self, finding: &Finding, renderer: &Renderer) -> String {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut elements: Vec<Element<'_>> = Vec::new();
        // One snippet a source: places of the same text are drawn together.
        let mut sources: Vec<&Source> = self.sources.list.iter().collect();
        if let Some((primary, _)) = finding.places.first() {
            sources.sort_by_key(|source| source.local(primary).is_none());
        }
        for source in sources {
            let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
            let mut concerned = false;
            for (index, (span, label)) in finding.places.iter().enumerate() {
                let Some(local) = source.local(span) else { continue };
                let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let annotation = kind.span(local);
                let label = (!label.is_empty()).then_some(label.as_str());
                snippet = snippet.annotation(annotation.label(label));
                concerned = true;
            }
            if concerned {
                elements.push(snippet.into());
            }
        }
        let help = visible(&finding.help);
        if !help.is_empty() {
            elements.push(Level::HELP.message(help.as_ref()).into());
        }
        // The renderer shows ASCII's control characters as pictures itself, but for the help, and sets its own colours
        // with them; the others are left.
        let text = renderer.render(&[level.primary_title(finding.message.as_str()).elements(elements)]);
        text.chars().map(|c| if c == '\x1b' { c } else { picture(c).unwrap_or(c) }).collect()
    }

    /// `scenario.toml: 2 errors, 1 warning`
    fn summary(&self) -> String {
        let count = |severity, word: &str| match self.count(severity) {
            0 => None,
            1 => Some(format!("1 {word}")),
            n => Some(format!("{n} {word}s")),
        };
        let counts: Vec<String> = [count(Severity::Error, "error"), count(Severity::Warning, "warning")]
            .into_iter()
            .flatten()
            .collect();
        let file = self.sources.list.first().map_or("", |source| source.name.as_str());
        format!(
            "{file}: {}\n",
            if counts.is_empty() { "nothing found".to_string() } else { counts.join(", ") }
        )
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// The texts that findings point into: the scenario file first, then each override. A span counts bytes through all of
/// them, with one byte between two, so that it says by itself which text it is in.
#[derive(Debug, Default)]
pub struct Sources {
    list: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    name: String,
    text: String,
    /// Where the text begins in the count.
    base: usize,
}

impl Sources {
    pub fn new(file: &str, text: &str) -> Sources {
        Sources::of([(file, text.to_string())])
    }

    /// With what an option of the command sets, each as `PATH=VALUE`: findings name the option.
    pub fn with<'s>(mut self, option: &str, set: impl IntoIterator<Item = &'s (String, String)>) -> Sources {
        for (path, value) in set {
            self.add(option, format!("{path}={value}"));
        }
        self
    }

    /// Of texts with the names that they go by.
    pub fn of<'a>(texts: impl IntoIterator<Item = (&'a str, String)>) -> Sources {
        let mut sources = Sources::default();
        for (name, text) in texts {
            sources.add(name, text);
        }
        sources
    }

    /// The position of each text's first byte.
    pub fn bases(&self) -> impl Iterator<Item = usize> {
        self.list.iter().map(|source| source.base)
    }

    fn add(&mut self, name: &str, text: String) {
        let base = self.list.last().map_or(0, |last| last.base + last.text.len() + 1);
        self.list.push(Source { name: visible(name).into_owned(), text, base });
    }

    pub fn file(&self) -> &str {
        self.list.first().map_or("", |source| source.text.as_str())
    }

    /// The overrides' texts, each with the position of its first byte.
    pub fn overrides(&self) -> impl Iterator<Item = (usize, &str)> {
        self.list.iter().skip(1).map(|source| (source.base, source.text.as_str()))
    }

    /// Is the span in the file, rather than in an override?
    pub fn in_file(&self, span: &Span) -> bool {
        self.list.first().is_some_and(|file| span.start <= file.text.len())
    }
}

impl Source {
    /// The span in this text's own bytes, if it is in this text; cut to whole characters.
    fn local(&self, span: &Span) -> Option<Range<usize>> {
        let start = span.start.checked_sub(self.base).filter(|start| *start <= self.text.len())?;
        let end = (span.end.max(span.start) - self.base).min(self.text.len());
        let is_boundary = |at: &usize| self.text.is_char_boundary(*at);
        let start = (0..=start).rev().find(is_boundary).unwrap_or(0);
        let end = (end..=self.text.len()).find(is_boundary).unwrap_or(self.text.len());
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_shows_file_line_text_and_what_to_do() {
        let set = [("lab.A.cash".to_string(), "-1".to_string())];
        let sources = Arc::new(Sources::new("a.toml", "x = 1\nyy = 2\n").with("--over", &set));
        let mut findings = Findings::new(sources);
        findings.push(Finding::error("in an override").at(&(25..27)).help("do that"));
        findings.push(Finding::warning("in the file").marked(&(6..8), "here").marked(&(0..1), "and there"));
        findings.sort();
        let expected = "\
warning: in the file
 --> a.toml:2:1
  |
1 | x = 1
  | - and there
2 | yy = 2
  | ^^ here

error: in an override
 --> --over:1:12
  |
1 | lab.A.cash=-1
  |            ^^
  |
  = help: do that

a.toml: 1 error, 1 warning
";
        assert_eq!(findings.to_string(), expected);
    }

    /// Neither a name, a path, a help nor the text itself steers a terminal.
    #[test]
    fn no_finding_carries_a_control_character() {
        let mut findings = Findings::new(Arc::new(Sources::new("a\u{1b}]0;b.toml", "x\u{9b}2J\u{1b}c")));
        let finding = Finding::error("`\u{1b}[2J`").marked(&(0..3), "\u{1b}[1m\u{202e}");
        findings.push(finding.help("did you mean `\u{1b}[0m\r`?"));
        for (colour, escapes) in [(false, 0), (true, 1)] {
            let text = findings.render(colour);
            let steering = |c: char| (c.is_control() && !matches!(c, '\n' | '\x1b')) || c == '\u{202e}';
            assert!(!text.contains(steering), "{text:?}");
            assert_eq!(text.matches('\x1b').count().min(1), escapes, "{text:?}");
            // The escapes that are left are colours of the renderer's.
            let mut rest = text.as_str();
            while let Some(at) = rest.find('\x1b') {
                rest = &rest[at + 1..];
                let end = rest.find('m').expect("an end");
                assert!(
                    rest.starts_with('[') && rest[1..end].chars().all(|c| c.is_ascii_digit() || c == ';'),
                    "{rest:?}"
                );
            }
        }
    }

    #[test]
    fn many_findings_are_counted() {
        let mut findings = Findings::new(Arc::new(Sources::new("a.toml", "x = 1\n")));
        for k in 0..8000 {
            findings.push(Finding::error(format!("mistake {k}")).at(&(0..1)));
        }
        findings.push(Finding::warning("doubtful"));
        let text = findings.to_string();
        assert!(
            text.contains("mistake 99") && !text.contains("mistake 100") && text.contains("doubtful"),
            "{text}"
        );
        assert!(text.ends_with("7900 more of the kind, not shown: mend these and check again\n\na.toml: 8000 errors, 1 warning\n"), "{text}");
        let mut all = Findings::default();
        all.extend(findings);
        assert_eq!((all.count(Severity::Error), all.iter().count(), all.is_full()), (8000, MOST + 1, true));
    }

    #[test]
    fn a_span_that_fits_no_text_is_drawn_without_one() {
        let mut findings = Findings::new(Arc::new(Sources::new("a.toml", "é")));
        findings.push(Finding::error("inside a character").at(&(1..1)));
        findings.push(Finding::error("beyond the end").at(&(90..99)));
        assert!(findings.to_string().contains("a.toml:1:1"));
    }
}
