//! The main job in Rust: a scenario read, simulated and told, and once more with a loop off.
//!
//!     cargo run --release --example first_run

use roundtrip::{Loop, Loops, Results, Run, Scenario, run};
use std::ops::ControlFlow;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    // Overrides, as --set takes them.
    let set = [("lab.OpenAI.commit.multiple".to_string(), "2".to_string())];
    let scenario = Scenario::read(&file, &set)?;
    let all = Run::new(1, 10_000);
    let without = Run { loops: Loops::ALL_ON.without(Loop::ANNOUNCEMENT), ..all };
    for run_of in [all, without] {
        // Sees how the estimates stand, and may end the run.
        let results = run(&scenario, &run_of, |so_far| match so_far.current("share.traced") {
            Some((_, error)) if error < 1e-4 => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })?;
        println!("{}", sentence(&results));
    }
    Ok(())
}

fn sentence(results: &Results) -> String {
    let raised = results.measure("capital.raised").expect("a measure of every run");
    let traced = results.estimates.ratio("share.traced").expect("a ratio of every run");
    format!(
        "{}: {} paths raise {:.1} ± {:.1} bn, of which {:.2}% ± {:.2}% is manufactured as traced",
        results.called(),
        results.paths,
        raised.mean,
        raised.se,
        100.0 * traced.value,
        100.0 * traced.se
    )
}
