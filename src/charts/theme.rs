//! How charts look: colours, type sizes, margins. An origin or a lens has one colour in every chart. Organic money is
//! in blues, manufactured money in warm colours; the colours were searched for distance under simulated colour
//! blindness, and a test keeps them apart. Where things stand is `layout`; what is drawn, each chart.

use crate::books::{ORIGINS, Origin};
use crate::charts::texture::Texture;
use crate::input::currency::Currency;
use serde::{Deserialize, Serialize};

/// Where the picture will be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Style {
    #[default]
    Screen,
    /// Greys only, for a printer without colour: organic money is light, manufactured money dark, and origins have textures.
    Print,
    Dark,
}

impl Style {
    pub const ALL: [Style; 3] = [Style::Screen, Style::Print, Style::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Style::Screen => "screen",
            Style::Print => "print",
            Style::Dark => "dark",
        }
    }

    pub fn theme(self) -> &'static Theme {
        match self {
            Style::Screen => &SCREEN,
            Style::Print => &PRINT,
            Style::Dark => &DARK,
        }
    }
}

/// The three lenses of §1, in the order in which every result shows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lens {
    Traced,
    Netted,
    Causal,
}

impl Lens {
    pub const ALL: [Lens; 3] = [Lens::Traced, Lens::Netted, Lens::Causal];

    pub fn name(self) -> &'static str {
        match self {
            Lens::Traced => "Traced",
            Lens::Netted => "Netted",
            Lens::Causal => "Causal",
        }
    }

    /// What it asks of the capital raised, in a few words.
    pub fn question(self) -> &'static str {
        match self {
            Lens::Traced => "from inflated values",
            Lens::Netted => "money that came back, not wealth that rose",
            Lens::Causal => "not raised had the loops been off",
        }
    }
}

/// As what an SVG file has its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Text {
    /// Texts, with the typeface inside: they can be searched, copied and edited.
    #[default]
    Font,
    /// Paths: the same everywhere.
    Outlines,
}

impl Text {
    fn is_font(&self) -> bool {
        *self == Text::Font
    }
}

/// An opaque colour, sRGB. Tints are mixed here and not left to opacity, so that overlaps do not change a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color(pub u8, pub u8, pub u8);

impl Color {
    /// `0xRRGGBB`.
    const fn hex(value: u32) -> Color {
        Color((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// This colour laid over `paper`, `part` of it: 0 is paper, 1 this colour.
    pub fn over(self, paper: Color, part: f64) -> Color {
        let mix = |ink: u8, paper: u8| {
            (f64::from(paper) + (f64::from(ink) - f64::from(paper)) * part).round() as u8
        };
        Color(mix(self.0, paper.0), mix(self.1, paper.1), mix(self.2, paper.2))
    }

    /// For plotters.
    pub fn rgb(self) -> plotters::style::RGBColor {
        plotters::style::RGBColor(self.0, self.1, self.2)
    }
}

#[derive(Debug)]
pub struct Theme {
    pub paper: Color,
    /// Titles and labels.
    pub ink: Color,
    /// Subtitles, tick labels, notes.
    pub muted: Color,
    /// Axes and leader lines.
    pub rule: Color,
    pub grid: Color,
    /// By `Origin as usize`.
    pub origins: [Color; ORIGINS],
    /// What their stripes carry besides; none where colours do.
    textures: [Texture; ORIGINS],
    /// All organic, all manufactured money, where origins are not told apart.
    pub organic: Color,
    pub manufactured: Color,
    /// By `Lens as usize`.
    pub lenses: [Color; 3],
    /// Full and faint tones cannot be told apart: all have the full one, and what runs in circles has an edge.
    pub edges_circles: bool,
    /// What is neither money nor a lens: premiums of companies, probabilities.
    pub plain: Color,
}

impl Theme {
    pub fn origin(&self, origin: Origin) -> Color {
        self.origins[origin as usize]
    }

    pub fn texture(&self, origin: Origin) -> Texture {
        self.textures[origin as usize]
    }

    pub fn lens(&self, lens: Lens) -> Color {
        self.lenses[lens as usize]
    }

    /// The 90% band of a series: lighter than its 50% band.
    pub fn outer_band(&self, series: Color) -> Color {
        series.over(self.paper, 0.20)
    }

    pub fn inner_band(&self, series: Color) -> Color {
        series.over(self.paper, 0.45)
    }
}

// revenue, savings, premium, mark, recycled, guarantee, credit
const SCREEN: Theme = Theme {
    paper: Color::hex(0xffffff),
    ink: Color::hex(0x1a1d21),
    muted: Color::hex(0x5d646c),
    rule: Color::hex(0x9aa1a8),
    grid: Color::hex(0xe4e7ea),
    origins: [
        Color::hex(0x1f4e86),
        Color::hex(0x45b3c9),
        Color::hex(0xc8480f),
        Color::hex(0xf2c43a),
        Color::hex(0xdd9290),
        Color::hex(0x91646e),
        Color::hex(0x651c2e),
    ],
    textures: [Texture::Plain; ORIGINS],
    organic: Color::hex(0x2b7fa6),
    manufactured: Color::hex(0xc8480f),
    lenses: [Color::hex(0x2b2b2b), Color::hex(0x22845a), Color::hex(0x8259b3)],
    edges_circles: false,
    plain: Color::hex(0x6b6f8a),
};

const PRINT: Theme = Theme {
    paper: Color::hex(0xffffff),
    ink: Color::hex(0x000000),
    muted: Color::hex(0x4a4a4a),
    rule: Color::hex(0x8a8a8a),
    grid: Color::hex(0xe2e2e2),
    origins: [
        Color::hex(0xb4b4b4),
        Color::hex(0xdadada),
        Color::hex(0x4a4a4a),
        Color::hex(0x929292),
        Color::hex(0x6e6e6e),
        Color::hex(0x313131),
        Color::hex(0x181818),
    ],
    textures: [
        Texture::Across,
        Texture::Plain,
        Texture::Plain,
        Texture::Slant,
        Texture::Back,
        Texture::Crossed,
        Texture::Across,
    ],
    organic: Color::hex(0xa8a8a8),
    manufactured: Color::hex(0x3a3a3a),
    lenses: [Color::hex(0x0a0a0a), Color::hex(0x727272), Color::hex(0x424242)],
    edges_circles: true,
    plain: Color::hex(0x5a5a5a),
};

const DARK: Theme = Theme {
    paper: Color::hex(0x15181c),
    ink: Color::hex(0xf1f3f5),
    muted: Color::hex(0xa3abb3),
    rule: Color::hex(0x6a727a),
    grid: Color::hex(0x2c3238),
    origins: [
        Color::hex(0x3f7fd0),
        Color::hex(0xa5ecf2),
        Color::hex(0xf0692f),
        Color::hex(0xffe07a),
        Color::hex(0xf2aeb0),
        Color::hex(0xb4788c),
        Color::hex(0xa03058),
    ],
    textures: [Texture::Plain; ORIGINS],
    organic: Color::hex(0x4ba3cf),
    manufactured: Color::hex(0xf0692f),
    lenses: [Color::hex(0xe6e6e6), Color::hex(0x45b98a), Color::hex(0xab86dd)],
    edges_circles: false,
    plain: Color::hex(0x9095b5),
};

/// Type sizes, in layout pixels (a hundredth of an inch, nearly: 96 to the inch).
pub const TITLE: f64 = 17.0;
pub const SUBTITLE: f64 = 11.5;
pub const LABEL: f64 = 11.0;
pub const TICK: f64 = 10.0;
pub const NOTE: f64 = 9.0;

/// Between the edge of the picture and anything in it.
pub const MARGIN: f64 = 26.0;

/// Size, resolution and style of a picture. Charts are laid out in layout pixels, 96 to the inch, and rasterised at
/// `dpi`: the default, 800 × 500 at 192, makes a PNG of 1600 × 1000.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Look {
    pub width: f64,
    pub height: f64,
    pub dpi: f64,
    pub style: Style,
    /// Of texts in SVG files.
    #[serde(default, skip_serializing_if = "Text::is_font")]
    pub text: Text,
    /// A PDF beside SVG and PNG.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pdf: bool,
    /// In place of a chart's own title, and at the end of its note.
    #[serde(skip)]
    pub title: Option<&'static str>,
    #[serde(skip)]
    pub source: Option<&'static str>,
    /// In which amounts are said.
    #[serde(default, skip_serializing_if = "Currency::is_usd")]
    pub currency: Currency,
}

/// Below this the labels of a full chart have no room: a smaller picture is drawn on a sheet of this and made smaller
/// with all that is on it.
pub const LEAST: (f64, f64) = (640.0, 400.0);

/// The same of a tall sheet, a journal's column: there panels stand one above the other.
pub const LEAST_TALL: (f64, f64) = (428.0, 755.0);

/// Down to this part of it: the smallest letters, of `NOTE`, are then five points.
const SMALLEST: f64 = 0.75;

impl Default for Look {
    fn default() -> Look {
        Look {
            width: 800.0,
            height: 500.0,
            dpi: 192.0,
            style: Style::Screen,
            text: Text::Font,
            pdf: false,
            title: None,
            source: None,
            currency: Currency::USD,
        }
    }
}

impl Look {
    /// A picture of so many pixels. The error says what to ask for instead.
    pub fn of_pixels(width: u32, height: u32, dpi: f64, style: Style) -> Result<Look, String> {
        if !(24.0..=1200.0).contains(&dpi) {
            return Err(format!("a resolution of {dpi} dpi is outside 24 to 1200"));
        }
        let look = Look {
            width: f64::from(width) * 96.0 / dpi,
            height: f64::from(height) * 96.0 / dpi,
            dpi,
            style,
            ..Look::default()
        };
        let least = [LEAST.0, LEAST.1].map(|side| (side * SMALLEST * dpi / 96.0).ceil());
        if look.reduction() < SMALLEST {
            return Err(format!(
                "{width} × {height} pixels at {dpi} dpi leave no room for the labels: \
                 ask for at least {} × {}, or for fewer dpi",
                least[0], least[1]
            ));
        }
        if width > 16_000 || height > 16_000 {
            return Err(format!("{width} × {height} pixels: more than 16000 on a side"));
        }
        Ok(look)
    }

    /// What a picture too small for its labels is of one that has room for them; else 1.
    pub fn reduction(&self) -> f64 {
        let of = |(width, height): (f64, f64)| (self.width / width).min(self.height / height);
        of(LEAST).max(of(LEAST_TALL)).min(1.0)
    }

    /// Have panels no room side by side?
    pub fn is_column(&self) -> bool {
        self.width < LEAST.0 && self.height > self.width
    }

    /// The sheet on which it is drawn.
    pub fn sheet(&self) -> Look {
        let by = self.reduction();
        Look { width: self.width / by, height: self.height / by, ..*self }
    }

    pub fn theme(&self) -> &'static Theme {
        self.style.theme()
    }

    /// Pixels of the PNG.
    pub fn pixels(&self) -> (u32, u32) {
        let scale = self.dpi / 96.0;
        ((self.width * scale).round() as u32, (self.height * scale).round() as u32)
    }
}
