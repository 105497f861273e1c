//! The loops that can be switched off (§6): one line each. What "off" means stands with the mechanism.

/// A loop of §6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Loop {
    Announcement,
    Collateral,
    Marks,
    VendorEquity,
    Credits,
    Warrants,
    Reciprocal,
    Suspicion,
    RelatedWealth,
}

/// Name on the command line, and what switching it off means.
pub const LOOPS: &[(Loop, &str, &str)] = &[
    (Loop::Announcement, "announcement", "the market adds what a contract is worth, no more"),
    (
        Loop::Collateral,
        "collateral",
        "borrowing and sales are measured at min(F, M), and sales move no price",
    ),
    (Loop::Marks, "marks", "holdings carry stakes in labs at cost and book no gain before payment"),
    (Loop::VendorEquity, "vendor_equity", "companies put no cash into labs"),
    (Loop::Credits, "credits", "the credit part of every offer is zero"),
    (Loop::Warrants, "warrants", "no warrant vests"),
    (Loop::Reciprocal, "reciprocal", "companies buy nothing from labs"),
    (Loop::Suspicion, "suspicion", "circularity frightens nobody: C = C₀ always"),
    (Loop::RelatedWealth, "related_wealth", "persons and holdings make no offers and pay no tranches"),
];

/// Which loops are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loops(u16);

impl Loops {
    pub const ALL_ON: Loops = Loops(0x1ff);

    #[inline(always)]
    pub fn on(self, which: Loop) -> bool {
        self.0 & (1 << which as u8) != 0
    }

    pub fn without(self, which: Loop) -> Loops {
        Loops(self.0 & !(1 << which as u8))
    }

    pub fn with(self, which: Loop) -> Loops {
        Loops(self.0 | 1 << which as u8)
    }

    /// Every loop off that the causal share switches off: all but `related_wealth` (§9).
    pub fn causal_off(self) -> Loops {
        Loops(self.0 & (1 << Loop::RelatedWealth as u8))
    }

    /// The upper bound: `related_wealth` off too.
    pub const ALL_OFF: Loops = Loops(0);

    pub fn name_of(which: Loop) -> &'static str {
        LOOPS.iter().find(|(other, _, _)| *other == which).map_or("", |(_, word, _)| *word)
    }

    pub fn named(name: &str) -> Option<Loop> {
        LOOPS.iter().find(|(_, word, _)| *word == name).map(|(which, _, _)| *which)
    }
}
