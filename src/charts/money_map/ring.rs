//! The ring of the map: an arc for each actor, in an order in which large payments have short ways, and where bands end.

use super::band::Band;
use super::{Actor, ActorKind, Payment};
use crate::charts::canvas::fine_point;
use crate::charts::layout::Bounds;

/// Width of the widest band.
const WIDEST: f64 = 32.0;
/// Thickness of the ring.
pub(super) const RING: f64 = 7.0;

/// An actor's part of the ring: angles clockwise from the top.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Arc {
    pub(super) fn middle(&self) -> f64 {
        (self.from + self.to) / 2.0
    }
}

/// The ring, laid out.
pub(super) struct Ring {
    pub(super) center: (f64, f64),
    /// Inner radius: where bands end.
    pub(super) radius: f64,
    /// By actor.
    pub(super) arcs: Vec<Arc>,
    /// By payment.
    pub(super) bands: Vec<Band>,
    /// Width of a band of USD 1 bn.
    pub(super) scale: f64,
}

/// Extra room at a band's end: between neighbours, and for the head that is wider than its band.
const GAP: f64 = 2.0;
const BARB: f64 = 2.5;

impl Ring {
    /// Names have so much room at each side.
    pub(super) fn laid_out(actors: &[Actor], payments: &[&Payment], area: Bounds, sides: f64) -> Ring {
        let number = actors.len();
        let order = around(actors, payments);
        let center = area.center();
        let radius = (area.height() / 2.0 - RING - 2.0).min(area.width() / 2.0 - sides);
        let around_ring = core::f64::consts::TAU * radius;
        let between = (18.0_f64).min(around_ring * 0.25 / number as f64);
        let available = around_ring - between * number as f64;

        // Width of bands: as the root of the money, at most WIDEST, and so that all ends fit on the ring.
        let root = |payment: &Payment| payment.amount().sqrt();
        let roots: f64 = payments.iter().map(|payment| 2.0 * root(payment)).sum();
        let largest = payments.iter().map(|payment| root(payment)).fold(0.0, f64::max);
        let extras = payments.len() as f64 * (2.0 * GAP + 2.0 * BARB);
        let squeeze = (0.45 * available / extras).min(1.0);
        let scale = ((available - extras * squeeze) * 0.97 / roots).min(WIDEST / largest);
        let band_width = |payment: &Payment| (scale * root(payment)).max(0.5);
        let end_length = |payment: &Payment, arriving: bool| {
            band_width(payment) + squeeze * (GAP + if arriving { 2.0 * BARB } else { 0.0 })
        };

        // Lengths of the arcs; what is left over goes between them.
        let length = |actor: usize| -> f64 {
            payments
                .iter()
                .map(|payment| {
                    let leaving = if payment.payer == actor { end_length(payment, false) } else { 0.0 };
                    leaving + if payment.payee == actor { end_length(payment, true) } else { 0.0 }
                })
                .sum()
        };
        let lengths: Vec<f64> = (0..number).map(|actor| length(actor).max(8.0)).collect();
        let spare = ((around_ring - lengths.iter().sum::<f64>()) / number as f64).max(2.0);
        let total: f64 = lengths.iter().sum::<f64>() + spare * number as f64;
        let turn = |length: f64| length / total * core::f64::consts::TAU;
        let mut arcs = vec![Arc { from: 0.0, to: 0.0 }; number];
        let mut angle = 0.0;
        for actor in &order {
            arcs[*actor] = Arc { from: angle, to: angle + turn(lengths[*actor]) };
            angle += turn(lengths[*actor] + spare);
        }
        // The outside at the bottom; without it, the first actor on top.
        let outside = actors.iter().position(|actor| actor.kind == ActorKind::Outside);
        let shift = match outside {
            Some(actor) => core::f64::consts::PI - arcs[actor].middle(),
            None => -arcs[order[0]].middle(),
        };
        for arc in &mut arcs {
            arc.from += shift;
            arc.to += shift;
        }

        // Along an arc, clockwise: the ends of bands to actors farther clockwise first; of a pair's two bands the
        // one that leaves first. Then the two lie side by side and do not cross.
        let mut starts = vec![0.0; payments.len()];
        let mut ends = vec![0.0; payments.len()];
        for actor in 0..number {
            let mut here: Vec<(f64, bool, usize)> = Vec::new();
            for (place, payment) in payments.iter().enumerate() {
                for (own, other, arriving) in
                    [(payment.payer, payment.payee, false), (payment.payee, payment.payer, true)]
                {
                    if own == actor {
                        let turn = core::f64::consts::TAU;
                        let mut way = arcs[other].middle() - arcs[actor].middle();
                        if way < 0.0 {
                            way += turn;
                        }
                        here.push((way, arriving, place));
                    }
                }
            }
            here.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
            let used: f64 =
                here.iter().map(|(_, arriving, place)| end_length(payments[*place], *arriving)).sum();
            let mut angle = arcs[actor].middle() - turn(used) / 2.0;
            for (_, arriving, place) in here {
                let half = turn(end_length(payments[place], arriving)) / 2.0;
                angle += half;
                if arriving {
                    ends[place] = angle;
                } else {
                    starts[place] = angle;
                }
                angle += half;
            }
        }
        let bands = payments
            .iter()
            .zip(starts.iter().zip(&ends))
            .map(|(payment, (start, end))| {
                let width = band_width(payment);
                let barb = (BARB * squeeze).max(1.0);
                Band::between(center, radius - 2.0, *start, *end, width, barb)
            })
            .collect();
        Ring { center, radius, arcs, bands, scale }
    }

    pub(super) fn at(&self, angle: f64, radius: f64) -> (f64, f64) {
        on_circle(self.center, radius, angle)
    }

    /// The outline of an arc, on plotters' canvas.
    pub(super) fn segment(&self, arc: &Arc) -> Vec<(i32, i32)> {
        let steps = ((arc.to - arc.from) * self.radius / 3.0).ceil().max(2.0) as usize;
        let angle = |step: usize| arc.from + (arc.to - arc.from) * step as f64 / steps as f64;
        let inner = (0..=steps).map(|step| self.at(angle(step), self.radius));
        let outer = (0..=steps).rev().map(|step| self.at(angle(step), self.radius + RING));
        inner.chain(outer).map(fine_point).collect()
    }

    /// Small boxes that together cover an arc.
    pub(super) fn boxes_along(&self, arc: &Arc) -> Vec<Bounds> {
        let steps = ((arc.to - arc.from) * self.radius / 5.0).ceil().max(1.0) as usize;
        (0..=steps)
            .map(|step| {
                let angle = arc.from + (arc.to - arc.from) * step as f64 / steps as f64;
                let (x, y) = self.at(angle, self.radius + RING / 2.0);
                Bounds::around(x, y, RING / 2.0, RING / 2.0)
            })
            .collect()
    }
}

pub(super) fn on_circle(center: (f64, f64), radius: f64, angle: f64) -> (f64, f64) {
    (center.0 + radius * libm::sin(angle), center.1 - radius * libm::cos(angle))
}

/// An order around the ring in which large payments have short ways: the given order, improved by exchanging two as
/// long as that helps.
fn around(actors: &[Actor], payments: &[&Payment]) -> Vec<usize> {
    let number = actors.len();
    let mut order: Vec<usize> = (0..number).collect();
    let cost = |order: &[usize]| -> f64 {
        let mut place = vec![0; number];
        for (at, actor) in order.iter().enumerate() {
            place[*actor] = at;
        }
        payments
            .iter()
            .map(|payment| {
                let apart = place[payment.payer].abs_diff(place[payment.payee]);
                apart.min(number - apart) as f64 * payment.amount().sqrt()
            })
            .sum()
    };
    let mut best = cost(&order);
    loop {
        let mut improved = false;
        for a in 0..number {
            for b in a + 1..number {
                order.swap(a, b);
                let now = cost(&order);
                // By more than rounding: the same order on every machine.
                if now < best * (1.0 - 1e-9) {
                    best = now;
                    improved = true;
                } else {
                    order.swap(a, b);
                }
            }
        }
        if !improved {
            return order;
        }
    }
}
