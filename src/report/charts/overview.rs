//! (in construction)
use crate::report::{render::Drawing, theme::Look};
#[derive(Debug, Clone)]
pub struct Overview;
pub fn draw(_: &Overview, _: &Look) -> Drawing { todo!() }
