//! `[[correlation]]`: which uncertain numbers move together (§2).

use crate::input::{
    Check, Family, Finding, Key, Node, NumberId, Quantity, Range::Correlation, Section, Shape, Unit::Pure,
    number::four_digits,
};

pub const SECTION: Section = Section {
    name: "correlation",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &[],
    refuse,
    doc: "A correlation between two uncertain numbers: that of the normals behind them (Gaussian copula).",
};

/// The keys of `[[correlation]]`.
const KEYS: &[Key] = &[
    Key::of("between", Shape::Addresses).doc("The addresses of the two numbers."),
    Key::of("rho", Shape::Certain).within(Pure, Correlation).doc("The correlation."),
];

/// Rounding may leave the smallest eigenvalue of a singular matrix this far below zero.
const SLACK: f64 = 1e-10;

/// A correlation that can be read.
struct Pair<'a> {
    node: &'a Node,
    numbers: [NumberId; 2],
    rho: f64,
}

fn refuse(nodes: &[&Node], check: &mut Check) {
    let mut pairs: Vec<Pair> = Vec::new();
    for node in nodes {
        let (Some(numbers), Some(rho)) = (node.pair_if("between"), node.number_if("rho")) else { continue };
        if !refuse_numbers(node, numbers, check) {
            let same = |pair: &&Pair| pair.numbers == numbers || pair.numbers == [numbers[1], numbers[0]];
            match pairs.iter().find(same) {
                Some(first) => {
                    let finding = Finding::error("the correlation of these two numbers is given twice");
                    let finding =
                        finding.at(node.place("between")).marked(first.node.place("between"), "first here");
                    check.push(finding.help("keep one of them"));
                }
                None => pairs.push(Pair { node, numbers, rho: check.lowest(rho) }),
            }
        }
    }
    while let Some(group) = take_group(&mut pairs) {
        refuse_impossible(&group, check);
    }
}

/// Refuses two numbers that cannot be correlated; says which correlation falls away because an override made a number
/// certain.
fn refuse_numbers(node: &Node, numbers: [NumberId; 2], check: &mut Check) -> bool {
    let place = node.place("between");
    let table = |id: NumberId| match &check.number(id).quantity {
        Quantity::Uncertain(distribution) => match distribution.family {
            Family::Empirical { table, .. } => Some(table),
            _ => None,
        },
        Quantity::Certain(_) => None,
    };
    let certain = numbers.into_iter().find(|id| check.number(*id).is_certain());
    if let Some(id) = certain
        && numbers[0] != numbers[1]
        && check.is_override(id)
    {
        let message =
            format!("`{}` is set to a certain number: its correlation falls away", check.number(id).address);
        check.push(Finding::warning(message).at(place));
        return true;
    }
    let follows =
        numbers.into_iter().find(|id| table(*id).is_some_and(|table| check.first_of(table) != Some(*id)));
    let (message, help) = if numbers[0] == numbers[1] {
        let message = format!("`{}` is correlated with itself", check.number(numbers[0]).address);
        (message, "name two numbers".to_string())
    } else if let Some(id) = certain {
        let number = check.number(id);
        let message = format!("`{}` is certain: it moves with nothing", number.address);
        (message, "write it as a distribution, or leave the correlation out".to_string())
    } else if table(numbers[0]).is_some() && table(numbers[0]) == table(numbers[1]) {
        let message = "these two numbers are columns of one file".to_string();
        (message, "they move together as the file's rows say: leave the correlation out".to_string())
    } else if let Some(id) = follows {
        let number = check.number(id);
        let first = table(id).and_then(|table| check.first_of(table)).map_or(id, |id| id);
        let message = format!("`{}` is a column that another of its file leads", number.address);
        let help = format!(
            "a file's rows are drawn in the order of its first column: correlate `{}`",
            check.number(first).address
        );
        (message, help)
    } else {
        return false;
    };
    check.push(Finding::error(message).at(place).help(help));
    true
}

/// Takes out the correlations that hang together with the first one.
fn take_group<'a>(pairs: &mut Vec<Pair<'a>>) -> Option<Vec<Pair<'a>>> {
    if pairs.is_empty() {
        return None;
    }
    let mut group = vec![pairs.remove(0)];
    while let Some(index) = pairs.iter().position(|pair| {
        group.iter().any(|member| member.numbers.iter().any(|number| pair.numbers.contains(number)))
    }) {
        group.push(pairs.remove(index));
    }
    Some(group)
}

/// Refuses correlations that no random numbers can have together: the matrix must be positive semi-definite.
fn refuse_impossible(group: &[Pair], check: &mut Check) {
    let mut numbers: Vec<NumberId> = group.iter().flat_map(|pair| pair.numbers).collect();
    numbers.sort();
    numbers.dedup();
    let size = numbers.len();
    let mut matrix: Vec<Vec<f64>> =
        (0..size).map(|row| (0..size).map(|column| f64::from(u8::from(row == column))).collect()).collect();
    for pair in group {
        let [row, column] = pair.numbers.map(|id| numbers.partition_point(|number| *number < id));
        matrix[row][column] = pair.rho;
        matrix[column][row] = pair.rho;
    }
    let smallest = least_eigenvalue(matrix);
    if smallest < -SLACK {
        let mut finding = Finding::error("these correlations contradict each other");
        for pair in group {
            finding = finding.marked(pair.node.place("between"), format!("rho = {}", pair.rho));
        }
        let help = format!(
            "no numbers move together like this: the matrix is not positive semi-definite (least eigenvalue {}); bring \
             the correlations nearer to 0, or add those that are missing between the same numbers",
            four_digits(smallest)
        );
        check.push(finding.help(help));
    }
}

/// The least eigenvalue of a symmetric matrix, by Jacobi's rotations: each makes one pair of entries zero, and the sum of
/// squares off the diagonal shrinks until it is rounding.
fn least_eigenvalue(mut matrix: Vec<Vec<f64>>) -> f64 {
    const SWEEPS: usize = 60;
    let size = matrix.len();
    for _ in 0..SWEEPS {
        let off: f64 =
            (0..size).flat_map(|p| (0..p).map(move |q| (p, q))).map(|(p, q)| matrix[p][q].powi(2)).sum();
        if off < 1e-30 {
            break;
        }
        for p in 0..size {
            for q in 0..p {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let tangent = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
                let sine = tangent * cosine;
                for row in matrix.iter_mut() {
                    (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
                }
                for k in 0..size {
                    let (one, other) = (matrix[p][k], matrix[q][k]);
                    matrix[p][k] = cosine * one - sine * other;
                    matrix[q][k] = sine * one + cosine * other;
                }
            }
        }
    }
    (0..size).map(|k| matrix[k][k]).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Equal correlations ρ of n numbers: eigenvalues 1 − ρ, and 1 + (n − 1)ρ once.
    #[test]
    fn least_eigenvalues_are_known() {
        for (n, rho, least) in [(2, -0.6, 0.4), (3, -0.6, -0.2), (5, 0.9, 0.1), (20, 0.3, 0.7), (1, 0.0, 1.0)]
        {
            let of = |row: usize, column: usize| if row == column { 1.0 } else { rho };
            let matrix: Vec<Vec<f64>> = (0..n).map(|r| (0..n).map(|c| of(r, c)).collect()).collect();
            assert!((least_eigenvalue(matrix) - least).abs() < 1e-13, "{n} {rho}");
        }
        let whole = vec![vec![2.0, -1.0, 0.0], vec![-1.0, 2.0, -1.0], vec![0.0, -1.0, 2.0]];
        assert!((least_eigenvalue(whole) - (2.0 - 2.0_f64.sqrt())).abs() < 1e-13);
    }
}
