//! Stage 1 (5.1): fundamental values, the premium's decay, labs' revenue.

use crate::actors::{Actors, Now};
use crate::input::{Key, Range::NonNegative, Section, Unit::PerYear};
use crate::state::draw::{Purpose, normal1, normals4};
use crate::state::maths::{exp, exp1};
use crate::state::{Batch, Clock, LANES, Layout, Row};

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
    Key::number("volatility", PerYear, NonNegative).doc("σ_m: volatility of the market."),
    Key::number("sector_volatility", PerYear, NonNegative)
        .doc("σ_s: volatility of the AI sector beyond the market."),
    Key::number("rate", PerYear, NonNegative).doc(
        "r: interest on every loan and debt, and the discount rate of contracts; continuously compounded.",
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
    /// Standard normals of the step: market, sector, companies, labs.
    shocks: Row,
    blocks: usize,
}

#[derive(Debug, Clone, Copy)]
struct CompanyMove {
    /// (μ − s²/2)Δ
    drift: Row,
    /// √Δ times the loadings on market, sector, own shock
    market: Row,
    sector: Row,
    own: Row,
    /// 2^(−Δ/h)
    decay: Row,
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
        companies: usize,
        labs: usize,
    ) -> Prices {
        let company = |layout: &mut Layout| CompanyMove {
            drift: layout.row(),
            market: layout.row(),
            sector: layout.row(),
            own: layout.row(),
            decay: layout.row(),
        };
        let lab = |layout: &mut Layout| LabMove {
            drift: layout.row(),
            fading: layout.row(),
            fade: layout.row(),
            own: layout.row(),
            opex_step: layout.row(),
        };
        let blocks = (2 + companies + labs).div_ceil(4);
        Prices {
            volatility,
            sector_volatility,
            rate,
            companies: (0..companies).map(|_| company(layout)).collect(),
            labs: (0..labs).map(|_| lab(layout)).collect(),
            shocks: layout.block(4 * blocks),
            blocks,
        }
    }

    pub fn open(&self, b: &mut Batch, clock: &Clock, actors: &Actors) {
        let dt = clock.step_years;
        let root = dt.sqrt();
        for path in 0..b.width() {
            let market = b.at(self.volatility, path);
            let sector = b.at(self.sector_volatility, path);
            for (company, moves) in actors.companies.iter().zip(&self.companies) {
                let by_market = b.at(company.beta_market, path) * market;
                let by_sector = b.at(company.beta_sector, path) * sector;
                let own = b.at(company.volatility, path);
                let variance = by_market * by_market + by_sector * by_sector + own * own;
                b.put(moves.drift, path, (b.at(company.drift, path) - variance / 2.0) * dt);
                b.put(moves.market, path, root * by_market);
                b.put(moves.sector, path, root * by_sector);
                b.put(moves.own, path, root * own);
                b.put(moves.decay, path, halving(dt, b.at(company.half_life, path)));
                let premium = b.at(company.premium_opening, path);
                let cap = b.at(company.market_cap, path);
                b.put(company.premium, path, premium);
                b.put(company.fundamental, path, cap * exp1(-premium));
                b.put(company.value, path, cap);
            }
            for (lab, moves) in actors.labs.iter().zip(&self.labs) {
                let (start, end) = (b.at(lab.growth, path), b.at(lab.growth_end, path));
                let volatility = b.at(lab.revenue_volatility, path);
                b.put(moves.drift, path, (end - volatility * volatility / 2.0) * dt);
                b.put(moves.fading, path, (start - end) * dt);
                b.put(moves.fade, path, lab.growth_half_life.map_or(1.0, |row| halving(dt, b.at(row, path))));
                b.put(moves.own, path, root * volatility);
                b.put(moves.opex_step, path, exp1(b.at(lab.opex_growth, path) * dt));
                b.put(lab.revenue, path, b.at(lab.revenue_annual, path));
                b.put(lab.opex, path, b.at(lab.opex_opening, path));
                b.put(lab.mark, path, b.at(lab.mark_opening, path));
                b.put(lab.dilution, path, 1.0);
            }
        }
    }

    #[inline(always)]
    fn draw(&self, b: &mut Batch, group: usize, now: &Now) {
        let path = b.first_path + (group * LANES) as u64;
        for block in 0..self.blocks {
            let normals = normals4(now.seed, path, now.step as u32, Purpose::shocks(block as u32));
            for (k, normal) in normals.into_iter().enumerate() {
                b.set(self.shocks.plus(4 * block + k), group, normal);
            }
        }
    }

    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        for group in 0..b.groups {
            self.draw(b, group, now);
            let market = b.get(self.shocks, group);
            let sector = b.get(self.shocks.plus(1), group);
            for (i, (company, moves)) in actors.companies.iter().zip(&self.companies).enumerate() {
                let own = b.get(self.shocks.plus(2 + i), group);
                let log_return = b.get(moves.drift, group)
                    + (b.get(moves.market, group) * market
                        + b.get(moves.sector, group) * sector
                        + b.get(moves.own, group) * own);
                let fundamental = b.get(company.fundamental, group) * exp(log_return);
                let premium = b.get(company.premium, group) * b.get(moves.decay, group);
                b.set(company.fundamental, group, fundamental);
                b.set(company.premium, group, premium);
                b.set(company.value, group, fundamental * exp(premium));
            }
            for (l, (lab, moves)) in actors.labs.iter().zip(&self.labs).enumerate() {
                let own = b.get(self.shocks.plus(2 + actors.companies.len() + l), group);
                let fading = b.get(moves.fading, group);
                let growth = b.get(moves.drift, group) + fading + b.get(moves.own, group) * own;
                b.set(lab.revenue, group, b.get(lab.revenue, group) * exp(growth));
                b.set(moves.fading, group, fading * b.get(moves.fade, group));
                if now.step > 0 {
                    // e^(opex_growth·t) at t = nΔ: step 0 pays the opening rate.
                    b.set(lab.opex, group, b.get(lab.opex, group) * b.get(moves.opex_step, group));
                }
            }
        }
    }
}

/// One shock by its number: 0 market, 1 sector, then companies, then labs.
pub fn shock_at(seed: u64, path: u64, step: u32, which: usize) -> f64 {
    normal1(seed, path, step, Purpose::shocks((which / 4) as u32), which % 4)
}

/// 2^(−Δ/h)
fn halving(dt: f64, half_life: f64) -> f64 {
    exp1(-std::f64::consts::LN_2 * dt / half_life)
}
