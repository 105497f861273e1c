//! x
pub fn starter(_: &str) -> String {
    String::new()
}
