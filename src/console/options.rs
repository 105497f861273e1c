//! Flags that several commands share, and what is done with them before a command starts: the look of the charts, the
//! threads, Ctrl-C.

use crate::charts::theme::{Look, Style, Text};
use crate::console::{INTERRUPTED, Leave, Overrides, say};
use crate::deals::{loop_named, loops};
use crate::engine::Run;
use crate::files::folder::{self, Circumstances};
use crate::files::manifest::PictureSettings;
use crate::input::names::nearest;
use crate::plan::parameters::Sampler;
use clap::parser::ValueSource;
use clap::{Args, Command, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What is simulated: the paths, their random numbers, the scenario's numbers and loops.
#[derive(Args, Clone)]
pub struct Sampling {
    /// Paths to simulate; 1e6 is accepted
    // Each command says its own default.
    #[arg(long, value_parser = parse_paths, allow_negative_numbers = true)]
    pub paths: Option<u64>,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1, value_parser = parse_seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// How uncertain numbers are sampled
    #[arg(long, value_enum, default_value_t = SamplerName::Plain)]
    pub sampler: SamplerName,
    #[command(flatten)]
    pub overrides: Overrides,
    /// Switch loops off: announcement, collateral, marks, vendor_equity, credits, warrants, reciprocal, suspicion, related_wealth
    #[arg(long, value_name = "LOOP,…", value_delimiter = ',', value_parser = parse_loop)]
    pub off: Vec<String>,
    /// Threads [default: one per core]
    #[arg(long, value_parser = parse_threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
}

/// Where results go and how they look.
#[derive(Args, Clone)]
pub struct Output {
    /// Folder for results; a folder per scenario is made in it [default: output]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// The results' folder in it [default: the scenario file's name, and without --out what --set and --off change]
    #[arg(long, value_parser = parse_name)]
    pub name: Option<String>,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    #[command(flatten)]
    pub pictures: Pictures,
    /// No progress and no closing remarks
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Args, Clone)]
pub struct Pictures {
    /// Size of the charts' PNG in pixels
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x1000", value_parser = parse_size)]
    pub size: (u32, u32),
    /// Resolution of the charts' PNG
    #[arg(long, default_value_t = 192.0, allow_negative_numbers = true)]
    pub dpi: f64,
    /// Look of the charts
    #[arg(long, value_enum, default_value_t = StyleName::Screen)]
    pub style: StyleName,
    /// Sizes for a place: for `--size` and `--dpi`
    #[arg(long, value_enum, conflicts_with_all = ["size", "dpi"])]
    pub preset: Option<Preset>,
    /// Texts of SVG files: letters, or outlines for programs that do not read the typeface inside
    #[arg(long, value_enum, default_value_t = TextName::Font)]
    pub text: TextName,
    /// Each chart as PDF too
    #[arg(long)]
    pub pdf: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum TextName {
    Font,
    Outlines,
}

/// Sizes at which all labels have room and the smallest can be read.
#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum Preset {
    /// 85 mm, a journal's column, 150 mm high: 1004 x 1772 pixels at 300 dpi, labels of 5 to 6 points
    Column,
    /// 169 mm, the text of an A4 page: 2000 x 1250 pixels at 300 dpi, labels of 7.5 points
    Page,
    /// 16 by 9: 1920 x 1080 pixels
    Slide,
    /// 1080 x 1080 pixels
    Square,
}

impl Preset {
    /// Pixels and resolution.
    pub fn size(self) -> ((u32, u32), f64) {
        match self {
            Preset::Column => ((1004, 1772), 300.0),
            Preset::Page => ((2000, 1250), 300.0),
            // As if on a sheet of 711 by 400: letters are two and a half times as tall as on a screen.
            Preset::Slide => ((1920, 1080), 259.2),
            Preset::Square => ((1080, 1080), 162.0),
        }
    }
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum SamplerName {
    Plain,
    Lhs,
    Sobol,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
pub enum StyleName {
    Screen,
    Print,
    Dark,
}

impl SamplerName {
    pub fn sampler(self) -> Sampler {
        match self {
            SamplerName::Plain => Sampler::Plain,
            SamplerName::Lhs => Sampler::LatinHypercube,
            SamplerName::Sobol => Sampler::Sobol,
        }
    }
}

impl Sampling {
    /// The engine's settings for that many paths.
    pub fn run(&self, paths: u64) -> Run {
        let mut run = Run::new(self.seed, paths);
        run.sampler = self.sampler.sampler();
        for which in self.off.iter().filter_map(|name| loop_named(name)) {
            run.loops = run.loops.without(which);
        }
        run
    }

    /// Sets the threads up; to be called once, before anything is simulated.
    pub fn use_threads(&self) {
        use_threads(self.threads);
    }
}

impl Output {
    /// The folder for results.
    pub fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or(Path::new("output"))
    }

    /// Where the results of a command without a scenario go.
    pub fn folder(&self) -> PathBuf {
        self.name.as_ref().map_or(self.out().to_path_buf(), |name| self.out().join(name))
    }

    /// Where those of a scenario go. A what-if has a folder of its own, unless somebody says where.
    pub fn folder_of(&self, file: &Path, set: &[(String, String)], off: &[String]) -> PathBuf {
        self.out().join(match (&self.name, &self.out) {
            (Some(name), _) => name.clone(),
            (None, Some(_)) => folder::named(file, &[], &[]),
            (None, None) => folder::named(file, set, off),
        })
    }
}

impl TextName {
    pub fn text(self) -> Text {
        match self {
            TextName::Font => Text::Font,
            TextName::Outlines => Text::Outlines,
        }
    }
}

impl StyleName {
    pub fn style(self) -> Style {
        match self {
            StyleName::Screen => Style::Screen,
            StyleName::Print => Style::Print,
            StyleName::Dark => Style::Dark,
        }
    }
}

impl Pictures {
    /// As a manifest kept them.
    pub fn of(settings: &PictureSettings) -> Option<Pictures> {
        let style = StyleName::from_str(&settings.style, false).ok()?;
        Some(Pictures {
            size: (settings.width, settings.height),
            dpi: settings.dpi,
            style,
            preset: None,
            text: if settings.outlines { TextName::Outlines } else { TextName::Font },
            pdf: settings.pdf,
        })
    }

    /// Refused where no chart can be drawn so.
    pub fn look(&self) -> Result<Look, Leave> {
        let (size, dpi) = self.preset.map_or((self.size, self.dpi), Preset::size);
        let look = Look::of_pixels(size.0, size.1, dpi, self.style.style()).map_err(Leave::bad_input)?;
        Ok(Look { text: self.text.text(), pdf: self.pdf, ..look })
    }
}

/// Sets the threads up, where a number was asked for.
pub fn use_threads(threads: Option<u16>) {
    if let Some(threads) = threads {
        // Fails only where a pool exists already, which is then used.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(threads)).build_global();
    }
}

/// The options that were typed after a command, those whose ids are wanted, each by its long name, in the order of their
/// declaration.
pub fn typed<A: Args>(name: &'static str, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, Leave> {
    let command = A::augment_args(Command::new(name));
    let program = Command::new("roundtrip").subcommand(command.clone());
    let matches = program.try_get_matches_from(std::env::args_os())?;
    let given = matches.subcommand_matches(name);
    let mut typed = Vec::new();
    for option in command.get_arguments() {
        let id = option.get_id().as_str();
        let (Some(long), Some(given)) = (option.get_long(), given) else { continue };
        if !is_wanted(id) || given.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        if option.get_action().takes_values() {
            let values = given.get_raw(id).into_iter().flatten();
            typed.extend(values.map(|value| format!("--{long}={}", value.to_string_lossy())));
        } else {
            typed.push(format!("--{long}"));
        }
    }
    Ok(typed)
}

/// Is it the id of an option on which no number depends: where results go, how they look, threads?
pub fn is_of_output(id: &str) -> bool {
    id == "threads"
        || Output::augment_args(Command::new("")).get_arguments().any(|option| option.get_id() == id)
}

/// What the manifest of a command that ends here says of it; `text` is that of the file it read.
pub fn circumstances(began: Instant, complete: bool, text: &str) -> Circumstances {
    Circumstances {
        command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        threads: rayon::current_num_threads(),
        duration: began.elapsed(),
        complete,
        scenario_text: text.into(),
    }
}

static ASKED_TO_STOP: AtomicBool = AtomicBool::new(false);

/// From here on the first Ctrl-C asks the command to finish with what it has; the second ends the program.
pub fn listen_for_interrupt() {
    // Without a handler Ctrl-C just ends the program, and leaves no file that looks whole.
    let _ = ctrlc::set_handler(|| {
        if ASKED_TO_STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(i32::from(INTERRUPTED));
        }
        say("Interrupted: finishing with what is done; once more ends at once.");
    });
}

pub fn interrupted() -> bool {
    ASKED_TO_STOP.load(Ordering::SeqCst)
}

/// One folder's name, the same on any system.
fn parse_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_alphanumeric() || " ._+=-".contains(c);
    if text.starts_with(['.', ' ', '-'])
        || text.ends_with(['.', ' '])
        || !text.chars().all(is_plain)
        || text.is_empty()
    {
        return Err("write the name of one folder: letters, digits, blanks, and . _ + = - inside".into());
    }
    Ok(text.to_string())
}

pub fn parse_paths(text: &str) -> Result<u64, String> {
    parse_whole(text, 1)
}

/// A path's number: the first is 0.
pub fn parse_path(text: &str) -> Result<u64, String> {
    parse_whole(text, 0)
}

fn parse_whole(text: &str, least: u64) -> Result<u64, String> {
    const MOST: f64 = 1e10;
    let clean = text.replace('_', "");
    let value: f64 = clean.parse().map_err(|_| format!("`{text}` is not a number; write 200000 or 1e6"))?;
    if !(least as f64..=MOST).contains(&value) || value.fract() != 0.0 {
        return Err(format!("write a whole number from {least} to 1e10"));
    }
    Ok(value as u64)
}

pub fn parse_seed(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("write a whole number from 0 to {}", u64::MAX))
}

/// Threads beyond the cores add nothing, and thousands of them are busy with one another alone.
const MOST_THREADS: usize = 256;

pub fn parse_threads(text: &str) -> Result<u16, String> {
    let most =
        std::thread::available_parallelism().map_or(MOST_THREADS, |cores| MOST_THREADS.max(cores.get()));
    let threads = text.parse::<u16>().ok().filter(|threads| (1..=most).contains(&usize::from(*threads)));
    threads
        .ok_or_else(|| format!("write a whole number from 1 to {most}; more threads than cores add nothing"))
}

pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write it as 30s, 5m or 1h".to_string();
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?);
    let number: f64 = number.trim().parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "s" => number,
        "m" | "min" => number * 60.0,
        "h" => number * 3600.0,
        _ => return Err(wrong()),
    };
    if !(seconds > 0.0 && seconds < 1e9) {
        return Err(wrong());
    }
    Ok(Duration::from_secs_f64(seconds))
}

pub fn parse_loop(text: &str) -> Result<String, String> {
    let name = text.trim();
    if loop_named(name).is_some() {
        return Ok(name.to_string());
    }
    let near = nearest(name, loops().map(|kind| kind.name)).unwrap_or_default();
    Err(format!("no loop of that name; the nearest is `{near}`"))
}

pub fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || "write it as 1600x1000".to_string();
    let (width, height) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    Ok((width.trim().parse().map_err(|_| wrong())?, height.trim().parse().map_err(|_| wrong())?))
}
