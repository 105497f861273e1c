//! Every chart on plain and on extreme numbers: goldens, no text over another, over a mark or off the sheet, sizes,
//! the same bytes again. `UPDATE_GOLDEN=1` writes the goldens; `CHART_PICTURES=folder` writes every case as PNG and
//! SVG to look at.

#[path = "charts/samples.rs"]
mod samples;
#[path = "charts/studies.rs"]
mod studies;

use roundtrip::charts::layout::Bounds;
use roundtrip::charts::render::Drawing;
use roundtrip::charts::theme::{LEAST_TALL, Look, Style};
use roundtrip::charts::{CHARTS, Chart, Figures, Picture};
use roundtrip::files::table::Table;
use std::path::{Path, PathBuf};

/// The plain case of every chart.
fn plain() -> Figures {
    Figures::default()
        .with(samples::answer())
        .with(samples::distribution())
        .with(samples::course())
        .with(samples::money_map())
        .with(samples::financing())
        .with(samples::loops())
        .with(samples::convergence())
        .with(samples::breaking())
        .with(samples::headline())
        .with(samples::calibration())
        .with(samples::backtest())
        .with(studies::event_study())
        .with(samples::overview())
        .with(studies::drivers())
        .with(studies::sweep())
        .with(studies::map())
        .with(studies::comparison())
        .with(studies::outcomes())
}

/// Every case of every chart.
fn cases() -> Vec<(String, Figures)> {
    let mut cases = vec![("plain".to_string(), plain())];
    fn add(cases: &mut Vec<(String, Figures)>, data: Vec<(&'static str, impl Chart)>) {
        cases.extend(data.into_iter().map(|(case, data)| (case.to_string(), Figures::default().with(data))));
    }
    add(&mut cases, samples::answers());
    add(&mut cases, samples::distributions());
    add(&mut cases, samples::courses());
    add(&mut cases, samples::money_maps());
    add(&mut cases, samples::financings());
    add(&mut cases, samples::loops_cases());
    add(&mut cases, samples::convergences());
    add(&mut cases, samples::breakings());
    add(&mut cases, samples::headlines());
    add(&mut cases, samples::calibrations());
    add(&mut cases, samples::backtests());
    add(&mut cases, studies::event_studies());
    add(&mut cases, samples::overviews());
    add(&mut cases, studies::drivers_cases());
    add(&mut cases, studies::sweeps());
    add(&mut cases, studies::maps());
    add(&mut cases, studies::comparisons());
    add(&mut cases, studies::outcomes_cases());
    cases
}

/// The plain case of one chart.
fn picture<'a>(figures: &'a Figures, name: &str) -> Option<&'a dyn Picture> {
    figures.all().iter().map(|picture| picture.as_ref()).find(|picture| picture.name() == name)
}

fn each_drawing(look: &Look, mut see: impl FnMut(&str, &str, Drawing)) {
    for (case, figures) in cases() {
        for picture in figures.all() {
            see(picture.name(), &case, picture.draw(look));
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
    let sizes = [(800.0, 500.0), (640.0, 400.0), (480.0, 320.0), (1200.0, 600.0), (700.0, 900.0), LEAST_TALL];
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
    let mut spoilt = picture(&plain(), "answer").unwrap().draw(&Look::default());
    spoilt.labels[5].0 = spoilt.labels[6].0;
    spoilt.labels[0].0.left = -3.0;
    assert!(faults(&spoilt).len() >= 2);
}

#[test]
fn the_standard_drawings_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    let mut differing = Vec::new();
    let figures = plain();
    for chart in CHARTS {
        let Some(drawing) = picture(&figures, chart.name).map(|picture| picture.draw(&Look::default()))
        else {
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

/// Every chart's numbers as a table: as committed, a cell for each column, and no column's name twice.
#[test]
fn the_numbers_of_the_standard_drawings_are_as_committed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/charts");
    let mut differing = Vec::new();
    for picture in plain().all() {
        let data = picture.data();
        // Of long tables the beginning and the end.
        let text = Table::of(&data).text();
        let lines: Vec<&str> = text.lines().collect();
        let text = match lines.as_slice() {
            [first @ .., last] if first.len() > 60 => {
                format!("{}\n… {} lines …\n{last}\n", first[..40].join("\n"), first.len() - 40)
            }
            _ => text.clone(),
        };
        let mut keys: Vec<String> = data.columns.iter().map(|column| column.key()).collect();
        assert!(data.rows.iter().all(|row| row.len() == keys.len()), "{}", picture.name());
        assert!(!data.rows.is_empty(), "{}", picture.name());
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), data.columns.len(), "{}: {keys:?}", picture.name());
        let golden = folder.join(format!("{}.csv", picture.name()));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, text).unwrap();
        } else if std::fs::read_to_string(&golden).ok().as_deref() != Some(&text) {
            let new = golden.with_extension("csv.new");
            std::fs::write(&new, text).unwrap();
            differing.push(format!("{} differs from {}", new.display(), golden.display()));
        }
    }
    assert!(differing.is_empty(), "{}\nUPDATE_GOLDEN=1 takes the new ones.", differing.join("\n"));
    for (case, figures) in cases() {
        for picture in figures.all() {
            let data = picture.data();
            let whole = data.rows.iter().all(|row| row.len() == data.columns.len());
            assert!(whole, "{}/{case}", picture.name());
        }
    }
}

#[test]
fn the_same_numbers_make_the_same_bytes() {
    for picture in plain().all() {
        let [one, again] = [(); 2].map(|()| picture.draw(&Look::default()));
        assert_eq!(one.svg(), again.svg(), "{}", picture.name());
        assert_eq!(one.png(), again.png(), "{}", picture.name());
    }
}

/// Not every reader of SVG paints a rim below the words when it is told to: there are two texts, rim and words.
#[test]
fn a_rim_is_a_text_below_its_words() {
    let mut rims = 0;
    each_drawing(&Look::default(), |chart, case, drawing| {
        let svg = drawing.svg_without_fonts();
        assert!(!svg.contains("paint-order"), "{chart}, {case}");
        let texts: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
        let words = |text: &str| text.split_once('>').map(|(_, words)| words.to_string());
        for (k, rim) in texts.iter().enumerate().filter(|(_, text)| text.contains("stroke=")) {
            let above = texts.get(k + 1).unwrap_or_else(|| panic!("{chart}, {case}: no words on {rim}"));
            assert_eq!(words(above), words(rim), "{chart}, {case}");
            assert!(!above.contains("stroke="), "{chart}, {case}: {above}");
            rims += 1;
        }
    });
    assert!(rims > 100, "{rims}");
}

#[test]
fn every_style_and_size_renders() {
    let looks = [
        Look::default(),
        Look { style: Style::Print, ..Look::default() },
        Look { style: Style::Dark, ..Look::default() },
        Look::of_pixels(2400, 1500, 300.0, Style::Screen).unwrap(),
        // 127 mm: a sheet with room for the labels, made smaller.
        Look::of_pixels(1500, 940, 300.0, Style::Screen).unwrap(),
        // A journal's column.
        Look::of_pixels(1004, 1772, 300.0, Style::Print).unwrap(),
    ];
    for look in looks {
        for picture in plain().all() {
            let drawing = picture.draw(&look);
            let png = drawing.png();
            let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), look.pixels(), "{} in {:?}", picture.name(), look.style);
            let paper = look.theme().paper.css();
            assert!(drawing.svg().contains(&format!("fill=\"{paper}\"")));
        }
    }
    assert!(Look::of_pixels(800, 500, 192.0, Style::Screen).unwrap_err().contains("at least 960 × 600"));
}

/// Numbers and measures are called by words: no text is a key such as `share.traced` or `written_off`.
#[test]
fn no_text_is_a_key() {
    let is_key = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        // A file is called by its name.
        if word.contains('/') || word.ends_with(".csv") {
            return false;
        }
        let parts: Vec<&str> = word.split('.').collect();
        word.contains('_')
            || (parts.len() > 1
                && word.starts_with(char::is_lowercase)
                && parts.iter().all(|part| part.starts_with(char::is_alphabetic)))
    };
    assert!(is_key("share.traced") && is_key("written_off,") && !is_key("0.5") && !is_key("S.A."));
    for picture in plain().all() {
        for (_, words) in &picture.draw(&Look::default()).labels {
            // The overview's note says what was typed.
            let is_typed = picture.name() == "overview" && words.starts_with("All with");
            assert!(is_typed || !words.split_whitespace().any(is_key), "{}: {words}", picture.name());
        }
    }
}

/// Numbers that were stored make the same pictures, in the order of the list; a chart without numbers is not drawn.
#[test]
fn stored_numbers_make_the_same_pictures() {
    let figures = plain();
    let stored = serde_json::to_string(&figures).unwrap();
    let read: Figures = serde_json::from_str(&stored).unwrap();
    let names = |figures: &Figures| figures.all().iter().map(|p| p.name()).collect::<Vec<_>>();
    assert_eq!(names(&figures), CHARTS.iter().map(|chart| chart.name).collect::<Vec<_>>());
    assert_eq!(names(&figures), names(&read));
    for (one, again) in figures.all().iter().zip(read.all()) {
        assert_eq!(one.draw(&Look::default()).svg(), again.draw(&Look::default()).svg(), "{}", one.name());
    }
    let none: Figures = serde_json::from_str(r#"{"answer": null, "unknown": 7}"#).unwrap();
    assert!(none.all().is_empty() && Figures::default().all().is_empty());
}

/// Amounts and axes are in the scenario's currency, whose code may be longer than a sign, and nothing else changes.
#[test]
fn amounts_are_said_in_the_scenarios_currency() {
    use roundtrip::words::currency::{Currency, speaking};
    let francs = Currency::of_code("CHF").unwrap();
    for (width, height) in [(800.0, 500.0), (640.0, 400.0)] {
        let look = Look { width, height, currency: francs, ..Look::default() };
        let mut money = 0;
        for (case, figures) in cases() {
            for picture in figures.all() {
                let drawing = speaking(francs, || picture.draw(&look));
                for (_, words) in &drawing.labels {
                    assert!(
                        !words.contains('$') && !words.contains("USD"),
                        "{}/{case}: {words}",
                        picture.name()
                    );
                    money += usize::from(words.contains("CHF"));
                }
                let found = faults(&drawing);
                assert!(found.is_empty(), "{}/{case}: {}", picture.name(), found.join("\n"));
            }
        }
        assert!(money > 100, "{money}");
    }
    let dollars = picture(&plain(), "answer").unwrap().draw(&Look::default());
    assert!(dollars.labels.iter().any(|(_, words)| words == "Capital raised, USD bn"));
}

/// A PDF holds the words to be searched and paths alone to be seen; SVG with outlines has no text that a reader could set
/// in another typeface; neither has what a PDF of opaque paths cannot show.
#[test]
fn pdf_and_outlines_hold_the_same_drawing() {
    use roundtrip::charts::theme::Text;
    for picture in plain().all() {
        let look = Look { text: Text::Outlines, pdf: true, ..Look::default() };
        let drawing = picture.draw(&look);
        let pdf = drawing.pdf();
        assert_eq!(pdf, drawing.pdf(), "{}", picture.name());
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF\n"));
        let has = |words: &str| pdf.windows(words.len()).any(|window| window == words.as_bytes());
        assert!(has("/MediaBox[0 0 600 375]"), "{}", picture.name());
        assert!(!has("FontFile") && has("/Title <FEFF"), "{}", picture.name());
        let plain = drawing.svg_without_fonts();
        for word in ["opacity", "Gradient", "url(", "<image", "<use"] {
            assert!(!plain.contains(word), "{} has {word}", picture.name());
        }
        let svg = drawing.svg();
        assert!(!svg.contains("<text") && !svg.contains("font-face") && svg.contains("<title>"));
        assert!(svg.matches("<path").count() > drawing.labels.len(), "{}", picture.name());
    }
}

#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("CHART_PICTURES") else { return };
    let write = |stem: PathBuf, drawing: &Drawing| {
        std::fs::write(stem.with_extension("png"), drawing.png()).unwrap();
        std::fs::write(stem.with_extension("svg"), drawing.svg()).unwrap();
        std::fs::write(stem.with_extension("pdf"), drawing.pdf()).unwrap();
    };
    let folder = PathBuf::from(folder);
    each_drawing(&Look::default(), |chart, case, drawing| {
        write(folder.join(format!("{chart}-{case}")), &drawing)
    });
    for style in [Style::Print, Style::Dark] {
        for picture in plain().all() {
            let drawing = picture.draw(&Look { style, ..Look::default() });
            write(folder.join(format!("{}-{}", picture.name(), style.name())), &drawing);
        }
    }
}

/// Titles say what the numbers hold: no share of circles where none was computed, no bound below what it bounds, no
/// certainty where there is no error.
#[test]
fn titles_claim_no_more_than_the_numbers_hold() {
    use roundtrip::charts::map;
    let (_, crowd) = samples::money_maps().into_iter().find(|(case, _)| *case == "all_to_all").unwrap();
    assert!(crowd.actors.len() > 16 && !crowd.is_taken_apart());
    assert!(!Chart::sentence(&crowd).contains("circles"), "{}", Chart::sentence(&crowd));
    assert!(Chart::sentence(&samples::money_map()).contains("runs in circles"));

    assert!(Chart::sentence(&samples::overview()).starts_with("Insiders bring from "));
    let title = Chart::sentence(&samples::headline());
    assert!(title.contains("bills, new and old"), "{title}");

    // A range over assumptions is called nothing else; without one the picture says so.
    let mut answer = samples::answer();
    let labels = |answer: &roundtrip::charts::answer::Answer| -> String {
        let drawing = Chart::draw(answer, &Look::default());
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
    assert!(labels(&answer).contains("assumptions"));

    let mut data = studies::drivers();
    data.bars.iter_mut().for_each(|bar| bar.is_told = false);
    let title = Chart::sentence(&data);
    assert!(
        title.starts_with(
            "OpenAI’s cash trigger for a round moves share from inflated values most, from 3.6% to 10"
        ),
        "{title}"
    );
    data.numbers = 0;
    assert!(Chart::sentence(&data).starts_with("All of the variance"), "{}", Chart::sentence(&data));

    let mut one_path = studies::sweep();
    one_path.lines[0].change.1 = f64::NAN;
    assert!(Chart::sentence(&one_path).contains("without an error"), "{}", Chart::sentence(&one_path));

    let title = Chart::sentence(&studies::comparison());
    assert!(title.contains(" in B by "), "{title}");

    let mut below_one = studies::map();
    below_one.gain.iter_mut().for_each(|(gain, _)| *gain -= 3.0);
    assert!(map::of_gain(&below_one).contains("No point has a loop gain"));
}
