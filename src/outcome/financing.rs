//! The second denominator: capital and project debt together, so that a dollar does not leave the answer by becoming a
//! lease (section 5.14 of docs/model.md). Only where a file has vendor credit or project debt.

use super::{manufactured_rows, rows_of};
use crate::books::Party;
use crate::measure::{Measure, push_where_defined, ratio, sum, sum_of};
use crate::plan::Plan;
use crate::state::Row;

pub fn measures(plan: &Plan, out: &mut Vec<Measure>) {
    let Some([financed, by_guarantee]) = plan.deals.financed() else { return };
    let with = |capital: Vec<Row>, debt: &[Row]| -> Vec<Row> { [&capital[..], debt].concat() };
    let whole = with(rows_of(plan, |_, _, flow| flow.is_capital()), &financed);
    let manufactured = with(manufactured_rows(plan), &by_guarantee);
    let of_insiders = rows_of(plan, |payer, _, flow| flow.is_capital() && payer != Party::Outside);
    let insider = with(of_insiders, &by_guarantee);
    sum(out, "financing", whole.clone());
    sum(out, "financing.manufactured", manufactured.clone());
    sum(out, "financing.insider", insider.clone());
    for (name, part) in [("manufactured", manufactured), ("insider", insider)] {
        let whole = whole.clone();
        push_where_defined(out, format!("share.financing.{name}"), move |b| {
            ratio(sum_of(&part, b), sum_of(&whole, b))
        });
    }
}
