//! Every chart on plain and on extreme numbers: goldens, no text over another, over a mark or off the sheet, sizes,
//! the same bytes again. `UPDATE_GOLDEN=1` writes the goldens; `CHART_PICTURES=folder` writes every case as PNG and
//! SVG to look at.

#[path = "charts/samples.rs"]
mod samples;
#[path = "charts/studies.rs"]
mod studies;

use roundtrip::charts::layout::Bounds;
use roundtrip::charts::render::Drawing;
use roundtrip::charts::theme::{Look, Style};
use roundtrip::charts::{CHARTS, Figures};
use std::path::{Path, PathBuf};

/// The plain case of every chart.
fn plain() -> Figures {
    Figures {
        answer: Some(samples::answer()),
        distribution: Some(samples::distribution()),
        course: Some(samples::course()),
        money_map: Some(samples::money_map()),
        loops: Some(samples::loops()),
        convergence: Some(samples::convergence()),
        breaking: Some(samples::breaking()),
        headline: Some(samples::headline()),
        calibration: Some(samples::calibration()),
        backtest: Some(samples::backtest()),
        overview: Some(samples::overview()),
        drivers: Some(studies::drivers()),
        sweep: Some(studies::sweep()),
        map: Some(studies::map()),
        comparison: Some(studies::comparison()),
        outcomes: Some(studies::outcomes()),
    }
}

/// Every case of every chart.
fn cases() -> Vec<(String, Figures)> {
    let mut cases = vec![("plain".to_string(), plain())];
    fn add<T>(
        cases: &mut Vec<(String, Figures)>,
        data: Vec<(&'static str, T)>,
        put: impl Fn(&mut Figures, T),
    ) {
        for (case, data) in data {
            let mut figures = Figures::default();
            put(&mut figures, data);
            cases.push((case.to_string(), figures));
        }
    }
    add(&mut cases, samples::answers(), |figures, data| figures.answer = Some(data));
    add(&mut cases, samples::distributions(), |figures, data| figures.distribution = Some(data));
    add(&mut cases, samples::courses(), |figures, data| figures.course = Some(data));
    add(&mut cases, samples::money_maps(), |figures, data| figures.money_map = Some(data));
    add(&mut cases, samples::loops_cases(), |figures, data| figures.loops = Some(data));
    add(&mut cases, samples::convergences(), |figures, data| figures.convergence = Some(data));
    add(&mut cases, samples::breakings(), |figures, data| figures.breaking = Some(data));
    add(&mut cases, samples::headlines(), |figures, data| figures.headline = Some(data));
    add(&mut cases, samples::calibrations(), |figures, data| figures.calibration = Some(data));
    add(&mut cases, samples::backtests(), |figures, data| figures.backtest = Some(data));
    add(&mut cases, samples::overviews(), |figures, data| figures.overview = Some(data));
    add(&mut cases, studies::drivers_cases(), |figures, data| figures.drivers = Some(data));
    add(&mut cases, studies::sweeps(), |figures, data| figures.sweep = Some(data));
    add(&mut cases, studies::maps(), |figures, data| figures.map = Some(data));
    add(&mut cases, studies::comparisons(), |figures, data| figures.comparison = Some(data));
    add(&mut cases, studies::outcomes_cases(), |figures, data| figures.outcomes = Some(data));
    cases
}

fn each_drawing(look: &Look, mut see: impl FnMut(&str, &str, Drawing)) {
    for (case, figures) in cases() {
        for chart in CHARTS {
            if let Some(drawing) = (chart.draw)(&figures, look) {
                see(chart.name, &case, drawing);
            }
        }
    }
}

/// What is wrong with the places of texts.
fn faults(drawing: &Drawing) -> Vec<String> {
    let look = drawing.look;
    let sheet = Bounds::new(0.0, 0.0, look.width, look.height);
    let mut faults = Vec::new();
    for (place, (bounds, words)) in drawing.labels.iter().enumerate() {
        if !sheet.contains(bounds) {
            faults.push(format!("“{words}” is off the sheet: {bounds:?}"));
        }
        // Boxes are of ascent and descent: half a pixel of either may meet without ink meeting.
        let ink = bounds.grown(-0.5);
        for (other, others) in &drawing.labels[..place] {
            if ink.overlaps(other) {
                faults.push(format!("“{words}” covers “{others}”"));
            }
        }
        if drawing.obstacles.iter().any(|obstacle| ink.overlaps(obstacle)) {
            faults.push(format!("“{words}” covers a mark"));
        }
    }
    faults
}

#[test]
fn no_text_is_clipped_or_covered() {
    let sizes = [(800.0, 500.0), (640.0, 400.0), (1200.0, 600.0), (700.0, 900.0)];
    let mut found = Vec::new();
    let mut drawn = 0;
    for (width, height) in sizes {
        let look = Look { width, height, ..Look::default() };
        each_drawing(&look, |chart, case, drawing| {
            drawn += 1;
            assert!(drawing.labels.len() >= 3, "{chart}/{case}: hardly any text");
            found.extend(
                faults(&drawing)
                    .into_iter()
                    .map(|fault| format!("{chart}/{case} at {width} × {height}: {fault}")),
            );
        });
    }
    assert!(found.is_empty(), "{} faults in {drawn} drawings:\n{}", found.len(), found.join("\n"));
    // It can fail: the same texts, one moved onto another, one off the sheet.
    let mut spoilt = (CHARTS[1].draw)(&plain(), &Look::default()).unwrap();
    spoilt.labels[5].0 = spoilt.labels[6].0;
    spoilt.labels[0].0.left = -3.0;
    assert!(faults(&spoilt).len() >= 2);
}

#[test]
fn the_standard_drawings_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    let mut differing = Vec::new();
    for chart in CHARTS {
        let Some(drawing) = (chart.draw)(&plain(), &Look::default()) else {
            differing.push(format!("{} has no plain case in tests/charts/samples.rs", chart.name));
            continue;
        };
        let svg = drawing.svg_without_fonts();
        let golden = folder.join(format!("{}.svg", chart.name));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, svg).unwrap();
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(&svg) {
            let new = golden.with_extension("svg.new");
            std::fs::write(&new, svg).unwrap();
            differing.push(format!("{} differs from {}", new.display(), golden.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nUPDATE_GOLDEN=1 takes the new ones.", differing.join("\n"));
}

#[test]
fn the_same_numbers_make_the_same_bytes() {
    for chart in CHARTS {
        let [Some(one), Some(again)] = [(); 2].map(|()| (chart.draw)(&plain(), &Look::default())) else {
            continue;
        };
        assert_eq!(one.svg(), again.svg(), "{}", chart.name);
        assert_eq!(one.png(), again.png(), "{}", chart.name);
    }
}

#[test]
fn every_style_and_size_renders() {
    let looks = [
        Look::default(),
        Look { style: Style::Print, ..Look::default() },
        Look { style: Style::Dark, ..Look::default() },
        Look::of_pixels(2400, 1500, 300.0, Style::Screen).unwrap(),
    ];
    for look in looks {
        for chart in CHARTS {
            let Some(drawing) = (chart.draw)(&plain(), &look) else { continue };
            let png = drawing.png();
            let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), look.pixels(), "{} in {:?}", chart.name, look.style);
            let paper = look.theme().paper.css();
            assert!(drawing.svg().contains(&format!("fill=\"{paper}\"")));
        }
    }
    assert!(Look::of_pixels(800, 500, 192.0, Style::Screen).unwrap_err().contains("at least 1280 × 800"));
}

/// A chart without data is not drawn; nothing here needs a folder, a clock or the machine's fonts.
#[test]
fn nothing_is_drawn_from_nothing() {
    assert!(CHARTS.iter().all(|chart| (chart.draw)(&Figures::default(), &Look::default()).is_none()));
    let names: std::collections::BTreeSet<&str> = CHARTS.iter().map(|chart| chart.name).collect();
    assert_eq!(names.len(), CHARTS.len());
}

#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("CHART_PICTURES") else { return };
    let write = |stem: PathBuf, drawing: &Drawing| {
        std::fs::write(stem.with_extension("png"), drawing.png()).unwrap();
        std::fs::write(stem.with_extension("svg"), drawing.svg()).unwrap();
    };
    let folder = PathBuf::from(folder);
    each_drawing(&Look::default(), |chart, case, drawing| {
        write(folder.join(format!("{chart}-{case}")), &drawing)
    });
    for style in [Style::Print, Style::Dark] {
        for chart in CHARTS {
            let Some(drawing) = (chart.draw)(&plain(), &Look { style, ..Look::default() }) else { continue };
            write(folder.join(format!("{}-{}", chart.name, style.name())), &drawing);
        }
    }
}

/// Titles say what the numbers hold: no share of circles where none was computed, no bound below what it bounds, no
/// certainty where there is no error.
#[test]
fn titles_claim_no_more_than_the_numbers_hold() {
    use roundtrip::charts::{comparison, drivers, headline, map, money_map, overview, sweep};
    let (_, crowd) = samples::money_maps().into_iter().find(|(case, _)| *case == "all_to_all").unwrap();
    assert!(crowd.actors.len() > 16 && !crowd.is_taken_apart());
    assert!(!money_map::sentence(&crowd).contains("circles"), "{}", money_map::sentence(&crowd));
    assert!(money_map::sentence(&samples::money_map()).contains("runs in circles"));

    assert!(overview::sentence(&samples::overview()).starts_with("Insiders bring from "));
    let title = headline::sentence(&samples::headline());
    assert!(title.contains("bills, new and old"), "{title}");

    // A range over assumptions is called nothing else; without one the picture says so.
    let mut answer = samples::answer();
    let labels = |answer: &roundtrip::charts::answer::Answer| -> String {
        let drawing = roundtrip::charts::answer::draw(answer, &Look::default());
        drawing.labels.into_iter().map(|(_, words)| words + " ").collect()
    };
    let said = labels(&answer);
    assert!(said.contains("over stated assumptions: 18% to 47%"), "{said}");
    assert!(
        said.contains("without SoftBank’s and Ellison’s money too") && said.contains("hollow 58.3%"),
        "{said}"
    );
    assert!(!said.contains("bound") && !said.contains("confidence") && !said.contains('±'), "{said}");
    if let Some(causal) = &mut answer.told.causal {
        causal.range = None;
    }
    assert!(labels(&answer).contains("states no range"));

    let mut data = studies::drivers();
    data.bars.iter_mut().for_each(|bar| bar.is_told = false);
    let title = drivers::sentence(&data);
    assert!(
        title.starts_with("lab.OpenAI.round.trigger moves share.traced most, from 3.6% to 10"),
        "{title}"
    );
    data.numbers = 0;
    assert!(drivers::sentence(&data).starts_with("All of the variance"), "{}", drivers::sentence(&data));

    let mut one_path = studies::sweep();
    one_path.lines[0].change.1 = f64::NAN;
    assert!(sweep::sentence(&one_path).contains("without an error"), "{}", sweep::sentence(&one_path));

    let title = comparison::sentence(&studies::comparison());
    assert!(title.contains(" in B by "), "{title}");

    let mut below_one = studies::map();
    below_one.gain.iter_mut().for_each(|(gain, _)| *gain -= 3.0);
    assert!(map::of_gain(&below_one).contains("No point has a loop gain"));
}
