//! Textures for a printer without colour: what a stripe carries besides its grey, so that more of them can be told apart
//! than greys can. They are lines and no SVG patterns, which not every program draws.

use crate::charts::theme::{Color, Theme};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texture {
    Plain,
    Across,
    /// Forward with the stripe, and against it.
    Slant,
    Back,
    Crossed,
}

/// Between two lines, along the stripe, in layout pixels.
const SPACING: f64 = 4.5;

/// Pieces of a line, so that it bends with its stripe.
const PIECES: usize = 4;

/// Stripes narrower than this carry none: there would be dots.
pub const NARROWEST: f64 = 1.8;

impl Texture {
    /// Lines on a stripe, `at(along, across)` being a point of it: along up to `length`, across from 0 to 1 of `width`.
    pub fn lines(self, length: f64, width: f64, at: impl Fn(f64, f64) -> (f64, f64)) -> Vec<Vec<(f64, f64)>> {
        // How far along a line goes while it crosses.
        let leans: &[f64] = match self {
            Texture::Plain => &[],
            Texture::Across => &[0.0],
            Texture::Slant => &[1.0],
            Texture::Back => &[-1.0],
            Texture::Crossed => &[1.0, -1.0],
        };
        if width < NARROWEST {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for lean in leans.iter().map(|lean| lean * width.min(2.0 * SPACING)) {
            let first = SPACING / 2.0 - lean.abs();
            let many = ((length + 2.0 * lean.abs()) / SPACING).ceil() as usize;
            for start in (0..many).map(|k| first + SPACING * k as f64) {
                let points = (0..=PIECES).map(|piece| piece as f64 / PIECES as f64);
                let inside = points.map(|across| (start + lean * across, across));
                let line: Vec<_> = inside
                    .filter(|(along, _)| (0.0..=length).contains(along))
                    .map(|(along, across)| at(along, across))
                    .collect();
                if line.len() > 1 {
                    lines.push(line);
                }
            }
        }
        lines
    }
}

/// In which its lines are drawn: dark on a light stripe, light on a dark one.
pub fn line_color(theme: &Theme, stripe: Color) -> Color {
    let light = |color: Color| u32::from(color.0) + u32::from(color.1) + u32::from(color.2);
    if light(stripe) > light(theme.paper) / 2 { theme.ink } else { theme.paper }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_on_their_stripe_and_differ() {
        let of = |texture: Texture| texture.lines(100.0, 10.0, |along, across| (along, 10.0 * across));
        let all = [Texture::Across, Texture::Slant, Texture::Back, Texture::Crossed].map(of);
        for (k, lines) in all.iter().enumerate() {
            assert!(lines.len() >= 20, "{}", lines.len());
            let inside = |&(x, y): &(f64, f64)| (0.0..=100.0).contains(&x) && (0.0..=10.0).contains(&y);
            assert!(lines.iter().flatten().all(inside));
            assert!(all[..k].iter().all(|other| other != lines));
        }
        assert!(of(Texture::Plain).is_empty());
        assert!(Texture::Across.lines(100.0, 1.0, |along, across| (along, across)).is_empty());
    }
}
