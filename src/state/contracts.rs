//! The contracts of a path in order of announcement, and which of them are a link's, a lab's and a company's: who asks for
//! those does not go through all.

use super::Contract;
use std::ops::{Deref, DerefMut};

/// How many links, labs and companies contracts can be of.
#[derive(Debug, Clone, Copy)]
pub struct Kinds {
    pub links: usize,
    pub labs: usize,
    pub companies: usize,
}

/// Every list keeps the order of announcement.
#[derive(Debug, Default)]
pub struct Contracts {
    all: Vec<Contract>,
    /// Places in `all`.
    of_link: Vec<Vec<u32>>,
    of_lab: Vec<Vec<u32>>,
    of_company: Vec<Vec<u32>>,
}

impl Contracts {
    /// With room for so many; memory that is not touched costs nothing.
    pub fn with_room(contracts: usize, kinds: Kinds) -> Contracts {
        let lists = |count: usize| (0..count).map(|_| Vec::with_capacity(contracts)).collect();
        Contracts {
            all: Vec::with_capacity(contracts),
            of_link: lists(kinds.links),
            of_lab: lists(kinds.labs),
            of_company: lists(kinds.companies),
        }
    }

    /// Of the contract's link, and of that link's lab and company.
    pub fn push(&mut self, contract: Contract, lab: usize, company: usize) {
        let place = self.all.len() as u32;
        self.of_link[contract.link as usize].push(place);
        self.of_lab[lab].push(place);
        self.of_company[company].push(place);
        self.all.push(contract);
    }

    pub fn clear(&mut self) {
        self.all.clear();
        let lists = self.of_link.iter_mut().chain(&mut self.of_lab).chain(&mut self.of_company);
        lists.for_each(Vec::clear);
    }

    #[inline(always)]
    fn at<'a>(&'a self, places: &'a [u32]) -> impl Iterator<Item = &'a Contract> + use<'a> {
        places.iter().map(|place| &self.all[*place as usize])
    }

    #[inline(always)]
    pub fn of_link(&self, link: usize) -> impl Iterator<Item = &Contract> {
        self.at(&self.of_link[link])
    }

    #[inline(always)]
    pub fn of_lab(&self, lab: usize) -> impl Iterator<Item = &Contract> {
        self.at(&self.of_lab[lab])
    }

    /// The sum of something over a lab's.
    #[inline(always)]
    pub fn sum_of_lab(&self, lab: usize, of: impl Fn(&Contract) -> f64) -> f64 {
        // All are an only lab's.
        if self.of_lab.len() == 1 { self.all.iter().map(of).sum() } else { self.of_lab(lab).map(of).sum() }
    }

    /// Each of a company's, in turn.
    pub fn change_of_company(&mut self, company: usize, mut change: impl FnMut(&mut Contract)) {
        for place in &self.of_company[company] {
            change(&mut self.all[*place as usize]);
        }
    }

    pub fn change_of_lab(&mut self, lab: usize, mut change: impl FnMut(&mut Contract)) {
        for place in &self.of_lab[lab] {
            change(&mut self.all[*place as usize]);
        }
    }
}

impl Deref for Contracts {
    type Target = [Contract];

    fn deref(&self) -> &[Contract] {
        &self.all
    }
}

impl DerefMut for Contracts {
    fn deref_mut(&mut self) -> &mut [Contract] {
        &mut self.all
    }
}
