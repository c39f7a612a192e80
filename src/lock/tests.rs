//! Properties of allocation, with models that are built by hand: adding, removing, renaming and reordering
//! services never changes the address of another service.

use std::collections::BTreeMap;
use std::net::IpAddr;

use proptest::prelude::*;

use super::{FILE_NAME, Lock, allocate, read, write};
use crate::check::{self, Checked};
use crate::diagnostics::{Code, Diagnostics};
use crate::model::{
    Announce, BgpRoutes, Cluster, DialectName, Distribution, FixedAddress, Isolation, Metallb,
    Model, Namespace, NamespaceId, Owner, Pool, Reserved, Selector, Service, ServiceType,
    TrafficPolicy, Workload, WorkloadId,
};
use crate::scalar::{AddressRange, Date, Version};
use crate::source::{Files, Name, Site, Span, Spanned};

/// A load balancer: its path, the pool that it asks for, its `share` key and its fixed address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Balancer {
    path: String,
    pool: Option<&'static str>,
    share: Option<&'static str>,
    fixed: Option<&'static str>,
}

fn balancer(path: &str) -> Balancer {
    Balancer { path: path.to_owned(), ..Balancer::default() }
}

fn span() -> Span {
    let files = Files::new([("a.mlnet".to_owned(), String::new())]);
    let file = files.iter().next().expect("one file").0;
    Span { file, start: 0, end: 0 }
}

fn site() -> Site {
    Site { span: span(), via: None }
}

fn at<T>(node: T) -> Spanned<T> {
    Spanned::new(node, span())
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn pool(name: &str, from: &str, to: &str) -> Pool {
    Pool {
        name: at(Name::new(name)),
        ranges: vec![at(AddressRange { from: ip(from), to: ip(to) })],
        announce: at(Announce::L2),
        interfaces: Vec::new(),
        nodes: Vec::new(),
        routes: BgpRoutes::default(),
        avoid_buggy_ips: None,
        takers: Vec::new(),
        span: span(),
        description: None,
    }
}

/// Returns a model with the pools `big` (20 addresses, of which 10.0.0.3 is reserved) and `small` (2
/// addresses).
fn checked(balancers: &[Balancer]) -> Checked {
    let pools = vec![pool("big", "10.0.0.1", "10.0.0.20"), pool("small", "10.1.0.1", "10.1.0.2")];
    checked_with(pools, balancers)
}

fn checked_with(pools: Vec<Pool>, balancers: &[Balancer]) -> Checked {
    let addresses = balancers.iter().enumerate().filter_map(|(at_row, it)| {
        let address = at(ip(it.fixed?));
        Some(FixedAddress { workload: Some(WorkloadId::new(at_row)), address, site: site() })
    });
    let metallb = Metallb {
        version: at(Version::parse("0.14.8").expect("a version")),
        namespace: "metallb-system".to_owned(),
        bgp: None,
        peers: Vec::new(),
        bfd_profiles: Vec::new(),
        pools,
        has_all_pools: true,
        addresses: addresses.collect(),
        reserved: vec![Reserved {
            range: AddressRange::from(ip("10.0.0.3")),
            reason: None,
            span: span(),
        }],
        span: span(),
    };
    let cluster = Cluster {
        name: at(Name::new("production")),
        distribution: Distribution::K3s,
        pods: Vec::new(),
        services: Vec::new(),
        nodes: None,
        apiserver: None,
        tunnels: None,
        node_local_dns: None,
        domain: "cluster.local".to_owned(),
        cni: None,
        dialect: DialectName::default(),
        calico: None,
        metallb: Some(metallb),
        span: span(),
        description: None,
    };
    let model = Model {
        cluster,
        expansions: Vec::new(),
        tenants: Vec::new(),
        namespaces: vec![Namespace {
            path: "n".to_owned(),
            name: "n".to_owned(),
            owner: Owner::Platform,
            managed: true,
            isolation: Isolation::default(),
            labels: Vec::new(),
            no_dns: None,
            site: site(),
            description: None,
        }],
        workloads: balancers.iter().map(workload).collect(),
        aliases: Vec::new(),
        externals: Vec::new(),
        flows: Vec::new(),
        absent: Vec::new(),
        accepts: Vec::new(),
        has_all_accepts: true,
        forbids: Vec::new(),
        asserts: Vec::new(),
        values: Vec::new(),
        envs: Vec::new(),
    };
    let today = Date::new(2026, 12, 1).expect("a day");
    check::model(&Files::default(), model, today, true, &mut Diagnostics::default())
        .expect("a sound model")
}

fn workload(balancer: &Balancer) -> Workload {
    Workload {
        path: balancer.path.clone(),
        local: balancer.path.clone(),
        namespace: NamespaceId::new(0),
        owner: Owner::Platform,
        pods: Selector::default(),
        host_network: false,
        calls_anyone: false,
        ports: Vec::new(),
        service: Some(Service {
            name: balancer.path.clone(),
            kind: at(ServiceType::LoadBalancer),
            managed: true,
            traffic_policy: TrafficPolicy::Local,
            traffic_policy_span: None,
            labels: Vec::new(),
            share: balancer.share.map(|it| at(it.to_owned())),
            pool: balancer.pool.map(|it| at(Name::new(it))),
            node_ports: false,
            annotated: true,
        }),
        site: site(),
        description: None,
    }
}

/// Returns the next lock, the addresses by path, and the codes of the diagnostics.
fn run(balancers: &[Balancer], lock: &Lock) -> (Lock, BTreeMap<String, IpAddr>, Vec<Code>) {
    run_checked(&checked(balancers), balancers, lock)
}

fn run_checked(
    checked: &Checked,
    balancers: &[Balancer],
    lock: &Lock,
) -> (Lock, BTreeMap<String, IpAddr>, Vec<Code>) {
    let mut diagnostics = Diagnostics::default();
    let (lock, allocated) = allocate(checked, lock, &mut diagnostics);
    let addresses = balancers.iter().enumerate().filter_map(|(at_row, it)| {
        Some((it.path.clone(), allocated.address(WorkloadId::new(at_row))?))
    });
    let codes = diagnostics.sorted().into_iter().map(|it| it.code).collect();
    (lock, addresses.collect(), codes)
}

fn reread(text: &str) -> (Option<Lock>, Vec<Code>) {
    let files = Files::new([(FILE_NAME.to_owned(), text.to_owned())]);
    let file = files.iter().next().expect("one file").0;
    let mut diagnostics = Diagnostics::default();
    let lock = read(&files, file, &mut diagnostics);
    (lock, diagnostics.sorted().into_iter().map(|it| it.code).collect())
}

/// Generates up to eight load balancers with distinct names. Pool and `share` key depend on the name.
fn balancers() -> impl Strategy<Value = Vec<Balancer>> {
    proptest::collection::btree_set(0_u8..16, 0..8).prop_shuffle_vec().prop_map(|names| {
        names
            .into_iter()
            .map(|name| Balancer {
                pool: (name % 5 == 4).then_some("big"),
                share: (name % 7 == 3).then_some("key"),
                ..balancer(&format!("t.s{name}"))
            })
            .collect()
    })
}

/// Strategies for sets, as lists in any order.
trait ShuffleVec: Strategy {
    fn prop_shuffle_vec(self) -> BoxedStrategy<Vec<u8>>;
}

impl<S: Strategy<Value = std::collections::BTreeSet<u8>> + 'static> ShuffleVec for S {
    fn prop_shuffle_vec(self) -> BoxedStrategy<Vec<u8>> {
        self.prop_map(|it| it.into_iter().collect::<Vec<_>>()).prop_shuffle().boxed()
    }
}

proptest! {
    #[test]
    fn nobody_moves_when_others_come_go_or_are_renamed(
        before in balancers(), after in balancers(), seed in balancers(),
    ) {
        let (lock, _, _) = run(&seed, &Lock::default());
        let (lock, had, _) = run(&before, &lock);
        let (_, has, codes) = run(&after, &lock);
        prop_assert_eq!(codes, []);
        // Services that share have the address of the first of them, so that only a new partner can change an
        // address.
        for (path, address) in &had {
            if let Some(now) = has.get(path) {
                prop_assert_eq!(now, address, "{} moved", path);
            }
        }
    }

    #[test]
    fn the_order_of_the_services_changes_nothing(some in balancers(), seed in balancers()) {
        let (lock, _, _) = run(&seed, &Lock::default());
        let mut other = some.clone();
        other.reverse();
        let (left, right) = (run(&some, &lock), run(&other, &lock));
        prop_assert_eq!(write(&left.0), write(&right.0));
        prop_assert_eq!(left.1, right.1);
    }

    #[test]
    fn addresses_are_in_the_pool_and_no_two_are_equal(some in balancers(), seed in balancers()) {
        let (lock, _, _) = run(&seed, &Lock::default());
        let (_, has, _) = run(&some, &lock);
        prop_assert_eq!(has.len(), some.len());
        let mut taken = BTreeMap::new();
        for it in &some {
            let address = has[&it.path];
            prop_assert!(address != ip("10.0.0.3") && address >= ip("10.0.0.1"));
            let key = it.share.unwrap_or(&it.path);
            prop_assert_eq!(taken.entry(address).or_insert(key), &key);
        }
    }

    #[test]
    fn a_lock_is_read_as_it_was_written(some in balancers()) {
        let (lock, _, _) = run(&some, &Lock::default());
        let text = write(&lock);
        let (read, codes) = reread(&text);
        prop_assert_eq!(codes, []);
        prop_assert_eq!(write(&read.expect("sound")), text);
    }
}

#[test]
fn a_fixed_address_moves_its_holder_and_says_so() {
    let (lock, had, _) = run(&[balancer("a"), balancer("b")], &Lock::default());
    assert_eq!((had["a"], had["b"]), (ip("10.0.0.1"), ip("10.0.0.2")));
    let fixed = Balancer { fixed: Some("10.0.0.1"), ..balancer("c") };
    let (_, has, codes) = run(&[balancer("a"), balancer("b"), fixed], &lock);
    assert_eq!(codes, [Code::W0706]);
    assert_eq!((has["a"], has["b"]), (ip("10.0.0.4"), ip("10.0.0.2")));
}

#[test]
fn an_address_that_somebody_had_is_taken_last() {
    let small = |path: &str| Balancer { pool: Some("small"), ..balancer(path) };
    let (lock, _, _) = run(&[small("a")], &Lock::default());
    let (lock, has, _) = run(&[small("b")], &lock);
    assert_eq!(has["b"], ip("10.1.0.2"));
    let (_, has, codes) = run(&[small("b"), small("c")], &lock);
    assert_eq!((has["c"], codes), (ip("10.1.0.1"), vec![]));
    let (_, has, codes) = run(&[small("b"), small("c"), small("d")], &lock);
    assert_eq!((has.len(), codes), (2, vec![Code::E0704]));
}

#[test]
fn a_pool_gives_out_no_address_that_it_avoids() {
    let edge = |avoids| {
        let avoid_buggy_ips = Some(at(avoids));
        vec![Pool { avoid_buggy_ips, ..pool("edge", "10.0.0.254", "10.0.1.1") }]
    };
    let run = |avoids, paths: &[&str], lock: &Lock| {
        let balancers: Vec<Balancer> = paths.iter().map(|it| balancer(it)).collect();
        run_checked(&checked_with(edge(avoids), &balancers), &balancers, lock)
    };
    let (_, has, codes) = run(true, &["a", "b"], &Lock::default());
    assert_eq!((has["a"], has["b"], codes), (ip("10.0.0.254"), ip("10.0.1.1"), vec![]));
    // The pool has four addresses and avoids two of them.
    let (_, has, codes) = run(true, &["a", "b", "c"], &Lock::default());
    assert_eq!((has.len(), codes), (2, vec![Code::E0704]));
    // An avoided address that is in the lock is replaced, since MetalLB now rejects it, and is not assigned
    // again.
    let (lock, had, _) = run(false, &["a", "b"], &Lock::default());
    assert_eq!((had["a"], had["b"]), (ip("10.0.0.254"), ip("10.0.0.255")));
    let (lock, has, codes) = run(true, &["a", "b"], &lock);
    assert_eq!((has["a"], has["b"], codes), (ip("10.0.0.254"), ip("10.0.1.1"), vec![Code::W0707]));
    let (_, has, codes) = run(true, &["a", "c"], &lock);
    assert_eq!((has["c"], codes), (ip("10.0.1.1"), vec![]));
    let pool = edge(true).remove(0);
    let counted =
        |from: &str, to: &str| pool.avoided_in(AddressRange { from: ip(from), to: ip(to) });
    assert_eq!(counted("10.0.0.254", "10.0.1.1"), 2);
    assert_eq!(counted("10.0.0.0", "10.0.0.0"), 1);
    assert_eq!(counted("10.0.0.0", "10.0.3.255"), 8);
    assert_eq!(counted("0.0.0.0", "255.255.255.255"), 2 << 24);
    assert_eq!(counted("10.0.0.1", "10.0.0.254"), 0);
    assert_eq!(counted("fd00::", "fd00::ff"), 0);
}

#[test]
fn a_merged_lock_with_one_address_twice_is_refused() {
    let text = "version: 1\nclusters:\n  production:\n    a: 10.0.0.1\n    b: 10.0.0.1\n";
    let lock = reread(text).0.expect("it reads well");
    let (_, _, codes) = run(&[balancer("a"), balancer("b")], &lock);
    assert_eq!(codes, [Code::E0703]);
    let (_, has, codes) = run(&[balancer("b")], &lock);
    assert_eq!((has["b"], codes), (ip("10.0.0.1"), vec![]));
}

#[test]
fn what_is_no_lock_is_not_trusted() {
    for (text, code) in [
        ("", Code::E0701),
        ("version: 1\nclusters:\n  a:\n<<<<<<< ours\n    b: 10.0.0.1\n", Code::E0701),
        ("version: 1\nclusters:\n  a:\n    b: 10.0.0.1\n    b: 10.0.0.2\n", Code::E0701),
        ("version: 1\nclusters:\n  a:\n    b: seven\n", Code::E0701),
        ("version: 1\nservices: {}\n", Code::E0701),
        ("version: 2\nclusters: {}\n", Code::E0702),
    ] {
        let (lock, codes) = reread(text);
        assert!(lock.is_none(), "{text}");
        assert_eq!(codes, [code], "{text}");
    }
}

#[test]
fn the_entries_of_other_clusters_stay() {
    let text = "version: 1\nclusters:\n  staging:\n    a: 10.9.0.1\n";
    let lock = reread(text).0.expect("sound");
    let (lock, _, _) = run(&[balancer("no")], &lock);
    assert_eq!(
        write(&lock).lines().skip(1).collect::<Vec<_>>(),
        [
            "version: 1",
            "clusters:",
            "  production:",
            "    \"no\": 10.0.0.1",
            "  staging:",
            "    a: 10.9.0.1"
        ]
    );
}
