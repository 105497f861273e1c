//! A scenario against what happened: a row per outcome, its 90% and 50% bands and what happened, all as multiples of the
//! median forecast on a logarithmic scale. Forecasts stand apart from what the scenario was told.

use crate::charts::Chart;
use crate::charts::axes::Panel;
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, FIVE, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, TICK};
use crate::words::label::Named;
use crate::words::measure::Kind;
use plotters::element::{Circle, PathElement, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Outcomes {
    pub run: Run,
    /// A sentence.
    pub title: String,
    /// Where what happened was read.
    pub file: String,
    /// Forecasts first.
    pub groups: Vec<Group>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    pub name: String,
    /// Outcomes in their 90% bands.
    pub held: usize,
    /// Those of one measure together.
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mark {
    pub measure: Named,
    pub date: String,
    /// 5%, 25%, 50%, 75%, 95%.
    #[serde(deserialize_with = "crate::charts::five")]
    pub band: [f64; 5],
    #[serde(deserialize_with = "crate::charts::number")]
    pub happened: f64,
    /// What the sources leave open.
    #[serde(deserialize_with = "crate::charts::pair")]
    pub range: (f64, f64),
    pub inside: bool,
}

/// As far as the scale goes: eight times the median and an eighth of it.
const WIDEST: f64 = 8.0;
/// A row's least height, so that no text touches the next.
const ROW: f64 = 11.0;
const ROOMY: f64 = 24.0;

/// ln(value/median), cut at the edges of the scale; none where the median is not above 0.
fn place(value: f64, median: f64, edge: f64) -> Option<f64> {
    if median.is_nan() || median <= 0.0 {
        return None;
    }
    if value <= 0.0 {
        return Some(-edge);
    }
    Some(libm::log(value / median).clamp(-edge, edge))
}

/// Where the scale ends: at the least of 1.5, 2, 4, 8 that shows everything but what is not above 0, which is nowhere on it.
fn edge(groups: &[Group]) -> f64 {
    let marks = groups.iter().flat_map(|group| &group.marks);
    let ends = marks.flat_map(|mark| {
        let above = [mark.band[0], mark.band[4], mark.happened].into_iter().filter(|value| *value > 0.0);
        above.filter_map(|value| place(value, mark.band[2], libm::log(WIDEST)))
    });
    let farthest = ends.fold(0.0, |most: f64, at| most.max(at.abs()));
    let steps = [1.5, 2.0, 4.0, WIDEST].map(libm::log);
    steps.into_iter().find(|step| *step >= farthest).unwrap_or(steps[3])
}

/// Multiples of the median that are marked on a scale so wide: powers of 2 as far as there is room, or on a short scale
/// its ends.
fn ticks(edge: f64, room: f64) -> Vec<(f64, String)> {
    let multiples: &[f64] = if edge < libm::log(2.0) { &[1.5] } else { &[2.0, 4.0, 8.0] };
    let shown: Vec<f64> =
        multiples.iter().copied().filter(|multiple| libm::log(*multiple) <= edge + 1e-9).collect();
    let words = "median".to_string();
    let apart = width(&words, Weight::Regular, TICK) + 8.0;
    let pixels = |multiple: f64| libm::log(multiple) / (2.0 * edge) * room;
    // Every one, or every second, or the outermost alone.
    let stride = (1..=shown.len()).find(|stride| pixels(shown[*stride - 1]) >= apart).unwrap_or(1);
    let mut ticks = vec![(0.0, words)];
    for multiple in shown.into_iter().skip(stride - 1).step_by(stride) {
        ticks.push((libm::log(multiple), format!("×{multiple}")));
        ticks.insert(0, (-libm::log(multiple), format!("÷{multiple}")));
    }
    ticks
}

/// One column of rows.
struct Column<'a> {
    groups: Vec<(&'a Group, usize)>,
}

impl Column<'_> {
    /// Rows and the headings over them, of which each but the first has a gap above.
    fn lines(&self) -> f64 {
        let rows: usize = self.groups.iter().map(|(_, shown)| shown).sum();
        rows as f64 + 1.6 * self.groups.len() as f64 - 0.3
    }
}

impl Chart for Outcomes {
    const NAME: &str = "outcomes";
    const QUESTION: &str = "How did the scenario fare against what happened?";

    fn sentence(&self) -> String {
        self.title.clone()
    }

    fn data(&self) -> Data {
        let columns = data::words(["group", "measure", "date", "unit"]);
        let columns = columns.chain(data::of(Unit::OfRow, FIVE));
        let columns = columns.chain(data::of(Unit::OfRow, ["happened", "from", "to"]));
        let mut data = Data::new(columns.chain(data::words(["inside"])));
        for (group, of) in
            self.groups.iter().flat_map(|group| group.marks.iter().map(move |mark| (group, mark)))
        {
            let unit = Unit::from(Kind::of(&of.measure.key));
            let range = [of.happened, of.range.0, of.range.1];
            data.row(row![&group.name, &of.measure.key, &of.date, unit, of.band, range, of.inside]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let subtitle = "What happened (dots; open: outside 90%) against the forecast as a multiple of its median: 90% of the paths (faint), 50% (strong). \
                    A line through a dot: what the sources leave open.";
        let note = |hidden: usize| {
            let more = match hidden {
                0 => String::new(),
                1 => " One more row is not drawn.".to_string(),
                n => format!(" {n} more rows are not drawn."),
            };
            self.run.note(&format!(
                "What lies beyond the scale is drawn at its edge. Outcomes: {}.{more}",
                self.file
            ))
        };
        let all: usize = self.groups.iter().map(|group| group.marks.len()).sum();
        let room = Canvas::new(look).frame(&self.title, subtitle, &note(all));
        // The forecasts in one column, the rest in another, each as far as it has room.
        let fits = (room.height() - 24.0) / ROW;
        let (mut hidden, mut columns) = (0, Vec::new());
        let (first, rest) = self.groups.split_at(self.groups.len().min(1));
        for part in [first, rest] {
            let mut column = Column { groups: Vec::new() };
            for group in part {
                let left = (fits - column.lines() - 1.9).floor().max(0.0) as usize;
                let shown = group.marks.len().min(left);
                hidden += group.marks.len() - shown;
                if shown > 0 {
                    column.groups.push((group, shown));
                }
            }
            if !column.groups.is_empty() {
                columns.push(column);
            }
        }
        let room = canvas.frame(&self.title, subtitle, &note(hidden));
        let edge = edge(&self.groups);
        let gap = 22.0;
        let across = (room.width() - gap * (columns.len().max(1) - 1) as f64) / columns.len().max(1) as f64;
        let most = columns.iter().map(Column::lines).fold(1.0, f64::max);
        let pitch = ((room.height() - 20.0) / most).min(ROOMY);
        for (k, column) in columns.iter().enumerate() {
            let left = room.left + (across + gap) * k as f64;
            let within = Bounds::new(left, room.top, left + across, room.bottom);
            draw_column(&mut canvas, column, within, pitch, edge);
        }
        if columns.is_empty() {
            canvas.write(
                Label::new("There is nothing to show.", LABEL, theme.muted).at(room.left, room.top + 12.0),
            );
        }
        canvas.finish()
    }
}

fn draw_column(canvas: &mut Canvas, column: &Column, within: Bounds, pitch: f64, edge: f64) {
    let theme = canvas.theme;
    let text = |words: &str| width(words, Weight::Regular, TICK);
    let marks = || column.groups.iter().flat_map(|(group, shown)| &group.marks[..*shown]);
    let date_width = marks().map(|mark| text(&mark.date)).fold(0.0, f64::max);
    let widest = marks().map(|mark| text(&mark.measure.heading())).fold(0.0, f64::max);
    let name_width = widest.min(within.width() * 0.42);
    let dates = within.left + name_width + 8.0 + date_width;
    let bottom = within.top + pitch * column.lines();
    let panel = Panel {
        bounds: Bounds::new(dates + 10.0, within.top, within.right - 6.0, bottom),
        x: (-edge, edge),
        y: (0.0, 1.0),
    };
    // Where each row stands, and each heading.
    let (mut rows, mut heads, mut line) = (Vec::new(), Vec::new(), 0.0);
    for (group, shown) in &column.groups {
        heads.push((*group, within.top + pitch * (line + 0.65)));
        line += 1.3;
        for mark in &group.marks[..*shown] {
            rows.push((mark, within.top + pitch * (line + 0.5)));
            line += 1.0;
        }
        line += 0.3;
    }
    let ticks = ticks(edge, panel.bounds.width());
    let color = theme.plain;
    let half = (pitch * 0.34).min(6.0);
    canvas.draw(|sheet| {
        for (place, (_, head)) in heads.iter().enumerate() {
            // Hairlines stop below a heading and go on to the next.
            let top = head + pitch * 0.65;
            let end = heads.get(place + 1).map_or(bottom, |(_, next)| next - pitch * 0.65);
            for (at, words) in &ticks {
                let x = panel.x_at(*at);
                let line = [(x, top), (x, end)].map(fine_point);
                let style =
                    if words == "median" { stroke(theme.rule, 1.0) } else { stroke(theme.grid, 0.75) };
                sheet.draw(&PathElement::new(line, style))?;
            }
        }
        for (mark, y) in &rows {
            let median = mark.band[2];
            let at = |value: f64| place(value, median, edge).map(|at| panel.x_at(at));
            let [Some(p5), Some(p25), Some(p75), Some(p95)] =
                [mark.band[0], mark.band[1], mark.band[3], mark.band[4]].map(at)
            else {
                continue;
            };
            for (low, high, tint) in [(p5, p95, theme.outer_band(color)), (p25, p75, theme.inner_band(color))]
            {
                let corners = [(low, y - half), (high, y + half)];
                sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
            }
            let middle = panel.x_at(0.0);
            let line = [(middle, y - half), (middle, y + half)];
            sheet.draw(&PathElement::new(line.map(fine_point), stroke(color, 1.2)))?;
            let Some(x) = at(mark.happened) else { continue };
            let ink = if mark.inside { theme.ink } else { theme.manufactured };
            if let (Some(low), Some(high)) = (at(mark.range.0), at(mark.range.1))
                && high > low
            {
                let line = [(low, *y), (high, *y)];
                sheet.draw(&PathElement::new(line.map(fine_point), stroke(ink, 1.2)))?;
            }
            let (point, radius) = (fine_point((x, *y)), fine((pitch * 0.26).min(3.4)));
            sheet.draw(&Circle::new(point, radius, fill(if mark.inside { ink } else { theme.paper })))?;
            sheet.draw(&Circle::new(point, radius, stroke(ink, 1.4)))?;
        }
        Ok(())
    });
    for (group, y) in &heads {
        let words = format!("{}: {} of {} inside 90%", group.name, group.held, group.marks.len());
        let words = shorten(&words, Weight::SemiBold, LABEL, within.width());
        canvas.write(Label::new(words, LABEL, theme.ink).bold().centred(within.left, *y));
    }
    let mut last = None;
    for (mark, y) in &rows {
        if last != Some(&mark.measure) {
            let words = shorten(&mark.measure.heading(), Weight::Regular, TICK, name_width);
            canvas.write(Label::new(words, TICK, theme.ink).centred(within.left, *y));
        }
        last = Some(&mark.measure);
        let label = Label::new(mark.date.clone(), TICK, theme.muted).anchor(Anchor::End);
        canvas.write(label.centred(dates, *y));
        if place(mark.happened, mark.band[2], edge).is_none() {
            let words = if mark.band[2] == 0.0 { "median 0" } else { "no median above 0" };
            let words = shorten(words, Weight::Regular, TICK, panel.bounds.width() * 0.5 - 8.0);
            let label = Label::new(words, TICK, theme.muted).halo(theme.paper);
            canvas.write(label.centred(panel.x_at(0.0) + 6.0, *y));
        }
    }
    let around = Bounds::new(panel.bounds.left - 24.0, within.top, within.right + 10.0, within.bottom);
    panel.label_x(canvas, around, &ticks);
}
