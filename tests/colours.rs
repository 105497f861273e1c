//! The colours of charts keep their distance, also to eyes that lack a cone: CIEDE2000 after simulation by Machado,
//! Oliveira and Fernandes (2009), at full severity. And every colour used for text can be read on its paper.

use roundtrip::charts::theme::{Color, Style};

type Matrix = [[f64; 3]; 3];

/// On linear sRGB: the tables of the 2009 paper, severity 1.
const SIGHT: [(&str, Matrix); 3] = [
    ("normal", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    (
        "deuteranopia",
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    ),
    (
        "protanopia",
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    ),
];

fn linear(color: Color) -> [f64; 3] {
    [color.0, color.1, color.2].map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
    let mut out = [0.0; 3];
    for (row, sum) in matrix.iter().zip(&mut out) {
        *sum = row.iter().zip(vector).map(|(a, b)| a * b).sum();
    }
    out
}

/// CIELAB under D65.
fn lab(color: Color, sight: &Matrix) -> [f64; 3] {
    const XYZ: Matrix = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ];
    let seen = times(sight, linear(color)).map(|part| part.clamp(0.0, 1.0));
    let [x, y, z] = times(&XYZ, seen);
    let f = |t: f64| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 };
    let [x, y, z] = [f(x / 0.95047), f(y), f(z / 1.08883)];
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000, after Sharma, Wu and Dalal (2005).
fn distance([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let c_mean = (a1.hypot(b1) + a2.hypot(b2)) / 2.0;
    let g = 0.5 * (1.0 - (c_mean.powi(7) / (c_mean.powi(7) + 25f64.powi(7))).sqrt());
    let (a1, a2) = (a1 * (1.0 + g), a2 * (1.0 + g));
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let hue =
        |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { b.atan2(a).to_degrees().rem_euclid(360.0) };
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        d if d > 180.0 => d - 360.0,
        d if d < -180.0 => d + 360.0,
        d => d,
    };
    let (dl, dc) = (l2 - l1, c2 - c1);
    let dh = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin();
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0)
        - 0.20 * cos(4.0 * h - 63.0);
    let sl = 1.0 + 0.015 * (l - 50.0).powi(2) / (20.0 + (l - 50.0).powi(2)).sqrt();
    let (sc, sh) = (1.0 + 0.045 * c, 1.0 + 0.015 * c * t);
    let bend = 60.0 * (-((h - 275.0) / 25.0).powi(2)).exp();
    let rt = -2.0 * (c.powi(7) / (c.powi(7) + 25f64.powi(7))).sqrt() * bend.to_radians().sin();
    ((dl / sl).powi(2) + (dc / sc).powi(2) + (dh / sh).powi(2) + rt * (dc / sc) * (dh / sh)).sqrt()
}

/// The nearest two of some colours, and how near.
fn nearest(colors: &[Color], sight: &Matrix) -> (f64, usize, usize) {
    let seen: Vec<[f64; 3]> = colors.iter().map(|color| lab(*color, sight)).collect();
    let mut nearest = (f64::INFINITY, 0, 0);
    for a in 0..seen.len() {
        for b in a + 1..seen.len() {
            let apart = distance(seen[a], seen[b]);
            if apart < nearest.0 {
                nearest = (apart, a, b);
            }
        }
    }
    nearest
}

#[test]
fn the_distance_is_that_of_the_published_pairs() {
    // Sharma, Wu and Dalal, table 1, pairs 1, 7, 16, 17, 25.
    for (one, other, expected) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, 2.5, 0.0], [50.0, 0.0, -2.5], 4.3065),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ] {
        let obtained = distance(one, other);
        assert!((obtained - expected).abs() < 5e-5, "{one:?} {other:?}: {obtained}, published {expected}");
    }
}

#[test]
fn origins_and_lenses_are_told_apart_by_every_eye() {
    // Two is just visible side by side; labels of a chart are apart, so ten times that. Greys have less room.
    for (style, least_origins, least_lenses) in
        [(Style::Screen, 20.0, 20.0), (Style::Dark, 15.0, 15.0), (Style::Print, 7.5, 15.0)]
    {
        let theme = style.theme();
        for (name, sight) in &SIGHT {
            let (apart, a, b) = nearest(&theme.origins, sight);
            assert!(apart >= least_origins, "{style:?}, {name}: origins {a} and {b} are {apart:.1} apart");
            let (apart, a, b) = nearest(&theme.lenses, sight);
            assert!(apart >= least_lenses, "{style:?}, {name}: lenses {a} and {b} are {apart:.1} apart");
            let families = [theme.organic, theme.manufactured, theme.paper];
            let (apart, a, b) = nearest(&families, sight);
            assert!(apart >= 20.0, "{style:?}, {name}: families {a} and {b} are {apart:.1} apart");
        }
    }
    // It can fail: red and green of one lightness.
    let (apart, ..) = nearest(&[Color(200, 60, 40), Color(120, 130, 20)], &SIGHT[1].1);
    assert!(apart < 20.0, "{apart}");
}

#[test]
fn text_can_be_read() {
    let luminance = |color: Color| {
        let [red, green, blue] = linear(color);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let contrast = |a: Color, b: Color| {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    };
    for style in Style::ALL {
        let theme = style.theme();
        let of_text = [("ink", theme.ink), ("muted", theme.muted)];
        let of_lenses = theme.lenses.map(|color| ("lens", color));
        for (name, color) in of_text.into_iter().chain(of_lenses) {
            let contrast = contrast(color, theme.paper);
            // WCAG 2 AA, small text.
            assert!(contrast >= 4.5, "{style:?}: {name} {} on paper has contrast {contrast:.2}", color.css());
        }
        // The same for marks: bars of the page, its frame around what the keyboard is at.
        let contrast = contrast(theme.plain, theme.paper);
        assert!(
            contrast >= 3.0,
            "{style:?}: marks {} on paper have contrast {contrast:.2}",
            theme.plain.css()
        );
    }
}
