//! The plan: a checked scenario with names become handles, dates become steps and numbers become rows. Compiling
//! cannot fail; simulating it cannot either.

pub mod conditional;
pub mod correlation;
pub mod distribution;
pub mod grid;
pub mod parameters;
pub mod sobol;
pub mod strata;

use crate::actors::holding::ListedStake;
use crate::actors::lab::{Commit, Dealings, Factor, Reciprocal, Spending};
use crate::actors::record::Record;
use crate::actors::{Actors, Company, Holding, Lab, Person, Promise, Source};
use crate::books::shares::LabStakes;
use crate::books::{Edge, Flow, Ledger, Party};
use crate::deals::commitment::{Commitment, Commitments, Tranche};
use crate::deals::compute::{Compute, FileContract, LinkTerms};
use crate::deals::margin_loan::MarginLoans;
use crate::deals::supplier::Suppliers;
use crate::deals::vendor_equity::{VendorEquity, VendorOffer};
use crate::deals::warrant::{Warrant, WarrantTranche, Warrants};
use crate::events::new_contracts::NewContracts;
use crate::events::restructuring::Restructuring;
use crate::events::round::{Investor, RoundTerms, Rounds};
use crate::input::{Node, NumberId, Quantity};
use crate::market::announcement::Announcement;
use crate::market::prices::Prices;
use crate::market::sentiment::{STATES, Sentiment, SentimentTerms};
use crate::scenario::Scenario;
use crate::state::{Batch, Clock, F8, LANES, Layout, Loop, Row};
use parameters::Parameters;

/// Everything that the engine needs.
#[derive(Debug, Clone)]
pub struct Plan {
    pub name: String,
    pub clock: Clock,
    pub layout: Layout,
    /// Value of each number where it is certain; the uncertain ones are drawn by `parameters`.
    pub numbers: Vec<f64>,
    pub parameters: Parameters,
    /// Addresses of the uncertain numbers, in their order.
    pub uncertain: Vec<String>,
    pub actors: Actors,
    pub prices: Prices,
    pub sentiment: Sentiment,
    pub announcement: Announcement,
    pub compute: Compute,
    pub suppliers: Suppliers,
    pub vendor_equity: VendorEquity,
    pub warrants: Warrants,
    pub margin_loans: MarginLoans,
    pub commitments: Commitments,
    pub new_contracts: NewContracts,
    pub restructuring: Restructuring,
    pub rounds: Rounds,
    pub record: Record,
    /// What companies without a link to a lab are paid in a step, by lab and in all: bills say the others'.
    pub indirect: Vec<Row>,
    /// Loops that the scenario lets matter (§6).
    pub active: Vec<Loop>,
    /// Whether paths can differ: some number is uncertain, or something moves by chance.
    pub is_random: bool,
}

impl Plan {
    pub fn compile(scenario: &Scenario) -> Plan {
        Compiler::new(scenario).plan()
    }

    /// A batch with the scenario's certain numbers in place.
    pub fn batch(&self) -> Batch {
        let mut b = Batch::open(&self.layout, self.compute.most_contracts(&self.clock));
        for (k, value) in self.numbers.iter().enumerate() {
            b.fill(Row::from(NumberId(k as u32)), *value);
        }
        b
    }

    /// Opens the state of a batch made by [`Plan::batch`]: constants, uncertain numbers, opening balances, contracts from
    /// before the start. Uncertain number k of path p is `parameters[k * stride + p]`.
    #[inline(always)]
    pub fn open(&self, b: &mut Batch, first_path: u64, parameters: &[f64], stride: usize, extra: f64) {
        b.clear(&self.layout, first_path);
        for (k, id) in self.parameters.uncertain().iter().enumerate() {
            let mut values = F8::ZERO;
            values.0.copy_from_slice(&parameters[k * stride..][..LANES]);
            b.set(Row::from(*id), values);
        }
        b.fill(self.rounds.extra, extra);
        let actors = &self.actors;
        self.prices.open(b, &self.clock, actors);
        self.sentiment.open(b, &self.clock);
        self.announcement.open(b);
        actors.ledger.open(b);
        actors.lab_stakes.open(b);
        for company in &actors.companies {
            b.copy(company.debt_opening, company.debt);
        }
        for person in &actors.persons {
            b.copy(person.stake_opening, person.stake);
            b.copy(person.loan_opening, person.loan);
        }
        for holding in &actors.holdings {
            b.copy(holding.debt_opening, holding.debt);
            for stake in &holding.stakes {
                b.copy(stake.opening, stake.fraction);
            }
        }
        self.compute.open(b, &self.clock);
        self.suppliers.open(b, actors);
        self.new_contracts.open(b, &self.clock, actors, &self.compute, &self.suppliers);
        self.margin_loans.open(b, &self.clock);
        self.commitments.open(b);
        self.restructuring.open(b);
        self.record.open(b);
    }
}

/// Goes once through the scenario; keeps what several sections share.
struct Compiler<'a> {
    scenario: &'a Scenario,
    clock: Clock,
    layout: Layout,
    ledger: Ledger,
    lab_stakes: LabStakes,
    labs: Vec<String>,
    companies: Vec<String>,
    persons: Vec<String>,
    holdings: Vec<String>,
}

impl<'a> Compiler<'a> {
    fn new(scenario: &'a Scenario) -> Compiler<'a> {
        let names = |section: &str| -> Vec<String> {
            scenario.sections_named(section).map(|node| node.text("name").to_string()).collect()
        };
        Compiler {
            clock: Clock::new(scenario.start, scenario.years, scenario.steps_per_year),
            layout: Layout::new(scenario.numbers.len()),
            ledger: Ledger::default(),
            lab_stakes: LabStakes::default(),
            labs: names("lab"),
            companies: names("company"),
            persons: names("person"),
            holdings: names("holding"),
            scenario,
        }
    }

    fn section(&self, name: &str) -> Option<&'a Node> {
        self.scenario.sections_named(name).next()
    }

    fn lab(&self, name: &str) -> usize {
        position(&self.labs, name)
    }

    fn company(&self, name: &str) -> usize {
        position(&self.companies, name)
    }

    fn investor(&self, name: &str) -> Party {
        let find = |names: &[String]| names.iter().position(|n| n == name).map(|i| i as u16);
        if let Some(i) = find(&self.companies) {
            return Party::Company(i);
        }
        if let Some(i) = find(&self.persons) {
            return Party::Person(i);
        }
        find(&self.holdings).map(Party::Holding).unwrap_or_else(|| panic!("no investor {name}"))
    }

    fn edge(&mut self, payer: Party, payee: Party, flow: Flow) -> Edge {
        self.ledger.edge(&mut self.layout, payer, payee, flow)
    }

    fn row(&self, node: &Node, key: &str) -> Row {
        Row::from(node.number(key))
    }

    /// Is the number anything but a certain zero?
    fn matters(&self, id: NumberId) -> bool {
        !matches!(self.scenario.numbers[id.0 as usize].quantity, Quantity::Certain(0.0))
    }

    /// Does the file let a company build ahead?
    fn builds(&self, company: usize) -> bool {
        let mut nodes = self.scenario.sections_named("company");
        nodes.nth(company).is_some_and(|node| self.matters(node.number("build_ahead")))
    }

    fn plan(mut self) -> Plan {
        let scenario = self.scenario;
        let market = self.section("market").expect("[market] is required");
        let rate = self.row(market, "rate");
        let announcement_terms = self.section("announcement");
        let zero = self.layout.constant(0.0);
        let one = self.layout.constant(1.0);
        let of_announcement = |key: &str, otherwise: Row| {
            announcement_terms.map_or(otherwise, |node| Row::from(node.number(key)))
        };
        let elasticity = of_announcement("elasticity", zero);
        let half_life = of_announcement("half_life", one);
        let impact = of_announcement("impact", zero);
        let exponent = of_announcement("exponent", one);
        let noise = of_announcement("noise", zero);

        let companies: Vec<Company> = scenario
            .sections_named("company")
            .enumerate()
            .map(|(i, node)| self.company_from(i, node, elasticity, half_life, rate))
            .collect();
        let labs: Vec<Lab> =
            scenario.sections_named("lab").enumerate().map(|(l, node)| self.lab_from(l, node)).collect();
        let persons: Vec<Person> = scenario
            .sections_named("person")
            .enumerate()
            .map(|(i, node)| self.person_from(i, node, rate))
            .collect();
        let mut holdings: Vec<Holding> = scenario
            .sections_named("holding")
            .enumerate()
            .map(|(i, node)| self.holding_from(i, node, rate))
            .collect();

        let (volatility, sector_volatility) =
            (self.row(market, "volatility"), self.row(market, "sector_volatility"));
        let prices =
            Prices::compile(&mut self.layout, volatility, sector_volatility, rate, &companies, &labs);
        let terms = self.section("sentiment").map(|node| self.sentiment_from(node));
        let sentiment = Sentiment::compile(&mut self.layout, terms);
        let announcement = Announcement::compile(&mut self.layout, exponent, noise, companies.len());

        let link_terms: Vec<LinkTerms> =
            scenario.sections_named("compute").map(|node| self.link_from(node, &labs, &companies)).collect();
        let compute = Compute::compile(&mut self.layout, &self.clock, link_terms, labs.len());
        let builds: Vec<bool> = (0..companies.len()).map(|company| self.builds(company)).collect();
        let fractions = compute.links.iter().map(|link| (link.company, link.fraction_paid)).collect();
        let suppliers = Suppliers::compile(
            &mut self.layout,
            &self.clock,
            &companies,
            &mut self.ledger,
            &builds,
            fractions,
        );

        let mut labs = labs;
        let vendor_equity = self.vendor_equity(&mut labs, &compute);
        let warrants = self.warrants();
        let commitments = self.commitments(&mut holdings);
        let terms = scenario
            .sections_named("lab")
            .enumerate()
            .map(|(l, node)| self.round_from(l, node, &vendor_equity))
            .collect();
        let rounds = Rounds { terms, extra: self.layout.row() };
        self.investors(&mut labs);
        let cut_terms = labs.iter().map(|lab| lab.commit.as_ref().map(|commit| commit.term)).collect();
        let restructuring =
            Restructuring { unwind_time: self.layout.row(), count: self.layout.row(), terms: cut_terms };
        let margin_loans = MarginLoans::compile(&mut self.layout, &companies, &persons, &holdings);
        let new_contracts = NewContracts { rate, cut_news: self.layout.row() };
        let active = self.active(&labs, &companies, announcement_terms);
        let is_random = self.is_random();
        let actors = Actors {
            labs,
            companies,
            persons,
            holdings,
            ledger: self.ledger,
            lab_stakes: self.lab_stakes,
            impact,
        };
        let record = Record::compile(&mut self.layout, &actors);
        let mut indirect = Vec::new();
        for (i, company) in actors.companies.iter().enumerate() {
            let of_labs = actors.labs.iter().enumerate().map(|(l, lab)| (l, lab.dealings[i].paid_now));
            let (direct, others): (Vec<_>, Vec<_>) = of_labs.partition(|(l, _)| compute.is_linked(*l, i));
            indirect.extend(others.into_iter().map(|(_, paid_now)| paid_now));
            if direct.is_empty() {
                indirect.push(company.received);
            }
        }
        let correlations: Vec<(NumberId, NumberId, f64)> = scenario.correlations();
        let parameters = Parameters::compile(&scenario.numbers, &correlations);
        let uncertain =
            parameters.uncertain().iter().map(|id| scenario.numbers[id.0 as usize].address.clone()).collect();
        let numbers = scenario
            .numbers
            .iter()
            .map(|number| match number.quantity {
                Quantity::Certain(value) => value,
                Quantity::Uncertain(_) => 0.0,
            })
            .collect();
        Plan {
            name: scenario.name.clone(),
            clock: self.clock,
            layout: self.layout,
            numbers,
            parameters,
            uncertain,
            actors,
            prices,
            sentiment,
            announcement,
            compute,
            suppliers,
            vendor_equity,
            warrants,
            margin_loans,
            commitments,
            new_contracts,
            restructuring,
            rounds,
            record,
            indirect,
            active,
            is_random,
        }
    }

    fn company_from(&mut self, i: usize, node: &Node, elasticity: Row, half_life: Row, rate: Row) -> Company {
        let me = Party::Company(i as u16);
        let cash = self.row(node, "cash");
        let beta = node.table("beta").expect("beta is defaulted");
        for (lab, stake) in node.tables_by("lab_stakes") {
            self.opening_stake(me, lab, stake);
        }
        let suppliers = node
            .numbers_by("suppliers")
            .iter()
            .map(|(name, share)| (self.company(name), Row::from(*share)))
            .collect();
        Company {
            name: node.text("name").to_string(),
            market_cap: self.row(node, "market_cap"),
            premium_opening: self.row(node, "premium"),
            drift: self.row(node, "drift"),
            volatility: self.row(node, "volatility"),
            beta_market: self.row(beta, "market"),
            beta_sector: self.row(beta, "sector"),
            beta_labs: self.betas_to_labs(beta),
            cash_floor: self.row(node, "cash_floor"),
            earnings: self.row(node, "earnings"),
            payout: self.row(node, "payout"),
            margin: self.row(node, "margin"),
            max_ltv: self.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            build_ahead: self.row(node, "build_ahead"),
            elasticity: node.number_if("elasticity").map_or(elasticity, Row::from),
            half_life: node.number_if("half_life").map_or(half_life, Row::from),
            suppliers,
            account: self.ledger.account(&mut self.layout, me, cash),
            fundamental: self.layout.row(),
            premium: self.layout.row(),
            value: self.layout.row(),
            debt: self.layout.row(),
            debt_opening: self.row(node, "debt"),
            received: self.layout.row(),
            pays_out: self.matters(node.number("payout")),
            owes: self.matters(node.number("debt")) || self.matters(node.number("max_ltv")),
            earnings_edge: self.edge(Party::Outside, me, Flow::Earnings),
            payout_edge: self.edge(me, Party::Outside, Flow::Payout),
            interest_edge: self.edge(me, Party::Outside, Flow::Interest),
            loan_edge: self.edge(Party::Outside, me, Flow::Loan),
            sale_edge: self.edge(Party::Outside, me, Flow::Sale),
        }
    }

    /// Exposures to the labs that have a factor.
    fn betas_to_labs(&self, beta: &Node) -> Vec<(usize, Row)> {
        let has_factor = |lab: usize| {
            let node = self.scenario.sections_named("lab").nth(lab);
            node.and_then(|node| node.number_if("factor_volatility")).is_some_and(|id| self.matters(id))
        };
        let betas = beta.numbers_by("labs").iter().map(|(lab, id)| (self.lab(lab), *id));
        betas
            .filter(|(lab, id)| has_factor(*lab) && self.matters(*id))
            .map(|(l, id)| (l, Row::from(id)))
            .collect()
    }

    fn opening_stake(&mut self, holder: Party, lab: &str, node: &Node) -> usize {
        let lab = self.lab(lab);
        let index = self.lab_stakes.of(&mut self.layout, holder, lab);
        let opening = (self.row(node, "stake"), self.row(node, "cost"));
        self.lab_stakes.stakes[index].opening = Some(opening);
        index
    }

    fn lab_from(&mut self, l: usize, node: &Node) -> Lab {
        let me = Party::Lab(l as u16);
        let revenue = node.table("revenue").expect("revenue is required");
        let cash = self.row(node, "cash");
        let commit = node.table("commit").map(|commit| Commit {
            multiple: self.row(commit, "multiple"),
            term: self.row(commit, "term"),
            lead: self.row(commit, "lead"),
            tie: self.row(commit, "tie"),
        });
        let cut = node.table("restructure").expect("restructure is defaulted");
        let dealings = (0..self.companies.len())
            .map(|_| Dealings {
                paid_now: self.layout.row(),
                paid: self.layout.row(),
                paid_since_round: self.layout.row(),
                offers: false,
                credits: self.layout.row(),
                credits_used: self.layout.row(),
            })
            .collect();
        let growth = self.row(revenue, "growth");
        let volatility = node.number_if("factor_volatility").filter(|id| self.matters(*id));
        let factor = volatility.map(|id| Factor { volatility: Row::from(id), level: self.layout.row() });
        let spending = self
            .scenario
            .sections_named("compute")
            .filter(|link| link.text("lab") == node.text("name"))
            .map(|link| Spending {
                company: self.company(link.text("company")),
                base_weight: Row::from(link.number("weight")),
                pending: self.layout.row(),
                put_in: None,
            })
            .collect();
        Lab {
            name: node.text("name").to_string(),
            revenue_annual: self.row(revenue, "annual"),
            growth,
            growth_end: revenue.number_if("growth_end").map_or(growth, Row::from),
            growth_half_life: revenue.number_if("half_life").map(Row::from),
            revenue_volatility: self.row(revenue, "volatility"),
            factor,
            opex_opening: self.row(node, "opex"),
            opex_growth: self.row(node, "opex_growth"),
            mark_opening: self.row(node, "mark"),
            cut: self.row(cut, "cut"),
            commit,
            account: self.ledger.account(&mut self.layout, me, cash),
            revenue: self.layout.row(),
            opex: self.layout.row(),
            mark: self.layout.row(),
            dilution: self.layout.row(),
            unpaid: self.layout.row(),
            written_off: self.layout.row(),
            restructured: self.layout.row(),
            capital: self.layout.row(),
            committed: self.layout.row(),
            announced: self.layout.row(),
            dealings,
            spending,
            put_in: Vec::new(),
            news: self.layout.row(),
            revenue_edge: self.edge(Party::Outside, me, Flow::Revenue),
            opex_edge: self.edge(me, Party::Outside, Flow::Opex),
            outside_round_edge: self.edge(Party::Outside, me, Flow::Round),
            reciprocal: None,
        }
    }

    fn person_from(&mut self, i: usize, node: &Node, rate: Row) -> Person {
        let me = Party::Person(i as u16);
        let (company, stake) = node.numbers_by("stake").first().expect("one stake is required");
        let invests =
            node.numbers_by("invests").iter().map(|(lab, f)| (self.lab(lab), Row::from(*f))).collect();
        for (lab, stake) in node.tables_by("lab_stakes") {
            self.opening_stake(me, lab, stake);
        }
        Person {
            name: node.text("name").to_string(),
            company: self.company(company),
            stake_opening: Row::from(*stake),
            loan_opening: self.row(node, "loan"),
            max_ltv: self.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            call_ltv: node.number_if("call_ltv").map(Row::from),
            invests,
            stake: self.layout.row(),
            loan: self.layout.row(),
            got_back: (0..self.labs.len()).map(|_| self.layout.row()).collect(),
            loan_edge: self.edge(Party::Outside, me, Flow::Loan),
        }
    }

    fn holding_from(&mut self, i: usize, node: &Node, rate: Row) -> Holding {
        let me = Party::Holding(i as u16);
        let cash = self.row(node, "cash");
        let funding = node
            .words("funding")
            .iter()
            .map(|word| match word.as_str() {
                "cash" => Source::Cash,
                "sell" => Source::Sell,
                _ => Source::Borrow,
            })
            .collect();
        let stakes = node
            .numbers_by("stakes")
            .iter()
            .map(|(name, stake)| ListedStake {
                company: self.company(name),
                opening: Row::from(*stake),
                fraction: self.layout.row(),
            })
            .collect();
        for (lab, stake) in node.tables_by("lab_stakes") {
            self.opening_stake(me, lab, stake);
        }
        let invests =
            node.numbers_by("invests").iter().map(|(lab, f)| (self.lab(lab), Row::from(*f))).collect();
        Holding {
            name: node.text("name").to_string(),
            cash_floor: self.row(node, "cash_floor"),
            debt_opening: self.row(node, "debt"),
            max_ltv: self.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            call_ltv: node.number_if("call_ltv").map(Row::from),
            other_assets: self.row(node, "other_assets"),
            funding,
            invests,
            account: self.ledger.account(&mut self.layout, me, cash),
            debt: self.layout.row(),
            stakes,
            lab_stakes: Vec::new(),
            promises: Vec::new(),
            booked_gain_peak: self.layout.row(),
            nav_noted: self.layout.row(),
            got_back: (0..self.labs.len()).map(|_| self.layout.row()).collect(),
            sale_edge: self.edge(Party::Outside, me, Flow::Sale),
            loan_edge: self.edge(Party::Outside, me, Flow::Loan),
            interest_edge: self.edge(me, Party::Outside, Flow::Interest),
        }
    }

    fn sentiment_from(&self, node: &Node) -> SentimentTerms {
        let circularity = node.table("circularity").expect("circularity is required");
        SentimentTerms {
            initial: position(&STATES.map(String::from), node.text("initial")),
            response: node.states("response").map(Row::from),
            rates: node.matrix("rates").map(|row| row.map(Row::from)),
            sensitivity: self.row(circularity, "sensitivity"),
            reference: self.row(circularity, "reference"),
            half_life: self.row(circularity, "half_life"),
            weight: self.row(circularity, "weight"),
        }
    }

    fn link_from(&mut self, node: &Node, labs: &[Lab], companies: &[Company]) -> LinkTerms {
        let (lab, company) = (self.lab(node.text("lab")), self.company(node.text("company")));
        let (from, to) = (Party::Lab(lab as u16), Party::Company(company as u16));
        let contracts = node
            .list("contracts")
            .iter()
            .map(|contract| FileContract {
                announced: self.clock.step_of(contract.date("announced")),
                start: self.clock.step_of(contract.date("starts")),
                notional: self.row(contract, "notional"),
                term: self.row(contract, "term"),
            })
            .collect();
        LinkTerms {
            lab,
            company,
            base: self.row(node, "base"),
            contracts,
            account: companies[company].account,
            received: companies[company].received,
            dealings: labs[lab].dealings[company],
            takes_credits: self.grants_credits(node.text("company"), node.text("lab")),
            is_built_for: self.builds(company),
            compute_edge: self.edge(from, to, Flow::Compute),
            credit_edge: self.edge(from, to, Flow::ComputeCredit),
        }
    }

    /// Does the file let the company grant the lab compute credits?
    fn grants_credits(&self, company: &str, lab: &str) -> bool {
        let gives = |section: &str, giver: &str| {
            let mut nodes = self.scenario.sections_named(section);
            nodes.any(|node| {
                node.text(giver) == company && node.text("lab") == lab && self.matters(node.number("credits"))
            })
        };
        gives("vendor_equity", "company") || gives("commitment", "investor")
    }

    fn vendor_equity(&mut self, labs: &mut [Lab], compute: &Compute) -> VendorEquity {
        let mut offers = Vec::new();
        for node in self.scenario.sections_named("vendor_equity") {
            let (company, lab) = (self.company(node.text("company")), self.lab(node.text("lab")));
            let (from, to) = (Party::Company(company as u16), Party::Lab(lab as u16));
            let buys_back = self.matters(node.number("reciprocal"));
            if buys_back && labs[lab].reciprocal.is_none() {
                labs[lab].reciprocal = Some(Reciprocal {
                    now: self.layout.row(),
                    ring: self.layout.block(self.clock.steps_per_year as usize),
                    year: self.layout.row(),
                    total: self.layout.row(),
                });
            }
            labs[lab].dealings[company].offers = true;
            let link = compute.links.iter().find(|k| k.lab == lab && k.company == company);
            offers.push(VendorOffer {
                company,
                lab,
                ratio: self.row(node, "ratio"),
                credits: self.row(node, "credits"),
                reciprocal: self.row(node, "reciprocal"),
                buys_back,
                cash_received: link.map(|k| k.cash_paid),
                round_edge: self.edge(from, to, Flow::Round),
                credit_edge: self.edge(from, to, Flow::Credit),
                reciprocal_edge: self.edge(from, to, Flow::Reciprocal),
                stake: self.lab_stakes.of(&mut self.layout, from, lab),
            });
        }
        VendorEquity { offers }
    }

    fn warrants(&mut self) -> Warrants {
        let mut warrants = Vec::new();
        for node in self.scenario.sections_named("warrant") {
            let (company, lab) = (self.company(node.text("company")), self.lab(node.text("lab")));
            let edge = self.edge(Party::Company(company as u16), Party::Lab(lab as u16), Flow::Warrant);
            let tranches = node
                .list("tranches")
                .iter()
                .map(|tranche| WarrantTranche {
                    fraction: self.row(tranche, "fraction"),
                    milestone: self.row(tranche, "milestone"),
                    price: self.row(tranche, "price"),
                    vested: self.layout.row(),
                })
                .collect();
            warrants.push(Warrant { company, lab, edge, tranches });
        }
        Warrants { warrants }
    }

    fn commitments(&mut self, holdings: &mut [Holding]) -> Commitments {
        let mut commitments = Vec::new();
        for node in self.scenario.sections_named("commitment") {
            let investor = self.investor(node.text("investor"));
            let lab = self.lab(node.text("lab"));
            let to = Party::Lab(lab as u16);
            let tranches = node
                .list("tranches")
                .iter()
                .map(|tranche| Tranche {
                    due: self.clock.step_of(tranche.date("due")),
                    amount: self.row(tranche, "amount"),
                    needs: tranche
                        .table("needs")
                        .map(|needs| (self.company(needs.text("company")), self.row(needs, "paid"))),
                    cash_left: self.layout.row(),
                    credits_left: self.layout.row(),
                    missed: self.layout.row(),
                })
                .collect();
            let credit_edge =
                matches!(investor, Party::Company(_)).then(|| self.edge(investor, to, Flow::Credit));
            let commitment = Commitment {
                investor,
                lab,
                pre_money: self.row(node, "pre_money"),
                credits: self.row(node, "credits"),
                tranches,
                price: self.layout.row(),
                unpaid: self.layout.row(),
                tranche_edge: self.edge(investor, to, Flow::Tranche),
                credit_edge,
                stake: self.lab_stakes.of(&mut self.layout, investor, lab),
            };
            if let Party::Holding(h) = investor {
                let promise = Promise { lab, unpaid: commitment.unpaid, price: commitment.price };
                holdings[h as usize].promises.push(promise);
            }
            commitments.push(commitment);
        }
        // Actors are processed kind by kind, each in the order of the scenario (§4).
        commitments.sort_by_key(|c: &Commitment| match c.investor {
            Party::Company(i) => (0, i),
            Party::Person(i) => (1, i),
            Party::Holding(i) => (2, i),
            Party::Lab(_) | Party::Outside => (3, 0),
        });
        for (h, holding) in holdings.iter().enumerate() {
            for (lab, _) in &holding.invests {
                self.lab_stakes.of(&mut self.layout, Party::Holding(h as u16), *lab);
            }
        }
        for (h, holding) in holdings.iter_mut().enumerate() {
            let me = Party::Holding(h as u16);
            holding.lab_stakes = (0..self.lab_stakes.stakes.len())
                .filter(|s| self.lab_stakes.stakes[*s].holder == me)
                .collect();
        }
        let tranches = commitments.iter().flat_map(|commitment| &commitment.tranches);
        let mut due_in: Vec<i32> = tranches.map(|tranche| tranche.due).filter(|due| *due >= 0).collect();
        due_in.sort_unstable();
        due_in.dedup();
        Commitments { commitments, missed: self.layout.row(), waiting: self.layout.row(), due_in }
    }

    fn round_from(&mut self, l: usize, node: &Node, vendor_equity: &VendorEquity) -> Option<RoundTerms> {
        let round = node.table("round")?;
        let to = Party::Lab(l as u16);
        let name = node.text("name");
        let invest = |this: &mut Self, section: &str, party: fn(u16) -> Party| -> Vec<Investor> {
            let nodes = this.scenario.sections_named(section).enumerate();
            nodes
                .filter_map(|(index, node)| {
                    let fraction = node.numbers_by("invests").iter().find(|(lab, _)| lab == name)?.1;
                    let who = party(index as u16);
                    Some(Investor {
                        index,
                        fraction: Row::from(fraction),
                        edge: this.edge(who, to, Flow::Round),
                        stake: this.lab_stakes.of(&mut this.layout, who, l),
                    })
                })
                .collect()
        };
        let persons = invest(self, "person", Party::Person);
        let holdings = invest(self, "holding", Party::Holding);
        Some(RoundTerms {
            trigger: self.row(round, "trigger"),
            gap: self.row(round, "gap"),
            runway: self.row(round, "runway"),
            multiple: round.states("multiple").map(Row::from),
            appetite: round.states("appetite").map(Row::from),
            spillover: self.row(round, "spillover"),
            earliest: self.layout.row(),
            count: self.layout.row(),
            vendors: (0..vendor_equity.offers.len()).filter(|k| vendor_equity.offers[*k].lab == l).collect(),
            persons,
            holdings,
        })
    }

    /// A row for what each possible investor has put into each lab.
    fn investors(&mut self, labs: &mut [Lab]) {
        for lab in labs.iter_mut() {
            let companies = (0..self.companies.len()).map(|i| Party::Company(i as u16));
            let persons = (0..self.persons.len()).map(|i| Party::Person(i as u16));
            let holdings = (0..self.holdings.len()).map(|i| Party::Holding(i as u16));
            let parties: Vec<Party> = companies.chain(persons).chain(holdings).collect();
            for party in parties {
                if !lab.put_in.iter().any(|(known, _)| *known == party) {
                    lab.put_in.push((party, self.layout.row()));
                }
            }
            for link in &mut lab.spending {
                let from = Party::Company(link.company as u16);
                link.put_in = lab.put_in.iter().find(|(party, _)| *party == from).map(|(_, row)| *row);
            }
        }
    }

    /// Does anything depend on chance?
    fn is_random(&self) -> bool {
        let by_chance = |address: &str| {
            let parts: Vec<&str> = address.split('.').collect();
            matches!(
                parts.as_slice(),
                ["market", "volatility" | "sector_volatility"]
                    | ["company", _, "volatility"]
                    | ["lab", _, "revenue", "volatility"]
                    | ["lab", _, "factor_volatility"]
                    | ["announcement", "noise"]
                    | ["sentiment", "rates", ..]
            )
        };
        self.scenario.numbers.iter().any(|number| match number.quantity {
            Quantity::Uncertain(_) => true,
            Quantity::Certain(value) => value != 0.0 && by_chance(&number.address),
        })
    }

    /// A loop is active if the file lets it matter (§6): one that is called active and does nothing costs runs, one that
    /// acts and is not called so would be left on where all are off.
    fn active(&self, labs: &[Lab], companies: &[Company], announcement: Option<&Node>) -> Vec<Loop> {
        let scenario = self.scenario;
        let any = |section: &str, test: &dyn Fn(&Node) -> bool| scenario.sections_named(section).any(test);
        let elastic = announcement.is_some_and(|node| self.matters(node.number("elasticity")))
            || any("company", &|node| node.number_if("elasticity").is_some_and(|id| self.matters(id)));
        // Off, it also takes the premium out of what a round is priced at.
        let spills = any("lab", &|n| {
            n.table("round").and_then(|round| round.number_if("spillover")).is_some_and(|id| self.matters(id))
        }) && any("company", &|n| n.number_if("premium").is_some_and(|id| self.matters(id)));
        let borrows = |section: &str| any(section, &|node: &Node| self.matters(node.number("max_ltv")));
        let has_stakes = any("holding", &|node| !node.numbers_by("stakes").is_empty());
        let credit =
            any("vendor_equity", &|n| self.matters(n.number("ratio")) && self.matters(n.number("credits")))
                || any("commitment", &|n| self.matters(n.number("credits")));
        let by_company = |n: &Node| self.companies.iter().any(|name| name == n.text("investor"));
        let cash =
            any("vendor_equity", &|n| self.matters(n.number("ratio"))) || any("commitment", &by_company);
        let invests = |n: &Node| n.numbers_by("invests").iter().any(|(_, id)| self.matters(*id));
        let related =
            any("commitment", &|n| !by_company(n)) || any("person", &invests) || any("holding", &invests);
        let marks = any("holding", &|n| !n.tables_by("lab_stakes").is_empty() || invests(n))
            || any("commitment", &|n| self.holdings.iter().any(|name| name == n.text("investor")));
        let afraid = any("sentiment", &|n| {
            n.table("circularity").is_some_and(|c| self.matters(c.number("sensitivity")))
        });
        // Whoever owes may be called, and sell.
        let owes = any("person", &|n| n.number_if("loan").is_some_and(|id| self.matters(id)));
        let collateral = borrows("person") || borrows("holding") || borrows("company") || has_stakes || owes;
        let mut active = Vec::new();
        let mut push = |on: bool, which: Loop| {
            if on {
                active.push(which);
            }
        };
        push(elastic || spills, Loop::Announcement);
        push(collateral && !companies.is_empty(), Loop::Collateral);
        push(marks && !labs.is_empty(), Loop::Marks);
        push(cash, Loop::VendorEquity);
        push(credit, Loop::Credits);
        push(any("warrant", &|n| !n.list("tranches").is_empty()), Loop::Warrants);
        push(any("vendor_equity", &|n| self.matters(n.number("reciprocal"))), Loop::Reciprocal);
        push(afraid, Loop::Suspicion);
        push(related, Loop::RelatedWealth);
        active
    }
}

fn position(names: &[String], name: &str) -> usize {
    names.iter().position(|n| n == name).unwrap_or_else(|| panic!("no actor {name}"))
}
