//! Where things stand: the width of a text as it will be set, line breaks, boxes, and labels that do not collide.
//! Everything is in layout pixels, x to the right and y down. Nothing here draws.

use rustybuzz::{Face, UnicodeBuffer};
use std::sync::OnceLock;

/// The two weights of the embedded typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    Regular,
    SemiBold,
}

/// The typeface: what is measured here is what `render` draws.
pub const REGULAR: &[u8] = include_bytes!("../../assets/Inter-Regular.ttf");
pub const SEMI_BOLD: &[u8] = include_bytes!("../../assets/Inter-SemiBold.ttf");

fn face(weight: Weight) -> &'static Face<'static> {
    static FACES: OnceLock<[Face<'static>; 2]> = OnceLock::new();
    let faces = FACES.get_or_init(|| {
        [REGULAR, SEMI_BOLD]
            .map(|bytes| Face::from_slice(bytes, 0).expect("the embedded typeface can be read"))
    });
    &faces[weight as usize]
}

/// How far the pen moves in setting `text`, kerning included.
pub fn width(text: &str, weight: Weight, size: f64) -> f64 {
    let face = face(weight);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(text);
    buffer.guess_segment_properties();
    let glyphs = rustybuzz::shape(face, &[], buffer);
    let units: i64 = glyphs.glyph_positions().iter().map(|glyph| i64::from(glyph.x_advance)).sum();
    units as f64 * size / f64::from(face.units_per_em())
}

/// The letters of a text that the typeface lacks: a PNG shows boxes for them, an SVG the reader's own typeface.
pub fn lacking(text: &str) -> String {
    let face = face(Weight::Regular);
    let lacks = |letter: &char| {
        !letter.is_control() && !letter.is_whitespace() && face.glyph_index(*letter).is_none()
    };
    let mut letters: Vec<char> = text.chars().filter(lacks).collect();
    letters.sort();
    letters.dedup();
    letters.into_iter().collect()
}

/// Above and below the baseline, as parts of the type size: room for an accented capital and a descender.
pub const ASCENT: f64 = 0.80;
pub const DESCENT: f64 = 0.22;
/// A capital's height, for centring a line on a point.
pub const CAP_HEIGHT: f64 = 0.727;
/// From baseline to baseline.
pub const LEADING: f64 = 1.28;

/// An upright box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Bounds {
    pub fn new(left: f64, top: f64, right: f64, bottom: f64) -> Bounds {
        Bounds { left, top, right, bottom }
    }

    pub fn around(x: f64, y: f64, half_width: f64, half_height: f64) -> Bounds {
        Bounds::new(x - half_width, y - half_height, x + half_width, y + half_height)
    }

    pub fn width(&self) -> f64 {
        self.right - self.left
    }

    pub fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub fn center(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Larger by `by` on every side.
    pub fn grown(&self, by: f64) -> Bounds {
        Bounds::new(self.left - by, self.top - by, self.right + by, self.bottom + by)
    }

    pub fn contains(&self, other: &Bounds) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }

    /// Area in common.
    pub fn overlap(&self, other: &Bounds) -> f64 {
        let across = self.right.min(other.right) - self.left.max(other.left);
        let down = self.bottom.min(other.bottom) - self.top.max(other.top);
        across.max(0.0) * down.max(0.0)
    }

    pub fn overlaps(&self, other: &Bounds) -> bool {
        self.overlap(other) > 0.0
    }
}

/// Room for two panels: side by side, the first with so much of the width, or in a journal's column one above the other, the
/// first with so much of the height.
pub fn halves(room: Bounds, gap: f64, beside: f64, above: Option<f64>) -> [Bounds; 2] {
    match above {
        None => [
            Bounds { right: room.left + beside - gap / 2.0, ..room },
            Bounds { left: room.left + beside + gap / 2.0, ..room },
        ],
        Some(part) => {
            let middle = room.top + room.height() * part;
            [Bounds { bottom: middle - gap / 2.0, ..room }, Bounds { top: middle + gap / 2.0, ..room }]
        }
    }
}

/// Lines no wider than `room`, broken at spaces (not at no-break spaces), and inside a word only where it alone is
/// too wide.
pub fn wrap(text: &str, weight: Weight, size: f64, room: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if width(&longer, weight, size) <= room {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for letter in word.chars() {
            line.push(letter);
            if width(&line, weight, size) > room && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, letter.to_string()));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// The same number of lines as `wrap`, as equal in length as they can be: no last word by itself.
pub fn wrap_evenly(text: &str, weight: Weight, size: f64, room: f64) -> Vec<String> {
    let mut lines = wrap(text, weight, size, room);
    let (mut narrow, mut wide) = (room / lines.len().max(1) as f64 * 0.9, room);
    if lines.len() < 2 {
        return lines;
    }
    while wide - narrow > 1.0 {
        let middle = (narrow + wide) / 2.0;
        let tried = wrap(text, weight, size, middle);
        if tried.len() == lines.len() {
            (wide, lines) = (middle, tried);
        } else {
            narrow = middle;
        }
    }
    lines
}

/// `text` if it fits in `room`, else its beginning and an ellipsis.
pub fn shorten(text: &str, weight: Weight, size: f64, room: f64) -> String {
    if width(text, weight, size) <= room {
        return text.to_string();
    }
    let letters: Vec<char> = text.chars().collect();
    for kept in (1..letters.len()).rev() {
        let start: String = letters[..kept].iter().collect();
        let short = format!("{}…", start.trim_end());
        if width(&short, weight, size) <= room {
            return short;
        }
    }
    "…".to_string()
}

/// The same with the end kept too, by which many names are told apart: `Company wit…3`.
pub fn shorten_middle(text: &str, weight: Weight, size: f64, room: f64) -> String {
    if width(text, weight, size) <= room {
        return text.to_string();
    }
    let letters: Vec<char> = text.chars().collect();
    for kept in (2..letters.len()).rev() {
        let tail = kept / 3;
        let start: String = letters[..kept - tail].iter().collect();
        let end: String = letters[letters.len() - tail..].iter().collect();
        let short = format!("{}…{}", start.trim_end(), end.trim_start());
        if width(&short, weight, size) <= room {
            return short;
        }
    }
    "…".to_string()
}

/// Centres of labels along a line: each as near as can be to where it is wanted, in the given order, none over
/// another, all between `low` and `high` (as far as the heights leave room). Least squares, by pooling neighbours.
pub fn spread(wanted: &[f64], heights: &[f64], low: f64, high: f64) -> Vec<f64> {
    // A centre less all that must lie before it: these offsets need only not decrease.
    let mut before = Vec::with_capacity(heights.len());
    let mut sum = 0.0;
    for height in heights {
        before.push(sum + height / 2.0);
        sum += height;
    }
    let mut pools: Vec<(f64, usize)> = Vec::new(); // mean offset, how many labels share it
    for (want, before) in wanted.iter().zip(&before) {
        let mut pool = (want - before, 1);
        while let Some(&(mean, count)) = pools.last() {
            if mean <= pool.0 {
                break;
            }
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / (count + pool.1) as f64, count + pool.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let last = (high - sum).max(low);
    let offsets = pools.iter().flat_map(|&(mean, count)| std::iter::repeat_n(mean.clamp(low, last), count));
    offsets.zip(&before).map(|(offset, before)| offset + before).collect()
}

/// Room already taken on a picture.
#[derive(Debug, Clone)]
pub struct Claims {
    page: Bounds,
    taken: Vec<Bounds>,
}

impl Claims {
    pub fn on(page: Bounds) -> Claims {
        Claims { page, taken: Vec::new() }
    }

    pub fn claim(&mut self, bounds: Bounds) {
        self.taken.push(bounds);
    }

    /// On the page, and clear of all that is taken.
    pub fn is_free(&self, bounds: &Bounds) -> bool {
        self.page.contains(bounds) && !self.taken.iter().any(|taken| taken.overlaps(bounds))
    }

    /// Takes the first candidate that is free.
    pub fn place(&mut self, candidates: impl IntoIterator<Item = Bounds>) -> Option<Bounds> {
        let free = candidates.into_iter().find(|bounds| self.is_free(bounds))?;
        self.claim(free);
        Some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up_but_for_kerning() {
        // The advance of H in the font's hmtx table, as fontTools prints it.
        assert_eq!(width("H", Weight::Regular, 2048.0), 1522.0);
        assert_eq!(width("HH", Weight::Regular, 2048.0), 2.0 * 1522.0);
        assert!(
            width("AV", Weight::Regular, 10.0)
                < width("A", Weight::Regular, 10.0) + width("V", Weight::Regular, 10.0)
        );
        assert!(width("mm", Weight::SemiBold, 10.0) > width("mm", Weight::Regular, 10.0));
        assert_eq!(width("", Weight::Regular, 10.0), 0.0);
    }

    #[test]
    fn wrapped_lines_fit_and_keep_every_letter() {
        let text = "Of the $148\u{a0}bn that OpenAI raises, a third is manufactured by Donaudampfschifffahrtsgesellschaft";
        let lines = wrap(text, Weight::SemiBold, 17.0, 150.0);
        assert!(lines.iter().all(|line| width(line, Weight::SemiBold, 17.0) <= 150.0), "{lines:?}");
        let kept: String = lines.concat().replace(' ', "");
        assert_eq!(kept, text.replace(' ', ""));
        assert!(lines.iter().any(|line| line.contains("$148\u{a0}bn")));
    }

    #[test]
    fn even_lines_leave_no_widow() {
        let text = "one two three four five six seven eight nine ten eleven";
        let room = width(text, Weight::Regular, 10.0) * 0.95;
        assert_eq!(wrap(text, Weight::Regular, 10.0, room).len(), 2);
        let lines = wrap_evenly(text, Weight::Regular, 10.0, room);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].len() * 3 > lines[0].len() * 2, "{lines:?}");
    }

    #[test]
    fn shortened_text_fits() {
        let short = shorten("A name of thirty-one characters", Weight::Regular, 11.0, 80.0);
        assert!(short.ends_with('…') && width(&short, Weight::Regular, 11.0) <= 80.0, "{short}");
        assert_eq!(shorten("AMD", Weight::Regular, 11.0, 80.0), "AMD");
        let of = |number: usize| {
            shorten_middle(&format!("Company with a long name {number}"), Weight::Regular, 11.0, 80.0)
        };
        assert!(of(3) != of(7) && of(3).ends_with('3') && of(3).starts_with("Company"), "{}", of(3));
        assert!(width(&of(3), Weight::Regular, 11.0) <= 80.0);
        assert_eq!(shorten_middle("AMD", Weight::Regular, 11.0, 80.0), "AMD");
    }

    #[test]
    fn spread_labels_neither_touch_nor_stray() {
        // By hand: three labels of 10 wanted at 5, 6, 50 in 0..100; the first two share their mean, 5.5, less what the edge takes.
        assert_eq!(spread(&[15.0, 16.0, 50.0], &[10.0; 3], 0.0, 100.0), [10.5, 20.5, 50.0]);
        assert_eq!(spread(&[5.0, 6.0, 50.0], &[10.0; 3], 0.0, 100.0), [5.0, 15.0, 50.0]);
        assert_eq!(spread(&[99.0, 99.0], &[10.0; 2], 0.0, 100.0), [85.0, 95.0]);
        assert_eq!(spread(&[], &[], 0.0, 1.0), Vec::<f64>::new());
    }

    #[test]
    fn a_claim_is_refused_where_another_lies() {
        let mut claims = Claims::on(Bounds::new(0.0, 0.0, 100.0, 100.0));
        let first = Bounds::new(10.0, 10.0, 20.0, 20.0);
        assert_eq!(claims.place([first]), Some(first));
        assert_eq!(claims.place([first, Bounds::new(95.0, 0.0, 105.0, 5.0)]), None);
        let beside = Bounds::new(20.0, 10.0, 30.0, 20.0);
        assert_eq!(claims.place([first, beside]), Some(beside));
    }
}
