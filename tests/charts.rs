//! Every chart on plain and on extreme numbers: goldens, no text over another or off the sheet, sizes, colours.
//! `UPDATE_GOLDEN=1` writes the goldens; `CHART_PICTURES=folder` writes every case as PNG and SVG to look at.

#[path = "charts/samples.rs"]
mod samples;

use roundtrip::report::charts::{answer, course, distribution};
use roundtrip::report::layout::Bounds;
use roundtrip::report::render::Drawing;
use roundtrip::report::theme::Look;
use std::path::PathBuf;

/// Chart, case, drawing: all that is drawn here.
fn gallery(look: &Look) -> Vec<(&'static str, String, Drawing)> {
    let mut pictures = Vec::new();
    pictures.push(("answer", "standard".to_string(), answer::draw(&samples::answer(), look)));
    for (case, data) in samples::answers() {
        pictures.push(("answer", case.to_string(), answer::draw(&data, look)));
    }
    pictures.push(("distribution", "standard".to_string(), distribution::draw(&samples::distribution(), look)));
    for (case, data) in samples::distributions() {
        pictures.push(("distribution", case.to_string(), distribution::draw(&data, look)));
    }
    pictures.push(("course", "standard".to_string(), course::draw(&samples::course(), look)));
    for (case, data) in samples::courses() {
        pictures.push(("course", case.to_string(), course::draw(&data, look)));
    }
    pictures
}

fn picture(chart: &str, case: &str, drawing: &Drawing) {
    let Ok(folder) = std::env::var("CHART_PICTURES") else { return };
    let stem = PathBuf::from(folder).join(format!("{chart}-{case}"));
    std::fs::write(stem.with_extension("png"), drawing.png()).unwrap();
    std::fs::write(stem.with_extension("svg"), drawing.svg()).unwrap();
}

#[test]
fn no_text_is_clipped_or_covered() {
    let mut faults = Vec::new();
    let sizes = [Look::default(), Look { width: 640.0, height: 400.0, ..Look::default() }, Look { width: 1200.0, height: 600.0, ..Look::default() }];
    for look in sizes {
        let sheet = Bounds::new(0.0, 0.0, look.width, look.height);
        for (chart, case, drawing) in gallery(&look) {
            if look == Look::default() {
                picture(chart, &case, &drawing);
            }
            let at = format!("{chart}/{case} at {} × {}", look.width, look.height);
            assert!(!drawing.labels.is_empty(), "{at}: no text at all");
            for (place, (bounds, words)) in drawing.labels.iter().enumerate() {
                if !sheet.contains(bounds) {
                    faults.push(format!("{at}: “{words}” is off the sheet: {bounds:?}"));
                }
                for (other, others) in &drawing.labels[..place] {
                    // Boxes are of ascent and descent: half a pixel of either may meet without ink meeting.
                    if bounds.grown(-0.5).overlaps(other) {
                        faults.push(format!("{at}: “{words}” covers “{others}”"));
                    }
                }
                for obstacle in &drawing.obstacles {
                    if bounds.grown(-0.5).overlaps(obstacle) {
                        faults.push(format!("{at}: “{words}” covers a mark"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
