//! A drawing as PDF: one page, vectors, from the same tree of shapes as the PNG. Glyphs are outlines, so that no reader's
//! typeface steps in; over them lie the words once more, unseen, to be searched and copied. Nothing in the file depends
//! on a clock or a machine. ISO 32000-1; of it as much as charts need: filled and stroked paths in opaque colours.

use crate::charts::layout::{ASCENT, DESCENT};
use crate::charts::render::Drawing;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use resvg::tiny_skia::{PathSegment, Transform};
use resvg::usvg::{FillRule, Group, LineCap, LineJoin, Node, Paint, Path, Tree};
use std::fmt::Write as _;
use std::io::Write as _;

/// Points in a layout pixel: 72 to the inch against 96.
const POINTS: f64 = 0.75;

/// The file, of a drawing and its tree.
pub fn pdf(drawing: &Drawing, tree: &Tree) -> Vec<u8> {
    let (width, height) = (drawing.look.width, drawing.look.height);
    let mut content = String::new();
    // Layout pixels down from the top become points up from the bottom.
    let _ = writeln!(content, "{POINTS} 0 0 -{POINTS} 0 {} cm", number(height * POINTS));
    shapes(&mut content, tree.root(), Transform::identity());
    words(&mut content, drawing);
    let page = format!(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 {} {}]/Contents 4 0 R/Resources<</Font<</W 5 0 R>>>>>>",
        number(width * POINTS),
        number(height * POINTS)
    );
    let info = format!(
        "<</Title {}/Subject {}/Producer(roundtrip)>>",
        text(&drawing.title),
        text(&drawing.subtitle)
    );
    let stream = deflated(content.as_bytes());
    let head = format!("<</Length {}/Filter/FlateDecode>>", stream.len());
    let objects: [(String, Option<&[u8]>); 6] = [
        ("<</Type/Catalog/Pages 2 0 R/ViewerPreferences<</DisplayDocTitle true>>>>".into(), None),
        ("<</Type/Pages/Kids[3 0 R]/Count 1>>".into(), None),
        (page, None),
        (head, Some(&stream)),
        // Never painted: of a typewriter's typeface the width of a word is known without its file.
        ("<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>".into(), None),
        (info, None),
    ];
    let mut file = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut places = Vec::new();
    for (k, (head, stream)) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n{head}\n", k + 1).bytes());
        if let Some(stream) = stream {
            file.extend(b"stream\n");
            file.extend(*stream);
            file.extend(b"\nendstream\n");
        }
        file.extend(b"endobj\n");
    }
    let start = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in &places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<</Size {size}/Root 1 0 R/Info 6 0 R>>\nstartxref\n{start}\n%%EOF\n").bytes(),
    );
    file
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("writing to memory")
}

fn shapes(content: &mut String, group: &Group, outer: Transform) {
    let transform = outer.pre_concat(group.transform());
    for node in group.children() {
        match node {
            Node::Group(inner) => shapes(content, inner, transform),
            Node::Path(path) if path.is_visible() => shape(content, path, transform),
            Node::Text(text) => shapes(content, text.flattened(), transform),
            _ => {}
        }
    }
}

fn shape(content: &mut String, path: &Path, transform: Transform) {
    let opaque = |paint: &Paint| match paint {
        Paint::Color(color) => Some([color.red, color.green, color.blue]),
        // No chart has gradients or patterns; a test sees to it.
        _ => None,
    };
    let rgb = |color: [u8; 3]| color.map(|part| number(f64::from(part) / 255.0)).join(" ");
    let fill = path.fill().and_then(|fill| Some((opaque(fill.paint())?, fill.rule())));
    let stroke = path.stroke().and_then(|stroke| Some((opaque(stroke.paint())?, stroke)));
    let mut paint = String::new();
    if let Some((color, _)) = fill {
        let _ = write!(paint, "{} rg ", rgb(color));
    }
    if let Some((color, stroke)) = stroke {
        let scale = f64::from(transform.sx.hypot(transform.ky));
        let join = match stroke.linejoin() {
            LineJoin::Round => 1,
            LineJoin::Bevel => 2,
            _ => 0,
        };
        let cap = match stroke.linecap() {
            LineCap::Butt => 0,
            LineCap::Round => 1,
            LineCap::Square => 2,
        };
        let width = number(f64::from(stroke.width().get()) * scale);
        let _ = write!(paint, "{} RG {width} w {join} j {cap} J ", rgb(color));
    }
    let act = match (fill.map(|(_, rule)| rule), stroke.is_some()) {
        (Some(FillRule::NonZero), false) => "f",
        (Some(FillRule::EvenOdd), false) => "f*",
        (Some(FillRule::NonZero), true) => "B",
        (Some(FillRule::EvenOdd), true) => "B*",
        (None, true) => "S",
        (None, false) => return,
    };
    let Some(data) = path.data().clone().transform(transform) else { return };
    content.push_str(&paint);
    let mut at = (0.0, 0.0);
    for segment in data.segments() {
        let mut points = |points: &[(f32, f32)], operator: &str| {
            for (x, y) in points {
                let _ = write!(content, "{} {} ", number(f64::from(*x)), number(f64::from(*y)));
            }
            content.push_str(operator);
            content.push(' ');
            at = points.last().copied().unwrap_or(at);
        };
        match segment {
            PathSegment::MoveTo(p) => points(&[(p.x, p.y)], "m"),
            PathSegment::LineTo(p) => points(&[(p.x, p.y)], "l"),
            PathSegment::QuadTo(c, p) => {
                // As a cubic: each control point two thirds of the way to the quadratic's.
                let start = at;
                let near =
                    |end: (f32, f32)| (end.0 + (c.x - end.0) * 2.0 / 3.0, end.1 + (c.y - end.1) * 2.0 / 3.0);
                let (one, other) = (near(start), near((p.x, p.y)));
                let mut write = |(x, y): (f32, f32), operator: &str| {
                    let _ = write!(content, "{} {} {operator}", number(f64::from(x)), number(f64::from(y)));
                };
                write(one, "");
                write(other, "");
                write((p.x, p.y), "c ");
                at = (p.x, p.y);
            }
            PathSegment::CubicTo(c, d, p) => points(&[(c.x, c.y), (d.x, d.y), (p.x, p.y)], "c"),
            PathSegment::Close => content.push_str("h "),
        }
    }
    content.push_str(act);
    content.push('\n');
}

/// Every label where it stands, not painted.
fn words(content: &mut String, drawing: &Drawing) {
    /// A glyph of the typewriter's typeface is as wide as so much of its size.
    const ADVANCE: f64 = 0.6;
    content.push_str("BT 3 Tr\n");
    for (bounds, label) in &drawing.labels {
        let size = bounds.height() / (ASCENT + DESCENT);
        let letters = label.chars().count().max(1) as f64;
        let stretch = 100.0 * bounds.width() / (letters * ADVANCE * size);
        let (x, y) = (number(bounds.left), number(bounds.bottom - DESCENT * size));
        let letters: String = label.chars().map(in_win_ansi).collect();
        let _ = writeln!(
            content,
            "/W {} Tf {} Tz 1 0 0 -1 {x} {y} Tm ({letters}) Tj",
            number(size),
            number(stretch)
        );
    }
    content.push_str("ET\n");
}

/// A letter within a text of the page, in Windows' Western code.
fn in_win_ansi(letter: char) -> String {
    let code = match letter {
        '(' | ')' | '\\' => return format!("\\{letter}"),
        '−' => 0x2d,
        '–' => 0x96,
        '—' => 0x97,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '…' => 0x85,
        '€' => 0x80,
        '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{ff}' => letter as u32,
        _ => 0x3f,
    };
    if code < 0x7f { (code as u8 as char).to_string() } else { format!("\\{code:03o}") }
}

/// A text of the file's own description: UTF-16 with its mark, in hexadecimal.
fn text(words: &str) -> String {
    let units: String = words.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{units}>")
}

/// Two decimals at most: a hundredth of a layout pixel.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.to_string() }
}
