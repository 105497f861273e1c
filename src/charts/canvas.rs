//! The sheet that a chart is drawn on. Shapes go through plotters, onto a canvas eight times as fine as the layout,
//! because its SVG backend counts in whole pixels; texts are placed by measure and written beside them as they are.
//! What is drawn later lies above.

use crate::charts::layout::{ASCENT, Bounds, DESCENT, LEADING, Weight, width, wrap, wrap_evenly};
use crate::charts::render::{Drawing, decimals, escaped};
use crate::charts::theme::{Color, Look, MARGIN, NOTE, SUBTITLE, TITLE, Theme};
use crate::words::numbers;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::SVGBackend;
use plotters::style::ShapeStyle;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// Canvas pixels in a layout pixel.
pub const FINE: f64 = 8.0;

/// plotters' drawing area over the whole sheet.
pub type Sheet<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Writing to memory does not fail; plotters' types say it could.
pub type Fault = DrawingAreaErrorKind<std::io::Error>;
pub type Drawn = Result<(), Fault>;

/// A coordinate on plotters' canvas.
pub fn fine(value: f64) -> i32 {
    (value * FINE).round() as i32
}

/// A point on plotters' canvas.
pub fn fine_point((x, y): (f64, f64)) -> (i32, i32) {
    (fine(x), fine(y))
}

/// A line `width` layout pixels wide.
pub fn stroke(color: Color, width: f64) -> ShapeStyle {
    ShapeStyle::from(color.rgb()).stroke_width((width * FINE).round().max(1.0) as u32)
}

pub fn fill(color: Color) -> ShapeStyle {
    ShapeStyle::from(color.rgb()).filled()
}

/// Lines are so much shorter than the sheet has room for: a program that does not read the typeface inside an SVG sets its own,
/// DejaVu at the widest, which is wider by more than that, but not by the margin besides (tests/renderers/look.py).
const SLACK: f64 = 1.045;
const SLACK_BOLD: f64 = 1.13;

/// Which run a chart shows.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Run {
    /// The scenario's name.
    pub scenario: String,
    pub paths: u64,
    pub seed: u64,
    /// What its numbers rest on; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// Where on a text its point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Debug, Clone)]
pub struct Label {
    pub words: String,
    x: f64,
    baseline: f64,
    size: f64,
    weight: Weight,
    color: Color,
    anchor: Anchor,
    halo: Option<Color>,
}

impl Label {
    pub fn new(words: impl Into<String>, size: f64, color: Color) -> Label {
        Label {
            words: words.into(),
            x: 0.0,
            baseline: 0.0,
            size,
            weight: Weight::Regular,
            color,
            anchor: Anchor::Start,
            halo: None,
        }
    }

    /// The anchor's x and the baseline's y.
    pub fn at(mut self, x: f64, baseline: f64) -> Label {
        (self.x, self.baseline) = (x, baseline);
        self
    }

    /// At x, capitals centred on y.
    pub fn centred(self, x: f64, y: f64) -> Label {
        let baseline = y + self.size * crate::charts::layout::CAP_HEIGHT / 2.0;
        self.at(x, baseline)
    }

    pub fn bold(mut self) -> Label {
        self.weight = Weight::SemiBold;
        self
    }

    pub fn anchor(mut self, anchor: Anchor) -> Label {
        self.anchor = anchor;
        self
    }

    /// A rim that keeps the text legible over lines.
    pub fn halo(mut self, paper: Color) -> Label {
        self.halo = Some(paper);
        self
    }

    pub fn width(&self) -> f64 {
        width(&self.words, self.weight, self.size)
    }

    pub fn bounds(&self) -> Bounds {
        let width = self.width();
        let left = match self.anchor {
            Anchor::Start => self.x,
            Anchor::Middle => self.x - width / 2.0,
            Anchor::End => self.x - width,
        };
        Bounds::new(
            left,
            self.baseline - ASCENT * self.size,
            left + width,
            self.baseline + DESCENT * self.size,
        )
    }
}

/// A drawing in the making.
#[derive(Debug)]
pub struct Canvas {
    pub look: Look,
    pub theme: &'static Theme,
    title: String,
    subtitle: String,
    body: String,
    labels: Vec<(Bounds, String)>,
    obstacles: Vec<Bounds>,
}

impl Canvas {
    pub fn new(look: &Look) -> Canvas {
        Canvas {
            look: *look,
            theme: look.theme(),
            title: String::new(),
            subtitle: String::new(),
            body: String::new(),
            labels: Vec::new(),
            obstacles: Vec::new(),
        }
    }

    /// The sheet less its margins.
    pub fn inside(&self) -> Bounds {
        Bounds::new(MARGIN, MARGIN * 0.8, self.look.width - MARGIN, self.look.height - MARGIN * 0.6)
    }

    /// Title, subtitle and note; returns what is left for the chart.
    pub fn frame(&mut self, title: &str, subtitle: &str, note: &str) -> Bounds {
        let title = self.look.title.unwrap_or(title);
        let sourced = self.look.source.map(|source| format!("{note} {source}"));
        let note = sourced.as_deref().unwrap_or(note);
        self.title = title.to_string();
        self.subtitle = subtitle.to_string();
        let inside = self.inside();
        let mut y = inside.top;
        for (text, weight, size, color, slack) in [
            (title, Weight::SemiBold, TITLE, self.theme.ink, SLACK_BOLD),
            (subtitle, Weight::Regular, SUBTITLE, self.theme.muted, SLACK),
        ] {
            for line in wrap_evenly(text, weight, size, inside.width() / slack) {
                let mut label = Label::new(line, size, color).at(inside.left, y + ASCENT * size);
                label.weight = weight;
                self.write(label);
                y += LEADING * size;
            }
            y += 2.0;
        }
        let lines = wrap(note, Weight::Regular, NOTE, inside.width() / SLACK);
        let mut baseline = inside.bottom - DESCENT * NOTE;
        for line in lines.iter().rev() {
            self.write(Label::new(line.clone(), NOTE, self.theme.muted).at(inside.left, baseline));
            baseline -= LEADING * NOTE;
        }
        let note_top = baseline + LEADING * NOTE - ASCENT * NOTE;
        Bounds::new(inside.left, y + 10.0, inside.right, note_top - 10.0)
    }

    /// Writes a line; returns its box.
    pub fn write(&mut self, label: Label) -> Bounds {
        let bounds = label.bounds();
        let weight = if label.weight == Weight::SemiBold { " font-weight=\"600\"" } else { "" };
        // The anchor is kept, not resolved: where a reader's own typeface steps in, the end that matters stays in place.
        let anchor = match label.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        // The rim is a text of its own below the words: LibreOffice, CairoSVG, MuPDF and WeasyPrint paint an outline over its
        // own filling whatever `paint-order` says, and the words would be gone.
        let rim = label.halo.map(|paper| {
            let paper = paper.css();
            format!(
                " fill=\"{paper}\" stroke=\"{paper}\" stroke-width=\"3\" stroke-linejoin=\"round\" aria-hidden=\"true\""
            )
        });
        for paint in rim.into_iter().chain([format!(" fill=\"{}\"", label.color.css())]) {
            writeln!(
                self.body,
                "<text x=\"{}\" y=\"{}\" font-size=\"{}\"{weight}{anchor}{paint}>{}</text>",
                decimals(label.x),
                decimals(label.baseline),
                decimals(label.size),
                escaped(&label.words)
            )
            .expect("writing to a string");
        }
        self.labels.push((bounds, label.words));
        bounds
    }

    /// Lets plotters draw over the sheet.
    pub fn draw(&mut self, paint: impl FnOnce(&Sheet) -> Drawn) {
        let mut svg = String::new();
        let size = (fine(self.look.width) as u32, fine(self.look.height) as u32);
        {
            let sheet = SVGBackend::with_string(&mut svg, size).into_drawing_area();
            paint(&sheet).expect("drawing into memory");
            sheet.present().expect("drawing into memory");
        }
        // The elements, without plotters' own <svg> around them.
        let start = svg.find('\n').map_or(0, |end| end + 1);
        let end = svg.rfind("</svg>").unwrap_or(svg.len());
        let elements = svg[start..end]
            .replace(" opacity=\"1\"", "")
            .replace(" \"", "\"")
            .replace(" stroke=\"none\"", "");
        let scale = 1.0 / FINE;
        writeln!(self.body, "<g transform=\"scale({scale})\" stroke-linejoin=\"round\">\n{elements}</g>")
            .expect("writing to a string");
    }

    /// Nothing written may cover this.
    pub fn obstacle(&mut self, bounds: Bounds) {
        self.obstacles.push(bounds);
    }

    pub fn finish(self) -> Drawing {
        Drawing {
            look: self.look,
            title: self.title,
            subtitle: self.subtitle,
            body: self.body,
            labels: self.labels,
            obstacles: self.obstacles,
        }
    }
}

impl Run {
    /// The note under every chart; `more` goes before it.
    pub fn note(&self, more: &str) -> String {
        let space = if more.is_empty() { "" } else { " " };
        let paths = if self.paths == 1 { "path" } else { "paths" };
        format!(
            "{more}{space}{}: {}{}{paths}, seed{}{}.{}{}",
            self.scenario,
            numbers::count(self.paths),
            numbers::NO_BREAK,
            numbers::NO_BREAK,
            self.seed,
            if self.evidence.is_empty() { "" } else { " " },
            self.evidence
        )
    }
}
