//! All parts of a random program except its flows: clusters, the platform, teams and their workloads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use mlnetc::scalar::{PortRange, Protocol};

use super::{Kind, Made, Maker, Namespace, Port, Tenant, Thing, every_port};

const ISOLATE: [&str; 5] = ["both", "both", "ingress", "egress", "none"];

impl Maker {
    /// Writes the cluster block.
    pub(super) fn cluster(&mut self) {
        let version = *self.dice.one_of(&["0.14.8", "0.14.9", "0.15.2"]);
        let distribution = *self.dice.one_of(&["k3s", "kubeadm", "generic"]);
        let tunnels = self.dice.percent(70);
        let mut text = format!(
            "cluster box {{\n  distribution = {distribution}\n  pods = 10.42.0.0/16\n  \
             services = 10.43.0.0/16\n  nodes = [198.51.100.1, 198.51.100.2]\n  \
             apiserver = [198.51.100.1:16443]\n"
        );
        if tunnels {
            text.push_str("  tunnels = [10.42.1.1, 10.42.2.1]\n");
        }
        text.push_str("  calico {\n    version = \"3.28\"\n    encapsulation = vxlan\n  }\n");
        let _ = writeln!(
            text,
            "  metallb {{\n    version = \"{version}\"\n    \
             pool lan {{ addresses = [192.168.1.200-192.168.1.250], announce = l2 }}\n    \
             reserve 192.168.1.203 \"a printer\"\n  }}\n}}\n"
        );
        self.platform.push_str(&text);
    }

    /// Writes the platform's declarations that all teams use.
    pub(super) fn platform(&mut self) {
        self.platform.push_str(
            "external lan { cidrs = [192.168.1.0/25] }\n\
             external nas {\n  cidrs = [203.0.113.9/32]\n  port postgres 5432\n  port ntp 123/udp\n}\n\
             profile open { isolate = none }\n\
             profile closed {\n  isolate = both\n  flow self -> self:any\n}\n\
             profile web {\n  isolate = both\n  flow self -> self:8080\n  \
             flow self -> internet:443 { reason = \"models\" }\n}\n",
        );
        for (component, percent) in [("minio", 30), ("ingress-nginx", 20), ("prometheus", 15)] {
            if self.dice.percent(percent) {
                let _ = writeln!(self.platform, "use {component}");
            }
        }
    }

    /// Writes a team: the platform declares its namespaces, the team declares the workloads in them.
    pub(super) fn tenant(&mut self, at: usize, most: usize) {
        let name = format!("team-{at}");
        let _ = writeln!(self.platform, "\ntenant {name} {{\n  files = \"tenants/{name}/**\"");
        self.tenants.push(Tenant { name, text: String::new(), accepts: BTreeSet::new() });
        for row in 0..=self.dice.below(2) {
            self.namespace(at, row);
        }
        self.platform.push_str("}\n");
        let own: Vec<usize> =
            (0..self.namespaces.len()).filter(|it| self.namespaces[*it].tenant == at).collect();
        for row in 0..=self.dice.below(most) {
            let namespace = *self.dice.one_of(&own);
            self.thing(at, namespace, row);
        }
        self.extras(at);
    }

    fn namespace(&mut self, tenant: usize, row: usize) {
        let short = format!("n{row}");
        let tenant_name = self.tenants[tenant].name.clone();
        let name = format!("{tenant_name}-{short}");
        let (words, among) = match self.dice.below(5) {
            0 => ("profile = open".to_owned(), None),
            1 => ("profile = closed".to_owned(), Some(every_port())),
            2 => {
                let range = PortRange { protocol: Protocol::Tcp, from: 8080, to: 8080 };
                ("profile = web".to_owned(), Some(vec![range]))
            }
            _ => (format!("isolate = {}", self.dice.one_of(&ISOLATE)), None),
        };
        let both = among.is_some() || words.ends_with("both");
        let _ = writeln!(self.platform, "  namespace {short} {{ name = \"{name}\", {words} }}");
        self.namespaces.push(Namespace {
            tenant,
            path: format!("{tenant_name}.{short}"),
            name,
            closed_in: both || words.ends_with("ingress"),
            closed_out: both || words.ends_with("egress"),
            among,
        });
    }

    fn thing(&mut self, tenant: usize, namespace: usize, row: usize) {
        let kinds = [
            Kind::Workload,
            Kind::Workload,
            Kind::Service,
            Kind::Service,
            Kind::Service,
            Kind::Headless,
            Kind::LoadBalancer,
            Kind::NodePort,
        ];
        let kind = *self.dice.one_of(&kinds);
        let short = format!("{}{row}", if kind == Kind::Workload { "job" } else { "web" });
        let (selector, labels) = self.selector(kind, &short);
        let ports = if kind == Kind::Workload { Vec::new() } else { self.ports(kind) };
        let path = format!("{}.{short}", self.tenants[tenant].name);
        self.things.push(Thing { kind, tenant, namespace, path, labels, selector, ports });
        let text = self.declaration(self.things.len() - 1, &short);
        self.tenants[tenant].text.push_str(&text);
    }

    /// Returns a selector that selects no pods of other workloads, and labels that match it.
    fn selector(&mut self, kind: Kind, short: &str) -> (String, Vec<(String, String)>) {
        let app = ("app".to_owned(), short.to_owned());
        let more = ("app.kubernetes.io/part-of".to_owned(), "models".to_owned());
        // A Service can only compare labels for equality.
        let form = if kind == Kind::Workload { self.dice.below(5) } else { self.dice.below(2) };
        match form {
            0 => (format!("{{ app = \"{short}\" }}"), vec![app]),
            1 => {
                let selector =
                    format!("{{ app = \"{short}\", \"app.kubernetes.io/part-of\" = \"models\" }}");
                (selector, vec![app, more])
            }
            2 => (format!("{{ app = [\"{short}\", \"{short}-canary\"] }}"), vec![app]),
            3 => (format!("{{ app = \"{short}\", tier = not [\"test\", \"old\"] }}"), vec![app]),
            _ => {
                let selector =
                    format!("{{ app = \"{short}\", \"app.kubernetes.io/part-of\" = any }}");
                (selector, vec![app, more])
            }
        }
    }

    fn ports(&mut self, kind: Kind) -> Vec<Port> {
        let mut ports = Vec::new();
        let pods = [8080, 8081, 9000, 9443];
        for (at, name) in ["http", "grpc", "talk"].into_iter().enumerate() {
            if at > 0 && !self.dice.percent(35) {
                continue;
            }
            let udp = name == "talk" && self.dice.percent(60);
            let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
            let listens = pods[at] + u16::from(self.dice.percent(20)) * 100;
            let moved = kind != Kind::Headless && self.dice.percent(60);
            let dialed = if moved { 80 + u16::try_from(at).expect("small") } else { listens };
            self.node_ports += 1;
            let fixed = kind == Kind::NodePort && self.dice.percent(50);
            ports.push(Port {
                name: name.to_owned(),
                dialed,
                pods: listens,
                protocol,
                in_service: true,
                scrape: false,
                on_nodes: fixed.then_some(self.node_ports),
            });
        }
        if self.dice.percent(30) {
            ports.push(Port {
                name: "metrics".to_owned(),
                dialed: 9090,
                pods: 9090,
                protocol: Protocol::Tcp,
                in_service: false,
                scrape: self.dice.percent(60),
                on_nodes: None,
            });
        }
        ports
    }

    fn declaration(&mut self, at: usize, short: &str) -> String {
        let thing = self.things[at].clone();
        let place = self.namespaces[thing.namespace].path.clone();
        let place = place.split_once('.').map_or("", |(_, it)| it);
        if thing.kind == Kind::Workload {
            return format!("  workload {short} in {place} {{ pods = {} }}\n", thing.selector);
        }
        let mut text = format!("  service {short} in {place} {{\n    pods = {}\n", thing.selector);
        match thing.kind {
            Kind::Headless => text.push_str("    type = headless\n"),
            Kind::NodePort => text.push_str("    type = node-port\n"),
            Kind::LoadBalancer => {
                text.push_str("    type = load-balancer\n");
                if self.dice.percent(30) {
                    text.push_str("    traffic-policy = cluster\n");
                }
            }
            Kind::Workload | Kind::Service => {}
        }
        for port in &thing.ports {
            let protocol = if port.protocol == Protocol::Udp { "/udp" } else { "" };
            let mut words = format!("{} {}{protocol}", port.name, port.dialed);
            if port.dialed != port.pods {
                let _ = write!(words, " -> {}", port.pods);
            }
            let mut fields = Vec::new();
            if !port.in_service {
                fields.push("service = false".to_owned());
            }
            if port.scrape {
                fields.push("scrape = true".to_owned());
            }
            fields.extend(port.on_nodes.map(|it| format!("node-port = {it}")));
            if !fields.is_empty() {
                let _ = write!(words, " {{ {} }}", fields.join(", "));
            }
            let _ = writeln!(text, "    port {words}");
        }
        text.push_str("  }\n");
        text
    }

    /// Writes an alias, and values for charts and operators.
    fn extras(&mut self, tenant: usize) {
        let things: Vec<Thing> =
            self.things.iter().filter(|it| it.tenant == tenant).cloned().collect();
        let Some(web) = things.iter().find(|it| it.kind == Kind::Service) else { return };
        let short = web.path.split_once('.').map_or("", |(_, it)| it);
        let space = self.namespaces[web.namespace].path.clone();
        let space = space.split_once('.').map_or("", |(_, it)| it);
        let tenant_name = self.tenants[tenant].name.clone();
        let mut text = String::new();
        if self.dice.percent(30) {
            let _ = writeln!(
                text,
                "  values settings {{\n    release = \"{tenant_name}\"\n    in = {space}\n    \
                 set server.host = host({short})\n    set server.port = port({short}:http)\n    \
                 set server.url = \"http://{{host({short})}}:{{port({short}:http)}}\"\n  }}"
            );
        }
        if self.dice.percent(30) {
            let _ = writeln!(
                text,
                "  env reader {{\n    on = deployment \"reader\"\n    in = {space}\n    \
                 container = \"main\"\n    set WEB_HOST = host({short})\n  }}"
            );
        }
        self.tenants[tenant].text.push_str(&text);
    }

    /// Returns the files.
    pub(super) fn finish(self) -> Made {
        let mut files = vec![("platform/main.mlnet".to_owned(), self.platform)];
        for Tenant { name, text, accepts } in self.tenants {
            let accepts: String = accepts.into_iter().collect();
            let text = format!("tenant {name} {{\n{text}}}\n{accepts}");
            files.push((format!("tenants/{name}/net.mlnet"), text));
        }
        Made { files, things: self.things, namespaces: self.namespaces, open: self.open }
    }
}
