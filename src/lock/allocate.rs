//! Allocates addresses for the load balancers of one cluster: fixed addresses first, then those in the lock,
//! then the lowest free ones. Adding, removing or renaming a service never changes the address of another one.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::file::{Entry, Lock};
use super::report::{self, Room};
use crate::check::Checked;
use crate::diagnostics::Diagnostics;
use crate::model::{Metallb, Model, Pool, Taker, Workload, WorkloadId};
use crate::scalar::{AddressRange, cut};

/// Load-balancer addresses of the services that have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allocated {
    addresses: BTreeMap<WorkloadId, IpAddr>,
}

impl Allocated {
    /// Returns the address of a service.
    pub fn address(&self, of: WorkloadId) -> Option<IpAddr> {
        self.addresses.get(&of).copied()
    }
}

/// Services that get one address together: the declarations of one Service, or every service with a `share` key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum AddressGroup<'m> {
    /// The real names of a Service and its namespace: two declarations may describe its ports.
    Service(&'m str, &'m str),
    Shared(&'m str),
}

/// Services that have one address together, sorted by path.
type Unit<'m> = Vec<(&'m str, WorkloadId)>;

/// Allocates an address for every load balancer of the cluster, and returns the next lock with the addresses.
/// The lock keeps the entries of other clusters, and drops entries of services that no longer exist.
pub fn allocate(
    checked: &Checked,
    lock: &Lock,
    diagnostics: &mut Diagnostics,
) -> (Lock, Allocated) {
    let model = checked.model();
    let cluster = model.cluster.name.node.as_str();
    let mut next = lock.clone();
    next.clusters.remove(cluster);
    let Some(metallb) = &model.cluster.metallb else { return (next, Allocated::default()) };

    let run = Run::new(model, metallb, lock);
    let (addresses, entries) = run.allocate(diagnostics);
    if !entries.is_empty() {
        next.clusters.insert(cluster.to_owned(), entries);
    }
    (next, Allocated { addresses })
}

/// State that is constant during allocation.
struct Run<'m> {
    model: &'m Model,
    metallb: &'m Metallb,
    /// The entries of this cluster in the lock.
    held: BTreeMap<&'m str, Entry>,
    /// The addresses of these entries.
    had: BTreeSet<IpAddr>,
    /// The service of each fixed address. The next field is the reverse.
    fixed: BTreeMap<IpAddr, WorkloadId>,
    fixed_of: BTreeMap<WorkloadId, IpAddr>,
    /// The unreserved addresses of each pool, in ascending order.
    ranges: Vec<Vec<AddressRange>>,
    units: BTreeMap<AddressGroup<'m>, Unit<'m>>,
}

/// State that changes during allocation.
#[derive(Default)]
struct State<'m> {
    /// Addresses that are in use.
    taken: BTreeSet<IpAddr>,
    given: BTreeMap<AddressGroup<'m>, IpAddr>,
    /// How far each pool is known to be full.
    cursors: BTreeMap<usize, Cursor>,
}

#[derive(Default, Clone, Copy)]
struct Cursor {
    range_idx: usize,
    at: u128,
}

impl<'m> Run<'m> {
    fn new(model: &'m Model, metallb: &'m Metallb, lock: &'m Lock) -> Self {
        let mut fixed = BTreeMap::new();
        for it in &metallb.addresses {
            if let Some(id) = it.workload {
                fixed.entry(it.address.node).or_insert(id);
            }
        }
        let mut units: BTreeMap<AddressGroup<'m>, Unit<'m>> = BTreeMap::new();
        for (id, workload) in model.workload_ids().filter(|(_, it)| it.is_load_balancer()) {
            let Some(service) = &workload.service else { continue };
            let key = match &service.share {
                Some(share) => AddressGroup::Shared(&share.node),
                None => {
                    AddressGroup::Service(&model.namespace(workload.namespace).name, &service.name)
                }
            };
            units.entry(key).or_default().push((&workload.path, id));
        }
        units.retain(|_, unit| unit.iter().any(|(_, id)| can_be_pinned(model.workload(*id))));
        for unit in units.values_mut() {
            unit.sort_unstable();
        }
        let held: BTreeMap<&str, Entry> = lock.cluster(model.cluster.name.node.as_str()).collect();
        let had = held.values().map(|it| it.address).collect();
        let fixed_of = fixed.iter().map(|(address, id)| (*id, *address)).collect();
        let ranges = metallb.pools.iter().map(|it| free_ranges(model, metallb, it)).collect();
        Self { model, metallb, held, had, fixed, fixed_of, ranges, units }
    }

    fn allocate(
        &self,
        diagnostics: &mut Diagnostics,
    ) -> (BTreeMap<WorkloadId, IpAddr>, BTreeMap<String, Entry>) {
        let mut state = State::default();
        state.taken.extend(self.fixed.keys());
        self.check_fixed(diagnostics);
        let mut moved = Vec::new();
        let mut new = Vec::new();
        let holders = self.holders(diagnostics);
        for (key, unit) in &self.units {
            if let Some(address) = self.fixed_address(unit) {
                state.given.insert(*key, address);
                continue;
            }
            match self.held_address(unit, &holders) {
                Some((entry, Ok(()))) => {
                    state.taken.insert(entry.address);
                    state.given.insert(*key, entry.address);
                }
                Some((entry, Err(why))) => {
                    moved.push((*key, entry, why));
                    new.push(*key);
                }
                None => new.push(*key),
            }
        }
        new.sort_unstable_by_key(|it| self.units.get(it).and_then(|unit| unit.first()));
        let mut missed = BTreeMap::<Vec<usize>, Vec<AddressGroup<'m>>>::new();
        for key in new {
            let Some(unit) = self.units.get(&key) else { continue };
            let pools = self.pools(unit, diagnostics);
            if pools.is_empty() {
                continue;
            }
            match pools.iter().find_map(|pool_idx| self.lowest_free(*pool_idx, &mut state)) {
                Some(address) => {
                    state.taken.insert(address);
                    state.given.insert(key, address);
                }
                None => missed.entry(pools).or_default().push(key),
            }
        }
        self.report_full(&missed, &state, diagnostics);
        for (key, entry, why) in moved {
            let now = state.given.get(&key).copied();
            if let (Some(now), Some((_, id))) =
                (now, self.units.get(&key).and_then(|it| it.first()))
            {
                self.report_moved(*id, entry, now, why, diagnostics);
            }
        }
        self.result(&state)
    }

    fn result(&self, state: &State<'m>) -> (BTreeMap<WorkloadId, IpAddr>, BTreeMap<String, Entry>) {
        let mut addresses = BTreeMap::new();
        for (key, address) in &state.given {
            for (_, id) in self.units.get(key).into_iter().flatten() {
                addresses.insert(*id, *address);
            }
        }
        // A fixed address belongs to its service, even if another service with the same `share` key has a
        // different one.
        addresses.extend(self.fixed.iter().map(|(address, id)| (*id, *address)));
        let entries = addresses
            .iter()
            .map(|(id, address)| {
                let path = self.model.workload(*id).path.clone();
                (path, Entry { address: *address, span: None })
            })
            .collect();
        (addresses, entries)
    }

    /// Reports fixed addresses in pools that do not serve their service. Such an address stays pending, like
    /// one that is not fixed.
    fn check_fixed(&self, diagnostics: &mut Diagnostics) {
        for (address, id) in &self.fixed {
            let in_pool = |it: &&usize| self.ranges_of(**it).any(|it| it.contains(*address));
            let pools: Vec<usize> = (0..self.metallb.pools.len()).collect();
            if let Some(pool_idx) = pools.iter().find(in_pool)
                && !self.serves(*pool_idx, *id)
            {
                let fixed = self.metallb.addresses.iter().find(|it| it.workload == Some(*id));
                let workload = self.model.workload(*id);
                let site = fixed.map(|it| it.site.span);
                diagnostics.push(report::pool_refuses(
                    self.model,
                    self.pool(*pool_idx),
                    workload,
                    site,
                ));
            }
        }
    }

    /// Returns the declared ranges of a pool.
    fn ranges_of(&self, pool_idx: usize) -> impl Iterator<Item = AddressRange> {
        self.pool(pool_idx).ranges.iter().map(|it| it.node)
    }

    /// Returns the fixed address of the first service of the unit that has one.
    fn fixed_address(&self, unit: &Unit<'m>) -> Option<IpAddr> {
        unit.iter().find_map(|(_, id)| self.fixed_of.get(id).copied())
    }

    /// Counts the units that hold each address in the lock. An address of two units is reported, and none of
    /// them keeps it.
    fn holders(&self, diagnostics: &mut Diagnostics) -> BTreeMap<IpAddr, usize> {
        let mut holders = BTreeMap::<IpAddr, Vec<&str>>::new();
        for unit in self.units.values().filter(|it| self.fixed_address(it).is_none()) {
            if let Some((path, entry)) = self.first_held(unit) {
                holders.entry(entry.address).or_default().push(path);
            }
        }
        for (address, paths) in &holders {
            if let [first, second, ..] = paths.as_slice() {
                let span = |path: &str| self.held.get(path).and_then(|it| it.span);
                let places = (span(first), span(second));
                diagnostics.push(report::held_twice(*address, (first, second), places));
            }
        }
        holders.into_iter().map(|(address, paths)| (address, paths.len())).collect()
    }

    /// Returns the first service of the unit that has an entry in the lock, with the entry.
    fn first_held(&self, unit: &Unit<'m>) -> Option<(&'m str, Entry)> {
        unit.iter().find_map(|(path, _)| self.held.get(path).map(|it| (*path, *it)))
    }

    /// Returns the lock entry of a unit, and the reason if the unit cannot keep the address.
    fn held_address(
        &self,
        unit: &Unit<'m>,
        holders: &BTreeMap<IpAddr, usize>,
    ) -> Option<(Entry, Result<(), Why>)> {
        let (_, entry) = self.first_held(unit)?;
        if holders.get(&entry.address).is_some_and(|count| *count > 1) {
            return None;
        }
        if let Some(id) = self.fixed.get(&entry.address) {
            return Some((entry, Err(Why::Fixed(*id))));
        }
        let kept = (0..self.metallb.pools.len())
            .filter(|pool_idx| self.asked_pool(unit).is_none_or(|it| it == *pool_idx))
            .filter(|pool_idx| unit.iter().all(|(_, id)| self.serves(*pool_idx, *id)))
            .filter(|pool_idx| !self.pool(*pool_idx).avoids(entry.address))
            .any(|pool_idx| self.free_ranges(pool_idx).iter().any(|it| it.contains(entry.address)));
        Some((entry, if kept { Ok(()) } else { Err(Why::NoPool) }))
    }

    /// Returns the pools that may serve a unit: the pool that it asks for, else the pools that name all of its
    /// services as takers, else the pools without takers; sorted by name.
    fn pools(&self, unit: &Unit<'m>, diagnostics: &mut Diagnostics) -> Vec<usize> {
        let Some((_, first)) = unit.first() else { return Vec::new() };
        if let Some(pool_idx) = self.asked_pool(unit) {
            if let Some((_, id)) = unit.iter().find(|(_, id)| !self.serves(pool_idx, *id)) {
                let pool = self.pool(pool_idx);
                let workload = self.model.workload(*id);
                diagnostics.push(report::pool_refuses(self.model, pool, workload, None));
                return Vec::new();
            }
            return vec![pool_idx];
        }
        let mut by_name: Vec<usize> = (0..self.metallb.pools.len()).collect();
        by_name.sort_unstable_by_key(|it| &self.pool(*it).name.node);
        by_name.retain(|it| unit.iter().all(|(_, id)| self.serves(*it, *id)));
        let (open, own): (Vec<usize>, Vec<usize>) =
            by_name.into_iter().partition(|it| self.pool(*it).takers.is_empty());
        let pools = if own.is_empty() { open } else { own };
        if pools.is_empty() {
            diagnostics.push(report::no_pool(
                self.model,
                self.metallb,
                self.model.workload(*first),
            ));
        }
        pools
    }

    fn pool(&self, pool_idx: usize) -> &'m Pool {
        self.metallb.pools.get(pool_idx).expect("INVARIANT: it was counted from them")
    }

    fn asked_pool(&self, unit: &Unit<'m>) -> Option<usize> {
        let asked = |id: WorkloadId| self.model.workload(id).service.as_ref()?.pool.as_ref();
        let name = unit.iter().find_map(|(_, id)| asked(*id))?;
        self.metallb.pools.iter().position(|it| it.name.node == name.node)
    }

    fn serves(&self, pool_idx: usize, id: WorkloadId) -> bool {
        let owner = self.model.workload(id).owner;
        let takers = &self.pool(pool_idx).takers;
        takers.is_empty()
            || takers.iter().any(|it| match &it.node {
                Taker::Owner(it) => *it == owner,
                Taker::Workloads(ids) => ids.contains(&id),
            })
    }

    fn free_ranges(&self, pool_idx: usize) -> &[AddressRange] {
        self.ranges.get(pool_idx).map_or(&[], Vec::as_slice)
    }

    /// Finds the lowest address of a pool that is neither in use nor in this lock; if there is none, the lowest
    /// address in the lock that is no longer in use.
    fn lowest_free(&self, pool_idx: usize, state: &mut State<'m>) -> Option<IpAddr> {
        let (pool, ranges) = (self.pool(pool_idx), self.free_ranges(pool_idx));
        let mut cursor = state.cursors.get(&pool_idx).copied().unwrap_or_default();
        let found = loop {
            let Some(range) = ranges.get(cursor.range_idx) else { break None };
            let Some(address) = range.nth(cursor.at) else {
                cursor = Cursor { range_idx: cursor.range_idx + 1, at: 0 };
                continue;
            };
            let is_taken = state.taken.contains(&address) || self.had.contains(&address);
            if !is_taken && !pool.avoids(address) {
                break Some(address);
            }
            cursor.at += 1;
        };
        state.cursors.insert(pool_idx, cursor);
        found.or_else(|| {
            let mut left = self.had.difference(&state.taken).copied();
            left.find(|it| !pool.avoids(*it) && ranges.iter().any(|range| range.contains(*it)))
        })
    }

    fn report_full(
        &self,
        missed: &BTreeMap<Vec<usize>, Vec<AddressGroup<'m>>>,
        state: &State<'m>,
        diagnostics: &mut Diagnostics,
    ) {
        for (pools, keys) in missed {
            let room = self.room(pools, keys.len(), state);
            let pools: Vec<&Pool> = pools.iter().map(|it| self.pool(*it)).collect();
            let units = keys.iter().filter_map(|it| self.units.get(it)).flatten();
            let mut workloads: Vec<&Workload> =
                units.map(|(_, id)| self.model.workload(*id)).collect();
            workloads.sort_unstable_by_key(|it| it.path.as_str());
            diagnostics.push(report::pool_full(self.model, &pools, &workloads, &room));
        }
    }

    /// Counts the addresses of pools that are full, where `missing` more addresses are needed.
    fn room(&self, pools: &[usize], missing: usize, state: &State<'m>) -> Room {
        let free = || pools.iter().flat_map(|it| self.free_ranges(*it));
        let within = |address: &&IpAddr| free().any(|it| it.contains(**address));
        let ipv4 = self.model.cluster.gives_ipv4();
        let all = pools.iter().flat_map(|it| self.ranges_of(*it));
        let all: u128 = all.filter(|it| it.from.is_ipv4() == ipv4).map(AddressRange::count).sum();
        let unreserved: u128 = free().map(|it| it.count()).sum();
        let avoided = pools.iter().map(|it| {
            let pool = self.pool(*it);
            self.free_ranges(*it).iter().map(|range| pool.avoided_in(*range)).sum::<u128>()
        });
        let avoided: u128 = avoided.sum();
        Room {
            missing,
            needed: missing + state.taken.iter().filter(within).count(),
            available: unreserved.saturating_sub(avoided),
            reserved: all.saturating_sub(unreserved),
            avoided,
            fixed: self.fixed.keys().filter(within).count(),
        }
    }

    fn report_moved(
        &self,
        id: WorkloadId,
        entry: Entry,
        now: IpAddr,
        why: Why,
        diagnostics: &mut Diagnostics,
    ) {
        let workload = self.model.workload(id);
        match why {
            Why::Fixed(other) => {
                let fixed = self
                    .metallb
                    .addresses
                    .iter()
                    .find(|it| it.workload == Some(other) && it.address.node == entry.address);
                let other = self.model.workload(other);
                let site = fixed.map(|it| it.site);
                diagnostics.push(report::moved_by_fixed(workload, other, (entry, now), site));
            }
            Why::NoPool => diagnostics.push(report::moved_out(self.model, workload, (entry, now))),
        }
    }
}

/// Returns the unreserved addresses of a pool, of the family that Services of this cluster get by default.
fn free_ranges(model: &Model, metallb: &Metallb, pool: &Pool) -> Vec<AddressRange> {
    let ipv4 = model.cluster.gives_ipv4();
    let ranges = pool.ranges.iter().map(|it| it.node).filter(|it| it.from.is_ipv4() == ipv4);
    let mut left = cut(ranges, metallb.reserved.iter().map(|it| it.range));
    left.sort_unstable();
    left
}

/// Reasons why a unit cannot keep its address.
#[derive(Clone, Copy)]
enum Why {
    /// The address is fixed for another service.
    Fixed(WorkloadId),
    /// The address is reserved, or no pool that serves the unit contains it and gives it out.
    NoPool,
}

/// Whether MetalLB can be told the address of a load balancer: by annotations of its Service, or by a small
/// pool that selects the Service by labels.
fn can_be_pinned(workload: &Workload) -> bool {
    workload.service.as_ref().is_some_and(|it| it.annotated || !it.labels.is_empty())
}
