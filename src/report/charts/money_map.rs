//! (in construction)
use crate::report::{render::Drawing, theme::Look};
#[derive(Debug, Clone)]
pub struct MoneyMap;
pub fn draw(_: &MoneyMap, _: &Look) -> Drawing { todo!() }
