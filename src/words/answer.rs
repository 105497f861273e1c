//! The answer in words, the same for terminal, page and pictures, in one order: whose money it was, a count; what came from
//! inflated values; what came straight back; what would not have been raised, how far that moves with what is assumed, and
//! who would have stepped in; what else would differ; what tied contracts add; what was given away. A share is never called
//! fake, what is left of it never organic, and a range over assumptions is no bound.

use crate::deals::CONCESSIONS;
use crate::scenario::Good;
use crate::words::estimated::Estimated;
use crate::words::numbers::{NO_BREAK, list, names, percent, usd};
use serde::{Deserialize, Serialize};

/// What the answer rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Told {
    pub labs: Vec<String>,
    /// What they buy.
    #[serde(default, skip_serializing_if = "Good::is_compute")]
    pub good: Good,
    /// USD bn
    pub raised: Estimated,
    /// `share.insider`
    pub insiders: Option<Estimated>,
    pub who: Insiders,
    /// `share.traced`, `share.netted`
    pub traced: Option<Estimated>,
    pub netted: Option<Estimated>,
    pub causal: Option<Causal>,
    /// `share.concession`, and USD bn by instrument.
    pub concession: Option<Estimated>,
    pub conceded: Vec<(String, Estimated)>,
    /// Where there is vendor credit or project debt.
    #[serde(default)]
    pub financing: Option<Financed>,
}

/// The second denominator: capital and project debt together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Financed {
    /// USD bn: all of it, what of it is lent against contracts, and what of that only because of a guarantee.
    pub whole: Estimated,
    pub lent: Estimated,
    pub guaranteed: Estimated,
    /// `share.financing.insider`, `.manufactured`, and `.causal` where paths were run again.
    pub insiders: Estimated,
    pub manufactured: Estimated,
    pub causal: Option<Estimated>,
}

/// Whose money the insiders' is: those who bring something.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Insiders {
    /// Companies that sell to the labs.
    pub vendors: bool,
    pub holdings: Vec<String>,
    pub persons: Vec<String>,
    /// Of all capital, from companies to which the lab owes nothing.
    pub strangers: Option<Estimated>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Causal {
    /// Paths that were run again.
    pub paths: u64,
    pub share: Estimated,
    /// With persons' and holdings' money gone too, where that makes a difference.
    pub without_wealth: Option<Estimated>,
    pub range: Option<Range>,
    /// Of all capital, what came through the loops.
    pub through_loops: Estimated,
    pub replacement: Option<Estimated>,
    /// The rate of replacement at which the share is 10%; none where it is below at any.
    pub at_ten: Option<Estimated>,
    pub compared: Vec<Compared>,
    /// Customers' money settled more than half of the bills.
    pub customers_pay: bool,
    /// `share.causal.demand`
    pub demand: Option<Estimated>,
}

/// The share over the stated assumptions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub paths: u64,
    pub low: End,
    pub high: End,
    /// The ends first.
    pub points: Vec<End>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    pub share: Estimated,
    /// What is assumed there; empty for the scenario's own draw.
    pub corner: String,
    /// Raised there with the loops on, USD bn.
    pub raised: Estimated,
}

/// A measure with the loops on and off.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    pub measure: String,
    pub on: Estimated,
    pub off: Estimated,
    /// off/on − 1
    pub change: Estimated,
}

pub fn share(value: &Estimated) -> String {
    percent(value.value, value.se)
}

fn amount(value: &Estimated) -> String {
    usd(value.value, value.se)
}

/// `SoftBank’s and Ellison’s`, or how many there are.
fn whose(who: &Insiders) -> String {
    let all: Vec<String> = who.holdings.iter().chain(&who.persons).cloned().collect();
    match all.as_slice() {
        [] => "persons’ and holdings’".into(),
        few if few.len() <= 3 => list(&few.iter().map(|name| format!("{name}’s")).collect::<Vec<_>>()),
        _ => "persons’ and holdings’".into(),
    }
}

impl Insiders {
    /// The parties, for a list: "companies that sell to OpenAI", "SoftBank", "Ellison".
    fn parties(&self, labs: &[String]) -> Vec<String> {
        let labs_named = names(labs, "lab");
        let several = |names: &[String], kind: &str| match names {
            few if few.len() <= 3 => few.to_vec(),
            many => vec![format!("{} {kind}", crate::words::numbers::small_number(many.len()))],
        };
        let mut parties = Vec::new();
        if self.vendors {
            parties.push(format!("companies that sell to {labs_named}"));
        }
        if self.strangers.is_some() {
            let owe = if labs.len() == 1 { "owes" } else { "owe" };
            parties.push(format!("companies to which {labs_named} {owe} nothing"));
        }
        parties.extend(several(&self.holdings, "holdings"));
        parties.extend(several(&self.persons, "named persons"));
        parties
    }
}

impl Told {
    fn labs(&self) -> String {
        names(&self.labs, "lab")
    }

    /// "companies that sell to OpenAI, SoftBank and Ellison"
    pub fn insiders_named(&self) -> String {
        list(&self.who.parties(&self.labs))
    }

    /// What the causal share is called when persons' and holdings' money is gone too.
    pub fn without_wealth(&self) -> String {
        format!("without {} money too", whose(&self.who))
    }

    /// All of it that there is, a sentence or more each, in order.
    pub fn sentences(&self) -> Vec<String> {
        let mut all = vec![self.insiders(), self.traced(), self.netted()];
        all.extend(self.effect().into_iter().map(Some));
        all.push(self.given_away());
        all.push(self.financing());
        all.into_iter().flatten().collect()
    }

    /// A count.
    pub fn insiders(&self) -> Option<String> {
        let insiders = self.insiders?;
        if insiders.value <= 0.0 {
            return Some(format!(
                "None of the money came from companies that sell to {}, from holdings or from named persons; that is a count, \
                 not a judgement.",
                self.labs()
            ));
        }
        let from: Vec<String> =
            self.who.parties(&self.labs).into_iter().map(|party| format!("from {party}")).collect();
        let mut text = format!(
            "{} of the money came {}; that is a count, not a judgement.",
            share(&insiders),
            list(&from)
        );
        if let Some(strangers) = &self.who.strangers {
            text += &format!(
                " {} came from companies to which the lab owes nothing: no loop runs through them.",
                share(strangers)
            );
        }
        Some(text)
    }

    pub fn traced(&self) -> Option<String> {
        let traced = self.traced?;
        Some(format!(
            "{} came from inflated values: dollars raised on a premium or an unrealised mark, the mark-up of credits, savings on \
             their second lap. Tracing counts vendors’ cheques out of their customers’ money as organic.",
            share(&traced)
        ))
    }

    pub fn netted(&self) -> Option<String> {
        let netted = self.netted?;
        Some(format!("{} came straight back to those who had put it in.", share(&netted)))
    }

    /// The causal share with what stands beside it.
    pub fn effect(&self) -> Vec<String> {
        let Some(causal) = &self.causal else { return Vec::new() };
        [
            Some(causal.said()),
            causal
                .without_wealth
                .map(|upper| capital(&format!("{}: {}.", self.without_wealth(), share(&upper)))),
            Some(causal.replaced()),
            self.elsewhere(causal),
            causal.tied(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Compute paid and written off.
    fn elsewhere(&self, causal: &Causal) -> Option<String> {
        let of = |measure: &str| causal.compared.iter().find(|compared| compared.measure == measure);
        let (raised, paid) = (of("capital.raised")?, of("paid")?);
        if !raised.change.value.is_finite() || !paid.change.value.is_finite() {
            return None;
        }
        let change = |compared: &Compared| {
            let by = Estimated::new(compared.change.value.abs(), compared.change.se);
            let way = if compared.change.value > 0.0 { "more" } else { "less" };
            (share(&by), way)
        };
        let ((raised_by, raised_way), (paid_by, paid_way)) = (change(raised), change(paid));
        let mut text = format!("Without the loops {} would raise {raised_by} {raised_way}", self.labs());
        let much_less = paid.change.value.abs() < raised.change.value.abs() / 2.0;
        if raised.change.value < 0.0 && paid.change.value <= 0.0 && much_less {
            text += &format!(" but pay only {paid_by} less for {}", self.good);
            if causal.customers_pay {
                text += ", because customers pay most of the bills";
            }
        } else {
            text += &format!(" and pay {paid_by} {paid_way} for {}", self.good);
        }
        if let Some(written) =
            of("written_off").filter(|written| written.change.value.abs() > TOLD_APART * written.change.se)
        {
            text +=
                &format!("; it would write off {} instead of {}", amount(&written.off), amount(&written.on));
        }
        Some(if self.labs.len() == 1 { text + "." } else { text.replace("; it would", "; they would") + "." })
    }

    /// The same over capital and project debt.
    pub fn financing(&self) -> Option<String> {
        let financed = self.financing.as_ref()?;
        if financed.whole.value <= 0.0 {
            return None;
        }
        let causal = financed.causal.filter(|causal| causal.value.is_finite());
        let causal = causal.map_or(String::new(), |causal| {
            format!("; {} would not be there without the loops", share(&causal))
        });
        let whose = match self.labs.as_slice() {
            [lab] => format!("{lab}’s"),
            _ => "the labs’".to_string(),
        };
        Some(format!(
            "Lenders lend {} more against {whose} contracts. Of the {} in all {} comes from insiders, counting what is lent only \
             because of a guarantee, and {} from inflated values or because of a guarantee{causal}.",
            amount(&financed.lent),
            amount(&financed.whole),
            share(&financed.insiders),
            share(&financed.manufactured)
        ))
    }

    pub fn given_away(&self) -> Option<String> {
        let given = self.concession?;
        if given.value == 0.0 {
            return None;
        }
        let by: Vec<String> = self
            .conceded
            .iter()
            .filter(|(_, given)| given.value != 0.0)
            .map(|(instrument, given)| format!("{} {}", amount(given), conceded_by(instrument)))
            .collect();
        Some(format!("Companies gave away {} of the capital: {}.", share(&given), list(&by)))
    }
}

/// Through what instrument something was given away.
pub fn conceded_by(instrument: &str) -> &str {
    match instrument {
        "credit" => "in the mark-up of credits",
        "warrant" => "in warrants",
        "equity" => "by paying more for shares than others would have",
        other => {
            let further = CONCESSIONS.iter().flatten().find(|(name, _)| *name == other);
            further.map_or(other, |(_, words)| *words)
        }
    }
}

/// A difference is told within so many standard errors.
const TOLD_APART: f64 = 2.0;

fn capital(words: &str) -> String {
    crate::words::numbers::capitalised(words)
}

impl Causal {
    /// The share, and its range.
    pub fn said(&self) -> String {
        let mut text = format!("{} would not have been raised without the loops", share(&self.share));
        match &self.range {
            None => {
                text += "; no assumptions about what outside money would do instead were tried, so the share has no range here.";
            }
            Some(range) => {
                text += &format!(". {}", range.said());
                let beyond =
                    self.share.value < range.low.share.value || self.share.value > range.high.share.value;
                if beyond {
                    text += &format!(
                        " The range is of the first {} paths alone: the share, of {}, lies beside it.",
                        crate::words::numbers::count(range.paths),
                        crate::words::numbers::count(self.paths)
                    );
                }
            }
        }
        text
    }

    /// Who would have stepped in.
    pub fn replaced(&self) -> String {
        let Some(rate) = self.replacement else {
            return format!(
                "Only {} of the capital came through the loops: too little to say how much of it others would replace.",
                share(&self.through_loops)
            );
        };
        let lost = Estimated::new(1.0 - rate.value, rate.se);
        let cents = format!("{:.2}", lost.value.abs());
        let mut text = match lost.value {
            lost if lost < -0.005 => format!(
                "For each dollar of vendors or from inflated values that is removed, labs raise ${cents} more: the loops crowd \
                 others out"
            ),
            lost if lost > 1.005 => format!(
                "For each dollar of vendors or from inflated values that is removed, the model loses ${cents} of capital: the \
                 loops draw others in"
            ),
            _ => format!(
                "For each dollar of vendors or from inflated values that is removed, the model loses ${cents} of capital: others \
                 replace {}",
                share(&Estimated::new(rate.value.clamp(0.0, 1.0), rate.se))
            ),
        };
        text += &match self.at_ten {
            Some(rate) if self.share.value >= 0.1 => {
                format!(". The effect falls below 10% once they replace {}.", share(&rate))
            }
            Some(rate) => format!(". The effect would be 10% if they replaced {}.", share(&rate)),
            None => ". The effect is below 10% at any replacement.".to_string(),
        };
        text
    }

    /// What tied contracts add or take.
    pub fn tied(&self) -> Option<String> {
        let demand = self.demand?;
        let by = Estimated::new(demand.value.abs(), demand.se);
        Some(if demand.value >= 0.0 {
            format!(
                "Apart from that, {} would not have been needed without the contracts that are tied to the loops.",
                share(&by)
            )
        } else {
            format!(
                "Apart from that, without the contracts that are tied to the loops {} more would have been raised.",
                share(&by)
            )
        })
    }
}

impl Range {
    pub fn said(&self) -> String {
        let at = |end: &End| match end.corner.as_str() {
            "" => "as the scenario draws".to_string(),
            corner => corner.to_string(),
        };
        if self.low == self.high {
            return format!(
                "Over the stated assumptions about outside money it is {} throughout.",
                share(&self.low.share)
            );
        }
        format!(
            "Range over the stated assumptions about outside money: from {} ({}) to {} ({}).",
            share(&self.low.share),
            at(&self.low),
            share(&self.high.share),
            at(&self.high)
        )
    }
}

/// A dollar figure's unit does not leave it at the end of a line.
pub fn plain(words: &str) -> String {
    words.replace(NO_BREAK, " ").replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn told() -> Told {
        let e = Estimated::new;
        let compared = |measure: &str, on: f64, off: f64| Compared {
            measure: measure.into(),
            on: e(on, 0.1),
            off: e(off, 0.1),
            change: e(off / on - 1.0, 0.002),
        };
        Told {
            good: Good::default(),
            labs: vec!["OpenAI".into()],
            raised: e(198.0, 0.5),
            insiders: Some(e(0.36, 0.002)),
            who: Insiders {
                vendors: true,
                holdings: vec!["SoftBank".into()],
                persons: vec!["Ellison".into()],
                strangers: None,
            },
            traced: Some(e(0.08, 0.001)),
            netted: Some(e(0.29, 0.001)),
            causal: Some(Causal {
                paths: 20_000,
                share: e(0.31, 0.002),
                without_wealth: Some(e(0.45, 0.002)),
                range: None,
                through_loops: e(0.21, 0.001),
                replacement: Some(e(-0.48, 0.01)),
                at_ten: Some(e(0.52, 0.002)),
                compared: vec![
                    compared("capital.raised", 198.0, 136.6),
                    compared("paid", 300.0, 279.0),
                    compared("written_off", 10.0, 4.0),
                ],
                customers_pay: true,
                demand: None,
            }),
            concession: Some(e(0.02, 0.001)),
            conceded: vec![("credit".into(), e(4.0, 0.1)), ("warrant".into(), e(0.0, 0.0))],
            financing: None,
        }
    }

    /// A dollar does not leave the answer by becoming a lease.
    #[test]
    fn capital_and_project_debt_are_told_together() {
        let e = Estimated::new;
        let mut told = told();
        let financed = Financed {
            whole: e(356.0, 2.0),
            lent: e(158.0, 2.0),
            guaranteed: e(33.0, 0.5),
            insiders: e(0.41, 0.002),
            manufactured: e(0.13, 0.002),
            causal: Some(e(0.27, 0.004)),
        };
        told.financing = Some(financed);
        let last = told.sentences().pop().expect("there are some").replace(NO_BREAK, " ");
        assert_eq!(
            last,
            "Lenders lend $158 bn more against OpenAI’s contracts. Of the $356 bn in all 41.0% comes from insiders, counting what \
             is lent only because of a guarantee, and 13.0% from inflated values or because of a guarantee; 27.0% would not be \
             there without the loops."
        );
        let nothing = Financed { whole: e(0.0, 0.0), ..Financed::default() };
        told.financing = Some(nothing);
        assert_eq!(told.financing(), None);
    }

    #[test]
    fn the_answer_stands_in_its_order() {
        let said = told().sentences();
        let expected = [
            "36% of the money came from companies that sell to OpenAI, from SoftBank and from Ellison; that is a count, not a judgement.",
            "8.0% came from inflated values: dollars raised on a premium or an unrealised mark, the mark-up of credits, savings on their second lap. Tracing counts vendors’ cheques out of their customers’ money as organic.",
            "29.0% came straight back to those who had put it in.",
            "31.0% would not have been raised without the loops; no assumptions about what outside money would do instead were tried, so the share has no range here.",
            "Without SoftBank’s and Ellison’s money too: 45.0%.",
            "For each dollar of vendors or from inflated values that is removed, the model loses $1.48 of capital: the loops draw others in. The effect falls below 10% once they replace 52.0%.",
            "Without the loops OpenAI would raise 31.0% less but pay only 7.0% less for compute, because customers pay most of the bills; it would write off $4.0 bn instead of $10.0 bn.",
            "Companies gave away 2.0% of the capital: $4.0 bn in the mark-up of credits.",
        ];
        let said: Vec<String> = said.iter().map(|words| words.replace(NO_BREAK, " ")).collect();
        assert_eq!(said[0].replace("36.0%", "36%"), expected[0]);
        assert_eq!(said[1..], expected[1..]);
    }

    #[test]
    fn a_range_names_its_corners_and_is_no_bound() {
        let e = Estimated::new;
        let end = |share: f64, corner: &str| End {
            share: e(share, 0.004),
            corner: corner.into(),
            raised: e(150.0, 1.0),
        };
        let mut told = told();
        let causal = told.causal.as_mut().expect("it is there");
        causal.range = Some(Range {
            paths: 2_000,
            low: end(0.14, "outside money that a lower price draws"),
            high: end(0.30, ""),
            points: Vec::new(),
        });
        let said = causal.said();
        assert!(
            said.contains(
                "from 14.0% (outside money that a lower price draws) to 30.0% (as the scenario draws). The range is of the first 2,000"
            ),
            "{said}"
        );
        causal.range.as_mut().expect("it is there").high.share.value = 0.34;
        let all = told.sentences().join(" ");
        assert!(!all.contains("lies beside it"));
        for word in ["bound", "confidence", "±", "fake", "the rest"] {
            assert!(!all.contains(word), "{word}: {all}");
        }
    }

    #[test]
    fn rates_of_replacement_are_said_as_what_a_dollar_does() {
        let mut told = told();
        let causal = told.causal.as_mut().expect("it is there");
        for (rate, expected) in
            [(1.25, "raise $0.25 more: the loops crowd"), (0.4, "loses $0.60 of capital: others replace 40")]
        {
            causal.replacement = Some(Estimated::new(rate, 0.01));
            assert!(causal.replaced().contains(expected), "{}", causal.replaced());
        }
        causal.at_ten = None;
        assert!(causal.replaced().ends_with("below 10% at any replacement."));
        causal.replacement = None;
        assert!(causal.replaced().starts_with("Only 21"));
        causal.demand = Some(Estimated::new(-0.03, 0.001));
        assert!(causal.tied().is_some_and(|said| said.contains("3.0% more would have been raised")));
    }
}
