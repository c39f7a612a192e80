//! Random programs that try to circumvent guardrails: pods with labels of several selectors, pods on their node's
//! network, addresses in the pod network, rules that the compiler adds, clusters that differ.

use super::super::programs::Dice;
use super::program::{
    Cluster, End, External, Namespace, Owner, Place, Port, Ports, Profile, Program, Protocol,
    Requirement, Selector, Tunnels, Workload,
};

pub(super) const TENANTS: [&str; 3] = ["red", "blue", "green"];

/// Port numbers that flows and guardrails use.
pub(super) const NUMBERS: [u16; 5] = [53, 80, 443, 8080, 9100];

/// A program under construction.
pub(super) struct Generator {
    pub(super) dice: Dice,
    pub(super) program: Program,
    /// Whether selectors have several keys.
    has_tiers: bool,
}

/// Returns the program of a seed.
pub(super) fn program(seed: u64) -> Program {
    let mut dice = Dice::new(seed);
    let has_tiers = dice.percent(50);
    let mut generator = Generator { dice, program: Program::default(), has_tiers };
    generator.clusters();
    generator.externals();
    generator.profiles();
    generator.namespaces();
    generator.guardrails();
    generator.flows();
    generator.program
}

impl Generator {
    fn clusters(&mut self) {
        let count = 1 + usize::from(self.dice.percent(25));
        let dual = self.dice.percent(10);
        let v6 = |text: &'static str| dual.then_some(text);
        for (name, pods, services, tunnels) in [
            ("east", "10.42.0.0/16", "10.43.0.0/16", ["10.42.1.1", "10.42.7.1"]),
            ("west", "10.44.0.0/16", "10.45.0.0/16", ["10.44.1.1", "10.44.7.1"]),
        ]
        .into_iter()
        .take(count)
        {
            let nodes = *self.dice.one_of(&[
                ["198.51.100.1", "198.51.100.2"],
                ["192.168.1.81", "192.168.1.82"],
                ["20.0.0.1", "20.0.0.2"],
            ]);
            let is_outside = self.dice.percent(20);
            let endpoint = match nodes[0] {
                _any if is_outside => "192.168.1.5:6443",
                "198.51.100.1" => "198.51.100.1:6443",
                "192.168.1.81" => "192.168.1.81:6443",
                _public => "20.0.0.1:6443",
            };
            let tunnel = *self.dice.one_of(&tunnels);
            let tunnels = match self.dice.below(100) {
                0..60 => Tunnels::Known(
                    [Some(tunnel), v6("fd00:42::101")].into_iter().flatten().collect(),
                ),
                60..85 => Tunnels::Unknown,
                _rest => Tunnels::Unused,
            };
            self.program.clusters.push(Cluster {
                name,
                pods: [Some(pods), v6("fd00:42::/56")].into_iter().flatten().collect(),
                services: [Some(services), v6("fd00:43::/112")].into_iter().flatten().collect(),
                nodes: nodes.into_iter().chain(v6("fd00:1::1")).collect(),
                tunnels,
                apiserver: self.dice.percent(97).then_some(endpoint),
                has_dns_cache: self.dice.percent(20),
            });
        }
    }

    fn externals(&mut self) {
        let all: [(&str, &[&str], usize); 7] = [
            ("lan", &["192.168.1.0/24"], 80),
            ("bank", &["8.8.8.0/24"], 60),
            ("partner", &["198.51.100.0/25"], 40),
            ("inside", &["10.42.7.0/24"], 70),
            ("machine", &["198.51.100.2/32", "192.168.1.82/32"], 30),
            ("private", &["192.168.9.0/24"], 40),
            ("six", &["2600::/32"], 50),
        ];
        for (name, cidrs, percent) in all {
            let has_family =
                name != "six" || self.program.clusters.iter().any(|it| it.pods.len() > 1);
            if !has_family || !self.dice.percent(percent) {
                continue;
            }
            let cidrs = cidrs.to_vec();
            let has_dns_name = name == "private";
            let external = External { name, cidrs, has_dns_name, cluster: None };
            self.program.externals.push(external);
        }
        // The name has other addresses in each cluster.
        if self.program.clusters.len() > 1 {
            for (cluster, cidrs) in [("east", ["10.42.9.0/24"]), ("west", ["9.9.9.0/24"])] {
                let cidrs = cidrs.to_vec();
                let cluster = Some(cluster);
                let external = External { name: "site", cidrs, has_dns_name: false, cluster };
                self.program.externals.push(external);
            }
        }
    }

    fn profiles(&mut self) {
        for name in ["web", "batch"] {
            let isolate = *self.dice.one_of(&["both", "both", "ingress", "egress"]);
            let mut flows = Vec::new();
            for _ in 0..self.dice.below(3) {
                let number = *self.dice.one_of(&NUMBERS);
                let flow = match self.dice.below(6) {
                    0 => (End::Own, any(End::Own)),
                    1 => (End::Own, at(End::Internet, number)),
                    2 => (End::Nodes, at(End::Own, number)),
                    3 => (End::Own, plain(End::Apiserver)),
                    4 => (End::Own, plain(End::Dns)),
                    _ => (End::Own, at(End::Nodes, number)),
                };
                flows.push(flow);
            }
            self.program.profiles.push(Profile { name, isolate, flows });
        }
    }

    fn namespaces(&mut self) {
        for tenant in TENANTS {
            if tenant == "green" && self.dice.percent(40) {
                continue;
            }
            for row in 0..=usize::from(self.dice.percent(35)) {
                let short = ["one", "two"][row];
                let profile = self.dice.percent(20).then(|| *self.dice.one_of(&["web", "batch"]));
                let isolate = self.isolate();
                let owner = Owner::Tenant(tenant);
                let name = format!("{tenant}-{short}");
                let has_dns = self.dice.percent(90);
                let namespace = Namespace { owner, short, name, isolate, profile, has_dns };
                self.place(namespace, 3);
            }
        }
        if self.dice.percent(25) {
            let isolate = self.isolate();
            let owner = Owner::Component("plant");
            let (short, name, profile) = ("main", "plant".to_owned(), None);
            let namespace = Namespace { owner, short, name, isolate, profile, has_dns: true };
            self.place(namespace, 3);
        }
        if self.dice.percent(15) {
            self.system();
        }
    }

    fn isolate(&mut self) -> &'static str {
        let all = ["both", "both", "both", "both", "both", "both", "ingress", "egress", "none"];
        all[self.dice.below(all.len())]
    }

    /// Writes the namespace of the cluster's DNS, in a component.
    fn system(&mut self) {
        let owner = Owner::Component("system");
        let namespace = Namespace {
            owner,
            short: "main",
            name: "kube-system".to_owned(),
            isolate: if self.dice.percent(50) { "both" } else { "ingress" },
            profile: None,
            has_dns: true,
        };
        let resolver = Workload {
            owner,
            namespace: namespace.path(),
            short: "resolver".to_owned(),
            selector: Selector(vec![("k8s-app", Requirement::Is("kube-dns"))]),
            on_host_network: false,
            hides_clients: false,
            ports: vec![
                Port { name: "lookup", service: 53, pod: 53, protocol: Protocol::Udp },
                Port { name: "lookup-tcp", service: 53, pod: 53, protocol: Protocol::Tcp },
            ],
            cluster: None,
        };
        self.program.namespaces.push(namespace);
        self.program.workloads.push(resolver);
    }

    /// Writes a namespace with its workloads.
    fn place(&mut self, namespace: Namespace, most: usize) {
        for _ in 0..=self.dice.below(most) {
            let row = self.program.workloads.len();
            let on_host_network = self.dice.percent(18);
            let is_service = self.dice.percent(60);
            let is_tenants = matches!(namespace.owner, Owner::Tenant(_));
            let is_local = is_tenants && self.program.clusters.len() > 1 && self.dice.percent(20);
            let cluster = is_local.then(|| *self.dice.one_of(&["east", "west"]));
            let workload = Workload {
                owner: namespace.owner,
                namespace: namespace.path(),
                short: format!("{}{row}", if is_service { "web" } else { "job" }),
                selector: self.selector(),
                on_host_network,
                hides_clients: is_service && !on_host_network && self.dice.percent(12),
                ports: if is_service { self.ports() } else { Vec::new() },
                cluster,
            };
            self.program.workloads.push(workload);
        }
        self.program.namespaces.push(namespace);
    }

    /// Returns selectors that are equal, contain one another, exclude one another or may overlap.
    fn selector(&mut self) -> Selector {
        let app = match self.dice.below(16) {
            0..5 => Requirement::Is("a"),
            5..10 => Requirement::Is("b"),
            10 | 11 => Requirement::OneOf(vec!["a", "b"]),
            12 => Requirement::OneOf(vec!["b", "c"]),
            13 => Requirement::Not(vec!["a"]),
            14 => Requirement::Any,
            _ => Requirement::None,
        };
        if !self.has_tiers {
            let is_all = self.dice.percent(5);
            return if is_all { Selector::default() } else { Selector(vec![("app", app)]) };
        }
        let tier = match self.dice.below(8) {
            0..3 => Requirement::Is("x"),
            3 => Requirement::Is("y"),
            4 => Requirement::OneOf(vec!["x", "y"]),
            5 => Requirement::Not(vec!["x"]),
            6 => Requirement::Any,
            _ => Requirement::None,
        };
        match self.dice.below(4) {
            0 | 1 => Selector(vec![("app", app)]),
            2 => Selector(vec![("tier", tier)]),
            _ => Selector(vec![("app", app), ("tier", tier)]),
        }
    }

    fn ports(&mut self) -> Vec<Port> {
        let mut ports = Vec::new();
        let pod = *self.dice.one_of(&[80, 8080]);
        ports.push(Port { name: "http", service: 80, pod, protocol: Protocol::Tcp });
        if self.dice.percent(40) {
            let protocol = if self.dice.percent(50) { Protocol::Udp } else { Protocol::Tcp };
            ports.push(Port { name: "talk", service: 9100, pod: 9100, protocol });
        }
        ports
    }
}

pub(super) fn at(end: End, number: u16) -> Place {
    Place { end, text: format!(":{number}"), ports: vec![Ports::one(Protocol::Tcp, number)] }
}

pub(super) fn any(end: End) -> Place {
    Place { end, text: ":any".to_owned(), ports: Ports::every() }
}

/// Returns an end without ports: `apiserver` and `dns` have their own ports.
pub(super) fn plain(end: End) -> Place {
    Place { end, text: String::new(), ports: Vec::new() }
}
