//! How much of the capital behind AI is manufactured by its own financing loops?
//!
//! text → [`Scenario`] → [`Plan`] → paths → [`Estimates`] → files. The two ends can fail; the middle only on a path whose
//! state is no longer finite. The main job:
//!
//! ```
//! use roundtrip::{Run, Scenario, run};
//! use std::{ops::ControlFlow, path::Path};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let scenario = Scenario::read(Path::new("configs/oracle.toml"), &[])?;
//! let results = run(&scenario, &Run::new(1, 1000), |so_far| ControlFlow::Continue(()))?;
//! let traced = results.estimates.ratio("share.traced").expect("a ratio of every run");
//! println!("{:.1}% ± {:.1}% is manufactured", 100.0 * traced.value, 100.0 * traced.se);
//! # assert!((0.0..1.0).contains(&traced.value) && traced.se > 0.0);
//! # Ok(())
//! # }
//! ```
//!
//! What is not listed below is the program's own: it is reachable for its tests and changes without notice.

#[doc(hidden)]
pub mod actors;
#[doc(hidden)]
pub mod books;
#[doc(hidden)]
pub mod calibrate;
#[doc(hidden)]
pub mod charts;
#[doc(hidden)]
pub mod cli;
#[doc(hidden)]
pub mod compiler;
#[doc(hidden)]
pub mod console;
#[doc(hidden)]
pub mod deals;
#[doc(hidden)]
pub mod engine;
#[doc(hidden)]
pub mod estimate;
#[doc(hidden)]
pub mod events;
#[doc(hidden)]
pub mod files;
#[doc(hidden)]
pub mod input;
#[doc(hidden)]
pub mod market;
#[doc(hidden)]
pub mod measure;
#[doc(hidden)]
pub mod outcome;
#[doc(hidden)]
pub mod page;
#[doc(hidden)]
pub mod plan;
#[doc(hidden)]
pub mod scenario;
#[doc(hidden)]
pub mod state;
#[doc(hidden)]
pub mod studies;
#[doc(hidden)]
pub mod words;

pub use engine::{Fault, Run};
pub use estimate::{Estimate, Estimates, Quantile, RatioEstimate};
pub use input::Findings;
pub use plan::Plan;
pub use plan::parameters::Sampler;
pub use scenario::Scenario;
pub use state::{Loop, Loops};
pub use studies::run::results::Results;
pub use studies::run::{Gathered, run};
