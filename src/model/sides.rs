//! Which charts belong together: for each chart those of its own side ([`own_side`]).

use std::collections::HashMap;

use super::charts::Charts;
use super::resolve::own_side;
use crate::world::Chart;

/// The charts of a world, by root, by what may make them partners.
pub struct Sides {
    names: HashMap<Box<str>, Vec<usize>>,
    folders: HashMap<Box<str>, Vec<usize>>,
}

impl Sides {
    pub fn of(charts: &Charts) -> Self {
        let mut sides = Self { names: HashMap::new(), folders: HashMap::new() };
        for (at, chart) in charts.values().enumerate() {
            sides.names.entry(chart.name().into()).or_default().push(at);
            if let Some(folder) = chart.root.file_name() {
                sides.folders.entry(folder.into()).or_default().push(at);
            }
        }
        sides
    }

    /// The numbers of the charts of a chart's side, itself among them if it is one of `charts`, in order.
    pub fn side(&self, charts: &Charts, chart: &Chart) -> Vec<usize> {
        let name = chart.name();
        let partner = name.strip_suffix("-cluster").map_or_else(|| format!("{name}-cluster"), str::to_owned);
        let longer = format!("{name}-cluster");
        let named = [&*partner, &*longer].into_iter().filter_map(|name| self.names.get(name));
        let beside = chart.root.file_name().and_then(|folder| self.folders.get(folder));
        let around = chart.root.ancestors();
        let around = around.filter_map(|root| charts.number(root));
        let mut found: Vec<usize> = named.chain(beside).flatten().copied().chain(around).collect();
        found.sort_unstable();
        found.dedup();
        found.retain(|at| own_side(charts.at(*at), chart));
        found
    }

    /// The charts of this name, in order.
    pub fn named(&self, name: &str) -> &[usize] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }
}
