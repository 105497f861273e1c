//! The engine: batches of paths on rayon, columns in path order. The bytes do not depend on the number of threads,
//! on the width of a batch, on the instruction set, nor on how the paths were split into shards.

pub mod audit;
pub mod courses;
pub mod finite;
pub mod flows;
pub mod replay;
pub mod simulate;
pub mod step;
pub mod variants;

pub use courses::{Courses, Series};
pub use finite::{Arose, Fault, NotFinite, Unfinished};
pub use flows::Flows;
pub use simulate::{
    Chunk, Design, Finished, Gathering, Instructions, Run, simulate, simulate_chunks, simulate_chunks_until,
    simulate_design, simulate_some,
};
