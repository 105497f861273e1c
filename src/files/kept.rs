//! Which columns of a run's paths go into `paths.parquet`: `--keep`, `--columns`, and the manifest's `keep`.

use crate::input::names::fits;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// No paths: what they say together only
    None,
    /// Every path with its measures
    Measures,
    /// Every path with its uncertain numbers and its measures
    All,
}

/// What a run was told to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub paths: Keep,
    /// Patterns of names; empty: every column of those.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

impl Kept {
    /// As it was typed; `None` where every column of every path is kept.
    pub fn of(paths: Option<Keep>, columns: &[String]) -> Option<Kept> {
        let paths = paths.unwrap_or(Keep::All);
        (paths != Keep::All || !columns.is_empty()).then(|| Kept { paths, columns: columns.to_vec() })
    }

    /// The numbers of the columns that are kept, of which the first `uncertain` are the uncertain numbers; or the first
    /// pattern that no column fits.
    pub fn pick(&self, names: &[String], uncertain: usize) -> Result<Vec<usize>, String> {
        let offered = match self.paths {
            Keep::None => names.len()..names.len(),
            Keep::Measures => uncertain..names.len(),
            Keep::All => 0..names.len(),
        };
        let fits_none =
            |pattern: &&String| !names[offered.clone()].iter().any(|name| fits(pattern, name.as_str()));
        if let Some(pattern) = self.columns.iter().find(fits_none) {
            return Err(pattern.clone());
        }
        let is_picked = |k: &usize| {
            self.columns.is_empty() || self.columns.iter().any(|pattern| fits(pattern, &names[*k]))
        };
        Ok(offered.filter(is_picked).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_picked_by_kind_and_name() {
        let names =
            ["lab.A.cash", "capital.raised", "capital.round.revenue", "share.traced"].map(String::from);
        let pick = |paths, columns: &[&str]| {
            let columns = columns.iter().map(|column| column.to_string()).collect();
            Kept { paths, columns }.pick(&names, 1)
        };
        assert_eq!(pick(Keep::All, &[]), Ok(vec![0, 1, 2, 3]));
        assert_eq!(pick(Keep::Measures, &[]), Ok(vec![1, 2, 3]));
        assert_eq!(pick(Keep::None, &[]), Ok(vec![]));
        assert_eq!(pick(Keep::All, &["capital.*", "*.A.*"]), Ok(vec![0, 1, 2]));
        assert_eq!(pick(Keep::All, &["c*.re*e"]), Ok(vec![2]));
        assert_eq!(pick(Keep::All, &["share.*", "c*x"]), Err("c*x".into()));
        assert_eq!(pick(Keep::Measures, &["lab.*"]), Err("lab.*".into()));
        assert_eq!(Kept::of(Some(Keep::All), &[]), None);
        assert_eq!(Kept::of(None, &[]), None);
    }
}
