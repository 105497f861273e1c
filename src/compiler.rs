//! What compiling a checked scenario shares: names become handles, dates become steps, numbers become rows. Each owner
//! of a section has its own `compile` beside its keys and asks here for rows, accounts, edges and stakes; the order in
//! which they do is that of [`crate::plan`].

use crate::books::shares::LabStakes;
use crate::books::{Account, Edge, Flow, Ledger, Party};
use crate::input::{Node, Number, NumberId, Quantity};
use crate::state::{Clock, Layout, Loop, Row};

/// What the reader has checked, as compiling wants it.
#[derive(Clone, Copy)]
pub struct Sections<'a> {
    /// In file order, by section name.
    pub nodes: &'a [(&'static str, Node)],
    pub numbers: &'a [Number],
}

/// A loop that can be switched off (section 6 of the model).
pub struct LoopKind {
    pub which: Loop,
    /// On the command line and in results.
    pub name: &'static str,
    /// What switching it off means.
    pub off: &'static str,
    /// Does the file let it matter? One that is called active and does nothing costs runs; one that acts and is not
    /// called so would be left on where all are off.
    pub active: fn(&Compiler) -> bool,
    /// Does it note in the batch when it acts ([`crate::state::Cells::note`])? A run in which it has not acted need not be made again without it.
    pub notes: bool,
}

/// What the file lets a deal or an event do that others have to know before it is compiled. Who does it says so.
#[derive(Debug, Default)]
pub struct Foreseen {
    /// Companies that can lose otherwise than by a cut: [`crate::market::announcement::Announcement::note_loss_at`].
    pub losers: Vec<usize>,
    /// Companies that guarantee debt of others, and whether money of origin `guarantee` can come of it.
    pub guarantors: Vec<usize>,
    pub has_guarantees: bool,
    /// (lab, company) whose bills are settled in part by lending.
    pub set_off: Vec<(usize, usize)>,
    /// (lab, company) where what the company builds ahead for the lab is lent.
    pub lent_ahead: Vec<(usize, usize)>,
}

/// Goes once through the scenario; keeps what several sections share.
pub struct Compiler<'a> {
    sections: Sections<'a>,
    pub foreseen: Foreseen,
    pub clock: Clock,
    pub layout: Layout,
    pub ledger: Ledger,
    pub lab_stakes: LabStakes,
    pub labs: Vec<String>,
    pub companies: Vec<String>,
    pub persons: Vec<String>,
    pub holdings: Vec<String>,
}

impl<'a> Compiler<'a> {
    pub fn new(sections: Sections<'a>, clock: Clock) -> Compiler<'a> {
        let names = |section: &str| -> Vec<String> {
            let of_section = sections.nodes.iter().filter(|(name, _)| *name == section);
            of_section.map(|(_, node)| node.text("name").to_string()).collect()
        };
        Compiler {
            clock,
            layout: Layout::new(sections.numbers.len()),
            foreseen: Foreseen::default(),
            ledger: Ledger::new(false),
            lab_stakes: LabStakes::default(),
            labs: names("lab"),
            companies: names("company"),
            persons: names("person"),
            holdings: names("holding"),
            sections,
        }
    }

    /// Before anything is compiled.
    pub fn foresee(&mut self, who: &[fn(&Compiler, &mut Foreseen)]) {
        let mut foreseen = Foreseen::default();
        for ask in who {
            ask(self, &mut foreseen);
        }
        self.ledger = Ledger::new(foreseen.has_guarantees);
        self.foreseen = foreseen;
    }

    /// The sections of a name in file order.
    pub fn sections_named<'s>(&self, name: &'s str) -> impl Iterator<Item = &'a Node> + use<'a, 's> {
        self.sections.nodes.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    pub fn section(&self, name: &str) -> Option<&'a Node> {
        self.sections_named(name).next()
    }

    /// Does a section of the name pass the test?
    pub fn any(&self, section: &str, test: impl Fn(&Node) -> bool) -> bool {
        self.sections_named(section).any(test)
    }

    pub fn lab(&self, name: &str) -> usize {
        position(&self.labs, name)
    }

    pub fn company(&self, name: &str) -> usize {
        position(&self.companies, name)
    }

    pub fn investor(&self, name: &str) -> Party {
        let find = |names: &[String]| names.iter().position(|n| n == name).map(|i| i as u16);
        if let Some(i) = find(&self.companies) {
            return Party::Company(i);
        }
        if let Some(i) = find(&self.persons) {
            return Party::Person(i);
        }
        find(&self.holdings).map(Party::Holding).unwrap_or_else(|| panic!("no investor {name}"))
    }

    pub fn edge(&mut self, payer: Party, payee: Party, flow: Flow) -> Edge {
        self.ledger.edge(&mut self.layout, payer, payee, flow)
    }

    pub fn name(&self, party: Party) -> &str {
        match party {
            Party::Outside => "outside",
            Party::Lab(i) => &self.labs[i as usize],
            Party::Company(i) => &self.companies[i as usize],
            Party::Person(i) => &self.persons[i as usize],
            Party::Holding(i) => &self.holdings[i as usize],
        }
    }

    /// The row of a section's number.
    pub fn row(&self, node: &Node, key: &str) -> Row {
        Row::from(node.number(key))
    }

    /// Is the number anything but a certain zero?
    pub fn matters(&self, id: NumberId) -> bool {
        !matches!(self.sections.numbers[id.0 as usize].quantity, Quantity::Certain(0.0))
    }

    /// A number that the file may leave out, if it is there and anything but a certain zero.
    pub fn row_if(&self, node: &Node, key: &str) -> Option<Row> {
        node.number_if(key).filter(|id| self.matters(*id)).map(Row::from)
    }

    /// The largest value that a section's number can have.
    pub fn highest(&self, node: &Node, key: &str) -> f64 {
        self.sections.numbers[node.number(key).0 as usize].quantity.support().1
    }

    /// Does the lab owe the company no bill in the run: no link between them, and none along shares of suppliers? The
    /// company's cash is then outside money to the causal lens.
    pub fn is_stranger(&self, company: &str, lab: &str) -> bool {
        !paid_by(self.sections.nodes, lab, |share| self.matters(share)).contains(&company)
    }

    /// Does the file let a company build ahead?
    pub fn builds(&self, company: usize) -> bool {
        let mut nodes = self.sections_named("company");
        nodes.nth(company).is_some_and(|node| self.matters(node.number("build_ahead")))
    }

    /// A stake in a lab that is held before the start.
    pub fn opening_stake(&mut self, holder: Party, lab: &str, node: &Node) -> usize {
        let lab = self.lab(lab);
        let index = self.lab_stakes.of(&mut self.layout, holder, lab);
        let opening = (self.row(node, "stake"), self.row(node, "cost"));
        self.lab_stakes.stakes[index].opening = Some(opening);
        index
    }

    /// Amounts by origin of one moment, which belong to no flow.
    pub fn lot(&mut self) -> Edge {
        self.ledger.lot(&mut self.layout)
    }

    /// A cash account whose opening balance is savings.
    pub fn account(&mut self, party: Party, opening: Row) -> Account {
        self.ledger.account(&mut self.layout, party, opening)
    }

    /// Does anything depend on chance?
    pub fn is_random(&self) -> bool {
        let by_chance = |address: &str| {
            let parts: Vec<&str> = address.split('.').collect();
            matches!(
                parts.as_slice(),
                ["market", "volatility" | "sector_volatility"]
                    | ["company", _, "volatility"]
                    | ["lab", _, "revenue", "volatility"]
                    | ["lab", _, "factor_volatility" | "tender"]
                    | ["announcement", "noise"]
                    | ["sentiment", "rates", ..]
            )
        };
        self.sections.numbers.iter().any(|number| match number.quantity {
            Quantity::Uncertain(_) => true,
            // Asked for time, vendors always agree or never.
            Quantity::Certain(value) if number.address.ends_with(".defer.accept") => {
                0.0 < value && value < 1.0
            }
            Quantity::Certain(value) => value != 0.0 && by_chance(&number.address),
        })
    }
}

/// The companies that a lab's bills reach: those it has a link to and, along shares of suppliers that `counts`, at any
/// depth, those that these pass money on to.
pub fn paid_by<'a>(
    nodes: &'a [(&'static str, Node)],
    lab: &str,
    counts: impl Fn(NumberId) -> bool,
) -> Vec<&'a str> {
    let named = |section| nodes.iter().filter(move |(name, _)| *name == section).map(|(_, node)| node);
    let links = named("compute").filter(|link| link.text_if("lab") == Some(lab));
    let mut reached: Vec<&str> = links.filter_map(|link| link.text_if("company")).collect();
    let mut next = 0;
    while let Some(company) = reached.get(next).copied() {
        let customers = named("company").filter(|node| node.text_if("name") == Some(company));
        for (supplier, share) in customers.flat_map(|node| node.numbers_by("suppliers")) {
            if counts(*share) && !reached.contains(&supplier.as_str()) {
                reached.push(supplier);
            }
        }
        next += 1;
    }
    reached
}

pub fn position(names: &[String], name: &str) -> usize {
    names.iter().position(|n| n == name).unwrap_or_else(|| panic!("no actor {name}"))
}
