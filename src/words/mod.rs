//! How numbers and texts read: amounts, shares and counts to the digits that their errors allow, the kinds of measures,
//! tables for a terminal, and the answer itself. Charts, page and studies say theirs in these words.

pub mod answer;
pub mod currency;
pub mod estimated;
pub mod label;
pub mod measure;
pub mod numbers;
pub mod table;
