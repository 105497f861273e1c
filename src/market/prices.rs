//! Stage 1 (5.1): fundamental values, the premium's decay, labs' revenue, labs' own factors.

use crate::actors::{Actors, Company, Factor, Lab, Now};
use crate::input::{Key, Range::NonNegative, Section, Unit::PerYear};
use crate::state::draw::{Purpose, normal1, normals4};
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, F8, Layout, Loop, Row, Tape};

pub const SECTION: Section = Section {
    name: "market",
    repeated: false,
    required: true,
    keys: KEYS,
    address: &[],
    refuse: crate::input::key::nothing,
    doc: "The stock market and the AI sector (5.1).",
};

/// The keys of `[market]`.
const KEYS: &[Key] = &[
    Key::number("volatility", PerYear, NonNegative).called("market volatility").doc("σ_m: volatility of the market."),
    Key::number("sector_volatility", PerYear, NonNegative).called("volatility of the AI sector")
        .doc("σ_s: volatility of the AI sector beyond the market."),
    Key::number("rate", PerYear, NonNegative).called("market rate").doc(
        "r: the discount rate of contracts, and interest on the loans and debts of those without a `rate` of their own; continuously compounded.",
    ),
];

/// The market's numbers and what is worked out from them once per path.
#[derive(Debug, Clone)]
pub struct Prices {
    volatility: Row,
    sector_volatility: Row,
    pub rate: Row,
    companies: Vec<CompanyMove>,
    labs: Vec<LabMove>,
    factors: Vec<FactorMove>,
    /// Standard normals of the step: market, sector, companies, labs; after the last block of four, labs' factors.
    shocks: Row,
    blocks: usize,
}

#[derive(Debug, Clone)]
struct CompanyMove {
    /// (μ − s²/2)Δ
    drift: Row,
    /// √Δ times the loadings on market, sector, own shock
    market: Row,
    sector: Row,
    own: Row,
    /// 2^(−Δ/h)
    decay: Row,
    /// (factor, βφ√Δ)
    labs: Vec<(usize, Row)>,
}

/// A lab's factor.
#[derive(Debug, Clone, Copy)]
struct FactorMove {
    lab: usize,
    of_lab: Factor,
    /// −φ²Δ/2
    drift: Row,
    /// φ√Δ
    own: Row,
    /// The four normals of which one is this step's.
    normals: Row,
}

#[derive(Debug, Clone, Copy)]
struct LabMove {
    /// (g_end − σ²/2)Δ
    drift: Row,
    /// (g_start − g_end)Δ·2^(−t/h_g), worked down a step at a time
    fading: Row,
    fade: Row,
    own: Row,
    /// e^(opex_growth Δ)
    opex_step: Row,
}

impl Prices {
    pub fn compile(
        layout: &mut Layout,
        volatility: Row,
        sector_volatility: Row,
        rate: Row,
        companies: &[Company],
        labs: &[Lab],
    ) -> Prices {
        let lab = |layout: &mut Layout| LabMove {
            drift: layout.row(),
            fading: layout.row(),
            fade: layout.row(),
            own: layout.row(),
            opex_step: layout.row(),
        };
        let blocks = (2 + companies.len() + labs.len()).div_ceil(4);
        let with_factor = labs.iter().enumerate().filter_map(|(l, lab)| Some((l, lab.factor?)));
        let factors: Vec<FactorMove> = with_factor
            .map(|(lab, of_lab)| FactorMove {
                lab,
                of_lab,
                drift: layout.row(),
                own: layout.row(),
                normals: layout.block(4),
            })
            .collect();
        let company = |layout: &mut Layout, of: &Company| {
            let factor = |lab: usize| factors.iter().position(|factor| factor.lab == lab);
            let labs = of.beta_labs.iter().filter_map(|(lab, _)| factor(*lab));
            CompanyMove {
                drift: layout.row(),
                market: layout.row(),
                sector: layout.row(),
                own: layout.row(),
                decay: layout.row(),
                labs: labs.map(|k| (k, layout.row())).collect(),
            }
        };
        Prices {
            volatility,
            sector_volatility,
            rate,
            companies: companies.iter().map(|of| company(layout, of)).collect(),
            labs: labs.iter().map(|_| lab(layout)).collect(),
            shocks: layout.block(4 * blocks + factors.len()),
            factors,
            blocks,
        }
    }

    /// A tape for the shocks of so many steps.
    pub fn tape(&self, steps: u32) -> Tape {
        Tape::with_room(4 * self.blocks + self.factors.len(), steps as usize)
    }

    #[inline(always)]
    pub fn open(&self, b: &mut Batch, clock: &Clock, actors: &Actors) {
        let b = b.cells();
        let dt = clock.step_years;
        let root = dt.sqrt();
        let market = b.get(self.volatility);
        let sector = b.get(self.sector_volatility);
        for (company, moves) in actors.companies.iter().zip(&self.companies) {
            let by_market = b.get(company.beta_market) * market;
            let by_sector = b.get(company.beta_sector) * sector;
            let own = b.get(company.volatility);
            let mut variance = by_market * by_market + by_sector * by_sector + own * own;
            for ((k, loading), (_, beta)) in moves.labs.iter().zip(&company.beta_labs) {
                let by_lab = b.get(*beta) * b.get(self.factors[*k].of_lab.volatility);
                b.set(*loading, by_lab * root);
                variance += by_lab * by_lab;
            }
            b.set(moves.drift, (b.get(company.drift) - variance / 2.0) * dt);
            b.set(moves.market, by_market * root);
            b.set(moves.sector, by_sector * root);
            b.set(moves.own, own * root);
            b.set(moves.decay, halving(dt, b.get(company.half_life)));
            let premium = b.get(company.premium_opening);
            let cap = b.get(company.market_cap);
            b.set(company.premium, premium);
            note_premium(b, premium);
            b.set(company.fundamental, cap * exp(-premium));
            b.set(company.value, cap);
        }
        for (lab, moves) in actors.labs.iter().zip(&self.labs) {
            let (start, end) = (b.get(lab.growth), b.get(lab.growth_end));
            let volatility = b.get(lab.revenue_volatility);
            b.set(moves.drift, (end - volatility * volatility / 2.0) * dt);
            b.set(moves.fading, (start - end) * dt);
            b.set(moves.fade, lab.growth_half_life.map_or(F8::ONE, |row| halving(dt, b.get(row))));
            b.set(moves.own, volatility * root);
            b.set(moves.opex_step, exp(b.get(lab.opex_growth) * dt));
            b.copy(lab.revenue_annual, lab.revenue);
            b.copy(lab.opex_opening, lab.opex);
            b.copy(lab.mark_opening, lab.mark);
            b.fill(lab.dilution, 1.0);
        }
        for factor in &self.factors {
            let volatility = b.get(factor.of_lab.volatility);
            b.set(factor.drift, F8::ZERO - volatility * volatility / 2.0 * dt);
            b.set(factor.own, volatility * root);
            b.fill(factor.of_lab.level, 1.0);
        }
    }

    /// One normal of every fourth step's four, lab by lab: what is drawn of a lab does not depend on the others.
    #[inline(always)]
    fn draw_factors(&self, b: &mut Cells, first_path: u64, now: &Now) {
        let (block, slot) = (now.step as u32 / 4, now.step as usize % 4);
        for (k, factor) in self.factors.iter().enumerate() {
            if slot == 0 {
                let four = normals4(now.seed, first_path, block, Purpose::factor(factor.lab as u32));
                for (j, normal) in four.into_iter().enumerate() {
                    b.set(factor.normals.plus(j), normal);
                }
            }
            b.set(self.shocks.plus(4 * self.blocks + k), b.get_nth(factor.normals, slot));
        }
    }

    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        let (first_path, mut tape) = (b.first_path, b.tape.take());
        let played = tape.as_ref().is_some_and(|tape| tape.play(now.step as usize, b.cells(), self.shocks));
        if !played {
            let b = b.cells();
            for block in 0..self.blocks {
                let normals = normals4(now.seed, first_path, now.step as u32, Purpose::shocks(block as u32));
                for (k, normal) in normals.into_iter().enumerate() {
                    b.set(self.shocks.plus(4 * block + k), normal);
                }
            }
            self.draw_factors(b, first_path, now);
            if let Some(tape) = &mut tape {
                tape.record(b, self.shocks);
            }
        }
        b.tape = tape;
        let b = b.cells();
        let market = b.get(self.shocks);
        let sector = b.get(self.shocks.plus(1));
        for (k, factor) in self.factors.iter().enumerate() {
            let normal = b.get(self.shocks.plus(4 * self.blocks + k));
            let level = b.get(factor.of_lab.level);
            b.set(factor.of_lab.level, level * exp(b.get(factor.drift) + b.get(factor.own) * normal));
        }
        for (i, (company, moves)) in actors.companies.iter().zip(&self.companies).enumerate() {
            let own = b.get(self.shocks.plus(2 + i));
            let mut log_return = b.get(moves.drift)
                + (b.get(moves.market) * market + b.get(moves.sector) * sector + b.get(moves.own) * own);
            for (k, loading) in &moves.labs {
                log_return += b.get(*loading) * b.get(self.shocks.plus(4 * self.blocks + k));
            }
            let fundamental = b.get(company.fundamental) * exp(log_return);
            let premium = b.get(company.premium) * b.get(moves.decay);
            b.set(company.fundamental, fundamental);
            b.set(company.premium, premium);
            // e⁰ is 1 to the bit: companies without news, or with the announcement loop off, are spared it.
            let calm = !(!premium.equals(F8::ZERO)).any();
            b.set(company.value, if calm { fundamental } else { fundamental * exp(premium) });
        }
        for (l, (lab, moves)) in actors.labs.iter().zip(&self.labs).enumerate() {
            let own = b.get(self.shocks.plus(2 + actors.companies.len() + l));
            let fading = b.get(moves.fading);
            let growth = b.get(moves.drift) + fading + b.get(moves.own) * own;
            b.set(lab.revenue, b.get(lab.revenue) * exp(growth));
            b.set(moves.fading, fading * b.get(moves.fade));
            if now.step > 0 {
                // e^(opex_growth·t) at t = nΔ: step 0 pays the opening rate.
                b.set(lab.opex, b.get(lab.opex) * b.get(moves.opex_step));
            }
        }
    }
}

/// The loops that act by a premium: without one nothing is worth more than min(F, M), and no round is priced by it.
#[inline(always)]
pub(super) fn note_premium(b: &mut Cells, premium: F8) {
    if premium.gt(F8::ZERO).any() {
        b.note(Loop::COLLATERAL);
    }
    if (!premium.equals(F8::ZERO)).any() {
        b.note(Loop::ANNOUNCEMENT);
    }
}

/// One shock by its number: 0 market, 1 sector, then companies, then labs.
pub fn shock_at(seed: u64, path: u64, step: u32, which: usize) -> f64 {
    normal1(seed, path, step, Purpose::shocks((which / 4) as u32), which % 4)
}

/// The normal of a lab's factor.
pub fn factor_shock_at(seed: u64, path: u64, step: u32, lab: usize) -> f64 {
    normal1(seed, path, step / 4, Purpose::factor(lab as u32), step as usize % 4)
}

/// 2^(−Δ/h)
#[inline(always)]
pub fn halving(dt: f64, half_life: F8) -> F8 {
    exp(F8::splat(-std::f64::consts::LN_2 * dt) / half_life)
}
