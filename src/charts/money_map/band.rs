//! A payment as a band across the map: its way, its stripes by origin, what of it runs in circles, its head.

use super::Payment;
use super::ring::on_circle;
use crate::books::Origin;
use crate::charts::canvas::{Drawn, Sheet, fill, fine_point, stroke};
use crate::charts::layout::Bounds;
use crate::charts::texture::line_color;
use crate::charts::theme::{Color, Theme};
use plotters::element::{PathElement, Polygon};

/// Points along a band, less one.
pub(super) const POINTS: usize = 40;

/// Of the edge of what runs in circles, and of a texture's lines, where there are any.
const EDGE: f64 = 0.875;
pub(super) const TEXTURE: f64 = 0.5;

pub(super) fn apart(one: (f64, f64), other: (f64, f64)) -> f64 {
    libm::hypot(one.0 - other.0, one.1 - other.1)
}

/// A payment on the ring: points along its middle with unit normals, and its head.
pub(super) struct Band {
    pub(super) middle: Vec<((f64, f64), (f64, f64))>,
    /// Of the head: left, tip, right.
    pub(super) head: [(f64, f64); 3],
    pub(super) width: f64,
}

impl Band {
    pub(super) fn between(
        center: (f64, f64),
        radius: f64,
        start: f64,
        end: f64,
        width: f64,
        barb: f64,
    ) -> Band {
        let (first, tip) = (on_circle(center, radius + 2.0, start), on_circle(center, radius, end));
        let inward = (center.0 - tip.0, center.1 - tip.1);
        let inward = (inward.0 / radius, inward.1 / radius);
        let head_length = (width * 0.55 + 4.0).min(radius * 0.3);
        let last = (tip.0 + inward.0 * head_length, tip.1 + inward.1 * head_length);
        // The nearer the ends the flatter the band: a fraction of the way to the centre.
        let apart = libm::hypot(first.0 - last.0, first.1 - last.1) / (2.0 * radius);
        let deep = 0.30 + 0.42 * apart;
        let towards = |point: (f64, f64)| {
            (point.0 + (center.0 - point.0) * deep, point.1 + (center.1 - point.1) * deep)
        };
        let [p0, p1, p2, p3] = [first, towards(first), towards(last), last];
        let middle = (0..=POINTS)
            .map(|step| {
                let t = step as f64 / POINTS as f64;
                let u = 1.0 - t;
                let mix = |a: f64, b: f64, c: f64, d: f64| {
                    u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
                };
                let slope = |a: f64, b: f64, c: f64, d: f64| {
                    u * u * (b - a) + 2.0 * u * t * (c - b) + t * t * (d - c)
                };
                let point = (mix(p0.0, p1.0, p2.0, p3.0), mix(p0.1, p1.1, p2.1, p3.1));
                let (dx, dy) = (slope(p0.0, p1.0, p2.0, p3.0), slope(p0.1, p1.1, p2.1, p3.1));
                let length = libm::hypot(dx, dy).max(1e-9);
                (point, (-dy / length, dx / length))
            })
            .collect();
        let half = width / 2.0 + barb;
        let head = [
            (last.0 - inward.1 * half, last.1 + inward.0 * half),
            tip,
            (last.0 + inward.1 * half, last.1 - inward.0 * half),
        ];
        Band { middle, head, width }
    }

    /// Of its middle line.
    pub(super) fn length(&self) -> f64 {
        self.middle.windows(2).map(|piece| apart(piece[0].0, piece[1].0)).sum()
    }

    /// So far along the middle line, and so far beside it.
    pub(super) fn at(&self, along: f64, beside: f64) -> (f64, f64) {
        let mut left = along;
        for piece in self.middle.windows(2) {
            let [((x, y), (nx, ny)), (next, _)] = [piece[0], piece[1]];
            let length = apart((x, y), next);
            if left <= length {
                let part = left / length.max(1e-9);
                return (x + (next.0 - x) * part + nx * beside, y + (next.1 - y) * part + ny * beside);
            }
            left -= length;
        }
        self.middle.last().map_or((0.0, 0.0), |((x, y), (nx, ny))| (x + nx * beside, y + ny * beside))
    }

    /// Between two distances from the middle line.
    fn lane(&self, from: f64, to: f64) -> Vec<(i32, i32)> {
        let offset = |by: f64| {
            move |((x, y), (nx, ny)): &((f64, f64), (f64, f64))| fine_point((x + nx * by, y + ny * by))
        };
        let there = self.middle.iter().map(offset(from));
        let back = self.middle.iter().rev().map(offset(to));
        there.chain(back).collect()
    }

    pub(super) fn draw(&self, sheet: &Sheet, payment: &Payment, taken_apart: bool, theme: &Theme) -> Drawn {
        let amount = payment.amount();
        // Nothing is pale where nothing could be told.
        let circular = if taken_apart { (payment.circular / amount).clamp(0.0, 1.0) } else { 1.0 };
        let mut main = (Origin::Revenue, f64::NEG_INFINITY);
        for (origin, amount) in payment.by_origin.iter() {
            if *amount > main.1 {
                main = (origin, *amount);
            }
        }
        let (main, _) = main;
        let tone = |origin: Origin, solid: bool| -> Color {
            let color = theme.origin(origin);
            if solid || theme.edges_circles { color } else { color.over(theme.paper, 0.38) }
        };
        // A rim of paper, so that a crossing reads as one band above another.
        let rim = if self.width > 1.5 { 1.0 } else { 0.5 };
        sheet.draw(&Polygon::new(
            self.lane(-self.width / 2.0 - rim, self.width / 2.0 + rim),
            fill(theme.paper),
        ))?;
        // Below this width stripes would be hairs: one colour, of the largest origin.
        if self.width < 2.5 {
            let color = tone(main, circular > 0.5);
            sheet.draw(&Polygon::new(self.lane(-self.width / 2.0, self.width / 2.0), fill(color)))?;
        } else {
            let mut at = -self.width / 2.0;
            let edges = [at, at + self.width * circular];
            for (solid, part) in [(true, circular), (false, 1.0 - circular)] {
                for (origin, of_origin) in payment.by_origin.iter() {
                    let stripe = self.width * part * of_origin / amount;
                    if stripe > 0.0 {
                        let color = tone(origin, solid);
                        sheet.draw(&Polygon::new(self.lane(at, at + stripe), fill(color)))?;
                        let point = |along: f64, across: f64| self.at(along, at + stripe * across);
                        for line in theme.texture(origin).lines(self.length(), stripe, point) {
                            let line: Vec<_> = line.into_iter().map(fine_point).collect();
                            sheet.draw(&PathElement::new(line, stroke(line_color(theme, color), TEXTURE)))?;
                        }
                        at += stripe;
                    }
                }
            }
            // In greys a faint dark origin looks like a full light one: there an edge says what runs in circles.
            if taken_apart && theme.edges_circles && circular > 0.02 {
                for edge in edges {
                    let line: Vec<_> = self
                        .middle
                        .iter()
                        .map(|((x, y), (nx, ny))| fine_point((x + nx * edge, y + ny * edge)))
                        .collect();
                    sheet.draw(&PathElement::new(line, stroke(theme.ink, EDGE)))?;
                }
            }
        }
        if payment.is_lending {
            for gap in self.gaps() {
                sheet.draw(&Polygon::new(gap, fill(theme.paper)))?;
            }
        }
        let head = self.head.map(fine_point);
        sheet.draw(&Polygon::new(head, fill(tone(main, circular > 0.5))))
    }

    /// What breaks the band of something lent or repaid: every third piece of it, across.
    fn gaps(&self) -> impl Iterator<Item = Vec<(i32, i32)>> + '_ {
        let half = self.width / 2.0 + 0.5;
        let pieces = self.middle.windows(2).enumerate().filter(|(k, _)| k % 3 == 2);
        pieces.map(move |(_, piece)| {
            let at = |((x, y), (nx, ny)): ((f64, f64), (f64, f64)), by: f64| {
                fine_point((x + nx * by, y + ny * by))
            };
            vec![at(piece[0], half), at(piece[1], half), at(piece[1], -half), at(piece[0], -half)]
        })
    }

    pub(super) fn head_bounds(&self) -> Bounds {
        let xs = self.head.map(|(x, _)| x);
        let ys = self.head.map(|(_, y)| y);
        let least = |values: [f64; 3]| values.into_iter().fold(f64::INFINITY, f64::min);
        let most = |values: [f64; 3]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Bounds::new(least(xs), least(ys), most(xs), most(ys))
    }
}
