//! (in construction)
use crate::report::{render::Drawing, theme::Look};
#[derive(Debug, Clone)]
pub struct Distribution;
pub fn draw(_: &Distribution, _: &Look) -> Drawing { todo!() }
