//! The binary: everything is in the library.

fn main() -> std::process::ExitCode {
    give_memory_back();
    roundtrip::cli::main()
}

/// Blocks of a size go back to the system when they are freed. By itself glibc raises that size with every block freed, up
/// to 32 MB, and a run, whose first chunks are the largest, kept a quarter of its memory for nothing.
fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it sets a number, before there are other threads.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 << 10);
    }
}
