//! A finished drawing as files: SVG that stands alone, SVG for a page that already has the typeface, and PNG
//! rasterised from the same text. Only the embedded typeface is ever used for PNG, so that a machine's own fonts
//! change nothing.

use crate::charts::layout::{Bounds, REGULAR, SEMI_BOLD};
use crate::charts::pdf::pdf;
use crate::charts::theme::{Color, Look, Text};
use base64::Engine;
use resvg::{tiny_skia, usvg};
use std::sync::{Arc, OnceLock};

/// What a chart returns.
#[derive(Debug, Clone)]
pub struct Drawing {
    pub look: Look,
    pub title: String,
    pub subtitle: String,
    /// SVG elements, in layout pixels.
    pub body: String,
    /// Every text drawn and its box; tests see to it that none overlap.
    pub labels: Vec<(Bounds, String)>,
    /// What no text may cover: nodes, arrow heads.
    pub obstacles: Vec<Bounds>,
}

/// The fallbacks are for characters that the embedded subset lacks.
const FAMILY: &str = "Inter, Helvetica Neue, Arial, sans-serif";

impl Drawing {
    /// The drawing on a smaller sheet, with all that is on it.
    pub fn reduced_to(self, look: &Look) -> Drawing {
        let by = look.reduction();
        if by == 1.0 {
            return self;
        }
        let smaller = |b: Bounds| Bounds::new(b.left * by, b.top * by, b.right * by, b.bottom * by);
        Drawing {
            look: *look,
            body: format!("<g transform=\"scale({by:.6})\">\n{}</g>\n", self.body),
            labels: self.labels.into_iter().map(|(bounds, words)| (smaller(bounds), words)).collect(),
            obstacles: self.obstacles.into_iter().map(smaller).collect(),
            ..self
        }
    }

    /// For a file that is opened by itself: the typeface is inside, or glyphs are outlines where the look says so.
    pub fn svg(&self) -> String {
        match self.look.text {
            Text::Font => self.document(&format!("<style>{}</style>\n", font_faces())),
            Text::Outlines => self.outlines(),
        }
    }

    /// For programs that do not read a typeface inside an SVG: every glyph is a path.
    fn outlines(&self) -> String {
        let options = usvg::WriteOptions {
            coordinates_precision: 2,
            transforms_precision: 5,
            ..usvg::WriteOptions::default()
        };
        let svg = self.tree().to_string(&options);
        let head = svg.find('>').map_or(0, |end| end + 1);
        let (title, desc) = (escaped(&self.title), escaped(&self.subtitle));
        format!("{}\n<title>{title}</title>\n<desc>{desc}</desc>{}", &svg[..head], &svg[head..])
    }

    /// For a page that has `font_faces()` in its head; also what is rasterised and what the goldens hold.
    pub fn svg_without_fonts(&self) -> String {
        self.document("")
    }

    fn document(&self, style: &str) -> String {
        let Look { width, height, .. } = self.look;
        let paper: Color = self.look.theme().paper;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"{FAMILY}\">\n\
             <title>{}</title>\n<desc>{}</desc>\n{style}\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n{}</svg>\n",
            escaped(&self.title),
            escaped(&self.subtitle),
            paper.css(),
            self.body,
            width = decimals(width),
            height = decimals(height),
        )
    }

    /// PNG at the look's resolution.
    pub fn png(&self) -> Vec<u8> {
        self.png_of(&self.tree())
    }

    /// One page of vectors.
    pub fn pdf(&self) -> Vec<u8> {
        pdf(self, &self.tree())
    }

    /// PNG, and PDF where the look asks for it, of shapes that are worked out once.
    pub fn png_and_pdf(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let tree = self.tree();
        (self.png_of(&tree), self.look.pdf.then(|| pdf(self, &tree)))
    }

    /// The shapes, with the embedded typeface.
    fn tree(&self) -> usvg::Tree {
        let options = usvg::Options {
            font_family: "Inter".to_string(),
            fontdb: typefaces(),
            ..usvg::Options::default()
        };
        usvg::Tree::from_str(&self.svg_without_fonts(), &options).expect("a drawing is well-formed SVG")
    }

    fn png_of(&self, tree: &usvg::Tree) -> Vec<u8> {
        let (width, height) = self.look.pixels();
        let mut pixels = tiny_skia::Pixmap::new(width, height).expect("a look has pixels");
        let across = width as f32 / tree.size().width();
        let down = height as f32 / tree.size().height();
        resvg::render(tree, tiny_skia::Transform::from_scale(across, down), &mut pixels.as_mut());
        with_resolution(pixels.encode_png().expect("a PNG is written to memory"), self.look.dpi)
    }
}

/// Word processors size a picture by its `pHYs` chunk: inserted after the header, whose length is fixed.
fn with_resolution(png: Vec<u8>, dpi: f64) -> Vec<u8> {
    const HEADER: usize = 8 + 4 + 4 + 13 + 4;
    let per_metre = ((dpi / 0.0254).round() as u32).to_be_bytes();
    let mut chunk = b"pHYs".to_vec();
    chunk.extend(per_metre);
    chunk.extend(per_metre);
    chunk.push(1);
    let mut out = png[..HEADER].to_vec();
    out.extend((chunk.len() as u32 - 4).to_be_bytes());
    let check = crc(&chunk);
    out.extend(chunk);
    out.extend(check.to_be_bytes());
    out.extend(&png[HEADER..]);
    out
}

/// PNG's check sum of a chunk.
fn crc(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

/// CSS `@font-face` rules with the Latin subset of both weights inside.
pub fn font_faces() -> &'static str {
    static RULES: OnceLock<String> = OnceLock::new();
    RULES.get_or_init(|| {
        let rule = |weight: u32, bytes: &[u8]| {
            let data = base64::engine::general_purpose::STANDARD.encode(bytes);
            format!(
                "@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/woff2;base64,{data}) format('woff2')}}"
            )
        };
        rule(400, include_bytes!("../../assets/Inter-Regular.latin.woff2"))
            + &rule(600, include_bytes!("../../assets/Inter-SemiBold.latin.woff2"))
    })
}

fn typefaces() -> Arc<usvg::fontdb::Database> {
    static FACES: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    Arc::clone(FACES.get_or_init(|| {
        let mut faces = usvg::fontdb::Database::new();
        faces.load_font_data(REGULAR.to_vec());
        faces.load_font_data(SEMI_BOLD.to_vec());
        // Every generic family is Inter too: there is nothing else.
        faces.set_sans_serif_family("Inter");
        faces.set_serif_family("Inter");
        Arc::new(faces)
    }))
}

/// Text inside an element.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no place for these.
            control if control.is_control() => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// A coordinate: two decimals at most, so that the last bits of a platform's arithmetic do not show.
pub fn decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::layout::{Weight, width};

    fn drawing(body: &str) -> Drawing {
        Drawing {
            look: Look::default(),
            title: "T".into(),
            subtitle: "S".into(),
            body: body.into(),
            labels: vec![],
            obstacles: vec![],
        }
    }

    #[test]
    fn a_png_has_the_pixels_and_the_resolution_asked_for() {
        let png = drawing("").png();
        assert_eq!(&png[16..24], [0, 0, 6, 64, 0, 0, 3, 232], "1600 × 1000");
        let decoded = tiny_skia::Pixmap::decode_png(&png).unwrap();
        assert_eq!((decoded.width(), decoded.height()), (1600, 1000));
        assert_eq!(&png[37..41], b"pHYs");
        assert_eq!(u32::from_be_bytes(png[41..45].try_into().unwrap()), 7559, "192 dpi in pixels a metre");
    }

    /// The last column with ink is where the measured advance says: what is measured is what is drawn.
    #[test]
    fn a_text_is_as_wide_as_measured() {
        for (weight, css) in [(Weight::Regular, 400), (Weight::SemiBold, 600)] {
            let words = "AVATAR To $148\u{a0}bn, premium — ўΩé H";
            let body =
                format!("<text x=\"100\" y=\"100\" font-size=\"20\" font-weight=\"{css}\">{words}</text>");
            let pixels = tiny_skia::Pixmap::decode_png(&drawing(&body).png()).unwrap();
            let ink = |column: u32| (0..1000).any(|row| pixels.pixel(column, row).unwrap().red() < 128);
            let last = (0..1600).rev().find(|column| ink(*column)).unwrap();
            // H has a side bearing of 0.09 em at most, at scale 2: 3.6 pixels.
            let end = 200.0 + 2.0 * width(words, weight, 20.0);
            let gap = end - f64::from(last);
            assert!((0.0..4.6).contains(&gap), "{weight:?}: ink ends {gap} before the pen");
        }
    }

    #[test]
    fn a_drawing_stands_alone() {
        let svg = drawing("").svg();
        assert!(
            svg.contains("@font-face") && !svg.contains("http://fonts") && svg.len() < 60_000,
            "{}",
            svg.len()
        );
        assert!(!drawing("").svg_without_fonts().contains("@font-face"));
        assert_eq!(escaped("A<B>&\"C\"\u{1}"), "A&lt;B&gt;&amp;&quot;C&quot; ");
        assert_eq!(
            [decimals(1.005), decimals(-0.001), decimals(2.5), decimals(100.0)],
            ["1", "0", "2.5", "100"]
        );
    }
}
