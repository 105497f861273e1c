//! What is gathered from pieces of consecutive paths, whichever piece comes first and whoever puts them together: the same
//! bits always. A piece has a place; two neighbours join where the first stands at an even place, their joints likewise,
//! and so on, as in a tournament. So what a joint holds depends on its paths alone, not on the order in which they came.

use serde::{Deserialize, Serialize};

/// What two spans of paths say, the second being later, as one.
pub trait Join {
    fn join(&self, later: &Self) -> Self;
}

/// Joints so far, in path order; none can be joined with its neighbour.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree<T> {
    nodes: Vec<Node<T>>,
    /// No joint is of more than 2^highest pieces.
    highest: u8,
}

/// Of the pieces from `place · 2^level` on, 2^level of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Node<T> {
    level: u8,
    place: u64,
    value: T,
}

/// More levels than a number of a path has bits.
const LEVELS: u8 = 63;

impl<T> Default for Tree<T> {
    fn default() -> Tree<T> {
        Tree { nodes: Vec::new(), highest: LEVELS }
    }
}

impl<T> Node<T> {
    fn span(&self) -> (u128, u128) {
        let [start, end] = [0, 1].map(|next| (u128::from(self.place) + next) << self.level);
        (start, end)
    }
}

impl<T: Join> Tree<T> {
    /// Of single pieces, until [`Tree::raise`] lets them join.
    pub fn of_pieces() -> Tree<T> {
        Tree { highest: 0, ..Tree::default() }
    }

    /// Adds a piece that is later than all others.
    pub fn push(&mut self, place: u64, value: T) {
        self.put(Node { level: 0, place, value });
    }

    fn put(&mut self, mut node: Node<T>) {
        while let Some(last) = self.nodes.last()
            && last.level == node.level
            && last.level < self.highest
            && last.place % 2 == 0
            && last.place + 1 == node.place
        {
            node = Node { level: node.level + 1, place: node.place / 2, value: last.value.join(&node.value) };
            self.nodes.pop();
        }
        self.nodes.push(node);
    }

    /// Lets twice as many pieces join.
    pub fn raise(&mut self) {
        self.highest = (self.highest + 1).min(LEVELS);
        for node in std::mem::take(&mut self.nodes) {
            self.put(node);
        }
    }

    /// Takes in another's pieces; `None`, and nothing is left, where both have one of the same place.
    #[must_use]
    pub fn merge(&mut self, other: Tree<T>) -> Option<()> {
        self.highest = self.highest.max(other.highest).min(LEVELS);
        let mut nodes = std::mem::take(&mut self.nodes);
        nodes.extend(other.nodes);
        if nodes.iter().any(|node| node.level > LEVELS) {
            return None;
        }
        nodes.sort_by_key(Node::span);
        if nodes.windows(2).any(|pair| pair[0].span().1 > pair[1].span().0) {
            return None;
        }
        nodes.into_iter().for_each(|node| self.put(node));
        Some(())
    }

    /// Everything joined, from the first path to the last.
    pub fn all(&self) -> Option<T>
    where
        T: Clone,
    {
        let (first, later) = self.nodes.split_first()?;
        Some(later.iter().fold(first.value.clone(), |all, node| all.join(&node.value)))
    }

    /// The joints, each with its number among spans of 2^highest pieces.
    pub fn joints(&self) -> impl Iterator<Item = (u64, &T)> {
        self.nodes
            .iter()
            .map(|node| (node.place >> (self.highest - node.level.min(self.highest)), &node.value))
    }

    /// What is held, for a look at its shape.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().map(|node| &node.value)
    }
}

/// A tree, and its last piece while that grows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct Growing<T> {
    done: Tree<T>,
    #[serde(skip)]
    open: Option<(u64, T)>,
}

impl<T> Default for Growing<T> {
    fn default() -> Growing<T> {
        Growing { done: Tree::default(), open: None }
    }
}

impl<T: Join + Clone> Growing<T> {
    /// The piece of a place, no earlier than the one before, which is closed where it is another.
    pub fn at(&mut self, place: u64, new: impl FnOnce() -> T) -> &mut T {
        if self.open.as_ref().is_some_and(|(open, _)| *open != place) {
            self.close();
        }
        &mut self.open.get_or_insert_with(|| (place, new())).1
    }

    /// No path is added to the last piece any more.
    pub fn close(&mut self) {
        if let Some((place, value)) = self.open.take() {
            self.done.push(place, value);
        }
    }

    /// Takes in another that is closed.
    #[must_use]
    pub fn merge(&mut self, other: Growing<T>) -> Option<()> {
        self.close();
        self.done.merge(other.done)
    }

    pub fn all(&self) -> Option<T> {
        match &self.open {
            None => self.done.all(),
            Some(_) => {
                let mut closed = self.clone();
                closed.close();
                closed.done.all()
            }
        }
    }

    /// What is held, for a look at its shape.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.done.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    #[derive(Debug, Clone, PartialEq)]
    struct Sum(f64);

    impl Join for Sum {
        fn join(&self, later: &Sum) -> Sum {
            Sum(self.0 + later.0)
        }
    }

    fn tree(pieces: &[(u64, f64)]) -> Tree<Sum> {
        let mut tree = Tree::default();
        pieces.iter().for_each(|(place, value)| tree.push(*place, Sum(*value)));
        tree
    }

    /// Doubles whose sum depends on the order in which they are added.
    fn pieces(n: u64, seed: u64) -> Vec<(u64, f64)> {
        let mut rng = SmallRng::seed_from_u64(seed);
        (0..n)
            .map(|place| (place, (rng.random::<f64>() - 0.5) * 10f64.powi(rng.random_range(-9..9))))
            .collect()
    }

    /// Cut anywhere, merged in any order and as any tree: the same joints to the bit, gaps or none.
    #[test]
    fn any_order_and_any_tree_give_the_same_bits() {
        let mut rng = SmallRng::seed_from_u64(1);
        for n in [1, 2, 3, 7, 64, 100, 1000] {
            let mut all = pieces(n, n);
            if n > 50 {
                all.retain(|(place, _)| !(20..37).contains(place));
            }
            let whole = tree(&all);
            for _ in 0..20 {
                let mut parts = Vec::new();
                let mut rest = &all[..];
                while !rest.is_empty() {
                    let (part, later) = rest.split_at(rng.random_range(1..=rest.len()));
                    parts.push(tree(part));
                    rest = later;
                }
                while parts.len() > 1 {
                    parts.shuffle(&mut rng);
                    let part = parts.pop().unwrap();
                    parts.last_mut().unwrap().merge(part).unwrap();
                }
                assert_eq!(parts[0], whole, "{n} pieces");
                assert_eq!(parts[0].all(), whole.all());
            }
        }
        // Added in another order the sum is another: the comparison can fail.
        let all = pieces(1000, 1000);
        let backwards: f64 = all.iter().rev().map(|(_, value)| value).sum();
        assert_ne!(tree(&all).all(), Some(Sum(backwards)));
    }

    #[test]
    fn few_joints_hold_many_pieces() {
        let whole = tree(&pieces(1 << 12, 3));
        assert_eq!(whole.nodes.len(), 1);
        let part = tree(&pieces(1 << 12, 3)[5..4000]);
        assert!(part.nodes.len() <= 2 * 12, "{}", part.nodes.len());
    }

    #[test]
    fn what_is_there_twice_is_found() {
        let all = pieces(64, 4);
        for (mine, theirs, is_fine) in [(0..32, 32..64, true), (0..32, 31..64, false), (8..16, 0..64, false)]
        {
            let mut one = tree(&all[mine]);
            assert_eq!(one.merge(tree(&all[theirs])).is_some(), is_fine);
        }
    }

    #[test]
    fn a_growing_piece_is_one_of_the_tree() {
        let mut growing: Growing<Sum> = Growing::default();
        for (place, value) in pieces(100, 5) {
            for part in [0.25, 0.75] {
                growing.at(place, || Sum(0.0)).0 += part * value;
            }
        }
        let before = growing.all();
        growing.close();
        assert_eq!(growing.all(), before);
        assert_eq!(growing.values().count(), 3, "64, 32 and 4 pieces");
    }
}
