//! `event-study` (docs/methods/event_study.md): the words and the picture of an event study, and its command; what is
//! computed is in [`crate::calibrate::event_study`].

pub mod command;
pub mod words;
