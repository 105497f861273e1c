//! The netted lens's network half (§8): how much of a network of flows goes round in circles, and which part.
//!
//! The circular–directional flow decomposition by balanced flow forwarding (Homs-Dones, MacKay, Sansom and Zhou,
//! arXiv 2506.12546) splits flows into a circular part, which balances at every node, and an acyclic rest.
//! [`volume_share`] is Gv, kept per path: it allocates nothing and uses only + − × ÷ and comparisons, so it has the
//! same bits on every machine. [`Decomposition`] adds the throughput of the cycles, hence Gt, the headline, and the
//! circular part edge by edge. Who pays whom is for others to say: here is a matrix, row the payer, column the payee.
//!
//! How it is computed. Let w be the flows inside one strongly connected part and ρ the stationary weights of the
//! chain that leaves i for j at the rate w_ij. The walk that follows out-flow shares has the stationary flow ρ_i w_ij
//! (up to a factor); scaled until the first edge is exhausted it is w_ij ρ_i/max ρ. So a step takes the fraction
//! ρ_i/max ρ of everything node i sends into its part and exhausts, exactly, the node of the largest ρ, which then
//! lies on no cycle: at most n steps, and no tolerance decides the end. ρ comes from Grassmann, Taksar and Heyman's
//! elimination, which never subtracts.
//!
//! Throughput T is the sum of the weights of all simple cycles of the circular part c (Qian; Kalpazidou). With
//! L = diag(out-flows) − c, a cycle's weight is Π c_e · det L(nodes off the cycle) / τ, τ any first cofactor (they
//! are equal, c being balanced). The weights depend on the node set alone but for Π c_e, so a sum over node sets
//! replaces the list of cycles, which would be astronomically long at sixteen nodes.

use super::RatioEstimate;

/// Actors in the largest network that is decomposed.
pub const LARGEST_NETWORK: usize = 16;

/// Flows below this fraction of the network's largest are the rounding of sums, not flows: no cycle runs through them.
const EXHAUSTED: f64 = 1e-14;

/// A set of actors, a bit each.
type Actors = u32;

const EVERYONE: Actors = (1 << LARGEST_NETWORK) - 1;

/// Circular volume over volume, Gv, of the flows `flows[payer * n + payee]` ≥ 0; NaN where nothing flows.
/// Leaves the acyclic rest in `flows`. A flow of an actor to itself is circular.
///
/// # Panics
/// If n is above [`LARGEST_NETWORK`] or `flows` is not n × n.
pub fn volume_share(flows: &mut [f64], n: usize) -> f64 {
    let mut volume = 0.0;
    for &flow in flows.iter() {
        volume += flow;
    }
    let mut circular = 0.0;
    strip(flows, n, &mut |_, taken| circular += taken);
    if volume > 0.0 { circular / volume } else { f64::NAN }
}

/// Takes the circular part out of `flows`, handing it to `take` piece by piece: the edge and the amount.
fn strip(flows: &mut [f64], n: usize, take: &mut impl FnMut(usize, f64)) {
    assert!(n <= LARGEST_NETWORK && flows.len() == n * n, "{n} actors and {} flows", flows.len());
    let mut largest = 0.0;
    for i in 0..n {
        let own = i * n + i;
        if flows[own] > 0.0 {
            take(own, flows[own]);
            flows[own] = 0.0;
        }
        for &flow in &flows[i * n..(i + 1) * n] {
            debug_assert!(flow >= 0.0, "a flow of {flow}");
            largest = if flow > largest { flow } else { largest };
        }
    }
    let floor = EXHAUSTED * largest;
    let mut pays = payees(flows, n, floor);
    // What is left of a part after its step may hold smaller parts. Waiting sets are disjoint: never more than actors.
    let mut waiting = [0; LARGEST_NETWORK];
    let mut count = 0;
    let mut part = EVERYONE;
    loop {
        for_each_part(&pays, part, |part| {
            waiting[count] = part;
            count += 1;
        });
        if count == 0 {
            return;
        }
        count -= 1;
        part = waiting[count];
        forward(flows, n, part, floor, &mut pays, take);
    }
}

/// Whom each actor pays more than the floor.
fn payees(flows: &[f64], n: usize, floor: f64) -> [Actors; LARGEST_NETWORK] {
    let mut pays = [0; LARGEST_NETWORK];
    for i in 0..n {
        for (j, &flow) in flows[i * n..(i + 1) * n].iter().enumerate() {
            pays[i] |= Actors::from(flow > floor) << j;
        }
    }
    pays
}

/// The strongly connected parts of two actors or more among `within`.
fn for_each_part(pays: &[Actors; LARGEST_NETWORK], within: Actors, mut found: impl FnMut(Actors)) {
    // Who neither pays nor is paid by somebody still in question lies on no cycle: most networks end here.
    let mut left = within;
    loop {
        let (mut payers, mut paid) = (0, 0);
        for i in each(left) {
            let to = pays[i] & left;
            payers |= Actors::from(to != 0) << i;
            paid |= to;
        }
        if payers & paid == left {
            break;
        }
        left = payers & paid;
    }
    while left != 0 {
        let first = left.trailing_zeros() as usize;
        let mut reached = pays[first] & left;
        let mut fresh = reached;
        while fresh != 0 {
            let mut further = 0;
            for i in each(fresh) {
                further |= pays[i];
            }
            fresh = further & left & !reached;
            reached |= fresh;
        }
        // Of these, who reaches the first actor?
        let mut part = 1 << first;
        if reached & part != 0 {
            loop {
                let mut joining = 0;
                for i in each(reached & !part) {
                    joining |= Actors::from(pays[i] & part != 0) << i;
                }
                if joining == 0 {
                    break;
                }
                part |= joining;
            }
            found(part);
        }
        left &= !part;
    }
}

/// The actors of a set, in order.
#[inline(always)]
fn each(set: Actors) -> impl Iterator<Item = usize> {
    let mut left = set;
    std::iter::from_fn(move || {
        let next = left.trailing_zeros() as usize;
        (left != 0).then(|| {
            left &= left - 1;
            next
        })
    })
}

/// One step on a strongly connected part: subtracts its stationary flow, scaled until the first edge is exhausted.
fn forward(
    flows: &mut [f64],
    n: usize,
    part: Actors,
    floor: f64,
    pays: &mut [Actors; LARGEST_NETWORK],
    take: &mut impl FnMut(usize, f64),
) {
    let mut shares = [0.0; LARGEST_NETWORK];
    match part.count_ones() {
        2 => stationary_shares::<2>(flows, n, part, floor, &mut shares),
        3 => stationary_shares::<3>(flows, n, part, floor, &mut shares),
        4 => stationary_shares::<4>(flows, n, part, floor, &mut shares),
        5 => stationary_shares::<5>(flows, n, part, floor, &mut shares),
        6 => stationary_shares::<6>(flows, n, part, floor, &mut shares),
        7 => stationary_shares::<7>(flows, n, part, floor, &mut shares),
        8 => stationary_shares::<8>(flows, n, part, floor, &mut shares),
        _ => stationary_shares::<LARGEST_NETWORK>(flows, n, part, floor, &mut shares),
    }
    for (share, i) in shares.into_iter().zip(each(part)) {
        for j in each(pays[i] & part) {
            let edge = i * n + j;
            let flow = flows[edge];
            let rest = flow * (1.0 - share);
            if rest > floor {
                flows[edge] = rest;
                take(edge, flow * share);
            } else {
                flows[edge] = 0.0;
                pays[i] &= !(1 << j);
                take(edge, flow);
            }
        }
    }
}

/// ρ/max ρ of each actor of a part of at most M, in order: the fraction that a step takes of what he pays into it.
/// M is known to the compiler so that the loops of a small part unroll; they are all of a path's time.
fn stationary_shares<const M: usize>(
    flows: &[f64],
    n: usize,
    part: Actors,
    floor: f64,
    shares: &mut [f64; LARGEST_NETWORK],
) {
    let m = if M < LARGEST_NETWORK { M } else { part.count_ones() as usize };
    let mut members = [0; M];
    members.iter_mut().zip(each(part)).for_each(|(member, i)| *member = i);
    let mut rates = [[0.0; M]; M];
    for a in 0..m {
        let row = &flows[members[a] * n..(members[a] + 1) * n];
        for b in 0..m {
            let flow = row[members[b]];
            rates[a][b] = if flow > floor { flow } else { 0.0 };
        }
    }
    // Censor the actors from the last to the second; the column above the pivot keeps what going back needs. The
    // diagonal gathers what comes back to itself, which is no departure: it is never read.
    for k in (1..m).rev() {
        let pivot = rates[k];
        let mut leaving = 0.0;
        for &rate in &pivot[..k] {
            leaving += rate;
        }
        let per_departure = 1.0 / leaving;
        for row in &mut rates[..k] {
            let share = row[k] * per_departure;
            row[k] = share;
            for b in 0..k {
                row[b] += share * pivot[b];
            }
        }
    }
    shares[0] = 1.0;
    let mut most = 1.0;
    for k in 1..m {
        let mut weight = 0.0;
        for a in 0..k {
            weight += shares[a] * rates[a][k];
        }
        shares[k] = weight;
        most = if weight > most { weight } else { most };
    }
    for share in &mut shares[..m] {
        *share /= most;
    }
}

/// Stationary weights of the chain that leaves i for j at the rate `rates[i * n + j]`, the largest of them 1; every state
/// must be reached from every other. Where the rates out of a state sum to 1, its weight counts visits: with absorbed
/// walks sent back to a state i, the visits to j between two absorptions are the fundamental matrix's N_ij.
///
/// # Panics
/// If n is above [`LARGEST_NETWORK`] or `rates` is not n × n.
pub fn stationary_weights(rates: &[f64], n: usize) -> Vec<f64> {
    assert!(n <= LARGEST_NETWORK && rates.len() == n * n, "{n} states and {} rates", rates.len());
    let mut shares = [0.0; LARGEST_NETWORK];
    stationary_shares::<LARGEST_NETWORK>(rates, n, (1 << n) - 1, 0.0, &mut shares);
    shares[..n].to_vec()
}

/// A network of flows taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// Actors; the matrices are n × n, row the payer.
    pub n: usize,
    /// What goes round: balances at each node.
    pub circular: Vec<f64>,
    /// What goes through: acyclic.
    pub directional: Vec<f64>,
    /// T: the sum of the weights of the simple cycles.
    pub throughput: f64,
    /// D: what sources send out, net, in the acyclic rest.
    pub sent_through: f64,
}

impl Decomposition {
    /// Takes `flows[payer * n + payee]` ≥ 0 apart. Panics as [`volume_share`] does.
    pub fn of(flows: &[f64], n: usize) -> Decomposition {
        let mut directional = flows.to_vec();
        let mut circular = vec![0.0; n * n];
        strip(&mut directional, n, &mut |edge, taken| circular[edge] += taken);
        let sent_through = (0..n)
            .map(|i| {
                let paid: f64 = directional[i * n..(i + 1) * n].iter().sum();
                let received: f64 = (0..n).map(|j| directional[j * n + i]).sum();
                (paid - received).max(0.0)
            })
            .sum();
        let throughput = throughput(&circular, n);
        Decomposition { n, circular, directional, throughput, sent_through }
    }

    /// Gv: circular volume over volume; NaN where nothing flows.
    pub fn volume_share(&self) -> f64 {
        let circular: f64 = self.circular.iter().sum();
        let directional: f64 = self.directional.iter().sum();
        circular / (circular + directional)
    }

    /// Gt = T/(T + D); NaN where nothing flows.
    pub fn throughput_share(&self) -> f64 {
        self.throughput / (self.throughput + self.sent_through)
    }
}

/// T of a circular part: the sum over its strongly connected parts, and of the self-loops.
fn throughput(circular: &[f64], n: usize) -> f64 {
    let mut flows = circular.to_vec();
    let mut sum = 0.0;
    for i in 0..n {
        sum += flows[i * n + i];
        flows[i * n + i] = 0.0;
    }
    let largest = flows.iter().fold(0.0, |most: f64, &flow| most.max(flow));
    for_each_part(&payees(&flows, n, EXHAUSTED * largest), EVERYONE, |part| {
        sum += throughput_of_part(&flows, n, &each(part).collect::<Vec<_>>());
    });
    sum
}

/// T of one strongly connected part without self-loops: Σ over node sets S of the products round the cycles
/// through all of S, times det L off S, over τ.
fn throughput_of_part(flows: &[f64], n: usize, members: &[usize]) -> f64 {
    let m = members.len();
    let all = (1usize << m) - 1;
    let largest =
        members.iter().flat_map(|&i| members.iter().map(move |&j| flows[i * n + j])).fold(0.0, f64::max);
    // Scaled by the largest flow, so that products of up to sixteen flows stay in range.
    let flow: Vec<f64> =
        members.iter().flat_map(|&i| members.iter().map(move |&j| flows[i * n + j] / largest)).collect();
    let determinants = determinants(&flow, m);
    let cofactor = determinants[all & !1];
    let mut sum = 0.0;
    for (nodes, product) in cycle_products(&flow, m).iter().enumerate() {
        if *product > 0.0 {
            sum += product * determinants[all & !nodes];
        }
    }
    sum / cofactor * largest
}

/// For each set of nodes, the sum over the simple cycles through exactly these of the product of their flows.
fn cycle_products(flow: &[f64], m: usize) -> Vec<f64> {
    let sets = 1usize << m;
    let mut cycles = vec![0.0; sets];
    // paths[set * m + end]: products along the simple paths from the set's lowest node through all of it to `end`.
    let mut paths = vec![0.0; sets * m];
    for start in 0..m {
        paths[(1 << start) * m + start] = 1.0;
    }
    for set in 1..sets {
        let start = set.trailing_zeros() as usize;
        for end in start..m {
            let product = paths[set * m + end];
            if product == 0.0 {
                continue;
            }
            cycles[set] += product * flow[end * m + start];
            for next in start + 1..m {
                if set >> next & 1 == 0 {
                    paths[(set | 1 << next) * m + next] += product * flow[end * m + next];
                }
            }
        }
    }
    cycles
}

/// det L(A) for each set A of nodes but the whole, by eliminating A's nodes one after another: each pivot is what
/// the node sends to those not yet eliminated, so nothing is subtracted.
fn determinants(flow: &[f64], m: usize) -> Vec<f64> {
    fn descend(
        node: usize,
        eliminated: usize,
        determinant: f64,
        levels: &mut [Vec<f64>],
        m: usize,
        out: &mut [f64],
    ) {
        if node == m {
            out[eliminated] = determinant;
            return;
        }
        let (here, below) = levels.split_at_mut(1);
        below[0].copy_from_slice(&here[0]);
        descend(node + 1, eliminated, determinant, &mut levels[1..], m, out);

        let (here, below) = levels.split_at_mut(1);
        let (flow, reduced) = (&here[0], &mut below[0]);
        let remain = |j: &usize| *j != node && eliminated >> j & 1 == 0;
        let pivot: f64 = (0..m).filter(remain).map(|j| flow[node * m + j]).sum();
        reduced.copy_from_slice(flow);
        if pivot > 0.0 {
            for i in (0..m).filter(remain) {
                let share = flow[i * m + node] / pivot;
                for j in (0..m).filter(remain).filter(|&j| j != i) {
                    reduced[i * m + j] += share * flow[node * m + j];
                }
            }
        }
        descend(node + 1, eliminated | 1 << node, determinant * pivot, &mut levels[1..], m, out);
    }
    let mut out = vec![0.0; 1 << m];
    let mut levels = vec![flow.to_vec(); m + 1];
    descend(0, 0, 1.0, &mut levels, m, &mut out);
    out
}

/// Gt of the mean flows, with the standard error of the delete-one-batch jackknife (weighted by the batches' sizes:
/// Busing, Meijer and van der Leeden 1999). Each batch gives its number of paths and its mean flows per path.
/// The error needs two batches at least, and is NaN below; some thirty make it worth printing.
pub fn throughput_share_of_means(batches: &[(u64, Vec<f64>)], n: usize) -> RatioEstimate {
    let sizes: Vec<f64> = batches.iter().map(|(paths, _)| *paths as f64).collect();
    let total: f64 = sizes.iter().sum();
    let mut sums = vec![0.0; n * n];
    for ((_, flows), size) in batches.iter().zip(&sizes) {
        sums.iter_mut().zip(flows).for_each(|(sum, flow)| *sum += size * flow);
    }
    let mean: Vec<f64> = sums.iter().map(|sum| sum / total).collect();
    let value = Decomposition::of(&mean, n).throughput_share();
    let without: Vec<f64> = batches
        .iter()
        .zip(&sizes)
        .map(|((_, flows), size)| {
            let rest: Vec<f64> = sums
                .iter()
                .zip(flows)
                .map(|(sum, flow)| ((sum - size * flow) / (total - size)).max(0.0))
                .collect();
            Decomposition::of(&rest, n).throughput_share()
        })
        .collect();
    RatioEstimate::around(value, jackknife_error(value, &without, &sizes))
}

/// The standard error of a statistic from its values without each batch; NaN with fewer than two.
fn jackknife_error(value: f64, without: &[f64], sizes: &[f64]) -> f64 {
    let batches = without.len() as f64;
    if without.len() < 2 {
        return f64::NAN;
    }
    if without.iter().all(|other| *other == value) {
        return 0.0;
    }
    let total: f64 = sizes.iter().sum();
    let kept: f64 = without.iter().zip(sizes).map(|(other, size)| (1.0 - size / total) * other).sum();
    let variance: f64 = without
        .iter()
        .zip(sizes)
        .map(|(other, size)| {
            let parts = total / size;
            let deviation = parts * value - (parts - 1.0) * other - batches * value + kept;
            deviation * deviation / (parts - 1.0)
        })
        .sum();
    (variance / batches).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EXACT: f64 = 1e-12;

    fn network(n: usize, edges: &[(usize, usize, f64)]) -> Vec<f64> {
        let mut flows = vec![0.0; n * n];
        for &(payer, payee, flow) in edges {
            flows[(payer - 1) * n + payee - 1] += flow;
        }
        flows
    }

    fn close(obtained: f64, expected: f64, what: &str) {
        assert!(
            (obtained - expected).abs() <= EXACT * expected.abs().max(1.0),
            "{what}: {obtained}, not {expected}"
        );
    }

    fn check(n: usize, edges: &[(usize, usize, f64)], volume: f64, throughput: f64, through: f64) {
        let flows = network(n, edges);
        let parts = Decomposition::of(&flows, n);
        close(parts.volume_share(), volume, "Gv");
        close(volume_share(&mut flows.clone(), n), volume, "Gv of a path");
        close(parts.throughput, throughput, "T");
        close(parts.sent_through, through, "D");
        close(parts.throughput_share(), throughput / (throughput + through), "Gt");
    }

    #[test]
    fn published_cases() {
        check(1, &[(1, 1, 5.0)], 1.0, 5.0, 0.0);
        check(3, &[(1, 2, 1.0), (2, 3, 1.0), (3, 1, 1.0)], 1.0, 1.0, 0.0);
        check(3, &[(1, 2, 2.0), (2, 3, 1.0), (3, 1, 1.0)], 3.0 / 4.0, 1.0, 1.0);
        check(4, &[(1, 4, 2.0), (4, 2, 2.0), (2, 3, 1.0), (3, 1, 1.0)], 2.0 / 3.0, 1.0, 1.0);
        // The bidirected triangle: three 2-cycles of weight 2/3, two 3-cycles of 1/3.
        let both = [(1, 2, 1.0), (2, 1, 1.0), (2, 3, 1.0), (3, 2, 1.0), (1, 3, 1.0), (3, 1, 1.0)];
        check(3, &both, 1.0, 8.0 / 3.0, 0.0);
    }

    #[test]
    fn half_of_a_shared_way_is_circular() {
        // 1→2→3 and 1→3 share what 3→1 can carry: circular 1/2 + 1/2 + 1/2 + 1 = 5/2 of 4, in two cycles of weight
        // 1/2 each. As much goes on from 1 to 3 and stays there: D = 1.
        let flows = network(3, &[(1, 2, 1.0), (2, 3, 1.0), (1, 3, 1.0), (3, 1, 1.0)]);
        let parts = Decomposition::of(&flows, 3);
        close(parts.volume_share(), 5.0 / 8.0, "Gv");
        close(parts.throughput, 1.0, "T");
        close(parts.sent_through, 1.0, "D");
        assert_eq!(parts.circular, network(3, &[(1, 2, 0.5), (2, 3, 0.5), (1, 3, 0.5), (3, 1, 1.0)]));
    }

    #[test]
    fn self_loops_beside_other_cycles() {
        check(2, &[(1, 1, 3.0), (1, 2, 1.0), (2, 1, 2.0)], 5.0 / 6.0, 4.0, 1.0);
    }

    #[test]
    fn nothing_flows() {
        assert!(volume_share(&mut [0.0; 9], 3).is_nan());
        let parts = Decomposition::of(&[0.0; 9], 3);
        assert!(parts.volume_share().is_nan() && parts.throughput_share().is_nan());
        assert!(volume_share(&mut [], 0).is_nan());
    }

    #[test]
    fn sixteen_nodes_each_with_each() {
        // By symmetry all is circular; T from the closed form of the complete network: L(A) of k nodes has the
        // determinant n^(k−1)(n − k), and there are n!/(s(n − s)!) cycles of s nodes.
        let n = 16;
        let flows: Vec<f64> = (0..n * n).map(|edge| f64::from(edge / n != edge % n)).collect();
        let parts = Decomposition::of(&flows, n);
        close(parts.volume_share(), 1.0, "Gv");
        let determinant = |k: usize| (n as f64).powi(k as i32 - 1) * (n - k) as f64;
        let mut expected = 0.0;
        for s in 2..=n {
            let cycles = (n - s + 1..=n).map(|f| f as f64).product::<f64>() / s as f64;
            expected += cycles * determinant(n - s) / determinant(n - 1);
        }
        close(parts.throughput, expected, "T");
    }

    /// Two flows that differ by thirteen powers of ten, and a cycle of rounding dust that is none.
    #[test]
    fn large_beside_small() {
        let flows = network(4, &[(1, 2, 1e3), (2, 1, 1e-8), (3, 4, 1e3), (4, 3, 1e-12)]);
        let parts = Decomposition::of(&flows, 4);
        close(parts.circular[1] * 1e8, 1.0, "circular part of the large edge");
        close(parts.throughput * 1e8, 1.0, "T");
        assert_eq!(parts.circular[2 * 4 + 3], 0.0);
    }

    /// Every simple cycle, listed.
    fn list_cycles(flows: &[f64], n: usize) -> Vec<Vec<usize>> {
        fn extend(path: &mut Vec<usize>, flows: &[f64], n: usize, found: &mut Vec<Vec<usize>>) {
            let end = *path.last().unwrap();
            for next in path[0]..n {
                if flows[end * n + next] > 1e-12 {
                    if next == path[0] {
                        found.push(path.clone());
                    } else if !path.contains(&next) {
                        path.push(next);
                        extend(path, flows, n, found);
                        path.pop();
                    }
                }
            }
        }
        let mut found = Vec::new();
        (0..n).for_each(|start| extend(&mut vec![start], flows, n, &mut found));
        found
    }

    /// T as the definition says it: probabilities along each cycle times a ratio of determinants, in each strongly
    /// connected part of the circular flow, with another program's determinant.
    fn throughput_by_definition(circular: &[f64], n: usize) -> f64 {
        let mut linked = vec![vec![false; n]; n];
        for i in 0..n {
            linked[i][i] = true;
            (0..n).for_each(|j| linked[i][j] |= circular[i * n + j] > 1e-12);
        }
        for k in 0..n {
            for i in 0..n {
                (0..n).for_each(|j| linked[i][j] |= linked[i][k] && linked[k][j]);
            }
        }
        let mut sum = 0.0;
        for cycle in list_cycles(circular, n) {
            let part: Vec<usize> = (0..n).filter(|&j| linked[cycle[0]][j]).collect();
            let out = |i: usize| -> f64 { part.iter().map(|&j| circular[i * n + j]).sum() };
            let determinant = |nodes: &[usize]| {
                nalgebra::DMatrix::from_fn(nodes.len(), nodes.len(), |a, b| {
                    f64::from(a == b) - circular[nodes[a] * n + nodes[b]] / out(nodes[a])
                })
                .determinant()
            };
            let without = |gone: &[usize]| -> f64 {
                let rest: Vec<usize> = part.iter().copied().filter(|node| !gone.contains(node)).collect();
                if rest.is_empty() { 1.0 } else { determinant(&rest) }
            };
            let volume: f64 = part.iter().map(|&i| out(i)).sum();
            let cofactors: f64 = part.iter().map(|&k| without(&[k])).sum();
            let along: f64 = (0..cycle.len())
                .map(|k| circular[cycle[k] * n + cycle[(k + 1) % cycle.len()]] / out(cycle[k]))
                .product();
            sum += volume * along * without(&cycle) / cofactors;
        }
        sum
    }

    fn networks() -> impl Strategy<Value = (usize, Vec<f64>)> {
        (1usize..=6).prop_flat_map(|n| {
            let flow = prop_oneof![2 => Just(0.0), 2 => 0.01..100.0, 1 => (1u8..5).prop_map(f64::from)];
            (Just(n), proptest::collection::vec(flow, n * n))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn the_parts_are_what_they_claim((n, flows) in networks()) {
            let parts = Decomposition::of(&flows, n);
            let largest = flows.iter().fold(0.0, |most: f64, &flow| most.max(flow));
            for i in 0..n {
                let paid: f64 = (0..n).map(|j| parts.circular[i * n + j]).sum();
                let received: f64 = (0..n).map(|j| parts.circular[j * n + i]).sum();
                prop_assert!((paid - received).abs() <= EXACT * largest, "node {} pays {} and gets {}", i, paid, received);
            }
            prop_assert!(list_cycles(&parts.directional, n).is_empty());
            for (edge, flow) in flows.iter().enumerate() {
                prop_assert!(parts.circular[edge] >= 0.0 && parts.directional[edge] >= 0.0);
                prop_assert!((parts.circular[edge] + parts.directional[edge] - flow).abs() <= 1e-14 * flow);
            }
            let of_path = volume_share(&mut flows.clone(), n);
            if largest > 0.0 {
                prop_assert!((of_path - parts.volume_share()).abs() <= EXACT);
                prop_assert!((0.0..=1.0 + EXACT).contains(&of_path));
            } else {
                prop_assert!(of_path.is_nan());
            }
        }

        #[test]
        fn no_cycle_no_circular_share((n, mut flows) in networks()) {
            for i in 0..n {
                (0..=i).for_each(|j| flows[i * n + j] = 0.0);
            }
            let parts = Decomposition::of(&flows, n);
            prop_assert_eq!(&parts.directional, &flows);
            if flows.iter().any(|&flow| flow > 0.0) {
                prop_assert_eq!(parts.volume_share(), 0.0);
                prop_assert_eq!(parts.throughput_share(), 0.0);
                prop_assert_eq!(volume_share(&mut flows, n), 0.0);
            }
        }

        #[test]
        fn scaling_changes_nothing((n, flows) in networks(), factor in 1e-6..1e6) {
            let before = Decomposition::of(&flows, n);
            let scaled: Vec<f64> = flows.iter().map(|flow| flow * factor).collect();
            let after = Decomposition::of(&scaled, n);
            if flows.iter().any(|&flow| flow > 0.0) {
                prop_assert!((before.volume_share() - after.volume_share()).abs() <= EXACT);
                prop_assert!((before.throughput_share() - after.throughput_share()).abs() <= EXACT);
            }
        }

        #[test]
        fn the_sum_over_node_sets_is_the_sum_over_cycles((n, flows) in networks()) {
            let parts = Decomposition::of(&flows, n);
            let listed = throughput_by_definition(&parts.circular, n);
            prop_assert!((parts.throughput - listed).abs() <= 1e-10 * listed.max(1.0), "{} {}", parts.throughput, listed);
        }

        #[test]
        fn an_intermediary_moves_the_volume_share_alone((n, flows) in networks(), pick in any::<prop::sample::Index>()) {
            let edges: Vec<usize> = (0..n * n).filter(|&edge| flows[edge] > 0.0).collect();
            prop_assume!(!edges.is_empty());
            let edge = edges[pick.index(edges.len())];
            let mut longer = vec![0.0; (n + 1) * (n + 1)];
            for i in 0..n {
                (0..n).for_each(|j| longer[i * (n + 1) + j] = flows[i * n + j]);
            }
            longer[edge / n * (n + 1) + edge % n] = 0.0;
            longer[edge / n * (n + 1) + n] = flows[edge];
            longer[n * (n + 1) + edge % n] = flows[edge];
            let (before, after) = (Decomposition::of(&flows, n), Decomposition::of(&longer, n + 1));
            prop_assert!((before.throughput_share() - after.throughput_share()).abs() <= EXACT);
            let circular = before.circular[edge] / flows[edge];
            if (circular - before.volume_share()).abs() > 1e-6 {
                prop_assert!((before.volume_share() - after.volume_share()).abs() > 1e-12);
            }
        }
    }

    #[test]
    fn the_error_of_the_share_of_means_is_that_of_repetition() {
        use rand::{RngExt, SeedableRng};
        // One random edge against a certain one: Gt = min(1, m)/max(1, m) up to T and D, its error known by repeating.
        let mut rng = rand::rngs::SmallRng::seed_from_u64(8);
        let batches = 64;
        let repeats = 400;
        let mut estimates = |least: f64| -> Vec<RatioEstimate> {
            let mut draw = || -> Vec<(u64, Vec<f64>)> {
                (0..batches).map(|_| (100, vec![0.0, 1.0, least + 0.4 * rng.random::<f64>(), 0.0])).collect()
            };
            (0..repeats).map(|_| throughput_share_of_means(&draw(), 2)).collect()
        };
        let (spoilt, estimates) = (estimates(0.31), estimates(0.3));
        let mean_of = |all: &[RatioEstimate]| all.iter().map(|e| e.value).sum::<f64>() / repeats as f64;
        let mean = mean_of(&estimates);
        let spread =
            (estimates.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (repeats - 1) as f64).sqrt();
        let claimed = estimates.iter().map(|e| e.se).sum::<f64>() / repeats as f64;
        // T = 1/2, D = 1/2 on average: Gt = m, whose error is 0.4/√12/√64.
        let exact = 0.4 / 12f64.sqrt() / 8.0;
        // The standard deviation of `repeats` normal values has the relative error 1/√(2·repeats).
        let tolerance = 5.0 / (2.0 * repeats as f64).sqrt();
        assert!((spread / exact - 1.0).abs() < tolerance, "{spread} {exact}");
        assert!((claimed / exact - 1.0).abs() < tolerance, "{claimed} {exact}");
        let is_half = |mean: f64| (mean - 0.5).abs() < 5.0 * exact / (repeats as f64).sqrt();
        assert!(is_half(mean), "{mean}");
        assert!(!is_half(mean_of(&spoilt)), "a fiftieth more is seen: {}", mean_of(&spoilt));
    }

    #[test]
    fn certain_flows_have_no_error_and_one_batch_none_known() {
        let flows = network(3, &[(1, 2, 2.0), (2, 3, 1.0), (3, 1, 1.0)]);
        let same: Vec<(u64, Vec<f64>)> = (0..10).map(|batch| (64 + batch, flows.clone())).collect();
        let share = throughput_share_of_means(&same, 3);
        close(share.value, 0.5, "Gt");
        assert!(share.se < 1e-14);
        assert!(throughput_share_of_means(&same[..1], 3).se.is_nan());
    }
}
