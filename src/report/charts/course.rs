//! (in construction)
use crate::report::{render::Drawing, theme::Look};
#[derive(Debug, Clone)]
pub struct Course;
pub fn draw(_: &Course, _: &Look) -> Drawing { todo!() }
