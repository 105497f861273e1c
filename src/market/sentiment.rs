//! Stage 2 (5.2): sentiment as a Markov chain over hype, neutral, suspicion, and the perceived circularity that
//! drives it into suspicion.

use super::prices::halving;
use crate::actors::Now;
use crate::compiler::{Compiler, LoopKind, position};
pub use crate::input::STATES;
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, Any, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, PerYear, Pure, UsdBn, Years},
};
use crate::state::draw::{Purpose, uniform1, uniforms4};
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, F8, Layout, Loop, M8, Place, Row, Value};

pub const SECTION: Section = Section {
    name: "sentiment",
    repeated: false,
    required: false,
    keys: KEYS,
    address: &[],
    refuse,
    doc: "What the market believes: a Markov chain over hype, neutral, suspicion (5.2). Without the section: always hype, response 1.",
};

/// Fear of the circle itself.
pub const LOOP: LoopKind = LoopKind {
    which: Loop::SUSPICION,
    name: "suspicion",
    off: "circularity frightens nobody: C = C₀ always",
    notes: true,
    active: |c| {
        let afraid = |table: &Node| c.matters(table.number("sensitivity"));
        c.any("sentiment", |n| n.table("circularity").is_some_and(afraid))
    },
};

/// The keys of `[sentiment]`.
const KEYS: &[Key] = &[
    Key::of("initial", Shape::Choice(&STATES)).doc("The state at the start."),
    Key::of("response", Shape::States)
        .called("market’s response in {0}")
        .within(Pure, Any)
        .doc("ρ: the market's response to an announcement in each state."),
    Key::of("rates", Shape::StateMatrix)
        .called("rate of moving from {0} to {1}")
        .within(PerYear, NonNegative)
        .doc("λ_ab: rates of moving, row from, column to; the diagonal is 0."),
    Key::of("circularity", Shape::Table(CIRCULARITY))
        .doc("How perceived circularity drives the market into suspicion."),
];

/// Fear's logarithm at most: whoever is that much likelier to move moves in the step, and the state stays a number that
/// means something.
const MOST_FEAR: f64 = 50.0;

/// The keys of `circularity`.
const CIRCULARITY: &[Key] = &[
    Key::number("sensitivity", Pure, NonNegative)
        .called("sensitivity to circularity")
        .doc("b: rates into suspicion are multiplied by exp(b (C − C₀))."),
    Key::number("reference", Fraction, Range::Unit)
        .called("circularity taken for normal")
        .doc("C₀: the circularity that the market takes for normal."),
    Key::number("half_life", Years, Positive)
        .called("half-life of the market’s memory")
        .doc("h_C: half-life of the market's memory."),
    Key::number("weight", UsdBn, Positive)
        .called("weight of the normal circularity")
        .or_value(10.0)
        .doc("k: how much capital raised weighs as much as the reference."),
];

/// A state does not move to itself.
fn refuse(nodes: &[&Node], check: &mut Check) {
    for node in nodes {
        let Some(rates) = node.matrix_if("rates") else { continue };
        for (state, row) in rates.iter().enumerate() {
            if check.lowest(row[state]) != 0.0 || check.highest(row[state]) != 0.0 {
                let message = format!("the rate from `{0}` to `{0}` is not 0", STATES[state]);
                let place = check.place(row[state], &node.at);
                check.push(Finding::error(message).at(&place).help("write 0.0 on the diagonal of `rates`"));
            }
        }
    }
}

pub const HYPE: usize = 0;
pub const NEUTRAL: usize = 1;
pub const SUSPICION: usize = 2;

#[derive(Debug, Clone)]
pub struct Sentiment {
    /// 0, 1 or 2
    pub state: Row,
    /// ρ by state
    pub response: [Row; 3],
    related: Row,
    all: Row,
    /// Steps in each state so far (stage 9).
    pub time: [Row; 3],
    initial: usize,
    chain: Option<Chain>,
    uniforms: Row,
}

#[derive(Debug, Clone)]
struct Chain {
    /// λ_ab
    rates: [[Row; 3]; 3],
    /// b
    sensitivity: Row,
    /// C₀
    reference: Row,
    half_life: Row,
    /// k
    weight: Row,
    /// 2^(−Δ/h_C)
    decay: Row,
    /// What Λ is at most, by state.
    fastest: [Row; 3],
}

/// What a file's `[sentiment]` says.
pub struct SentimentTerms {
    pub initial: usize,
    pub response: [Row; 3],
    pub rates: [[Row; 3]; 3],
    pub sensitivity: Row,
    pub reference: Row,
    pub half_life: Row,
    pub weight: Row,
}

impl Sentiment {
    /// Without terms: always hype, response 1.
    pub fn compile(layout: &mut Layout, terms: Option<SentimentTerms>) -> Sentiment {
        let one = layout.constant(1.0);
        let mut initial = HYPE;
        let mut response = [one; 3];
        let chain = terms.map(|terms| {
            initial = terms.initial;
            response = terms.response;
            Chain {
                rates: terms.rates,
                sensitivity: terms.sensitivity,
                reference: terms.reference,
                half_life: terms.half_life,
                weight: terms.weight,
                decay: layout.row(),
                fastest: [layout.row(), layout.row(), layout.row()],
            }
        });
        Sentiment {
            state: layout.row(),
            response,
            related: layout.row(),
            all: layout.row(),
            time: STATES.map(|state| layout.sum(format!("steps of {state}"))),
            initial,
            chain,
            uniforms: layout.block(4),
        }
    }

    #[inline(always)]
    pub fn open(&self, b: &mut Batch, clock: &Clock) {
        let b = b.cells();
        b.fill(self.state, self.initial as f64);
        if let Some(chain) = &self.chain {
            b.set(chain.decay, halving(clock.step_years, b.get(chain.half_life)));
            // C lies between 0 and 1.
            let most_fear = exp(
                (b.get(chain.sensitivity) * (F8::ONE - b.get(chain.reference))).min(F8::splat(MOST_FEAR))
            );
            for (from, fastest) in chain.rates.iter().zip(chain.fastest) {
                let [to_hype, to_neutral, into_suspicion] = from.map(|row| b.get(row));
                let most = to_hype + to_neutral + into_suspicion * most_fear.max(F8::ONE);
                // A hair more, for rounding.
                b.set(fastest, most * (1.0 + 1e-9));
            }
        }
    }

    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now) {
        let Some(chain) = &self.chain else { return };
        let (first_path, b) = (b.first_path, b.cells());
        let uniform = self.uniform(b, first_path, now);
        let decay = b.get(chain.decay);
        let related = b.get(self.related) * decay;
        let all = b.get(self.all) * decay;
        b.set(self.related, related);
        b.set(self.all, all);
        // P(move) = 1 − e^(−ΛΔ) is at most ΛΔ, whatever is perceived: most steps move nobody, and end here.
        let dt = now.clock.step_years;
        let state = b.get(self.state);
        let hype = state.equals(F8::splat(HYPE as f64));
        let neutral = state.equals(F8::splat(NEUTRAL as f64));
        let [from_hype, from_neutral, from_suspicion] = chain.fastest.map(|row| b.get(row));
        let fastest = hype.select(from_hype, neutral.select(from_neutral, from_suspicion));
        if !uniform.lt(fastest * dt).any() {
            return;
        }
        let rates = &chain.rates;
        let mut to = [F8::ZERO; 3];
        for next in 0..3 {
            let [from_hype, from_neutral, from_suspicion] =
                [HYPE, NEUTRAL, SUSPICION].map(|a| rates[a][next]);
            to[next] =
                hype.select(b.get(from_hype), neutral.select(b.get(from_neutral), b.get(from_suspicion)));
        }
        let fears = now.loops.on(Loop::SUSPICION);
        let mut fear = F8::ONE;
        if fears {
            let reference = b.get(chain.reference);
            let weight = b.get(chain.weight);
            let sum = all + weight;
            // With k = 0 and no capital yet there is nothing to perceive.
            let perceived = sum.gt(F8::ZERO).select((related + weight * reference).share_of(sum), reference);
            // Fear beyond all bounds times a rate of 0 would be no number.
            fear = exp((b.get(chain.sensitivity) * (perceived - reference)).min(F8::splat(MOST_FEAR)));
        }
        let next = moved(state, uniform, &to, fear, dt);
        if fears {
            // Where nobody moves, and nobody would without fear, there is nothing to compare.
            let calmly = (to[0] + to[1] + to[2]) * (dt * (1.0 + 1e-9));
            if (!next.equals(state) | uniform.lt(calmly)).any()
                && (!next.equals(moved(state, uniform, &to, F8::ONE, dt))).any()
            {
                b.note(Loop::SUSPICION);
            }
        }
        b.set(self.state, next);
    }

    /// One word of every fourth step's block.
    #[inline(always)]
    fn uniform(&self, b: &mut Cells, first_path: u64, now: &Now) -> F8 {
        let step = now.step as u32;
        if step.is_multiple_of(4) {
            let block = uniforms4(now.seed, first_path, step / 4, Purpose::SENTIMENT);
            for (k, value) in block.into_iter().enumerate() {
                b.set(self.uniforms.plus(k), value);
            }
        }
        b.get(self.uniforms.plus((step % 4) as usize))
    }

    /// Stage 9.
    #[inline(always)]
    pub fn record(&self, b: &mut Batch) {
        let b = b.cells();
        let state = b.get(self.state);
        for (k, row) in self.time.iter().enumerate() {
            let there: M8 = state.equals(F8::splat(k as f64));
            b.add(*row, there.select(F8::ONE, F8::ZERO));
        }
    }

    /// A value that depends on the present state.
    #[inline(always)]
    pub fn of_state<P: Place>(&self, b: &Cells, place: P, rows: &[Row; 3]) -> P::Value {
        place.read(b, self.state).choose(rows.map(|row| place.read(b, row)))
    }

    /// ρ in the present state.
    #[inline(always)]
    pub fn response(&self, b: &Cells) -> F8 {
        let state = b.get(self.state);
        let [in_hype, in_neutral, in_suspicion] = self.response;
        let doubted = state.equals(F8::splat(NEUTRAL as f64)).select(b.get(in_neutral), b.get(in_suspicion));
        state.equals(F8::splat(HYPE as f64)).select(b.get(in_hype), doubted)
    }

    /// A round or tranche has brought capital, of which some from related parties.
    pub fn note_capital_at(&self, b: &mut Batch, path: usize, related: f64, all: f64) {
        b.add_at(self.related, path, related);
        b.add_at(self.all, path, all);
    }

    /// A restructuring: suspicion at once. Without `[sentiment]` it is always hype.
    pub fn frighten_at(&self, b: &mut Batch, path: usize) {
        if self.chain.is_some() {
            b.put(self.state, path, SUSPICION as f64);
        }
    }
}

/// The uniform that decides a step's move: one word of every fourth step's block.
pub fn uniform_at(seed: u64, path: u64, step: u32) -> f64 {
    uniform1(seed, path, step / 4, Purpose::SENTIMENT, (step % 4) as usize)
}

impl SentimentTerms {
    pub fn compile(c: &Compiler, node: &Node) -> SentimentTerms {
        let circularity = node.table("circularity").expect("circularity is required");
        SentimentTerms {
            initial: position(&STATES.map(String::from), node.text("initial")),
            response: node.states("response").map(Row::from),
            rates: node.matrix("rates").map(|row| row.map(Row::from)),
            sensitivity: c.row(circularity, "sensitivity"),
            reference: c.row(circularity, "reference"),
            half_life: c.row(circularity, "half_life"),
            weight: c.row(circularity, "weight"),
        }
    }
}

/// The state after a step of `dt` years in which lanes leave for hype, neutral and suspicion at the rates `to`, the last times
/// `fear`: the uniform says whether and where to.
#[inline(always)]
fn moved(state: F8, uniform: F8, to: &[F8; 3], fear: F8, dt: f64) -> F8 {
    let [to_hype, to_neutral, into_suspicion] = *to;
    let leaving = to_hype + to_neutral + into_suspicion * fear;
    let probability = F8::ONE - exp(F8::ZERO - leaving * dt);
    let per_rate = probability.share_of(leaving);
    // Targets in the order hype, neutral, suspicion.
    let first = to_hype * per_rate;
    let second = first + to_neutral * per_rate;
    uniform.lt(first).select(
        F8::splat(HYPE as f64),
        uniform.lt(second).select(
            F8::splat(NEUTRAL as f64),
            uniform.lt(probability).select(F8::splat(SUSPICION as f64), state),
        ),
    )
}
