//! Which loops are on (section 6 of the model). A loop is a bit; its name, what switching it off means and when a
//! scenario lets it matter stand with the mechanism that closes it ([`crate::compiler::LoopKind`]).

/// A loop: the place of its bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loop(u8);

impl Loop {
    pub const ANNOUNCEMENT: Loop = Loop::at(0);
    pub const COLLATERAL: Loop = Loop::at(1);
    pub const MARKS: Loop = Loop::at(2);
    pub const VENDOR_EQUITY: Loop = Loop::at(3);
    pub const CREDITS: Loop = Loop::at(4);
    pub const WARRANTS: Loop = Loop::at(5);
    pub const RECIPROCAL: Loop = Loop::at(6);
    pub const SUSPICION: Loop = Loop::at(7);
    pub const RELATED_WEALTH: Loop = Loop::at(8);

    /// The loop of a bit that no other has (0 to 31); a deal that closes a loop of its own takes the next one.
    pub const fn at(bit: u8) -> Loop {
        assert!(bit < 32, "a loop beyond the last bit");
        Loop(bit)
    }
}

/// Which loops are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loops(u32);

impl Loops {
    pub const ALL_ON: Loops = Loops(u32::MAX);
    /// `related_wealth` off too: without persons' and holdings' money.
    pub const ALL_OFF: Loops = Loops(0);

    /// As a number that a cell can hold.
    #[inline(always)]
    pub(super) fn bits(self) -> u64 {
        u64::from(self.0)
    }

    #[inline(always)]
    pub(super) fn of_bits(bits: u64) -> Loops {
        Loops(bits as u32)
    }

    #[inline(always)]
    pub fn on(self, which: Loop) -> bool {
        self.0 & (1 << which.0) != 0
    }

    pub fn without(self, which: Loop) -> Loops {
        Loops(self.0 & !(1 << which.0))
    }

    pub fn with(self, which: Loop) -> Loops {
        Loops(self.0 | 1 << which.0)
    }

    /// The loops that are on here and off there.
    pub fn of_which_off(self, there: Loops) -> Loops {
        Loops(self.0 & !there.0)
    }

    /// Every loop off that the causal share switches off: all but `related_wealth` (section 9).
    pub fn causal_off(self) -> Loops {
        Loops(self.0 & (1 << Loop::RELATED_WEALTH.0))
    }
}
