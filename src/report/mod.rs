//! Results as people read them: tables, charts, the page, the manifest. The only code that writes result files.

pub mod charts;
pub mod layout;
pub mod render;
pub mod theme;
pub mod wording;
