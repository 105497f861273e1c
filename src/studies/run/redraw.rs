//! `roundtrip report`: a run's charts and page again, from what the run stored.

use crate::charts::CHARTS;
use crate::charts::theme::Look;
use crate::console::options::{Preset, StyleName, TextName, parse_size};
use crate::console::{Ending, Leave, OK, print, refused, say};
use crate::files::manifest::{Changed, Manifest, ReadError};
use crate::files::owned::MANIFEST;
use crate::files::parquet::PathsReader;
use crate::input::currency::Currency;
use crate::input::names::nearest;
use crate::page::facts::Answered;
use crate::plan::parameters::Sampler;
use crate::studies::run::asked::{self, Asked};
use crate::studies::run::command::{PATHS_FILE, Questions};
use crate::studies::run::folder::{RedrawError, add_answers, redraw, stored_look};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip report output/oracle\n  roundtrip report output/oracle --charts answer,course --size 2400x1500 --style print\n  roundtrip report output/oracle --ask 'P(unwind | announced > $300 bn)'"
)]
pub struct ReportArgs {
    /// Folder of a run
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Draw only these charts, and put only these into the page
    #[arg(long, value_name = "CHART,…", value_delimiter = ',', value_parser = parse_chart)]
    pub charts: Vec<String>,
    /// Size of the charts' PNG in pixels [default: as the run drew them]
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    pub size: Option<(u32, u32)>,
    /// Resolution of the charts' PNG [default: as the run drew them]
    #[arg(long, allow_negative_numbers = true)]
    pub dpi: Option<f64>,
    /// Look of charts and page [default: as the run drew them]
    #[arg(long, value_enum)]
    pub style: Option<StyleName>,
    /// Sizes for a place: for `--size` and `--dpi`
    #[arg(long, value_enum, conflicts_with_all = ["size", "dpi"])]
    pub preset: Option<Preset>,
    /// Texts of SVG files [default: as the run drew them]
    #[arg(long, value_enum)]
    pub text: Option<TextName>,
    /// Each chart as PDF too
    #[arg(long)]
    pub pdf: bool,
    /// The title, in place of the chart's own sentence; with one chart in `--charts`
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// What the charts' notes end with, such as "Source: own calculation"
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    #[command(flatten)]
    pub questions: Questions,
    /// No closing remark
    #[arg(long, short)]
    pub quiet: bool,
}

fn parse_chart(text: &str) -> Result<String, String> {
    let name = text.trim();
    if CHARTS.iter().any(|chart| chart.name == name) {
        return Ok(name.to_string());
    }
    let near = nearest(name, CHARTS.iter().map(|chart| chart.name)).unwrap_or_default();
    Err(format!("no chart of that name; the nearest is `{near}`"))
}

pub fn report(args: &ReportArgs) -> Ending {
    let refuse = |error: RedrawError| match error {
        RedrawError::NoRun(_) | RedrawError::NoFigures(_) => Leave::bad_input(error.to_string()),
        RedrawError::Changed(_) | RedrawError::Unreadable(_) => Leave::damaged(error.to_string()),
        RedrawError::Unwritable(_) => Leave::from(error),
    };
    let was = stored_look(&args.run).map_err(refuse)?;
    let style = args.style.map_or(was.style, StyleName::style);
    if args.title.is_some() && args.charts.len() != 1 {
        return Err(Leave::bad_input("--title is of one chart: name it, as in --charts answer"));
    }
    let preset = args.preset.map(Preset::size);
    let (size, asked_dpi) = preset.map_or((args.size, args.dpi), |(size, dpi)| (Some(size), Some(dpi)));
    let dpi = asked_dpi.unwrap_or(was.dpi);
    let (width, height) = size.unwrap_or_else(|| Look { dpi, ..was }.pixels());
    let look = Look::of_pixels(width, height, dpi, style).map_err(Leave::bad_input)?;
    // What was not asked for stays as it was, to the last digit.
    let as_it_was = size.is_none() && asked_dpi.is_none();
    let look = if as_it_was { Look { style, ..was } } else { Look { currency: was.currency, ..look } };
    // One command, one look: its words live as long as the program.
    let lasting = |words: &Option<String>| words.clone().map(|words| &*Box::leak(words.into_boxed_str()));
    let look = Look {
        text: args.text.map_or(was.text, TextName::text),
        pdf: args.pdf || was.pdf,
        title: lasting(&args.title),
        source: lasting(&args.source),
        ..look
    };
    let answers = answers(&args.run, &args.questions.ask, was.currency)?;
    if !answers.is_empty() {
        add_answers(&args.run, &answers).map_err(refuse)?;
    }
    let pictures = redraw(&args.run, &args.charts, look).map_err(refuse)?;
    if pictures.is_empty() {
        return Err(Leave::bad_input(
            "the run has none of these charts; leave --charts out to draw all that it has",
        ));
    }
    let mut printed = asked::text(&answers);
    if args.quiet {
        return Ok(if printed.is_empty() { OK } else { print(&printed) });
    }
    let page = args.run.join("report.html");
    say(&format!("Drawn again from stored results. The page: {}", page.display()));
    printed.extend(pictures.iter().map(|picture| format!("{}\n", picture.display())));
    Ok(print(&printed))
}

/// Answers from the paths that a run kept.
fn answers(folder: &Path, questions: &[String], currency: Currency) -> Result<Vec<Answered>, Leave> {
    if questions.is_empty() {
        return Ok(Vec::new());
    }
    let bad = |error: ReadError| Leave::bad_input(error.to_string());
    let manifest = Manifest::read(&folder.join(MANIFEST)).map_err(bad)?;
    if !manifest.files.iter().any(|file| file.file == PATHS_FILE) {
        return Err(Leave::bad_input(format!(
            "the run in {} kept no paths to ask (--keep none); run it again with --ask",
            folder.display()
        )));
    }
    let changed = |changed: Changed| Leave::bad_input(changed.to_string());
    manifest.check(folder, PATHS_FILE).map_err(changed)?;
    let reader = PathsReader::open(&folder.join(PATHS_FILE)).map_err(bad)?;
    let is_replicated = manifest.sampler != Sampler::Plain.name();
    let mut asked = Asked::of(questions, reader.names(), currency, is_replicated).map_err(refused)?;
    let columns = asked.columns();
    for block in reader.blocks(&columns) {
        let block = block.map_err(bad)?;
        let column = |number: usize| columns.binary_search(&number).map_or(&[][..], |at| &block.columns[at]);
        asked.add(block.first, block.paths, column);
    }
    Ok(asked.finish())
}
